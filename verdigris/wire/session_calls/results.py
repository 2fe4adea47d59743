"""Structured results of session calls. See docs/reference/session-calls.md.

Rows and columns are 1-based, offsets 0-based. Text is what a person at the terminal sees: hidden fields
blank, secrets masked.
"""

import msgspec

from verdigris.metadata import ColumnType, Value
from verdigris.wire.session_calls.call import Said


Texts = dict[str, str | None]
"""Names to texts; None is a secret, which is never shown."""


class TerminalAttributes(Said, frozen=True, omit_defaults=True):
    """What characters look like.

    Attributes:
        intensified, reverse, underline, blink, hidden: as the terminal shows them.
        protected, numeric: of the field (3270, 5250).
        foreground, background: such as "green" or "bright-red"; "" is the terminal's default.
    """

    intensified: bool = False
    reverse: bool = False
    underline: bool = False
    blink: bool = False
    hidden: bool = False
    protected: bool = False
    numeric: bool = False
    foreground: str = ""
    background: str = ""


class ElementLocation(Said, frozen=True, omit_defaults=True):
    """A stretch of the screen.

    Attributes:
        row, column: of its first character.
        length: characters.
        rows: lines, of an area of more than one.
        attributes: what its first character looks like; told after `EnableTerminalAttributes`.
    """

    row: int
    column: int
    length: int
    rows: int = 1
    attributes: TerminalAttributes | None = None


class TerminalField(Said, frozen=True, omit_defaults=True):
    """A field of a formatted screen (3270, 5250).

    Attributes:
        row, column: of its first character.
        length: characters.
        text: None in a hidden field.
        attributes: what it is and what it looks like.
        modified: it was typed into, or the host has marked it so.
    """

    row: int
    column: int
    length: int
    text: str | None
    attributes: TerminalAttributes
    modified: bool = False


class TerminalScreen(Said, frozen=True, omit_defaults=True):
    """The screen as it is now.

    Attributes:
        rows, columns: its size.
        lines: its text, row by row.
        cursor_row, cursor_column: where the cursor is.
        locked: the keyboard takes no input now.
        version: grows with every change by the host.
        entity: what the model calls it, "" for none of its entities.
        kind: "3270", "5250" or "VT".
        fields: of a formatted screen, if they were asked for.
    """

    rows: int
    columns: int
    lines: tuple[str, ...]
    cursor_row: int
    cursor_column: int
    locked: bool
    version: int
    entity: str
    kind: str
    fields: tuple[TerminalField, ...] = ()


class AttributeMetaData(Said, frozen=True, omit_defaults=True):
    """An attribute of an entity.

    Attributes:
        length: characters; 0 is its whole field.
        readable, writeable: what clients may do.
        secret: its text is never shown.
        read_variable: the variable that takes its text at each arrival; "" for none.
        write_variable: the variable that operations write into it; "" for none.
    """

    name: str
    description: str = ""
    length: int = 0
    readable: bool = True
    writeable: bool = False
    secret: bool = False
    read_variable: str = ""
    write_variable: str = ""


class OperationMetaData(Said, frozen=True, omit_defaults=True):
    """An operation of an entity.

    Attributes:
        destination: the entity it leads to.
        alternates: other entities it may arrive at.
        default: navigation uses it.
        needs: variables without which it is not begun.
        timeout: seconds it waits for its arrival.
    """

    name: str
    destination: str
    description: str = ""
    alternates: tuple[str, ...] = ()
    default: bool = False
    needs: tuple[str, ...] = ()
    timeout: float = 0.0


class FieldMetaData(Said, frozen=True, omit_defaults=True):
    """A field of a recordset.

    Attributes:
        length: characters.
        line: of the record, from 1.
        writeable: whether clients may write it.
        secret: its text is never shown.
    """

    name: str
    length: int
    description: str = ""
    line: int = 1
    writeable: bool = False
    secret: bool = False


class RecordSetMetaData(Said, frozen=True, omit_defaults=True):
    """A recordset of an entity.

    Attributes:
        fields: names, in their order.
        scrolls: the scroll operations it has, such as "ScrollPageDown".
    """

    name: str
    fields: tuple[str, ...]
    description: str = ""
    scrolls: tuple[str, ...] = ()


class TableRows(Said, frozen=True, omit_defaults=True):
    """The result of a procedure or statement.

    Attributes:
        columns: (name, type) of each value of a row.
        rows: values; decimals and dates are text.
        affected: records written, for INSERT, UPDATE and DELETE.
        path: the entities passed.
    """

    columns: tuple[tuple[str, ColumnType], ...]
    rows: list[list[Value]] = msgspec.field(default_factory=list)
    affected: int = 0
    path: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<TableRows {len(self.rows)} rows>"
