"""Request targets: path and query of a request, as text; and the id of the request.

What is shown of a request is short and one line. What is taken from it into logs and into headers
for other parts matches a pattern.
"""

import re
from functools import lru_cache
from random import getrandbits
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from gateway.http.request import Request
from verdigris.errors import BadRequest


REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}\Z")
"""Request ids that are accepted from clients: they go into logs and into headers for other parts."""

SINGLE: Final = ("authorization", "content-type")
"""Headers of one value that decide how a request is read, and as whose."""

MAX_QUERY: Final = 1_000
"""Characters of a query that are looked at for parameter names; the longest of ours has 13."""

MAX_SHOWN: Final = 200
"""Characters of a name or path that are repeated in errors, logs and pages."""


def request_id_of(request: Request) -> str:
    """The id the client gave its request (header X-Request-Id), or a new one."""
    given = request.getHeader("x-request-id")
    if given and REQUEST_ID.match(given.strip()):
        return given.strip()
    return f"{getrandbits(64):016x}"  # not a secret, and /dev/urandom takes its time


@lru_cache(256)
def parts_of(path: bytes) -> tuple[str, ...]:
    """The segments of a path, decoded; empty ones are left out."""
    text = unquote_to_bytes(path).decode("utf-8", "replace")
    return tuple(part for part in text.split("/") if part)


def path_of(request: Request) -> str:
    """The path of a request, decoded and fit to be shown."""
    return printable(unquote_to_bytes(request.path).decode("utf-8", "replace"))


def printable(text: str | bytes, limit: int = MAX_SHOWN) -> str:
    """Text of a client, fit to be shown: short, on one line, without control characters.

    Args:
        text: what the client sent.
        limit: characters at most.
    """
    cut = (text.decode("latin-1") if isinstance(text, bytes) else text)[:limit]
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "?" for c in cut)


def query_of(request: Request) -> dict[str, str]:
    """The parameters of the query, names in lower case: `?WSDL` is common, names without `=` too.

    Raises:
        BadRequest: one is stated twice, with different values.
    """
    _, _, query = request.uri.partition(b"?")
    found: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1")[:MAX_QUERY], keep_blank_values=True):
        if found.setdefault(name.lower(), value) != value:
            raise BadRequest(problem=f"parameter {printable(name, 80)} comes twice")
    return found


def refuse_conflicting(request: Request) -> None:
    """Refuse a header that has one value, stated twice with different ones (RFC 9110, 5.3).

    Raises:
        BadRequest: which of them counts would be a guess.
    """
    for name in SINGLE:
        if len(set(request.headers.get(name, ()))) > 1:
            raise BadRequest(problem=f"header {name.title()} comes twice, with different values")
