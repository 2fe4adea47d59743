"""Bodies: content codings of requests and responses, and responses that are streamed.

A few bytes of gzip can claim gigabytes, so a request is never decompressed beyond the limit, and one
byte more than the limit is an error. A request body that is cut short, or followed by other bytes,
is refused.

A streamed response has one piece waiting for the connection at a time, whatever its size. A piece
that cannot be made ends the connection before the end of the body, so that no client takes the body
for complete.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from zope.interface import implementer

from gateway.http.request import Request
from verdigris.errors import BadRequest, TooLarge, UnsupportedWrapping


log = Logger()

MIN_COMPRESSED: Final = 1_400
"""Bytes below which compression saves no packet on an Ethernet (MTU 1500)."""

_GZIP: Final = 31
_ZLIB: Final = 15
"""zlib's wbits for gzip (RFC 1952) and zlib (RFC 1950), the `deflate` of HTTP."""

_FORMATS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
_LEVEL: Final = 4
"""Compression level, of 1 to 9: half of level 6's time for a few per cent more bytes, on our XML."""

_GZIP_ACCEPTED: Final = re.compile(
    r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?P<q>[0-9.]+)\s*)?(?=,|$)", re.IGNORECASE
)


def decompressed(data: bytes, coding: str, limit: int) -> bytes:
    """The body of a request as it was before its Content-Encoding.

    Args:
        data: the body as it came.
        coding: the Content-Encoding header; "" and "identity" change nothing.
        limit: bytes of the result at most.

    Raises:
        UnsupportedWrapping: the coding is unknown, or there are several.
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
        raise BadRequest(problem=f"its body is not in {name}") from None
    if len(found) > limit:
        raise TooLarge(limit=limit, unit="bytes, decompressed")
    if not machine.eof or machine.unused_data:
        raise BadRequest(problem=f"its body is not one complete {name} stream")
    return found


def accepts_gzip(accept: str) -> bool:
    """Whether an Accept-Encoding header names gzip with a weight above 0 (RFC 9110, 12.5.3)."""
    found = _GZIP_ACCEPTED.search(accept)
    if found is None:
        return False
    try:
        return float(found["q"] or 1) > 0
    except ValueError:
        return False


def compressed(first: bytes, more: Iterator[bytes] | None = None) -> Iterator[bytes]:
    """The pieces of a body in gzip.

    Args:
        first: the whole body, or its beginning.
        more: the rest, if there is more.
    """
    machine = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    yield machine.compress(first)
    for piece in more or ():
        yield machine.compress(piece)
    yield machine.flush()


def body_of(request: Request, content_type: str, limit: int) -> bytes:
    """The message of a POST without its content coding.

    Args:
        request: the POST.
        content_type: its header.
        limit: bytes of the message at most.

    Raises:
        UnsupportedWrapping: it has attachments, or an unknown Content-Encoding.
        TooLarge, BadRequest: see `decompressed`.
    """
    if content_type.strip().lower().startswith(("multipart/", "application/xop+xml")):
        raise UnsupportedWrapping(what="A message with attachments (MTOM, SwA)")
    coding = request.joined("content-encoding")
    return decompressed(request.body, coding, limit) if coding else request.body


@implementer(IPushProducer)
class BodyStreamer:
    """Producer of the body of a response, in pieces as fast as the client takes them.

    Args:
        request: its response headers are set, without Content-Length unless the pieces add up to it.
        pieces: of the body.
    """

    def __init__(self, request: Request, pieces: Iterator[bytes]) -> None:
        self._request = request
        self._pieces = pieces
        self._paused = False
        self._over = False

    def __repr__(self) -> str:
        return (
            f"<BodyStreamer [{'over' if self._over else 'paused' if self._paused else 'running'}]>"
        )

    def start(self) -> None:
        """Begin; the response is finished after the last piece."""
        self._request.registerProducer(self)
        if not self._paused:
            self.resumeProducing()

    def pauseProducing(self) -> None:
        """Pause: the buffer of the connection is full."""
        self._paused = True

    def resumeProducing(self) -> None:
        """Go on: the connection takes more."""
        self._paused = False
        while not (self._paused or self._over):
            self._piece()

    def stopProducing(self) -> None:
        """Stop: the client went away."""
        self._over = True

    def _piece(self) -> None:
        try:
            piece = next(self._pieces, None)
        except Exception:  # noqa: BLE001 - whatever it is, the client must not take the body for complete
            log.failure("a body could not be finished")
            self._end()
            self._request.loseConnection()
            return
        if piece is None:
            self._end()
            self._request.finish()
        elif piece:
            self._request.write(piece)

    def _end(self) -> None:
        self._over = True
        self._request.unregisterProducer()
