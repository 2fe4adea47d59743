"""Filter, order, page, columns and CSV of every list of the administration API.

Law (tests/mgmtsrvr/test_list_options.py): without a parameter a list is answered as it is. What a page
shows, its JSON and its CSV are one selection: they are made here, by the server, from the same parameters.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from mgmtsrvr.api.route import ApiReply, ApiRequest
from verdigris.errors import BadRequest


Row = dict[str, Any]

JSON: Final = "application/json"
FILTER: Final = "filter."
CSV: Final = "text/csv; charset=utf-8"
MOST: Final = 10_000
"""Rows of one page."""

OPTIONS: Final[Mapping[str, str]] = {
    "filter": "only rows in which some column contains this text, in either case",
    "sort": "columns by comma, `-` before one whose largest values come first",
    "offset": "rows to leave out at the beginning (0)",
    "limit": f"rows at most (all; {MOST})",
    "columns": "these columns only, by comma",
    "format": "json or csv",
}
"""Parameters that every list takes, beside `filter.COLUMN`: only rows whose column is one of these values, by comma."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of texts that spreadsheets take as formulas (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What of a list is wanted, and as what.

    Attributes:
        text: that some column contains.
        values: the values of a column that are wanted, by column.
        order: columns to sort by, each with whether the largest value comes first.
        columns: that are wanted; empty for all.
    """

    text: str = ""
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    order: tuple[tuple[str, bool], ...] = ()
    offset: int = 0
    limit: int = MOST
    columns: tuple[str, ...] = ()
    csv: bool = False

    def select(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that are wanted, in their order, before they are cut into pages."""
        found = [row for row in rows if self._wants(row)]
        for column, descending in reversed(self.order):
            found.sort(key=lambda row: _rank(row.get(column)), reverse=descending)
        return found

    def page(self, rows: Sequence[Row]) -> list[Row]:
        """The page of selected rows that is wanted, with its columns."""
        taken = rows[self.offset : self.offset + self.limit]
        if not self.columns:
            return list(taken)
        return [{name: row.get(name) for name in self.columns} for row in taken]

    def _wants(self, row: Row) -> bool:
        if any(_text(row.get(column)) not in values for column, values in self.values.items()):
            return False
        return not self.text or any(self.text in _text(it).casefold() for it in row.values())


def apply_options(request: ApiRequest, reply: ApiReply) -> ApiReply:
    """The reply with what the request wants of its list; another reply as it is.

    Raises:
        BadRequest: a parameter is not valid, or names a column that the list does not have.
    """
    if not _asked(request.query):
        return reply
    body = reply.body
    if (
        isinstance(body, bytes) and reply.media_type == JSON
    ):  # passed on from another management server
        body = msgspec.json.decode(body)
    if not isinstance(body, list):
        return reply
    rows: list[Row] = msgspec.to_builtins(body)
    options = list_options(request)
    _require_columns(options, rows)
    selected = options.select(rows)
    page = options.page(selected)
    headers = {**reply.headers, "X-Total-Count": str(len(selected))}
    if not options.csv:
        return ApiReply(page, reply.status, headers, reply.media_type)
    name = request.path.strip("/").replace("/", "-")
    headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}.csv"'
    return ApiReply(as_csv(page, options.columns), reply.status, headers, CSV)


def list_options(request: ApiRequest) -> ListOptions:
    """The options of a request's query.

    Raises:
        BadRequest: one is not valid.
    """
    query = request.query
    wanted = query.get("format", "json")
    if wanted not in {"json", "csv"}:
        raise BadRequest(problem=f"format has to be json or csv, not {wanted!r:.80}")
    limit = request.number("limit", MOST)
    if not 1 <= limit <= MOST:
        raise BadRequest(problem=f"limit has to be a number from 1 to {MOST}")
    values = {
        name.removeprefix(FILTER): frozenset(value.split(","))
        for name, value in query.items()
        if name.startswith(FILTER)
    }
    order = tuple((it.lstrip("-"), it.startswith("-")) for it in _names(query.get("sort", "")))
    return ListOptions(
        text=query.get("filter", "").casefold(),
        values=values,
        order=order,
        offset=request.number("offset", 0),
        limit=limit,
        columns=tuple(_names(query.get("columns", ""))),
        csv=wanted == "csv",
    )


def as_csv(rows: Sequence[Row], columns: Sequence[str] = ()) -> bytes:
    """Rows as CSV (RFC 4180) with a line of headings; no text of them is a formula."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode()


def _asked(query: Mapping[str, str]) -> bool:
    return any(name in OPTIONS or name.startswith(FILTER) for name in query)


def _names(value: str) -> list[str]:
    return [it for it in value.split(",") if it]


def _require_columns(options: ListOptions, rows: Sequence[Row]) -> None:
    """Refuse a column that no row has: a misspelt filter would show nothing, without a word."""
    known = {name for row in rows for name in row}
    named = (*options.values, *(name for name, _ in options.order), *options.columns)
    for name in named:
        if rows and name not in known:
            raise BadRequest(
                problem=f"this list has no column {name!r:.80}; it has {', '.join(sorted(known))}"
            )


def _rank(value: object) -> tuple[int, float, str]:
    """What a value is sorted by: nothing, then numbers, then texts."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, (int, float)):
        return (1, float(value), "")
    return (2, 0.0, _text(value).casefold())


def _text(value: object) -> str:
    """A value as people filter for it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(_text(it) for it in value)
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(it)}" for name, it in value.items())
    return str(value)


def _cell(value: object) -> str:
    text = _text(value)
    harmless = isinstance(value, (int, float)) or not text.startswith(FORMULA)
    return text if harmless else f"'{text}"


def _plain(name: str) -> str:
    return "".join(it if it.isalnum() or it in "-_." else "_" for it in name)
