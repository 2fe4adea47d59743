"""Which procedure answers a statement, with what, and which of its rows count.

Law: a procedure is chosen only if it gets every filter it needs, gives every column that is asked
for, and every condition it cannot check itself can be checked on its rows. Of several the one with
most conditions as filters is taken (the host then shows least), then the first of the model.
Nothing is written on the host unless every condition of the statement is a filter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from verdigris.errors import BadValue, NoProcedureFits, UnknownSqlName
from verdigris.metadata import Column, ColumnType, Procedure, Table, Value
from verdigris.sql.statement import (
    OPERATORS,
    Compare,
    Condition,
    Constant,
    Statement,
    compares,
    conjunction,
    holds,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A call, and what to do with its rows.

    Attributes:
        table, procedure: spelled by the model.
        filters, data: for the call.
        fetched: columns to ask the procedure for; () for kinds without rows.
        columns: what the statement asks for, in its order.
        where: what is still to be checked on each row; None if nothing.
        case_sensitive: whether the procedure is to compare its filters so.
    """

    table: str
    procedure: str
    filters: Mapping[str, Value] = field(repr=False)
    data: Mapping[str, Value] = field(repr=False)
    fetched: tuple[Column, ...] = ()
    columns: tuple[Column, ...] = ()
    where: Condition | None = field(default=None, repr=False)
    read_only: bool = False
    case_sensitive: bool = True

    @property
    def returns_rows(self) -> bool:
        """Whether it is a SELECT."""
        return bool(self.columns)

    def kept(self, names: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[list[Value]]:
        """The rows the statement asks for, with its columns.

        Args:
            names: of the columns of the rows.
            rows: that the procedure gave.
        """
        places = {name.casefold(): place for place, name in enumerate(names)}
        types = {column.name.casefold(): column.type for column in self.fetched}
        wanted = [places[column.name.casefold()] for column in self.columns]
        return [
            [row[place] for place in wanted]
            for row in rows
            if self.where is None or holds(self.where, _Row(row, places, types)) is True
        ]


@dataclass(frozen=True, slots=True)
class _Row:
    """What comparisons say of one row; those of columns it lacks were the procedure's to check."""

    values: Sequence[Value]
    places: Mapping[str, int]
    types: Mapping[str, ColumnType]

    def __call__(self, compare: Compare) -> bool | None:
        name = compare.column.casefold()
        if compare.operator == "like" or name not in self.places or name not in self.types:
            return True
        value: Any = self.values[self.places[name]]
        if compare.operator == "is null":
            return value is None
        wanted = compare.value
        if value is None or wanted is None:
            return None
        if self.types[name] in ("integer", "decimal"):
            value, wanted = Decimal(str(value)), _number(compare.column, wanted)
        elif self.types[name] == "text":
            value, wanted = str(value), _text(wanted)
            if compare.nocase:
                value, wanted = value.casefold(), wanted.casefold()
        return OPERATORS[compare.operator](value, wanted)


def plan(tables: Sequence[Table], statement: Statement) -> Plan:
    """Choose the procedure.

    Args:
        tables: of the model.
        statement: what is asked.

    Raises:
        UnknownSqlName: a table or column the model does not have.
        NoProcedureFits: none can serve it; the text says what the nearest lacks.
        BadValue: a value is not of its column's type.
    """
    table = _table(tables, statement)
    statement_columns = [_column(table, name) for name in statement.columns]
    for name in (*dict(statement.values), *(c.column for c in compares(statement.where))):
        _column(table, name)
    best: tuple[int, Plan] | None = None
    near: list[tuple[int, str]] = []
    for procedure in table.procedures:
        if not procedure.sql or procedure.kind != statement.kind:
            continue
        attempt = _Attempt(table, procedure, statement, statement_columns)
        if attempt.lacks:
            near.append((len(attempt.lacks), f"; {procedure.name} {', '.join(attempt.lacks)}"))
        elif best is None or len(attempt.filters) > best[0]:
            best = (len(attempt.filters), attempt.plan())
    if best is not None:
        return best[1]
    nearest = min(near, key=lambda it: it[0])[1] if near else ""
    raise NoProcedureFits(table=table.name, kind=statement.kind.upper(), nearest=nearest)


class _Attempt:
    """One procedure tried on a statement.

    Attributes:
        lacks: why it does not fit; empty if it does.
        filters: column (any case) -> the comparison it takes as a filter.
    """

    def __init__(
        self, table: Table, procedure: Procedure, statement: Statement, asked: list[Column]
    ) -> None:
        self.table, self.procedure, self.statement = table, procedure, statement
        takes = {p.column.casefold() for p in procedure.filters}
        self.filters: dict[str, Compare] = {}
        for part in conjunction(statement.where):
            name = part.column.casefold() if isinstance(part, Compare) else ""
            if (
                isinstance(part, Compare)
                and part.operator in ("=", "like")
                and part.value is not None
                and name in takes
            ):
                self.filters.setdefault(name, part)
        outputs = {name.casefold() for name in procedure.outputs}
        self.asked = asked or [table.column(name) for name in procedure.outputs]
        self.lacks = [*self._unfed(), *self._unwritable()]
        if statement.kind == "select":
            self.lacks += [f"does not return {c.name}" for c in self.asked if c.name.casefold() not in outputs]  # fmt: skip
        self.lacks += self._unchecked(outputs if statement.kind == "select" else set())

    def _unfed(self) -> list[str]:
        """Required filters without a value; an INSERT may give them as values."""
        given = set(self.filters) | {n.casefold() for n, _ in self._written()}
        if self.statement.kind == "update":
            given = set(self.filters)
        return [
            f"requires {p.column} = a value"
            for p in self.procedure.filters
            if p.required and p.column.casefold() not in given
        ]

    def _written(self) -> tuple[tuple[str, Constant], ...]:
        return self.statement.values

    def _unwritable(self) -> list[str]:
        takes = {p.column.casefold() for p in self.procedure.data}
        if self.statement.kind == "insert":
            takes |= {p.column.casefold() for p in self.procedure.filters}
        written = {name.casefold() for name, _ in self._written()}
        lacks = [f"does not write {n}" for n, _ in self._written() if n.casefold() not in takes]
        return lacks + [
            f"requires a value for {p.column}"
            for p in self.procedure.data
            if p.required and p.column.casefold() not in written
        ]

    def _unchecked(self, outputs: set[str]) -> list[str]:
        """Conditions that are no filter and cannot be checked on rows."""
        fed = {id(compare) for compare in self.filters.values()}
        found = self._widened(outputs)
        for compare in compares(self.statement.where):
            name = compare.column.casefold()
            if id(compare) in fed or (name in outputs and compare.operator != "like"):
                continue
            found.append(f"cannot check the condition on {compare.column}")
        return list(dict.fromkeys(found))

    @property
    def _ignores_case(self) -> bool:
        """A procedure compares all its filters alike: one that ignores case makes all do so."""
        return any(compare.nocase for compare in self.filters.values())

    def _widened(self, outputs: set[str]) -> list[str]:
        """Filters on texts whose case counts, that cannot be checked again on the rows."""
        if not self._ignores_case:
            return []
        return [
            f"cannot compare {compare.column} case-sensitively"
            for name, compare in self.filters.items()
            if not compare.nocase
            and self.table.column(compare.column).type == "text"
            and (name not in outputs or compare.operator == "like")
        ]

    def plan(self) -> Plan:
        """The plan, where nothing is lacking."""
        table, procedure = self.table, self.procedure
        filters = {
            (column := table.column(compare.column)).name: _value(column, compare.value)
            for compare in self.filters.values()
        }
        data: dict[str, Value] = {}
        takes = {p.column.casefold() for p in procedure.data}
        for name, value in self._written():
            column = table.column(name)
            (data if name.casefold() in takes else filters)[column.name] = _value(column, value)
        if self.statement.kind != "select":
            return Plan(
                table.name, procedure.name, filters, data, case_sensitive=not self._ignores_case
            )
        checked = [table.column(compare.column) for compare in compares(self.statement.where)]
        gives = {name.casefold() for name in procedure.outputs}
        fetched = dict.fromkeys([*self.asked, *(c for c in checked if c.name.casefold() in gives)])
        _check_values(table, self.statement)
        return Plan(
            table.name, procedure.name, filters, data, tuple(fetched), tuple(self.asked),
            self.statement.where, procedure.read_only, not self._ignores_case,
        )  # fmt: skip


def _check_values(table: Table, statement: Statement) -> None:
    """Refuse literals that could never be compared with their column."""
    for compare in compares(statement.where):
        if compare.value is not None and compare.operator != "like":
            _value(table.column(compare.column), compare.value)


def _table(tables: Sequence[Table], statement: Statement) -> Table:
    for table in tables:
        if table.name.casefold() == statement.table.casefold():
            return table
    raise UnknownSqlName(owner="The model", kind="table", name=statement.table)


def _column(table: Table, name: str) -> Column:
    try:
        return table.column(name)
    except KeyError:
        raise UnknownSqlName(owner=f"Table {table.name}", kind="column", name=name) from None


def _value(column: Column, constant: Constant) -> Value:
    """A literal as the column's type has it on the wire."""
    if constant is None:
        return None
    if column.type == "text":
        return _text(constant)
    if column.type == "boolean":
        if isinstance(constant, bool):
            return constant
        raise BadValue(column=column.name, problem="TRUE or FALSE is expected")
    if column.type == "date":
        if isinstance(constant, str) and _is_date(constant):
            return constant
        raise BadValue(column=column.name, problem="a date 'YYYY-MM-DD' is expected")
    number = _number(column.name, constant)
    if column.type == "decimal":
        return format(number, "f")
    if number != number.to_integral_value() or not -(2**63) <= number < 2**63:
        raise BadValue(column=column.name, problem="a whole number is expected")
    return int(number)


def _is_date(text: str) -> bool:

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _number(column: str, constant: Constant) -> Decimal:
    try:
        if isinstance(constant, bool):
            raise ValueError  # noqa: TRY004, TRY301 - a boolean is not a number; caught below
        found = Decimal(str(constant).strip())
    except (ValueError, ArithmeticError):
        raise BadValue(column=column, problem="a number is expected") from None
    if not found.is_finite() or abs(found.adjusted()) > 40:  # noqa: PLR2004 - digits no host shows
        raise BadValue(column=column, problem="a number is expected")
    return found


def _text(constant: Constant) -> str:
    if isinstance(constant, bool):
        return "true" if constant else "false"
    return format(constant, "f") if isinstance(constant, Decimal) else str(constant)
