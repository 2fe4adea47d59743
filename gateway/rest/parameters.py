"""What an HTTP request says besides its body: environment, query, key, where it came from.

Law: pure readings of headers and URL; what is twice or no text is an error, never a guess.
"""

from typing import Final
from urllib.parse import parse_qsl

from gateway.http import Request
from gateway.problems import Problems
from gateway.rest.reading import HEADERS
from verdigris.cross_site import refuse_cross_site
from verdigris.errors import BadRequest
from wsdl.openapi import HEADER


MAX_KEY: Final = 128
"""Characters of an Idempotency-Key."""


def joined(request: Request, name: str) -> str:
    """A header as one text; several of a name are a list (RFC 9110, 5.3)."""
    values = request.getRawHeaders(name)
    return ", ".join(value.decode("latin-1") for value in values)


def environment(request: Request) -> dict[str, str]:
    """The settings that came as headers.

    Raises:
        Problems: one of them came twice, or is no UTF-8.
    """
    found: dict[str, str] = {}
    for header, setting in HEADERS.items():
        values = request.getRawHeaders(header.lower())
        if len(values) > 1:
            raise Problems.of(BadRequest(problem=f"header {HEADER}{setting} comes twice"))
        try:
            if values:
                found[setting] = values[0].decode().strip()
        except UnicodeDecodeError:
            raise Problems.of(BadRequest(problem=f"header {HEADER}{setting} is no UTF-8")) from None
    return found


def key_of(request: Request) -> str:
    """The Idempotency-Key, or "".

    Raises:
        Problems: it is none.
    """
    values = request.getRawHeaders("idempotency-key")
    if not values:
        return ""
    key = values[0].strip()
    if len(values) > 1 or not 0 < len(key) <= MAX_KEY or not all(33 <= c <= 126 for c in key):  # noqa: PLR2004 - printable ASCII
        raise Problems.of(
            BadRequest(problem=f"an Idempotency-Key is 1 to {MAX_KEY} printable characters")
        )
    return key.decode()


def _query(request: Request) -> bytes:
    return request.uri.partition(b"?")[2]


def words(request: Request) -> set[str]:
    """The names of a query, in lower case: `?JSON` is as good."""
    pairs = parse_qsl(_query(request).decode("latin-1")[:1_000], keep_blank_values=True)
    return {name.lower() for name, _ in pairs}


def pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of the query.

    Raises:
        Problems: they are no text.
    """
    try:
        return parse_qsl(_query(request).decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise Problems.of(BadRequest(problem="the query is no UTF-8, percent-encoded")) from None


def no_strange_pages(request: Request) -> None:
    """Refuse a request that a browser makes for a page of another site.

    The origin is not compared with the host: a proxy may have replaced the host.

    Raises:
        CrossSite: the page is of another site.
    """
    refuse_cross_site(fetch_site=joined(request, "sec-fetch-site"))
