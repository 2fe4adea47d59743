"""HTTP responses: texts, pages, documents and replies; whole or streamed, plain or in gzip.

Every response is finished here, once; a HEAD request gets the headers of its GET and no body.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from msgspec import Struct

from gateway.http.body import MIN_COMPRESSED, BodyStreamer, accepts_gzip, compressed
from gateway.http.media_type import elements_of
from gateway.http.request import Request
from gateway.problems import Problems
from verdigris.errors import VerdigrisError


Headers = tuple[tuple[str, str], ...]

BASIC: Final = 'Basic realm="Verdigris", charset="UTF-8"'
CHALLENGES: Final = {
    "basic": BASIC,
    "bearer too": f'{BASIC}, Bearer realm="Verdigris"',
    "bearer": 'Bearer realm="Verdigris", error="invalid_token"',
}
"""The WWW-Authenticate header by the `challenge` of an error (RFC 7617; RFC 6750, section 3)."""

UNCACHED: Final[Headers] = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
"""Headers of what belongs to one client and one moment."""


class Reply(Struct, frozen=True):
    """The reply of an endpoint.

    Attributes:
        status: of HTTP.
        content_type: of the body.
        body: the whole message, or its beginning.
        problems: what went wrong; None if nothing did.
        headers: further headers, names in lower case.
        more: what follows the body, piece by piece; None if nothing follows.
    """

    status: int
    content_type: str
    body: bytes
    problems: Problems | None = None
    headers: Headers = ()
    more: Iterator[bytes] | None = None

    def __repr__(self) -> str:
        return f"<Reply {self.status} [{len(self.body)} bytes]>"


def error_headers(error: VerdigrisError) -> Headers:
    """The headers of a reply that reports an error: who has to sign on, and when to come again."""
    found: Headers = ()
    if (challenge := CHALLENGES.get(str(error.details.get("challenge", "")))) is not None:
        found += (("www-authenticate", challenge),)
    if "retry after" in error.details:
        found += (("retry-after", str(error.details["retry after"])),)
    return found


def send_reply(request: Request, reply: Reply) -> None:
    """Send the reply of an endpoint."""
    request.code = reply.status
    request.response[b"content-type"] = reply.content_type.encode()
    for name, value in reply.headers:
        request.setHeader(name.encode(), value.encode())
    send_body(request, reply.body, reply.more)


def send_error(request: Request, error: VerdigrisError) -> None:
    """Send an error in plain text, to clients that speak neither SOAP nor REST."""
    for name, value in error_headers(error):
        request.setHeader(name.encode(), value.encode())
    send_text(request, error.http, f"{error}\n{error.next_step}\n")


def send_page(request: Request, text: str, policy: str) -> None:
    """Send an HTML page.

    Args:
        request: for the page.
        text: of the page.
        policy: its Content-Security-Policy: what it may load.
    """
    request.setHeader(b"content-type", b"text/html; charset=utf-8")
    request.setHeader(b"content-security-policy", policy.encode())
    request.setHeader(b"x-content-type-options", b"nosniff")
    request.setHeader(b"cache-control", b"no-store")
    send_body(request, text.encode())


def send_document(request: Request, data: bytes) -> None:
    """Send an XML document, or 304 if the client has this one (RFC 9110, section 13.1.2)."""
    request.setHeader(b"content-type", b"text/xml; charset=utf-8")
    request.setHeader(b"cache-control", b"no-cache")
    tag = f'W/"{sha256(data).hexdigest()[:32]}"'  # weak: in gzip it is another sequence of bytes
    request.setHeader(b"etag", tag.encode())
    known = elements_of(request.joined("if-none-match"))
    if "*" in known or any(one.removeprefix("W/") == tag.removeprefix("W/") for one in known):
        request.setResponseCode(304)
        request.setHeader(b"vary", b"Accept-Encoding")
        request.finish()
        return
    send_body(request, data)


def send_text(request: Request, status: int, text: str) -> None:
    """Send plain text."""
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"text/plain; charset=utf-8")
    request.setHeader(b"x-content-type-options", b"nosniff")
    send_body(request, text.encode())


def send_body(request: Request, body: bytes, more: Iterator[bytes] | None = None) -> None:
    """Send a body, in gzip if the client takes it and it is worth it.

    Args:
        request: to be answered; its response headers are set.
        body: the whole body, or its beginning.
        more: the rest, which is streamed as it is made.
    """
    if more is not None or len(body) > MIN_COMPRESSED:
        request.setHeader(b"vary", b"Accept-Encoding")
        accepted = request.getHeader("accept-encoding")
        if accepted and accepts_gzip(accepted):
            request.setHeader(b"content-encoding", b"gzip")
            if more is None:
                body = b"".join(compressed(body))
            else:
                body, more = b"", compressed(body, more)
    if more is None:
        request.answer(body)
    elif request.method == b"HEAD":
        request.finish()
    else:
        request.write(body)
        BodyStreamer(request, more).start()
