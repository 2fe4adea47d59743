"""Performs what `sesssrvr.pool` decides: connects, walks and closes host sessions.

Law: every change of who has what is one `step` of the pool state; this shell only performs the
effects and reports what became of them. Nothing here judges a limit.
"""

import math
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.logger import Logger

from sesssrvr.deployment.deployed_pool import DeployedPool
from sesssrvr.deployment.program import SessionVariables
from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings
from sesssrvr.pool import (
    CloseSession,
    Connect,
    Connected,
    ConnectFailed,
    Deployed,
    Effect,
    Event,
    HostLost,
    Limits,
    PoolKey,
    PoolSettings,
    QueueConnect,
    Reply,
    Returned,
    ReturnFailed,
    ReturnToStartup,
    ServerState,
    SlotIsFree,
    TimePassed,
    Undeployed,
    step,
)
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.traces.trace_store import TraceStore
from sesssrvr.traces.traffic_buffer import SIZE
from verdigris.errors import (
    HostConnectionLost,
    HostPasswordRefused,
    InternalError,
    MethodTimedOut,
    VerdigrisError,
)


log = Logger()


class Hosts(Protocol):
    """How hosts are reached: the only place that knows endpoints, TLS and terminal kinds."""

    def endpoint(self, host: HostSettings, seconds: float, *, tls: bool) -> IStreamClientEndpoint:
        """Where to connect."""

    def terminal(self, host: HostSettings) -> TerminalFactory:
        """Makes the terminal that the model is made for."""


@dataclass(frozen=True, slots=True)
class Tunables:
    """What the shell may take.

    Attributes:
        return_within: seconds for the walk back to the startup entity.
        trace_bytes: of each session's traffic, kept for errors.
    """

    return_within: float = 30.0
    trace_bytes: int = SIZE


class SessionManager:
    """All sessions of the server.

    Args:
        limits: of the server.
        clock: for every bound.
        hosts: how hosts are reached.
        chance: a number in [0.5, 1.5], to spread retries.
        times: of this shell.

    Attributes:
        state: the pool state as it stands.
        on_change: called after every decision that changed the state.
        on_slot_free: called when a refused client may try again.
        traces: keeps the traces of host sessions that failed, if anything does.
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
        self.traces: TraceStore | None = None
        self._hosts = hosts
        self._chance = chance
        self._times = times or Tunables()
        self._held: dict[int, LiveSession] = {}
        self._resting: list[int] = []
        self._places: dict[tuple[PoolKey, int], DeployedPool] = {}

    def __repr__(self) -> str:
        return f"<SessionManager {self.state!r}>"

    # ---- deciding ----------------------------------------------------------------------------

    def decide(self, event: Event) -> Reply | None:
        """Decide on an event, perform what follows, and return the answer to the asker, if any."""
        before = self.state
        self.state, effects = step(before, event, self.clock.seconds())
        reply: Reply | None = None
        for effect in effects:
            answer = self._perform(effect)
            reply = reply or answer
        self._come_to_rest()
        if (
            effects
            or not isinstance(event, TimePassed)
            or self.state.expiries is not before.expiries
        ):
            self.on_change()
        return reply

    def tick(self) -> None:
        """Let time do its work; called several times a second."""
        state = self.state
        if (
            state.expiries
            or state.tombstones
            or state.broken
            or any(p.retry_at for p in state.pools.values())
        ):
            self.decide(TimePassed())

    def deploy(self, settings: PoolSettings, place: DeployedPool) -> None:
        """A pool or model is there, or there anew."""
        before = self.state.pools.get(settings.key)
        generation = 1 if before is None else before.generation + 1
        self._places[settings.key, generation] = place
        self.decide(Deployed(settings))
        self._prune()

    def undeploy(self, key: PoolKey) -> None:
        """A pool or model is taken away; its sessions finish."""
        self.decide(Undeployed(key))
        self._prune()

    def close(self) -> None:
        """End every host session, whoever has it: the process is about to end."""
        for number in tuple(self._held):
            self._close(number)

    def _prune(self) -> None:
        """Forget places that no pool and no session needs any more."""
        needed = {(key, pool.generation) for key, pool in self.state.pools.items()}
        for key, pool in self.state.pools.items():
            needed.update((key, slot.generation) for slot in pool.slots.values())
        self._places = {key: place for key, place in self._places.items() if key in needed}

    # ---- looking -----------------------------------------------------------------------------

    @property
    def places(self) -> Mapping[PoolKey, DeployedPool]:
        """What is deployed now."""
        return {
            key: self._places[key, pool.generation]
            for key, pool in self.state.pools.items()
            if not pool.removed
        }

    def place(self, number: int) -> DeployedPool | None:
        """What the session of this slot runs, or will run."""
        slot = self.state.slot(number)
        key = self.state.pool_of.get(number)
        return None if slot is None or key is None else self._places[key, slot.generation]

    def held(self, number: int) -> LiveSession | None:
        """The slot's host session and its user."""
        return self._held.get(number)

    # ---- performing --------------------------------------------------------------------------

    def _perform(self, effect: Effect) -> Reply | None:
        match effect:
            case QueueConnect():
                self._hold(effect).queued = True
            case Connect():
                self._connect(effect)
            case ReturnToStartup(number):
                self._leave(number)
            case CloseSession(number):
                self._close(number)
            case SlotIsFree():
                self.on_slot_free()
            case _:
                return effect
        return None

    def _connect(self, effect: Connect) -> None:
        """A pool's session connects at once; a model's when its client's variables are known."""
        held = self._hold(effect)
        held.connecting, held.queued = True, False
        if effect.pool.kind == "pool":
            self.clock.callLater(0, self._connect_own, effect.number)  # decisions do not nest

    def _hold(self, effect: Connect | QueueConnect) -> LiveSession:
        """What is held for the slot."""
        held = self._held.get(effect.number)
        if held is None:
            place = self._places[effect.pool, effect.generation]
            held = self._held[effect.number] = LiveSession(effect.number, place, effect.row)
        return held

    def _connect_own(self, number: int) -> None:
        held = self._held.get(number)
        if held is not None and held.connecting and held.job is None:
            place = held.place
            values = place.program.resolve({}, held.own)
            self.begin_connect(held, values, math.inf, "")

    def begin_connect(
        self, held: LiveSession, values: SessionVariables, seconds: float, request_id: str
    ) -> None:
        """Connect the slot's host session with these variables; `held.connected()` tells the end.

        Args:
            held: the slot, in state connecting.
            values: model variables of the sign-on.
            seconds: that somebody waits; the place's own bound holds as well.
            request_id: of the client who waits, "" for the pool's own.
        """
        host, tls = held.place.settings(values)
        address = f"{host.host}:{host.port}"
        number = held.number
        session = HostSession(
            address,
            self.clock,
            lambda it, why: self._lost(number, it, why),
            lambda text, problem: self._kept(held, text, problem),
            self._times.trace_bytes,
            picture=held.picture,
            secret_texts=held.place.program.secret_texts,
        )
        held.host = session
        bound = min(seconds, held.place.connect_within or host.connect_timeout)
        _go(held, self._connecting(held, session, host, values, bound, tls=tls))
        log.debug("session {number} connects to {address}", number=number, address=address, request_id=request_id)  # fmt: skip

    def _kept(
        self, held: LiveSession, text: str | Callable[[], str], problem: VerdigrisError
    ) -> str:
        """Keep the trace of an error; its name."""
        return "" if self.traces is None else self.traces.save(text, held.request_id, problem)

    async def _connecting(
        self,
        held: LiveSession,
        session: HostSession,
        host: HostSettings,
        values: SessionVariables,
        bound: float,
        *,
        tls: bool,
    ) -> None:
        place, started = held.place, self.clock.seconds()
        try:
            endpoint = self._hosts.endpoint(host, bound, tls=tls)
            await session.connect(endpoint, self._hosts.terminal(host), bound)
            left = bound - (self.clock.seconds() - started)
            await session.run(lambda it: place.program.start(it, values, place.startup), left)
        except CancelledError:
            return
        except (
            MethodTimedOut
        ) as problem:  # what the host did not do says more than whose time it was
            cause = problem.__cause__
            said = cause if isinstance(cause, VerdigrisError) else problem
            self._not_connected(held, session, said)
        except VerdigrisError as problem:
            self._not_connected(held, session, problem)
        except Exception as problem:  # noqa: BLE001 - a model's bug fails its sessions, not the server
            log.failure("session {number} failed while connecting", number=held.number)
            self._not_connected(held, session, InternalError(what=type(problem).__name__))
        else:
            session.trust()
            held.connecting, held.job = False, None
            self.decide(Connected(held.number))
            held.wake(None)

    def _not_connected(
        self, held: LiveSession, session: HostSession, problem: VerdigrisError
    ) -> None:
        log.warn("session {number} of {name}: {problem}", number=held.number, name=held.place.key.name, problem=str(problem))  # fmt: skip
        held.job, held.connecting = None, False
        session.close()
        if held.host is session:
            refused = isinstance(problem, HostPasswordRefused)
            self.decide(ConnectFailed(held.number, str(problem), self._chance(), refused))
        held.wake(problem)

    def _leave(self, number: int) -> None:
        """A client has left the session: most are where they should be already."""
        held = self._held.get(number)
        if held is not None and held.host is not None and held.job is None and held.rests:
            self._resting.append(number)
        else:
            self.clock.callLater(0, self._walk, number)  # after the answer is on its way

    def _come_to_rest(self) -> None:
        """Report the sessions that had no way to go."""
        while self._resting:
            self.decide(Returned(self._resting.pop()))

    def _walk(self, number: int) -> None:
        held = self._held.get(number)
        if held is not None and held.host is not None and held.job is None:
            _go(held, self._walking(held, held.host))

    async def _walking(self, held: LiveSession, session: HostSession) -> None:
        place = held.place
        values = place.program.resolve({}, held.own)
        event: Event = Returned(held.number)
        try:
            await session.run(
                lambda it: place.program.go_to(it, values, place.startup),
                self._times.return_within,
            )
            session.check()  # it looks as if it were there
        except CancelledError:
            return
        except HostConnectionLost as problem:
            event = HostLost(held.number, str(problem))
        except VerdigrisError as problem:
            event = ReturnFailed(held.number, str(problem))
        except Exception as problem:  # noqa: BLE001 - a model's bug quarantines its session
            log.failure("session {number} failed on its way back", number=held.number)
            event = ReturnFailed(held.number, str(InternalError(what=type(problem).__name__)))
        held.job = None
        if isinstance(event, ReturnFailed):
            log.warn("session {number} of {name} is quarantined: {reason}", number=held.number, name=place.key.name, reason=event.reason)  # fmt: skip
        self.decide(event)

    def _lost(self, number: int, session: HostSession, reason: str) -> None:
        """The host ended the session; while connecting, the connect itself reports it."""
        held = self._held.get(number)
        if held is None or held.host is not session or held.connecting:
            return
        log.warn("session {number} of {name} lost its host: {reason}", number=number, name=held.place.key.name, reason=reason)  # fmt: skip
        self.decide(HostLost(number, reason))

    def _close(self, number: int) -> None:
        held = self._held.get(number)
        if held is None:
            return
        if number not in self.state.pool_of:
            del self._held[number]
        job, held.job = held.job, None
        if job is not None:
            job.cancel()
        if held.host is not None:
            held.host.close()
        if (held.connecting or held.queued) and number not in self.state.pool_of:
            held.wake(HostConnectionLost(host=held.place.key.name, reason="the session was ended"))


def _go(held: LiveSession, work: Coroutine[Any, Any, None]) -> None:
    """Start a job that reports by itself; what it should have caught is logged at least."""
    job = Deferred.fromCoroutine(work)
    job.addErrback(lambda why: log.failure("a job of the session server failed", why))
    held.job = None if job.called else job
