"""JSON Schema 2020-12 of columns and settings, for OpenAPI documents and tools.

Law (tests/wsdl/test_openapi.py, tests/field/soap/test_published_names.py): the facets are those of the
XML Schema of the contract. A keyword is used only where JSON Schema can express the facet for the
value as it is sent, and where every reader gets the same number of it (RFC 7493, 2.2); the
description has what no keyword can express.

Tools have plain schemas: no `format` and no list of types, which the hosts of agents and the APIs of
models warn of or refuse.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from verdigris.metadata import Column, ColumnType
from wsdl.contract import Member, Setting
from wsdl.values import value_of


Schema = dict[str, Any]
"""A JSON Schema."""

DECIMAL: Final = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"
_NULL: Final[Schema] = {"type": "null"}
DATE: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

_SENT: Final[dict[ColumnType, Schema]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "date": {"type": "string", "format": "date", "pattern": DATE},
    "boolean": {"type": "boolean"},
}
"""The values a client may send; see `_decimal` for decimals."""

SAFE: Final = 2**53 - 1
"""The largest whole number that every JSON reader keeps (RFC 7493, 2.2): a host in JavaScript would
send on 9223372036854776000 for 2^63 - 1, which no 64-bit reader takes."""

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
    if "anyOf" in schema:
        return schema | {"anyOf": [*schema["anyOf"], _NULL]}
    return schema | {"type": [schema["type"], "null"]}


def plain(schema: Schema) -> Schema:
    """The schema of a column as tools have it: no format, and a choice instead of a list of types.

    A decimal is text: a number would have been read as a float before it came here.
    """
    if "anyOf" in schema:
        text = next(choice for choice in schema["anyOf"] if choice["type"] == "string")
        null = _NULL in schema["anyOf"]
        schema = text | {name: value for name, value in schema.items() if name != "anyOf"}
    else:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        null = "null" in kinds
        schema = schema | {"type": kinds[0]}
    schema = {name: value for name, value in schema.items() if name != "format"}
    if not null:
        return schema
    notes: Schema = {
        name: schema.pop(name) for name in ("description", "writeOnly") if name in schema
    }
    return {"anyOf": [schema, _NULL], **notes}


def sent(column: Column) -> Schema:
    """The schema of what a client may send for the column."""
    schema = _decimal(column) if column.type == "decimal" else dict(_SENT[column.type])
    if column.type == "text":
        lengths = (("minLength", column.min_length), ("maxLength", column.max_length))
        schema |= {name: length for name, length in lengths if 0 < length <= SAFE}
    elif column.type == "integer":
        schema |= _limits(column)
    if column.secret:
        schema["writeOnly"] = True
    return _with_description(schema, " ".join(filter(None, (described(column), _bounds(column)))))


def returned(column: Column) -> Schema:
    """The schema of what a client gets for the column; null means no value."""
    return _with_description(nullable(dict(_RETURNED[column.type])), described(column))


def _decimal(column: Column) -> Schema:
    """A decimal may be sent as text, or as a number, which is read digit by digit and not as a float.

    Two schemas and not a list of types: `minimum` says nothing of a text, and generators take it
    for its length.
    """
    digits = column.fraction_digits
    pattern = DECIMAL if digits < 0 else _digits(digits)
    text = {"type": "string", "format": "decimal", "pattern": pattern}
    return {"anyOf": [text, {"type": "number", **_limits(column)}]}


def _limits(column: Column) -> Schema:
    bounds = (("minimum", column.minimum), ("maximum", column.maximum))
    return {name: _number(bound) for name, bound in bounds if bound and _is_interoperable(bound)}


def _is_interoperable(bound: str) -> bool:
    """Whether every JSON reader gets this number of it (RFC 7493, 2.2)."""
    number = Decimal(str(value_of("decimal", bound)))
    return abs(number) <= SAFE and Decimal(str(float(number))) == number


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
    """The bounds that keywords do not express: those of dates, of texts, and of great numbers."""
    given = [bound for bound in (column.minimum, column.maximum) if bound]
    if column.type not in {"date", "decimal", "integer"} or not given:
        return ""
    if column.type == "integer" and all(map(_is_interoperable, given)):
        return ""
    if len(given) == 2:  # noqa: PLR2004 - both
        return f"From {column.minimum} to {column.maximum}."
    return f"At least {column.minimum}." if column.minimum else f"At most {column.maximum}."
