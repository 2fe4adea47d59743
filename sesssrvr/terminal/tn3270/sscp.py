"""SSCP-LU data: the unformatted text a host sends before an application is bound.

There are no orders, only text and X'15' for a new line; those that hosts send all the same are
skipped. Input is what follows the host's last output. RFC 2355 section 10.5; 3174
Functional Description.
"""

from typing import Final

from sesssrvr.terminal.codepage import SPACE
from sesssrvr.terminal.tn3270 import orders
from sesssrvr.terminal.tn3270.buffer import PLAIN
from sesssrvr.terminal.tn3270.display import Display3270


NEWLINE: Final = 0x15
MAX_INPUT: Final = 255  # bytes an SSCP takes
_SKIPPED: Final = {orders.SBA: 3, orders.IC: 1, orders.GE: 1}


def write_sscp(display: Display3270, data: bytes) -> None:
    """Show text from the host, and free the keyboard."""
    buffer = display.buffer
    index = 0
    address = display.buffer_address
    while index < len(data):
        code = data[index]
        if code == NEWLINE:
            count = buffer.columns - address % buffer.columns
            address = buffer.put(address, bytes(count), PLAIN)
            index += 1
        elif code == orders.SF:
            address = buffer.put(address, bytes((SPACE,)), PLAIN)
            index += 2
        elif code in _SKIPPED:
            index += _SKIPPED[code]
        else:
            address = buffer.put(address, data[index : index + 1], PLAIN)
            index += 1
    display.buffer_address = display.cursor = display.sscp_start = address
    display.unlock()
    display.version += 1


def sscp_input(display: Display3270) -> bytes:
    """The input that Enter sends: characters from the end of the host's text to the end of the screen."""
    typed = display.buffer.characters[display.sscp_start :]
    display.buffer_address = display.cursor
    return bytes(typed.translate(None, b"\0"))[:MAX_INPUT]
