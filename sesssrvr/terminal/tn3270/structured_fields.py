"""Write Structured Field, as a table: queries, reply mode, erase/reset, 3270 data in a field.

The lengths of all fields are checked before the first is obeyed; then each is obeyed in
turn, up to the first that is not valid. GA23-0059, chapter "Structured fields".
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sesssrvr.terminal.faults import COMMAND_REJECT, DataStreamError
from sesssrvr.terminal.tn3270 import query
from sesssrvr.terminal.tn3270.display import CHARACTER_MODE, Display3270
from sesssrvr.terminal.tn3270.inbound import read_buffer, read_modified
from sesssrvr.terminal.tn3270.query import Device3270
from sesssrvr.terminal.tn3270.write import write


READ_PARTITION, ERASE_RESET, SET_REPLY_MODE, CREATE_PARTITION, OUTBOUND_3270DS = (
    0x01,
    0x03,
    0x09,
    0x0C,
    0x40,
)
AID_STRUCTURED: Final = 0x88
AID_READ_PARTITION: Final = 0x61
_QUERY, _QUERY_LIST = 0x02, 0x03
_LIST, _EQUIVALENT, _ALL = 0x00, 0x40, 0x80
_ANY_PARTITION: Final = 0xFF

Handler: TypeAlias = Callable[[Display3270, bytes, Device3270], bytes]
"""Obeys one field, given without its length bytes; what goes back to the host."""


def write_structured_fields(display: Display3270, record: bytes, device: Device3270) -> bytes:
    """Obey a Write Structured Field record.

    Raises:
        DataStreamError: a length or a field is not valid; fields before it have been obeyed.
    """
    out = b""
    for at, field in _split(record):
        handler = HANDLERS.get(field[0])
        if handler is None:
            raise _reject(at, f"X'{field[0]:02X}' is not a structured field")
        try:
            out += handler(display, field, device)
        except DataStreamError as error:
            error.offset += at + 2
            raise
    return out


def _split(record: bytes) -> list[tuple[int, bytes]]:
    """The fields with their offsets. A length of 0 is the rest of the record."""
    fields = []
    at = 1
    while at < len(record):
        left = len(record) - at
        length = int.from_bytes(record[at : at + 2]) or left
        if not 3 <= length <= left:  # noqa: PLR2004 - two of length, one of identifier
            raise _reject(at, f"structured field of {length} bytes in {left}")
        fields.append((at, record[at + 2 : at + length]))
        at += length
    return fields


def _reject(offset: int, problem: str) -> DataStreamError:
    return DataStreamError(offset, problem, COMMAND_REJECT)


def _need(field: bytes, count: int, name: str) -> None:
    if len(field) < count:
        raise _reject(0, f"{name} is cut short: {len(field)} of {count} bytes")


def _base_partition(field: bytes, name: str) -> None:
    if field[1]:
        raise _reject(1, f"{name} for partition {field[1]}; there is only partition 0")


def _read_partition(display: Display3270, field: bytes, device: Device3270) -> bytes:
    _need(field, 3, "Read Partition")
    kind = field[2]
    if kind in (_QUERY, _QUERY_LIST):
        if field[1] != _ANY_PARTITION:
            raise _reject(1, f"query of partition {field[1]}")
        wanted = tuple(query.REPLIES) if kind == _QUERY else _query_list(field)
        return bytes((AID_STRUCTURED,)) + query.replies(device, wanted)
    read = _READS.get(kind)
    if read is None:
        raise _reject(2, f"X'{kind:02X}' is not a kind of Read Partition")
    _base_partition(field, "Read Partition")
    return read(display)


def _query_list(field: bytes) -> tuple[int, ...]:
    _need(field, 4, "Query List")
    if field[3] == _LIST:
        return tuple(field[4:])
    if field[3] in (_EQUIVALENT, _ALL):
        return tuple(query.REPLIES)
    raise _reject(3, f"X'{field[3]:02X}' is not a kind of Query List")


_READS: Final[Mapping[int, Callable[[Display3270], bytes]]] = {
    0xF2: lambda display: read_buffer(display, AID_READ_PARTITION),
    0xF6: lambda display: read_modified(display, AID_READ_PARTITION),
    0x6E: lambda display: read_modified(display, AID_READ_PARTITION, everything=True),
}


def _erase_reset(display: Display3270, field: bytes, _: Device3270) -> bytes:
    if len(field) != 2 or field[1] not in (0x00, 0x80):  # noqa: PLR2004 - identifier and flag
        raise _reject(0, "Erase/Reset is neither default nor alternate")
    display.erase(display.alternate if field[1] else display.default)
    display.written = True
    display.version += 1
    return b""


def _set_reply_mode(display: Display3270, field: bytes, _: Device3270) -> bytes:
    _need(field, 3, "Set Reply Mode")
    _base_partition(field, "Set Reply Mode")
    if field[2] > CHARACTER_MODE:
        raise _reject(2, f"X'{field[2]:02X}' is not a reply mode")
    display.reply_mode = field[2]
    display.reply_types = field[3:] if field[2] == CHARACTER_MODE else b""
    return b""


def _create_partition(display: Display3270, field: bytes, _: Device3270) -> bytes:
    """Partition 0 is there; making it anew homes the cursor."""
    if len(field) > 1:
        _base_partition(field, "Create Partition")
    display.cursor = display.buffer_address = 0
    display.version += 1
    return b""


def _outbound(display: Display3270, field: bytes, _: Device3270) -> bytes:
    _need(field, 3, "Outbound 3270DS")
    _base_partition(field, "Outbound 3270DS")
    write_in_field = _WRITES.get(field[2])
    if write_in_field is None:
        raise _reject(2, f"X'{field[2]:02X}' in Outbound 3270DS")
    write_in_field(display, field[2:])
    return b""


def _same_size(display: Display3270, data: bytes) -> None:
    """EW and EWA inside a structured field erase at the size the screen has (as s3270)."""
    size = (display.buffer.rows, display.buffer.columns)
    if len(data) > 1:
        write(display, data, size)
    else:
        display.erase(size)
        display.written = True
        display.version += 1


def _plain(display: Display3270, data: bytes) -> None:
    if len(data) > 1:
        write(display, data)


def _unprotected(display: Display3270, _: bytes) -> None:
    display.erase_unprotected()
    display.unlock()
    display.version += 1


_WRITES: Final[Mapping[int, Callable[[Display3270, bytes], None]]] = {
    0xF1: _plain,
    0xF5: _same_size,
    0x7E: _same_size,
    0x6F: _unprotected,
}
HANDLERS: Final[Mapping[int, Handler]] = {
    READ_PARTITION: _read_partition,
    ERASE_RESET: _erase_reset,
    SET_REPLY_MODE: _set_reply_mode,
    CREATE_PARTITION: _create_partition,
    OUTBOUND_3270DS: _outbound,
}
