"""SM, RM and what modes do when they change; DECRQM asks for them.

Setting or resetting a mode that the level does not have, or that is fixed, does nothing;
what follows from a mode is in `EFFECTS` and nowhere else.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from sesssrvr.terminal.vt import modes
from sesssrvr.terminal.vt.display import DisplayVT, Function
from sesssrvr.terminal.vt.grid import Grid
from sesssrvr.terminal.vt.keeping import restore, save
from sesssrvr.terminal.vt.page import default_tabs
from sesssrvr.terminal.vt.parameters import first, numbers


NARROW, WIDE = 80, 132  # DECCOLM
_ALTERNATES: Final = frozenset(
    (modes.ALTERNATE, modes.ALTERNATE_CLEARED, modes.ALTERNATE_SAVING)
)  # three ways to ask for one page
_NOT_KNOWN, _SET, _RESET = 0, 1, 2  # answers to DECRQM; those for fixed modes are in `modes`


class Effect(Protocol):
    """What follows from a mode."""

    def __call__(self, display: DisplayVT, *, on: bool) -> None:
        """The mode has been set or reset."""


def set_ansi(display: DisplayVT, raw: str) -> None:
    """SM."""
    _switch_ansi(display, raw, on=True)


def reset_ansi(display: DisplayVT, raw: str) -> None:
    """RM."""
    _switch_ansi(display, raw, on=False)


def set_dec(display: DisplayVT, raw: str) -> None:
    """DECSET."""
    for number in numbers(raw):
        switch(display, number, on=True)


def reset_dec(display: DisplayVT, raw: str) -> None:
    """DECRST."""
    for number in numbers(raw):
        switch(display, number, on=False)


def save_dec(display: DisplayVT, raw: str) -> None:
    """XTSAVE: remember DEC modes."""
    for number in numbers(raw):
        if number in modes.DEC:
            display.saved_modes[number] = number in display.dec


def restore_dec(display: DisplayVT, raw: str) -> None:
    """XTRESTORE."""
    for number in numbers(raw):
        if number in display.saved_modes:
            switch(display, number, on=display.saved_modes[number])


def switch(display: DisplayVT, number: int, *, on: bool) -> None:
    """Set or reset a DEC mode."""
    if number not in modes.DEC or modes.DEC[number] > display.level:
        return
    if number == modes.WIDE_PAGE and modes.ALLOW_WIDE_PAGE not in display.dec:
        return
    display.dec = display.dec | {number} if on else display.dec - {number}
    effect = EFFECTS.get(number)
    if effect is not None:
        effect(display, on=on)


def request_ansi(display: DisplayVT, raw: str) -> None:
    """DECRQM for ANSI modes."""
    number = first(raw)
    state = _state(display, number, modes.ANSI, display.ansi)
    if number in modes.ANSI_FIXED:
        state = modes.ALWAYS_RESET
    display.reply(f"\x1b[{number};{state}$y")


def request_dec(display: DisplayVT, raw: str) -> None:
    """DECRQM for DEC modes."""
    number = first(raw)
    state = _state(display, number, modes.DEC, display.dec)
    level, always = modes.DEC_FIXED.get(number, (0, _NOT_KNOWN))
    if always and level <= display.level:
        state = always
    display.reply(f"\x1b[?{number};{state}$y")


def _state(display: DisplayVT, number: int, known: Mapping[int, int], on: frozenset[int]) -> int:
    if number not in known or known[number] > display.level:
        return _NOT_KNOWN
    return _SET if number in on else _RESET


def _switch_ansi(display: DisplayVT, raw: str, *, on: bool) -> None:
    for number in numbers(raw):
        if number in modes.ANSI:
            display.ansi = display.ansi | {number} if on else display.ansi - {number}
    display.settle()


def _vt52(display: DisplayVT, *, on: bool) -> None:
    display.vt52 = not on
    if display.vt52:
        display.reset_sets()


def _wide_page(display: DisplayVT, *, on: bool) -> None:
    """DECCOLM clears the page and its margins, whether the width changes or not."""
    set_columns(display, WIDE if on else NARROW)
    display.grid.clear(display.paper)
    display.dec -= {modes.SIDE_MARGINS}
    display.reset_margins()
    display.go_relative(0, 0)


def set_columns(display: DisplayVT, columns: int) -> None:
    """Change the width of both pages; tab stops start again."""
    set_size(display, display.grid.rows, columns)


def set_size(display: DisplayVT, rows: int, columns: int) -> None:
    """Change the size of both pages and the margins to it."""
    for grid in (display.main, display.alternate):
        if grid is not None and (grid.rows, grid.columns) != (rows, columns):
            grid.resize(rows, columns, keep=display.row if grid is display.grid else 0)
    if len(display.tabs) != columns:
        display.tabs = (display.tabs + default_tabs(columns)[len(display.tabs) :])[:columns]
    display.reset_margins()
    display.go(display.row, display.column)


def _origin(display: DisplayVT, *, on: bool) -> None:  # noqa: ARG001 - either way it goes home
    display.go_relative(0, 0)


def _autowrap(display: DisplayVT, *, on: bool) -> None:
    if not on:
        display.pending = False  # DEC STD 070: resets the last column flag


def _side_margins(display: DisplayVT, *, on: bool) -> None:
    right = display.grid.columns - 1
    if not on and (display.left, display.right) != (0, right):
        display.left, display.right = 0, right
        display.pending = False  # the column is no longer the last one
    display.settle()


def _keypad(display: DisplayVT, *, on: bool) -> None:
    display.keypad = on


def _show(display: DisplayVT, *, on: bool) -> None:
    """Go to the alternate or the main page; the cursor stays."""
    if on and display.alternate is None:
        display.alternate = Grid(display.main.rows, display.main.columns)
    before, display.grid = (
        display.grid,
        display.alternate if on and display.alternate else display.main,
    )
    display.dec = display.dec | _ALTERNATES if on else display.dec - _ALTERNATES
    if display.grid is before:
        return
    display.settle()
    display.go(display.row, display.column)


def _alternate(display: DisplayVT, *, on: bool) -> None:
    _show(display, on=on)


def _alternate_cleared(display: DisplayVT, *, on: bool) -> None:
    if not on and display.alternate is not None and display.grid is display.alternate:
        display.grid.clear(display.paper)
    _show(display, on=on)


def _saved_cursor(display: DisplayVT, *, on: bool) -> None:
    if on:
        save(display)
    else:
        restore(display)


def _alternate_saving(display: DisplayVT, *, on: bool) -> None:
    if on:
        if display.grid is display.main:
            save(display)
        _show(display, on=on)
        display.grid.clear(display.paper)
        display.settle()
    else:
        _alternate_cleared(display, on=on)
        restore(display)


EFFECTS: Final[Mapping[int, Effect]] = {
    modes.NOT_VT52: _vt52,
    modes.WIDE_PAGE: _wide_page,
    modes.ORIGIN: _origin,
    modes.AUTOWRAP: _autowrap,
    modes.SIDE_MARGINS: _side_margins,
    modes.NUMERIC_KEYPAD: _keypad,
    modes.ALTERNATE: _alternate,
    modes.ALTERNATE_CLEARED: _alternate_cleared,
    modes.SAVED_CURSOR: _saved_cursor,
    modes.ALTERNATE_SAVING: _alternate_saving,
}
SEQUENCES: Final[Mapping[str, Function]] = {
    "h": set_ansi,
    "l": reset_ansi,
    "?h": set_dec,
    "?l": reset_dec,
    "?s": save_dec,
    "?r": restore_dec,
}
REPORTS: Final[Mapping[str, Function]] = {"$p": request_ansi, "?$p": request_dec}
