"""Captured screens as people read and edit them: the lines as shown, then the cursor and fields.

    size 24x80
    cursor 12,37
     1|BNK000    NORTHMOOR SAVINGS BANK    SIGN-ON
     2|
    field 1,2 length 6 protected
    field 14,37 length 8 hidden

Law: `read(write(screen))` is the screen again as far as recognition can see it. Blanks at the ends
of lines and lines that are blank may be left out; `#` begins a comment line. What stands in a
hidden field is never written, and refused when it is found.
"""

import re
from collections.abc import Iterator
from typing import Final

from sesssrvr.terminal.screen import Field, Screen
from verdigris.errors import Problem


MAX_CELLS: Final = 16_384
"""Cells of a screen: what 14-bit addressing reaches (GA23-0059, buffer addressing)."""

_SIZE: Final = re.compile(r"size\s+(\d{1,3})x(\d{1,3})\s*\Z")
_CURSOR: Final = re.compile(r"cursor\s+(\d{1,3}),(\d{1,3})\s*\Z")
_LINE: Final = re.compile(r"\s*(\d{1,3})\|(.*)\Z")
_FIELD: Final = re.compile(r"field\s+(\d{1,3}),(\d{1,3})\s+length\s+(\d{1,5})((?:\s+[a-z]+)*)\s*\Z")
_FLAGS: Final = ("protected", "numeric", "hidden", "intensified", "modified")


def write(screen: Screen, comment: str = "") -> str:
    """A screen as a text file."""
    row, column = screen.place(screen.cursor)
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f"size {screen.rows}x{screen.columns}", f"cursor {row},{column}"]
    lines += [f"{n:2}|{line.rstrip()}" for n, line in enumerate(screen.lines(), 1)]
    for one in screen.fields:
        row, column = screen.place(one.start)
        flags = "".join(f" {flag}" for flag in _FLAGS if getattr(one, flag))
        lines.append(f"field {row},{column} length {one.length}{flags}")
    return "\n".join(lines) + "\n"


def read(data: bytes, file: str) -> tuple[Screen | None, list[Problem]]:
    """Read a captured screen: the screen, or None with every problem found."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        return None, [Problem(file, 0, f"not UTF-8: {problem.reason} at byte {problem.start}")]
    reader = _Reader(file)
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            reader.take(number, line)
    screen = reader.screen()
    return (None if reader.problems else screen), reader.problems


class _Reader:
    """Collects the parts of a file, whatever their order."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._size: tuple[int, int] = (0, 0)
        self._cursor = (0, 1, 1)
        self._lines: dict[int, tuple[int, str]] = {}
        self._fields: list[tuple[int, re.Match[str]]] = []

    def take(self, number: int, line: str) -> None:
        """One line of the file that is neither blank nor a comment."""
        if found := _LINE.match(line):
            self._lines[int(found[1])] = (number, found[2].rstrip())
        elif found := _FIELD.match(line):
            self._fields.append((number, found))
        elif found := _CURSOR.match(line):
            self._cursor = (number, int(found[1]), int(found[2]))
        elif found := _SIZE.match(line):
            self._size = (int(found[1]), int(found[2]))
        else:
            self._say(number, f"{line.strip()[:40]!r} is none of size, cursor, field or a row")

    def screen(self) -> Screen | None:
        """The screen that the parts make, or None when there is a problem."""
        rows, columns = self._size
        if not (0 < rows * columns <= MAX_CELLS):
            self._say(0, "there is no line `size ROWSxCOLUMNS`")
            return None
        blank = Screen(rows, columns, " " * (rows * columns))
        text = "".join(self._row(n, columns) for n in range(1, rows + 1))
        for row in self._lines:
            if not 1 <= row <= rows:
                self._say(self._lines[row][0], f"row {row} is outside {rows} rows")
        fields = tuple(sorted(self._made(blank), key=lambda one: one.start))
        at = self._offset(blank, *self._cursor)
        screen = Screen(rows, columns, text, fields, at)
        for one in fields:
            if one.hidden and screen.field_text(one).strip():
                row, column = screen.place(one.start)
                self._say(self._lines[row][0], f"the hidden field at {row},{column} holds text")
        return screen

    def _row(self, row: int, columns: int) -> str:
        number, text = self._lines.get(row, (0, ""))
        if len(text) > columns:
            self._say(number, f"row {row} has {len(text)} characters, the screen {columns}")
        return text[:columns].ljust(columns)

    def _made(self, blank: Screen) -> Iterator[Field]:
        for number, found in self._fields:
            flags = found[4].split()
            if unknown := [flag for flag in flags if flag not in _FLAGS]:
                self._say(number, f"a field is not {unknown[0]!r}: {', '.join(_FLAGS)}")
            start = self._offset(blank, number, int(found[1]), int(found[2]))
            yield Field(start, int(found[3]), **{f: True for f in flags if f in _FLAGS})

    def _offset(self, blank: Screen, number: int, row: int, column: int) -> int:
        try:
            return blank.offset(row, column)
        except ValueError as problem:
            self._say(number, str(problem))
            return 0

    def _say(self, number: int, message: str) -> None:
        self.problems.append(Problem(self._file, number, message))
