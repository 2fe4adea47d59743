"""What a VT keeps between control functions: cursor, margins, modes, character sets.

Law: the cursor is always on the page and `pending` only in the last column it may reach: the next
character wraps first (DEC STD 070, "last column flag"). Margins are inclusive, 0-based, top below
bottom and left before right. Whatever decides how text is drawn is followed by `settle` or `remap`.
Tested in `tests/sesssrvr/terminal/vt/test_terminal.py`.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from sesssrvr.terminal.vt import charsets
from sesssrvr.terminal.vt.grid import SINGLE, Box, Grid
from sesssrvr.terminal.vt.hostpages import host_page
from sesssrvr.terminal.vt.modes import (
    ANSI_DEFAULT,
    DEC_DEFAULT,
    INSERT,
    NOT_VT52,
    ORIGIN,
)
from sesssrvr.terminal.vt.pen import BACKGROUND
from sesssrvr.terminal.vt.styles import PLAIN, Styles


Sets: TypeAlias = tuple[str, str, str, str]

TAB_WIDTH: Final = 8
# Controls as they are written here, and as one byte (S8C1T).
_C1: Final = {"\x1b[": "\x9b", "\x1bP": "\x90", "\x1b\\": "\x9c", "\x1bO": "\x8f"}


class Saved(NamedTuple):
    """What DECSC keeps (VT420, "Save Cursor")."""

    row: int
    column: int
    pending: bool
    pen: int
    sets: Sets
    left: int
    right: int
    origin: bool


class Page:
    """The state of one display.

    Attributes:
        grid: the page shown; `main` and `alternate` (made when first used) are what it may be.
        row, column, pending: cursor, 0-based, and the last column flag.
        pen, ink: the look of what is written next, and its character in rows of looks.
        top, bottom, left, right: margins.
        ansi, dec: numbers of the modes that are set.
        sets, gl, gr, single: G0-G3, which of them are in GL and GR, a single shift under way.
        utf8: what comes is UTF-8, not one byte a character.
        codepage: the code page of one byte a character; None where bytes select from G0 to G3.
        level: 0 VT52, 1 VT100, 2 VT220, 4 VT420, as DECSCL has chosen; `highest` is the terminal's.
        eight: answer with 8-bit controls (S8C1T).
        vt52, halted: see `parser.Machine`.
        aside: text goes to the status line or a printer, which is not shown.
        swift: text may be drawn the short way, as far as the page's state decides it.
        changed: the host has done something to the screen since this was reset.
        alarm: BELs counted.
        user_keys, keys_locked: what keys send by the host's definition, and that this stays so.
        replies: what is to be sent to the host.
    """

    __slots__ = (
        "alarm",
        "alternate",
        "ansi",
        "answerback",
        "aside",
        "bottom",
        "changed",
        "checksum",
        "codepage",
        "column",
        "cursor_style",
        "dec",
        "eight",
        "extent",
        "gl",
        "gr",
        "grid",
        "halted",
        "highest",
        "home_modes",
        "home_sets",
        "initial",
        "ink",
        "keypad",
        "keys_locked",
        "last",
        "left",
        "level",
        "main",
        "mapping",
        "pen",
        "pending",
        "replies",
        "right",
        "row",
        "saved",
        "saved_modes",
        "sets",
        "single",
        "status_type",
        "styles",
        "swift",
        "tabs",
        "top",
        "user_keys",
        "utf8",
        "utf8_home",
        "vt52",
    )

    def __init__(
        self,
        rows: int,
        columns: int,
        *,
        level: int,
        charset: str,
        answerback: str,
        modes: frozenset[int] = frozenset(),
    ) -> None:
        self.initial = rows, columns
        self.highest = level
        self.home_modes = (DEC_DEFAULT | modes) - (frozenset() if level else {NOT_VT52})
        self.answerback = answerback
        self.utf8_home = charset == "utf-8"
        self.codepage = host_page(charset)
        upper = charsets.SUPPLEMENTAL if charset == "dec-mcs" else charsets.LATIN_1
        self.home_sets: Sets = (charsets.ASCII, charsets.ASCII, upper, upper)
        self.alarm = self.checksum = 0
        self.changed = False
        self.replies: list[str] = []
        self.power_up()

    def power_up(self) -> None:
        """The state after switching on."""
        rows, columns = self.initial
        self.styles = Styles()
        self.grid = self.main = Grid(rows, columns)
        self.alternate: Grid | None = None
        self.row = self.column = self.pen = 0
        self.pending = self.eight = self.halted = self.aside = self.keypad = False
        self.ink, self.last = PLAIN, ""
        self.ansi, self.dec = ANSI_DEFAULT, self.home_modes
        self.saved_modes: dict[int, bool] = {}
        self.user_keys: Mapping[str, bytes] = {}
        self.keys_locked = False
        self.saved: list[Saved | None] = [None, None]
        self.level = self.highest
        self.vt52 = self.level == 0
        self.utf8 = self.utf8_home
        self.cursor_style = self.extent = self.status_type = 0
        self.tabs = default_tabs(columns)
        self.reset_sets()
        self.reset_margins()

    @property
    def decoded(self) -> bool:
        """Whether characters beyond ASCII are what they are, whatever is in GR."""
        return self.utf8 or self.codepage is not None

    # Moving

    @property
    def width(self) -> int:
        """Columns of the cursor's line: half on a doubled one."""
        grid = self.grid
        if grid.doubled and grid.sizes[self.row] != SINGLE:
            return grid.columns // 2
        return grid.columns

    @property
    def limit(self) -> int:
        """The column that ends writing on the cursor's line, 0-based, exclusive."""
        return min(self.right + 1 if self.column <= self.right else self.grid.columns, self.width)

    def wrap(self) -> None:
        """To the first column of the next line."""
        self.index()
        self.column = self.left
        self.fit()

    def index(self) -> None:
        """A line down, scrolling at the bottom margin (IND)."""
        self.pending = False
        if self.row == self.bottom:
            if self.left <= self.column <= self.right:
                self.grid.scroll_up(self.region, 1, self.paper)
        elif self.row < self.grid.rows - 1:
            self.row += 1
            self.fit()

    def reverse_index(self) -> None:
        """A line up, scrolling at the top margin (RI)."""
        self.pending = False
        if self.row == self.top:
            if self.left <= self.column <= self.right:
                self.grid.scroll_down(self.region, 1, self.paper)
        elif self.row > 0:
            self.row -= 1
            self.fit()

    def go(self, row: int, column: int) -> None:
        """To an absolute place, as far as the page goes; in origin mode as far as the margins."""
        self.pending = False
        if ORIGIN in self.dec:
            row = min(max(row, self.top), self.bottom)
            column = min(max(column, self.left), self.right)
        self.row = min(max(row, 0), self.grid.rows - 1)
        self.column = min(max(column, 0), self.width - 1)

    def go_relative(self, row: int, column: int) -> None:
        """To a place counted from the origin."""
        if ORIGIN in self.dec:
            row, column = row + self.top, column + self.left
        self.go(row, column)

    def fit(self) -> None:
        """Keep the cursor on a doubled line."""
        if self.grid.doubled:
            self.column = min(self.column, self.width - 1)

    # State that others depend on

    @property
    def region(self) -> Box:
        """What is inside the margins."""
        return Box(self.top, self.left, self.bottom + 1, self.right + 1)

    @property
    def inside(self) -> bool:
        """The cursor is inside the margins."""
        return self.top <= self.row <= self.bottom and self.left <= self.column <= self.right

    @property
    def paper(self) -> str:
        """The look of blank cells that come in: the background colour alone."""
        return self.styles.ink(self.pen & BACKGROUND) if self.pen else PLAIN

    def set_pen(self, pen: int) -> None:
        """Write in another look from now on."""
        self.pen = pen
        if self.styles.full:
            grids = (self.main, self.alternate) if self.alternate else (self.main,)
            self.styles.compact(grid.looks for grid in grids)
        self.ink = self.styles.ink(pen)

    def settle(self) -> None:
        """Find out whether text may take the short way; after every change of what is asked here."""
        self.swift = not (
            self.aside
            or self.single
            or self.grid.doubled
            or INSERT in self.ansi
            or self.left > 0
            or self.right < self.grid.columns - 1
        )

    def remap(self) -> None:
        """After a change of character sets."""
        self.mapping = charsets.mapping(
            self.sets[self.gl], "" if self.decoded else self.sets[self.gr]
        )

    def reset_sets(self) -> None:
        """G0 to G3, GL and GR as after switching on."""
        self.sets, self.gl, self.gr = self.home_sets, 0, 2
        self.single = 0
        self.remap()

    def reset_margins(self) -> None:
        """The whole page."""
        self.top = self.left = 0
        self.bottom, self.right = self.grid.rows - 1, self.grid.columns - 1
        self.settle()

    # Answers

    def reply(self, text: str) -> None:
        """Send an answer, written with 7-bit controls."""
        if self.eight and not self.utf8 and (self.codepage is None or self.codepage.controls):
            for seven, eight in _C1.items():
                text = text.replace(seven, eight)
        self.replies.append(text)


def default_tabs(columns: int) -> bytes:
    """A stop at every eighth column: a 1 for each column that has one."""
    return bytes(column > 0 and column % TAB_WIDTH == 0 for column in range(columns))
