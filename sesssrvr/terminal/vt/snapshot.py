"""Snapshots: the frozen `Screen` of a display.

What is invisible (SGR 8) is blank here already, so nothing made from a screen can leak it.
"""

import re
from functools import lru_cache
from typing import Final

from sesssrvr.terminal.screen import Run, Screen
from sesssrvr.terminal.vt import keyboard, pen
from sesssrvr.terminal.vt.display import DisplayVT


_LOOKS: Final = re.compile(r"([^\0])\1*", re.DOTALL)  # neighbours of one look, the plain one aside
_NOT_SHOWN: Final = pen.PROTECTED | pen.GUARDED | pen.STRUCK  # not part of a `Run`


def lines(display: DisplayVT) -> list[str]:
    """The rows as they are read."""
    grid = display.grid
    if display.styles.bits & pen.HIDDEN:
        return [_masked(display, row) for row in range(grid.rows)]
    return grid.text


def snapshot(display: DisplayVT, *, version: int, unlocks: int, connected: bool) -> Screen:
    """The screen as it is now."""
    grid = display.grid
    return Screen(
        grid.rows,
        grid.columns,
        "".join(lines(display)),
        cursor=display.row * grid.columns + display.column,
        locked=keyboard.locked(display),
        version=version,
        unlocks=unlocks,
        alarm=display.alarm,
        connected=connected,
        kind="VT",
        runs=_runs(display),
    )


def _masked(display: DisplayVT, row: int) -> str:
    grid, pens = display.grid, display.styles.pens
    line, looks = grid.text[row], grid.looks[row]
    if looks is grid.plain:
        return line
    for found in _LOOKS.finditer(looks):
        if pens[ord(found[1])] & pen.HIDDEN:
            start, stop = found.span()
            line = line[:start] + " " * (stop - start) + line[stop:]
    return line


def _runs(display: DisplayVT) -> tuple[Run, ...]:
    grid, pens = display.grid, display.styles.pens
    found = []
    for row, looks in enumerate(grid.looks):
        if looks is grid.plain:
            continue
        base = row * grid.columns
        for match in _LOOKS.finditer(looks):
            ink = pens[ord(match[1])] & ~_NOT_SHOWN
            if ink:
                start, stop = match.span()
                found.append(_run(base + start, stop - start, ink))
    return tuple(found)


# Sessions of one application show the same screens: their runs are shared.
@lru_cache(maxsize=16_384)
def _run(start: int, length: int, ink: int) -> Run:
    return Run(
        start,
        length,
        bold=bool(ink & pen.BOLD),
        faint=bool(ink & pen.FAINT),
        italic=bool(ink & pen.ITALIC),
        underline=bool(ink & pen.UNDERLINE),
        blink=bool(ink & pen.BLINK),
        reverse=bool(ink & pen.REVERSE),
        hidden=bool(ink & pen.HIDDEN),
        foreground=pen.foreground(ink),
        background=pen.background(ink),
    )
