"""Carrying out allocations: performs what the allocator wishes, and says the outcome.

Law: one decision, one record in the trails, whatever happens. What the allocator is shown is the
registry's view at that moment; what it draws comes from the domain's own random source. A session
granted to a client that is gone meanwhile is cancelled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr.allocator import Answer, Ask, Knock, Look, Outcome, Reply, Wish, allocate
from mgmtsrvr.decision_log import Decision, Skipped, Trails, slim, steps
from mgmtsrvr.registry import Registry
from mgmtsrvr.reservation import Asker, cancel
from mgmtsrvr.wake_up import Knocker
from verdigris.errors import Cancelled, MethodTimedOut, NoServerAvailable, VerdigrisError, Warming
from verdigris.link import Incoming, Link
from verdigris.values import ANONYMOUS
from verdigris.wire import Allocate, Allocated, Reserve


log = Logger()


class Dice:
    """A domain's random source, counting what it gave.

    Args:
        draw: gives a whole number of 1..total.
    """

    def __init__(self, draw: Callable[[int], int]) -> None:
        self._draw = draw
        self.given = 0

    def __call__(self, total: int) -> int:
        """A number of 1..total."""
        self.given += 1
        return self._draw(total)


@dataclass(slots=True)
class _Request:
    """One client's request while it is decided; the newest ask with its server's link."""

    call: Incoming
    wanted: Allocate
    started: float
    dice: Dice
    first_draw: int
    outcome: Outcome | None = None
    asked: int = 0
    address: str = ""
    link: Link | None = None

    def attempt(self, turn: int) -> int:
        """Names an ask: no two asks of a request id share it (facts/cluster 2.1, trap 2)."""
        return (max(1, self.wanted.attempt) - 1) * 2 + turn + 1


class Broker:
    """Allocates sessions.

    Args:
        registry: who is there.
        asker: asks a session server.
        knocker: calls offline ones before a refusal.
        trails: where decisions are kept.
        dice: makes the random source of a domain.
        clock: for deadlines.
    """

    def __init__(
        self,
        registry: Registry,
        asker: Asker,
        knocker: Knocker,
        trails: Trails,
        dice: Callable[[str], Dice],
        clock: IReactorTime,
    ) -> None:
        self._registry = registry
        self._asker = asker
        self._knocker = knocker
        self.trails = trails
        self._make_dice = dice
        self._dice: dict[str, Dice] = {}
        self._clock = clock

    async def allocate(self, call: Incoming, wanted: Allocate) -> Allocated:
        """Find a session for a client.

        Raises:
            NoServerAvailable: nobody grants one; details: trail, left, reason.
            Warming: this management server cannot judge yet.
            UnknownDomain: there is no such domain.
            MethodTimedOut: the client's deadline has passed.
        """
        domain = self._registry.domain(wanted.domain).name
        dice = self._dice.get(domain)
        if dice is None:
            dice = self._dice[domain] = self._make_dice(domain)
        request = _Request(call, wanted, self._clock.seconds(), dice, dice.given)
        try:
            request.outcome = outcome = await self._decide(request)
        except (CancelledError, GeneratorExit):
            self._keep(request, "cancelled")
            raise
        except VerdigrisError as problem:
            self._keep(request, "late", str(problem))
            raise
        except Exception:
            self._keep(request, "failed", "an error of the management server's own")
            raise
        if not outcome.server:
            self._refuse(request, outcome)
        return self._grant(request, outcome)

    async def _decide(self, request: _Request) -> Outcome:
        """Perform the wishes of the allocator until it has decided."""
        deciding = allocate(request.dice)
        try:
            wish = next(deciding)
            while True:
                wish = deciding.send(await self._perform(wish, request))
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
            case Knock(offline=names):
                left = self._left(request)
                await self._knocker(names, left)
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
        return await self._asker(server, asked, request.call.request_id, left)

    def _left(self, request: _Request) -> float:
        """Seconds the client still waits."""
        return request.call.seconds - (self._clock.seconds() - request.started)

    def _grant(self, request: _Request, outcome: Outcome) -> Allocated:
        answer = outcome.answer
        assert answer is not None  # noqa: S101 - a grant has its answer
        if not request.call.link.open:
            if request.link is not None:
                cancel(request.link, request.call.request_id, request.asked)
            self._keep(request, "cancelled", "the client is gone")
            raise Cancelled
        self._keep(request, "granted")
        return Allocated(
            outcome.server, request.address, answer.session, answer.claim, slim(outcome.trail)
        )

    def _refuse(self, request: _Request, outcome: Outcome) -> NoReturn:
        if outcome.reason == "warming":
            self._keep(request, "warming", outcome.reason)
            raise Warming({"trail": slim(outcome.trail), "left": outcome.left, "reason": "warming"})
        self._keep(request, "refused", outcome.reason)
        wanted = request.wanted
        raise NoServerAvailable(
            {"trail": slim(outcome.trail), "left": outcome.left, "reason": outcome.reason},
            user=wanted.user or ANONYMOUS,
            location=wanted.location,
            name=wanted.name,
            domain=wanted.domain,
        )

    def _keep(self, request: _Request, ended: str, reason: str = "") -> None:
        """Record a decision, and log a refusal with all that message 2643 names."""
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
            location=wanted.location,
            outcome=ended,
            server=outcome.server if outcome else "",
            reason=reason,
            milliseconds=round(took, 3),
            revision=self._registry.revision,
            first_draw=request.first_draw,
            trail=steps(outcome.trail) if outcome else [],
            left=[Skipped.of(left) for left in outcome.left] if outcome else [],
        )
        self.trails.add(decision)
        if ended == "refused":
            log.warn(
                "{user} at {location} was refused {kind} {name} in domain {domain}: {reason} {outcome}",
                user=decision.user, location=wanted.location, kind=wanted.kind, name=wanted.name,
                domain=wanted.domain, reason=reason, outcome=outcome,
                request_id=request.call.request_id,
            )  # fmt: skip
