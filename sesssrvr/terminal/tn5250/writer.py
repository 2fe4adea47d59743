"""Applies the orders of a Write To Display that have been read.

Nothing here can fail; `orders` has seen to that. SC30-3533, "Write to Display".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sesssrvr.terminal.tn5250 import codes
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.orders import ALL_TYPES, Step5250


def write(display: Display5250, cc1: int, cc2: int, steps: Sequence[Step5250]) -> None:
    """Obey a Write To Display: first control character, orders, cursor, second control character."""
    display.clear_error()
    display.before_cells(cc1)
    cursor: Step5250 | None = None
    for step in steps:
        if step.order in (codes.IC, codes.MC):
            cursor = step
        APPLY[step.order](display, step)
    display.lights(cc2)
    _place_cursor(display, cc2, cursor)
    if cc2 & codes.CC2_UNLOCK:
        display.unlock()


def _place_cursor(display: Display5250, cc2: int, order: Step5250 | None) -> None:
    """The last IC or MC decides; without one, an unlock brings the cursor home.

    MC is obeyed whatever the control character says; IC and an unlock only if it lets them.
    """
    if order is not None and order.order == codes.MC:
        display.cursor = order.at
    elif cc2 & codes.CC2_KEEP_CURSOR:
        return
    elif order is not None:
        display.cursor = order.at
    elif cc2 & codes.CC2_UNLOCK:
        display.cursor = display.home_address()


def _text(display: Display5250, step: Step5250) -> None:
    display.cells[step.at : step.at + len(step.data)] = step.data


def _header(display: Display5250, step: Step5250) -> None:
    display.clear_format(step.data)


def _repeat(display: Display5250, step: Step5250) -> None:
    display.cells[step.at : step.to] = bytes((step.value,)) * (step.to - step.at)


def _erase(display: Display5250, step: Step5250) -> None:
    """Types: X'00' is the display, X'01' to X'05' extended attributes, X'FF' all."""
    if 0 in step.data or ALL_TYPES in step.data:
        display.cells[step.at : step.to] = bytes(step.to - step.at)
    for place in [*display.extended]:
        wanted = ALL_TYPES in step.data or place[1] in step.data
        if wanted and step.at <= place[0] < step.to:
            del display.extended[place]


def _extended(display: Display5250, step: Step5250) -> None:
    kind, value = step.data
    if value:
        display.extended[step.at, kind] = value
    else:
        display.extended.pop((step.at, kind), None)


def _insert_cursor(display: Display5250, step: Step5250) -> None:
    display.home = step.at


def _move_cursor(display: Display5250, step: Step5250) -> None:
    """The cursor is moved at the end of the command."""


def _window(display: Display5250, step: Step5250) -> None:
    if step.window is not None:
        at = step.at
        for row in step.window.rows():
            display.cells[at : at + len(row)] = row
            at += display.columns


def _field(display: Display5250, step: Step5250) -> None:
    if step.at >= 0:
        display.cells[step.at] = step.value
    known = None if step.field is None else display.table.at(step.field.start)
    if step.field is not None:
        display.inhibited = True
        if known is not None and known.start == step.field.start:
            known.word = step.field.word
            return  # an old field with a new format: its end stays as it is
        display.table.put(step.field)
    if step.at + 1 < step.to < display.size:
        display.cells[step.to] = codes.NORMAL


APPLY: Final[Mapping[int, Callable[[Display5250, Step5250], None]]] = {
    codes.TEXT: _text,
    codes.SOH: _header,
    codes.RA: _repeat,
    codes.EA: _erase,
    codes.WEA: _extended,
    codes.IC: _insert_cursor,
    codes.MC: _move_cursor,
    codes.WDSF: _window,
    codes.SF: _field,
}
