"""Columns and settings -> JSON Schema 2020-12: what OpenAPI documents and tools say of a value.

Law: the same facets as in the XML Schema of the contract. A keyword stands only where JSON Schema
can say it of the value as it is sent; what it cannot say is in the description.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from verdigris.metadata import Column, ColumnType
from wsdl.contract import Member, Setting
from wsdl.values import LONG, value_of


Schema = dict[str, Any]
"""A JSON Schema."""

DECIMAL: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"
DATE: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

_SENT: Final[dict[ColumnType, Schema]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64", "minimum": LONG[0], "maximum": LONG[1]},
    "decimal": {"type": ["string", "number"], "format": "decimal", "pattern": DECIMAL},
    "date": {"type": "string", "format": "date", "pattern": DATE},
    "boolean": {"type": "boolean"},
}
"""What a client may send. A decimal may be a number: it is read digit by digit, never as a float."""

_RETURNED: Final[dict[ColumnType, Schema]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "decimal": {"type": "string", "format": "decimal"},
    "date": {"type": "string", "format": "date"},
    "boolean": {"type": "boolean"},
}
"""What a client gets. A decimal is a string: most JSON readers make a float of a number."""


def nullable(schema: Schema) -> Schema:
    """The schema with null allowed too."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return schema | {"type": [*kinds, "null"]}


def sent(column: Column) -> Schema:
    """What a client may send for the column."""
    schema = dict(_SENT[column.type])
    if column.type == "text":
        lengths = (("minLength", column.min_length), ("maxLength", column.max_length))
        schema |= {name: length for name, length in lengths if length}
    elif column.type in {"integer", "decimal"}:
        bounds = (("minimum", column.minimum), ("maximum", column.maximum))
        schema |= {name: _number(bound) for name, bound in bounds if bound}
    if column.type == "decimal" and column.fraction_digits >= 0:
        schema["pattern"] = _digits(column.fraction_digits)
    if column.secret:
        schema["writeOnly"] = True
    return _told(schema, " ".join(filter(None, (told(column), _bounds(column)))))


def returned(column: Column) -> Schema:
    """What a client gets of the column: null is "no value"."""
    return _told(nullable(dict(_RETURNED[column.type])), told(column))


def told(column: Column) -> str:
    """The modeller's words and the unit."""
    unit = f"Unit: {column.unit}." if column.unit else ""
    return " ".join(filter(None, (column.description.strip(), unit)))


def setting_schema(setting: Setting) -> Schema:
    """One element of the environment, in REST's words."""
    meaning = setting.meaning.replace("wsResource", "rsResource")
    if setting.minimum is None:
        return {"type": "string", "description": meaning}
    bounds = {"minimum": setting.minimum, "maximum": setting.maximum}
    return {"type": "integer", **bounds, "description": meaning}


def block(members: Iterable[Member], *, blanks: bool) -> Schema:
    """An object of columns.

    Args:
        members: its columns.
        blanks: null means "blank the field" (data), not only "no value" (filters).
    """
    listed = tuple(members)
    properties = {
        member.column.name: nullable(sent(member.column))
        if blanks or not member.required
        else sent(member.column)
        for member in listed
    }
    return closed(properties, [member.column.name for member in listed if member.required])


def closed(properties: Schema, required: Iterable[str] = ()) -> Schema:
    """An object of these members and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if needed := list(required):
        schema["required"] = needed
    return schema


def _told(schema: Schema, text: str) -> Schema:
    return schema | {"description": text} if text else schema


def _number(bound: str) -> msgspec.Raw:
    """The bound digit by digit: a float would be another number."""
    return msgspec.Raw(str(value_of("decimal", bound)).encode())


def _digits(most: int) -> str:
    """A decimal with at most so many digits that count after the point (XML Schema 2, 4.3.12)."""
    if most == 0:
        return r"^[+-]?([0-9]+(\.0*)?|\.0+)$"
    return rf"^[+-]?([0-9]+(\.[0-9]{{0,{most}}}0*)?|\.[0-9]{{1,{most}}}0*)$"


def _bounds(column: Column) -> str:
    """What no keyword says: bounds of a date, and of a decimal that comes as a string."""
    if column.type not in {"date", "decimal"} or not (column.minimum or column.maximum):
        return ""
    if column.minimum and column.maximum:
        return f"From {column.minimum} to {column.maximum}."
    return f"At least {column.minimum}." if column.minimum else f"At most {column.maximum}."
