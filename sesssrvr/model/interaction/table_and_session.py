"""Session calls at the level of tables, and those about variables and the session itself."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sesssrvr.model.interaction.interaction import Interaction, known
from sesssrvr.model.interpreter.call import ProcedureCall, ProcedureResult
from sesssrvr.model.interpreter.procedure import run_procedure
from sesssrvr.model.names import find
from sesssrvr.model.steps import Run
from sesssrvr.model.variables import settable
from verdigris import metadata
from verdigris.errors import BadSessionCall, NoStringHandler, TooLarge
from verdigris.metadata import Value
from verdigris.sql import plan, read
from verdigris.wire import session_calls as calls


LOCALE: Final = "en_us"
STATE_BYTES: Final = 64 * 1024
"""Of a client's own texts, with their names; a session keeps them for as long as it lives."""


# ---- procedures --------------------------------------------------------------------------------


def _perform(it: Interaction, call: calls.PerformTableProcedure) -> Run[calls.TableRows]:
    wanted = ProcedureCall(
        call.table,
        call.procedure,
        call.filters,
        call.data,
        call.columns,
        call.max_rows,
        call.case_sensitive,
    )
    return _rows((yield from _run(it, wanted)))


def _run(it: Interaction, wanted: ProcedureCall) -> Run[ProcedureResult]:
    """A procedure, with a state of its own: what a client had written and not sent is behind it."""
    result = yield from run_procedure(it.model, it.ctx.screen, wanted, it.variables)
    it.ctx.path.clear()
    it.at = ""
    return result


def _rows(result: ProcedureResult) -> calls.TableRows:
    rows = [[*row] for row in result.rows]
    return calls.TableRows(result.columns, rows, result.affected, result.path)


def _statement(it: Interaction, call: calls.ExecuteSQLStatement) -> Run[calls.TableRows]:
    found = plan(it.described.tables, read(call.statement))
    wanted = ProcedureCall(
        found.table,
        found.procedure,
        found.filters,
        found.data,
        tuple(column.name for column in found.fetched),
        call.max_rows if found.where is None else 0,
        found.case_sensitive,
    )
    result = yield from _run(it, wanted)
    if not found.returns_rows:
        return _rows(result)
    rows = found.kept([name for name, _ in result.columns], result.rows)
    columns = tuple((column.name, column.type) for column in found.columns)
    return calls.TableRows(columns, rows[: call.max_rows or None], 0, result.path)


def _string(it: Interaction, _: calls.ProcessString) -> str:
    raise NoStringHandler(model=it.model.name)


# ---- tables ------------------------------------------------------------------------------------


def _table(it: Interaction, name: str) -> metadata.Table:
    return known(f"Model {it.model.name}", "table", it.described.tables, name)


def _column(it: Interaction, call: calls.GetColumnMetaData) -> metadata.Column:
    table = _table(it, call.table)
    return known(f"Table {table.name}", "column", table.columns, call.column)


def _procedure(it: Interaction, call: calls.GetProcedureMetaData) -> metadata.Procedure:
    table = _table(it, call.table)
    return known(f"Table {table.name}", "procedure", table.procedures, call.procedure)


# ---- variables ---------------------------------------------------------------------------------


def _variable_names(it: Interaction, _: calls.GetModelVariableNames) -> list[str]:
    return [one.name for one in it.described.variables]


def _variables(it: Interaction, call: calls.GetModelVariables) -> dict[str, str | None]:
    if call.variables:
        wanted = [it.variable(name) for name in call.variables]
    else:
        seen = (one for one in it.model.variables if not one.hidden)
        wanted = [one for one in seen if one.read or one.secret]
    return {one.name: it.value(one) for one in wanted}


def _set_variables(it: Interaction, call: calls.SetModelVariables) -> None:
    for name in call.variables:
        settable(find(it.model.variables, name), it.model.name, name)
    it.variables.update({name: _as_text(value) for name, value in call.variables.items()})


def _as_text(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _variable(it: Interaction, call: calls.GetVariableMetaData) -> metadata.Variable:
    return known(f"Model {it.model.name}", "variable", it.described.variables, call.variable)


# ---- the session itself ------------------------------------------------------------------------


def _set_level(it: Interaction, call: calls.SetLoggingLevel) -> None:
    it.logging_level = call.level


def _set_locale(_: Interaction, call: calls.SetLocale) -> None:
    if call.locale.replace("-", "_").lower() != LOCALE:
        problem = f"messages are available in {LOCALE} only"
        raise BadSessionCall(call="SetLocale", problem=problem)


def _set_state(it: Interaction, call: calls.SetClientState) -> None:
    state = {**it.client_state, **call.state}
    kept = {name: text for name, text in state.items() if text is not None}
    size = sum(len(name.encode()) + len(text.encode()) for name, text in kept.items())
    if size > STATE_BYTES:
        raise TooLarge(limit=STATE_BYTES, unit="bytes of client state")
    it.client_state = kept


def _state(it: Interaction, call: calls.GetClientState) -> dict[str, str]:
    names = call.names or it.client_state
    return {name: it.client_state[name] for name in names if name in it.client_state}


LOOK: Final[Mapping[type, Callable[[Interaction, Any], Any]]] = {
    calls.GetTableNames: lambda it, _: [one.name for one in it.described.tables],
    calls.GetTableDescription: lambda it, call: _table(it, call.table).description,
    calls.GetTableColumns: lambda it, call: [one.name for one in _table(it, call.table).columns],
    calls.GetColumnMetaData: _column,
    calls.GetTableProcedures: lambda it, call: [
        one.name for one in _table(it, call.table).procedures
    ],
    calls.GetProcedureMetaData: _procedure,
    calls.ProcessString: _string,
    calls.GetModelVariableNames: _variable_names,
    calls.GetModelVariables: _variables,
    calls.SetModelVariables: _set_variables,
    calls.GetVariableMetaData: _variable,
    calls.SetLoggingLevel: _set_level,
    calls.GetLoggingLevel: lambda it, _: it.logging_level,
    calls.SetLocale: _set_locale,
    calls.GetLocale: lambda _, __: LOCALE,
    calls.SetClientState: _set_state,
    calls.GetClientState: _state,
}

RUN: Final[Mapping[type, Callable[[Interaction, Any], Run[Any]]]] = {
    calls.PerformTableProcedure: _perform,
    calls.ExecuteSQLStatement: _statement,
}
