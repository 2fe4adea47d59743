"""Row writer: the rows of a response as XML, a column at a time.

Law: writes what `wsdl.lexical` and escaping would write for each value by itself, and refuses what
they refuse (tests/gateway/soap/codec/test_row_writer.py). Whether the values of a column need
escaping or conversion is asked once for all of them; only a column in which one does is written
value by value.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from gateway.call import column_positions
from verdigris.metadata import ColumnType, Value
from verdigris.wire import Rows
from wsdl import Operation, lexical


ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
"""Beside the three of XML: a carriage return would be read as a line feed (XML 1.0, 2.11)."""

_DECIMALS: Final = re.compile(r"(?:-?[0-9]+(?:\.[0-9]+)?\n)*\Z")

_Column = tuple[int, ColumnType, str, str, str]
"""Position in a row, type, opening tag, closing tag, element of an absent value."""


class RowWriter:
    """Writer of the rows of one operation.

    Args:
        operation: the operation; it returns rows.
        prefix: the namespace prefix of its elements with the colon, or "".
    """

    def __init__(self, operation: Operation, prefix: str) -> None:
        self._outputs = operation.outputs
        self._open, self._close = f"<{prefix}{operation.row}>", f"</{prefix}{operation.row}>"
        self._tags = {
            column.name: (
                f"<{prefix}{column.name}>",
                f"</{prefix}{column.name}>",
                f'<{prefix}{column.name} xsi:nil="true"/>',
            )
            for column in operation.outputs
        }
        cells = "".join(f"{opened}%s{closed}" for opened, closed, _ in self._tags.values())
        self._row = f"{self._open}{cells}{self._close}"
        self._last: tuple[object, list[_Column]] = (None, [])

    def __repr__(self) -> str:
        return f"<RowWriter {self._open}>"

    def columns(self, rows: Rows) -> list[_Column]:
        """The columns of the contract with their positions in these rows.

        Raises:
            ValueError: a column is missing.
        """
        known, found = self._last  # kept: session servers name the same columns again and again
        if known != rows.columns:
            found = [
                (position, column.type, *self._tags[column.name])
                for column, position in column_positions(self._outputs, rows)
            ]
            self._last = (rows.columns, found)
        return found

    def written(self, columns: list[_Column], rows: Sequence[Sequence[Value]]) -> str:
        """The rows as XML.

        Raises:
            ValueError: a value is not of the type of its column.
            IndexError: a row has no value for a column.
        """
        try:
            by_position = list(zip(*rows, strict=True))
        except ValueError:  # rows of different lengths: written one by one, up to the short one
            by_position = []
        if not (columns and by_position):
            return "".join([self._one(columns, values) for values in rows])
        texts = _all_plain(columns, by_position)
        if texts is not None:
            row = self._row
            return "".join([row % cells for cells in zip(*texts, strict=True)])
        return self._columnwise(columns, by_position)

    def _columnwise(self, columns: list[_Column], by_position: list[tuple[Value, ...]]) -> str:
        """The same where the values of some columns have to be written one by one."""
        slots = [self._open]
        texts: list[Sequence[object]] = []
        for position, kind, opened, closed, nil in columns:
            values = by_position[position]
            plain = _plain(kind, values)
            if plain is None:
                slots.append("%s")
                texts.append([_element(kind, value, opened, closed, nil) for value in values])
            else:
                slots += (opened, "%s", closed)
                texts.append(plain)
        slots.append(self._close)
        template = "".join(slots)
        return "".join([template % cells for cells in zip(*texts, strict=True)])

    def _one(self, columns: list[_Column], values: Sequence[Value]) -> str:
        cells = [
            _element(kind, values[position], opened, closed, nil)
            for position, kind, opened, closed, nil in columns
        ]
        return f"{self._open}{''.join(cells)}{self._close}"


def _all_plain(columns: list[_Column], by_position: list[tuple[Any, ...]]) -> list[Any] | None:
    """For every column the values `str` turns into the right texts; None if one needs escaping."""
    texts: list[Any] = []
    words: list[str] = []
    for position, kind, _, _, _ in columns:
        values = by_position[position]
        if kind == "text":
            words += values
            texts.append(values)
            continue
        plain = _plain(kind, values)
        if plain is None:
            return None
        texts.append(plain)
    try:
        return texts if _needs_no_escape("".join(words)) else None
    except TypeError:  # one of them is not a text
        return None


def text_of(kind: ColumnType, value: Value) -> str:
    """A value as the content of an element.

    Raises:
        ValueError: it is not of the type.
    """
    text = lexical(kind, value)
    return text.translate(ESCAPES) if kind == "text" else text


def _element(kind: ColumnType, value: Value, opened: str, closed: str, nil: str) -> str:
    return nil if value is None else f"{opened}{text_of(kind, value)}{closed}"


def _needs_no_escape(text: str) -> bool:
    """Whether XML takes the text as it is: printable characters are never control characters."""
    return text.isprintable() and not ("&" in text or "<" in text or ">" in text)


def _plain(kind: ColumnType, values: tuple[Any, ...]) -> Sequence[object] | None:
    """The values of a column if `str` turns each into the right text; None if not."""
    types = set(map(type, values))
    if kind == "integer":
        return values if types == {int} else None
    if kind == "boolean":
        return ["true" if value else "false" for value in values] if types == {bool} else None
    if types != {str}:
        return None
    if kind == "text":
        return values if _needs_no_escape("".join(values)) else None
    if kind == "decimal":
        joined = "\n".join(values)
        alone = joined.count("\n") == len(values) - 1
        return values if alone and _DECIMALS.match(joined + "\n") else None
    return None
