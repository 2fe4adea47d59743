"""Margins and the size of the page.

Margins always leave room for two lines or columns; what asks for less, or for what the page
does not have, changes nothing. VT420 Programmer Reference chapters 6 and 8.
"""

from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt.display import DisplayVT, Function
from sesssrvr.terminal.vt.grid import MAX_COLUMNS, MAX_ROWS
from sesssrvr.terminal.vt.keeping import restore, save
from sesssrvr.terminal.vt.modes import SIDE_MARGINS
from sesssrvr.terminal.vt.parameters import at_least, first
from sesssrvr.terminal.vt.switches import NARROW, WIDE, set_columns, set_size


LEAST_LINES, MOST_LINES = 24, 144  # what the pages of a VT420 may have
_SET_SIZE, _REPORT_SIZE = 8, 18


def set_margins(display: DisplayVT, raw: str) -> None:
    """DECSTBM."""
    top, bottom = at_least(raw, 2)[:2]
    rows = display.grid.rows
    top, bottom = max(top, 1), min(bottom or rows, rows)
    if top < bottom:
        display.top, display.bottom = top - 1, bottom - 1
        display.go_relative(0, 0)


def set_side_margins(display: DisplayVT, raw: str) -> None:
    """DECSLRM if DECLRMM is set; else SCOSC, which saves the cursor."""
    if SIDE_MARGINS not in display.dec:
        save(display)
        return
    left, right = at_least(raw, 2)[:2]
    columns = display.grid.columns
    left, right = max(left, 1), min(right or columns, columns)
    if left < right:
        display.left, display.right = left - 1, right - 1
        display.settle()
        display.go_relative(0, 0)


def save_cursor(display: DisplayVT, _raw: str) -> None:
    """SCOSC, where there are no side margins."""
    save(display)


def restore_cursor(display: DisplayVT, _raw: str) -> None:
    """SCORC."""
    restore(display)


def set_columns_per_page(display: DisplayVT, raw: str) -> None:
    """DECSCPP."""
    wanted = first(raw) or NARROW
    if wanted in (NARROW, WIDE):
        set_columns(display, wanted)


def lines_or_window(display: DisplayVT, raw: str) -> None:
    """DECSLPP: lines of the page; xterm's 8 sets the size of the page, 18 asks for it."""
    operation, rows, columns = at_least(raw, 3)[:3]
    grid = display.grid
    if operation == _REPORT_SIZE:
        display.reply(f"\x1b[8;{grid.rows};{grid.columns}t")
    elif operation == _SET_SIZE:
        rows, columns = rows or grid.rows, columns or grid.columns
        if rows <= MAX_ROWS and 1 < columns <= MAX_COLUMNS:
            display.changed = True
            set_size(display, rows, columns)
    else:
        display.changed = True
        set_lines(display, raw)


def set_lines(display: DisplayVT, raw: str) -> None:
    """DECSNLS: lines of the screen, which are those of the page here."""
    if LEAST_LINES <= first(raw) <= MOST_LINES:
        set_size(display, first(raw), display.grid.columns)


SEQUENCES: Final[Mapping[str, Function]] = {
    "r": set_margins,
    "s": save_cursor,
    "u": restore_cursor,
    "$|": set_columns_per_page,
    "*|": set_lines,
}
"""For every level; `SIDE_SEQUENCES` replace some where there are side margins."""
REPORTS: Final[Mapping[str, Function]] = {"t": lines_or_window}
SIDE_SEQUENCES: Final[Mapping[str, Function]] = {"s": set_side_margins}
