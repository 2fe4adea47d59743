"""A procedure call, its result, and what the call has to fit.

A call is checked completely before anything is sent to the host; what is wrong with it is the
caller's turn (91xx). Printing one never shows a value.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sesssrvr.model.convert import checked, equal
from sesssrvr.model.names import find, same
from sesssrvr.model.table import Procedure, ProcedureParameter, Table
from verdigris.errors import BadValue, MissingValue, UnknownColumn
from verdigris.metadata import Column, ColumnType, Value


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


Row = dict[str, Value]
"""Values by column name, as the table spells it."""


@dataclass(frozen=True, slots=True, repr=False)
class CheckedCall:
    """A call that fits: its table and procedure, and canonical values by column.

    Attributes:
        filters, data: values by column name; parameters the caller left out are absent.
        outputs: the columns wanted.
    """

    table: Table
    procedure: Procedure
    filters: Row
    data: Row
    outputs: tuple[Column, ...]
    max_rows: int
    case_sensitive: bool

    def __repr__(self) -> str:
        return f"<CheckedCall {self.table.name}.{self.procedure.name}>"

    def column(self, name: str) -> Column:
        """A column of the table."""
        return self.table_column(self.table, name)

    @staticmethod
    def table_column(table: Table, name: str) -> Column:
        """The column of a table; the loader has made sure that there is one."""
        found = find(table.columns, name)
        if found is None:
            raise KeyError(name)
        return found

    def keeps(self, row: Row, *, complete: bool) -> bool:
        """Whether a row passes the filters that are compared with rows.

        Args:
            row: what is known of it.
            complete: nothing more will be known: a column that was not read counts as empty.
        """
        for one in self.procedure.filters:
            if not one.rows:
                continue
            column = self.column(one.column)
            wanted = self.filters.get(column.name)
            if wanted is None or not (complete or column.name in row):
                continue
            if not equal(wanted, row.get(column.name), column, case_sensitive=self.case_sensitive):
                return False
        return True

    def full(self, rows: int) -> bool:
        """Whether so many rows are enough."""
        return 0 < self.max_rows <= rows


def check_call(table: Table, procedure: Procedure, call: ProcedureCall) -> CheckedCall:
    """Check a call against its procedure.

    Raises:
        UnknownColumn: a filter, data or output column that the procedure does not have.
        MissingValue: a required one is absent.
        BadValue: a value does not fit its column.
    """
    return CheckedCall(
        table=table,
        procedure=procedure,
        filters=_values(table, procedure, "filter", procedure.filters, call.filters),
        data=_values(table, procedure, "data", procedure.data, call.data),
        outputs=_outputs(table, procedure, call.columns),
        max_rows=max(call.max_rows, 0),
        case_sensitive=call.case_sensitive,
    )


def _values(
    table: Table,
    procedure: Procedure,
    role: str,
    parameters: Iterable[ProcedureParameter],
    given: Mapping[str, Value],
) -> Row:
    taken = tuple(parameters)
    columns = [one.column for one in taken]
    values: Row = {}
    seen: set[str] = set()
    for name, value in given.items():
        if not _has(columns, name):
            raise UnknownColumn(procedure=procedure.name, column=name, role=role)
        column = CheckedCall.table_column(table, name)
        if column.name in seen:  # "Name" and "NAME": which of them is meant would be a guess
            raise BadValue(column=column.name, problem="it is given twice, spelled differently")
        seen.add(column.name)
        if (fitting := checked(value, column)) is not None:
            values[column.name] = fitting
    for one in taken:
        if one.required and not _has(values, one.column):
            raise MissingValue(procedure=procedure.name, column=one.column)
    return values


def _has(names: Collection[str], name: str) -> bool:
    """Whether a name is among these, spelled in any case."""
    return name in names or any(same(one, name) for one in names)


def _outputs(table: Table, procedure: Procedure, wanted: tuple[str, ...]) -> tuple[Column, ...]:
    for name in wanted:
        if not _has(procedure.outputs, name):
            raise UnknownColumn(procedure=procedure.name, column=name, role="output")
    return tuple(CheckedCall.table_column(table, name) for name in wanted or procedure.outputs)
