"""JSON Schema 2020-12 of columns and settings, for OpenAPI documents and tools.

Law (tests/wsdl/test_openapi.py): the facets are those of the XML Schema of the contract. A keyword
is used only where JSON Schema can express the facet for the value as it is sent; the description
has what no keyword can express.
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
"""The values a client may send. A decimal may be a number: it is read digit by digit, not as a float."""

_RETURNED: Final[dict[ColumnType, Schema]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "decimal": {"type": "string", "format": "decimal"},
    "date": {"type": "string", "format": "date"},
    "boolean": {"type": "boolean"},
}
"""The values a client gets. A decimal is a string, since most JSON readers turn a number into a float."""


def nullable(schema: Schema) -> Schema:
    """The schema, with null allowed as well."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return schema | {"type": [*kinds, "null"]}


def sent(column: Column) -> Schema:
    """The schema of what a client may send for the column."""
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
    return _with_description(schema, " ".join(filter(None, (described(column), _bounds(column)))))


def returned(column: Column) -> Schema:
    """The schema of what a client gets for the column; null means no value."""
    return _with_description(nullable(dict(_RETURNED[column.type])), described(column))


def described(column: Column) -> str:
    """The modeller's description and the unit."""
    unit = f"Unit: {column.unit}." if column.unit else ""
    return " ".join(filter(None, (column.description.strip(), unit)))


def setting_schema(setting: Setting) -> Schema:
    """The schema of one setting of the environment, with REST's names."""
    meaning = setting.meaning.replace("wsResource", "rsResource")
    if setting.minimum is None:
        return {"type": "string", "description": meaning}
    bounds = {"minimum": setting.minimum, "maximum": setting.maximum}
    return {"type": "integer", **bounds, "description": meaning}


def block(members: Iterable[Member], *, blanks: bool) -> Schema:
    """An object of columns.

    Args:
        members: its columns.
        blanks: whether null is allowed for required columns, where it blanks the field (data).
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
    """The schema of an object with these members and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if needed := list(required):
        schema["required"] = needed
    return schema


def _with_description(schema: Schema, text: str) -> Schema:
    return schema | {"description": text} if text else schema


def _number(bound: str) -> msgspec.Raw:
    """The bound digit by digit: a float could be a different number."""
    return msgspec.Raw(str(value_of("decimal", bound)).encode())


def _digits(most: int) -> str:
    """The pattern of a decimal with at most this many fraction digits (XML Schema 2, 4.3.12)."""
    if most == 0:
        return r"^[+-]?([0-9]+(\.0*)?|\.0+)$"
    return rf"^[+-]?([0-9]+(\.[0-9]{{0,{most}}}0*)?|\.[0-9]{{1,{most}}}0*)$"


def _bounds(column: Column) -> str:
    """The bounds that no keyword expresses: those of dates, and of decimals sent as strings."""
    if column.type not in {"date", "decimal"} or not (column.minimum or column.maximum):
        return ""
    if column.minimum and column.maximum:
        return f"From {column.minimum} to {column.maximum}."
    return f"At least {column.minimum}." if column.minimum else f"At most {column.maximum}."
