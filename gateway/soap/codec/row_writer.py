"""The rows of a reply as XML, a column at a time.

Law: writes what `wsdl.lexical` and escaping would write for each value by itself, and refuses what
they refuse. Whether a column's values need anything is asked once for all of them; only a column in
which one does is written value by value.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from gateway.soap.codec.protocol import placed
from verdigris.metadata import ColumnType, Value
from verdigris.wire import Rows
from wsdl import Operation, lexical


ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
"""Beside the three of XML: a carriage return would be read as a line feed (XML 1.0, 2.11)."""

_DECIMALS: Final = re.compile(r"(?:-?[0-9]+(?:\.[0-9]+)?\n)*\Z")

_Column = tuple[int, ColumnType, str, str, str]
"""Place in a row, type, opening tag, closing tag, tag of no value."""


class Table:
    """Writes the rows of one operation.

    Args:
        operation: it.
        prefix: of its elements, with the colon.
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
        self._placed: tuple[object, list[_Column]] = (None, [])

    def __repr__(self) -> str:
        return f"<Table {self._open}>"

    def columns(self, rows: Rows) -> list[_Column]:
        """The contract's columns with their places in these rows.

        Raises:
            ValueError: one is missing.
        """
        known, found = self._placed  # session servers name the same columns again and again
        if known != rows.columns:
            found = [
                (place, column.type, *self._tags[column.name])
                for column, place in placed(self._outputs, rows)
            ]
            self._placed = (rows.columns, found)
        return found

    def written(self, columns: list[_Column], rows: Sequence[Sequence[Value]]) -> str:
        """The rows as XML.

        Raises:
            ValueError: a value is not of its column's type.
            IndexError: a row has no value for a column.
        """
        try:
            by_place = list(zip(*rows, strict=True))
        except ValueError:  # rows of different lengths
            by_place = []
        if not (columns and by_place):
            return "".join([self._one(columns, values) for values in rows])
        texts = _all_plain(columns, by_place)
        if texts is not None:
            row = self._row
            return "".join([row % cells for cells in zip(*texts, strict=True)])
        return self._columnwise(columns, by_place)

    def _columnwise(self, columns: list[_Column], by_place: list[tuple[Value, ...]]) -> str:
        """The same where some values need a look of their own."""
        slots = [self._open]
        texts: list[Sequence[object]] = []
        for place, kind, opened, closed, nil in columns:
            values = by_place[place]
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
            _element(kind, values[place], opened, closed, nil)
            for place, kind, opened, closed, nil in columns
        ]
        return f"{self._open}{''.join(cells)}{self._close}"


def _all_plain(columns: list[_Column], by_place: list[tuple[Any, ...]]) -> list[Any] | None:
    """What `str` makes the right texts of, for every column; None if one needs a closer look."""
    texts: list[Any] = []
    words: list[str] = []
    for place, kind, _, _, _ in columns:
        values = by_place[place]
        if kind == "text":
            words += values
            texts.append(values)
            continue
        plain = _plain(kind, values)
        if plain is None:
            return None
        texts.append(plain)
    try:
        return texts if _free("".join(words)) else None
    except TypeError:  # one of them is no text
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


def _free(text: str) -> bool:
    """Whether XML takes the text as it is; what can be printed is no control character."""
    return text.isprintable() and not ("&" in text or "<" in text or ">" in text)


def _plain(kind: ColumnType, values: tuple[Any, ...]) -> Sequence[object] | None:
    """What `str` makes the right text of, for each value; None if that cannot be said of all."""
    types = set(map(type, values))
    if kind == "integer":
        return values if types == {int} else None
    if kind == "boolean":
        return ["true" if it else "false" for it in values] if types == {bool} else None
    if types != {str}:
        return None
    if kind == "text":
        return values if _free("".join(values)) else None
    if kind == "decimal":
        joined = "\n".join(values)
        alone = joined.count("\n") == len(values) - 1
        return values if alone and _DECIMALS.match(joined + "\n") else None
    return None
