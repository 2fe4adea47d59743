"""The answers of a display to Read Modified, Read Modified All and Read Buffer.

Law: of extended attributes only those the reply mode asks for are sent; in character mode an SA
goes out at each change of a type the host has named, the one back to the default too. Nulls are
left out of Read Modified, never out of Read Buffer. GA23-0059, chapter "Inbound data".
Tested in `tests/sesssrvr/terminal/tn3270/test_inbound.py`.
"""

from typing import Final

from sesssrvr.terminal.tn3270 import orders
from sesssrvr.terminal.tn3270.addresses import GRAPHIC as GRAPHIC_CODES
from sesssrvr.terminal.tn3270.addresses import encode
from sesssrvr.terminal.tn3270.buffer import (
    BACKGROUND,
    CHARSET,
    FOREGROUND,
    GRAPHIC,
    HIGHLIGHT,
    MODIFIED,
)
from sesssrvr.terminal.tn3270.display import CHARACTER_MODE, FIELD_MODE, Display3270
from sesssrvr.terminal.tn3270.keys import AID_SELECT, SHORT_READ


# The order in which types are sent, with their planes (as s3270 does).
TYPES: Final = (
    (orders.COLOUR, FOREGROUND),
    (orders.BACKGROUND, BACKGROUND),
    (orders.HIGHLIGHT, HIGHLIGHT),
    (orders.CHARSET, CHARSET),
)
AID_TEST_REQUEST: Final = 0xF0
_TEST_REQUEST: Final = b"\x01\x6c\x61\x02"  # SOH % / STX (GA23-0059, "Test request read header")
_NULL: Final = b"\0"


class _SentAttributes:
    """The character attributes sent so far in one answer."""

    __slots__ = ("_display", "_types", "values")

    def __init__(self, display: Display3270) -> None:
        self._display = display
        asked = display.reply_types if display.reply_mode == CHARACTER_MODE else b""
        self._types = [(kind, plane) for kind, plane in TYPES if kind in asked]
        self.values = [0, 0, 0, 0]

    def plain(self) -> bool:
        """Whether characters go out alone, without SA or GE."""
        extended = self._display.buffer.extended
        return extended[CHARSET] is None and all(
            extended[plane] is None for _, plane in self._types
        )

    def cell(self, at: int) -> bytes:
        """The bytes of one character, with changed attributes before it."""
        buffer = self._display.buffer
        out = bytearray()
        for kind, index in self._types:
            plane = buffer.extended[index]
            value = plane[at] if plane is not None else 0
            if index == CHARSET and value == GRAPHIC:
                value = 0
            if value != self.values[index]:
                self.values[index] = value
                out += bytes((orders.SA, kind, value))
        sets = buffer.extended[CHARSET]
        if sets is not None and sets[at] == GRAPHIC:
            out.append(orders.GE)
        out.append(buffer.characters[at])
        return bytes(out)


def read_modified(display: Display3270, aid: int, *, everything: bool = False) -> bytes:
    """The answer to Read Modified, and what an attention key sends.

    Args:
        display: whose fields.
        aid: the key.
        everything: Read Modified All: CLEAR and PA keys answer in full too.
    """
    if aid in SHORT_READ and not everything:
        return bytes((aid,))
    buffer = display.buffer
    out = bytearray()
    if aid == AID_TEST_REQUEST:
        out += _TEST_REQUEST
    else:
        out.append(aid)
        out += encode(display.cursor, buffer.size)
    sent = _SentAttributes(display)
    if not buffer.starts:
        return bytes(out) + _characters(display, sent, ((0, buffer.size),))
    for start in buffer.starts:
        if buffer.attributes[start] & MODIFIED:
            out.append(orders.SBA)
            out += encode((start + 1) % buffer.size, buffer.size)
            if aid != AID_SELECT or everything:
                out += _characters(display, sent, buffer.field_spans(start))
    return bytes(out)


def read_buffer(display: Display3270, aid: int) -> bytes:
    """The answer to Read Buffer: every cell."""
    buffer = display.buffer
    out = bytearray((aid,)) + encode(display.cursor, buffer.size)
    sent = _SentAttributes(display)
    at = 0
    for start in (*buffer.starts, buffer.size):
        if sent.plain():
            out += buffer.characters[at:start]
        else:
            for place in range(at, start):
                out += sent.cell(place)
        if start < buffer.size:
            out += _field(display, start)
        at = start + 1
    return bytes(out)


def _characters(
    display: Display3270, sent: _SentAttributes, spans: tuple[tuple[int, int], ...]
) -> bytes:
    """The characters of these spans without nulls."""
    characters = display.buffer.characters
    if sent.plain():
        return b"".join(characters[begin:end].translate(None, _NULL) for begin, end in spans)
    return b"".join(
        sent.cell(at) for begin, end in spans for at in range(begin, end) if characters[at]
    )


def _field(display: Display3270, at: int) -> bytes:
    buffer = display.buffer
    attribute = GRAPHIC_CODES[buffer.attributes[at] & 0x3F]
    if display.reply_mode == FIELD_MODE:
        return bytes((orders.SF, attribute))
    style = buffer.style(at)
    pairs = [(orders.FIELD, attribute)]
    pairs += [(kind, style[index]) for kind, index in TYPES if style[index]]
    return bytes((orders.SFE, len(pairs))) + b"".join(bytes(pair) for pair in pairs)
