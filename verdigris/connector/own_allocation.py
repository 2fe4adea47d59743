"""The choice of a session server by a client itself, by its allocation table. Pure.

Law (tests/verdigris/connector/test_own_allocation.py): the decision is the allocator's, as at a
management server; limits are the session servers' own. Every server counts as online until it proves
otherwise: one that is away is left out for `AWAY` seconds, and then one request alone tries it. What an
unanswered request may have reserved is given back.
Source: docs/allocation.md, "Without a management server".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from verdigris.allocation.allocator import (
    Allocation,
    Answer,
    Look,
    Outcome,
    RandomSource,
    Verdict,
    WakeUp,
    Wish,
    allocate,
)
from verdigris.allocation.allocator import Ask as AskServer
from verdigris.allocation.allocator import Reply as Told
from verdigris.allocation.domain import Domain, Member
from verdigris.allocation.eligibility import Availability, Condition, Snapshot
from verdigris.allocation.no_server import no_server, slim
from verdigris.allocation.verdicts import verdict_of, verdict_of_error
from verdigris.connector.attempts import (
    Answered,
    Ask,
    Attempts,
    Lost,
    Plan,
    Rejected,
    Send,
    Unsent,
)
from verdigris.connector.attempts import Outcome as Came
from verdigris.errors import UsersUnchecked, VerdigrisError
from verdigris.values import Endpoint
from verdigris.wire import (
    Allocated,
    AllocationTable,
    CancelReservation,
    Kind,
    Reserve,
    Reserved,
    TableServer,
)


ASK: Final = 0.4
"""Seconds a session server has to answer, and before that to take the connection (decision 0181)."""

AWAY: Final = 5.0
"""Seconds a session server that did not answer is left out, as management servers are (decision 0200)."""

SOON: Final = 1.0
"""Seconds after which one that is away is tried again rather than refuse a request."""

AT_ONCE: Final = 3
"""Servers that are tried so for one request (decision 0181)."""

CANCEL_WITHIN: Final = 5.0
"""Seconds a cancel may take: no client waits for it, and the reservation expires by itself later."""

Way = tuple[str, Kind, str]
"""Domain, and kind and name of the model or pool."""

ADMIN: Final = {"drain": Condition.DRAINING, "maintenance": Condition.MAINTENANCE}
"""The condition that each administrative state but up is."""


class Wanted(Protocol):
    """Who wants a session, for message 2643."""

    @property
    def user(self) -> str:
        """The user's name."""

    @property
    def location(self) -> str:
        """Where the client is."""


@dataclass(slots=True)
class _Absence:
    """A server that is left out for a while."""

    since: float
    until: float
    condition: Condition
    reason: str


@dataclass(slots=True)
class _Request:
    """One request while it is decided."""

    way: Way
    wanted: Wanted
    attempts: Attempts
    until: float
    problem: VerdigrisError
    address: Endpoint | None = None


class _TimeOverError(Exception):
    """The time for connecting is over in the middle of a decision."""


@dataclass
class OwnAllocation:
    """The choice of session servers by a client itself.

    Attributes:
        new_source: makes the random source of a domain.
        numbers: of attempts begin here: apart from those of management servers and other clients.
        table: in use; None before there is one.
        until: the time until which it may be used.
    """

    new_source: Callable[[str], RandomSource]
    numbers: int
    table: AllocationTable | None = None
    until: float = 0.0
    _domains: dict[str, Domain] = field(default_factory=dict, repr=False)
    _servers: dict[str, TableServer] = field(default_factory=dict, repr=False)
    _unchecked: frozenset[str] = frozenset()
    _sources: dict[str, RandomSource] = field(default_factory=dict, repr=False)
    _absent: dict[str, _Absence] = field(default_factory=dict, repr=False)
    _doubtful: set[str] = field(default_factory=set, repr=False)
    _snapshots: dict[Way, Snapshot] = field(default_factory=dict, repr=False)
    _returned: int = 0

    def use(self, table: AllocationTable, until: float) -> None:
        """Use a table; one that is known is confirmed by its revision.

        Raises:
            ValueError: it contradicts itself.
        """
        if self.table is None or table.revision != self.table.revision:
            domains = {
                it.name: Domain(
                    it.name,
                    tuple(Member(m.server, m.weight, m.priority) for m in it.members),
                    it.spill_on_busy,
                )
                for it in table.domains
            }
            last = len(table.offers)
            if any(not 0 <= it < last for server in table.servers for it in server.offers or ()):
                raise ValueError("a server has offers that the table does not list")
            self._servers = {server.name: server for server in table.servers}
            self._domains, self.table = domains, table
            self._unchecked = frozenset(it.name for it in table.domains if it.checks_users)
            self._snapshots.clear()
        self.until = until

    def ready(self, now: float) -> bool:
        """Whether there is a table that may be used."""
        return self.table is not None and now < self.until

    def address(self, server: str) -> Endpoint | None:
        """Where a session server is, by its name."""
        known = self._servers.get(server)
        try:
            return Endpoint.parse(known.address) if known is not None else None
        except ValueError:
            return None

    def allocate(
        self, attempts: Attempts, way: Way, wanted: Wanted, problem: VerdigrisError
    ) -> Plan[Allocated | VerdigrisError]:
        """A session, or why there is none.

        Args:
            attempts: the patience of the call.
            way: what is wanted.
            wanted: by whom.
            problem: why no management server decides: the answer where this client cannot either.
        """
        domain = way[0]
        if domain not in self._domains:
            return problem
        if domain in self._unchecked:
            return UsersUnchecked(domain=domain)
        if domain not in self._sources:
            self._sources[domain] = self.new_source(domain)
        request = _Request(way, wanted, attempts, attempts.now() + attempts.left, problem)
        deciding = allocate(self._sources[domain])
        try:
            outcome = yield from self._decide(deciding, request)
        except _TimeOverError:
            deciding.close()
            return attempts.problem or problem
        return self._answer(outcome, request)

    def _decide(self, deciding: Allocation, request: _Request) -> Plan[Outcome]:
        """Perform the wishes of the allocator until it has decided."""
        told: Told = None
        while True:
            try:
                wish = deciding.send(told)
            except StopIteration as done:
                decided: Outcome = done.value
                return decided
            told = yield from self._perform(wish, request)

    def _perform(self, wish: Wish, request: _Request) -> Plan[Told]:
        match wish:
            case Look():
                return self._look(request)
            case AskServer(server=name):
                return (yield from self._ask(name, request))
            case WakeUp(offline=names):
                return self._look(request) if self._try_again(names, request) else None

    # ---- who is there ------------------------------------------------------------------------

    def _look(self, request: _Request) -> Snapshot:
        now = request.attempts.now()
        back = [name for name, absence in self._absent.items() if absence.until <= now]
        for name in back:
            self._return(name)
        found = self._snapshots.get(request.way)
        if found is None:
            found = self._snapshots[request.way] = self._snapshot(*request.way)
        return found

    def _snapshot(self, domain: str, kind: Kind, name: str) -> Snapshot:
        table = self.table
        assert table is not None  # noqa: S101 - its domains are in use
        places = {
            place
            for place, offer in enumerate(table.offers)
            if (offer.kind, offer.name) == (kind, name) and offer.started
        }
        members = self._domains[domain]
        known = {
            it.server: self._availability(server, places)
            for it in members.members
            if (server := self._servers.get(it.server)) is not None
        }
        return Snapshot(members, known, self._returned)

    def _availability(self, server: TableServer, places: set[int]) -> Availability:
        offers = None if server.offers is None else not places.isdisjoint(server.offers)
        if server.state in ADMIN:
            return Availability(ADMIN[server.state], offers, "by the administrator")
        absence = self._absent.get(server.name)
        if absence is not None:
            return Availability(absence.condition, offers, absence.reason)
        if self.address(server.name) is None:
            return Availability(Condition.OFFLINE, offers, "never registered")
        return Availability(Condition.ONLINE, offers)

    def _leave_out(self, name: str, now: float, verdict: Verdict, reason: str) -> None:
        condition = Condition.SUSPECT if verdict is Verdict.UNKNOWN else Condition.OFFLINE
        self._absent[name] = _Absence(now, now + AWAY, condition, reason)
        self._doubtful.add(name)
        self._snapshots.clear()

    def _return(self, name: str) -> None:
        if self._absent.pop(name, None) is not None:
            self._returned += 1
            self._snapshots.clear()

    def _try_again(self, names: tuple[str, ...], request: _Request) -> bool:
        """Whether some of those that are away deserve another try before a refusal."""
        now = request.attempts.now()
        worth = [
            name
            for name in names
            if (absence := self._absent.get(name)) is not None and now - absence.since >= SOON
        ]
        for name in worth[:AT_ONCE]:
            self._return(name)
        return bool(worth)

    # ---- asking ------------------------------------------------------------------------------

    def _ask(self, name: str, request: _Request) -> Plan[Answer]:
        attempts, began = request.attempts, request.attempts.now()
        left = request.until - began
        request.address = self.address(name)
        if left <= 0 or request.address is None:
            raise _TimeOverError
        if name in self._doubtful:  # the others do not wait for it meanwhile
            self._leave_out(name, began, Verdict.OFFLINE, "is tried again by another request")
        domain, kind, wanted = request.way
        self.numbers += 1
        body = Reserve(
            kind, wanted, request.wanted.user, request.wanted.location, domain, self.numbers
        )
        came = yield from attempts.ask(
            request.address, body, min(ASK, left), connect=min(ASK, left)
        )
        answer = _understood(came, attempts.now() - began)
        if answer.verdict is Verdict.UNKNOWN:
            yield Send(_cancel(request.address, attempts.request_id, body.attempt))
        self._learn(name, answer, attempts.now())
        return answer

    def _learn(self, name: str, answer: Answer, now: float) -> None:
        if answer.verdict in {Verdict.OFFLINE, Verdict.UNKNOWN}:
            self._leave_out(name, now, answer.verdict, answer.reason)
        elif name in self._doubtful:
            self._doubtful.discard(name)
            self._return(name)

    def _answer(self, outcome: Outcome, request: _Request) -> Allocated | VerdigrisError:
        granted = outcome.answer
        if granted is None:
            domain, _, name = request.way
            wanted = request.wanted
            request.attempts.renew()
            return no_server(
                outcome, user=wanted.user, location=wanted.location, name=name, domain=domain
            )
        trail = slim(outcome.trail)
        return Allocated(
            outcome.server, str(request.address), granted.session, granted.claim, trail
        )


def _understood(came: Came, seconds: float) -> Answer:
    """What a session server's answer means, or the lack of one."""
    took = seconds * 1000
    match came:
        case Answered(Reserved(session=session, claim=claim)):
            return Answer(Verdict.GRANTED, "", took, session, claim)
        case Answered(body):
            verdict, reason = verdict_of(body)
        case Unsent(error):
            verdict, reason = Verdict.OFFLINE, str(error)
        case Rejected(error) | Lost(error):
            verdict, reason = verdict_of_error(error, seconds)
    return Answer(verdict, reason, took)


def _cancel(address: Endpoint, request_id: str, attempt: int) -> Ask:
    return Ask(address, CancelReservation(request_id, attempt), request_id, ASK, CANCEL_WITHIN)
