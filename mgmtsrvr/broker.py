"""The broker: performs the wishes of the allocator and answers the client.

Law (tests/mgmtsrvr/test_broker.py): each decision makes exactly one record in the decision log,
whatever happens. The allocator sees the registry as it is at that moment, and draws from the
domain's own random source. A session granted to a client that has gone is cancelled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NoReturn

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger, LogLevel

from mgmtsrvr.access import SessionUser
from mgmtsrvr.decision_log import Decision, DecisionLog, Skipped, steps
from mgmtsrvr.registry import Registry
from mgmtsrvr.reservation import ReservationClient, cancel
from mgmtsrvr.session_permits import SessionPermits
from mgmtsrvr.wake_up import WakeUpCaller
from verdigris.allocation.allocator import Answer, Ask, Look, Outcome, Reply, WakeUp, Wish, allocate
from verdigris.allocation.no_server import details, no_server, slim
from verdigris.allocation.random_source import CountingSource
from verdigris.allocation.refusal import Reason
from verdigris.errors import Cancelled, ConnectRefused, MethodTimedOut, VerdigrisError, Warming
from verdigris.link import Incoming, Link
from verdigris.values import ANONYMOUS, is_renewed
from verdigris.wire import Allocate, Allocated, Reserve


log = Logger()

DENIED: Final = "denied"
NO_PERMISSION: Final = "the user does not have the permission use"

STRIDE: Final = 1 << 16
"""Numbers of attempts for one request of a client: a connector makes about 65 in 30 seconds."""


@dataclass(slots=True)
class _Request:
    """One client's request while it is decided, with the newest attempt and its server's link."""

    call: Incoming
    wanted: Allocate
    started: float
    source: CountingSource
    first_draw: int
    first_attempt: int
    user: SessionUser | None = None
    outcome: Outcome | None = None
    asked: int = 0
    address: str = ""
    link: Link | None = None

    def attempt(self, turn: int) -> int:
        """The number of an attempt: no other has it, also under the same request id.

        Clients choose request ids: many calls may have one, at the same time.
        """
        return self.first_attempt + (max(1, self.wanted.attempt) - 1) * 2 + turn + 1


class Broker:
    """The broker of sessions.

    Args:
        registry: the session servers and domains.
        reservations: asks a session server.
        wake_up: calls offline servers before a refusal.
        decisions: the log of decisions.
        new_source: makes the random source of a domain.
        clock: for deadlines.
        first_attempt: where the numbers of attempts begin: apart from those of other management
            servers and of earlier runs of this one.
        permits: what users may have; None without security.
    """

    def __init__(
        self,
        registry: Registry,
        reservations: ReservationClient,
        wake_up: WakeUpCaller,
        decisions: DecisionLog,
        new_source: Callable[[str], CountingSource],
        clock: IReactorTime,
        first_attempt: int = 0,
        permits: SessionPermits | None = None,
    ) -> None:
        self._permits = permits
        self._first_attempt = first_attempt
        self._registry = registry
        self._reservations = reservations
        self._wake_up = wake_up
        self._decisions = decisions
        self._new_source = new_source
        self._sources: dict[str, CountingSource] = {}
        self._clock = clock

    async def allocate(
        self, call: Incoming, wanted: Allocate, user: SessionUser | None = None
    ) -> Allocated:
        """A session for a client.

        Args:
            call: of the client.
            wanted: what it wants.
            user: who it is, where the session servers of the domain check users.

        Raises:
            ConnectRefused: the user may not use what is wanted.
            NoServerAvailable: no server grants one; details: trail, left, reason.
            Warming: this management server cannot judge yet.
            UnknownDomain: there is no such domain.
            MethodTimedOut: the client's deadline has passed.
        """
        domain = self._registry.domain(wanted.domain).name
        source = self._sources.get(domain)
        if source is None:
            source = self._sources[domain] = self._new_source(domain)
        request = _Request(
            call, wanted, self._clock.seconds(), source, source.given, self._first_attempt, user
        )
        self._first_attempt += STRIDE
        try:
            self._require_permission(request)
            request.outcome = outcome = await self._decide(request)
        except (CancelledError, GeneratorExit):
            self._keep(request, "cancelled")
            raise
        except ConnectRefused:
            self._keep(request, DENIED, NO_PERMISSION)
            raise
        except VerdigrisError as problem:
            self._keep(request, "late", str(problem))
            raise
        except Exception:
            self._keep(request, "failed", "an internal error of the management server")
            raise
        if not outcome.server:
            self._refuse(request, outcome)
        return self._grant(request, outcome)

    def _require_permission(self, request: _Request) -> None:
        if request.user is not None and self._permits is not None:
            self._permits.require_some(request.user, request.wanted)

    def _token(self, request: _Request, outcome: Outcome, session: str) -> str:
        """The token for what was granted; a grant that is not for the user is given back."""
        if request.user is None or self._permits is None:
            return ""
        wanted, id_ = request.wanted, request.call.request_id
        try:
            return self._permits.token(request.user, wanted, outcome.server, session, id_)
        except VerdigrisError as problem:
            if request.link is not None:
                cancel(request.link, id_, request.asked)
            denied = isinstance(problem, ConnectRefused)
            self._keep(request, DENIED if denied else "failed", NO_PERMISSION if denied else str(problem))  # fmt: skip
            raise

    async def _decide(self, request: _Request) -> Outcome:
        """Perform the wishes of the allocator until it has decided."""
        allocation = allocate(request.source)
        try:
            wish = next(allocation)
            while True:
                wish = allocation.send(await self._perform(wish, request))
        except StopIteration as done:
            outcome: Outcome = done.value
            return outcome

    async def _perform(self, wish: Wish, request: _Request) -> Reply:
        wanted = request.wanted
        match wish:
            case Look():
                return self._registry.snapshot(wanted.domain, wanted.kind, wanted.name)
            case Ask(server=name, turn=turn):
                return await self._ask(name, request, turn)
            case WakeUp(offline=names):
                left = self._left(request)
                await self._wake_up(names, left)
                if self._left(request) <= 0:
                    return None
                return self._registry.snapshot(wanted.domain, wanted.kind, wanted.name)

    async def _ask(self, name: str, request: _Request, turn: int) -> Answer:
        left = self._left(request)
        if left <= 0:
            raise MethodTimedOut
        wanted = request.wanted
        asked = Reserve(
            wanted.kind,
            wanted.name,
            wanted.user,
            wanted.location,
            wanted.domain,
            request.attempt(turn),
        )
        server = self._registry.server(name)
        request.asked, request.link, request.address = asked.attempt, server.link, server.address
        return await self._reservations.reserve(server, asked, request.call.request_id, left)

    def _left(self, request: _Request) -> float:
        """Seconds the client still waits."""
        return request.call.seconds - (self._clock.seconds() - request.started)

    def _grant(self, request: _Request, outcome: Outcome) -> Allocated:
        answer = outcome.answer
        assert answer is not None  # noqa: S101 - a grant has its answer
        if not request.call.link.open:
            if request.link is not None:
                cancel(request.link, request.call.request_id, request.asked)
            self._keep(request, "cancelled", "the client has gone")
            raise Cancelled
        token = self._token(request, outcome, answer.session)
        self._keep(request, "granted")
        return Allocated(
            outcome.server,
            request.address,
            answer.session,
            answer.claim,
            slim(outcome.trail),
            token,
        )

    def _refuse(self, request: _Request, outcome: Outcome) -> NoReturn:
        reason = outcome.reason.value if outcome.reason else ""
        if outcome.reason is Reason.WARMING:
            self._keep(request, "warming", reason)
            raise Warming(details(outcome))
        self._keep(request, "refused", reason)
        wanted = request.wanted
        raise no_server(
            outcome,
            user=wanted.user,
            location=wanted.location,
            name=wanted.name,
            domain=wanted.domain,
        )

    def _keep(self, request: _Request, ended: str, reason: str = "") -> None:
        """Record a decision, and log a refusal with everything that message 2643 names."""
        wanted, outcome = request.wanted, request.outcome
        took = (self._clock.seconds() - request.started) * 1000
        decision = Decision(
            request_id=request.call.request_id,
            attempt=wanted.attempt,
            time=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            domain=wanted.domain,
            kind=wanted.kind,
            name=wanted.name,
            user=wanted.user or ANONYMOUS,
            on_behalf_of=request.user.on_behalf_of if request.user else "",
            location=wanted.location,
            outcome=ended,
            server=outcome.server if outcome else "",
            reason=reason,
            milliseconds=round(took, 3),
            revision=self._registry.revision,
            first_draw=request.first_draw,
            management_server=self._decisions.name,
            trail=steps(outcome.trail) if outcome else [],
            left=[Skipped.of(left) for left in outcome.left] if outcome else [],
        )
        self._decisions.add(decision)
        if ended in ("refused", DENIED):
            # A connector that waits asks again and again, each time under the next id.
            level = LogLevel.debug if is_renewed(decision.request_id) else LogLevel.warn
            log.emit(
                level,
                "{user} at {location} was refused {kind} {name} in domain {domain}: {reason} {outcome}",
                user=decision.user, location=wanted.location, kind=wanted.kind, name=wanted.name,
                domain=wanted.domain, reason=reason, outcome=outcome or "",
                request_id=request.call.request_id,
            )  # fmt: skip
