"""Resets, conformance levels, VT52 mode, keypad modes, the status line.

RIS leaves what switching on leaves; DECSTR leaves the page, its cursor and size alone. A
terminal never works on a level above its own. VT420 Programmer Reference chapters 4 and 13.
"""

from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt import modes
from sesssrvr.terminal.vt.display import Control, DisplayVT, Function
from sesssrvr.terminal.vt.keeping import forget, restore, save
from sesssrvr.terminal.vt.parameters import at_least, first
from sesssrvr.terminal.vt.switches import switch


ASIDE: Final = -1
"""The level at which text goes to the status line: next to nothing works there."""

_FIRST_LEVEL: Final = 60  # DECSCL counts from 61
_SEVEN_BIT: Final = 1
_HOST_WRITABLE: Final = 2  # DECSSDT
_STYLES: Final = 6  # DECSCUSR
# Modes that DECSTR resets; autowrap it sets, as switching on does (xterm, for the sake of shells).
_SOFT_RESET: Final = frozenset(
    (
        modes.CURSOR_KEYS,
        modes.ORIGIN,
        modes.NATIONAL,
        modes.NUMERIC_KEYPAD,
        modes.SIDE_MARGINS,
        modes.REVERSE_WRAP,
        modes.REVERSE_WRAP_EXTENDED,
    )
)


def hard_reset(display: DisplayVT) -> None:
    """RIS."""
    was_utf8 = display.utf8
    display.power_up()
    display.halted = display.utf8 is not was_utf8


def soft_reset(display: DisplayVT, _raw: str) -> None:
    """DECSTR."""
    main_display(display)
    display.ansi -= {modes.INSERT, modes.KEYBOARD_ACTION}
    display.dec = (display.dec | {modes.CURSOR_SHOWN, modes.AUTOWRAP}) - _SOFT_RESET
    display.keypad = False
    display.pending = False
    display.reset_sets()
    display.reset_margins()
    display.set_pen(0)
    forget(display)


def set_level(display: DisplayVT, raw: str) -> None:
    """DECSCL: the level, and whether answers use 7-bit controls; resets softly."""
    wanted, controls = at_least(raw, 2)[:2]
    level = wanted - _FIRST_LEVEL
    if display.highest == 1 or not 1 <= level <= display.highest:
        return  # a VT100 has no levels
    soft_reset(display, "")
    _work_at(display, level)
    display.eight = level > 1 and controls != _SEVEN_BIT


def _work_at(display: DisplayVT, level: int) -> None:
    display.level, display.eight = level, False
    display.use(level)


def ansi_mode(display: DisplayVT) -> None:
    """VT52: ESC < leads to a VT100, until the host asks for another level."""
    if display.highest > 0:
        switch(display, modes.NOT_VT52, on=True)
        _work_at(display, 1)


def select_status(display: DisplayVT, raw: str) -> None:
    """DECSASD: text goes to the status line or to the page."""
    if first(raw) == 1 and display.status_type == _HOST_WRITABLE:
        display.aside = True
        display.use(ASIDE)
        display.settle()
    elif first(raw) == 0:
        main_display(display)


def main_display(display: DisplayVT) -> None:
    """Text goes to the page."""
    if display.aside:
        display.aside = False
        display.use(display.level)
        display.settle()


def status_type(display: DisplayVT, raw: str) -> None:
    """DECSSDT: no status line, the terminal's own, or one for the host to write."""
    if first(raw) <= _HOST_WRITABLE:
        display.status_type = first(raw)
        if display.status_type != _HOST_WRITABLE:
            main_display(display)


def cursor_style(display: DisplayVT, raw: str) -> None:
    """DECSCUSR: kept for DECRQSS."""
    if first(raw) <= _STYLES:
        display.cursor_style = first(raw)


def bell(display: DisplayVT) -> None:
    """BEL."""
    display.alarm += 1


def application_keypad(display: DisplayVT) -> None:
    """DECKPAM: mode 66 by another name."""
    display.keypad = True
    display.dec |= {modes.NUMERIC_KEYPAD}


def numeric_keypad(display: DisplayVT) -> None:
    """DECKPNM."""
    display.keypad = False
    display.dec -= {modes.NUMERIC_KEYPAD}


def _answer_with(*, eight: bool) -> Control:
    def control(display: DisplayVT) -> None:
        display.eight = eight

    return control


CONTROLS: Final[Mapping[str, Control]] = {"\x07": bell}
ESCAPES: Final[Mapping[str, Control]] = {
    "c": hard_reset,
    "7": save,
    "8": restore,
    "=": application_keypad,
    ">": numeric_keypad,
    " F": _answer_with(eight=False),
    " G": _answer_with(eight=True),
}
SEQUENCES: Final[Mapping[str, Function]] = {
    "!p": soft_reset,
    '"p': set_level,
    "$}": select_status,
    "$~": status_type,
    " q": cursor_style,
}
VT52: Final[Mapping[str, Control]] = {
    "<": ansi_mode,
    "=": application_keypad,
    ">": numeric_keypad,
}
