"""Why there is no session, as an error and as an answer to a management server."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from sesssrvr.pool import DenialReason, Denied, PoolKey, ServerState
from verdigris.errors import (
    AtLimit,
    Draining,
    HostAway,
    NotOffered,
    PoolStopped,
    VariableListExhausted,
    VerdigrisError,
)
from verdigris.wire import Refused


Reason = Literal["busy", "not offered", "draining"]

_REASON: Final[Mapping[DenialReason, Reason]] = {
    DenialReason.NOT_OFFERED: "not offered",
    DenialReason.STOPPED: "not offered",
    DenialReason.DRAINING: "draining",
    DenialReason.SERVER: "busy",
    DenialReason.POOL: "busy",
    DenialReason.PENDING: "busy",
    DenialReason.ROWS: "busy",
    DenialReason.HOST: "busy",
}
"""A variable list without a free row is a limit like the others: it is over when a session ends."""


def refusal(name: str, state: ServerState, key: PoolKey, denied: Denied) -> VerdigrisError:
    """The error for a client that connects directly.

    Args:
        name: of this session server.
        state: the sessions.
        key: what was asked for.
        denied: the decision.
    """
    return _ERROR[denied.reason](name, state, key, denied)


def refused(name: str, state: ServerState, key: PoolKey, denied: Denied) -> Refused:
    """The answer to a management server that asked for a reservation."""
    reason = _REASON[denied.reason]
    limit = (
        ""
        if reason != "busy"
        else "pool"
        if denied.reason is DenialReason.ROWS
        else denied.reason.value
    )
    return Refused(reason, limit, denied.maximum, str(refusal(name, state, key, denied)))


def _draining(name: str, state: ServerState, _key: PoolKey, _denied: Denied) -> VerdigrisError:
    words = "stopping" if state.stopping else _STATES.get(state.admin, state.admin)
    return Draining(server=name, state=words)


def _exhausted(name: str, state: ServerState, key: PoolKey, denied: Denied) -> VerdigrisError:
    pool = state.pools[key]
    settings, had, rows = pool.settings, denied.maximum, pool.settings.rows or 0
    if settings.group not in state.granted or had == rows:
        words = f"all {rows} are in use"
    elif had:
        words = f"all {had} that session server {name} has of its {rows} are in use"
    else:
        words = f"session server {name} has none of its {rows} rows at the moment"
    return VariableListExhausted(list=settings.row_list, pool=key.name, rows=words)


def _host_away(name: str, state: ServerState, key: PoolKey, _denied: Denied) -> VerdigrisError:
    return HostAway(pool=key.name, server=name, reason=state.pools[key].problem)


def _at_limit(name: str, _state: ServerState, key: PoolKey, denied: Denied) -> VerdigrisError:
    return AtLimit(
        server=name,
        name=f"{key.kind} {key.name}",
        limit=denied.reason.value,
        maximum=denied.maximum,
    )


_STATES: Final = {"drain": "drained", "maintenance": "in maintenance"}

_ERROR: Final[
    Mapping[DenialReason, Callable[[str, ServerState, PoolKey, Denied], VerdigrisError]]
] = {
    DenialReason.NOT_OFFERED: lambda name, _state, key, _denied: NotOffered(
        kind="session pool" if key.kind == "pool" else "model", name=key.name, where=name
    ),
    DenialReason.STOPPED: lambda name, _state, key, _denied: PoolStopped(
        pool=key.name, server=name
    ),
    DenialReason.DRAINING: _draining,
    DenialReason.SERVER: _at_limit,
    DenialReason.POOL: _at_limit,
    DenialReason.PENDING: _at_limit,
    DenialReason.ROWS: _exhausted,
    DenialReason.HOST: _host_away,
}
