"""What the bytes of a recording are: a whole telnet connection, records without one, or plain text.

Law: pure functions of the bytes. Recordings of records lack the negotiation, with or without the
marks at their ends (RFC 885); a line of text is none, whatever its first letter
(`tests/hostemul/replay/test_framing.py`).
"""

import re
from collections.abc import Sequence
from typing import Final

from hostemul.protocol.telnet import EOR, IAC, Record, encode


_NEGOTIATION: Final = re.compile(rb"\xff[\xfa-\xfe]")
_END: Final = bytes((IAC, EOR))
_ESCAPE: Final = b"\x1b"
# RFC 1576 section 3, GA23-0059: Write, Erase/Write, Erase/Write Alternate, Write Structured Field in both
# codings; Erase All Unprotected and the reads, which stand alone.
_WRITES: Final = frozenset(b"\xf1\x01\xf5\x05\x7e\x0d\xf3\x11")
_ALONE: Final = frozenset(b"\x6f\x0f\xf2\x02\xf6\x06\x6e\x0e")
_OF_5250: Final = b"\x12\xa0"  # RFC 1205 section 3, the record type
# Letters, digits, blanks and line ends of ASCII; in EBCDIC most of these are rare.
_TEXT: Final = re.compile(rb"[\t\r\n 0-9A-Za-z]")
_MOSTLY: Final = 0.6


def is_connection(sent: Sequence[bytes], heard: Sequence[bytes]) -> bool:
    """Whether a recording is a connection as it was, negotiation included, or not of a block terminal.

    Args:
        sent: by the host.
        heard: from the terminal, as far as it is known.
    """
    whole = b"".join(sent)
    if any(map(_NEGOTIATION.search, (whole, *heard))):
        return True
    if _END in whole:
        return False
    return _ESCAPE in whole or is_text(whole) or not all(map(_is_record, filter(None, sent)))


def is_text(data: bytes) -> bool:
    """Whether these bytes are lines for people."""
    plain = data.isascii() and all(one >= 0x20 or one in b"\t\r\n" for one in data)  # noqa: PLR2004
    return plain or len(_TEXT.findall(data)) >= _MOSTLY * len(data)


def is_5250(sent: Sequence[bytes]) -> bool:
    """Whether the records are those of a 5250."""
    return any(one[2:4] == _OF_5250 for one in sent)


def marked(data: bytes, *, ends: bool) -> bytes:
    """The bytes of a recording of records as they go over a connection.

    Args:
        data: as recorded.
        ends: the recording has the marks at the ends of records, and doubles X'FF' inside them.
    """
    return data if ends or not data else encode(Record(data))


def has_ends(sent: Sequence[bytes]) -> bool:
    """Whether the ends of records are marked."""
    return _END in b"".join(sent)


def _is_record(data: bytes) -> bool:
    alone = len(data) == 1 and data[0] in _ALONE
    return alone or data[0] in _WRITES or data[2:4] == _OF_5250
