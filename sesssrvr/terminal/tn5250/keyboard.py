"""The operator's side of a 5250: typing, moving, leaving fields.

Law: what the terminal would refuse raises `OperatorError` with the number operators know, and
changes nothing further. Everything typed sets the field's MDT. Data of a field that is adjusted are
complete once it has been left: a field exit key does it, and so does (unless `strict`) whatever
else leaves the field. SC30-3533, "Keyboard functions".
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final

from sesssrvr.terminal.codepage import CodePage
from sesssrvr.terminal.tn5250 import fields
from sesssrvr.terminal.tn5250.codes import DUP, FIELD_MARK, SPACE
from sesssrvr.terminal.tn5250.display import Display
from sesssrvr.terminal.tn5250.fields import InputField, Shift
from sesssrvr.terminal.tn5250.keys import AID_ENTER
from sesssrvr.terminal.tn5250.leaving import adjust, check
from sesssrvr.terminal.tn5250.refusals import refused
from verdigris.errors import OperatorError


_DIGITS: Final = frozenset("0123456789")
_NUMERIC: Final = _DIGITS | frozenset("+,.- ")
_PUNCTUATION: Final = frozenset(",.- ")
MINUS: Final = 0x60
ZONE, DIGIT_ZONE, NEGATIVE_ZONE = 0xF0, 0xF0, 0xD0


class Keyboard:
    """The keys that do not call the host.

    Attributes:
        strict: fields that want a field exit key are not left without one.
    """

    __slots__ = ("_codepage", "_display", "strict")

    def __init__(self, display: Display, codepage: CodePage, *, strict: bool) -> None:
        self._display, self._codepage, self.strict = display, codepage, strict

    # ---- typing --------------------------------------------------------------------------------

    def type(self, text: str) -> int | None:
        """Type text at the cursor; an AID if the last character of an auto-enter field was typed.

        Raises:
            OperatorError: the terminal refuses a character; those before it stand.
        """
        for number, character in enumerate(text):
            aid = self._type(character)
            if aid is not None:
                if number + 1 < len(text):
                    raise OperatorError(problem="the field is full and has been entered")
                return aid
        return None

    def press(self, name: str) -> int | None:
        """Press a key of `keys.EDITING`; an AID if it turns out to call the host."""
        return ACTIONS[name](self)

    def move(self, cell: int) -> None:
        """Put the cursor somewhere.

        Raises:
            OperatorError: the field it leaves is not complete.
        """
        opened = self._display.opened
        if opened is not None and cell not in self._cells(opened):
            self.leave()
        self._display.cursor = cell
        self._display.pending_exit = None
        self._display.typing = -1

    def leave(self) -> None:
        """See that the field that was typed into is complete, and complete it.

        Raises:
            OperatorError: it is not, and cannot be.
        """
        display = self._display
        opened = display.opened
        if opened is None:
            return
        if opened.needs_exit:
            if self.strict:
                raise refused(20, self._where(opened.start))
            if display.pending_exit is None and display.cursor == display.typing:
                self._null_from(opened, display.cursor)  # as a field exit key there would
            if any(display.cells[cell] for cell in self._cells(opened)):
                adjust(display, opened)  # one that was emptied stays empty
        check(display, opened)
        display.opened = display.pending_exit = None

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
        if not (field.signed or self._ends_in_digit(field)):
            raise refused(16, self._where(self._display.cursor))
        return self._exit(field, MINUS)

    def dup(self) -> int | None:
        """Dup: fill the rest of the field with the code that asks for the same as before."""
        display = self._display
        field = self._writable()
        if not field.has(fields.DUP_ALLOWED):
            raise refused(19, self._where(display.cursor))
        for cell in self._rest(field, display.cursor):
            display.cells[cell] = DUP
        self._modified(field)
        display.opened = display.pending_exit = None
        return self._onward(field)

    def _exit(self, field: InputField, sign: int | None) -> int | None:
        display = self._display
        whole = self._whole(field)
        check(display, whole)
        keep = display.pending_exit is whole or whole.adjust == fields.MANDATORY_FILL
        if not keep or display.cursor == whole.start:
            self._null_from(field, display.cursor)
        self._modified(field)
        adjust(display, whole)
        if whole.signed:
            display.cells[whole.end - 1] = sign or 0
        elif sign is not None:
            last = next(cell for cell in reversed(self._cells(field)) if display.cells[cell])
            display.cells[last] = NEGATIVE_ZONE | display.cells[last] & 0x0F
        display.opened = display.pending_exit = None
        return self._onward(whole)

    def _ends_in_digit(self, field: InputField) -> bool:
        """What has been typed into a numeric field ends with the digit that is to bear the sign."""
        display = self._display
        cells = self._cells(field)
        if display.pending_exit is None:
            cells = [cell for cell in cells if cell < display.cursor]
        typed = bytes(display.cells[cell] for cell in cells).rstrip(b"\0")
        digit = bool(typed) and typed[-1] & ZONE == DIGIT_ZONE
        return field.shift is Shift.NUMERIC_ONLY and digit

    def _onward(self, field: InputField) -> int | None:
        """To the next field, or to the host if the field enters by itself."""
        if field.has(fields.AUTO_ENTER):
            return AID_ENTER
        self.tab_from(field)
        return None

    # ---- moving --------------------------------------------------------------------------------

    def tab(self) -> None:
        """To the next field."""
        self._go(self._display.table.behind(self._display.cursor))

    def tab_from(self, field: InputField) -> None:
        """To the field behind this one."""
        parts = self._display.table.whole(field)
        found = self._display.table.behind(parts[-1].end - 1)
        self._display.cursor = found.start if found else self._display.home_address()

    def back_tab(self) -> None:
        """To the start of this field, or to the one before."""
        display = self._display
        here = display.table.at(display.cursor)
        start = None if here is None else self._whole(here)
        if start is not None and not start.bypass and start.start < display.cursor:
            self._go(start)
        else:
            self._go(display.table.before(display.cursor))

    def home(self) -> None:
        """Where the host wants the cursor, else to the first field."""
        self.leave()
        self._display.cursor = self._display.home_address()

    def newline(self) -> None:
        """To the first field on a later row, round the end."""
        display = self._display
        line = (display.cursor // display.columns + 1) % display.rows * display.columns
        self._go(display.table.behind(line - 1))

    def up(self) -> None:
        """One row up, round the top."""
        self._step(-self._display.columns)

    def down(self) -> None:
        """One row down, round the bottom."""
        self._step(self._display.columns)

    def left(self) -> None:
        """One place back."""
        self._step(-1)

    def right(self) -> None:
        """One place on."""
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
        self._null_from(field, self._display.cursor)
        self._modified(field)
        self._display.pending_exit = None

    def erase_input(self) -> None:
        """Null all fields that can be typed into."""
        display = self._display
        for field in display.table.fields:
            if not field.bypass:
                display.null(field)
        display.opened = display.pending_exit = None
        display.cursor = display.home_address()

    def delete(self) -> None:
        """Remove the character at the cursor; the rest of the field moves left."""
        field = self._writable()
        cells, rest = self._display.cells, self._rest(field, self._display.cursor)
        for target, source in pairwise(rest):
            cells[target] = cells[source]
        cells[rest[-1]] = 0
        self._modified(field)
        self._display.pending_exit = None

    def backspace(self) -> None:
        """Remove the character before the cursor; nothing at the start of a field."""
        display = self._display
        field = self._writable()
        if display.pending_exit is None:
            before = [cell for cell in self._cells(field) if cell < display.cursor]
            if not before:
                return
            display.cursor = before[-1]
        self.delete()

    def toggle_insert(self) -> None:
        """Insert mode on or off."""
        self._display.insert = not self._display.insert

    def field_mark(self) -> int | None:
        """Type a field mark."""
        field = self._writable()
        if not field.has(fields.DUP_ALLOWED):
            raise refused(19, self._where(self._display.cursor))
        return self._put(field, FIELD_MARK)

    def reset(self) -> None:
        """Leave insert mode; take the error message away. The keyboard stays locked for the host."""
        self._display.insert = False
        self._display.clear_error()

    # ---- inside --------------------------------------------------------------------------------

    def _where(self, cell: int) -> str:
        row, column = self._display.place(cell)
        return f"row {row} column {column}"

    def _whole(self, field: InputField) -> InputField:
        return self._display.table.whole(field)[0]

    def _cells(self, field: InputField) -> list[int]:
        parts = self._display.table.whole(field)
        return [cell for part in parts for cell in range(part.start, part.end)]

    def _rest(self, field: InputField, cell: int) -> list[int]:
        return [one for one in self._cells(field) if one >= cell]

    def _writable(self) -> InputField:
        """The field at the cursor.

        Raises:
            OperatorError: there is none to type into.
        """
        display = self._display
        found = display.table.at(display.cursor)
        if found is None or found.bypass:
            raise refused(5, self._where(display.cursor))
        return found

    def _modified(self, field: InputField) -> None:
        """The MDT is that of the first part of a continued field."""
        whole = self._whole(field)
        whole.modified = True
        if whole.needs_exit or whole.adjust == fields.MANDATORY_FILL:
            self._display.opened = whole

    def _null_from(self, field: InputField, cell: int) -> None:
        for one in self._rest(field, cell):
            self._display.cells[one] = 0

    def _type(self, character: str) -> int | None:
        display = self._display
        field = self._writable()
        if display.pending_exit is not None:
            raise refused(18, self._where(display.cursor))
        if field.has(fields.MONOCASE):
            upper = character.upper()
            character = upper if len(upper) == 1 else character
        self._judge(field, character)
        code = self._codepage.code(character)
        if code is None:
            page = self._codepage.name
            raise OperatorError(problem=f"character U+{ord(character):04X} is not in {page}")
        return self._put(field, code)

    def _judge(self, field: InputField, character: str) -> None:
        where = self._where(self._display.cursor)
        match field.shift:
            case Shift.READER:
                raise refused(4, where)
            case Shift.ALPHA_ONLY if not (character.isalpha() or character in _PUNCTUATION):
                raise refused(8, where)
            case Shift.NUMERIC_ONLY if character not in _NUMERIC:
                raise refused(9, where)
            case Shift.DIGITS_ONLY | Shift.SIGNED if character not in _DIGITS:
                raise refused(10, where)
            case Shift.SIGNED if self._display.cursor == field.end - 1:
                raise refused(11, where)

    def _put(self, field: InputField, code: int) -> int | None:
        """Put one character at the cursor and go on."""
        display = self._display
        if display.insert:
            self._make_room(field)
        display.cells[display.cursor] = code
        self._modified(field)
        rest = self._rest(field, display.cursor)[1:]
        whole = self._whole(field)
        if not rest or (whole.signed and len(rest) == 1):
            return self._filled(whole, rest)
        display.cursor = display.typing = rest[0]
        return None

    def _filled(self, whole: InputField, rest: list[int]) -> int | None:
        """The last place has been typed: wait for a field exit, enter, or go to the next field."""
        display = self._display
        if whole.needs_exit:
            display.cursor = rest[0] if rest else display.cursor
            display.pending_exit = whole
            return None
        check(display, whole)
        display.opened = None
        return self._onward(whole)

    def _make_room(self, field: InputField) -> None:
        """Insert mode: the rest moves right, if its last place is free.

        Raises:
            OperatorError: it is not.
        """
        display = self._display
        rest = self._rest(field, display.cursor)
        if field.signed and len(rest) > 1:
            rest.pop()
        if display.cells[rest[-1]] not in (0, SPACE):
            raise refused(12, self._where(display.cursor))
        for target, source in zip(rest[:0:-1], rest[-2::-1], strict=True):
            display.cells[target] = display.cells[source]


ACTIONS: Final[Mapping[str, Callable[[Keyboard], int | None]]] = {
    "Tab": Keyboard.tab,
    "BackTab": Keyboard.back_tab,
    "Home": Keyboard.home,
    "Newline": Keyboard.newline,
    "EraseEOF": Keyboard.erase_eof,
    "EraseInput": Keyboard.erase_input,
    "FieldExit": Keyboard.field_exit,
    "FieldPlus": Keyboard.field_plus,
    "FieldMinus": Keyboard.field_minus,
    "Delete": Keyboard.delete,
    "Backspace": Keyboard.backspace,
    "Insert": Keyboard.toggle_insert,
    "Dup": Keyboard.dup,
    "FieldMark": Keyboard.field_mark,
    "Up": Keyboard.up,
    "Down": Keyboard.down,
    "Left": Keyboard.left,
    "Right": Keyboard.right,
    "Reset": Keyboard.reset,
}
