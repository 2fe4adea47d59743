"""All sessions of the server: performs what `sesssrvr.pool` decides.

Every change of who has a session is one `step` of the pool state. The shell performs the effects
(connect, return to the startup entity, close) and reports what became of them; it judges no limit.
Clients get and give back sessions by four verbs: `lend`, `suspend`, `release`, `replace`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from sesssrvr.admission.session_user import SessionUser
from sesssrvr.caller import Caller
from sesssrvr.deployment.deployed_pool import DeployedPool
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.pool import (
    Claimed,
    CloseSession,
    Connect,
    Connected,
    ConnectFailed,
    Deployed,
    Effect,
    Event,
    HostLost,
    HostState,
    Lent,
    Limits,
    OpenRequested,
    Overridden,
    PoolKey,
    PoolSettings,
    QueueConnect,
    Released,
    Reply,
    Resumed,
    Returned,
    ReturnFailed,
    ReturnToStartup,
    RowsGranted,
    ServerState,
    SessionUnusable,
    SlotIsFree,
    Started,
    Suspended,
    TimePassed,
    Undeployed,
    step,
)
from sesssrvr.sessions.connects import Connects
from sesssrvr.sessions.host_jobs import Hosts, return_to_startup
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.sessions.sign_on_guard import SignOnGuard
from sesssrvr.traces.trace_store import TraceStore
from sesssrvr.traces.traffic_buffer import SIZE
from verdigris.errors import HostConnectionLost, VerdigrisError


log = Logger()


@dataclass(frozen=True, slots=True)
class Tunables:
    """Limits of the shell.

    Attributes:
        return_within: seconds for the return to the startup entity.
        trace_bytes: bytes of each session's traffic that are kept for errors.
    """

    return_within: float = 30.0
    trace_bytes: int = SIZE


class SessionManager:
    """All sessions of the server.

    Args:
        limits: of the server.
        clock: measures every bound.
        hosts: how hosts are reached.
        chance: a number in [0.5, 1.5], to spread retries.
        times: limits of this shell.

    Attributes:
        state: the present pool state.
        on_change: called after every decision that changed the state.
        on_slot_free: called when a refused client may try again.
        before_decision: called before every decision: may end what must not be used any more.
        shares_rows: whether rows of variable lists that servers share come from a management server.
        traces: keeps the traces of host sessions that failed; None keeps none.
        connects: connects the host session of a slot that is in state connecting.
    """

    def __init__(
        self,
        limits: Limits,
        clock: IReactorTime,
        hosts: Hosts,
        chance: Callable[[], float],
        times: Tunables | None = None,
    ) -> None:
        self.state = ServerState(limits)
        self.clock = clock
        self.on_change: Callable[[], None] = lambda: None
        self.on_slot_free: Callable[[], None] = lambda: None
        self.before_decision: Callable[[], None] = lambda: None
        self.shares_rows = False
        self.traces: TraceStore | None = None
        self._chance = chance
        self._times = times or Tunables()
        self._sessions: dict[int, LiveSession] = {}
        self._returned: list[int] = []
        self._guard = SignOnGuard(clock, limits.backoff_last)
        self.connects = Connects(
            clock,
            hosts,
            self._guard,
            self._times.trace_bytes,
            decided=self._connect_ended,
            lost=self._lost,
            keep_trace=self._keep_trace,
        )
        self._deployed: dict[tuple[PoolKey, int], DeployedPool] = {}

    def __repr__(self) -> str:
        return f"<SessionManager {self.state!r}>"

    # ---- deciding ----------------------------------------------------------------------------

    def decide(self, event: Event) -> Reply | None:
        """Decide on an event, perform what follows, and return the answer, if the event asks for one."""
        self.before_decision()
        before = self.state
        if isinstance(event, (Started, Deployed)):
            self._guard.forgive()  # an administrator may have mended the password at the host
        self.state, effects = step(before, event, self.clock.seconds())
        reply: Reply | None = None
        for effect in effects:
            answer = self._perform(effect)
            reply = reply or answer
        self._report_returned()
        if (
            effects
            or not isinstance(event, TimePassed)
            or self.state.expiries is not before.expiries
        ):
            self.on_change()
        return reply

    def tick(self) -> None:
        """Decide on what has expired; called several times a second."""
        state = self.state
        if (
            state.expiries
            or state.tombstones
            or state.broken
            or any(p.retry_at for p in state.pools.values())
        ):
            self.decide(TimePassed())

    def deploy(self, settings: PoolSettings, pool: DeployedPool) -> None:
        """Deploy a pool or model, or deploy it anew."""
        before = self.state.pools.get(settings.key)
        generation = 1 if before is None else before.generation + 1
        self._deployed[settings.key, generation] = pool
        if self.shares_rows and settings.row_group and settings.group not in self.state.granted:
            self.decide(RowsGranted(settings.group, frozenset()))
        self.decide(Deployed(settings))
        self._prune()

    def undeploy(self, key: PoolKey) -> None:
        """Take a pool or model away; sessions in use finish."""
        self.decide(Undeployed(key))
        self._prune()

    def override(self, settings: PoolSettings) -> None:
        """Give a pool other settings; its sessions go on."""
        self.decide(Overridden(settings))

    def close(self) -> None:
        """End every host session, in use or not: the process is about to end."""
        for number in tuple(self._sessions):
            self._close(number)

    # ---- lending -----------------------------------------------------------------------------

    def lend(
        self, event: OpenRequested | Claimed | Resumed, user: SessionUser, caller: Caller
    ) -> LiveSession | Reply | None:
        """Decide on a client's request for a session.

        Returns:
            The session, which is the caller's now; otherwise why there is none.
        """
        reply = self.decide(event)
        if not isinstance(reply, Lent):
            return reply
        session = self._sessions[reply.number]  # a lent slot connects or is connected
        session.lend(event.key, user, caller)
        return session

    def suspend(self, session: LiveSession, minutes: float) -> None:
        """Keep a client's session without its connection; 0 minutes is as long as is allowed."""
        minutes = minutes if minutes > 0 else self.state.limits.suspend_minutes
        session.suspend(minutes)
        self.decide(Suspended(session.number, minutes))

    def release(self, session: LiveSession) -> None:
        """Take a client's session back."""
        session.release()
        self.decide(Released(session.number))

    def replace(self, session: LiveSession, reason: str) -> bool:
        """Give a client another host session for one that is of no use.

        Returns:
            Whether there is room for another connect.
        """
        self.decide(SessionUnusable(session.number, reason))
        return self.is_connecting(session)

    def is_connecting(self, session: LiveSession) -> bool:
        """Whether the host session is still to come."""
        slot = self.state.slot(session.number)
        return slot is not None and slot.host in (HostState.QUEUED, HostState.CONNECTING)

    def _prune(self) -> None:
        """Forget deployments that no pool and no session needs any more."""
        needed = {(key, pool.generation) for key, pool in self.state.pools.items()}
        for key, pool in self.state.pools.items():
            needed.update((key, slot.generation) for slot in pool.slots.values())
        self._deployed = {key: pool for key, pool in self._deployed.items() if key in needed}

    # ---- looking -----------------------------------------------------------------------------

    @property
    def deployed(self) -> Mapping[PoolKey, DeployedPool]:
        """What is deployed now."""
        return {
            key: self._deployed[key, pool.generation]
            for key, pool in self.state.pools.items()
            if not pool.removed
        }

    def deployed_pool(self, number: int) -> DeployedPool | None:
        """What the session of this slot runs, or will run."""
        slot = self.state.slot(number)
        key = self.state.pool_of.get(number)
        return None if slot is None or key is None else self._deployed[key, slot.generation]

    def session(self, number: int) -> LiveSession | None:
        """The session of a slot; None before its connect was due."""
        return self._sessions.get(number)

    # ---- performing --------------------------------------------------------------------------

    def _perform(self, effect: Effect) -> Reply | None:
        match effect:
            case QueueConnect():
                self._session(effect).queue()
            case Connect():
                self._connect(effect)
            case ReturnToStartup(number):
                self._return(number)
            case CloseSession(number):
                self._close(number)
            case SlotIsFree():
                self.on_slot_free()
            case _:
                return effect
        return None

    def _session(self, effect: Connect | QueueConnect) -> LiveSession:
        """The session of a slot, made when its connect is first spoken of."""
        session = self._sessions.get(effect.number)
        if session is None:
            pool = self._deployed[effect.pool, effect.generation]
            session = LiveSession(effect.number, pool, effect.row)
            self._sessions[effect.number] = session
        return session

    def _connect(self, effect: Connect) -> None:
        """A pool's session connects at once; a model's when its client's variables are known."""
        self._session(effect).expect_connect()
        if effect.pool.kind == "pool":
            self.clock.callLater(0, self._connect_pooled, effect.number)  # decisions do not nest

    def _connect_pooled(self, number: int) -> None:
        session = self._sessions.get(number)
        if session is not None and session.connecting and session.job is None:
            variables = session.pool.program.resolve({}, session.pool_variables)
            self.connects.begin(session, variables, math.inf, "")

    def _connect_ended(
        self, session: LiveSession, problem: VerdigrisError | None, wait: float
    ) -> None:
        """A connect has succeeded, or has failed; then it is not tried again for `wait` seconds."""
        if problem is None:
            self.decide(Connected(session.number))
            return
        self.decide(ConnectFailed(session.number, str(problem), self._chance(), wait))
        # While clients ask, the next try is not to wait for the next regular tick.
        self.clock.callLater(self.state.limits.probe_every, self.tick)

    def _keep_trace(
        self, session: LiveSession, text: str | Callable[[], str], problem: VerdigrisError
    ) -> str:
        """Keep the trace of an error; its name."""
        return "" if self.traces is None else self.traces.save(text, session.request_id, problem)

    def _return(self, number: int) -> None:
        """A client has left the session: most are at their startup entity already."""
        session = self._sessions.get(number)
        if session is not None and session.job is None and session.at_startup:
            self._returned.append(number)
        else:
            self.clock.callLater(0, self._begin_return, number)  # after the answer is on its way

    def _report_returned(self) -> None:
        """Report the sessions that had no way to go."""
        while self._returned:
            self.decide(Returned(self._returned.pop()))

    def _begin_return(self, number: int) -> None:
        session = self._sessions.get(number)
        if session is not None and session.host is not None and session.job is None:
            session.run(self._returning(session, session.host))

    async def _returning(self, session: LiveSession, host: HostSession) -> None:
        try:
            event = await return_to_startup(session, host, self._times.return_within)
        except CancelledError:
            return
        session.job_ended()
        if isinstance(event, ReturnFailed):
            log.warn("session {number} of {name} is quarantined: {reason}", number=session.number, name=session.pool.key.name, reason=event.reason)  # fmt: skip
        self.decide(event)

    def _lost(self, session: LiveSession, host: HostSession, reason: str) -> None:
        """The host ended the session; while connecting, the connect itself reports it."""
        number = session.number
        if self._sessions.get(number) is not session or session.host is not host:
            return
        if session.connecting:
            return
        log.warn("session {number} of {name} lost its host: {reason}", number=number, name=session.pool.key.name, reason=reason)  # fmt: skip
        self.decide(HostLost(number, reason))

    def _close(self, number: int) -> None:
        session = self._sessions.get(number)
        if session is None:
            return
        gone = number not in self.state.pool_of
        if gone:
            del self._sessions[number]
        session.close()
        if gone and (session.connecting or session.queued):
            reason = "the session was ended"
            session.wake(HostConnectionLost(host=session.pool.key.name, reason=reason))
