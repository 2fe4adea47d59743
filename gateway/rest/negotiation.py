"""What a client sends and what it accepts: media types and the quality of each (RFC 9110, 12.5.1)."""

import re
from collections.abc import Iterable
from typing import Final

from gateway.http.body import unpacked
from gateway.rest.writing import Form
from verdigris.errors import NotAcceptable, UnsupportedMedia, UnsupportedWrapping


FORMS: Final[tuple[tuple[str, Form], ...]] = (
    ("application/json", "json"),
    ("text/csv", "csv"),
    ("application/x-ndjson", "lines"),
    ("application/jsonl", "lines"),
)
"""What can be answered, the first preferred."""

_QUALITY: Final = re.compile(r"(0(\.\d{0,3})?|1(\.0{0,3})?)\Z")


def body_in(data: bytes, content_type: str, coding: str, limit: int) -> bytes:
    """A body as it was before its Content-Encoding.

    Args:
        data: as it came.
        content_type: its header; JSON in UTF-8 is read.
        coding: its header; gzip and deflate are taken off.
        limit: bytes of the result at most.

    Raises:
        UnsupportedMedia: it is something else.
        TooLarge, BadRequest: see `gateway.http.body.unpacked`.
    """
    kind, parameters = _media(content_type)
    charset = parameters.get("charset", "utf-8").lower()
    if kind != "application/json" or charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMedia(kind=f"type {_shown(content_type) or '(no Content-Type)'}")
    try:
        return unpacked(data, coding, limit)
    except UnsupportedWrapping:
        raise UnsupportedMedia(kind=f"coding {_shown(coding)}") from None


def form_of(accept: str, *, rows: bool) -> Form:
    """The form a client likes best.

    Args:
        accept: its header; "" accepts everything.
        rows: whether the operation returns rows; else there is JSON only.

    Raises:
        NotAcceptable: none.
    """
    offered = [it for it in FORMS if rows or it[1] == "json"]
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


_Range = tuple[str, dict[str, str], float]


def _ranges(accept: str) -> Iterable[_Range]:
    for part in accept[:1_000].split(","):
        kind, parameters = _media(part)
        said = parameters.pop("q", "1")
        if kind:
            yield kind, parameters, float(said) if _QUALITY.match(said) else 0.0


def _quality(wanted: Iterable[_Range], media: str) -> tuple[float, dict[str, str]]:
    """The quality of the range that names the media type most exactly."""
    main = media.partition("/")[0]
    ranks = {media: 3, f"{main}/*": 2, "*/*": 1}
    found = max(
        ((ranks[kind], quality, parameters) for kind, parameters, quality in wanted if kind in ranks),
        key=lambda it: it[:2],
        default=(0, 0.0, {}),
    )  # fmt: skip
    return found[1], found[2]


def _media(text: str) -> tuple[str, dict[str, str]]:
    kind, *rest = text.split(";")
    pairs = (part.partition("=") for part in rest)
    parameters = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    return kind.strip().lower(), parameters


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:80])
