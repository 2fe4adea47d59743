"""What characters look like: the attribute runs that a character host has in place of fields.

An `Appearance` names some properties and leaves the others open; a plain character is one that has
none of them. The places asked about are absolute, and what lies off the screen looks like nothing.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sesssrvr.terminal.screen import Run, Screen


COLOURS: Final[Mapping[str, int]] = {
    "default": -1,
    **{
        f"{bright}{name}": base + number
        for bright, base in (("", 0), ("bright-", 8))
        for number, name in enumerate(
            ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
        )
    },
}
"""The sixteen colours of terminals by name; the others of xterm's palette have numbers only."""

PLAIN: Final = Run(0, 0)
"""What a character in no run looks like."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """Properties of a `Run` that are wanted: (name, value) each, such as ("reverse", True)."""

    wanted: tuple[tuple[str, int | bool], ...]

    def fits(self, run: Run) -> bool:
        """Whether a run has all of them."""
        return all(getattr(run, name) == value for name, value in self.wanted)

    def __str__(self) -> str:
        return " and ".join(_words(name, value) for name, value in self.wanted)


@dataclass(frozen=True, slots=True)
class AppearanceIs:
    """Characters that look so: all `length` from a place on, or (with a far corner) any in a rectangle.

    Attributes:
        row, column: the place, or the rectangle's upper left corner.
        length: cells from the place on, in its row.
        to_row, to_column: the lower right corner; 0 asks about the place.
    """

    look: Appearance
    row: int
    column: int
    length: int = 1
    to_row: int = 0
    to_column: int = 0

    def matches(self, screen: Screen) -> bool:
        """Whether they do."""
        if self.to_row:
            return any(
                self.look.fits(run)
                for row in range(self.row, min(self.to_row, screen.rows) + 1)
                for _, run in _looks(screen, row, self.column, min(self.to_column, screen.columns))
            )
        return self._fitting(screen) == self.length

    def nearness(self, screen: Screen) -> float:
        """The part of the cells that do; all or nothing for a rectangle."""
        if self.to_row:
            return float(self.matches(screen))
        return self._fitting(screen) / self.length

    def difference(self, screen: Screen) -> str:
        """Where the look is missed, and what the first other character looks like."""
        if self.to_row:
            return (
                f"nothing in rows {self.row} to {self.to_row}, columns {self.column} to "
                f"{self.to_column} is {self.look}"
            )
        for column, run in self._parts(screen):
            if not self.look.fits(run):
                return f"row {self.row} column {column} is {shown(run)}, and should be {self.look}"
        return f"row {self.row} column {self.column} is not on the screen"

    def _fitting(self, screen: Screen) -> int:
        ends = [*(column for column, _ in self._parts(screen)), self._end(screen) + 1]
        return sum(
            ends[at + 1] - column
            for at, (column, run) in enumerate(self._parts(screen))
            if self.look.fits(run)
        )

    def _parts(self, screen: Screen) -> Iterator[tuple[int, Run]]:
        return _looks(screen, self.row, self.column, self._end(screen))

    def _end(self, screen: Screen) -> int:
        return min(self.column + self.length - 1, screen.columns)


def shown(run: Run) -> str:
    """A run in words; "plain" for one without properties."""
    on = [
        _words(name, getattr(run, name))
        for name in Run._fields[2:]
        if getattr(run, name) != getattr(PLAIN, name)
    ]
    return " and ".join(on) or "plain"


def _words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    colour = next((word for word, number in COLOURS.items() if number == value), str(value))
    return f"{name} {colour}"


def _looks(screen: Screen, row: int, column: int, end: int) -> Iterator[tuple[int, Run]]:
    """(column, run) of neighbouring cells from one column of a row to another, plain ones too."""
    if row > screen.rows:
        return
    runs, line = screen.runs, (row - 1) * screen.columns - 1  # a column's offset is line + column
    at = max(bisect_right(runs, line + column, key=_start) - 1, 0)
    while column <= end:
        while at < len(runs) and runs[at].start + runs[at].length <= line + column:
            at += 1
        run = runs[at] if at < len(runs) else None
        if run is None or run.start > line + end:
            yield column, PLAIN
            return
        if run.start > line + column:
            yield column, PLAIN
            column = run.start - line
        yield column, run
        column = run.start + run.length - line


def _start(run: Run) -> int:
    return run.start
