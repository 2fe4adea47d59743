"""Bodies in gzip: taken apart within a bound, and made for clients that take them.

Law: a few bytes can claim gigabytes, so no more than the limit is ever unpacked, and one byte beyond
it is an error. A body that is cut short, or has something behind its end, is refused.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

from verdigris.errors import BadRequest, TooLarge, UnsupportedWrapping


SMALL: Final = 1_400
"""Bytes below which packing saves no packet on an Ethernet (MTU 1500)."""

_GZIP: Final = 31
_ZLIB: Final = 15
"""zlib's wbits for gzip (RFC 1952) and zlib (RFC 1950), the `deflate` of HTTP."""

_FORMATS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
_LEVEL: Final = 4
"""Of 1 to 9: half of level 6's time for a few per cent more bytes, on our XML."""

_GZIP_TAKEN: Final = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?P<q>[0-9.]+)\s*)?(?=,|$)", re.IGNORECASE
)


def unpacked(data: bytes, coding: str, limit: int) -> bytes:
    """A request's body as it was before its Content-Encoding.

    Args:
        data: as it came.
        coding: the header; "" and "identity" change nothing.
        limit: bytes of the result at most.

    Raises:
        UnsupportedWrapping: the coding is another one, or there are several.
        TooLarge: it is larger than the limit.
        BadRequest: it is not what the coding says.
    """
    name = coding.strip().lower()
    if name in ("", "identity"):
        return data
    if name not in _FORMATS:
        raise UnsupportedWrapping(what="A body in this Content-Encoding")
    machine = zlib.decompressobj(_FORMATS[name])
    try:
        found = machine.decompress(data, limit + 1)
    except zlib.error:
        raise BadRequest(problem=f"its body is no {name}") from None
    if len(found) > limit:
        raise TooLarge(limit=limit, unit="bytes, unpacked")
    if not machine.eof or machine.unused_data:
        raise BadRequest(problem=f"its body is no whole {name}")
    return found


def takes_gzip(accept: str) -> bool:
    """Whether an Accept-Encoding header names gzip with a weight above 0 (RFC 9110, 12.5.3)."""
    found = _GZIP_TAKEN.search(accept)
    if found is None:
        return False
    try:
        return float(found["q"] or 1) > 0
    except ValueError:
        return False


def packed(first: bytes, more: Iterator[bytes] | None = None) -> Iterator[bytes]:
    """The pieces of a body in gzip."""
    machine = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    yield machine.compress(first)
    for piece in more or ():
        yield machine.compress(piece)
    yield machine.flush()
