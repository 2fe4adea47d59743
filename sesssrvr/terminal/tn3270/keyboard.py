"""The keyboard of a 3270: typing, moving, erasing.

Law: what the terminal would refuse raises `OperatorError` and changes nothing further; nothing is
dropped silently. Everything typed sets the field's MDT and takes the field's own attributes.
GA23-0059, chapter "Keyboard and operator".
Tested in `tests/sesssrvr/terminal/tn3270/test_keyboard.py`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sesssrvr.terminal.codepage import (
    DUP,
    FIELD_MARK,
    SHIFT_IN,
    SPACE,
    CodePage,
    graphic_code,
)
from sesssrvr.terminal.tn3270.blank_fill import fill_blanks
from sesssrvr.terminal.tn3270.buffer import (
    CHARSET,
    GRAPHIC,
    MODIFIED,
    NUMERIC,
    PLAIN,
    PROTECTED,
    SKIP,
    Style,
)
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.pen import select
from sesssrvr.terminal.tn3270.writer import DOUBLE_SET
from sesssrvr.terminal.wide import Stroke, attribute_pair, inside, stroke
from verdigris.errors import OperatorError


_DIGITS: Final = frozenset((*range(0xF0, 0xFA), 0x60, 0x4B))  # digits, minus, period
_BY_ESCAPE: Final = Style(charset=GRAPHIC)
_BY_ATTRIBUTE: Final = Style(charset=DOUBLE_SET)
_FILLERS: Final = b"\x40\x6d"  # blank and underscore


class Keyboard3270:
    """The keys that do not call the host.

    Attributes:
        numeric_lock: numeric fields take digits, minus and period only.
        blank_fill: nulls before the cursor become blanks when a character is typed.
        graphic_escape: what the code page lacks and code page 310 has is typed by GE.
    """

    __slots__ = ("_codepage", "_display", "blank_fill", "graphic_escape", "numeric_lock")

    def __init__(
        self,
        display: Display3270,
        codepage: CodePage,
        *,
        numeric_lock: bool,
        blank_fill: bool,
        graphic_escape: bool = True,
    ) -> None:
        self._display, self._codepage = display, codepage
        self.graphic_escape = graphic_escape
        self.numeric_lock, self.blank_fill = numeric_lock, blank_fill

    def type(self, text: str) -> None:
        """Type text at the cursor.

        Raises:
            OperatorError: the terminal refuses a character; those before it have been typed.
        """
        for character in text:
            code, style = self._codepage.code(character), PLAIN
            if code is None and (pair := self._codepage.pair(character)) is not None:
                self._type_wide(pair)
                continue
            if code is None and self.graphic_escape:
                code, style = graphic_code(character), _BY_ESCAPE
            if code is None:
                page = self._codepage.name
                raise OperatorError(problem=f"character U+{ord(character):04X} is not in {page}")
            if self._codepage.double:
                self._leave_pairs()
            self._type(code, style)
            self._step_over_attributes()

    def press(self, name: str) -> int | None:
        """Press a key of `keys.EDITING`; an AID if it turns out to call the host (cursor select)."""
        return ACTIONS[name](self)

    def tab(self) -> None:
        """To the next unprotected field."""
        self._display.cursor = self._display.next_unprotected(self._display.cursor)

    def back_tab(self) -> None:
        """To the start of this unprotected field, or of the one before."""
        display = self._display
        buffer = display.buffer
        size = buffer.size
        here = (display.cursor - 1) % size
        if buffer.attributes[here]:
            here = (here - 1) % size
        stops = [s for s in buffer.starts if self._is_stop(s)]
        if not stops:
            display.cursor = 0
            return
        before = [s for s in stops if s <= here]
        display.cursor = ((before or stops)[-1] + 1) % size

    def home(self) -> None:
        """To the first unprotected field."""
        self._display.cursor = self._display.next_unprotected(self._display.buffer.size - 1)

    def newline(self) -> None:
        """To the first unprotected cell of the next row or after it."""
        display = self._display
        buffer = display.buffer
        line = (display.cursor // buffer.columns + 1) % buffer.rows * buffer.columns
        governing = buffer.field_before(line)
        free = governing < 0 or not buffer.attributes[governing] & PROTECTED
        display.cursor = line if free and governing != line else display.next_unprotected(line)

    def erase_eof(self) -> None:
        """Set nulls from the cursor to the end of the field."""
        buffer, cursor = self._display.buffer, self._display.cursor
        governing = self._writable()
        stop = buffer.field_after(cursor)
        for begin, end in buffer.spans(cursor, max(stop, 0)):
            buffer.erase(begin, end)
        self._modified(governing)

    def erase_input(self) -> None:
        """Set nulls in all unprotected fields."""
        self._display.erase_unprotected()

    def delete(self) -> None:
        """Remove the character at the cursor; the rest of the field moves left."""
        governing = self._writable()
        cells = self._rest_of_field()
        self._move(cells[1:], cells[:-1])
        self._null(cells[-1])
        self._modified(governing)

    def backspace(self) -> None:
        """Remove the character before the cursor; nothing at the start of a field."""
        display = self._display
        governing = self._writable()
        size = display.buffer.size
        before = (display.cursor - 1) % size
        if governing == before or (governing < 0 and not display.cursor):
            return
        display.cursor = before
        self.delete()

    def toggle_insert(self) -> None:
        """Insert mode on or off."""
        self._display.insert = not self._display.insert

    def dup(self) -> None:
        """Type DUP and go to the next field."""
        self._type(DUP)
        self.tab()

    def field_mark(self) -> None:
        """Type a field mark."""
        self._type(FIELD_MARK)
        self._step_over_attributes()

    def field_exit(self) -> None:
        """Set nulls in the rest of the field and go to the next one."""
        self.erase_eof()
        self.tab()

    def reset(self) -> None:
        """Leave insert mode, and unlock the keyboard an attention key has locked (as s3270).

        It stays locked before the first screen, and in the host's turn (contention resolution).
        """
        self._display.insert = False
        self._display.free()

    def cursor_select(self) -> int | None:
        """What a selector pen does at the cursor: mark a field, or send the screen."""
        return select(self._display)

    def up(self) -> None:
        """One row up, from the top to the bottom."""
        self._move_cursor(-self._display.buffer.columns)

    def down(self) -> None:
        """One row down, from the bottom to the top."""
        self._move_cursor(self._display.buffer.columns)

    def left(self) -> None:
        """One cell back."""
        self._move_cursor(-1)

    def right(self) -> None:
        """One cell on."""
        self._move_cursor(1)

    def _move_cursor(self, by: int) -> None:
        self._display.cursor = (self._display.cursor + by) % self._display.buffer.size

    def _is_stop(self, start: int) -> bool:
        buffer = self._display.buffer
        first_cell = (start + 1) % buffer.size
        return not buffer.attributes[start] & PROTECTED and not buffer.attributes[first_cell]

    def _writable(self) -> int:
        """The field attribute that governs the cursor, -1 if unformatted.

        Raises:
            OperatorError: the cursor is on an attribute or in a protected field.
        """
        buffer, cursor = self._display.buffer, self._display.cursor
        governing = buffer.field_before(cursor)
        if governing == cursor or (governing >= 0 and buffer.attributes[governing] & PROTECTED):
            row, column = divmod(cursor, buffer.columns)
            raise OperatorError(problem=f"row {row + 1} column {column + 1} is protected")
        return governing

    def _modified(self, governing: int) -> None:
        if governing >= 0:
            buffer = self._display.buffer
            buffer.set_attribute(governing, buffer.attributes[governing] | MODIFIED)

    def _type(self, code: int, style: Style = PLAIN) -> None:
        """Put one character at the cursor; the cursor goes to the next cell, whatever it is."""
        display = self._display
        buffer, cursor = display.buffer, display.cursor
        governing = self._writable()
        numeric = governing >= 0 and buffer.attributes[governing] & NUMERIC
        digit = style is PLAIN and (code in _DIGITS or code == DUP)
        if self.numeric_lock and numeric and not digit:
            raise OperatorError(problem="the field takes digits only")
        if display.insert:
            self._make_room()
        buffer.put(cursor, bytes((code,)), style)
        if self.blank_fill and governing >= 0:
            fill_blanks(display, governing)
        self._modified(governing)
        display.cursor = (cursor + 1) % buffer.size

    def _field_content(self, governing: int) -> tuple[list[int], bytes]:
        """The cells of the cursor's field, and what they hold."""
        buffer = self._display.buffer
        spans = buffer.field_spans(governing) if governing >= 0 else ((0, buffer.size),)
        cells = [at for begin, end in spans for at in range(begin, end)]
        return cells, bytes(buffer.characters[at] for at in cells)

    def _type_wide(self, pair: bytes) -> None:
        """Put a pair at the cursor, with SO and SI where there are none yet."""
        display = self._display
        buffer, cursor = display.buffer, display.cursor
        governing = self._writable()
        cells, content = self._field_content(governing)
        sets, style = buffer.extended[CHARSET], PLAIN
        at = cells.index(cursor)
        if governing >= 0 and sets is not None and sets[governing] == DOUBLE_SET:
            change: Stroke | None = Stroke(pair, 2, 2) if at % 2 == 0 else None
        elif (start := self._attribute_pair(cells, at)) is not None:
            change, style = Stroke(pair, 2, 2) if start == at else None, _BY_ATTRIBUTE
        else:
            change = stroke(content, at, pair)
        if change is None:
            raise OperatorError(problem="a wide character cannot begin inside another one")
        if at + len(change.data) > len(cells):
            raise OperatorError(problem="the field is full")
        if display.insert:
            if self._room() < change.insert:
                raise OperatorError(problem="the field is full")
            for _ in range(change.insert):
                self._make_room()
        for offset, code in enumerate(change.data):
            buffer.put(cells[at + offset], bytes((code,)), style)
        self._modified(governing)
        display.cursor = (cursor + change.forward) % buffer.size
        self._step_over_attributes()

    def _attribute_pair(self, cells: list[int], at: int) -> int | None:
        """Where the pair at an offset of a field begins, if SA made it one."""
        sets = self._display.buffer.extended[CHARSET]
        if sets is None:
            return None
        return attribute_pair([sets[cell] for cell in cells], at, DOUBLE_SET)

    def _leave_pairs(self) -> None:
        """Move past an SI under the cursor, where a single byte may be typed.

        A pair made by SA becomes two blanks first: half of one says nothing.

        Raises:
            OperatorError: the cursor is on a pair.
        """
        display = self._display
        governing = self._writable()
        cells, content = self._field_content(governing)
        at = cells.index(display.cursor)
        if content[at] == SHIFT_IN:
            display.cursor = (display.cursor + 1) % display.buffer.size
            self._step_over_attributes()
        elif (start := self._attribute_pair(cells, at)) is not None:
            for cell in cells[start : start + 2]:
                display.buffer.put(cell, bytes((SPACE,)), PLAIN)
        elif inside(content, at):
            raise OperatorError(problem="only wide characters may be between SO and SI")

    def _step_over_attributes(self) -> None:
        """Autoskip: past an attribute, over a skip field to the next unprotected one."""
        display = self._display
        buffer = display.buffer
        while buffer.attributes[display.cursor]:
            if buffer.attributes[display.cursor] & SKIP == SKIP:
                display.cursor = display.next_unprotected(display.cursor)
            else:
                display.cursor = (display.cursor + 1) % buffer.size

    def _rest_of_field(self) -> list[int]:
        """The cells from the cursor to the end of the field, or of the row when unformatted."""
        buffer, cursor = self._display.buffer, self._display.cursor
        stop = buffer.field_after(cursor)
        if stop < 0:
            stop = (cursor // buffer.columns + 1) * buffer.columns % buffer.size
        return [at for begin, end in buffer.spans(cursor, stop) for at in range(begin, end)]

    def _room(self) -> int:
        """How many characters can be inserted at the cursor: nulls, with blank fill fillers too."""
        content = bytes(self._display.buffer.characters[at] for at in self._rest_of_field())
        used = content.rstrip(b"\0" + _FILLERS if self.blank_fill else b"\0")
        return len(content) - len(used) + used.count(0)

    def _make_room(self) -> None:
        """Insert mode: shift up to the first null of the field to the right.

        With blank fill, and no null, blanks and underscores at the end are room too (as s3270).

        Raises:
            OperatorError: there is none.
        """
        characters = self._display.buffer.characters
        cells = self._rest_of_field()
        content = bytes(characters[at] for at in cells)
        free = content.find(0)
        if free < 0:
            free = len(content.rstrip(_FILLERS)) if self.blank_fill else len(content)
        if free == len(content):
            raise OperatorError(problem="the field is full")
        self._move(cells[:free][::-1], cells[1 : free + 1][::-1])

    def _move(self, sources: list[int], targets: list[int]) -> None:
        """Copy cells with their attributes, one after the other."""
        buffer = self._display.buffer
        for plane in (buffer.characters, *buffer.extended):
            if plane is not None:
                for source, target in zip(sources, targets, strict=True):
                    plane[target] = plane[source]

    def _null(self, at: int) -> None:
        self._display.buffer.put(at, b"\0", PLAIN)


ACTIONS: Final[Mapping[str, Callable[[Keyboard3270], int | None]]] = {
    "Tab": Keyboard3270.tab,
    "BackTab": Keyboard3270.back_tab,
    "Home": Keyboard3270.home,
    "Newline": Keyboard3270.newline,
    "EraseEOF": Keyboard3270.erase_eof,
    "EraseInput": Keyboard3270.erase_input,
    "Delete": Keyboard3270.delete,
    "Backspace": Keyboard3270.backspace,
    "Insert": Keyboard3270.toggle_insert,
    "Dup": Keyboard3270.dup,
    "FieldMark": Keyboard3270.field_mark,
    "FieldExit": Keyboard3270.field_exit,
    "Reset": Keyboard3270.reset,
    "CursorSelect": Keyboard3270.cursor_select,
    "Up": Keyboard3270.up,
    "Down": Keyboard3270.down,
    "Left": Keyboard3270.left,
    "Right": Keyboard3270.right,
}
