"""Tables and procedures from their elements."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from sesssrvr.model.loader.xml_reader import Node
from sesssrvr.model.table import (
    Action,
    BranchStage,
    EntityStage,
    FieldColumn,
    Match,
    PassedValue,
    Perform,
    Procedure,
    ProcedureParameter,
    ReadAttribute,
    ReadRecordset,
    SelectRecord,
    Source,
    Stage,
    SubProcedure,
    Table,
    WriteAttribute,
)
from verdigris.metadata import Column, ProcedureKind


KINDS: Final[Mapping[str, ProcedureKind]] = {
    "SELECT": "select",
    "INSERT": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
}


def table(node: Node) -> Table:
    """One table."""
    return Table(
        name=node.name(),
        columns=tuple(_column(one) for one in node.children("column")),
        procedures=tuple(_procedure(one) for one in node.children("procedure")),
        description=node.text("description"),
        origin=node.origin,
    )


def _column(node: Node) -> Column:
    return Column(
        name=node.name(),
        type=node.choice("type", ("text", "integer", "decimal", "date", "boolean")),
        key=node.flag("key"),
        description=node.text("description"),
        unit=node.text("unit"),
        minimum=node.text("minimum").strip(),
        maximum=node.text("maximum").strip(),
        min_length=node.whole("min-length"),
        max_length=node.whole("max-length"),
        fraction_digits=node.whole("fraction-digits", -1),
        secret=node.flag("secret"),
    )


def _procedure(node: Node) -> Procedure:
    path, compound = node.child("path"), node.child("compound")
    return Procedure(
        name=node.name(),
        kind=KINDS.get(node.text("type"), "select"),
        filters=tuple(_parameter(one) for one in node.children("filter")),
        data=tuple(_parameter(one) for one in node.children("data")),
        outputs=tuple(one.name("column") for one in node.children("output")),
        home=node.name("home"),
        back=node.flag("back", default=True),
        path=tuple(_stage(one) for one in path.children("at", "branch")) if path else (),
        steps=tuple(_step(one) for one in compound.children("step")) if compound else (),
        sql=node.flag("sql", default=True),
        hidden=node.flag("hidden"),
        read_only=node.flag("read-only"),
        description=node.text("description"),
        origin=node.origin,
    )


def _parameter(node: Node) -> ProcedureParameter:
    return ProcedureParameter(
        column=node.name("column"),
        required=node.flag("required"),
        rows=node.flag("rows"),
        variable=node.name("variable"),
        origin=node.origin,
    )


def _stage(node: Node) -> Stage:
    if node.tag == "branch":
        return BranchStage(tuple(_at(one) for one in node.children("at")), node.origin)
    return _at(node)


def _at(node: Node) -> EntityStage:
    actions = tuple(_ACTIONS[one.tag](one) for one in node.children(*_ACTIONS))
    return EntityStage(node.name("entity"), actions, node.origin)


def source(node: Node) -> Source:
    """Where a written text comes from."""
    roles: tuple[Literal["filter", "data", "variable"], ...] = ("filter", "data", "variable")
    for role in roles:
        if node.has(role):
            return Source(role, node.name(role))
    return Source("text", node.body)


def _write(node: Node) -> WriteAttribute:
    given = source(node)
    absent: tuple[Literal["erase", "keep"], ...] = ("erase", "keep")
    if given.role == "data":
        absent = ("keep", "erase")
    return WriteAttribute(node.name("attribute"), given, node.choice("absent", absent), node.origin)


def _read_records(node: Node) -> ReadRecordset:
    fields = tuple(FieldColumn(one.name(), one.name("column")) for one in node.children("field"))
    return ReadRecordset(node.name("recordset"), fields, node.flag("from-top"), node.origin)


def _select(node: Node) -> SelectRecord:
    return SelectRecord(
        recordset=node.name("recordset"),
        matches=tuple(Match(one.name("field"), source(one)) for one in node.children("match")),
        writes=tuple((one.name("field"), source(one)) for one in node.children("write")),
        origin=node.origin,
    )


def _step(node: Node) -> SubProcedure:
    return SubProcedure(
        procedure=node.name("procedure"),
        table=node.name("table"),
        passes=tuple(_pass(one) for one in node.children("pass")),
        origin=node.origin,
    )


def _pass(node: Node) -> PassedValue:
    role: Literal["filter", "data"] = "data" if node.has("data") else "filter"
    sources: tuple[Literal["filter", "data", "output"], ...] = ("filter", "data", "output")
    for kind in sources:
        if node.has(f"from-{kind}"):
            return PassedValue(node.name(role), role, kind, node.name(f"from-{kind}"))
    return PassedValue(node.name(role), role, "text", node.body)


_ACTIONS: Final[Mapping[str, Callable[[Node], Action]]] = {
    "write": _write,
    "read": lambda node: ReadAttribute(node.name("attribute"), node.name("column"), node.origin),
    "read-records": _read_records,
    "select-record": _select,
    "perform": lambda node: Perform(node.name("operation"), node.origin),
}
