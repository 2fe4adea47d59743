"""Functions that erase, insert, delete, repeat and scroll.

What is inserted, deleted or scrolled stays inside the margins, and nothing happens when the
cursor is outside them; erasing does not know margins. ED, EL and ECH leave cells between SPA and
EPA, selective erasing leaves those and what DECSCA protects (as xterm has it). VT420 Programmer
Reference chapters 7 and 8.
"""

from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt.display import Control, DisplayVT, Function
from sesssrvr.terminal.vt.grid import DOUBLE_BOTTOM, DOUBLE_TOP, DOUBLE_WIDTH, SINGLE
from sesssrvr.terminal.vt.modes import ORIGIN
from sesssrvr.terminal.vt.parameters import count, first
from sesssrvr.terminal.vt.pen import GUARDED, PROTECTED, rendered
from sesssrvr.terminal.vt.styles import PLAIN


TO_END, TO_START, ALL = 0, 1, 2  # parameters of ED and EL
NOTHING: Final[frozenset[str]] = frozenset()


def kept(display: DisplayVT, bits: int) -> frozenset[str]:
    """The looks of cells that an erasure leaves."""
    if not display.styles.bits & bits:
        return NOTHING
    return frozenset(chr(ink) for ink, pen in enumerate(display.styles.pens) if pen & bits)


def erase(display: DisplayVT, row: int, start: int, stop: int, bits: int) -> None:
    """Blank a part of a row, but for protected cells."""
    leave = kept(display, bits)
    if leave:
        display.grid.erase_but(row, start, stop, display.paper, leave)
    else:
        display.grid.erase(row, start, stop, display.paper)


def erase_in_display(display: DisplayVT, raw: str) -> None:
    """ED."""
    _erase_display(display, first(raw), GUARDED)


def erase_in_line(display: DisplayVT, raw: str) -> None:
    """EL."""
    _erase_line(display, first(raw), GUARDED)


def selective_in_display(display: DisplayVT, raw: str) -> None:
    """DECSED."""
    _erase_display(display, first(raw), GUARDED | PROTECTED)


def selective_in_line(display: DisplayVT, raw: str) -> None:
    """DECSEL."""
    _erase_line(display, first(raw), GUARDED | PROTECTED)


def _erase_display(display: DisplayVT, part: int, bits: int) -> None:
    grid, row = display.grid, display.row
    if part == TO_END and row == display.column == 0:
        part = ALL
    if part == ALL and not kept(display, bits):
        grid.clear(display.paper)
        display.pending = False
        display.settle()
        return
    if part not in (TO_END, TO_START, ALL):
        return
    lines = {TO_END: range(row + 1, grid.rows), TO_START: range(row), ALL: range(grid.rows)}[part]
    for line in lines:
        erase(display, line, 0, grid.columns, bits)
        if grid.doubled and not bits & PROTECTED:
            grid.set_size(line, SINGLE)  # VT420: lines erased completely become single
    if part != ALL:
        _erase_line(display, part, bits)
    display.pending = False
    display.settle()


def _erase_line(display: DisplayVT, part: int, bits: int) -> None:
    display.pending = False
    columns, column = display.grid.columns, display.column
    if part == TO_END:
        erase(display, display.row, column, columns, bits)
    elif part == TO_START:
        erase(display, display.row, 0, min(column + 1, columns), bits)
    elif part == ALL:
        erase(display, display.row, 0, columns, bits)


def erase_characters(display: DisplayVT, raw: str) -> None:
    """ECH."""
    display.pending = False
    stop = min(display.column + count(raw), display.grid.columns)
    erase(display, display.row, display.column, stop, GUARDED)


def insert_characters(display: DisplayVT, raw: str) -> None:
    """ICH."""
    display.pending = False
    if display.left <= display.column <= display.right:
        stop = min(display.right + 1, display.width)
        display.grid.insert(display.row, display.column, stop, count(raw), display.paper)


def delete_characters(display: DisplayVT, raw: str) -> None:
    """DCH."""
    display.pending = False
    if display.left <= display.column <= display.right:
        stop = min(display.right + 1, display.width)
        display.grid.delete(display.row, display.column, stop, count(raw), display.paper)


def insert_lines(display: DisplayVT, raw: str) -> None:
    """IL."""
    if display.inside:
        box = display.region._replace(top=display.row)
        display.grid.scroll_down(box, count(raw), display.paper)
        display.go(display.row, display.left)


def delete_lines(display: DisplayVT, raw: str) -> None:
    """DL."""
    if display.inside:
        box = display.region._replace(top=display.row)
        display.grid.scroll_up(box, count(raw), display.paper)
        display.go(display.row, display.left)


def scroll_up(display: DisplayVT, raw: str) -> None:
    """SU: the cursor stays, and so does a pending wrap."""
    display.grid.scroll_up(display.region, count(raw), display.paper)


def scroll_down(display: DisplayVT, raw: str) -> None:
    """SD."""
    display.grid.scroll_down(display.region, count(raw), display.paper)


def scroll_left(display: DisplayVT, raw: str) -> None:
    """SL: as DECDC, nothing from outside the margins."""
    if display.inside:
        _delete_columns(display, display.left, count(raw))


def scroll_right(display: DisplayVT, raw: str) -> None:
    """SR: as DECIC."""
    if display.inside:
        _insert_columns(display, display.left, count(raw))


def insert_columns(display: DisplayVT, raw: str) -> None:
    """DECIC."""
    if display.inside:
        _insert_columns(display, display.column, count(raw))


def delete_columns(display: DisplayVT, raw: str) -> None:
    """DECDC."""
    if display.inside:
        _delete_columns(display, display.column, count(raw))


def back_index(display: DisplayVT) -> None:
    """DECBI: left; at the left margin the text inside the margins goes right."""
    if display.column == display.left:
        if display.inside:
            _insert_columns(display, display.left, 1)
    else:
        display.go(display.row, display.column - 1)


def forward_index(display: DisplayVT) -> None:
    """DECFI: right; at the right margin the text inside the margins goes left."""
    if display.column == display.right:
        if display.inside:
            _delete_columns(display, display.left, 1)
    else:
        display.go(display.row, display.column + 1)


def _insert_columns(display: DisplayVT, column: int, times: int) -> None:
    for row in range(display.top, display.bottom + 1):
        display.grid.insert(row, column, display.right + 1, times, display.paper)


def _delete_columns(display: DisplayVT, column: int, times: int) -> None:
    for row in range(display.top, display.bottom + 1):
        display.grid.delete(row, column, display.right + 1, times, display.paper)


def repeat(display: DisplayVT, raw: str) -> None:
    """REP: the last character again; never more often than the page has cells.

    A REP after a REP does nothing, as on xterm (ECMA-48 section 8.3.103 leaves it open).
    """
    if display.last:
        times = min(count(raw), display.grid.rows * display.grid.columns)
        mapping, display.mapping = display.mapping, None  # it has been translated when it was drawn
        display.write(display.last * times)
        display.mapping = mapping
        display.last = ""


def render(display: DisplayVT, raw: str) -> None:
    """SGR."""
    display.set_pen(rendered(display.pen, raw))


def protect(display: DisplayVT, raw: str) -> None:
    """DECSCA."""
    pen = display.pen & ~PROTECTED
    display.set_pen(pen | PROTECTED if first(raw) == 1 else pen)


def start_guarding(display: DisplayVT) -> None:
    """SPA."""
    display.set_pen(display.pen | GUARDED)


def end_guarding(display: DisplayVT) -> None:
    """EPA."""
    display.set_pen(display.pen & ~GUARDED)


def align(display: DisplayVT) -> None:
    """DECALN: E everywhere; margins, origin, look and cursor as after a reset (xterm, STD 070)."""
    display.grid.clear(PLAIN)
    display.dec -= {ORIGIN}
    display.set_pen(display.pen & (PROTECTED | GUARDED))
    display.reset_margins()
    display.grid.fill(display.region, "E", PLAIN)
    display.go(0, 0)


def _line_size(size: int) -> Control:
    def control(display: DisplayVT) -> None:
        display.grid.set_size(display.row, size)
        display.settle()
        display.go(display.row, display.column)

    return control


def _to_end_of_display(display: DisplayVT) -> None:
    _erase_display(display, TO_END, GUARDED)


def _to_end_of_line(display: DisplayVT) -> None:
    _erase_line(display, TO_END, GUARDED)


ESCAPES: Final[Mapping[str, Control]] = {
    "V": start_guarding,
    "W": end_guarding,
    "6": back_index,
    "9": forward_index,
    "#3": _line_size(DOUBLE_TOP),
    "#4": _line_size(DOUBLE_BOTTOM),
    "#5": _line_size(SINGLE),
    "#6": _line_size(DOUBLE_WIDTH),
    "#8": align,
}
SEQUENCES: Final[Mapping[str, Function]] = {
    "m": render,
    "J": erase_in_display,
    "K": erase_in_line,
    "X": erase_characters,
    "@": insert_characters,
    "P": delete_characters,
    "L": insert_lines,
    "M": delete_lines,
    "S": scroll_up,
    "T": scroll_down,
    "b": repeat,
    " @": scroll_left,
    " A": scroll_right,
    "?J": selective_in_display,
    "?K": selective_in_line,
    '"q': protect,
    "'}": insert_columns,
    "'~": delete_columns,
}
VT52: Final[Mapping[str, Control]] = {"J": _to_end_of_display, "K": _to_end_of_line}
