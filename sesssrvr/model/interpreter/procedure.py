"""Running a procedure of a table.

The call is checked before the first keystroke. A procedure goes to its home entity, does its
path, and goes back there when the model says so. A compound procedure runs its subprocedures in
order, each once for every row of those before it, at most `MAX_RUNS` times in all.
"""

from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Final

from sesssrvr.model.convert import to_screen
from sesssrvr.model.interpreter.call import (
    CheckedCall,
    ProcedureCall,
    ProcedureResult,
    Row,
    check_call,
)
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.navigate import walk, with_details
from sesssrvr.model.interpreter.obey import NoRows
from sesssrvr.model.interpreter.stages import Reading, run_stage
from sesssrvr.model.model import Model
from sesssrvr.model.steps import Run
from sesssrvr.model.table import PassedValue, SubProcedure
from sesssrvr.terminal.screen import Screen
from verdigris.errors import HostError, RecordNotFound, TooLarge
from verdigris.metadata import Value


MAX_RUNS: Final = 1000
"""Subprocedures one compound call may run: some minutes of a fast host, and a bound for all."""


def run_procedure(
    model: Model, screen: Screen, call: ProcedureCall, variables: MutableMapping[str, str]
) -> Run[ProcedureResult]:
    """Run a procedure from whatever entity the session is at.

    The request is checked completely before anything is sent to the host.

    Args:
        model: whose procedure.
        screen: the current one.
        call: what is wanted.
        variables: the session's; written by `ReadVarFromAttr` and read variables.

    Raises:
        RequestError: the call does not fit the procedure.
        HostError: the host, or the model's picture of it, did not do what was expected. Its
            details hold `screen` (masked text), `entity` and `path`.
    """
    table, procedure = model.find(call.procedure, call.table)
    order = check_call(table, procedure, call)
    ctx = Context(model, screen, variables)
    _hide(ctx, order)
    rows, affected = yield from with_details(ctx, _run(ctx, order, _Budget()))
    kept = rows[: order.max_rows] if order.max_rows else rows
    return ProcedureResult(
        columns=tuple((column.name, column.type) for column in order.outputs),
        rows=tuple(tuple(row.get(column.name) for column in order.outputs) for row in kept),
        affected=affected,
        path=tuple(ctx.path),
    )


class _Budget:
    """How many subprocedures may still be run."""

    def __init__(self) -> None:
        self._left = MAX_RUNS

    def take(self) -> None:
        """Use one up.

        Raises:
            TooLarge: none is left.
        """
        if not self._left:
            raise TooLarge(limit=MAX_RUNS, unit="runs of subprocedures")
        self._left -= 1


def _run(ctx: Context, order: CheckedCall, budget: _Budget) -> Run[tuple[list[Row], int]]:
    """Rows and the number of records written."""
    select = order.procedure.kind == "select"
    for parameter, values in (
        *((one, order.filters) for one in order.procedure.filters),
        *((one, order.data) for one in order.procedure.data),
    ):
        column = order.column(parameter.column)
        if parameter.variable and column.name in values:
            ctx.overlay[parameter.variable] = to_screen(values[column.name], column)
    if order.procedure.compound:
        rows, affected = yield from _compound(ctx, order, budget)
    else:
        rows = yield from _path(ctx, order)
        affected = 0 if select else 1
    if order.procedure.back:
        yield from _back(ctx, order)
    return (rows if select else []), affected


def _back(ctx: Context, order: CheckedCall) -> Run[None]:
    """Navigate back, if it can be done.

    What was done and read stands, so a failure here loses nothing: the client that uses or releases the
    session next goes on from where it is, and meets the trouble then.
    """
    with suppress(HostError):
        yield from walk(ctx, order.procedure.home or ctx.model.home)


def _path(ctx: Context, order: CheckedCall) -> Run[list[Row]]:
    reading = Reading(order)
    yield from walk(ctx, order.procedure.home or ctx.model.home)
    try:
        for stage in order.procedure.path:
            yield from run_stage(ctx, reading, stage)
    except (NoRows, RecordNotFound):
        if order.procedure.kind != "select":
            raise
        return []
    return reading.result()


# ---- compound --------------------------------------------------------------------------------


def _compound(ctx: Context, order: CheckedCall, budget: _Budget) -> Run[tuple[list[Row], int]]:
    rows: list[Row] = []
    affected = 0

    def take(row: Row) -> bool:
        if order.keeps(row, complete=True):
            rows.append(row)
        return order.full(len(rows))

    def written(count: int) -> None:
        nonlocal affected
        affected += count

    yield from _step(ctx, order, 0, {}, budget, take, written)
    return rows, affected


def _step(
    ctx: Context,
    order: CheckedCall,
    at: int,
    row: Row,
    budget: _Budget,
    take: Callable[[Row], bool],
    written: Callable[[int], None],
) -> Run[bool]:
    """Run the subprocedures from one on for a row; True when there are rows enough."""
    if at == len(order.procedure.steps):
        return take({**order.filters, **row})
    budget.take()
    sub = _order(
        ctx, order, order.procedure.steps[at], row, last=at + 1 == len(order.procedure.steps)
    )
    found, affected = yield from _run(ctx, sub, budget)
    written(affected)
    if sub.procedure.kind != "select":
        return take({**order.filters, **row})
    for one in found:
        further = {**row, **_renamed(order, one)}
        if (yield from _step(ctx, order, at + 1, further, budget, take, written)):
            return True
    return False


def _renamed(order: CheckedCall, row: Row) -> Row:
    """A subprocedure's row under the names the compound procedure's table spells."""
    names = {column.name.casefold(): column.name for column in order.table.columns}
    return {names.get(name.casefold(), name): value for name, value in row.items()}


def _order(
    ctx: Context, order: CheckedCall, step: SubProcedure, row: Row, *, last: bool
) -> CheckedCall:
    table, procedure = ctx.model.find(step.procedure, step.table)
    given: dict[str, Row] = {"filter": {}, "data": {}}
    for one in step.passes:
        given[one.role][one.column] = _passed(order, one, row)
    # The rows of the last subprocedure are the result's, unless filters drop some afterwards.
    unfiltered = not any(one.rows for one in order.procedure.filters)
    rows = order.max_rows if last and unfiltered else 0
    call = ProcedureCall(
        table.name,
        procedure.name,
        filters={k: v for k, v in given["filter"].items() if v is not None},
        data={k: v for k, v in given["data"].items() if v is not None},
        max_rows=rows,
        case_sensitive=order.case_sensitive,
    )
    return check_call(table, procedure, call)


def _passed(order: CheckedCall, one: PassedValue, row: Row) -> Value:
    if one.source == "text":
        return one.name
    values = {"filter": order.filters, "data": order.data, "output": row}[one.source]
    wanted = one.name.casefold()
    return next((value for name, value in values.items() if name.casefold() == wanted), None)


def _hide(ctx: Context, order: CheckedCall) -> None:
    for values in (order.filters, order.data):
        for name, value in values.items():
            if order.column(name).secret:
                ctx.keep_secret(str(value))
