"""A display: how text is drawn, and where control functions find what they do.

Law: functions live in the tables of `functions.py`, by level; they change a display only through
what `Page` and `Grid` offer. Text that the short way of `write` takes is drawn exactly as the long
way would.
Tested in `tests/sesssrvr/terminal/vt/test_drawing.py`.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from sesssrvr.terminal.screen import TAIL
from sesssrvr.terminal.vt import charsets
from sesssrvr.terminal.vt.modes import AUTOWRAP, INSERT
from sesssrvr.terminal.vt.page import Page
from sesssrvr.terminal.vt.styles import PLAIN
from sesssrvr.terminal.vt.widths import NOT_PLAIN, RUNS, cells, joined, showable


_ONE_BYTE: Final = 0x100


class Tables(NamedTuple):
    """The functions of one level: C0 and C1 controls, ESC, CSI, CSI that only answer, DCS, VT52."""

    controls: Mapping[str, "Control"]
    escapes: Mapping[str, "Control"]
    sequences: Mapping[str, "Function"]
    reports: Mapping[str, "Function"]
    strings: Mapping[str, "StringFunction"]
    vt52: Mapping[str, "Control"]


class DisplayVT(Page):
    """One display.

    Attributes:
        catalogue: the functions of each level; `tables` are those of the level in force.
    """

    __slots__ = ("catalogue", "tables")

    tables: Tables

    def __init__(
        self,
        catalogue: Mapping[int, Tables],
        rows: int,
        columns: int,
        *,
        level: int,
        charset: str,
        answerback: str,
        modes: frozenset[int] = frozenset(),
    ) -> None:
        self.catalogue = catalogue
        super().__init__(
            rows, columns, level=level, charset=charset, answerback=answerback, modes=modes
        )

    def power_up(self) -> None:
        """The state after switching on."""
        super().power_up()
        self.use(self.level)

    def use(self, level: int) -> None:
        """Obey the functions of a level from now on."""
        self.tables = self.catalogue[level]

    # Drawing text

    def write(self, text: str) -> None:
        """Draw graphic characters at the cursor."""
        self.changed = True
        plain = text.isascii() or NOT_PLAIN.search(text) is None
        if not (plain and self.swift):
            self._write_slowly(text)
            return
        if self.mapping is not None:
            text = text.translate(self.mapping)
        self.last = text[-1]
        grid, column = self.grid, self.column
        stop = column + len(text)
        if stop > grid.columns or self.pending or grid.wide:
            self._write_run(text)
            return
        row = self.row
        line = grid.text[row]
        grid.text[row] = line[:column] + text + line[stop:]
        looks, ink = grid.looks[row], self.ink
        if ink != PLAIN or looks is not grid.plain:
            grid.looks[row] = looks[:column] + ink * len(text) + looks[stop:]
        if stop < grid.columns:
            self.column = stop
        else:
            self.column, self.pending = stop - 1, True

    def _write_slowly(self, text: str) -> None:
        if self.aside:
            return
        if self.single:
            text = self._shifted(text)
        for run in RUNS.findall(text):
            if len(run) > 1 or not NOT_PLAIN.match(run):
                self._write_run(run.translate(self.mapping) if self.mapping else run)
            else:
                self._write_char(run)

    def _shifted(self, text: str) -> str:
        """Draw the character a single shift is for; the rest."""
        shifted, self.single = self.single, 0
        self.settle()
        code = ord(text[0])
        if code >= _ONE_BYTE or (self.decoded and not text[0].isascii()):
            return text
        position = (code & 0x7F) - 0x20  # for a character of GL; one of GR selects the same
        self._write_run(charsets.SETS[self.sets[shifted]][position])
        return text[1:]

    def write_last(self) -> None:
        """DEL: the last character of a set of 96; to sets of 94 it is nothing."""
        name = self.sets[self.single or self.gl]
        if name.startswith("-") and not self.aside:
            if self.single:
                self.single = 0
                self.settle()
            self._write_run(charsets.SETS[name][-1])

    def _write_run(self, text: str) -> None:
        """Draw characters of one cell each, wrapping."""
        grid, at = self.grid, 0
        self.last = text[-1]
        while at < len(text):
            limit = self._begin()
            room = limit - self.column
            piece = text[at : at + room]
            if INSERT in self.ansi:
                grid.insert(self.row, self.column, limit, len(piece), self.ink)
            grid.put(self.row, self.column, piece, self.ink)
            at += len(piece)
            self._advance(len(piece), limit)
            if self.pending and AUTOWRAP not in self.dec:
                at = max(at, len(text) - 1)  # the rest falls on the last column, one on another

    def _write_char(self, char: str) -> None:
        """Draw a character that may take two cells, or join the one before."""
        char = showable(char)
        width = cells(char)
        if width == 0:
            self._join(char)
            return
        if width == 1:
            self._write_run(char)
            return
        limit = self._begin()
        if self.column + width > limit:
            if AUTOWRAP in self.dec:
                self.wrap()
                limit = self.limit
            elif limit >= width:
                self.column = limit - width
            if self.column + width > limit:
                return  # a line of one column
        if INSERT in self.ansi:
            self.grid.insert(self.row, self.column, limit, width, self.ink)
        self.grid.put(self.row, self.column, char + TAIL, self.ink)
        self.last = char
        self._advance(width, limit)

    def _join(self, mark: str) -> None:
        line = self.grid.text[self.row]
        at = self.column if self.pending else self.column - 1
        if at > 0 and line[at] == TAIL:
            at -= 1
        if at >= 0:
            self.grid.text[self.row] = line[:at] + joined(line[at], mark) + line[at + 1 :]

    def _begin(self) -> int:
        """Wrap if the last character asked for it; the column that ends the writing."""
        self.fit()
        if self.pending:
            self.pending = False
            if AUTOWRAP in self.dec:
                self.wrap()
        return self.limit

    def _advance(self, width: int, limit: int) -> None:
        self.column += width
        if self.column >= limit:
            self.column, self.pending = limit - 1, True

    # What a parser drives: see `parser.Machine`

    def execute(self, char: str) -> None:
        """Obey a C0 or C1 control."""
        function = self.tables.controls.get(char)
        if function is not None:
            self.changed = True
            function(self)

    def escape(self, key: str) -> None:
        """Obey an escape sequence."""
        function = (self.tables.vt52 if self.vt52 else self.tables.escapes).get(key)
        if function is not None:
            self.changed = True
            function(self)

    def sequence(self, key: str, raw: str) -> None:
        """Obey a control sequence."""
        function = self.tables.sequences.get(key)
        if function is not None:
            self.changed = True
            function(self, raw)
        elif key in self.tables.reports:
            self.tables.reports[key](self, raw)

    def device_control(self, key: str, raw: str, data: str) -> None:
        """Obey a device control string."""
        function = self.tables.strings.get(key)
        if function is not None:
            function(self, raw, data)

    def place(self, row: int, column: int) -> None:
        """VT52 direct cursor address; a place outside leaves that coordinate as it is."""
        self.changed = True
        grid = self.grid
        self.go(
            row if 0 <= row < grid.rows else self.row,
            column if 0 <= column < grid.columns else self.column,
        )


Control: TypeAlias = Callable[[DisplayVT], None]
Function: TypeAlias = Callable[[DisplayVT, str], None]
StringFunction: TypeAlias = Callable[[DisplayVT, str, str], None]
