"""The keyboard of a 5250: typing, moving, leaving fields.

Law: what the terminal would refuse raises `OperatorError` with the number operators know, and
changes nothing further. Everything typed sets the field's MDT. Data of a field that is adjusted are
complete once it has been left: a field exit key does it, and so does (unless `strict`) whatever
else leaves the field. SC30-3533, "Keyboard functions".
Tested in `tests/sesssrvr/terminal/tn5250/test_keyboard.py`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sesssrvr.terminal.tn5250 import fields, pairs
from sesssrvr.terminal.tn5250.codes import DUP, FIELD_MARK
from sesssrvr.terminal.tn5250.entry import FieldEntry
from sesssrvr.terminal.tn5250.fields import InputField, Shift
from sesssrvr.terminal.tn5250.leaving import adjust, check_filled
from sesssrvr.terminal.tn5250.refusals import refused


MINUS: Final = 0x60
NEGATIVE_ZONE: Final = 0xD0


class Keyboard5250(FieldEntry):
    """The keys that do not call the host."""

    __slots__ = ()

    def press(self, name: str) -> int | None:
        """Press a key of `keys.EDITING`; an AID if it turns out to call the host."""
        return ACTIONS[name](self)

    def move(self, cell: int, *, judged: bool = True) -> None:
        """Put the cursor somewhere.

        Args:
            cell: where to.
            judged: a field that is left has to be filled, and its check digit right.

        Raises:
            OperatorError: the field it leaves is not complete.
        """
        display = self._display
        here = display.opened or display.table.at(display.cursor)
        if here is not None and not here.bypass and cell not in self._cells(here):
            self.leave(judged=judged)
        self._display.cursor = cell
        self._display.pending_exit = None
        self._display.typing = -1

    # ---- leaving fields ------------------------------------------------------------------------

    def field_exit(self) -> int | None:
        """Field Exit: null the rest, adjust, go to the next field."""
        return self._exit(self._writable(), None)

    def field_plus(self) -> int | None:
        """Field Plus: as Field Exit; the number is positive."""
        return self._exit(self._writable(), None)

    def field_minus(self) -> int | None:
        """Field Minus: as Field Exit; the number is negative."""
        field = self._writable()
        if field.part or not (field.signed or field.shift is Shift.NUMERIC_ONLY):
            raise refused(16, self._display.where(self._display.cursor))
        return self._exit(field, MINUS)

    def dup(self) -> int | None:
        """Dup: fill the rest of the field with the code that asks for the same as before."""
        display = self._display
        field = self._writable()
        if not field.has(fields.DUP_ALLOWED):
            raise refused(19, self._display.where(display.cursor))
        if self._pairs(field):
            cells, content, at = self._content(field)
            display.cursor = cells[pairs.start(field, content, at)]
        self._null_rest(field)
        for cell in self._rest(field, display.cursor):
            display.cells[cell] = display.cells[cell] or DUP
        self._modified(field)
        display.opened = display.pending_exit = None
        return self._onward(field)

    def _exit(self, field: InputField, sign: int | None) -> int | None:
        display = self._display
        whole = self._whole(field)
        self._check_exit(whole)
        keep = display.pending_exit is whole or whole.adjust == fields.MANDATORY_FILL
        if not keep or display.cursor == whole.start:
            self._null_rest(field)
        self._modified(field)
        adjust(display, whole)
        if whole.signed:
            display.cells[whole.end - 1] = sign or 0
        elif sign is not None:
            last = whole.end - 1
            display.cells[last] = NEGATIVE_ZONE | display.cells[last] & 0x0F
        display.opened = display.pending_exit = None
        return self._onward(whole)

    def _check_exit(self, field: InputField) -> None:
        """See that a field exit key may be pressed here; it does not judge check digits.

        As IBM's client does (asaomaro/ts5250, 20260921-field-exit-checks).

        Raises:
            OperatorError: it may not.
        """
        display = self._display
        at_start = display.cursor == field.start
        if field.shift is Shift.READER:
            raise refused(4, display.where(display.cursor))
        if field.has(fields.MANDATORY_ENTRY) and (at_start or not display.table.changed(field)):
            raise refused(21, display.where(display.cursor))
        if not at_start and not field.signed:
            check_filled(display, field)

    # ---- moving --------------------------------------------------------------------------------

    def tab(self) -> None:
        """To the next field, or where the host lets this one lead."""
        table = self._display.table
        here = table.at(self._display.cursor)
        if here is not None and self._whole(here).leads_to:
            self._go(table.after(here))
        else:
            self._go(table.following(self._display.cursor))

    def back_tab(self) -> None:
        """To the start of this field, or to the one before."""
        display = self._display
        here = display.table.at(display.cursor)
        start = None if here is None else self._whole(here)
        if start is not None and not start.bypass and start.start < display.cursor:
            self._go(start)
            return
        leading = None if start is None else display.table.leading_to(start)
        self._go(leading or display.table.before(display.cursor))

    def home(self) -> None:
        """Where the host wants the cursor, else to the first field."""
        self.leave()
        self._display.cursor = self._display.home_address()

    def newline(self) -> None:
        """To the first field on a later row, round the end."""
        display = self._display
        line = (display.cursor // display.columns + 1) % display.rows * display.columns
        self._go(display.table.following(line - 1))

    def up(self) -> None:
        """One row up, from the top to the bottom."""
        self._step(-self._display.columns)

    def down(self) -> None:
        """One row down, from the bottom to the top."""
        self._step(self._display.columns)

    def left(self) -> None:
        """One cell back; after the last character of a full field, onto it."""
        display = self._display
        if display.pending_exit is None:
            self._step(-1)
        else:
            display.pending_exit, display.typing = None, -1

    def right(self) -> None:
        """One cell on."""
        self._step(1)

    def _step(self, by: int) -> None:
        self.move((self._display.cursor + by) % self._display.size)

    def _go(self, field: InputField | None) -> None:
        self.leave()
        self._display.cursor = field.start if field is not None else 0

    # ---- changing ------------------------------------------------------------------------------

    def erase_eof(self) -> None:
        """Null from the cursor to the end of the field, and stay."""
        field = self._writable()
        self._null_rest(field)
        self._modified(field)
        self._display.pending_exit = None

    def erase_input(self) -> None:
        """Null the fields that have been typed into."""
        display = self._display
        for field in display.table.fields:
            if not field.bypass and display.table.changed(field):
                display.null(field)
        display.opened = display.pending_exit = None
        display.cursor = display.home_address()

    def delete(self) -> None:
        """Remove the character at the cursor; the rest of the field moves left."""
        display = self._display
        field = self._writable()
        cells, content, at = self._content(field)
        if self._pairs(field):
            at, count = pairs.deleted(field, content, at)
            after = pairs.without(field, content, at, count)
        else:
            after = content[:at] + content[at + 1 :] + b"\0"
        self._fill(cells, after)
        display.cursor = cells[at]
        self._modified(field)
        display.pending_exit = None

    def backspace(self) -> None:
        """Remove the character before the cursor; nothing at the start of a field."""
        display = self._display
        field = self._writable()
        if display.pending_exit is None:
            cells, content, at = self._content(field)
            before = pairs.before(field, content, at) if self._pairs(field) else at - 1
            if before < 0:
                return
            display.cursor = cells[before]
        self.delete()

    def toggle_insert(self) -> None:
        """Insert mode on or off."""
        self._display.insert = not self._display.insert

    def field_mark(self) -> int | None:
        """Type a field mark."""
        field = self._writable()
        if not field.has(fields.DUP_ALLOWED):
            raise refused(19, self._display.where(self._display.cursor))
        return self._put(field, FIELD_MARK)

    def reset(self) -> None:
        """Leave insert mode; take the error message away. The keyboard stays locked for the host."""
        self._display.insert = False
        self._display.clear_error()


ACTIONS: Final[Mapping[str, Callable[[Keyboard5250], int | None]]] = {
    "Tab": Keyboard5250.tab,
    "BackTab": Keyboard5250.back_tab,
    "Home": Keyboard5250.home,
    "Newline": Keyboard5250.newline,
    "EraseEOF": Keyboard5250.erase_eof,
    "EraseInput": Keyboard5250.erase_input,
    "FieldExit": Keyboard5250.field_exit,
    "FieldPlus": Keyboard5250.field_plus,
    "FieldMinus": Keyboard5250.field_minus,
    "Delete": Keyboard5250.delete,
    "Backspace": Keyboard5250.backspace,
    "Insert": Keyboard5250.toggle_insert,
    "Dup": Keyboard5250.dup,
    "FieldMark": Keyboard5250.field_mark,
    "Up": Keyboard5250.up,
    "Down": Keyboard5250.down,
    "Left": Keyboard5250.left,
    "Right": Keyboard5250.right,
    "Reset": Keyboard5250.reset,
}
