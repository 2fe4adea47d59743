"""Typing into the fields of a 5250, and leaving them.

As of the keyboard beside this: a refused character changes nothing. Everything typed sets the
MDT of its field; data of a field that is adjusted are complete once it has been left.
"""

from typing import Final

from sesssrvr.terminal.codepage import CodePage
from sesssrvr.terminal.tn5250 import fields, pairs
from sesssrvr.terminal.tn5250.codes import SPACE
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.fields import InputField, Shift
from sesssrvr.terminal.tn5250.keys import AID_ENTER
from sesssrvr.terminal.tn5250.leaving import (
    adjust,
    check,
    check_digit,
    check_entered,
    check_filled,
)
from sesssrvr.terminal.tn5250.refusals import refused
from verdigris.errors import OperatorError


_DIGITS: Final = frozenset("0123456789")
_NUMERIC: Final = _DIGITS | frozenset("+,.- ")
WIDE_BLANK: Final = "\u3000"
_BLANK: Final = bytes((SPACE,))
_PUNCTUATION: Final = frozenset(",.- ")


class FieldEntry:
    """A display, typed into.

    Attributes:
        strict: fields that want a field exit key are not left without one.
    """

    __slots__ = ("_codepage", "_display", "strict")

    def __init__(self, display: Display5250, codepage: CodePage, *, strict: bool) -> None:
        self._display, self._codepage, self.strict = display, codepage, strict

    def type(self, text: str) -> int | None:
        """Type text at the cursor; an AID if the last character of an auto-enter field was typed.

        Raises:
            OperatorError: the terminal refuses a character; those before it have been typed.
        """
        for number, character in enumerate(text):
            aid = self._type(character)
            if aid is not None:
                if number + 1 < len(text):
                    raise OperatorError(problem="the field is full and has been entered")
                return aid
        return None

    def leave(self, *, judged: bool = True) -> None:
        """See that the field at the cursor, and one that was typed into, are complete.

        Args:
            judged: they have to be filled, and their check digits right.

        Raises:
            OperatorError: one is not, and cannot be completed.
        """
        display = self._display
        opened = display.opened
        if opened is not None:
            if self.strict and opened.needs_exit and display.pending_exit is not opened:
                raise refused(20, display.where(opened.start))
            if judged:
                check_filled(display, opened)
            self._complete(opened)
            if judged:
                check_digit(display, opened)
        here = display.table.at(display.cursor)
        if judged and here is not None and not here.bypass:
            check(display, self._whole(here))
        display.opened = display.pending_exit = None

    def before_attention(self, *, with_data: bool) -> None:
        """See that an attention key may be pressed here, and complete what it will send.

        In the order of IBM's client (asaomaro/ts5250, 20260921-mandatory-check-acs): the field at the
        cursor, whatever the key; mandatory entry fields for keys that bring data.

        Raises:
            OperatorError: it may not.
        """
        display = self._display
        here = display.table.at(display.cursor)
        field = None if here is None or here.bypass else self._whole(here)
        if field is not None:
            check_filled(display, field)
        if self.strict and self._wants_exit(display.opened):
            raise refused(20, display.where(display.cursor))
        if with_data and display.opened is not None and not self.strict:
            self._complete(display.opened)
        if field is not None:
            check_digit(display, field)
        if with_data:
            check_entered(display)

    def _wants_exit(self, opened: InputField | None) -> bool:
        """An adjusted field has been typed into, not to its end, and not been left."""
        if opened is None or self._display.pending_exit is opened:
            return False
        adjusted = opened.adjust in (fields.ADJUST_ZERO, fields.ADJUST_BLANK)
        return adjusted and not opened.has(fields.AUTO_ENTER)

    def _complete(self, opened: InputField) -> None:
        """Complete a field that wants a field exit key as such a key would."""
        display = self._display
        if not opened.needs_exit:
            return
        if display.pending_exit is None and display.cursor == display.typing:
            self._null_rest(opened)
        if any(display.cells[cell] for cell in self._cells(opened)):
            adjust(display, opened)  # one that was emptied stays empty

    def tab_from(self, field: InputField) -> None:
        """To the field after this one."""
        found = self._display.table.after(field)
        self._display.cursor = found.start if found else self._display.home_address()

    # ---- what the keys of the keyboard use -----------------------------------------------------

    def _onward(self, field: InputField) -> int | None:
        """To the next field, or to the host if the field enters by itself."""
        if field.has(fields.AUTO_ENTER):
            return AID_ENTER
        self.tab_from(field)
        return None

    def _whole(self, field: InputField) -> InputField:
        return self._display.table.whole(field)[0]

    def _cells(self, field: InputField) -> list[int]:
        return self._display.table.cells(field)

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
            raise refused(5, self._display.where(display.cursor))
        return found

    def _modified(self, field: InputField) -> None:
        """The MDT is that of the first part of a continued field."""
        whole = self._whole(field)
        whole.modified = True
        if whole.needs_exit or whole.adjust == fields.MANDATORY_FILL:
            self._display.opened = whole

    def _pairs(self, field: InputField) -> bool:
        """Whether wide characters may be in the field."""
        return bool(field.wide and self._codepage.double)

    def _content(self, field: InputField) -> tuple[list[int], bytes, int]:
        """The cells of a field, what they hold, and where in them the cursor is.

        Pairs do not go over the parts of a continued field: there it is the part with the cursor.
        """
        display = self._display
        cells = self._cells(field)
        if self._pairs(field):
            parts = display.table.whole(field)
            part = next(one for one in parts if one.start <= display.cursor < one.end)
            cells = [*range(part.start, part.end)]
        content = bytes(map(display.cells.__getitem__, cells))
        return cells, content, cells.index(display.cursor)

    def _fill(self, cells: list[int], content: bytes) -> None:
        for cell, code in zip(cells, content, strict=True):
            self._display.cells[cell] = code

    def _null_rest(self, field: InputField) -> None:
        """Null from the cursor to the end of the field."""
        rest = self._rest(field, self._display.cursor)
        if self._pairs(field):
            cells, content, at = self._content(field)
            self._fill(cells, pairs.nulled(field, content, at))
            rest = [cell for cell in rest if cell > cells[-1]]
        self._fill(rest, bytes(len(rest)))

    def _type(self, character: str) -> int | None:
        display = self._display
        field = self._writable()
        if display.pending_exit is not None:
            raise refused(18, display.where(display.cursor))
        if field.has(fields.MONOCASE) and self._codepage.code(character.upper()) is not None:
            character = (
                character.upper()
            )  # the micro sign and y with diaeresis have none on most pages
        self._judge(field, character)
        page = self._codepage
        if character == " " and self._pairs(field):
            _, content, _ = self._content(field)
            character = WIDE_BLANK if pairs.blank_is_wide(field, content) else character
        code = page.code(character)
        pair = page.pair(character) if code is None else None
        if code is None and pair is None:
            raise OperatorError(problem=f"character U+{ord(character):04X} is not in {page.name}")
        if self._pairs(field):
            return self._put_among_pairs(field, code, pair)
        if code is None:
            raise OperatorError(problem="wide characters are not allowed in the field")
        return self._put(field, code)

    def _judge(self, field: InputField, character: str) -> None:
        where = self._display.where(self._display.cursor)
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
        elif field.part and code != SPACE and self._whole(field).wraps_words:
            self._carry_word(field)
        display.cells[display.cursor] = code
        self._modified(field)
        rest = self._rest(field, display.cursor)[1:]
        whole = self._whole(field)
        if not rest or (whole.signed and len(rest) == 1):
            return self._filled(whole, rest)
        display.cursor = display.typing = rest[0]
        return None

    def _carry_word(self, field: InputField) -> None:
        """A word begun in the part before, which goes on in this one, moves here as a whole."""
        display = self._display
        parts = self._display.table.whole(field)
        number = parts.index(field)
        if number == 0 or display.cursor != field.start:
            return
        before = bytes(display.cells[parts[number - 1].start : parts[number - 1].end])
        word = before.replace(b"\0", _BLANK).rpartition(_BLANK)[2]
        room = display.cells[field.start : field.end].strip(b"\0\x40") == b""
        if not word or len(word) == len(before) or len(word) >= field.length or not room:
            return
        end = parts[number - 1].end
        display.cells[end - len(word) : end] = _BLANK * len(word)
        display.cells[field.start : field.start + len(word)] = word
        display.cursor = field.start + len(word)

    def _put_among_pairs(
        self, field: InputField, code: int | None, pair: bytes | None
    ) -> int | None:
        """Put a single or a wide character at the cursor of a field that takes wide ones."""
        display = self._display
        cells, content, at = self._content(field)
        content, at = pairs.judged(field, content, at, wide=code is None)
        typed = bytes((code,)) if code is not None else pair or b""
        after, at = pairs.typed(field, content, at, typed, insert=display.insert)
        self._fill(cells, after)
        self._modified(field)
        rest = [] if pairs.full(after, at) else cells[at:]
        rest += [cell for cell in self._cells(field) if cell > cells[-1]]
        if not rest:
            display.cursor = cells[-1]
            return self._filled(self._whole(field), rest)
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
        """Insert mode: the rest moves right, if its last place is free and not that of the cursor.

        Raises:
            OperatorError: it is not.
        """
        display = self._display
        rest = self._rest(field, display.cursor)
        if field.signed and len(rest) > 1:
            rest.pop()
        if len(rest) == 1 or display.cells[rest[-1]] not in (0, SPACE):
            raise refused(12, self._display.where(display.cursor))
        for target, source in zip(rest[:0:-1], rest[-2::-1], strict=True):
            display.cells[target] = display.cells[source]
