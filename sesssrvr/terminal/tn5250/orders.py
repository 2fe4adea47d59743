"""Reads the orders of a Write To Display, without a display.

Law: everything that can be wrong is found here, before a cell changes. Addresses are worked out
while reading, since they depend on the orders alone: data begin at row 1 column 1, each order says
where the next byte goes. SC30-3533, "Write to Display".
Tested in `tests/sesssrvr/terminal/tn5250/test_reading.py`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from sesssrvr.terminal.tn5250 import codes
from sesssrvr.terminal.tn5250.codes import refuse
from sesssrvr.terminal.tn5250.fields import (
    CONTROL_MASK,
    CONTROL_WORD,
    FORMAT_MASK,
    FORMAT_WORD,
    InputField,
)
from sesssrvr.terminal.tn5250.reader import RecordReader
from sesssrvr.terminal.tn5250.window import Window, read_window


class Step5250(NamedTuple):
    """One order, ready to be applied.

    Attributes:
        order: its code, TEXT for data.
        at: the cell it begins at.
        to: the cell after its last, for orders that fill.
        data: text, or the bytes of a header.
        value: a fill character, or an attribute; -1 for none.
        field: what a Start of Field defines; None for a field without a format.
        window: what a Create Window draws.
    """

    order: int
    at: int = 0
    to: int = 0
    data: bytes = b""
    value: int = -1
    field: InputField | None = None
    window: Window | None = None


# Everything up to the next order or command is data, controls that are neither included: they show
# as blanks (asaomaro/ts5250, 20260921-wtd-control-bytes).
_SPECIAL: Final = re.compile(rb"[\x01-\x04\x10-\x15\x1d]")
MAX_HEADER: Final = 7  # SC30-3533, "Start of Header": at most
MAX_TYPES: Final = 5  # attribute types of an Erase to Address, with its length byte
ALL_TYPES: Final = 0xFF
EXTENDED_TYPES: Final = range(1, 6)  # primary, text, foreground, background, ideographic
SCREENS_FILLED: Final = 200
"""How often the RA and EA orders of one Write may fill the display: such a Write is obeyed in one turn of
the event loop, and 9,000 of them over a whole screen held everything else up for 185 milliseconds."""
MAX_CONTROLS: Final = 8  # more than there are kinds of control words that go together


class Orders:
    """The orders of one Write To Display while they are read.

    Attributes:
        at: the current display address; -1 is before row 1 column 1, where a field may begin.
        steps: what has been read.
        cursor: the last cursor order: (IC or MC, address).
    """

    __slots__ = ("_columns", "_field", "_filled", "_reader", "_rows", "at", "steps")

    def __init__(self, reader: RecordReader, size: tuple[int, int]) -> None:
        self._reader = reader
        self._rows, self._columns = size
        self._field: tuple[int, int] | None = None
        self._filled = 0
        self.at = 0
        self.steps: list[Step5250] = []

    def read(self) -> list[Step5250]:
        """Read up to the next command or the end of the record.

        Raises:
            DataStreamError: something of it is not valid.
        """
        reader = self._reader
        while reader.left and reader.peek() != codes.ESC:
            self._text()
            order = reader.peek()
            if order in (-1, codes.ESC):
                break
            reader.at += 1
            ORDERS[order](self)
            if self._filled > SCREENS_FILLED * self._size:
                problem = f"its orders fill the display more than {SCREENS_FILLED} times"
                raise refuse(reader.at, problem, codes.ORDER_NOT_VALID)
        return self.steps

    # ---- addresses -----------------------------------------------------------------------------

    @property
    def _size(self) -> int:
        return self._rows * self._columns

    def _address(self, *, before_first: bool = False) -> int:
        """A row and a column. Column 0 is column 1; in row 1 a field may begin before it."""
        reader = self._reader
        row, column = reader.byte(), reader.byte()
        if row == 1 and column == 0 and before_first:
            return -1
        if not (1 <= row <= self._rows and column <= self._columns):
            size = f"{self._rows} x {self._columns}"
            problem = f"row {row} column {column} is outside {size}"
            raise refuse(reader.at - 2, problem, codes.ADDRESS_NOT_VALID)
        return (row - 1) * self._columns + max(column, 1) - 1

    def _room(self, count: int) -> int:
        """The address where so many cells begin; the current address moves past them.

        After the last cell of the display comes the first (asaomaro/ts5250, 20260927-ea-acs).
        """
        at = max(self.at, 0)
        if at + count > self._size:
            problem = f"{count} cells at {at} go beyond the end of the display"
            raise refuse(self._reader.at, problem, codes.WRITE_PAST_END)
        self.at = (at + count) % self._size
        return at

    # ---- orders --------------------------------------------------------------------------------

    def _text(self) -> None:
        reader = self._reader
        found = _SPECIAL.search(reader.data, reader.at)
        count = (found.start() if found else len(reader.data)) - reader.at
        if count:
            at = self._room(count)
            self.steps.append(Step5250(codes.TEXT, at, data=reader.take(count)))

    def header(self) -> None:
        """SOH: the format table begins anew."""
        length = self._reader.byte()
        if length > MAX_HEADER:
            problem = f"a header of {length} bytes"
            raise refuse(self._reader.at - 1, problem, codes.SOH_NOT_VALID)
        self._field = None
        self.steps.append(Step5250(codes.SOH, data=self._reader.take(length)))

    def set_address(self) -> None:
        """SBA."""
        self.at = self._address(before_first=True)
        self._field = None

    def repeat(self) -> None:
        """RA: to an address and with it."""
        to, value = self._address(), self._reader.byte()
        at = max(self.at, 0)
        if to < at:
            problem = f"from {at} back to {to}"
            raise refuse(self._reader.at - 3, problem, codes.RA_BACKWARDS)
        self._filled += to + 1 - at
        self.steps.append(Step5250(codes.RA, at, to + 1, value=value))
        self.at = to + 1

    def erase(self) -> None:
        """EA: to an address and with it, display or extended attributes."""
        reader = self._reader
        to, length = self._address(), reader.byte()
        at = max(self.at, 0)
        if not 2 <= length <= MAX_TYPES:  # noqa: PLR2004 - itself and one type
            problem = f"a list of {length} bytes"
            raise refuse(reader.at - 1, problem, codes.ORDER_NOT_VALID)
        types = reader.take(length - 1)
        if to < at:
            problem = f"from {at} back to {to}"
            raise refuse(reader.at, problem, codes.RA_BACKWARDS)
        self._filled += to + 1 - at
        self.steps.append(Step5250(codes.EA, at, to + 1, data=types))
        self.at = to + 1

    def transparent(self) -> None:
        """TD: data that may look like orders."""
        data = self._reader.take(self._reader.two())
        if data:
            self.steps.append(Step5250(codes.TEXT, self._room(len(data)), data=data))

    def extended_attribute(self) -> None:
        """WEA: an attribute that takes no cell."""
        data = self._reader.take(2)
        if data[0] not in EXTENDED_TYPES:
            problem = f"extended attribute type X'{data[0]:02X}'"
            raise refuse(self._reader.at - 2, problem, codes.ORDER_NOT_VALID)
        self.steps.append(Step5250(codes.WEA, min(max(self.at, 0), self._size - 1), data=data))

    def insert_cursor(self) -> None:
        """IC."""
        self.steps.append(Step5250(codes.IC, self._address()))

    def move_cursor(self) -> None:
        """MC."""
        self.steps.append(Step5250(codes.MC, self._address()))

    def structured_field(self) -> None:
        """WDSF: windows are drawn; what only takes away what we do not have is passed over."""
        reader = self._reader
        start = reader.at
        length = reader.two()
        if length < 4:  # noqa: PLR2004 - itself, class and type
            problem = f"a structured field of {length} bytes"
            raise refuse(start, problem, codes.STRUCTURED_FIELD_NOT_VALID)
        body = RecordReader(reader.take(length - 2))
        kind = body.two()
        if kind == codes.CLASS_5250 << 8 | codes.CREATE_WINDOW:
            at = max(self.at, 0)
            window = read_window(body, at, (self._rows, self._columns))
            self.steps.append(Step5250(codes.WDSF, at, window=window))
        elif kind >> 8 != codes.CLASS_5250 or kind & 0xFF not in codes.WITHOUT_EFFECT:
            problem = f"structured field X'{kind:04X}'"
            raise refuse(start, problem, codes.STRUCTURED_FIELD_NOT_VALID)

    def start_field(self) -> None:
        """SF. A field without a format word is an attribute and its end."""
        reader = self._reader
        start = reader.at - 1
        if self._field is not None and self._field[0] <= self.at <= self._field[1]:
            self.at = self._field[1]  # without an SBA between, a field begins where the last ends
        field_start = self.at + 1
        word, controls = self._format(start)
        attribute, length = reader.byte(), reader.two()
        if attribute not in codes.ATTRIBUTES:
            problem = f"X'{attribute:02X}' is not a screen attribute"
            raise refuse(reader.at - 3, problem, codes.FIELD_NOT_VALID)
        if field_start + length > self._size or field_start >= self._size:
            problem = f"a field of {length} cells at {field_start}"
            raise refuse(start, problem, codes.FIELD_PAST_END)
        field = None
        if word is not None and length:
            field = InputField(field_start, length, word, controls)
        self.steps.append(
            Step5250(codes.SF, self.at, field_start + length, value=attribute, field=field)
        )
        self.at = field_start
        self._field = (field_start, field_start + length)

    def _format(self, start: int) -> tuple[int | None, tuple[int, ...]]:
        reader = self._reader
        if reader.peek() in codes.ATTRIBUTES:
            return None, ()
        word = reader.two()
        if word & FORMAT_MASK != FORMAT_WORD:
            problem = f"X'{word:04X}' is not a field format word"
            raise refuse(start, problem, codes.FIELD_NOT_VALID)
        controls = []
        while reader.peek() << 8 & CONTROL_MASK == CONTROL_WORD:
            controls.append(reader.two())
        return word, tuple(controls[:MAX_CONTROLS])


ORDERS: Final[Mapping[int, Callable[[Orders], None]]] = {
    codes.SOH: Orders.header,
    codes.RA: Orders.repeat,
    codes.EA: Orders.erase,
    codes.TD: Orders.transparent,
    codes.SBA: Orders.set_address,
    codes.WEA: Orders.extended_attribute,
    codes.IC: Orders.insert_cursor,
    codes.MC: Orders.move_cursor,
    codes.WDSF: Orders.structured_field,
    codes.SF: Orders.start_field,
}
