"""One session call as a run: the table of what does each (`verdigris.wire.session_calls.CALLS`)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sesssrvr.model.interaction import (
    entity_calls,
    host_waits,
    record_calls,
    screen_calls,
    table_and_session,
)
from sesssrvr.model.interaction.interaction import Interaction
from sesssrvr.model.interpreter.navigate import with_details
from sesssrvr.model.names import find
from sesssrvr.model.steps import Run
from verdigris.errors import VerdigrisError
from verdigris.sql import plan, read
from verdigris.wire import session_calls as calls


LOOK: Final[Mapping[type, Callable[[Interaction, Any], Any]]] = {
    **screen_calls.LOOK,
    **entity_calls.LOOK,
    **record_calls.LOOK,
    **table_and_session.LOOK,
}
"""Calls that are answered at once."""

RUN: Final[Mapping[type, Callable[[Interaction, Any], Run[Any]]]] = {
    **screen_calls.RUN,
    **host_waits.RUN,
    **entity_calls.RUN,
    **record_calls.RUN,
    **table_and_session.RUN,
}
"""Calls that type, press or wait."""


def run_call(interaction: Interaction, call: calls.AnyCall) -> Run[Any]:
    """A session call as a run whose result is the call's.

    Raises:
        VerdigrisError: with details `screen` (masked), `entity` and `path`.
    """
    return (yield from with_details(interaction.ctx, _steps(interaction, call)))


def _steps(interaction: Interaction, call: calls.AnyCall) -> Run[Any]:
    kind = type(call)
    if kind in LOOK:
        return LOOK[kind](interaction, call)
    return (yield from RUN[kind](interaction, call))


def may_write(interaction: Interaction, call: calls.AnyCall) -> bool:
    """Whether a call may change something at the host, so that a broken one is not repeated unseen."""
    if isinstance(call, calls.PerformTableProcedure):
        tables = interaction.model.tables
        named = (find(tables, call.table),) if call.table else tables
        found = [
            one for it in named if it and (one := find(it.procedures, call.procedure)) is not None
        ]
        return not all(one.read_only for one in found)
    if isinstance(call, calls.ExecuteSQLStatement):
        try:
            return not plan(interaction.described.tables, read(call.statement)).read_only
        except VerdigrisError:
            return False
    return calls.ROWS[type(call)].access == "act"
