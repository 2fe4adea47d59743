"""The meaning of a procedure's path: every parameter goes somewhere, every output comes from somewhere."""

from collections.abc import Iterable
from typing import Literal

from sesssrvr.model.convert import format_problem
from sesssrvr.model.entity import Entity
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin, find, meant, same
from sesssrvr.model.recordset import Recordset
from sesssrvr.model.table import (
    BranchStage,
    EntityStage,
    Perform,
    Procedure,
    ProcedureParameter,
    ReadAttribute,
    ReadRecordset,
    SelectRecord,
    Source,
    Table,
    WriteAttribute,
)
from verdigris.metadata import Column


def check_path(
    model: Model, table: Table, procedure: Procedure, found: Findings, where: str
) -> None:
    """All problems of one procedure's path."""
    check = _Path(model, table, procedure, found, where)
    for stage in procedure.path:
        for at in stage.choices if isinstance(stage, BranchStage) else (stage,):
            check.at(at)
    check.parameters()


class _Path:
    """The checks of one path, and what they have seen used."""

    def __init__(
        self, model: Model, table: Table, procedure: Procedure, found: Findings, where: str
    ) -> None:
        self.model, self.table, self.procedure = model, table, procedure
        self.found, self.where = found, where
        self.used: set[tuple[str, str]] = set()
        self.read: set[str] = set()

    def at(self, at: EntityStage) -> None:
        """One entity of the path."""
        entity = find(self.model.entities, at.entity)
        if entity is None:
            guess = meant(self.model.entities, at.entity)
            self._say(at.origin, f"there is no entity {at.entity}{guess}")
            return
        left = False
        for action in at.actions:
            if left:
                self._say(action.origin, "nothing can follow an operation that leaves the entity")
                return
            match action:
                case WriteAttribute():
                    self._write(entity, action)
                case ReadAttribute():
                    self._read(entity, action)
                case ReadRecordset():
                    self._read_records(entity, action)
                case SelectRecord():
                    self._select(entity, action)
                case Perform():
                    operation = find(entity.operations, action.operation)
                    if operation is None:
                        self._say(
                            action.origin,
                            f"entity {entity.name} has no operation {action.operation}",
                        )
                    left = operation is None or not same(operation.destination, entity.name)

    def parameters(self) -> None:
        """Parameters mapped to nothing, and outputs that nothing fills."""
        for role, parameters in (
            ("filter", self.procedure.filters),
            ("data", self.procedure.data),
        ):
            for one in parameters:
                if not (one.rows or one.variable or (role, one.column.casefold()) in self.used):
                    self._say(one.origin, f"{role} {one.column} is not used in the path")
        filters = {one.column.casefold() for one in self.procedure.filters}
        for name in self.procedure.outputs:
            if name.casefold() not in self.read | filters:
                self._say(self.procedure.origin, f"output {name} is not read anywhere")

    def _say(self, origin: Origin, message: str) -> None:
        self.found.error(origin, message, self.where)

    def _write(self, entity: Entity, action: WriteAttribute) -> None:
        attribute = find(entity.attributes, action.attribute)
        if attribute is None:
            self._say(action.origin, f"entity {entity.name} has no attribute {action.attribute}")
            return
        if not attribute.writable:
            self._say(
                action.origin, f'attribute {attribute.name} is written: give it access="write"'
            )
        self._source(action.source, attribute.format, action.origin)

    def _read(self, entity: Entity, action: ReadAttribute) -> None:
        attribute = find(entity.attributes, action.attribute)
        if attribute is None:
            self._say(action.origin, f"entity {entity.name} has no attribute {action.attribute}")
            return
        if not attribute.readable:
            self._say(action.origin, f"attribute {attribute.name} cannot be read")
        self._column(action.column, attribute.format, action.origin)

    def _recordset(self, entity: Entity, name: str, origin: Origin) -> Recordset | None:
        recordset = find(entity.recordsets, name)
        if recordset is None:
            self._say(origin, f"entity {entity.name} has no recordset {name}")
        return recordset

    def _read_records(self, entity: Entity, action: ReadRecordset) -> None:
        recordset = self._recordset(entity, action.recordset, action.origin)
        if recordset is None:
            return
        if action.from_top and recordset.scroll("ScrollHome") is None:
            self._say(action.origin, f"recordset {recordset.name} has no ScrollHome")
        for one in action.fields:
            field = find(recordset.fields, one.field)
            if field is None:
                self._say(action.origin, f"recordset {recordset.name} has no field {one.field}")
            else:
                self._column(one.column, field.format, action.origin)

    def _select(self, entity: Entity, action: SelectRecord) -> None:
        recordset = self._recordset(entity, action.recordset, action.origin)
        if recordset is None:
            return
        for name, source, write in (
            *((one.field, one.source, False) for one in action.matches),
            *((name, source, True) for name, source in action.writes),
        ):
            field = find(recordset.fields, name)
            if field is None:
                self._say(action.origin, f"recordset {recordset.name} has no field {name}")
                continue
            if write and not field.write:
                self._say(action.origin, f'field {name} is written: give it access="write"')
            self._source(source, field.format, action.origin)

    def _source(self, source: Source, form: str, origin: Origin) -> None:
        match source.role:
            case "filter":
                self._parameter("filter", source.name, self.procedure.filters, form, origin)
            case "data":
                self._parameter("data", source.name, self.procedure.data, form, origin)
            case "variable":
                if find(self.model.variables, source.name) is None:
                    self._say(origin, f"the model has no variable {source.name}")
            case "text":
                pass

    def _parameter(
        self,
        role: Literal["filter", "data"],
        name: str,
        among: Iterable[ProcedureParameter],
        form: str,
        origin: Origin,
    ) -> None:
        if not any(same(one.column, name) for one in among):
            self._say(origin, f"the procedure has no {role} {name}")
            return
        self.used.add((role, name.casefold()))
        self._format(find(self.table.columns, name), form, origin)

    def _column(self, name: str, form: str, origin: Origin) -> None:
        column = find(self.table.columns, name)
        if column is None:
            self._say(origin, f"the table has no column {name}")
            return
        self.read.add(name.casefold())
        self._format(column, form, origin)

    def _format(self, column: Column | None, form: str, origin: Origin) -> None:
        if column is not None and (problem := format_problem(column.type, form)):
            self._say(origin, f"column {column.name}: {problem}")
