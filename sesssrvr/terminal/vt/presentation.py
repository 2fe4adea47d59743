"""What a host may ask for and put back whole: the cursor with all that belongs to it, tab stops.

Law: what `DECRQPSR` reports, `DECRSPS` restores; a report that is not complete and sound restores
nothing. VT420 Programmer Reference chapter 11, "Presentation State Reports" (DECCIR, DECTABSR),
"User-Preferred Supplemental Set", "Displayed Extent".
Tested in `tests/sesssrvr/terminal/vt/test_presentation.py`.
"""

import re
from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt.charsets import SETS
from sesssrvr.terminal.vt.display import DisplayVT, Function, StringFunction
from sesssrvr.terminal.vt.modes import ORIGIN
from sesssrvr.terminal.vt.page import Sets
from sesssrvr.terminal.vt.parameters import first, numbers
from sesssrvr.terminal.vt.pen import BLINK, BOLD, PROTECTED, REVERSE, UNDERLINE


_CURSOR, _TABS = 1, 2  # kinds of report
_BASE: Final = 0x40  # flags are sent as the low bits of a letter
_RENDITION: Final = ((BOLD, 1), (UNDERLINE, 2), (BLINK, 4), (REVERSE, 8))
_ORIGIN, _SINGLE_2, _SINGLE_3, _PENDING = 1, 2, 4, 8
_CURSOR_REPORT: Final = re.compile(
    r"([0-9]{1,5});([0-9]{1,5});1;([@-O]);([@A]);([@-O]);([0-3]);([0-3]);([@-O]);"
    r"((?:[ -/]?[0-~]){4})"
)
_DESIGNATOR: Final = re.compile(r"[ -/]?[0-~]")
_TAB_REPORT: Final = re.compile(r"(?:[0-9]{1,5}(?:/[0-9]{1,5})*)?")


def report(display: DisplayVT, raw: str) -> None:
    """DECRQPSR."""
    if first(raw) == _CURSOR:
        display.reply(f"\x1bP1$u{_cursor(display)}\x1b\\")
    elif first(raw) == _TABS:
        stops = "/".join(str(at) for at, marked in enumerate(display.tabs, 1) if marked)
        display.reply(f"\x1bP2$u{stops}\x1b\\")


def restore(display: DisplayVT, raw: str, data: str) -> None:
    """DECRSPS."""
    if first(raw) == _CURSOR:
        _restore_cursor(display, data)
    elif first(raw) == _TABS and _TAB_REPORT.fullmatch(data):
        wanted = {int(stop) for stop in data.split("/") if stop}
        columns = range(1, display.grid.columns + 1)
        display.tabs = bytes(column in wanted for column in columns)
        display.changed = True


def supplemental(display: DisplayVT, _raw: str) -> None:
    """DECRQUPSS: the set that "<" designates is DEC's supplemental one."""
    display.reply("\x1bP0!u%5\x1b\\")


def extent(display: DisplayVT, _raw: str) -> None:
    """DECRQDE: the screen shows the one page whole."""
    display.reply(f'\x1b[{display.grid.rows};{display.grid.columns};1;1;1"w')


def _cursor(display: DisplayVT) -> str:
    """DECCIR."""
    rendition = sum(bit for flag, bit in _RENDITION if display.pen & flag)
    flags = _ORIGIN if ORIGIN in display.dec else 0
    flags |= {2: _SINGLE_2, 3: _SINGLE_3}.get(display.single, 0)
    flags |= _PENDING if display.pending else 0
    of_96 = sum(1 << slot for slot, name in enumerate(display.sets) if name.startswith("-"))
    names = "".join(name.removeprefix("-") for name in display.sets)
    letters = (rendition, int(bool(display.pen & PROTECTED)), flags)
    return ";".join(
        (
            f"{display.row + 1};{display.column + 1};1",
            *(chr(_BASE + bits) for bits in letters),
            f"{display.gl};{display.gr};{chr(_BASE + of_96)};{names}",
        )
    )


def _restore_cursor(display: DisplayVT, data: str) -> None:
    found = _CURSOR_REPORT.fullmatch(data)
    sets = _sets(found[9], ord(found[8])) if found else None
    if found is None or sets is None:
        return
    rendition, protection, flags = (ord(found[group]) for group in (3, 4, 5))
    pen = display.pen & ~(BOLD | UNDERLINE | BLINK | REVERSE | PROTECTED)
    pen |= sum(flag for flag, bit in _RENDITION if rendition & bit)
    display.set_pen(pen | (PROTECTED if protection & 1 else 0))
    display.dec = display.dec | {ORIGIN} if flags & _ORIGIN else display.dec - {ORIGIN}
    display.sets, display.gl, display.gr = sets, int(found[6]), int(found[7])
    display.single = 2 if flags & _SINGLE_2 else 3 if flags & _SINGLE_3 else 0
    display.remap()
    display.settle()
    display.go(numbers(found[1])[0] - 1, numbers(found[2])[0] - 1)
    display.pending = bool(flags & _PENDING) and display.column == display.limit - 1
    display.changed = True


def _sets(names: str, of_96: int) -> Sets | None:
    """G0 to G3 from their designators; None if there is no such set."""
    found = [
        f"-{name}" if of_96 & 1 << slot else name
        for slot, name in enumerate(_DESIGNATOR.findall(names))
    ]
    return (found[0], found[1], found[2], found[3]) if all(x in SETS for x in found) else None


REPORTS: Final[Mapping[str, Function]] = {"$w": report, "&u": supplemental, '"v': extent}
STRINGS: Final[Mapping[str, StringFunction]] = {"$t": restore}
