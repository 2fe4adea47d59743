"""Commands of the 3270 data stream, as a table: what one record from the host does.

Law: a record is checked whole, then obeyed. One that is not valid raises `DataStreamError` and
changes nothing, except that a Write whose orders are bad still restores the keyboard if its WCC
says so, as s3270 does: the host has given the turn away. Both sets of command codes are taken
(channel and SNA). GA23-0059, chapter "Commands".
Tested in `tests/sesssrvr/terminal/tn3270/test_orders.py`.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sesssrvr.terminal.faults import COMMAND_REJECT, DataStreamError
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.inbound import read_buffer, read_modified
from sesssrvr.terminal.tn3270.query import Device3270
from sesssrvr.terminal.tn3270.structured_fields import write_structured_fields
from sesssrvr.terminal.tn3270.write import write


Command: TypeAlias = Callable[[Display3270, bytes, Device3270], bytes]
"""Obeys a record; what goes back to the host, or nothing."""


def _write(display: Display3270, record: bytes, _: Device3270) -> bytes:
    write(display, record)
    return b""


def _erase_write(display: Display3270, record: bytes, _: Device3270) -> bytes:
    write(display, record, display.default)
    return b""


def _erase_write_alternate(display: Display3270, record: bytes, _: Device3270) -> bytes:
    write(display, record, display.alternate)
    return b""


def _erase_all_unprotected(display: Display3270, _record: bytes, _: Device3270) -> bytes:
    display.erase_unprotected()
    display.unlock()
    display.version += 1
    return b""


def _read_buffer(display: Display3270, _record: bytes, _: Device3270) -> bytes:
    return read_buffer(display, display.aid)


def _read_modified(display: Display3270, _record: bytes, _: Device3270) -> bytes:
    return read_modified(display, display.aid)


def _read_modified_all(display: Display3270, _record: bytes, _: Device3270) -> bytes:
    return read_modified(display, display.aid, everything=True)


def _nothing(_display: Display3270, _record: bytes, _: Device3270) -> bytes:
    return b""


COMMANDS: Final[Mapping[int, Command]] = {
    0xF1: _write,
    0x01: _write,
    0xF5: _erase_write,
    0x05: _erase_write,
    0x7E: _erase_write_alternate,
    0x0D: _erase_write_alternate,
    0x6F: _erase_all_unprotected,
    0x0F: _erase_all_unprotected,
    0xF2: _read_buffer,
    0x02: _read_buffer,
    0xF6: _read_modified,
    0x06: _read_modified,
    0x6E: _read_modified_all,
    0x0E: _read_modified_all,
    0xF3: write_structured_fields,
    0x11: write_structured_fields,
    0x03: _nothing,
}


def obey(display: Display3270, record: bytes, device: Device3270) -> bytes:
    """Obey one record from the host.

    Returns:
        What goes back to the host; empty if nothing does.

    Raises:
        DataStreamError: the record is not valid.
    """
    if not record:
        return b""
    command = COMMANDS.get(record[0])
    if command is None:
        raise DataStreamError(0, f"X'{record[0]:02X}' is not a command", COMMAND_REJECT)
    return command(display, record, device)
