"""A contract as a list of tools for agents: each procedure with typed input, output and hints.

Law (tests/wsdl/test_openapi.py): no secret column is an output of a tool. The hints claim no more
than the modeller promised: only a procedure marked read-only is read-only, and only an INSERT, which
adds, is not destructive.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from verdigris.wire import Kind
from wsdl.contract import Contract, Operation
from wsdl.jsonschema import Schema, block, closed, described, returned
from wsdl.names import PATH_SEGMENTS, xml_text


MAX_ROWS: Final = 200
"""Rows a tool returns unless the agent asks for more: it has to read them all."""

MAX_NAME: Final = 64
"""Characters of a tool's name that every agent host accepts."""


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
    """Every procedure of a service as a tool, in the order of the contract."""
    made: dict[str, Tool] = {}
    for operation in contract.operations:
        tool = _tool(contract, kind, operation)
        tool = _apart(tool, made)
        made[tool.name] = tool
    return tuple(made.values())


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


def _apart(tool: Tool, made: Mapping[str, Tool]) -> Tool:
    """The tool under a unique name: long names are cut, and may become equal."""
    number, name = 2, tool.name
    while name in made:
        ending = f"_{number}"
        name = tool.name[: MAX_NAME - len(ending)] + ending
        number += 1
    return msgspec.structs.replace(tool, name=name)


def _name(service: str, operation: str) -> str:
    """A name such as `BankDemo_customerSearch`: at most 64 letters, digits, `_` and `-`."""
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
            properties[name] = block(members, blanks=name == "data")
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


def _output(operation: Operation) -> Schema:
    if not operation.returns_rows:
        count = {"type": "integer", "description": "Records written."}
        return closed({"affected": count}, ["affected"])
    shown = [column for column in operation.outputs if not column.secret]
    row = closed({column.name: returned(column) for column in shown}, [c.name for c in shown])
    more = {"type": "boolean", "description": "There may be more rows: maxRows was reached."}
    return closed({"rows": {"type": "array", "items": row}, "more": more}, ["rows", "more"])
