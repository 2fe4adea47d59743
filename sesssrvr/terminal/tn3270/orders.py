"""Orders of the 3270 data stream, as a table, and the reader that turns a record into steps.

Law: a record is read whole before anything is applied; what cannot be read raises
`DataStreamError` and nothing has changed. Reading needs only the record and the number of cells.
An order code the table does not know is one byte to skip, as real hosts send them and s3270
does. GA23-0059, chapter "Orders".
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
CONTROLS: Final = b"\x00\x3f\x1c\x1e\x0c\x0d\x15\x19\x25\xff"
# Of these all but NUL count as an order for a Program Tab that follows.
_NOT_TEXT = re.compile(b"[^\x40-\xff" + re.escape(CONTROLS) + b"]")
_NOT_WIDE_TEXT = re.compile(b"[^\x40-\xff\x0e\x0f" + re.escape(CONTROLS) + b"]")

# Types in SFE, MF and SA (GA23-0059, "Extended attributes").
ALL, FIELD, HIGHLIGHT, COLOUR, CHARSET, BACKGROUND = 0x00, 0xC0, 0x41, 0x42, 0x43, 0x45


class Step(NamedTuple):
    """One thing to do.

    Attributes:
        order: the order code; 0 for text, X'38' for an unknown order.
        at: an address, or the attribute byte of SF, the offset of SFE and MF in the record.
        data: text; the character of GE and RA, with GE before it if it is of that set; types and
            values of SFE, MF and SA, one byte each.
    """

    order: int
    at: int = 0
    data: bytes = b""


_step = tuple.__new__  # half the price of calling a NamedTuple

TEXT: Final = 0x00
UNKNOWN: Final = 0x38
Reader: TypeAlias = Callable[[bytes, int, int], tuple[Step, int]]


def _need(record: bytes, at: int, count: int, name: str) -> None:
    """The only length check there is: `count` bytes behind the order byte."""
    if at + 1 + count > len(record):
        raise DataStreamError(at, f"{name} is cut short: {len(record) - at - 1} of {count} bytes")


def _address(record: bytes, at: int, cells: int, name: str) -> int:
    _need(record, at, 2, name)
    found = decode(record[at + 1], record[at + 2])
    if found >= cells:
        raise DataStreamError(at, f"{name} address {found} is beyond the screen of {cells} cells")
    return found


def _sba(record: bytes, at: int, cells: int) -> tuple[Step, int]:
    return Step(SBA, _address(record, at, cells, "SBA")), at + 3


def _eua(record: bytes, at: int, cells: int) -> tuple[Step, int]:
    return Step(EUA, _address(record, at, cells, "EUA")), at + 3


def _ra(record: bytes, at: int, cells: int) -> tuple[Step, int]:
    stop = _address(record, at, cells, "RA")
    _need(record, at, 3, "RA")
    if record[at + 3] != GE:
        return Step(RA, stop, record[at + 3 : at + 4]), at + 4
    _need(record, at, 4, "RA")
    return Step(RA, stop, record[at + 3 : at + 5]), at + 5


def _sf(record: bytes, at: int, _: int) -> tuple[Step, int]:
    _need(record, at, 1, "SF")
    return Step(SF, record[at + 1]), at + 2


def _ge(record: bytes, at: int, _: int) -> tuple[Step, int]:
    _need(record, at, 1, "GE")
    return Step(GE, 0, record[at + 1 : at + 2]), at + 2


def _sa(record: bytes, at: int, _: int) -> tuple[Step, int]:
    _need(record, at, 2, "SA")
    return Step(SA, 0, record[at + 1 : at + 3]), at + 3


def _pairs(order: int, name: str) -> Reader:
    def read(record: bytes, at: int, _: int) -> tuple[Step, int]:
        _need(record, at, 1, name)
        stop = at + 2 + 2 * record[at + 1]
        if stop > len(record):
            _need(record, at, 1 + 2 * record[at + 1], name)
        return _step(Step, (order, at, record[at + 2 : stop])), stop

    return read


def _bare(order: int) -> Reader:
    def read(_record: bytes, at: int, _: int) -> tuple[Step, int]:
        return Step(order), at + 1

    return read


READERS: Final[Mapping[int, Reader]] = {
    SBA: _sba,
    IC: _bare(IC),
    PT: _bare(PT),
    SF: _sf,
    SFE: _pairs(SFE, "SFE"),
    SA: _sa,
    MF: _pairs(MF, "MF"),
    RA: _ra,
    EUA: _eua,
    GE: _ge,
}
_skip: Final = _bare(UNKNOWN)


def read_orders(record: bytes, at: int, cells: int, *, wide: bool = False) -> list[Step]:
    """Read the orders and text of a Write command.

    Args:
        record: the whole record, so that errors name offsets in it.
        at: where the orders start, behind the WCC.
        cells: of the screen the orders are for.
        wide: SO and SI are text: the page has pairs.

    Raises:
        DataStreamError: an order is cut short or an address is beyond the screen.
    """
    steps: list[Step] = []
    search = (_NOT_WIDE_TEXT if wide else _NOT_TEXT).search
    add, readers, end = steps.append, READERS, len(record)
    while at < end:
        order = record[at]
        if order == SBA and at + 2 < end:  # these two are most orders of most screens
            high, low = record[at + 1], record[at + 2]
            to = (high & 0x3F) << 6 | low & 0x3F if high & 0xC0 else high << 8 | low
            if to < cells:
                add(_step(Step, (SBA, to, b"")))
                at += 3
                continue
        elif order == SFE and at + 1 < end:
            stop = at + 2 + 2 * record[at + 1]
            if stop <= end:
                add(_step(Step, (SFE, at, record[at + 2 : stop])))
                at = stop
                continue
        if order not in readers:
            found = search(record, at)
            stop = found.start() if found else end
            if stop > at:
                add(_step(Step, (TEXT, 0, record[at:stop])))
                at = stop
                continue
        step, at = readers.get(order, _skip)(record, at, cells)
        add(step)
    return steps
