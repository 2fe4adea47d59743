"""DECSC and DECRC: the cursor and what belongs to it, kept for each page.

Restoring what has never been saved, or was forgotten by DECSTR, goes home with everything as
after switching on. VT420 Programmer Reference, "Save Cursor"; xterm for one save a page.
"""

from sesssrvr.terminal.vt.modes import ORIGIN
from sesssrvr.terminal.vt.page import Page, Saved


def save(display: Page) -> None:
    """DECSC."""
    display.saved[_page(display)] = Saved(
        display.row,
        display.column,
        display.pending,
        display.pen,
        display.sets,
        display.gl,
        display.gr,
        ORIGIN in display.dec,
    )


def restore(display: Page) -> None:
    """DECRC."""
    kept = display.saved[_page(display)]
    if kept is None:
        kept = Saved(0, 0, False, 0, display.home_sets, 0, 2, False)  # noqa: FBT003 - as the fields are named
    display.dec = display.dec | {ORIGIN} if kept.origin else display.dec - {ORIGIN}
    display.set_pen(kept.pen)
    display.sets, display.gl, display.gr = kept.sets, kept.left, kept.right
    display.remap()
    display.go(kept.row, kept.column)
    display.pending = kept.pending and kept.column == display.column == display.limit - 1


def forget(display: Page) -> None:
    """Nothing is saved any more."""
    display.saved = [None, None]


def _page(display: Page) -> int:
    return 0 if display.grid is display.main else 1
