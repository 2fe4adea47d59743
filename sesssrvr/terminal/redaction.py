"""Masking of recorded traffic, as far as it does not depend on the data stream.

Law: masked bytes are as long as the real ones and telnet stays as it is, so that a masked trace can
be played back (`tests/sesssrvr/traces/test_traffic_buffer.py`,
`tests/sesssrvr/terminal/tn5250/test_redact.py`). What to mask is known to `tn3270.redact` and
`tn5250.redact`.
"""

from collections.abc import Iterator
from typing import Final

from sesssrvr.terminal.telnet import DO, DONT, EOR, IAC, SB, SE, WILL, WONT


MASK: Final = 0x5C  # an asterisk in EBCDIC
FIRST_GRAPHIC: Final = 0x40  # codes below are controls and orders


def mask_place(data: bytes, out: bytearray, at: int) -> None:
    """Mask one byte of a record: `data` as on the wire, `out` its copy.

    An IAC within a record is two bytes on the wire; both are masked, as an asterisk is one byte.
    """
    out[at] = MASK
    if data[at] == IAC:
        out[at + 1] = MASK


def record_places(data: bytes) -> Iterator[list[int]]:
    """The offsets of each record's bytes, telnet left out; of a doubled IAC the first one.

    The last record may lack its end.
    """
    places: list[int] = []
    at = 0
    while at < len(data):
        if data[at] != IAC:
            places.append(at)
            at += 1
            continue
        verb = data[at + 1] if at + 1 < len(data) else 0
        if verb == IAC:
            places.append(at)
        elif verb == EOR:
            yield places
            places = []
        elif verb == SB:
            end = data.find(bytes((IAC, SE)), at)
            at = len(data) if end < 0 else end
        elif verb in (DO, DONT, WILL, WONT):
            at += 1
        at += 2
    yield places
