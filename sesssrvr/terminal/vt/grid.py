"""The cells of one page: a `str` of characters and a `str` of looks for each row.

Law: every row is exactly `columns` characters and as many looks; a wide character is always
followed by `TAIL`, and `TAIL` always follows one. Rows and columns are 0-based; ranges end before
`stop`, `bottom` and `right`. Nothing here knows a cursor, margins or modes: callers clip.
Tested in `tests/sesssrvr/terminal/vt/test_terminal.py`.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from sesssrvr.terminal.screen import TAIL
from sesssrvr.terminal.vt.styles import PLAIN
from sesssrvr.terminal.vt.widths import cells


MAX_ROWS, MAX_COLUMNS = 255, 511  # more than any host draws; keeps a terminal under 1 MiB
SINGLE, DOUBLE_WIDTH, DOUBLE_TOP, DOUBLE_BOTTOM = range(4)  # DECSWL, DECDWL, DECDHL

_PAIRS: Final = re.compile(f".{TAIL}|[^ -~]", re.DOTALL)


class Box(NamedTuple):
    """A rectangle of cells, ends excluded."""

    top: int
    left: int
    bottom: int
    right: int


@lru_cache(maxsize=64)
def row_of(char: str, columns: int) -> str:
    """A row of one character; blank rows of all terminals are one object."""
    return char * columns


class Grid:
    """A page.

    Attributes:
        rows, columns: its size.
        text, looks: characters and looks, row by row.
        sizes: how each line is drawn: `SINGLE` and so on.
        doubled: some line is not `SINGLE`.
        plain: the row of looks that blank rows share; one that is not this object may be plain too.
        wide: wide characters have been written since the page was last cleared.
    """

    __slots__ = ("columns", "doubled", "looks", "plain", "rows", "sizes", "text", "wide")

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.clear(PLAIN)

    def clear(self, ink: str) -> None:
        """Blank everything."""
        self.plain = row_of(PLAIN, self.columns)
        self.text = [row_of(" ", self.columns)] * self.rows
        self.looks = [row_of(ink, self.columns)] * self.rows
        self.sizes = bytearray(self.rows)
        self.doubled = self.wide = False

    def put(self, row: int, start: int, text: str, ink: str) -> None:
        """Write characters over what is there; they have to fit."""
        stop = start + len(text)
        line, looks = self.text[row], self.looks[row]
        self.text[row] = line[:start] + text + line[stop:]
        self.looks[row] = looks[:start] + ink * len(text) + looks[stop:]
        if self.wide or TAIL in text:
            self.wide = True
            self.mend(row)

    def erase(self, row: int, start: int, stop: int, ink: str) -> None:
        """Blank a part of a row."""
        width = stop - start
        if width >= self.columns:
            self.text[row], self.looks[row] = row_of(" ", width), row_of(ink, width)
        elif width > 0:
            self.put(row, start, " " * width, ink)

    def erase_but(self, row: int, start: int, stop: int, ink: str, kept: frozenset[str]) -> None:
        """Blank a part of a row, except for cells whose look is one of `kept`."""
        looks = self.looks[row]
        if kept.isdisjoint(looks[start:stop]):
            self.erase(row, start, stop, ink)
            return
        begin = start
        for column in range(start, stop):
            if looks[column] in kept:
                self.erase(row, begin, column, ink)
                begin = column + 1
        self.erase(row, begin, stop, ink)

    def blank_but(self, row: int, start: int, stop: int, kept: frozenset[str]) -> None:
        """Blank a part of a row, looks left as they are, except for cells whose look is in `kept`."""
        line, looks = self.text[row], self.looks[row]
        cells = zip(line[start:stop], looks[start:stop], strict=True)
        part = "".join(char if ink in kept else " " for char, ink in cells)
        self.text[row] = line[:start] + part + line[stop:]
        if self.wide:
            self.mend(row)

    def insert(self, row: int, start: int, stop: int, count: int, ink: str) -> None:
        """Push cells to the right, within start to stop, and leave blanks."""
        count = min(count, stop - start)
        line, looks = self.text[row], self.looks[row]
        self.text[row] = line[:start] + " " * count + line[start : stop - count] + line[stop:]
        self.looks[row] = looks[:start] + ink * count + looks[start : stop - count] + looks[stop:]
        self.mend(row)

    def delete(self, row: int, start: int, stop: int, count: int, ink: str) -> None:
        """Pull cells from the right, within start to stop, and leave blanks there."""
        count = min(count, stop - start)
        line, looks = self.text[row], self.looks[row]
        self.text[row] = line[:start] + line[start + count : stop] + " " * count + line[stop:]
        self.looks[row] = looks[:start] + looks[start + count : stop] + ink * count + looks[stop:]
        self.mend(row)

    def scroll_up(self, box: Box, count: int, ink: str) -> None:
        """Move lines up inside a box; blank lines come in at the bottom."""
        top, left, bottom, right = box
        count = min(count, bottom - top)
        if left == 0 and right == self.columns:
            self._move_lines(slice(top, top + count), bottom - count, count, ink)
            return
        for row in range(top, bottom - count):
            self._take(row, left, right, row + count)
        for row in range(bottom - count, bottom):
            self.erase(row, left, right, ink)

    def scroll_down(self, box: Box, count: int, ink: str) -> None:
        """Move lines down inside a box; blank lines come in at the top."""
        top, left, bottom, right = box
        count = min(count, bottom - top)
        if left == 0 and right == self.columns:
            self._move_lines(slice(bottom - count, bottom), top, count, ink)
            return
        for row in range(bottom - 1, top + count - 1, -1):
            self._take(row, left, right, row - count)
        for row in range(top, top + count):
            self.erase(row, left, right, ink)

    def fill(self, box: Box, char: str, ink: str) -> None:
        """Write one narrow character everywhere in a box."""
        top, left, bottom, right = box
        for row in range(top, bottom):
            self.put(row, left, char * (right - left), ink)

    def copy(self, box: Box, to_row: int, to_column: int) -> None:
        """Copy a box to a place; the two may overlap."""
        top, left, bottom, right = box
        source = [
            (self.text[row][left:right], self.looks[row][left:right]) for row in range(top, bottom)
        ]
        stop = to_column + right - left
        for row, (text, ink) in enumerate(source, to_row):
            line, looks = self.text[row], self.looks[row]
            self.text[row] = line[:to_column] + text + line[stop:]
            self.looks[row] = looks[:to_column] + ink + looks[stop:]
            self.mend(row)

    def set_size(self, row: int, size: int) -> None:
        """How a line is drawn; on a doubled one the cells right of the centre are lost."""
        if size != SINGLE:
            self.erase(row, self.columns // 2, self.columns, PLAIN)
        self.sizes[row] = size
        self.doubled = any(self.sizes)

    def resize(self, rows: int, columns: int, keep: int) -> None:
        """Change the size; `keep` is a row that has to stay, lines above it are dropped first."""
        drop = max(0, min(self.rows - rows, keep + 1 - rows))
        pad = " " * (columns - self.columns)
        missing = max(0, rows - self.rows)
        text = [(line + pad)[:columns] for line in self.text[drop : drop + rows]]
        looks = [(line + PLAIN * len(pad))[:columns] for line in self.looks[drop : drop + rows]]
        self.text = text + [row_of(" ", columns)] * missing
        self.looks = looks + [row_of(PLAIN, columns)] * missing
        self.sizes = self.sizes[drop : drop + rows] + bytes(missing)
        self.rows, self.columns = rows, columns
        self.plain = row_of(PLAIN, columns)
        self.doubled = any(self.sizes)
        for row in range(rows):
            self.mend(row)

    def mend(self, row: int) -> None:
        """Blank the halves of wide characters whose other half is gone."""
        if self.wide:
            self.text[row] = _PAIRS.sub(_mended, self.text[row])

    def _take(self, row: int, left: int, right: int, source: int) -> None:
        line, looks = self.text[row], self.looks[row]
        self.text[row] = line[:left] + self.text[source][left:right] + line[right:]
        self.looks[row] = looks[:left] + self.looks[source][left:right] + looks[right:]
        self.mend(row)

    def _move_lines(self, gone: slice, to: int, count: int, ink: str) -> None:
        del self.text[gone], self.looks[gone]
        self.text[to:to] = [row_of(" ", self.columns)] * count
        self.looks[to:to] = [row_of(ink, self.columns)] * count
        if self.doubled:
            del self.sizes[gone]
            self.sizes[to:to] = bytes(count)
            self.doubled = any(self.sizes)


def _mended(found: re.Match[str]) -> str:
    pair = found[0]
    if len(pair) == 1:
        return " " if pair == TAIL or cells(pair) == 2 else pair  # noqa: PLR2004 - cells of a wide one
    head = pair[0]
    if head == TAIL:
        return "  "
    return pair if cells(head) == 2 else f"{head} "  # noqa: PLR2004 - as above
