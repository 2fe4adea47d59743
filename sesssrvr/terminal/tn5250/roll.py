"""Roll: rows of the display move up or down.

Only cells between the two rows change; rows that are vacated keep what they hold, and the
format table and the keyboard are left alone. SC30-3533, "Roll".
"""

from typing import Final, NamedTuple

from sesssrvr.terminal.tn5250.codes import ROLL_NOT_VALID, refuse
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.reader import RecordReader


DOWN: Final = 0x80
LINES: Final = 0x1F


class Roll(NamedTuple):
    """So many rows up, or down, between two rows (1-based)."""

    down: bool
    lines: int
    top: int
    bottom: int

    def apply(self, display: Display5250) -> None:
        """Move the cells."""
        width = display.columns
        begin, end, by = (self.top - 1) * width, self.bottom * width, self.lines * width
        area = display.cells[begin:end]
        if self.down:
            display.cells[begin + by : end] = area[: len(area) - by]
        else:
            display.cells[begin : end - by] = area[by:]


def read_roll(reader: RecordReader, rows: int) -> Roll:
    """Read the parameters.

    Raises:
        DataStreamError: rows outside the display, or more lines than lie between them.
    """
    start = reader.at
    direction, top, bottom = reader.take(3)
    lines = direction & LINES
    if not (1 <= top < bottom <= rows and lines <= bottom - top):
        problem = f"{lines} lines between rows {top} and {bottom}"
        raise refuse(start, problem, ROLL_NOT_VALID)
    return Roll(bool(direction & DOWN), lines, top, bottom)
