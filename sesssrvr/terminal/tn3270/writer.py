"""Application of the steps of a Write to a display.

Text and orders move one address, `at`, round the screen; the attributes SA sets are in force to the
end of their Write. The steps are valid but for one thing that depends on the buffer, Modify Field
where no field starts: the caller then restores the buffer (see `write`). GA23-0059, chapter
"Orders".
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

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
from sesssrvr.terminal.tn3270.orders import (
    EraseUnprotectedToAddress,
    GraphicEscape,
    InsertCursor,
    ModifyField,
    ProgramTab,
    RepeatToAddress,
    SetAttribute,
    SetBufferAddress,
    StartField,
    StartFieldExtended,
    TextData,
    UnknownOrder,
    WriteStep,
)


_PLANES: Final[Mapping[int, int]] = {
    orders.HIGHLIGHT: HIGHLIGHT,
    orders.COLOUR: FOREGROUND,
    orders.BACKGROUND: BACKGROUND,
    orders.CHARSET: CHARSET,
}
APL_SET: Final = 0xF1
DOUBLE_SET: Final = orders.PAIRS
_COLOURS: Final = 0xF0  # X'F0'-X'FF' are colours; anything else is the default


def stored(kind: int, value: int) -> int:
    """The value a buffer stores for an extended attribute; 0 is the default."""
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
            style[_PLANES[kind]] = stored(kind, value)
    return attribute, Style(*style) if any(style) else PLAIN


class Writer:
    """One Write command under way.

    Attributes:
        at: the current buffer address.
        style: the extended attributes SA has set.
        fresh: an order came last, not data, which decides what a Program Tab nulls.
        wrapped: the last Program Tab nulled to the end of the screen.
    """

    __slots__ = ("at", "buffer", "cursor", "display", "fresh", "style", "wrapped")

    def __init__(self, display: Display3270) -> None:
        self.display, self.buffer = display, display.buffer
        self.at = display.cursor
        self.cursor = -1
        self.style = PLAIN
        self.fresh, self.wrapped = True, False

    def run(self, steps: Sequence[WriteStep]) -> None:
        """Apply all steps.

        Raises:
            DataStreamError: MF on a cell where no field starts; the steps before it are done.
        """
        for step in steps:
            if type(step) is SetBufferAddress:  # every third step: not worth a call
                self.at, self.fresh, self.wrapped = step.address, True, False
            else:
                STEPS[type(step)](self, step)
        self.display.buffer_address = self.at
        if self.cursor >= 0:
            self.display.cursor = self.cursor

    def text(self, step: TextData) -> None:
        """Store characters from the current address on."""
        data = step.data
        self.at = self.buffer.put(self.at, data, self.style)
        self.fresh = data[-1] in _CONTROL_ORDERS
        self.wrapped = False

    def start_field(self, step: StartField) -> None:
        """SF."""
        self.buffer.put_field(self.at, step.attribute, PLAIN)
        self._advance()

    def start_field_extended(self, step: StartFieldExtended) -> None:
        """SFE: without a type X'C0' it still makes a field, unprotected."""
        self.buffer.put_field(self.at, *_field(step.pairs))
        self._advance()

    def modify_field(self, step: ModifyField) -> None:
        """MF: change what is named, leave the rest."""
        buffer, at = self.buffer, self.at
        if not buffer.attributes[at]:
            raise DataStreamError(step.offset, f"MF at address {at}, where no field starts")
        for kind, value in zip(step.pairs[::2], step.pairs[1::2], strict=True):
            if kind == orders.FIELD:
                buffer.set_attribute(at, value)
            elif kind in _PLANES:
                buffer.put_extended(at, _PLANES[kind], stored(kind, value))
        self._advance()

    def set_attribute(self, step: SetAttribute) -> None:
        """SA."""
        kind, value = step
        self._order()
        if kind == orders.ALL:
            self.style = PLAIN
        elif kind in _PLANES:
            style = list(self.style)
            style[_PLANES[kind]] = stored(kind, value)
            self.style = Style(*style) if any(style) else PLAIN

    def insert_cursor(self, _: InsertCursor) -> None:
        """IC."""
        self.cursor = self.at
        self._order()

    def repeat(self, step: RepeatToAddress) -> None:
        """RA: to its own address means the whole screen."""
        style = self.style._replace(charset=GRAPHIC) if step.graphic else self.style
        if step.second < 0:
            self.buffer.fill(self.at, step.address, step.character, style)
        else:
            size = self.buffer.size
            count = (step.address - self.at) % size or size
            pairs = bytes((step.character, step.second)) * (count // 2 + 1)
            self.buffer.put(self.at, pairs[:count], style)
        self.at = step.address
        self._order()

    def erase_unprotected(self, step: EraseUnprotectedToAddress) -> None:
        """EUA: to its own address means the whole screen."""
        buffer = self.buffer
        for begin, end in buffer.spans(self.at, step.address):
            self._erase_unprotected(begin, end)
        self.at = step.address
        self._order()

    def graphic_escape(self, step: GraphicEscape) -> None:
        """GE: one character of the alternate set."""
        self.at = self.buffer.put(self.at, step.character, self.style._replace(charset=GRAPHIC))
        self.fresh = self.wrapped = False

    def program_tab(self, _: ProgramTab) -> None:
        """PT: to the next unprotected field; after data it nulls the rest of the field first."""
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

    def unknown(self, _: UnknownOrder) -> None:
        """An order code without a meaning: skipped."""
        self._order()

    def _order(self) -> None:
        """Note, for a Program Tab that follows, that an order came last."""
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
# By class: each method takes its own kind of step, which a mapping cannot say to a type checker.
STEPS: Final[Mapping[type[WriteStep], Callable[[Writer, Any], None]]] = {
    TextData: Writer.text,
    StartField: Writer.start_field,
    StartFieldExtended: Writer.start_field_extended,
    ModifyField: Writer.modify_field,
    SetAttribute: Writer.set_attribute,
    InsertCursor: Writer.insert_cursor,
    ProgramTab: Writer.program_tab,
    RepeatToAddress: Writer.repeat,
    EraseUnprotectedToAddress: Writer.erase_unprotected,
    GraphicEscape: Writer.graphic_escape,
    UnknownOrder: Writer.unknown,
}
