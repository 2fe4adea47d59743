"""The meaning of tables: columns, procedures and their parameters."""

from collections import Counter
from decimal import Decimal

from sesssrvr.model.check.compound import check_compound
from sesssrvr.model.check.paths import check_path
from sesssrvr.model.convert import checked
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import find
from sesssrvr.model.table import Procedure, ProcedureParameter, Table
from verdigris.errors import BadValue
from verdigris.metadata import Column, Value


def check_tables(model: Model, found: Findings) -> None:
    """All problems of all tables."""
    shown: dict[str, str] = {}
    for table in model.tables:
        where = f"table {table.name}"
        for name in _twice(table):
            found.error(table.origin, f"column {name} is defined twice", where)
        found.once("procedure", ((one, one.origin) for one in table.procedures), where)
        for column in table.columns:
            _column(table, column, found)
        for procedure in table.procedures:
            other = shown.setdefault(procedure.name.casefold(), table.name)
            if other != table.name and not procedure.hidden:
                found.error(
                    procedure.origin,
                    f"procedure {procedure.name} is in table {other} too: hide one of them",
                    where,
                )
            check_procedure(model, table, procedure, found)


def _twice(table: Table) -> list[str]:
    names = Counter(column.name.casefold() for column in table.columns)
    return [name for name, count in names.items() if count > 1]


def _column(table: Table, column: Column, found: Findings) -> None:
    name, where = column.name, f"table {table.name}"
    ordered = column.type in ("integer", "decimal", "date")
    if (column.minimum or column.maximum) and not ordered:
        found.error(table.origin, f"column {name}: minimum and maximum need an ordered type", where)
        return
    low, high = (
        _bound(table, column, column.minimum, found),
        _bound(table, column, column.maximum, found),
    )
    if low is not None and high is not None and _more(low, high, column):
        found.error(table.origin, f"column {name}: the minimum is more than the maximum", where)
    if column.max_length and column.min_length > column.max_length:
        found.error(
            table.origin, f"column {name}: the minimum length is more than the maximum", where
        )
    if column.fraction_digits >= 0 and column.type != "decimal":
        found.error(
            table.origin, f"column {name}: fraction-digits is for decimal columns only", where
        )


def _bound(table: Table, column: Column, text: str, found: Findings) -> Value:
    try:
        return checked(text, Column(name=column.name, type=column.type)) if text else None
    except BadValue:
        found.error(
            table.origin,
            f"column {column.name}: {text!r} is not of type {column.type}",
            f"table {table.name}",
        )
        return None


def _more(low: Value, high: Value, column: Column) -> bool:
    if column.type == "date":
        return str(low) > str(high)
    return Decimal(str(low)) > Decimal(str(high))


def check_procedure(model: Model, table: Table, procedure: Procedure, found: Findings) -> None:
    """All problems of one procedure."""
    where = f"procedure {table.name}.{procedure.name}"
    kind = procedure.kind
    if procedure.filters and kind == "insert":
        found.error(procedure.origin, "an INSERT cannot have filters", where)
    if procedure.data and kind in ("select", "delete"):
        found.error(procedure.origin, f"a {kind.upper()} cannot have data columns", where)
    if bool(procedure.outputs) != (kind == "select"):
        said = "a SELECT needs outputs" if kind == "select" else "only a SELECT has outputs"
        found.error(procedure.origin, said, where)
    if procedure.home and find(model.entities, procedure.home) is None:
        found.error(procedure.origin, f"its home entity {procedure.home} does not exist", where)
    known = all(
        [
            _parameters(model, table, procedure.filters, found, where),
            _parameters(model, table, procedure.data, found, where),
            _outputs(table, procedure, found, where),
        ]
    )
    if not known:
        return
    if procedure.compound:
        check_compound(model, procedure, found, where)
    else:
        check_path(model, table, procedure, found, where)


def _parameters(
    model: Model,
    table: Table,
    parameters: tuple[ProcedureParameter, ...],
    found: Findings,
    where: str,
) -> bool:
    known = True
    seen: set[str] = set()
    for one in parameters:
        if find(table.columns, one.column) is None:
            found.error(one.origin, f"the table has no column {one.column}", where)
            known = False
        if one.column.casefold() in seen:
            found.error(one.origin, f"column {one.column} is listed twice", where)
        seen.add(one.column.casefold())
        if one.variable and find(model.variables, one.variable) is None:
            found.error(one.origin, f"the model has no variable {one.variable}", where)
    return known


def _outputs(table: Table, procedure: Procedure, found: Findings, where: str) -> bool:
    unknown = [name for name in procedure.outputs if find(table.columns, name) is None]
    for name in unknown:
        found.error(procedure.origin, f"the table has no column {name}", where)
    return not unknown
