"""HTTP responses and bodies: text, pages, documents, messages; whole or flowing, plain or in gzip.

Law: every response is finished here, once; a HEAD gets the headers of its GET and no body.
"""

from collections.abc import Iterator
from hashlib import sha256

from gateway.http import Request
from gateway.http.body import SMALL, packed, takes_gzip, unpacked
from gateway.http.streaming import Pouring
from gateway.security.authentication import CHALLENGE, asks_for_credentials
from gateway.web import pages
from verdigris.errors import UnsupportedWrapping, VerdigrisError


def send_refusal(request: Request, error: VerdigrisError) -> None:
    """An error in plain words, for requests that are not SOAP or not let in."""
    if asks_for_credentials(error):
        request.setHeader(b"www-authenticate", CHALLENGE)
    if "retry after" in error.details:
        request.setHeader(b"retry-after", str(error.details["retry after"]).encode())
    send_text(request, error.http, f"{error}\n{error.advice}\n")


def send_page(request: Request, text: str) -> None:
    """An HTML page that may load nothing from anywhere."""
    request.setHeader(b"content-type", b"text/html; charset=utf-8")
    request.setHeader(b"content-security-policy", pages.POLICY.encode())
    request.setHeader(b"x-content-type-options", b"nosniff")
    request.setHeader(b"cache-control", b"no-store")
    send_body(request, text.encode())


def send_document(request: Request, data: bytes) -> None:
    """A document, or 304 if the client has this one (RFC 9110, section 13.1.2)."""
    request.setHeader(b"content-type", b"text/xml; charset=utf-8")
    request.setHeader(b"cache-control", b"no-cache")
    tag = f'W/"{sha256(data).hexdigest()[:32]}"'  # weak: in gzip it is another sequence of bytes
    request.setHeader(b"etag", tag.encode())
    had = [one.strip() for one in (request.getHeader("if-none-match") or "").split(",")]
    if "*" in had or any(one.removeprefix("W/") == tag.removeprefix("W/") for one in had):
        request.setResponseCode(304)
        request.setHeader(b"vary", b"Accept-Encoding")
        request.finish()
        return
    send_body(request, data)


def send_text(request: Request, status: int, text: str) -> None:
    """Plain words."""
    request.setResponseCode(status)
    request.setHeader(b"content-type", b"text/plain; charset=utf-8")
    request.setHeader(b"x-content-type-options", b"nosniff")
    send_body(request, text.encode())


def send_body(request: Request, body: bytes, more: Iterator[bytes] | None = None) -> None:
    """Send a body, in gzip if that is taken and worth it; one with `more` as it is made."""
    if more is not None or len(body) > SMALL:
        request.setHeader(b"vary", b"Accept-Encoding")
        accepted = request.getHeader("accept-encoding")
        if accepted and takes_gzip(accepted):
            request.setHeader(b"content-encoding", b"gzip")
            body, more = (b"", packed(body, more)) if more else (b"".join(packed(body)), None)
    if more is None:
        request.answer(body)
    elif request.method == b"HEAD":
        request.finish()
    else:
        request.write(body)
        Pouring(request, more).start()


def body_of(request: Request, content_type: str, limit: int) -> bytes:
    """The message of a POST.

    Raises:
        UnsupportedWrapping: it has attachments, or an unknown Content-Encoding.
        TooLarge, BadRequest: see `gateway.http.body.unpacked`.
    """
    if content_type.strip().lower().startswith(("multipart/", "application/xop+xml")):
        raise UnsupportedWrapping(what="A message with attachments (MTOM, SwA)")
    coding = request.getHeader("content-encoding")
    return unpacked(request.body, coding, limit) if coding else request.body
