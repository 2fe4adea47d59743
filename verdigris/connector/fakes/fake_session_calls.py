"""The session calls of a fake installation: answers that a test programs, and what needs none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from verdigris.errors import NotInModel, UnknownName, VerdigrisError
from verdigris.metadata import Model, Value
from verdigris.wire import CallFailure, CallSession, SessionCalled
from verdigris.wire import session_calls as calls


@dataclass(slots=True)
class FakeSessionState:
    """What a session server keeps for a session besides its variables."""

    entity: str = "Home"
    logging_level: calls.LoggingLevel = "LOG_WARNINGS_AND_ERRORS"
    client_state: dict[str, str] = field(default_factory=dict)


CallReply = Callable[[Any], Any]
"""Makes the result of a call, or raises its error."""


class FakeSessionCalls:
    """The session calls of all sessions of a fake.

    Attributes:
        made: every call, in order.
    """

    def __init__(self) -> None:
        self.made: list[calls.AnyCall] = []
        self._replies: dict[tuple[str, type], CallReply] = {}

    def program(self, model: str, kind: type[calls.AnyCall], reply: CallReply) -> None:
        """Say what a call answers."""
        self._replies[model.lower(), kind] = reply

    def perform(
        self, body: CallSession, model: Model, state: FakeSessionState, variables: dict[str, Value]
    ) -> SessionCalled:
        """Perform calls up to the first that fails, as a session server does."""
        wanted = [calls.read_call(data, n) for n, data in enumerate(body.calls, 1)]
        results: list[msgspec.Raw] = []
        for call in wanted:
            self.made.append(call)
            try:
                found = self._one(call, model, state, variables)
            except VerdigrisError as problem:
                problem.settle(writes=calls.ROWS[type(call)].access == "act")
                return SessionCalled(tuple(results), CallFailure.of(problem))
            results.append(calls.as_sent(found))
        return SessionCalled(tuple(results))

    def _one(
        self,
        call: calls.AnyCall,
        model: Model,
        state: FakeSessionState,
        variables: dict[str, Value],
    ) -> Any:
        reply = self._replies.get((model.name.lower(), type(call)))
        if reply is not None:
            return reply(call)
        if type(call) in _KEPT:
            return _KEPT[type(call)](call, state)
        if type(call) in _DESCRIBED:
            return _DESCRIBED[type(call)](call, model)
        if isinstance(call, calls.GetModelVariables):
            names = call.variables or tuple(variables)
            return {name: variables.get(name) for name in names}
        if isinstance(call, calls.SetModelVariables):
            variables.update(call.variables)
            return None
        name = calls.ROWS[type(call)].name
        raise NotInModel(problem=f"the fake has no answer to {name}; give it one: fake.answer")


def _set_entity(call: calls.SetCurrentEntity, state: FakeSessionState) -> None:
    state.entity = call.entity


def _set_level(call: calls.SetLoggingLevel, state: FakeSessionState) -> None:
    state.logging_level = call.level


def _set_state(call: calls.SetClientState, state: FakeSessionState) -> None:
    merged = {**state.client_state, **call.state}
    state.client_state = {name: text for name, text in merged.items() if text is not None}


def _get_state(call: calls.GetClientState, state: FakeSessionState) -> dict[str, str]:
    kept = state.client_state
    return {name: kept[name] for name in call.names or kept if name in kept}


def _named(owner: str, kind: str, items: Iterable[Any], name: str) -> Any:
    for one in items:
        if one.name.lower() == name.lower():
            return one
    raise UnknownName(owner=owner, kind=kind, name=name)


def _table(call: Any, model: Model) -> Any:
    return _named(f"Model {model.name}", "table", model.tables, call.table)


_KEPT: Final[dict[type, Callable[[Any, FakeSessionState], Any]]] = {
    calls.GetCurrentEntity: lambda _, state: state.entity,
    calls.SetCurrentEntity: _set_entity,
    calls.SetLoggingLevel: _set_level,
    calls.GetLoggingLevel: lambda _, state: state.logging_level,
    calls.SetLocale: lambda _, __: None,
    calls.GetLocale: lambda _, __: "en_us",
    calls.SetClientState: _set_state,
    calls.GetClientState: _get_state,
    calls.EnableTerminalAttributes: lambda _, __: None,
}

_DESCRIBED: Final[dict[type, Callable[[Any, Model], Any]]] = {
    calls.GetHomeEntityName: lambda _, model: model.home_entity,
    calls.GetModelVariableNames: lambda _, model: [one.name for one in model.variables],
    calls.GetVariableMetaData: lambda call, model: _named(
        f"Model {model.name}", "variable", model.variables, call.variable
    ),
    calls.GetTableNames: lambda _, model: [one.name for one in model.tables],
    calls.GetTableDescription: lambda call, model: _table(call, model).description,
    calls.GetTableColumns: lambda call, model: [one.name for one in _table(call, model).columns],
    calls.GetTableProcedures: lambda call, model: [
        one.name for one in _table(call, model).procedures
    ],
    calls.GetColumnMetaData: lambda call, model: _named(
        f"Table {call.table}", "column", _table(call, model).columns, call.column
    ),
    calls.GetProcedureMetaData: lambda call, model: _named(
        f"Table {call.table}", "procedure", _table(call, model).procedures, call.procedure
    ),
}
