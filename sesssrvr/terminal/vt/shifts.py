"""Designating character sets to G0-G3 and invoking them into GL and GR.

A final that names no set of ours changes nothing. ISO 2022; VT220 Programmer Reference
chapter 4.6; ESC % G and ESC % @ switch between UTF-8 and one byte a character (ISO 2022, 15.4).
"""

from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt.charsets import ASCII, GRAPHICS, SETS
from sesssrvr.terminal.vt.display import Control, DisplayVT


_OF_94: Final = "()*+"
_OF_96: Final = "-./"  # to G1, G2, G3


def _designate(slot: int, name: str) -> Control:
    def control(display: DisplayVT) -> None:
        sets = list(display.sets)
        sets[slot] = name
        display.sets = (sets[0], sets[1], sets[2], sets[3])
        display.remap()

    return control


def _to_left(slot: int) -> Control:
    def control(display: DisplayVT) -> None:
        display.gl = slot
        display.remap()

    return control


def _to_right(slot: int) -> Control:
    def control(display: DisplayVT) -> None:
        display.gr = slot
        display.remap()

    return control


def _single(slot: int) -> Control:
    def control(display: DisplayVT) -> None:
        display.single = slot
        display.settle()

    return control


def _coding(*, utf8: bool) -> Control:
    def control(display: DisplayVT) -> None:
        display.halted = display.utf8 is not utf8
        display.utf8 = utf8
        display.remap()

    return control


def _designations() -> dict[str, Control]:
    found = {}
    for name in SETS:
        if name.startswith("-"):
            found.update({i + name[1:]: _designate(g, name) for g, i in enumerate(_OF_96, 1)})
        else:
            found.update({i + name: _designate(g, name) for g, i in enumerate(_OF_94)})
    return found


CONTROLS: Final[Mapping[str, Control]] = {
    "\x0e": _to_left(1),
    "\x0f": _to_left(0),
    "\x7f": DisplayVT.write_last,
}
ESCAPES: Final[Mapping[str, Control]] = {
    "n": _to_left(2),
    "o": _to_left(3),
    "~": _to_right(1),
    "}": _to_right(2),
    "|": _to_right(3),
    "N": _single(2),
    "O": _single(3),
    "%G": _coding(utf8=True),
    "%@": _coding(utf8=False),
    **_designations(),
}
VT52: Final[Mapping[str, Control]] = {"F": _designate(0, GRAPHICS), "G": _designate(0, ASCII)}
