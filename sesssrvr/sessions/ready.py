"""A lent session on its way to its client: at its startup entity, or an error.

The client waits no longer than it said it would. A session that is not at its startup entity is
brought there or replaced.
"""

from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.logger import Logger

from sesssrvr.caller import Caller
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.errors import HostConnectionLost, HostError, MethodTimedOut


log = Logger()


async def at_startup(manager: SessionManager, session: LiveSession, caller: Caller) -> None:
    """Bring a session, whose variables are set, to its startup entity.

    Raises:
        HostError, MethodTimedOut: it cannot be brought there in time.
    """
    if session.pool.key.kind == "model":
        await _connect(manager, session, caller)
    elif manager.is_connecting(session):
        await _wait(manager, session, caller)
    else:
        await _from_pool(manager, session, caller)
    if session.host is None or session.host.lost:
        name = session.pool.key.name
        raise HostConnectionLost(host=name, reason="the session was ended")


async def _connect(manager: SessionManager, session: LiveSession, caller: Caller) -> None:
    """Connect for this client alone: the sign-on may need its variables."""
    assert session.variables is not None  # noqa: S101 - set by the caller
    ended = session.connected()
    seconds = caller.left(manager.clock.seconds())
    manager.connects.begin(session, session.variables, seconds, caller.request_id)
    await ended


async def _from_pool(manager: SessionManager, session: LiveSession, caller: Caller) -> None:
    """See that a connected session still is where it should be."""
    program, variables, host = session.pool.program, session.variables, session.host
    assert variables is not None  # noqa: S101 - set by the caller
    assert host is not None  # noqa: S101 - it is connected
    if session.at_startup:
        program.arrived(host.screen(), variables)
        return
    try:
        await host.run(
            lambda screen: program.go_to(screen, variables, session.pool.startup),
            caller.left(manager.clock.seconds()),
        )
        host.check()
    except (HostError, MethodTimedOut) as problem:
        log.warn("session {number} of {name} is replaced: {problem}", number=session.number, name=session.pool.key.name, problem=str(problem), request_id=caller.request_id)  # fmt: skip
        if not manager.replace(session, str(problem)):
            raise  # without room for another connect the client has to know what was wrong
        await _wait(manager, session, caller)


async def _wait(manager: SessionManager, session: LiveSession, caller: Caller) -> None:
    """Wait for the connect under way, no longer than the client does."""
    ended = session.connected()
    seconds = caller.left(manager.clock.seconds())
    ended.addTimeout(seconds, manager.clock)
    try:
        await ended
    except WaitedTooLong:
        awaited = f"a session of {session.pool.key.name} to connect"
        raise MethodTimedOut({"awaited": awaited, "seconds": round(seconds, 3)}) from None
