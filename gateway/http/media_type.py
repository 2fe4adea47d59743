"""Media types and lists in header fields, read with regard to quotes.

Law (tests/gateway/http/test_media_type.py): what is in a quoted-string is one value, whatever
separators it holds (RFC 9110, 5.6.4 and 5.6.6). Every header field with parameters is read here.
"""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

from verdigris.errors import BadRequest


_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_PARAMETER: Final = re.compile(
    rf"\s*(?P<name>[^;=\s\"]+)\s*(?:=\s*(?P<value>{_QUOTED}|\".*|[^;]*))?\s*", re.DOTALL
)
_PIECE: Final = {
    separator: re.compile(rf'(?:{_QUOTED}|".*\Z|[^"{separator}])*', re.DOTALL) for separator in ",;"
}
"""Text up to the next separator outside quotes; an open quotation mark goes to the end."""

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


class MediaType(Struct, frozen=True):
    """A media type.

    Attributes:
        essence: type and subtype in lower case, such as "text/xml"; "" if there is none.
        parameters: values by name in lower case, without quotes.
    """

    essence: str
    parameters: dict[str, str]


@lru_cache(256)
def media_type_of(text: str) -> MediaType:
    """The media type that a header field, or an element of a list, states.

    A parameter without "=" has the value "".

    Raises:
        BadRequest: it states a parameter twice, with different values.
    """
    essence, *rest = _pieces(text, ";")
    parameters: dict[str, str] = {}
    for piece in rest:
        found = _PARAMETER.match(piece)
        if found is None:
            continue
        name, value = found["name"].lower(), _unquoted((found["value"] or "").strip())
        if parameters.setdefault(name, value) != value:
            raise BadRequest(problem=f"a media type states the parameter {name[:40]} twice")
    return MediaType(essence.strip().lower(), parameters)


def elements_of(text: str) -> list[str]:
    """The elements of a list in a header field, separated by commas outside quotes (RFC 9110, 5.6.1)."""
    return [element for piece in _pieces(text, ",") if (element := piece.strip())]


def _pieces(text: str, separator: str) -> list[str]:
    if separator not in text:
        return [text]
    if '"' not in text:
        return text.split(separator)
    pieces = []
    at = 0
    while at <= len(text):
        found = _PIECE[separator].match(text, at)
        end = found.end() if found else len(text)
        pieces.append(text[at:end])
        at = end + 1
    return pieces


def _unquoted(value: str) -> str:
    """The value of a token or quoted-string; apostrophes around it are dropped, as some clients send."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return _ESCAPE.sub(r"\1", value[1:-1])
    return value.strip("\"'")
