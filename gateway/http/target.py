"""What a request's first line and its id say: path, query, SOAP versions asked for.

Law: what is shown of a request is short and one line; what is taken of it into logs and headers of
other parts is what a pattern allows.
"""

import re
from functools import lru_cache
from random import getrandbits
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes

from gateway.http import Request
from wsdl import SOAP11, SOAP12, SoapVersion


REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,63}\Z")
"""What is taken from an X-Request-Id header: it goes into logs and headers of other parts."""

MAX_QUERY: Final = 1_000
"""Characters of a query that are looked at; ours has 13."""


def request_id_of(request: Request) -> str:
    """The id the client gave its request, or a new one."""
    given = (request.getHeader("x-request-id") or "").strip()
    if given and REQUEST_ID.match(given):
        return given
    return f"{getrandbits(64):016x}"  # nothing is secret about it, and /dev/urandom takes its time


@lru_cache(256)
def parts_of(path: bytes) -> list[str]:
    """The steps of a path; not to be changed."""
    return [part for part in unquote_to_bytes(path).decode("utf-8", "replace").split("/") if part]


def path_of(request: Request) -> str:
    """The path of a request as text."""
    return unquote_to_bytes(request.path).decode("utf-8", "replace")


def shown(text: str | bytes) -> str:
    """A piece of a request line for people: short, one line."""
    plain = (text.decode("latin-1") if isinstance(text, bytes) else text)[:200]
    return plain if plain.isprintable() else "".join(c if c.isprintable() else "?" for c in plain)


def query_of(request: Request) -> dict[str, str]:
    """The query's names, in lower case: `?WSDL` is common; names without `=` count."""
    _, _, query = request.uri.partition(b"?")
    pairs = parse_qsl(query.decode("latin-1")[:MAX_QUERY], keep_blank_values=True)
    return {name.lower(): value for name, value in pairs}


def versions(asked: str) -> tuple[SoapVersion, ...]:
    """The SOAP versions a WSDL is asked for: by `?soap=`, or both."""
    if asked == "1.1":
        return (SOAP11,)
    return (SOAP12,) if asked == "1.2" else (SOAP11, SOAP12)
