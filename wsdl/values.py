"""Conversion of values between XML text and the wire, for every column type, and what is expected.

Law (tests/wsdl/test_values.py): `lexical(t, value_of(t, text))` means the same value as `text`;
nothing is rounded, cut or guessed; text that is not of the type is a ValueError. Text that is valid
by the schema always converts, except dates whose year has not four digits: XML Schema has them, a
terminal field and the wire have not. They are judged by `wsdl.fit.fits_text`, not by the schema.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Final

from verdigris.metadata import Column, ColumnType, Value
from wsdl.names import xml_text


LONG: Final = (-(2**63), 2**63 - 1)
"""xs:long: integers on the wire have 64 bits."""

XSD_TYPE: Final[dict[ColumnType, str]] = {
    "text": "string",
    "integer": "long",
    "decimal": "decimal",
    "date": "date",
    "boolean": "boolean",
}
"""The XML Schema type of each column type. xs:long and not xs:integer, since code generators turn it
into a machine integer, not into a big number."""

_BLANK: Final = " \t\r\n"
_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]{1,19})\Z")
_DECIMAL: Final = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?\Z")
_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?\Z")
_WIRE_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def value_of(kind: ColumnType, text: str) -> Value:
    """The value of an element's text.

    A date's time zone is dropped: JAX-WS sends one with every date, and a terminal field has none.

    Raises:
        ValueError: the text is not of the type.
    """
    if kind == "text":
        return text
    bare = text.strip(_BLANK)
    if kind == "integer" and (found := _INTEGER.match(bare)):
        number = int(found[1] + found[2])
        if LONG[0] <= number <= LONG[1]:
            return number
    elif kind == "decimal":
        return _decimal(bare)
    elif kind == "date" and (found := _DATE.match(bare)):
        return date.fromisoformat(found[1]).isoformat()
    elif kind == "boolean" and bare in _BOOLEANS:
        return _BOOLEANS[bare]
    raise ValueError(f"not a valid {kind}")


def lexical(kind: ColumnType, value: Value) -> str:
    """The text of an element with this value, not escaped.

    Raises:
        ValueError: the value is not of the type; None is of none, since it is written as `xsi:nil`.
    """
    if kind == "text" and isinstance(value, str):
        return xml_text(value)
    if kind == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if kind == "decimal" and isinstance(value, str) and _WIRE_DECIMAL.match(value):
        return value
    if kind == "date" and isinstance(value, str) and _DATE.match(value):
        return date.fromisoformat(value).isoformat()
    raise ValueError(f"a {type(value).__name__} where the contract has {kind}")


def expected(column: Column) -> str:
    """The values that the column accepts, as a clause; never a value itself, which may be secret."""
    if column.type == "text":
        return f"text{_lengths(column)} is expected"
    if column.type == "boolean":
        return "true or false is expected"
    kind = {"integer": "a whole number", "decimal": "a number", "date": "a date (YYYY-MM-DD)"}
    digits = column.fraction_digits
    precise = f" with at most {digits} decimals" if digits >= 0 and column.type == "decimal" else ""
    return f"{kind[column.type]}{precise}{_range(column)} is expected"


def _range(column: Column) -> str:
    if column.minimum and column.maximum:
        return f" from {column.minimum} to {column.maximum}"
    if column.minimum:
        return f" of at least {column.minimum}"
    return f" of at most {column.maximum}" if column.maximum else ""


def _lengths(column: Column) -> str:
    if column.min_length and column.min_length == column.max_length:
        return f" of {column.max_length} characters"
    if column.min_length and column.max_length:
        return f" of {column.min_length} to {column.max_length} characters"
    if column.min_length:
        return f" of at least {column.min_length} characters"
    return f" of at most {column.max_length} characters" if column.max_length else ""


def bounds_problem(column: Column) -> str:
    """Why the column's bounds cannot be used, or "" if they can.

    One invalid bound would make the schema of the whole service invalid.
    """
    if column.max_length and column.min_length > column.max_length:
        return f"at least {column.min_length} and at most {column.max_length} characters"
    if column.type not in {"integer", "decimal", "date"}:
        return ""
    found: list[Decimal | int | str] = []
    for bound in filter(None, (column.minimum, column.maximum)):
        try:
            value = value_of(column.type, bound)
        except ValueError:
            return f"{bound!r} is not a valid {column.type}"
        found.append(Decimal(str(value)) if column.type == "decimal" else value or 0)
    if len(found) == 2 and found[0] > found[1]:  # type: ignore[operator] # noqa: PLR2004 - both are of one type; a pair
        return f"{column.minimum} is more than {column.maximum}"
    return ""


def _decimal(bare: str) -> str:
    found = _DECIMAL.match(bare)
    whole, fraction = (found[2], found[3] or "") if found else ("", "")
    if found is None or not (whole or fraction):
        raise ValueError("not a valid decimal")
    sign = "-" if found[1] == "-" else ""
    return f"{sign}{whole.lstrip('0') or '0'}{'.' + fraction if fraction else ''}"
