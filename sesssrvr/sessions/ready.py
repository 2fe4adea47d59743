"""A pool's session on its way to a client: there before the client has it, or an error.

Law: nobody waits longer than the client does, and a session that is not at its startup entity is
brought there or replaced.
"""

from typing import Final

from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.logger import Logger

from sesssrvr.pool import HostState, SessionUnusable
from sesssrvr.sessions.caller import Caller
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.errors import HostError, MethodTimedOut


log = Logger()

_COMING: Final = (HostState.QUEUED, HostState.CONNECTING)


async def at_startup(sessions: SessionManager, held: LiveSession, asker: Caller) -> None:
    """Wait for a pool's session if it is coming; see that it still is where it should be.

    Raises:
        HostError, MethodTimedOut: it is not, and cannot be brought there in time.
    """
    slot = sessions.state.slot(held.number)
    if slot is not None and slot.host in _COMING:
        await _coming(sessions, held, asker)
        return
    place, values, host = held.place, held.values, held.host
    assert values is not None  # noqa: S101 - resolved before
    assert host is not None  # noqa: S101 - it is up
    if held.rests:
        place.program.arrived(host.screen(), values)
        return
    try:
        await host.run(
            lambda it: place.program.go_to(it, values, place.startup),
            asker.left(sessions.clock.seconds()),
        )
        host.check()
    except (HostError, MethodTimedOut) as problem:
        log.warn("session {number} of {name} is replaced: {problem}", number=held.number, name=place.key.name, problem=str(problem), request_id=asker.request_id)  # fmt: skip
        sessions.decide(SessionUnusable(held.number, str(problem)))
        slot = sessions.state.slot(held.number)
        if slot is None or slot.host not in _COMING:
            raise  # no room for another connect: the client has to know
        await _coming(sessions, held, asker)


async def _coming(sessions: SessionManager, held: LiveSession, asker: Caller) -> None:
    """Wait for the connect under way, no longer than the client does."""
    ended = held.connected()
    seconds = asker.left(sessions.clock.seconds())
    ended.addTimeout(seconds, sessions.clock)
    try:
        await ended
    except WaitedTooLong:
        awaited = f"a session of {held.place.key.name} to connect"
        raise MethodTimedOut({"awaited": awaited, "seconds": round(seconds, 3)}) from None
