"""Connects of host sessions: each is one connect of one slot, and says once how it ended.

The pool decides when a slot connects; a client's own bound holds beside the pool's.
"""

from collections.abc import Callable

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger, LogLevel

from sesssrvr.deployment.program import SessionVariables
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.sessions.host_jobs import HostAddress, Hosts, connect
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.sessions.sign_on_guard import AccountRefused, SignOnGuard
from verdigris.errors import VerdigrisError


log = Logger()

Decided = Callable[[LiveSession, VerdigrisError | None, float], None]
"""Hears how a connect ended: its error, if it failed, and for how many seconds it is not to be tried again."""


class Connects:
    """The connects of the session server.

    Args:
        clock: measures every bound.
        hosts: how hosts are reached.
        guard: of the accounts that sessions sign on with.
        trace_bytes: bytes of each session's traffic that are kept for errors.
        decided: called when a connect has ended, unless another host session has taken its place.
        lost: called when the host ends a session.
        keep_trace: keeps the trace of an error; its name.
    """

    def __init__(
        self,
        clock: IReactorTime,
        hosts: Hosts,
        guard: SignOnGuard,
        trace_bytes: int,
        *,
        decided: Decided,
        lost: Callable[[LiveSession, HostSession, str], None],
        keep_trace: Callable[[LiveSession, str | Callable[[], str], VerdigrisError], str],
    ) -> None:
        self._clock = clock
        self._hosts = hosts
        self._guard = guard
        self._trace_bytes = trace_bytes
        self._decided = decided
        self._lost = lost
        self._keep_trace = keep_trace

    def __repr__(self) -> str:
        return f"<Connects with {self._guard!r}>"

    def begin(
        self, session: LiveSession, variables: SessionVariables, seconds: float, request_id: str
    ) -> None:
        """Connect a session with these variables; `session.connected()` tells how it ends.

        Args:
            session: its slot is in state connecting.
            variables: model variables of the sign-on.
            seconds: how long the client waits; the pool's own bound holds as well.
            request_id: of the client that waits, "" for the pool's own.
        """
        settings, tls = session.pool.settings(variables)
        address = HostAddress(self._hosts, settings, tls=tls)
        host = HostSession(
            str(address),
            self._clock,
            lambda host, reason: self._lost(session, host, reason),
            lambda text, problem: self._keep_trace(session, text, problem),
            self._trace_bytes,
            picture=session.picture,
            secret_texts=session.pool.program.secret_texts,
        )
        bound = min(seconds, session.pool.connect_within or settings.connect_timeout)
        session.connect(host, self._connecting(session, host, variables, address, bound))
        log.debug("session {number} connects to {address}", number=session.number, address=str(address), request_id=request_id)  # fmt: skip

    async def _connecting(
        self,
        session: LiveSession,
        host: HostSession,
        variables: SessionVariables,
        address: HostAddress,
        bound: float,
    ) -> None:
        try:
            await self._ends_are_sent()
            await connect(session, host, variables, address, bound, self._guard)
        except CancelledError:
            return
        except AccountRefused as refused:
            level = LogLevel.warn if refused.tried else LogLevel.debug
            self._failed(session, host, refused.problem, refused.wait, level)
        except VerdigrisError as problem:
            self._failed(session, host, problem, 0.0, LogLevel.warn)
        else:
            session.connect_ended()
            self._decided(session, None, 0.0)
            session.wake(None)

    async def _ends_are_sent(self) -> None:
        """Let the event loop close what was left in this turn.

        A host that counts sessions sees the end of one before the one that takes its place.
        """
        await deferLater(self._clock, 0)  # ends before the loop writes
        await deferLater(self._clock, 0)

    def _failed(
        self,
        session: LiveSession,
        host: HostSession,
        problem: VerdigrisError,
        wait: float,
        level: LogLevel,
    ) -> None:
        log.emit(level, "session {number} of {name}: {problem}", number=session.number, name=session.pool.key.name, problem=str(problem))  # fmt: skip
        session.connect_ended()
        host.close()
        if session.host is host:
            self._decided(session, problem, wait)
        session.wake(problem)
