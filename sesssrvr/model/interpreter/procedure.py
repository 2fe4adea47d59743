"""Running a procedure of a table."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field

from sesssrvr.model.model import Model
from sesssrvr.model.steps import Run
from sesssrvr.terminal.screen import Screen
from verdigris.metadata import ColumnType, Value


@dataclass(frozen=True, slots=True, repr=False)
class ProcedureCall:
    """A call as a client makes it; names in any case.

    Attributes:
        table: "" finds the procedure in any table.
        columns: wanted output columns, in this order; () is all.
        max_rows: 0 is all.
        case_sensitive: how texts of filters compare with rows.
    """

    table: str
    procedure: str
    filters: Mapping[str, Value] = field(default_factory=dict)
    data: Mapping[str, Value] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    max_rows: int = 0
    case_sensitive: bool = True

    def __repr__(self) -> str:
        filters, data = ", ".join(self.filters), ", ".join(self.data)
        return f"<ProcedureCall {self.table}.{self.procedure} filters [{filters}] data [{data}]>"


@dataclass(frozen=True, slots=True, repr=False)
class ProcedureResult:
    """What a procedure returned.

    Attributes:
        columns: (name, type) of each value of a row.
        affected: records written, for INSERT, UPDATE and DELETE.
        path: the entities passed.
    """

    columns: tuple[tuple[str, ColumnType], ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    affected: int = 0
    path: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<ProcedureResult {len(self.rows)} rows, {self.affected} affected>"


def run_procedure(
    model: Model, screen: Screen, call: ProcedureCall, variables: MutableMapping[str, str]
) -> Run[ProcedureResult]:
    """Run a procedure from whatever entity the session is at.

    The request is checked completely before anything is sent to the host.

    Args:
        screen: the current one.
        variables: the session's; written by `ReadVarFromAttr` and read variables.

    Raises:
        RequestError: the call does not fit the procedure.
        HostError: the host, or the model's picture of it, did not do what was expected. Its
            details hold `screen` (masked text), `entity` and `path`.
    """
    raise NotImplementedError
    yield
