"""Typed values, as clients give them, as the host shows them, and the way between.

`checked` turns what a client sent into the canonical value or says why not; `to_screen` and
`from_screen` are inverse for every value a format can show. Text comes back without blanks at its
ends. A blank place is "no value" (None).
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from sesssrvr.model import dates
from sesssrvr.model.pictures import Picture, picture
from verdigris.errors import BadHostValue, BadValue
from verdigris.metadata import Column, ColumnType, Value


ISO: Final = "YYYY-MM-DD"
MAX_INTEGER: Final = 2**63 - 1
"""Integers are 64-bit on the wire (verdigris.metadata)."""

_EXACT: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_YES: Final = ("y", "yes", "true", "t", "1", "x", "on")
_NO: Final = ("n", "no", "false", "f", "0", "off")
_TEXT_FORMATS: Final = ("", "upper", "lower", "raw")
_PLAIN: Final = Picture()


def format_problem(kind: ColumnType, form: str) -> str:
    """What is wrong with a format for columns of a type; "" when nothing is."""
    if not form:
        return ""
    fits = {
        "text": form in _TEXT_FORMATS,
        "integer": (shape := picture(form)) is not None and not shape.point,
        "decimal": shape is not None,
        "date": dates.is_pattern(form),
        "boolean": form.count("/") == 1 and len(set(form.casefold().split("/"))) > 1,
    }
    return "" if fits[kind] else f"{form!r} is not a format for {kind} columns"


# ---- what clients send -----------------------------------------------------------------------


def checked(value: Value, column: Column) -> Value:
    """The canonical value for a column.

    Args:
        value: as the client sent it; texts in the form of the type are taken.
        column: whose type and bounds hold.

    Raises:
        BadValue: it does not fit. The error never names the value of a secret column.
    """
    if value is None or (value == "" and column.type != "text"):
        return None
    try:
        return _CHECKS[column.type](value, column)
    except ValueError as problem:
        said = "it is not valid" if column.secret else str(problem)
        raise BadValue(column=column.name, problem=said) from None


def _checked_text(value: Value, column: Column) -> Value:
    text = value if isinstance(value, str) else str(value)
    if any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text):  # noqa: PLR2004 - C0, DEL, C1
        raise ValueError("it holds a control character, such as a line end")
    if column.max_length and len(text) > column.max_length:
        raise ValueError(f"{len(text)} characters, at most {column.max_length}")
    if len(text) < column.min_length:
        raise ValueError(f"{len(text)} characters, at least {column.min_length}")
    return text


def _checked_integer(value: Value, column: Column) -> Value:
    if isinstance(value, bool) or not re.fullmatch(r"\s*[+-]?\d{1,19}\s*", str(value), re.ASCII):
        raise ValueError(f"{value!r} is not an integer")
    number = int(value or 0)
    if not -MAX_INTEGER - 1 <= number <= MAX_INTEGER:
        raise ValueError(f"{number} is not a 64-bit integer")
    _bounds(Decimal(number), column)
    return number


def _checked_decimal(value: Value, column: Column) -> Value:
    text = str(value).strip().removeprefix("+")
    if isinstance(value, bool) or not _EXACT.fullmatch(text):
        raise ValueError(f"{value!r} is not a decimal number")
    part = text.partition(".")[2].rstrip("0")
    if 0 <= column.fraction_digits < len(part):
        raise ValueError(f"{len(part)} decimals, at most {column.fraction_digits}")
    _bounds(Decimal(text), column)
    return text


def _bounds(number: Decimal, column: Column) -> None:
    if column.minimum and number < Decimal(column.minimum):
        raise ValueError(f"{number} is less than {column.minimum}")
    if column.maximum and number > Decimal(column.maximum):
        raise ValueError(f"{number} is more than {column.maximum}")


def _checked_date(value: Value, column: Column) -> Value:
    text = str(value).strip()
    if dates.read(text, ISO) is None:
        raise ValueError(f"{value!r} is not a date: write {ISO}")
    if column.minimum and text < column.minimum:
        raise ValueError(f"{text} is before {column.minimum}")
    if column.maximum and text > column.maximum:
        raise ValueError(f"{text} is after {column.maximum}")
    return text


def _checked_boolean(value: Value, _: Column) -> Value:
    if isinstance(value, bool):
        return value
    text = str(value).strip().casefold()
    if text not in ("true", "false", "1", "0"):
        raise ValueError(f"{value!r} is neither true nor false")
    return text in ("true", "1")


_CHECKS: Final[Mapping[ColumnType, Callable[[Value, Column], Value]]] = {
    "text": _checked_text,
    "integer": _checked_integer,
    "decimal": _checked_decimal,
    "date": _checked_date,
    "boolean": _checked_boolean,
}


# ---- what the host shows ---------------------------------------------------------------------


def from_screen(text: str, column: Column, form: str = "") -> Value:
    """The value a place shows; None when it is blank.

    Raises:
        BadHostValue: it shows something else. The error never names a secret column's text.
    """
    if form == "raw" and text.strip():
        return text.rstrip()
    bare = text.strip()
    if not bare and not (column.type == "boolean" and "" in _pair(form)):
        return None
    value = _READS[column.type](bare, form)
    if value is None and not _is_zero_date(bare, column):
        shown = "(hidden)" if column.secret else f'"{bare}"'
        raise BadHostValue(value=shown, column=column.name, type=column.type)
    return value


def _is_zero_date(text: str, column: Column) -> bool:
    """Hosts show dates that are not set as zeros."""
    return column.type == "date" and not text.strip("0-/. ")


def _read_integer(text: str, form: str) -> Value:
    exact = (picture(form) or _PLAIN).read(text)
    if exact is None or "." in exact or abs(int(exact)) > MAX_INTEGER:
        return None
    return int(exact)


def _read_boolean(text: str, form: str) -> Value:
    true, false = _pair(form)
    folded = text.casefold()
    if form:
        return folded == true if folded in (true, false) else None
    return folded in _YES if folded in _YES + _NO else None


def _pair(form: str) -> tuple[str, str]:
    true, _, false = (form or "Y/N").casefold().partition("/")
    return true.strip(), false.strip()


_READS: Final[Mapping[ColumnType, Callable[[str, str], Value]]] = {
    "text": lambda text, _: text,
    "integer": _read_integer,
    "decimal": lambda text, form: (picture(form) or _PLAIN).read(text),
    "date": lambda text, form: dates.read(text, form or ISO),
    "boolean": _read_boolean,
}


# ---- what is typed ---------------------------------------------------------------------------


def to_screen(value: Value, column: Column, form: str = "") -> str:
    """What is typed for a canonical value; "" for no value.

    Raises:
        BadValue: the format cannot show it.
    """
    if value is None:
        return ""
    match column.type:
        case "integer" | "decimal":
            shown = (picture(form) or _PLAIN).write(str(value))
            if shown is None:
                raise BadValue(column=column.name, problem=f"the screen shows it as {form}")
            return shown
        case "date":
            return dates.write(date.fromisoformat(str(value)).isoformat(), form or ISO)
        case "boolean":
            true, _, false = (form or "Y/N").partition("/")
            return true if value else false
        case _:
            text = str(value)
            return {"upper": text.upper(), "lower": text.lower()}.get(form, text)


def equal(one: Value, other: Value, column: Column, *, case_sensitive: bool) -> bool:
    """Whether two canonical values of a column are the same (WHERE comparison)."""
    if one is None or other is None:
        return (one or None) is (other or None)
    if column.type in ("integer", "decimal"):
        return Decimal(str(one)) == Decimal(str(other))
    if column.type == "text":
        mine, theirs = str(one).strip(), str(other).strip()
        return mine == theirs if case_sensitive else mine.casefold() == theirs.casefold()
    return one == other
