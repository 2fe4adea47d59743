"""Answers to what hosts ask: attributes, status, settings.

An answer says what this terminal is and does: it claims nothing that is not built, repeats no
text a host has sent, and reads nothing but what the host has put on the screen itself. VT420
Programmer Reference chapter 11; VT220 and VT100 for their own attributes.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sesssrvr.terminal.vt.display import Control, DisplayVT, Function, StringFunction
from sesssrvr.terminal.vt.modes import ORIGIN
from sesssrvr.terminal.vt.parameters import at_least, first
from sesssrvr.terminal.vt.pen import PROTECTED, sgr_of


# 1 132 columns, 6 selective erase, 9 national sets, 15 technical set, 21 horizontal scrolling,
# 8 user-defined keys, 22 colour, 28 rectangular editing. Not: 2 printer, 7 soft characters,
# 16 locator, 17 terminal state, 18 user windows.
_PRIMARY: Final[Mapping[int, str]] = {
    0: "\x1b/Z",
    1: "\x1b[?1;2c",  # VT100 with advanced video
    2: "\x1b[?62;1;6;8;9;15;22c",
    3: "\x1b[?63;1;6;8;9;15;21;22c",
    4: "\x1b[?64;1;6;8;9;15;21;22;28c",
}
# VT220: terminal 1, firmware 1.0; VT420: 41. xterm reports its patch where firmware is: so do we.
_SECONDARY: Final[Mapping[int, str]] = {2: "\x1b[>1;10;0c", 4: "\x1b[>41;380;0c"}

_STATUS: Final[Mapping[int, str]] = {  # DSR with "?"
    15: "\x1b[?13n",  # no printer
    26: "\x1b[?27;1;0;0n",  # keyboard: North American, ready, LK201
    53: "\x1b[?53n",  # no locator, in DEC's numbers
    55: "\x1b[?53n",
    56: "\x1b[?57;0n",  # its type is not known
    62: "\x1b[0*{",  # no room for macros
    75: "\x1b[?70n",  # no malfunction
    85: "\x1b[?83n",  # one session
}
_STATUS_LEVELS: Final[Mapping[int, int]] = {15: 2, 25: 2, 26: 2}  # the others need level 4


def primary(display: DisplayVT, raw: str) -> None:
    """DA1."""
    if first(raw) == 0:
        display.reply(_PRIMARY[display.level])


def identify(display: DisplayVT) -> None:
    """DECID; in VT52 mode the answer is a VT52's."""
    display.reply(_PRIMARY[0 if display.vt52 else display.level])


def secondary(display: DisplayVT, raw: str) -> None:
    """DA2: the terminal itself, whatever level it works on."""
    if first(raw) == 0 and display.highest in _SECONDARY:
        display.reply(_SECONDARY[display.highest])


def tertiary(display: DisplayVT, raw: str) -> None:
    """DA3: the unit's number; ours have none."""
    if first(raw) == 0:
        display.reply("\x1bP!|00000000\x1b\\")


def status(display: DisplayVT, raw: str) -> None:
    """DSR: 5 the terminal's health, 6 the cursor."""
    if first(raw) == 5:  # noqa: PLR2004 - DSR 5
        display.reply("\x1b[0n")
    elif first(raw) == 6:  # noqa: PLR2004 - CPR
        display.reply("\x1b[{};{}R".format(*_cursor(display)))


def dec_status(display: DisplayVT, raw: str) -> None:
    """DSR with "?"."""
    asked, number = at_least(raw, 2)[:2]
    if asked == 6:  # noqa: PLR2004 - DECXCPR
        page = ";1" if display.level >= 4 else ""  # noqa: PLR2004 - pages came with level 4
        display.reply("\x1b[?{};{}{}R".format(*_cursor(display), page))
    elif display.level < _STATUS_LEVELS.get(asked, 4):
        return
    elif asked == 63:  # noqa: PLR2004 - DECCKSR, checksum of the macros
        display.reply(f"\x1bP{number}!~0000\x1b\\")
    elif asked == 25:  # noqa: PLR2004 - user-defined keys: may be loaded, or locked
        display.reply("\x1b[?21n" if display.keys_locked else "\x1b[?20n")
    elif asked in _STATUS:
        display.reply(_STATUS[asked])


def parameters(display: DisplayVT, raw: str) -> None:
    """DECREQTPARM: no parity, 8 bits, 38,400 baud both ways."""
    if first(raw) <= 1:
        display.reply(f"\x1b[{first(raw) + 2};1;1;128;128;1;0x")


def answerback(display: DisplayVT) -> None:
    """ENQ."""
    if display.answerback:
        display.reply(display.answerback)


def setting(display: DisplayVT, _raw: str, data: str) -> None:
    """DECRQSS."""
    found = SETTINGS.get(data)
    display.reply(f"\x1bP1$r{found(display)}{data}\x1b\\" if found else "\x1bP0$r\x1b\\")


def _cursor(display: DisplayVT) -> tuple[int, int]:
    if ORIGIN in display.dec:
        return display.row - display.top + 1, display.column - display.left + 1
    return display.row + 1, display.column + 1


def _level(display: DisplayVT) -> str:
    return f"{60 + display.level};{0 if display.eight else 1}"


SETTINGS: Final[Mapping[str, Callable[[DisplayVT], str]]] = {
    "m": lambda d: sgr_of(d.pen),
    "r": lambda d: f"{d.top + 1};{d.bottom + 1}",
    "s": lambda d: f"{d.left + 1};{d.right + 1}",
    "t": lambda d: str(d.grid.rows),
    "*|": lambda d: str(d.grid.rows),
    "$|": lambda d: str(d.grid.columns),
    '"p': _level,
    '"q': lambda d: "1" if d.pen & PROTECTED else "0",
    " q": lambda d: str(d.cursor_style or 1),
    "*x": lambda d: str(d.extent),
    "$}": lambda d: str(int(d.aside)),
    "$~": lambda d: str(d.status_type),
}
CONTROLS: Final[Mapping[str, Control]] = {"\x05": answerback}
ESCAPES: Final[Mapping[str, Control]] = {"Z": identify}
REPORTS: Final[Mapping[str, Function]] = {
    "c": primary,
    ">c": secondary,
    "=c": tertiary,
    "n": status,
    "?n": dec_status,
    "x": parameters,
}
STRINGS: Final[Mapping[str, StringFunction]] = {"$q": setting}
VT52: Final[Mapping[str, Control]] = {"Z": identify}
