"""Orders of the 3270 data stream, and the reader that turns a Write into a list of steps.

Reading needs only the record and the number of cells; `writer` applies the steps to a buffer.

Law: a record is read whole before anything is applied; what cannot be read raises `DataStreamError`
and nothing has changed (`tests/sesssrvr/terminal/tn3270/test_orders.py`). An order code the table
does not know is one byte to skip, as real hosts send them and s3270 does. GA23-0059, chapter
"Orders".
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.tn3270.addresses import decode


SBA, IC, PT, SF, SFE, SA, MF, RA, EUA, GE = (
    0x11,
    0x13,
    0x05,
    0x1D,
    0x29,
    0x28,
    0x2C,
    0x3C,
    0x12,
    0x08,
)

# Format control orders: stored as characters (NUL SUB DUP FM FF CR NL EM LF EO).
MANY: Final = 1_000
"""Orders of one Write that may each reach over the whole screen (RA, EUA, PT): some hold up everything
for 40 microseconds."""

ORDERS_PER_CELL: Final = 4
"""Other orders of one Write for each place of the screen; a screen with every attribute has three."""

BYTES_PER_CELL: Final = 12
"""Bytes of one Write for each place of the screen: a character and SA for three attributes are 10."""

SPARE_BYTES: Final = 16 * 1024
"""Bytes of one Write beyond those."""

CONTROLS: Final = b"\x00\x3f\x1c\x1e\x0c\x0d\x15\x19\x25\xff"
# Of these all but NUL count as an order for a Program Tab that follows.
_NOT_TEXT = re.compile(b"[^\x40-\xff" + re.escape(CONTROLS) + b"]")
_NOT_WIDE_TEXT = re.compile(b"[^\x40-\xff\x0e\x0f" + re.escape(CONTROLS) + b"]")

# Types in SFE, MF and SA (GA23-0059, "Extended attributes").
ALL, FIELD, HIGHLIGHT, COLOUR, CHARSET, BACKGROUND = 0x00, 0xC0, 0x41, 0x42, 0x43, 0x45
PAIRS: Final = 0xF8  # the value of CHARSET that means pairs, as the query reply names it


class TextData(NamedTuple):
    """Characters to store; format control orders among them are stored too."""

    data: bytes


class SetBufferAddress(NamedTuple):
    """SBA: go on at another address."""

    address: int


class StartField(NamedTuple):
    """SF: a field with its attribute byte."""

    attribute: int


class StartFieldExtended(NamedTuple):
    """SFE: a field; types and values take turns in `pairs`."""

    pairs: bytes


class ModifyField(NamedTuple):
    """MF: change the field that starts at the current address.

    Attributes:
        offset: of the order in the record, for errors.
        pairs: types and values, in turn.
    """

    offset: int
    pairs: bytes


class SetAttribute(NamedTuple):
    """SA: an extended attribute of the characters that follow."""

    kind: int
    value: int


class InsertCursor(NamedTuple):
    """IC: the cursor goes to the current address."""


class ProgramTab(NamedTuple):
    """PT: go on at the next unprotected field."""


class RepeatToAddress(NamedTuple):
    """RA: one character up to an address.

    Attributes:
        address: where it stops.
        character: its code; of a pair the first byte.
        graphic: it is of the alternate set (GE).
        second: the second byte of a pair; -1 for a single byte.
    """

    address: int
    character: int
    graphic: bool
    second: int = -1


class EraseUnprotectedToAddress(NamedTuple):
    """EUA: nulls in unprotected fields up to an address."""

    address: int


class GraphicEscape(NamedTuple):
    """GE: one character of the alternate set."""

    character: bytes


class UnknownOrder(NamedTuple):
    """An order code without a meaning: skipped, but it counts as an order for a Program Tab."""


WriteStep: TypeAlias = (
    TextData
    | SetBufferAddress
    | StartField
    | StartFieldExtended
    | ModifyField
    | SetAttribute
    | InsertCursor
    | ProgramTab
    | RepeatToAddress
    | EraseUnprotectedToAddress
    | GraphicEscape
    | UnknownOrder
)
Reader: TypeAlias = Callable[[bytes, int, int], tuple[WriteStep, int]]
"""Reads one order: the record, the offset of the order byte, the cells of the screen. Gives the step
and the offset after it."""


def _need(record: bytes, at: int, count: int, name: str) -> None:
    """Refuse an order that is cut short: where every reader checks its length.

    Raises:
        DataStreamError: fewer than `count` bytes follow the order byte.
    """
    if at + 1 + count > len(record):
        raise DataStreamError(at, f"{name} is cut short: {len(record) - at - 1} of {count} bytes")


def _address(record: bytes, at: int, cells: int, name: str) -> int:
    _need(record, at, 2, name)
    found = decode(record[at + 1], record[at + 2])
    if found >= cells:
        raise DataStreamError(at, f"{name} address {found} is beyond the screen of {cells} cells")
    return found


def _sba(record: bytes, at: int, cells: int) -> tuple[WriteStep, int]:
    return SetBufferAddress(_address(record, at, cells, "SBA")), at + 3


def _eua(record: bytes, at: int, cells: int) -> tuple[WriteStep, int]:
    return EraseUnprotectedToAddress(_address(record, at, cells, "EUA")), at + 3


def _ra(record: bytes, at: int, cells: int) -> tuple[WriteStep, int]:
    stop = _address(record, at, cells, "RA")
    _need(record, at, 3, "RA")
    if record[at + 3] != GE:
        return RepeatToAddress(stop, record[at + 3], graphic=False), at + 4
    _need(record, at, 4, "RA")
    return RepeatToAddress(stop, record[at + 4], graphic=True), at + 5


def _ra_pair(record: bytes, at: int, cells: int) -> tuple[WriteStep, int]:
    """RA while SA has the set of pairs in force: the character has two bytes (as s3270)."""
    stop = _address(record, at, cells, "RA")
    _need(record, at, 4, "RA")
    return RepeatToAddress(stop, record[at + 3], graphic=False, second=record[at + 4]), at + 5


def _sf(record: bytes, at: int, _: int) -> tuple[WriteStep, int]:
    _need(record, at, 1, "SF")
    return StartField(record[at + 1]), at + 2


def _ge(record: bytes, at: int, _: int) -> tuple[WriteStep, int]:
    _need(record, at, 1, "GE")
    return GraphicEscape(record[at + 1 : at + 2]), at + 2


def _sa(record: bytes, at: int, _: int) -> tuple[WriteStep, int]:
    _need(record, at, 2, "SA")
    return SetAttribute(record[at + 1], record[at + 2]), at + 3


def _pairs(record: bytes, at: int, name: str) -> bytes:
    """The types and values of SFE or MF, which follow their count."""
    _need(record, at, 1, name)
    count = 2 * record[at + 1]
    _need(record, at, 1 + count, name)
    return record[at + 2 : at + 2 + count]


def _sfe(record: bytes, at: int, _: int) -> tuple[WriteStep, int]:
    pairs = _pairs(record, at, "SFE")
    return StartFieldExtended(pairs), at + 2 + len(pairs)


def _mf(record: bytes, at: int, _: int) -> tuple[WriteStep, int]:
    pairs = _pairs(record, at, "MF")
    return ModifyField(at, pairs), at + 2 + len(pairs)


def _bare(step: WriteStep) -> Reader:
    def read(_record: bytes, at: int, _: int) -> tuple[WriteStep, int]:
        return step, at + 1

    return read


READERS: Final[Mapping[int, Reader]] = {
    SBA: _sba,
    IC: _bare(InsertCursor()),
    PT: _bare(ProgramTab()),
    SF: _sf,
    SFE: _sfe,
    SA: _sa,
    MF: _mf,
    RA: _ra,
    EUA: _eua,
    GE: _ge,
}
_skip: Final = _bare(UnknownOrder())
_make: Final = tuple.__new__  # half the price of calling a NamedTuple


def read_orders(record: bytes, at: int, cells: int, *, wide: bool = False) -> list[WriteStep]:
    """Read the orders and text of a Write command.

    SBA, SFE and text are nearly all of most screens: complete and valid ones are read on the spot,
    which takes 40 % off the time of a screen of the demo bank. All others go to the order's reader,
    which alone decides what an error is; the two must agree
    (`test_orders_read_on_the_spot_are_read_as_by_their_readers`).

    Args:
        record: the whole record, so that errors name offsets in it.
        at: the offset of the first order, after the WCC.
        cells: of the screen the orders are for.
        wide: the code page has pairs: SO and SI are text.

    Raises:
        DataStreamError: an order is cut short or an address is beyond the screen.
    """
    if len(record) - at > SPARE_BYTES + BYTES_PER_CELL * cells:
        raise DataStreamError(0, "it is longer than a screen can need")
    steps: list[WriteStep] = []
    search = (_NOT_WIDE_TEXT if wide else _NOT_TEXT).search
    add, readers, end, pairs = steps.append, READERS, len(record), False
    while at < end:
        order = record[at]
        if order == SBA and at + 2 < end:
            high, low = record[at + 1], record[at + 2]
            to = (high & 0x3F) << 6 | low & 0x3F if high & 0xC0 else high << 8 | low
            if to < cells:
                add(_make(SetBufferAddress, (to,)))
                at += 3
                continue
        elif order == SFE and at + 1 < end:
            stop = at + 2 + 2 * record[at + 1]
            if stop <= end:
                add(_make(StartFieldExtended, (record[at + 2 : stop],)))
                at = stop
                continue
        if order not in readers:
            found = search(record, at)
            stop = found.start() if found else end
            if stop > at:
                add(_make(TextData, (record[at:stop],)))
                at = stop
                continue
        reader = _ra_pair if pairs and order == RA else readers.get(order, _skip)
        step, at = reader(record, at, cells)
        add(step)
        if wide and type(step) is SetAttribute and step.kind in (CHARSET, ALL):
            pairs = (step.kind, step.value) == (CHARSET, PAIRS)
    if len(steps) > MANY:
        _check_work(steps, cells)
    return steps


_FAR: Final = (RepeatToAddress, EraseUnprotectedToAddress, ProgramTab)


def _check_work(steps: list[WriteStep], cells: int) -> None:
    """Refuse a Write that is more work than any screen: its orders are obeyed in one turn.

    Raises:
        DataStreamError: it has too many orders, or they fill the screen too often.
    """
    far = sum(isinstance(step, _FAR) for step in steps)
    if len(steps) > MANY + ORDERS_PER_CELL * cells or far > MANY:
        raise DataStreamError(0, "it has more orders than a screen can need")
