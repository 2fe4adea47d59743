"""Rectangular area functions of the VT420.

Law: a rectangle is given by 1-based top, left, bottom, right; missing ends mean the page's; in
origin mode it counts from the margins and ends at them; a rectangle upside down does nothing. The
cursor does not move and margins do not limit. VT420 Programmer Reference chapter 9.
Tested in `tests/sesssrvr/terminal/vt/test_rectangles.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sesssrvr.terminal.vt.display import DisplayVT, Function
from sesssrvr.terminal.vt.editing import kept
from sesssrvr.terminal.vt.grid import Box
from sesssrvr.terminal.vt.modes import ORIGIN
from sesssrvr.terminal.vt.parameters import at_least, first
from sesssrvr.terminal.vt.pen import BLINK, BOLD, HIDDEN, PROTECTED, REVERSE, UNDERLINE


_GRAPHIC: Final = (range(0x20, 0x7F), range(0xA0, 0x100))  # what DECFRA takes
_RECTANGLE: Final = 2  # DECSACE: attributes change in a rectangle, not in a stream of cells

_CHANGED: Final[Mapping[int, tuple[int, int]]] = {  # DECCARA: (bits cleared, bits set)
    0: (BOLD | UNDERLINE | BLINK | REVERSE, 0),
    1: (0, BOLD),
    4: (0, UNDERLINE),
    5: (0, BLINK),
    7: (0, REVERSE),
    22: (BOLD, 0),
    24: (UNDERLINE, 0),
    25: (BLINK, 0),
    27: (REVERSE, 0),
}
_REVERSED: Final[Mapping[int, int]] = {  # DECRARA: bits turned round
    0: BOLD | UNDERLINE | BLINK | REVERSE,
    1: BOLD,
    4: UNDERLINE,
    5: BLINK,
    7: REVERSE,
}
# What an attribute adds to a checksum (DEC STD 070, DECRQCRA).
_CHECKED: Final = (
    (PROTECTED, 0x04),
    (HIDDEN, 0x08),
    (UNDERLINE, 0x10),
    (REVERSE, 0x20),
    (BLINK, 0x40),
    (BOLD, 0x80),
)
# XTCHECKSUM: how a checksum differs from DEC's.
_NOT_NEGATED, _NO_ATTRIBUTES, _WITH_BLANKS = 1, 2, 4


def box_of(display: DisplayVT, ends: tuple[int, ...]) -> Box | None:
    """The rectangle of four parameters; None if there is nothing in it."""
    grid = display.grid
    within = Box(0, 0, grid.rows, grid.columns)
    if ORIGIN in display.dec:
        within = display.region
    top, left = within.top + max(ends[0] - 1, 0), within.left + max(ends[1] - 1, 0)
    bottom = min(within.top + ends[2], within.bottom) if ends[2] else within.bottom
    right = min(within.left + ends[3], within.right) if ends[3] else within.right
    return Box(top, left, bottom, right) if top < bottom and left < right else None


def erase(display: DisplayVT, raw: str) -> None:
    """DECERA."""
    box = box_of(display, at_least(raw, 4))
    if box:
        display.grid.fill(box, " ", display.paper)


def selective_erase(display: DisplayVT, raw: str) -> None:
    """DECSERA: leaves what DECSCA protects, and all looks (VT420 manual, xterm)."""
    box = box_of(display, at_least(raw, 4))
    if box:
        leave = kept(display, PROTECTED)
        for row in range(box.top, box.bottom):
            display.grid.blank_but(row, box.left, box.right, leave)


def fill(display: DisplayVT, raw: str) -> None:
    """DECFRA: one character everywhere, as the character sets in use show it."""
    code, *ends = at_least(raw, 5)
    box = box_of(display, tuple(ends))
    if box and any(code in codes for codes in _GRAPHIC):
        char = chr(code) if display.codepage is None else display.codepage.characters[code]
        char = char.translate(display.mapping or {})
        display.grid.fill(box, char, display.ink)


def copy(display: DisplayVT, raw: str) -> None:
    """DECCRA; there is one page."""
    top, left, bottom, right, _page, to_row, to_column, _to_page = at_least(raw, 8)[:8]
    box = box_of(display, (top, left, bottom, right))
    target = box_of(display, (to_row, to_column, 0, 0))
    if box and target:
        inside = box._replace(
            bottom=min(box.bottom, box.top + target.bottom - target.top),
            right=min(box.right, box.left + target.right - target.left),
        )
        display.grid.copy(inside, target.top, target.left)


def change_attributes(display: DisplayVT, raw: str) -> None:
    """DECCARA."""

    def changed(pen: int, number: int) -> int:
        clear, bits = _CHANGED.get(number, (0, 0))
        return pen & ~clear | bits

    _restyle(display, raw, changed)


def reverse_attributes(display: DisplayVT, raw: str) -> None:
    """DECRARA."""
    _restyle(display, raw, lambda pen, number: pen ^ _REVERSED.get(number, 0))


def select_extent(display: DisplayVT, raw: str) -> None:
    """DECSACE: whether DECCARA and DECRARA change a stream (0, 1) or a rectangle (2)."""
    if first(raw) <= _RECTANGLE:
        display.extent = first(raw)


def _restyle(display: DisplayVT, raw: str, change: Callable[[int, int], int]) -> None:
    parameters = at_least(raw, 5)
    styles, grid = display.styles, display.grid
    display.set_pen(display.pen)  # makes room in the table of looks
    for row, start, stop in _spans(display, parameters[:4]):
        looks = grid.looks[row]
        table = {}
        for ink in set(looks[start:stop]):
            pen = styles.pens[ord(ink)]
            for number in parameters[4:]:
                pen = change(pen, number)
            table[ord(ink)] = styles.ink(pen)
        grid.looks[row] = looks[:start] + looks[start:stop].translate(table) + looks[stop:]


def _spans(display: DisplayVT, ends: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """Row, start and stop of what DECCARA and DECRARA change: a rectangle or a stream."""
    if display.extent == _RECTANGLE:
        box = box_of(display, ends)
        if box:
            yield from ((row, box.left, box.right) for row in range(box.top, box.bottom))
        return
    lines = box_of(display, (ends[0], 0, ends[2], 0))
    if lines:
        first_column = min(lines.left + max(ends[1] - 1, 0), lines.right)
        last_column = min(lines.left + ends[3], lines.right) if ends[3] else lines.right
        for row in range(lines.top, lines.bottom):
            start = first_column if row == lines.top else lines.left
            yield row, start, last_column if row == lines.bottom - 1 else lines.right


def checksum(display: DisplayVT, raw: str) -> None:
    """DECRQCRA: answers with the checksum of a rectangle."""
    number, _page, *ends = at_least(raw, 6)
    box = box_of(display, tuple(ends))
    total = _sum(display, box) if box else 0
    if not display.checksum & _NOT_NEGATED:
        total = -total
    display.reply(f"\x1bP{number}!~{total & 0xFFFF:04X}\x1b\\")


def select_checksum(display: DisplayVT, raw: str) -> None:
    """XTCHECKSUM."""
    display.checksum = first(raw)


def _sum(display: DisplayVT, box: Box) -> int:
    """Characters and attributes; plain blanks at the ends of lines are left out, as on a VT420."""
    grid = display.grid
    values = [sum(bits for bit, bits in _CHECKED if pen & bit) for pen in display.styles.pens]
    if display.checksum & _NO_ATTRIBUTES:
        values = [0] * len(values)
    worthless = "".join(chr(ink) for ink, value in enumerate(values) if not value)
    total = 0
    for row in range(box.top, box.bottom):
        text = grid.text[row][box.left : box.right]
        looks = grid.looks[row][box.left : box.right]
        if not display.checksum & _WITH_BLANKS:
            least = 1 if row == box.top else 0  # the first cell counts
            length = max(len(text.rstrip(" ")), len(looks.rstrip(worthless)), least)
            text, looks = text[:length], looks[:length]
        total += sum(text.encode() if text.isascii() else map(ord, text))
        total += sum(values[ord(ink)] * looks.count(ink) for ink in set(looks))
    return total


SEQUENCES: Final[Mapping[str, Function]] = {
    "$z": erase,
    "${": selective_erase,
    "$x": fill,
    "$v": copy,
    "$r": change_attributes,
    "$t": reverse_attributes,
    "*x": select_extent,
    "#y": select_checksum,
}
REPORTS: Final[Mapping[str, Function]] = {"*y": checksum}
