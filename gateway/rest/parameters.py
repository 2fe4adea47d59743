"""Parameters of a REST request besides its body: environment headers, query, Idempotency-Key.

A parameter that comes twice or is not text is an error and never guessed.
"""

from typing import Final
from urllib.parse import parse_qsl

from gateway.http import Request
from gateway.problems import Problems
from gateway.rest.reading import HEADERS
from verdigris.errors import BadRequest
from wsdl.openapi import HEADER


MAX_KEY: Final = 128
"""Characters of an Idempotency-Key."""


def environment_headers(request: Request) -> dict[str, str]:
    """The settings of the environment that came as headers.

    Raises:
        Problems: one of them came twice, or is not UTF-8.
    """
    found: dict[str, str] = {}
    if HEADERS.keys().isdisjoint(request.headers):
        return found
    for header, setting in HEADERS.items():
        values = request.getRawHeaders(header)
        if len(values) > 1:
            raise Problems.of(BadRequest(problem=f"header {HEADER}{setting} comes twice"))
        try:
            if values:
                found[setting] = values[0].decode().strip()
        except UnicodeDecodeError:
            raise Problems.of(
                BadRequest(problem=f"header {HEADER}{setting} is not UTF-8")
            ) from None
    return found


def key_of(request: Request) -> str:
    """The Idempotency-Key, or "".

    Raises:
        Problems: the header is not a key.
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


def pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of the query.

    Raises:
        Problems: they are not text.
    """
    try:
        return parse_qsl(
            request.uri.partition(b"?")[2].decode("ascii"), keep_blank_values=True, errors="strict"
        )
    except UnicodeError:
        raise Problems.of(BadRequest(problem="the query is not percent-encoded UTF-8")) from None
