"""Recorded traffic of a 5250 session without what its hidden fields hold.

Law: headers, orders and addresses stay as they are and lengths do not change: a masked trace can be
played back. A record of the host that cannot be read is masked from there on
(`tests/sesssrvr/terminal/tn5250/test_redact.py`). See `sesssrvr.terminal.redaction`.
"""

from collections.abc import Callable, Sequence
from typing import Final

from sesssrvr.terminal.redaction import FIRST_GRAPHIC, MASK, mask_place, record_places
from sesssrvr.terminal.telnet import IAC
from sesssrvr.terminal.tn5250 import codes
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.record import FIXED, START_UP, TYPE


_TEXT: Final = range(0x40, 0xFF)  # among orders
_LENGTH: Final = 2  # of a record's length
# Bytes after ESC and a command; a write is followed by orders.
_PARAMETERS: Final = {
    codes.CLEAR_UNIT: 0, codes.CLEAR_UNIT_ALTERNATE: 1, codes.CLEAR_FORMAT_TABLE: 0,
    codes.WRITE_TO_DISPLAY: 2, codes.WRITE_ERROR_CODE: 0, codes.WRITE_ERROR_CODE_WINDOW: 2,
    codes.ROLL: 3, codes.READ_INPUT: 2, codes.READ_MDT: 2, codes.READ_MDT_ALTERNATE: 2,
    codes.READ_IMMEDIATE: 0, codes.READ_MDT_IMMEDIATE_ALTERNATE: 0, codes.READ_SCREEN: 0,
    codes.READ_SCREEN_EXTENDED: 0, codes.READ_SCREEN_PRINT: 0, codes.READ_SCREEN_PRINT_EXTENDED: 0,
    codes.SAVE_SCREEN: 0, codes.SAVE_PARTIAL: 5, codes.RESTORE_SCREEN: 0, codes.RESTORE_PARTIAL: 0,
}  # fmt: skip
_OPERANDS: Final = {
    codes.RA: 3, codes.SBA: 2, codes.WEA: 2, codes.IC: 2, codes.MC: 2,
}  # fmt: skip


# ---- what a terminal sends ---------------------------------------------------------------------


def both(display: Display5250, make: Callable[[Display5250], bytes]) -> tuple[bytes, bytes]:
    """What is made from a display, and the same from one whose hidden cells hold asterisks."""
    data = make(display)
    cells = display.cells
    covered = _covered(cells)
    if covered == cells:
        return data, data
    display.cells = covered
    try:
        masked = make(display)
    finally:
        display.cells = cells
    return data, masked


def _covered(cells: bytearray) -> bytearray:
    out, hidden = cells[:], False
    for at, code in enumerate(cells):
        if code in codes.ATTRIBUTES:
            hidden = code & codes.NON_DISPLAY == codes.NON_DISPLAY
        elif hidden and code:
            out[at] = MASK
    return out


def on_the_wire(data: bytes, masked: bytes) -> bytes:
    """The masked form of a record's bytes, as long as theirs with every IAC doubled."""
    out = bytearray()
    for real, shown in zip(data, masked, strict=True):
        if real == IAC:
            out += bytes((shown, shown))
        else:
            out.append(shown)
    return bytes(out)


# ---- what a host sends -------------------------------------------------------------------------


def mask_received(data: bytes) -> bytes:
    """What a host sends, masked from a non-display attribute to the next attribute or address.

    A record whose beginning is not there, as in a trace that lost its oldest bytes, is masked whole.
    """
    out = bytearray(data)
    for places in record_places(data):
        record = bytes(data[at] for at in places)
        begin = _begin(record)
        if begin < 0:
            _Scan(data, places, out).run()
        elif record[begin + 4 : begin + FIXED] != START_UP:
            _Scan(data, places[begin + FIXED + record[begin + FIXED] :], out).run()
    return bytes(out)


def _begin(record: bytes) -> int:
    """Where the record's header is, which text outside records may precede; -1 without one."""
    at = record.find(TYPE)
    while at >= 0:
        begin = at - _LENGTH
        rest = len(record) - begin
        if rest > FIXED and (begin == 0 or int.from_bytes(record[begin:at]) == rest):
            return begin
        at = record.find(TYPE, at + 1)
    return -1


class _Scan:
    """One record of the host: finds text that does not show."""

    def __init__(self, data: bytes, places: Sequence[int], out: bytearray) -> None:
        self._data, self._places, self._out = data, places, out
        self._at = 0
        self._hidden = False

    def run(self) -> None:
        """Mask it."""
        while self._at < len(self._places):
            if self._peek() != codes.ESC:
                self._mask_rest()
                return
            self._skip(1)
            self._command(self._byte())

    def _command(self, command: int) -> None:
        self._hidden = False
        if command == codes.WRITE_STRUCTURED_FIELD:
            self._skip(self._two() - 2)
        elif command in _PARAMETERS:
            self._skip(_PARAMETERS[command])
            while self._at < len(self._places) and self._peek() != codes.ESC:
                self._order(self._byte())
        else:
            self._mask_rest()

    def _order(self, code: int) -> None:
        if code == codes.SF:
            self._start_field()
        elif code == codes.TD:
            for _ in range(self._two()):
                self._text(self._byte())
        elif code == codes.SOH:
            self._skip(self._byte())
        elif code == codes.EA:
            self._skip(2)
            self._skip(self._byte() - 1)
            self._hidden = False
        elif code == codes.WDSF:
            self._skip(self._two() - 2)
        elif code in _OPERANDS:
            self._skip(_OPERANDS[code])
            self._hidden = self._hidden and code not in (codes.SBA, codes.RA)
        else:
            self._text(code)

    def _start_field(self) -> None:
        while self._at < len(self._places) and self._peek() not in codes.ATTRIBUTES:
            self._skip(2)
        self._text(self._byte())
        self._skip(2)

    def _text(self, code: int) -> None:
        if code in codes.ATTRIBUTES:
            self._hidden = code & codes.NON_DISPLAY == codes.NON_DISPLAY
        elif self._hidden and code in _TEXT:
            self._mask(self._at - 1)

    def _mask(self, at: int) -> None:
        if at < len(self._places):
            mask_place(self._data, self._out, self._places[at])

    def _mask_rest(self) -> None:
        for at in range(self._at, len(self._places)):
            if self._data[self._places[at]] >= FIRST_GRAPHIC:
                self._mask(at)
        self._at = len(self._places)

    def _skip(self, count: int) -> None:
        self._at += max(count, 0)

    def _peek(self) -> int:
        return self._data[self._places[self._at]]

    def _byte(self) -> int:
        """The next byte; 0 after the end."""
        found = self._peek() if self._at < len(self._places) else 0
        self._at += 1
        return found

    def _two(self) -> int:
        return self._byte() << 8 | self._byte()
