"""Reports of the server on itself: status for heartbeats, session lists for operators.

Counts come from the pool state only. No session key, claim or variable is in a report, and screens
are pictures with their secrets masked.
"""

from collections.abc import Iterable, Iterator
from typing import TypedDict, cast

from sesssrvr.pool import STATES, Pool, ServerState, rows_had
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.errors import VerdigrisError
from verdigris.wire import PoolStatus, PoolValues, SessionStatus, Status


def status(state: ServerState, boot: str) -> Status:
    """The server's counts.

    Args:
        state: the sessions.
        boot: names this run of the process.
    """
    total = _counts(state.pools.values())
    return Status(
        boot=boot,
        maximum=state.limits.maximum,
        draining=state.draining,
        pools=tuple(
            _pool(state, pool) for key, pool in sorted(state.pools.items()) if key.kind == "pool"
        ),
        **total,
    )


def sessions(manager: SessionManager, *, screens: bool) -> Iterator[SessionStatus]:
    """Every session, by number."""
    state, now = manager.state, manager.clock.seconds()
    for number, key in sorted(state.pool_of.items()):
        slot = state.pools[key].slots[number]
        session = manager.session(number)
        entity, screen = _seen(manager, number)
        yield SessionStatus(
            id=number,
            kind=key.kind,
            name=key.name,
            model=state.pools[key].settings.model,
            state=slot.state,
            since=round(now - slot.since, 3),
            user=slot.user,
            entity=entity,
            request_id="" if session is None else session.request_id,
            problem=slot.reason,
            screen=screen if screens else "",
            on_behalf_of="" if session is None else session.owner.on_behalf_of,
            row="" if slot.row_key is None else _row(slot.row_key[1]),
        )


def trace(manager: SessionManager, wanted: str, number: int) -> tuple[str, str] | None:
    """Name and text of a trace that is kept, or of the traffic of a session as it stands.

    Args:
        manager: the sessions.
        wanted: name of a trace, or id of a request.
        number: of a live session; 0 for a trace that is kept.
    """
    if number:
        session = manager.session(number)
        text = "" if session is None or session.host is None else session.host.trace()
        return (f"session-{number}", text) if text else None
    traces = manager.traces
    return None if traces is None else traces.read(wanted)


def _seen(manager: SessionManager, number: int) -> tuple[str, str]:
    """The entity of a session, and the masked picture of its screen."""
    session = manager.session(number)
    if session is None or session.host is None or session.host.lost:
        return "", ""
    try:
        screen = session.host.screen()
    except VerdigrisError:
        return "", ""  # not connected yet
    return session.pool.program.entity(screen), session.picture(screen)


def _row(key: str) -> str:
    """What a row is known by, in words."""
    return f"row {key}" if key.isdecimal() else key


def _pool(state: ServerState, pool: Pool) -> PoolStatus:
    counts = _counts([pool])
    settings = pool.settings
    group = settings.group
    used = sum(1 for slot in pool.slots.values() if slot.row_key and slot.row_key[0] == group)
    return PoolStatus(
        name=settings.key.name,
        model=settings.model,
        started=pool.started,
        maximum=settings.maximum,
        problem=pool.problem,
        rows=None if settings.rows is None else len(rows_had(state, pool)),
        rows_used=used,
        packaged=PoolValues(*(settings.packaged or settings.numbers)),
        in_force=PoolValues(*settings.numbers),
        **counts,
    )


class _Counts(TypedDict):
    """Sessions by their state, under the names of the wire."""

    idle: int
    active: int
    pending: int
    suspended: int
    quarantined: int
    reserved: int


def _counts(pools: Iterable[Pool]) -> _Counts:
    found = dict.fromkeys(STATES, 0)
    for pool in pools:
        for name, count in pool.counts.items():
            found[name] += count
    return cast("_Counts", found)
