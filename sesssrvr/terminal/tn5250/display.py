"""The state of a 5250 display: cells, format table, cursor, keyboard, error line.

Law: there is one plane of cells, as on the device: a byte of X'20' to X'3F' is a screen attribute
and governs the cells after it up to the next one. The host changes the display only through whole,
checked records; `version` grows with every change it makes, `unlocks` with every record that leaves
the display ready for the operator. SC30-3533, "Display regeneration buffer".
Tested in `tests/sesssrvr/terminal/tn5250/test_properties.py`.
"""

from typing import Final, NamedTuple

from sesssrvr.terminal.tn5250.codes import CC1_LOCK, CC2_ALARM, CC2_MESSAGE_OFF, CC2_MESSAGE_ON
from sesssrvr.terminal.tn5250.fields import FormatTable, InputField


NORMAL_SIZE: Final = (24, 80)
WIDE_SIZE: Final = (27, 132)

# Control character byte 1: which MDT it resets and which fields it nulls (SC30-3533).
RESET_TYPED: Final = frozenset((0x40, 0xA0, 0xC0))
RESET_ALL: Final = frozenset((0x60, 0xE0))
NULL_MODIFIED: Final = frozenset((0x80, 0xC0))
NULL_ALL: Final = frozenset((0xA0, 0xE0))


class Read(NamedTuple):
    """A read command that waits for the operator: which one, and its control characters."""

    command: int
    cc1: int
    cc2: int


class ErrorLine(NamedTuple):
    """The cells an error message covers: the first one, and their content."""

    at: int
    before: bytes


class Display5250:
    """One display.

    Attributes:
        rows, columns: of the size in force.
        wide: the device can show 27 rows of 132.
        cells: the plane.
        table: the input fields.
        cursor: offset.
        home: where the host wants the cursor on unlock (IC); -1 for the first field.
        inhibited: the keyboard is locked by the host or by an attention key.
        reading: the read command the operator's key will answer.
        error: the error line, while it holds an error message.
        insert: insert mode.
        pending_exit: the field whose last cell has been typed and that wants a field exit key.
        opened: the field typed into that is complete only after a field exit.
        typing: where its next character would go, if nothing but typing has moved the cursor; or -1.
        awaiting: nothing has come from the host yet.
        message_waiting: the host's light.
        extended: extended attributes by (cell, type) (Write Extended Attribute).
        version, unlocks, alarm: counters, see `Screen`.
    """

    __slots__ = (
        "alarm",
        "awaiting",
        "cells",
        "columns",
        "cursor",
        "error",
        "extended",
        "home",
        "inhibited",
        "insert",
        "message_waiting",
        "opened",
        "pending_exit",
        "reading",
        "rows",
        "table",
        "typing",
        "unlocks",
        "version",
        "wide",
    )

    def __init__(self, *, wide: bool) -> None:
        self.wide = wide
        self.table = FormatTable()
        self.version = self.unlocks = self.alarm = 0
        self.message_waiting = False
        self.awaiting = True
        self.clear(NORMAL_SIZE)

    @property
    def size(self) -> int:
        """Cells."""
        return self.rows * self.columns

    @property
    def locked(self) -> bool:
        """The operator cannot send: the keyboard is locked, or no read waits for an answer.

        An error message does not count: it is the host's answer, and the operator's turn.
        """
        return self.awaiting or self.reading is None or (self.inhibited and self.error is None)

    def clear(self, size: tuple[int, int]) -> None:
        """Clear Unit and Clear Unit Alternate: empty, locked, no fields, no pending read."""
        self.rows, self.columns = size
        self.cells = bytearray(self.size)
        self.extended: dict[tuple[int, int], int] = {}
        self.reading: Read | None = None
        self.error: ErrorLine | None = None
        self.insert = False
        self.cursor = 0
        self.clear_format()

    def clear_format(self, header: bytes = b"") -> None:
        """Clear Format Table and Start of Header: no fields, locked."""
        self.table.clear(header)
        self.home = -1
        self.inhibited = True
        self.pending_exit: InputField | None = None
        self.opened: InputField | None = None
        self.typing = -1

    def reset(self) -> None:
        """A new session on the line."""
        self.clear(NORMAL_SIZE)
        self.awaiting = True
        self.message_waiting = False
        self.version += 1

    def home_address(self) -> int:
        """Where Home and an unlock put the cursor."""
        if 0 <= self.home < self.size:
            return self.home
        first = self.table.first()
        return first.start if first is not None else 0

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based row and column of an offset."""
        return offset // self.columns + 1, offset % self.columns + 1

    def where(self, offset: int) -> str:
        """The place of an offset in words."""
        row, column = self.place(offset)
        return f"row {row} column {column}"

    def before_cells(self, cc1: int) -> None:
        """Obey the first control character."""
        kind = cc1 & CC1_LOCK
        if kind:
            self.inhibited = True
        for field in self.table.fields:
            nulled = kind in NULL_ALL or (kind in NULL_MODIFIED and field.modified)
            if nulled and not field.bypass:
                self.null(field)
            if kind in RESET_ALL or (kind in RESET_TYPED and not field.bypass):
                field.modified = False

    def lights(self, cc2: int) -> None:
        """Obey the alarm and message light of the second control character."""
        if cc2 & CC2_ALARM:
            self.alarm += 1
        if cc2 & CC2_MESSAGE_OFF:
            self.message_waiting = False
        if cc2 & CC2_MESSAGE_ON:
            self.message_waiting = True

    def null(self, field: InputField) -> None:
        """Nulls in all cells of a field."""
        end = min(field.end, self.size)
        self.cells[field.start : end] = bytes(max(end - field.start, 0))

    def unlock(self) -> None:
        """The keyboard is the operator's."""
        self.inhibited = False
        self.pending_exit = None

    def show_error(self, at: int, message: bytes) -> None:
        """Put a message on the error line, over whatever is there."""
        self.clear_error()
        self.error = ErrorLine(at, bytes(self.cells[at : at + len(message)]))
        self.cells[at : at + len(message)] = message
        self.insert = False
        self.pending_exit = None

    def clear_error(self) -> None:
        """Restore what the error message covered, and free the keyboard."""
        if self.error is not None:
            at, before = self.error
            self.cells[at : at + len(before)] = before
            self.error = None
            self.inhibited = False
