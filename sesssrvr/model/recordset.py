"""Recordsets: areas of a screen that repeat, over pages that scroll."""

from dataclasses import dataclass, field
from typing import Final, Literal

from sesssrvr.model.appearance import AppearanceIs
from sesssrvr.model.names import NOWHERE, Origin
from sesssrvr.model.operation_commands import Command
from sesssrvr.model.patterns import Pattern


DEFAULT_PAGES: Final = 200
"""Pages of a recordset unless it says otherwise: 2,800 records of a 14-line list, far more than a
person would page through, few enough to end in minutes when a host pages for ever."""

Delimiter = Literal["lines", "any-text", "any-number", "text"]
"""How records are separated (product facts 5.1): every N lines; or a record begins at each line
with any text, any number, or a given text in the columns of the delimiter."""

Scroll = Literal[
    "ScrollHome",
    "ScrollEnd",
    "ScrollLineUp",
    "ScrollLineDown",
    "ScrollPageUp",
    "ScrollPageDown",
]


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a record.

    Attributes:
        line: line of the record, from 1.
        column: screen column of its first character (of the first block when records stand
            side by side).
        length: characters.
        write: it can be typed into (such as a selection mark).
        format: how a typed value looks; see `sesssrvr.model.convert`.
    """

    name: str
    column: int
    length: int
    line: int = 1
    write: bool = False
    secret: bool = False
    format: str = ""
    description: str = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Scrolling:
    """One scroll operation: the commands, and how long its page may take, in seconds."""

    name: Scroll
    commands: tuple[Command, ...]
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Recordset:
    """A repeating area.

    Attributes:
        first_row, last_row: of the area, 1-based, both included.
        delimiter: how records are separated; `lines` with `lines_each`, the others with
            `at_column`, `at_length` and (for `text`) `at_text`.
        across: blocks of records side by side; `across_width` columns from one to the next.
        end: the page that shows any of these is the last one.
        end_blank: the first blank record ends the recordset.
        end_changed: an attribute; a page on which it shows another text than on the first one is no
            part of the recordset any more. Showing nothing it says nothing.
        end_repeated: a page equal to the one before ends it.
        overlap: a page may begin with records of the page before; they are read once.
        bar: what the current record of a character host's list looks like; its row is the line of
            the record. None: the first record of a page is the current one.
        max_pages: more is error 9408.
    """

    name: str
    first_row: int
    last_row: int
    fields: tuple[RecordField, ...]
    delimiter: Delimiter = "lines"
    lines_each: int = 1
    at_column: int = 1
    at_length: int = 1
    at_text: str = ""
    across: int = 1
    across_width: int = 0
    scrolls: tuple[Scrolling, ...] = ()
    end: tuple[Pattern, ...] = ()
    end_blank: bool = True
    end_repeated: bool = True
    end_changed: str = ""
    overlap: bool = False
    bar: AppearanceIs | None = None
    max_pages: int = DEFAULT_PAGES
    description: str = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    def scroll(self, name: Scroll) -> Scrolling | None:
        """The scroll operation of this name, if the recordset has it."""
        return next((one for one in self.scrolls if one.name == name), None)
