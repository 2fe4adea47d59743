"""A contract as a list of tools for agents: each procedure with typed input, output and hints.

Law (tests/wsdl/test_openapi.py): no secret column is an output of a tool. The hints claim no more
than the modeller promised: only a procedure marked read-only is read-only, and only an INSERT, which
adds, is not destructive. One tool that the API of a model does not accept makes it refuse all tools
of the list: what such a tool would be made of is left out, by name (`left_out`).
"""

import re
from typing import Any, Final

import msgspec

from verdigris.wire import Kind
from wsdl.contract import Contract, Member, Operation, Refusal
from wsdl.jsonschema import Schema, closed, described, nullable, plain, returned, sent
from wsdl.names import PATH_SEGMENTS, UniqueNames, xml_text


MAX_ROWS: Final = 200
"""Rows a tool returns unless the agent asks for more: it has to read them all."""

MAX_NAME: Final = 48
"""Characters of a tool's name: hosts that put the name of a server before it stop at 60 or 64."""

_KEY: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}\Z")
"""The names of properties that the APIs of models accept."""


class Tool(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One procedure as a tool.

    Attributes:
        name: unique in its service.
        title: a name for people.
        description: what it does, for the agent.
        operation: the operation to POST to.
        input_schema, output_schema: the JSON Schemas of its input and its result.
        outputs: the columns of a row that are returned; the others are dropped.
        read_only, destructive, idempotent: hints, see the module's law.
    """

    name: str
    title: str
    description: str
    operation: str
    input_schema: Schema
    output_schema: Schema
    outputs: tuple[str, ...]
    read_only: bool
    destructive: bool
    idempotent: bool


def tools(contract: Contract, kind: Kind) -> tuple[Tool, ...]:
    """The procedures of a service as tools, in the order of the contract; see `left_out`."""
    names = UniqueNames()
    made = [_tool(contract, kind, one) for one in contract.operations if not _misnamed(one)]
    # Long names are cut, and may become equal.
    return tuple(
        msgspec.structs.replace(tool, name=names.take(tool.name, MAX_NAME)) for tool in made
    )


def left_out(contract: Contract) -> tuple[Refusal, ...]:
    """The procedures that are no tools, and why: the name of a column that they take."""
    return tuple(
        Refusal(
            f"{operation.table}.{operation.procedure}",
            f"the name of its column {name:.80} is not 1 to 64 ASCII letters, digits and _ . -",
        )
        for operation in contract.operations
        if (name := _misnamed(operation))
    )


def _misnamed(operation: Operation) -> str:
    """A column of the input whose name no property may have; "" if there is none."""
    names = [member.column.name for member in (*operation.filters, *operation.data)]
    return next((name for name in names if not _KEY.match(name)), "")


def tools_json(listed: tuple[Tool, ...]) -> bytes:
    """The list as JSON."""
    return msgspec.json.format(msgspec.json.encode({"tools": listed}), indent=2) + b"\n"


def path_of(contract: Contract, kind: Kind, operation: str) -> str:
    """The path that the patterns of `toolsAllowed` are compared with."""
    return f"{PATH_SEGMENTS[kind]}/{contract.name}/{operation}"


def _tool(contract: Contract, kind: Kind, operation: Operation) -> Tool:
    shown = tuple(column for column in operation.outputs if not column.secret)
    return Tool(
        name=_name(contract.name, operation.name),
        title=f"{contract.name}: {operation.procedure}",
        description=_description(contract, kind, operation),
        operation=operation.name,
        input_schema=_input(operation),
        output_schema=_output(operation),
        outputs=tuple(column.name for column in shown),
        read_only=operation.read_only,
        destructive=not operation.read_only and operation.kind != "insert",
        idempotent=operation.read_only,
    )


def _name(service: str, operation: str) -> str:
    """A name such as `BankDemo_customerSearch`: at most 48 letters, digits, `_` and `-`."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in operation)
    short = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in service)
    room = MAX_NAME - len(plain) - 1
    return f"{short[:room]}_{plain}" if room > 0 else plain[:MAX_NAME]


def _description(contract: Contract, kind: Kind, operation: Operation) -> str:
    does = {
        "select": "Returns rows.",
        "insert": "Adds a record.",
        "update": "Changes records.",
        "delete": "Removes records.",
    }[operation.kind]
    effect = "Changes nothing on the host." if operation.read_only else ""
    where = f"{'Session pool' if kind == 'pool' else 'Model'} {contract.name}."
    units = " ".join(
        f"{column.name}: {described(column)}" for column in operation.outputs if column.unit
    )
    parts = (xml_text(operation.description.strip()), does, effect, where, units)
    return " ".join(part for part in parts if part)


def _input(operation: Operation) -> Schema:
    properties: dict[str, Any] = {}
    required: list[str] = []
    for name, members in (("filters", operation.filters), ("data", operation.data)):
        if members:
            properties[name] = _block(members, blanks=name == "data")
            required += [name] * any(member.required for member in members)
    if operation.returns_rows:
        properties["maxRows"] = {
            "type": "integer",
            "minimum": 1,
            "maximum": 10_000,
            "default": MAX_ROWS,
            "description": "Maximum number of rows to return.",
        }
    return closed(properties, required)


def _block(members: tuple[Member, ...], *, blanks: bool) -> Schema:
    """An object of columns; null only in data, where it blanks the field."""
    return closed(
        {
            member.column.name: plain(
                nullable(sent(member.column)) if blanks else sent(member.column)
            )
            for member in members
        },
        [member.column.name for member in members if member.required],
    )


def _output(operation: Operation) -> Schema:
    if not operation.returns_rows:
        count = {"type": "integer", "description": "Records written."}
        return closed({"affected": count}, ["affected"])
    shown = [column for column in operation.outputs if not column.secret]
    row = closed(
        {column.name: plain(returned(column)) for column in shown}, [c.name for c in shown]
    )
    more = {"type": "boolean", "description": "There may be more rows: maxRows was reached."}
    return closed({"rows": {"type": "array", "items": row}, "more": more}, ["rows", "more"])
