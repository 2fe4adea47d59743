"""Python values to wire values and back, by column type. Pure.

Law: nothing is rounded or guessed. Decimals and dates travel as text (verdigris.metadata.Value).
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from verdigris.errors import BadValue, ProtocolError
from verdigris.metadata import ColumnType, Value


Python: TypeAlias = str | int | bool | Decimal | dt.date | None
"""A typed value as programs see it."""

Given: TypeAlias = Python | float
"""A value as programs may give it; a float counts as the decimal it prints as."""

INT64: Final = range(-(2**63), 2**63)
_DECIMAL: Final = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)


def to_wire(values: Mapping[str, Given] | None) -> dict[str, Value]:
    """Column or variable values for a message.

    Raises:
        BadValue: a value has no place on the wire; named by its column, never shown.
    """
    return {name: _one(name, value) for name, value in (values or {}).items()}


def _one(name: str, value: object) -> Value:
    match value:
        case None | str() | bool():
            return value
        case int():
            if value not in INT64:
                raise BadValue(column=name, problem="integers are limited to 64 bits")
            return int(value)
        case float() | Decimal():
            number = value if isinstance(value, Decimal) else Decimal(repr(value))
            if not number.is_finite():
                raise BadValue(column=name, problem="not a finite number")
            return f"{number:f}"
        case dt.datetime():
            raise BadValue(column=name, problem="a date was expected, not a date with a time")
        case dt.date():
            return value.isoformat()
        case _:
            raise BadValue(column=name, problem=f"a {type(value).__name__} cannot be sent")


def to_python(value: Value, column: str, kind: ColumnType) -> Python:
    """One value of a row.

    Raises:
        ProtocolError: the session server sent what is no value of this type.
    """
    if value is None:
        return None
    try:
        return _READ[kind](value)
    except (ValueError, TypeError):
        raise ProtocolError(
            peer="session server", problem=f"the value of column {column} is not a valid {kind}"
        ) from None


def _text(value: Value) -> str:
    return value if isinstance(value, str) else str(value)


def _integer(value: Value) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _decimal(value: Value) -> Decimal:
    text = str(value)
    if isinstance(value, bool) or not _DECIMAL.match(text):
        raise ValueError
    return Decimal(text)


def _date(value: Value) -> dt.date:
    if not isinstance(value, str):
        raise TypeError
    return dt.date.fromisoformat(value)


def _boolean(value: Value) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_READ: Final[Mapping[ColumnType, Callable[[Value], Python]]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "boolean": _boolean,
}
