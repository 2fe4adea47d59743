"""Recorded traffic of a 3270 session without what its hidden fields hold.

Law: headers, orders and addresses stay as they are and lengths do not change: a masked trace can be
played back (`tests/sesssrvr/traces/test_traffic_buffer.py`). See `sesssrvr.terminal.redaction`.
"""

from collections.abc import Sequence
from typing import Final

from sesssrvr.terminal.redaction import FIRST_GRAPHIC, mask_place, record_places
from sesssrvr.terminal.tn3270 import orders
from sesssrvr.terminal.tn3270.addresses import decode
from sesssrvr.terminal.tn3270.buffer import DISPLAY, HIDDEN, Buffer
from sesssrvr.terminal.tn3270.tn3270e import DATA_3270


_AID_AND_CURSOR: Final = 3
_LENGTHS: Final = {  # of orders with their operands
    orders.SBA: 3, orders.EUA: 3, orders.SF: 2, orders.IC: 1, orders.PT: 1, orders.SA: 3,
    orders.GE: 2, orders.RA: 4,
}  # fmt: skip
_WRITES: Final = frozenset((0xF1, 0x01, 0xF5, 0x05, 0x7E, 0x0D))


def mask_sent(buffer: Buffer, data: bytes, header: int) -> bytes:
    """What a terminal sends, with the content of hidden fields masked.

    Args:
        buffer: the screen at the time of sending.
        data: whole records, as on the wire.
        header: length of the header before a record's data.
    """
    if not any(buffer.attributes[at] & DISPLAY == HIDDEN for at in buffer.starts):
        return data
    out = bytearray(data)
    for places in record_places(data):
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
                mask_place(data, out, body[at])
            at += 1
    return bytes(out)


def mask_received(data: bytes, header: int) -> bytes:
    """What a host sends, masked from a hidden field's attribute to the next field or address."""
    out = bytearray(data)
    for places in record_places(data):
        body = places
        if header:
            if len(places) <= header or data[places[0]] != DATA_3270:
                continue
            body = places[header:]
        if len(body) > 2 and data[body[0]] in _WRITES:  # noqa: PLR2004 - command and WCC
            _mask_write(data, body, out)
    return bytes(out)


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
            if hidden and code >= FIRST_GRAPHIC:
                mask_place(data, out, body[at])
            at += 1
