"""Content negotiation: the media types a client sends and accepts, by quality (RFC 9110, 12.5.1)."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from gateway.http.body import decompressed
from gateway.http.media_type import elements_of, media_type_of
from gateway.http.target import printable
from gateway.rest.writing import Form
from verdigris.errors import NotAcceptable, UnsupportedMedia, UnsupportedWrapping


FORMS: Final[tuple[tuple[str, Form], ...]] = (
    ("application/json", "json"),
    ("text/csv", "csv"),
    ("application/x-ndjson", "lines"),
    ("application/jsonl", "lines"),
)
"""Media types of replies, the first preferred."""

MAX_NAME: Final = 80
"""Characters of a media type or coding that are repeated in an error."""

MAX_ACCEPT: Final = 1_000
"""Characters of an Accept header that are looked at; browsers send some 150."""

_QUALITY: Final = re.compile(r"(0(\.\d{0,3})?|1(\.0{0,3})?)\Z")


def body_in(data: bytes, content_type: str, coding: str, limit: int) -> bytes:
    """A body as it was before its Content-Encoding.

    Args:
        data: the body as it came.
        content_type: its header; JSON in UTF-8 is accepted.
        coding: its Content-Encoding; gzip and deflate are accepted.
        limit: bytes of the result at most.

    Raises:
        UnsupportedMedia: the header names something else.
        BadRequest: the header states a parameter twice.
        TooLarge, BadRequest: see `gateway.http.body.decompressed`.
    """
    media = media_type_of(content_type)
    charset = media.parameters.get("charset", "utf-8").lower()
    if media.essence != "application/json" or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMedia(
            kind=f"type {printable(content_type, MAX_NAME) or '(no Content-Type)'}"
        )
    try:
        return decompressed(data, coding, limit)
    except UnsupportedWrapping:
        raise UnsupportedMedia(kind=f"coding {printable(coding, MAX_NAME)}") from None


def form_of(accept: str, *, rows: bool) -> Form:
    """The form a client prefers.

    Args:
        accept: its Accept header, of which `MAX_ACCEPT` characters count; "" accepts everything.
        rows: whether the operation returns rows; without rows there is JSON only.

    Raises:
        NotAcceptable: it accepts none of ours.
        BadRequest: it states a parameter of a media type twice.
    """
    return _form_of(accept[:MAX_ACCEPT], rows)


@lru_cache(256)  # a client sends the same header with every request
def _form_of(accept: str, rows: bool) -> Form:  # noqa: FBT001 - part of the key of the cache
    offered = [(media, form) for media, form in FORMS if rows or form == "json"]
    best: tuple[float, Form] = (0.0, "json")
    wanted = list(_ranges(accept or "*/*"))
    for media, form in offered:
        quality, parameters = _quality(wanted, media)
        if quality > best[0]:
            safe = form == "csv" and parameters.get("formulas", "") == "escaped"
            best = (quality, "csv-safe" if safe else form)
    if not best[0]:
        raise NotAcceptable(kinds=", ".join(media for media, _ in offered))
    return best[1]


def accepted(accept: str, offered: tuple[str, ...]) -> str:
    """The media type a client prefers among these; the first of those it likes equally.

    Raises:
        NotAcceptable: it accepts none of them.
        BadRequest: it states a parameter of a media type twice.
    """
    wanted = list(_ranges(accept[:MAX_ACCEPT] or "*/*"))
    best = max(offered, key=lambda media: _quality(wanted, media)[0])
    if not _quality(wanted, best)[0]:
        raise NotAcceptable(kinds=", ".join(offered))
    return best


_Range = tuple[str, dict[str, str], float]


def _ranges(accept: str) -> Iterable[_Range]:
    for element in elements_of(accept):
        media = media_type_of(element)
        quality = media.parameters.get("q", "1")
        if media.essence:
            weight = float(quality) if _QUALITY.match(quality) else 0.0
            yield media.essence, media.parameters, weight


def _quality(wanted: Iterable[_Range], media: str) -> tuple[float, dict[str, str]]:
    """The quality of the range that names the media type most exactly."""
    main = media.partition("/")[0]
    ranks = {media: 3, f"{main}/*": 2, "*/*": 1}
    found = max(
        ((ranks[kind], quality, parameters) for kind, parameters, quality in wanted if kind in ranks),
        key=lambda range_: range_[:2],
        default=(0, 0.0, {}),
    )  # fmt: skip
    return found[1], found[2]
