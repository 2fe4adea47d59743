"""Tables: typed columns, and procedures as the only ways to their data (product facts 6).

A procedure is a path over entities. Whatever it types comes from a filter, a data column, a
variable or the model; whatever it returns was read from an attribute, a recordset field, or one
of its own filters. Only SELECT returns rows.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sesssrvr.model.names import NOWHERE, Origin
from verdigris.metadata import Column, ProcedureKind


Role = Literal["filter", "data", "variable", "text"]
"""Where a written text comes from."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a written text comes from: a filter or data column, a variable, or the model."""

    role: Role
    name: str
    """The column or variable; for `text` the text itself."""


@dataclass(frozen=True, slots=True)
class ProcedureParameter:
    """A column a procedure takes as filter or data.

    Attributes:
        required: the caller has to give it (VHI's `Req`).
        rows: a filter that is compared with each row fetched, whatever else it does.
        variable: the value is this variable's for the time of the call.
    """

    column: str
    required: bool = False
    rows: bool = False
    variable: str = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class WriteAttribute:
    """Write into an attribute of the entity.

    Attributes:
        absent: what to do when the caller gave no value: erase what is there, or keep it.
    """

    attribute: str
    source: Source
    absent: Literal["erase", "keep"] = "erase"
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ReadAttribute:
    """Read an attribute into an output column of the one row, or of every row."""

    attribute: str
    column: str
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """A recordset field and the output column it fills."""

    field: str
    column: str


@dataclass(frozen=True, slots=True)
class ReadRecordset:
    """Read all records, page after page, a row each.

    Attributes:
        from_top: scroll to the first page before (`ScrollHome`).
    """

    recordset: str
    fields: tuple[FieldColumn, ...]
    from_top: bool = False
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Match:
    """A recordset field that has to equal a source."""

    field: str
    source: Source


@dataclass(frozen=True, slots=True)
class SelectRecord:
    """Look for the first record that matches and write into its fields (VHI SelectRecordByFilter).

    When there is none a SELECT returns no rows; any other kind is error 9409.
    """

    recordset: str
    matches: tuple[Match, ...]
    writes: tuple[tuple[str, Source], ...] = ()
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Perform:
    """Perform an operation of the entity."""

    operation: str
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


Action: TypeAlias = WriteAttribute | ReadAttribute | ReadRecordset | SelectRecord | Perform


@dataclass(frozen=True, slots=True)
class EntityStage:
    """What is done on one entity; the way to it is found when it is not the current one."""

    entity: str
    actions: tuple[Action, ...] = ()
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class BranchStage:
    """What is done depends on which of these entities has come; none of them is error 9402."""

    choices: tuple[EntityStage, ...]
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


Stage: TypeAlias = EntityStage | BranchStage


@dataclass(frozen=True, slots=True)
class PassedValue:
    """A parameter of a subprocedure and what it takes its value from.

    Attributes:
        column: the subprocedure's filter (or data) column.
        role: of that parameter.
        source: of the value: a filter or data column of the compound procedure, an output of
            an earlier subprocedure, or a constant.
        name: the column, or the constant.
    """

    column: str
    role: Literal["filter", "data"]
    source: Literal["filter", "data", "output", "text"]
    name: str


@dataclass(frozen=True, slots=True)
class SubProcedure:
    """One step of a compound procedure: run once for every row of the steps before."""

    procedure: str
    table: str = ""
    passes: tuple[PassedValue, ...] = ()
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Procedure:
    """One way to a table's data.

    Attributes:
        home: the entity its path starts from; "" is the model's home entity.
        back: navigate back to the home when done.
        path: what is done, in order; empty for a compound procedure.
        steps: subprocedures of a compound procedure.
        sql: "Available for SQL queries".
        hidden: "Hide in web services".
        read_only: the modeller's promise that nothing changes on the host.
    """

    name: str
    kind: ProcedureKind
    filters: tuple[ProcedureParameter, ...] = ()
    data: tuple[ProcedureParameter, ...] = ()
    outputs: tuple[str, ...] = ()
    home: str = ""
    back: bool = True
    path: tuple[Stage, ...] = ()
    steps: tuple[SubProcedure, ...] = ()
    sql: bool = True
    hidden: bool = False
    read_only: bool = False
    description: str = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    @property
    def compound(self) -> bool:
        """Made of subprocedures."""
        return bool(self.steps)


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and their procedures. A column is described as clients see it."""

    name: str
    columns: tuple[Column, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    description: str = ""
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)
