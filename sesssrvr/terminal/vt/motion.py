"""Functions that move the cursor, and tab stops.

Nothing here changes a character. Margins stop relative motion that begins inside them;
absolute motion knows them in origin mode only. VT420 Programmer Reference chapter 6; ECMA-48 for
HPA, HPR, VPA, VPR, CBT, CHT.
"""

from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt.display import Control, DisplayVT, Function
from sesssrvr.terminal.vt.modes import (
    AUTOWRAP,
    MORE_FIX,
    NEW_LINE,
    ORIGIN,
    REVERSE_WRAP,
    REVERSE_WRAP_EXTENDED,
)
from sesssrvr.terminal.vt.page import default_tabs
from sesssrvr.terminal.vt.parameters import count, first, numbers


def position(display: DisplayVT, raw: str) -> None:
    """CUP, HVP: to a row and column."""
    wanted = numbers(raw)
    column = wanted[1] - 1 if len(wanted) > 1 else 0
    display.go_relative(max(wanted[0] - 1, 0), max(column, 0))


def up(display: DisplayVT, raw: str) -> None:
    """CUU."""
    stop = display.top if display.row >= display.top else 0
    display.go(max(display.row - count(raw), stop), display.column)


def down(display: DisplayVT, raw: str) -> None:
    """CUD."""
    stop = display.bottom if display.row <= display.bottom else display.grid.rows - 1
    display.go(min(display.row + count(raw), stop), display.column)


def forward(display: DisplayVT, raw: str) -> None:
    """CUF."""
    stop = display.right if display.column <= display.right else display.grid.columns - 1
    display.go(display.row, min(display.column + count(raw), stop))


def backward(display: DisplayVT, raw: str) -> None:
    """CUB."""
    _back(display, count(raw))


def backspace(display: DisplayVT) -> None:
    """BS."""
    _back(display, 1)


def _back(display: DisplayVT, steps: int) -> None:
    if AUTOWRAP in display.dec and (
        REVERSE_WRAP in display.dec or REVERSE_WRAP_EXTENDED in display.dec
    ):
        _back_wrapping(display, steps)
        return
    stop = display.left if display.column >= display.left else 0
    display.go(display.row, max(display.column - steps, stop))


def _back_wrapping(display: DisplayVT, steps: int) -> None:
    """Over the left margin to the right margin of the line above; at the top to the bottom."""
    if display.pending:
        steps -= 1  # the cursor is past the last column
    row, column = display.row, display.column
    stop = display.left if column >= display.left else 0
    cells = display.grid.rows * display.grid.columns
    steps = steps % cells if steps > cells else steps
    while steps > column - stop:
        steps -= column - stop + 1
        if row == display.top:
            row = display.bottom
        else:
            row = row - 1 if row > 0 else display.grid.rows - 1
        column, stop = display.right, display.left
    display.go(row, column - steps)


def next_line(display: DisplayVT) -> None:
    """NEL."""
    display.index()
    carriage_return(display)


def line_feed(display: DisplayVT) -> None:
    """LF, VT, FF; with a carriage return in new line mode."""
    display.index()
    if NEW_LINE in display.ansi:
        carriage_return(display)


def carriage_return(display: DisplayVT) -> None:
    """CR: to the left margin, or to the edge from outside."""
    display.pending = False
    at_margin = display.column >= display.left or ORIGIN in display.dec
    display.column = display.left if at_margin else 0


def lines_down(display: DisplayVT, raw: str) -> None:
    """CNL."""
    down(display, raw)
    carriage_return(display)


def lines_up(display: DisplayVT, raw: str) -> None:
    """CPL."""
    up(display, raw)
    carriage_return(display)


def to_column(display: DisplayVT, raw: str) -> None:
    """CHA, HPA."""
    row = display.row - display.top if ORIGIN in display.dec else display.row
    display.go_relative(row, count(raw) - 1)


def to_row(display: DisplayVT, raw: str) -> None:
    """VPA."""
    column = display.column - display.left if ORIGIN in display.dec else display.column
    display.go_relative(count(raw) - 1, column)


def columns_right(display: DisplayVT, raw: str) -> None:
    """HPR: margins stop it in origin mode only."""
    display.go(display.row, display.column + count(raw))


def rows_down(display: DisplayVT, raw: str) -> None:
    """VPR: margins stop it in origin mode only."""
    display.go(display.row + count(raw), display.column)


def tab(display: DisplayVT) -> None:
    """HT."""
    if MORE_FIX in display.dec and display.pending and AUTOWRAP in display.dec:
        display.wrap()
    _tab(display, 1)


def tabs_forward(display: DisplayVT, raw: str) -> None:
    """CHT."""
    _tab(display, count(raw))


def _tab(display: DisplayVT, times: int) -> None:
    """To tab stops; the right margin or the last column stops too. `pending` stays, as on a VT."""
    stop = display.right if display.column <= display.right else display.grid.columns - 1
    stop = min(stop, display.width - 1)
    column = display.column
    for _ in range(min(times, display.grid.columns)):
        found = display.tabs.find(1, column + 1, stop + 1)
        if found < 0:
            column = max(column, stop)
            break
        column = found
    if column != display.column:
        display.go(display.row, column)


def tabs_backward(display: DisplayVT, raw: str) -> None:
    """CBT: margins stop it in origin mode only."""
    column = display.column
    for _ in range(min(count(raw), display.grid.columns)):
        column = max(display.tabs.rfind(1, 0, column), 0)
    display.go(display.row, column)


def set_tab(display: DisplayVT) -> None:
    """HTS."""
    _mark_tab(display, 1)


def clear_tabs(display: DisplayVT, raw: str) -> None:
    """TBC: here, or all."""
    if first(raw) == 0:
        _mark_tab(display, 0)
    elif first(raw) == 3:  # noqa: PLR2004 - TBC 3
        display.tabs = bytes(display.grid.columns)


def default_stops(display: DisplayVT, raw: str) -> None:
    """DECST8C."""
    if first(raw) == 5:  # noqa: PLR2004 - the one value it has
        display.tabs = default_tabs(display.grid.columns)


def _mark_tab(display: DisplayVT, mark: int) -> None:
    column = display.column
    display.tabs = display.tabs[:column] + bytes((mark,)) + display.tabs[column + 1 :]


def home(display: DisplayVT) -> None:
    """VT52: to the first place."""
    display.go(0, 0)


def _once(function: Function) -> Control:
    def control(display: DisplayVT) -> None:
        function(display, "")

    return control


CONTROLS: Final[Mapping[str, Control]] = {
    "\x08": backspace,
    "\t": tab,
    "\n": line_feed,
    "\x0b": line_feed,
    "\x0c": line_feed,
    "\r": carriage_return,
}
ESCAPES: Final[Mapping[str, Control]] = {
    "D": DisplayVT.index,
    "E": next_line,
    "H": set_tab,
    "M": DisplayVT.reverse_index,
}
SEQUENCES: Final[Mapping[str, Function]] = {
    "H": position,
    "f": position,
    "A": up,
    "k": up,  # VPB
    "B": down,
    "C": forward,
    "D": backward,
    "j": backward,  # HPB
    "E": lines_down,
    "F": lines_up,
    "G": to_column,
    "`": to_column,
    "d": to_row,
    "a": columns_right,
    "e": rows_down,
    "I": tabs_forward,
    "Z": tabs_backward,
    "g": clear_tabs,
    "?W": default_stops,
}
VT52: Final[Mapping[str, Control]] = {
    "A": _once(up),
    "B": _once(down),
    "C": _once(forward),
    "D": _once(backward),
    "H": home,
    "I": DisplayVT.reverse_index,
}
