"""What the server says of itself: status for heartbeats, session lists for operators.

Law: counts come from the pool state only; no session key, claim or variable is ever told, and
screens are taken as readers see them, hidden fields blank.
"""

from collections.abc import Iterable, Iterator

from sesssrvr.pool import STATES, Pool, ServerState
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.errors import VerdigrisError
from verdigris.wire import PoolStatus, SessionStatus, Status


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
        pools=tuple(_pool(pool) for key, pool in sorted(state.pools.items()) if key.kind == "pool"),
        **total,
    )


def sessions(all_of_them: SessionManager, *, screens: bool) -> Iterator[SessionStatus]:
    """Every session, by number."""
    state, now = all_of_them.state, all_of_them.clock.seconds()
    for number, key in sorted(state.pool_of.items()):
        slot = state.pools[key].slots[number]
        held = all_of_them.held(number)
        entity, screen = _seen(all_of_them, number)
        yield SessionStatus(
            id=number,
            kind=key.kind,
            name=key.name,
            model=state.pools[key].settings.model,
            state=slot.state,
            since=round(now - slot.since, 3),
            user=slot.user,
            entity=entity,
            request_id="" if held is None else held.request_id,
            problem=slot.reason,
            screen=screen if screens else "",
        )


def trace(all_of_them: SessionManager, wanted: str, number: int) -> tuple[str, str] | None:
    """Name and text of a trace that is kept, or of the traffic of a session as it stands.

    Args:
        all_of_them: the sessions.
        wanted: name of a trace, or id of a request.
        number: of a live session; 0 for a trace that is kept.
    """
    if number:
        held = all_of_them.held(number)
        text = "" if held is None or held.host is None else held.host.trace()
        return (f"session-{number}", text) if text else None
    traces = all_of_them.traces
    return None if traces is None else traces.read(wanted)


def _seen(all_of_them: SessionManager, number: int) -> tuple[str, str]:
    """The entity a session is at, and its screen as text."""
    held = all_of_them.held(number)
    if held is None or held.host is None or held.host.lost:
        return "", ""
    try:
        screen = held.host.screen()
    except VerdigrisError:
        return "", ""  # not connected yet
    return held.place.program.entity(screen), held.picture(screen)


def _pool(pool: Pool) -> PoolStatus:
    counts = _counts([pool])
    settings = pool.settings
    return PoolStatus(
        name=settings.key.name,
        model=settings.model,
        started=pool.started,
        maximum=settings.maximum,
        problem=pool.problem,
        **counts,
    )


def _counts(pools: Iterable[Pool]) -> dict[str, int]:
    found = dict.fromkeys(STATES, 0)
    for pool in pools:
        for name, count in pool.counts.items():
            found[name] += count
    return found
