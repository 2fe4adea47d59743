"""Writer of REST replies: a result as JSON, CSV or JSON lines, piece by piece.

A value is written as the contract types it, as in SOAP; what does not fit is an error and never
sent. The first piece is made before anything is sent, so that a small reply is complete or an error.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

import msgspec

from gateway.call import Result, column_positions
from verdigris.metadata import Column, ColumnType, Value
from verdigris.wire import Rows
from wsdl import Operation, lexical
from wsdl.openapi import SQL


Form = Literal["json", "csv", "csv-safe", "lines"]
"""`csv-safe` puts an apostrophe before a text that a spreadsheet would take for a formula."""

MIN_PIECE: Final = 64 * 1024
"""Bytes of a piece, or a little more: what the buffer of a connection takes at once."""

ROWS_AT_ONCE: Final = 64
"""Rows encoded before the size of the piece is looked at again."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet calculate (OWASP, CSV injection)."""

MEDIA: Final[dict[Form, str]] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "csv-safe": "text/csv; charset=utf-8; header=present",
    "lines": "application/x-ndjson",
}


def pieces_of(
    operation: Operation | None, name: str, form: Form, result: Result
) -> Iterator[bytes]:
    """The pieces of a reply.

    Args:
        operation: the procedure; None for an operation that every service has.
        name: of the operation in REST.
        form: to be written; only rows have another form than JSON.
        result: of the call.

    Raises:
        TypeError, ValueError: the result does not fit the contract; while iterating.
    """
    if operation is None and name != SQL:
        yield msgspec.json.encode(_own(name, result))
        return
    rows = _rows(result)
    if form == "json" and (not rows.columns if operation is None else not operation.returns_rows):
        yield msgspec.json.encode({"affected": int(rows.affected)})
        return
    if operation is None:
        rows = rows if rows.columns else Rows((("affected", "integer"),), [[int(rows.affected)]])
        outputs = tuple(Column(name=column, type=kind) for column, kind in rows.columns)
    else:
        outputs = operation.outputs
    writer = {"json": _json, "lines": _lines, "csv": _csv, "csv-safe": _csv_safe}[form]
    yield from _pieces(writer(outputs, rows))


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= MIN_PIECE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _rows(result: Result) -> Rows:
    if not isinstance(result, Rows):
        raise TypeError(f"a {type(result).__name__} where rows are expected")
    return result


def _own(name: str, result: Result) -> dict[str, Any]:
    if name == "getModelVariables":
        if not isinstance(result, dict):
            raise TypeError(f"a {type(result).__name__} where variables are expected")
        shown = {name: lexical("text", text) for name, text in result.items() if text is not None}
        return {"modelVariables": shown}
    if name == "processString":
        return {"result": lexical("text", result if isinstance(result, str) else None)}
    if name == "rsResourceCreate":
        return {"SessionID": lexical("text", result if isinstance(result, str) else None)}
    return {}


def _value(kind: ColumnType, value: Value) -> Value:
    """The value as JSON has it: text for everything but whole numbers and booleans."""
    if value is None:
        return None
    text = lexical(kind, value)
    return value if kind in {"integer", "boolean"} else text


def _batches(outputs: Sequence[Column], rows: Rows) -> Iterator[list[dict[str, Value]]]:
    columns = [(column.name, column.type, at) for column, at in column_positions(outputs, rows)]
    for start in range(0, len(rows.rows), ROWS_AT_ONCE):
        yield [
            {name: _value(kind, row[at]) for name, kind, at in columns}
            for row in rows.rows[start : start + ROWS_AT_ONCE]
        ]


def _json(outputs: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    yield b'{"rows":['
    comma = b""
    for batch in _batches(outputs, rows):
        yield comma + msgspec.json.encode(batch)[1:-1]
        comma = b","
    yield b"]}"


def _lines(outputs: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    for batch in _batches(outputs, rows):
        yield msgspec.json.Encoder().encode_lines(batch)


def _csv(outputs: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    return _table(outputs, rows, lambda text: text)


def _csv_safe(outputs: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    return _table(outputs, rows, lambda text: f"'{text}" if text.startswith(FORMULA) else text)


def _table(outputs: Sequence[Column], rows: Rows, shown: Callable[[str], str]) -> Iterator[bytes]:
    """CSV (RFC 4180): a line of names; texts in quotes, so that an empty one is not "no value"."""
    columns = [(column.type, at) for column, at in column_positions(outputs, rows)]
    out = io.StringIO()
    csv.writer(out).writerow([column.name for column in outputs])
    yield out.getvalue().encode()
    for start in range(0, len(rows.rows), ROWS_AT_ONCE):
        part = rows.rows[start : start + ROWS_AT_ONCE]
        yield "".join(
            ",".join(_cell(kind, row[at], shown) for kind, at in columns) + "\r\n" for row in part
        ).encode()


def _cell(kind: ColumnType, value: Value, shown: Callable[[str], str]) -> str:
    if value is None:
        return ""
    text = lexical(kind, value)
    if kind != "text":
        return text
    return '"' + shown(text).replace('"', '""') + '"'
