"""Traffic of a 3270 session without what its hidden fields hold, for traces.

Law: masked bytes are as long as the real ones, and telnet, headers, orders and addresses stay as they
are: a masked trace can be played back. What cannot be read is left out by whoever keeps traces.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sesssrvr.terminal.telnet import DO, DONT, EOR, IAC, SB, SE, WILL, WONT
from sesssrvr.terminal.tn3270 import orders
from sesssrvr.terminal.tn3270.addresses import decode
from sesssrvr.terminal.tn3270.buffer import DISPLAY, HIDDEN, Buffer
from sesssrvr.terminal.tn3270.tn3270e import DATA_3270


MASK: Final = 0x5C  # an asterisk
_AID_AND_CURSOR: Final = 3
_LENGTHS: Final = {  # of orders with their operands
    orders.SBA: 3, orders.EUA: 3, orders.SF: 2, orders.IC: 1, orders.PT: 1, orders.SA: 3,
    orders.GE: 2, orders.RA: 4,
}  # fmt: skip
_WRITES: Final = frozenset((0xF1, 0x01, 0xF5, 0x05, 0x7E, 0x0D))
_FIRST_GRAPHIC: Final = 0x40


def mask_sent(buffer: Buffer, data: bytes, header: int) -> bytes:
    """What a terminal sends.

    Args:
        buffer: as it was when it was sent.
        data: as on the wire, whole records.
        header: bytes in front of a record's data.
    """
    if not any(buffer.attributes[at] & DISPLAY == HIDDEN for at in buffer.starts):
        return data
    out = bytearray(data)
    for places in _records(data):
        if header and (len(places) <= header or data[places[0]] != DATA_3270):
            continue
        body = places[header + _AID_AND_CURSOR :]
        hidden, at = False, 0
        while at < len(body):
            if data[body[at]] == orders.SBA and at + 2 < len(body):
                address = decode(data[body[at + 1]], data[body[at + 2]]) % buffer.size
                governing = buffer.field_before(address)
                hidden = buffer.attributes[governing] & DISPLAY == HIDDEN
                at += 3
                continue
            if hidden:
                out[body[at]] = MASK
            at += 1
    return _sound(bytes(out), data)


def mask_received(data: bytes, header: int) -> bytes:
    """What a host sends: text behind a hidden field's attribute, to the next field or address."""
    out = bytearray(data)
    for places in _records(data):
        body = places
        if header:
            if len(places) <= header or data[places[0]] != DATA_3270:
                continue
            body = places[header:]
        if len(body) > 2 and data[body[0]] in _WRITES:  # noqa: PLR2004 - command and WCC
            _mask_write(data, body, out)
    return _sound(bytes(out), data)


def _mask_write(data: bytes, body: Sequence[int], out: bytearray) -> None:
    hidden, at = False, 2
    while at < len(body):
        code = data[body[at]]
        if code in (orders.SFE, orders.MF) and at + 1 < len(body):
            count = data[body[at + 1]]
            kinds = [data[place] for place in body[at + 2 : at + 2 + 2 * count]]
            pairs = dict(zip(kinds[::2], kinds[1::2], strict=False))
            hidden = pairs.get(orders.FIELD, 0) & DISPLAY == HIDDEN
            at += 2 + 2 * count
        elif code in _LENGTHS:
            if code == orders.SF and at + 1 < len(body):
                hidden = data[body[at + 1]] & DISPLAY == HIDDEN
            elif code in (orders.SBA, orders.RA):
                hidden = False
            at += _LENGTHS[code]
        else:
            if hidden and code >= _FIRST_GRAPHIC:
                out[body[at]] = MASK
            at += 1


def _sound(masked: bytes, data: bytes) -> bytes:
    """An IAC in a masked text was two bytes: both are masked, as one asterisk is one byte."""
    if len(masked) == len(data) and b"\x5c\xff" not in masked:
        return masked
    out, at = bytearray(masked), 0
    while (at := data.find(b"\xff\xff", at)) >= 0:
        if masked[at] == MASK:
            out[at + 1] = MASK
        at += 2
    return bytes(out)


def _records(data: bytes) -> Iterator[list[int]]:
    """The places of each record's bytes; an IAC by the first of its two."""
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
