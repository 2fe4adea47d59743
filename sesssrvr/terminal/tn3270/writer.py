"""Applies orders that have been read to a display.

Law: text and orders move one address, `at`, round the screen; the attributes SA sets are in force
from one Write to its end only. The steps are valid except for one thing that depends on the
buffer, Modify Field on no field: whoever runs them has to put back what was before (see `write`).
GA23-0059, chapter "Orders".
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.tn3270 import orders
from sesssrvr.terminal.tn3270.buffer import (
    BACKGROUND,
    CHARSET,
    FOREGROUND,
    GRAPHIC,
    HIGHLIGHT,
    PLAIN,
    PROTECTED,
    Style,
)
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.orders import Step


_PLANES: Final[Mapping[int, int]] = {
    orders.HIGHLIGHT: HIGHLIGHT,
    orders.COLOUR: FOREGROUND,
    orders.BACKGROUND: BACKGROUND,
    orders.CHARSET: CHARSET,
}
APL_SET: Final = 0xF1
DOUBLE_SET: Final = 0xF8  # as the query reply names it
_COLOURS: Final = 0xF0  # X'F0'-X'FF' are colours; anything else is the default


def normal(kind: int, value: int) -> int:
    """An extended attribute's value as it is stored: 0 is the default."""
    if kind == orders.HIGHLIGHT:
        return _COLOURS | (value & 0x0F) if value & 0x0F else 0
    if kind == orders.CHARSET:
        return value if value in (APL_SET, DOUBLE_SET) else 0
    return value if value >= _COLOURS else 0


@lru_cache(maxsize=4096)
def _field(pairs: bytes) -> tuple[int, Style]:
    """The attribute byte and style that SFE's types and values make: fields recur all the time."""
    attribute, style = 0, [0, 0, 0, 0]
    for kind, value in zip(pairs[::2], pairs[1::2], strict=True):
        if kind == orders.FIELD:
            attribute = value
        elif kind in _PLANES:
            style[_PLANES[kind]] = normal(kind, value)
    return attribute, Style(*style) if any(style) else PLAIN


class Writer:
    """One Write command under way.

    Attributes:
        at: the current buffer address.
        style: what SA has set.
        fresh: the last thing was an order, not data (Program Tab asks).
        wrapped: the last Program Tab nulled to the end of the screen.
    """

    __slots__ = ("at", "buffer", "cursor", "display", "fresh", "style", "wrapped")

    def __init__(self, display: Display3270) -> None:
        self.display, self.buffer = display, display.buffer
        self.at = display.cursor
        self.cursor = -1
        self.style = PLAIN
        self.fresh, self.wrapped = True, False

    def run(self, steps: Sequence[Step]) -> None:
        """Apply all steps.

        Raises:
            DataStreamError: MF on a cell that is no field attribute; what stands before it is done.
        """
        for step in steps:
            if step[0] == orders.SBA:  # every third of them: not worth a call
                self.at, self.fresh, self.wrapped = step[1], True, False
            else:
                STEPS[step[0]](self, step)
        self.display.buffer_address = self.at
        if self.cursor >= 0:
            self.display.cursor = self.cursor

    def text(self, step: Step) -> None:
        """Data: characters from the current address on."""
        data = step.data
        self.at = self.buffer.put(self.at, data, self.style)
        self.fresh = data[-1] in _CONTROL_ORDERS
        self.wrapped = False

    def set_buffer_address(self, step: Step) -> None:
        """SBA."""
        self.at = step.at
        self.fresh, self.wrapped = True, False

    def start_field(self, step: Step) -> None:
        """SF."""
        self.buffer.put_field(self.at, step.at, PLAIN)
        self._advance()

    def start_field_extended(self, step: Step) -> None:
        """SFE: without a type C0 it still makes a field, unprotected."""
        self.buffer.put_field(self.at, *_field(step.data))
        self._advance()

    def modify_field(self, step: Step) -> None:
        """MF: change what is named, leave the rest."""
        buffer, at = self.buffer, self.at
        if not buffer.attributes[at]:
            raise DataStreamError(step.at, f"MF at address {at}, where no field starts")
        for kind, value in zip(step.data[::2], step.data[1::2], strict=True):
            if kind == orders.FIELD:
                buffer.set_attribute(at, value)
            elif kind in _PLANES:
                buffer.put_extended(at, _PLANES[kind], normal(kind, value))
        self._advance()

    def set_attribute(self, step: Step) -> None:
        """SA."""
        kind, value = step.data
        self.fresh, self.wrapped = True, False
        if kind == orders.ALL:
            self.style = PLAIN
        elif kind in _PLANES:
            style = list(self.style)
            style[_PLANES[kind]] = normal(kind, value)
            self.style = Style(*style) if any(style) else PLAIN

    def insert_cursor(self, _: Step) -> None:
        """IC."""
        self.cursor = self.at
        self.fresh, self.wrapped = True, False

    def repeat(self, step: Step) -> None:
        """RA: to its own address means the whole screen."""
        style = self.style if len(step.data) == 1 else self.style._replace(charset=GRAPHIC)
        self.buffer.fill(self.at, step.at, step.data[-1], style)
        self.set_buffer_address(step)

    def erase_unprotected(self, step: Step) -> None:
        """EUA: to its own address means the whole screen."""
        buffer = self.buffer
        for begin, end in buffer.spans(self.at, step.at):
            self._erase_unprotected(begin, end)
        self.set_buffer_address(step)

    def graphic_escape(self, step: Step) -> None:
        """GE: one character of the alternate set."""
        self.at = self.buffer.put(self.at, step.data, self.style._replace(charset=GRAPHIC))
        self.fresh = self.wrapped = False

    def program_tab(self, _: Step) -> None:
        """PT: to the next unprotected field; behind data it nulls the rest of the field first."""
        buffer, at = self.buffer, self.at
        attribute = buffer.attributes[at]
        if attribute and not attribute & PROTECTED:
            self._advance()
            return
        target = self.display.next_unprotected(at)
        if target < at:
            target = 0
        if not self.fresh or self.wrapped:
            self._null(at, target)
            self.wrapped = self.wrapped or target == 0
        else:
            self.wrapped = False
        self.at = target
        self.fresh = True

    def unknown(self, _: Step) -> None:
        """An order code without a meaning: skipped."""
        self.fresh, self.wrapped = True, False

    def _advance(self) -> None:
        self.at = (self.at + 1) % self.buffer.size
        self.fresh, self.wrapped = True, False

    def _erase_unprotected(self, begin: int, end: int) -> None:
        buffer = self.buffer
        starts = buffer.starts
        at = begin
        while at < end:
            governing = buffer.field_before(at)
            stop = buffer.field_after(at)
            stop = end if stop <= at else min(stop, end)
            here = at + 1 if governing == at else at
            if governing < 0 or not buffer.attributes[governing] & PROTECTED:
                buffer.erase(here, max(stop, here))
            at = stop if starts else end

    def _null(self, at: int, target: int) -> None:
        """Nulls without attributes up to the target or the next field, whichever comes first."""
        buffer = self.buffer
        size = buffer.size
        count = (target - at) % size
        stop = buffer.field_after(at)
        if buffer.attributes[at]:
            count = 0
        elif stop >= 0:
            count = min(count, (stop - at) % size)
        if count:
            buffer.put(at, bytes(count), PLAIN)


_CONTROL_ORDERS: Final = orders.CONTROLS[1:]
STEPS: Final[Mapping[int, Callable[[Writer, Step], None]]] = {
    orders.TEXT: Writer.text,
    orders.SBA: Writer.set_buffer_address,
    orders.SF: Writer.start_field,
    orders.SFE: Writer.start_field_extended,
    orders.MF: Writer.modify_field,
    orders.SA: Writer.set_attribute,
    orders.IC: Writer.insert_cursor,
    orders.PT: Writer.program_tab,
    orders.RA: Writer.repeat,
    orders.EUA: Writer.erase_unprotected,
    orders.GE: Writer.graphic_escape,
    orders.UNKNOWN: Writer.unknown,
}
