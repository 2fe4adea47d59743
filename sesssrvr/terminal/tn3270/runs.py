"""Characters whose rendition differs from their field's, as runs of a `Screen`.

They have attributes of their own, set by SA, or are underscored letters of APL.

Law: a run never leaves its row and never covers a field attribute; a screen whose characters all
look like their fields has none. GA23-0059, "Set attribute".
Tested in `tests/sesssrvr/terminal/tn3270/test_runs.py`.
"""

import re
from functools import lru_cache
from typing import Final

from sesssrvr.terminal.screen import Run
from sesssrvr.terminal.tn3270.buffer import (
    BACKGROUND,
    DISPLAY,
    FOREGROUND,
    HIDDEN,
    HIGHLIGHT,
    Buffer,
)


# Colours of a 3279 and its successors as those of a VT, in which runs are given.
COLOURS: Final = {
    0xF0: 0, 0xF1: 12, 0xF2: 9, 0xF3: 13, 0xF4: 10, 0xF5: 14, 0xF6: 11, 0xF7: 15,
    0xF8: 0, 0xF9: 4, 0xFA: 208, 0xFB: 5, 0xFC: 120, 0xFD: 159, 0xFE: 8, 0xFF: 15,
}  # fmt: skip
BLINK, REVERSE, UNDERSCORE, INTENSIFY = 0xF1, 0xF2, 0xF4, 0xF8
_PLANES: Final = (HIGHLIGHT, FOREGROUND, BACKGROUND)
_LOOKING: Final = re.compile(rb"[^\0]+")


def runs(buffer: Buffer, underscored: bytes | None = None) -> tuple[Run, ...]:
    """The runs of a screen, in order.

    Args:
        buffer: the screen.
        underscored: 1 for each cell with an underscored letter; None if there is none.
    """
    planes = [_characters_only(buffer, index) for index in _PLANES]
    if not any(planes) and underscored is None:
        return ()
    blank = bytes(buffer.size)
    letters = underscored or blank
    highlight, foreground, background = (plane or blank for plane in planes)
    # One number of all cells: a thousand times quicker than cell by cell.
    joined = int.from_bytes(highlight) | int.from_bytes(foreground) | int.from_bytes(background)
    joined |= int.from_bytes(letters)
    looking = joined.to_bytes(buffer.size)
    found = []
    for stretch in _LOOKING.finditer(looking):
        start, end = stretch.span()
        while start < end:
            look = highlight[start], foreground[start], background[start], letters[start]
            stop = start + 1
            edge = min(end, (start // buffer.columns + 1) * buffer.columns)
            while stop < edge and look == (
                highlight[stop],
                foreground[stop],
                background[stop],
                letters[stop],
            ):
                stop += 1
            found.append(_run(start, stop - start, *look, hidden=_is_hidden(buffer, start)))
            start = stop
    return tuple(found)


def _characters_only(buffer: Buffer, index: int) -> bytes | None:
    """A plane without what belongs to field attributes; None if nothing is left."""
    plane = buffer.extended[index]
    if plane is None:
        return None
    copy = plane[:]
    for at in buffer.starts:
        copy[at] = 0
    return bytes(copy) if copy.count(0) != buffer.size else None


def _is_hidden(buffer: Buffer, at: int) -> bool:
    governing = buffer.field_before(at)
    return governing >= 0 and buffer.attributes[governing] & DISPLAY == HIDDEN


@lru_cache(maxsize=16_384)
def _run(
    start: int,
    length: int,
    highlight: int,
    foreground: int,
    background: int,
    letter: int,
    *,
    hidden: bool,
) -> Run:
    return Run(
        start,
        length,
        bold=highlight == INTENSIFY,
        underline=highlight == UNDERSCORE or bool(letter),
        blink=highlight == BLINK,
        reverse=highlight == REVERSE,
        hidden=hidden,
        foreground=COLOURS.get(foreground, -1),
        background=COLOURS.get(background, -1),
    )
