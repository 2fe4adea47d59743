"""Values of JSON and of URLs as values of the wire, for every column type.

A value that is not of the type of its column, or outside its bounds, is a ValueError that does not
repeat the value. A number is read digit by digit, never as a float.
"""

import re
from decimal import Decimal
from typing import Any, Final

from verdigris.metadata import Column, ColumnType, Value
from wsdl import fits, value_of
from wsdl.jsonschema import DATE, DECIMAL
from wsdl.names import xml_text
from wsdl.values import LONG


MAX_EXPONENT: Final = 400
"""Beyond the range of every other program's numbers (IEEE 754 doubles end at 308): `1e9999999` is
eight bytes of JSON and ten million digits of a field."""


class Unwritable(ValueError):
    """A text that a field of a terminal cannot hold; the words say why."""


_DATE: Final = re.compile(DATE.removesuffix("$") + r"\Z")
_DECIMAL: Final = re.compile(DECIMAL.removesuffix("$") + r"\Z")


def from_json(column: Column, raw: Any) -> Value:
    """The value of a JSON member; numbers with a point or exponent come as `Decimal`.

    Raises:
        ValueError: it is not of the type of the column, or outside its bounds.
    """
    return _fitting(column, _typed(column.type, raw))


def from_text(column: Column, text: str) -> Value:
    """The value of a query parameter.

    Raises:
        ValueError: as for `from_json`.
    """
    if column.type == "text":
        return _fitting(column, _plain(text))
    bare = text.strip(" \t\r\n")
    if column.type == "date":
        return _fitting(column, _typed("date", bare))
    return _fitting(column, value_of(column.type, bare))


def _plain(text: str) -> str:
    """The text, if every protocol can carry it (XML 1.0, section 2.2)."""
    if xml_text(text) != text:
        raise Unwritable("it contains a control character")
    return text


def _fitting(column: Column, value: Value) -> Value:
    if not fits(column, value):
        raise ValueError("outside the column's bounds")
    return value


def _typed(kind: ColumnType, raw: Any) -> Value:
    if kind == "text" and isinstance(raw, str):
        return _plain(raw)
    if kind == "boolean" and isinstance(raw, bool):
        return raw
    if kind == "integer":
        return _integer(raw)
    if kind == "decimal":
        return _decimal(raw)
    if kind == "date" and isinstance(raw, str) and _DATE.match(raw):
        return value_of("date", raw)
    raise ValueError(f"not of type {kind}")


def _integer(raw: Any) -> int:
    """`5.0` and `5e0` are integers too (JSON Schema 2020-12, 6.1.1)."""
    if isinstance(raw, Decimal) and abs(raw.adjusted()) <= MAX_EXPONENT and raw % 1 == 0:
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool) or not LONG[0] <= raw <= LONG[1]:
        raise ValueError("not an integer")
    return raw


def _decimal(raw: Any) -> Value:
    if isinstance(raw, Decimal) and abs(raw.adjusted()) <= MAX_EXPONENT:
        return value_of("decimal", format(raw, "f"))
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if isinstance(raw, str) and _DECIMAL.match(raw):
        return value_of("decimal", raw)
    raise ValueError("not a decimal")
