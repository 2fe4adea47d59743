"""The allocator: which session server gives a session (seed, steps 4 to 9).

Law: no server is asked twice in one turn, none that is not eligible at that very moment, and no
priority group before a better one has been exhausted. Whoever is asked next is drawn with chance
weight / total weight of those of its group that are still eligible and not yet asked. A refusal
leaves no eligible server untried and says, for every member of the domain, what it answered or
why it was not asked.

It decides and performs nothing: `allocate` is a generator that yields what it wants (`Look`,
`Ask`, `Knock`) and is sent what came of it. Chance is the `draw` it is given. Nothing is kept
between requests, so any number of management servers can allocate at once: the session server
admits or refuses against its own limit, and its answer is the truth.

    turn:                                            at most two (the second: see `Knock`)
      for each priority group of the members that are eligible now, lowest value first:
        while a member of it is eligible and not asked:
          draw 1..total of their weights -> ask whom the number belongs to
            granted                -> done
            busy, not offered, draining  -> not for this request
            offline                -> not for anybody until it is online again  (the registry's)
            unknown                -> suspect for everybody until heard; its reservation cancelled
      (waiting for a freed slot would stand here, if queueing is ever switched on)
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias, cast

from mgmtsrvr.domain import Domain, Group, Member
from verdigris.wire import Left, Try


Draw = Callable[[int], int]
"""Gives a whole number of 1..total, each with the same chance."""


class Verdict(StrEnum):
    """What a session server answered, or that it did not.

    `OFFLINE` is proof (the connection is refused or gone); `UNKNOWN` is silence: a reservation
    may exist, so the asker owes the server a cancel.
    """

    GRANTED = "granted"
    BUSY = "busy"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    NOT_OFFERED = "not offered"
    DRAINING = "draining"


class Condition(StrEnum):
    """How a session server stands with this management server."""

    ONLINE = "online"
    SUSPECT = "suspect"
    OFFLINE = "offline"
    WARMING = "warming"  # this management server has just started; the server may yet report
    DRAINING = "draining"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one server, for one model or pool.

    Attributes:
        condition: its liveness and administrative state.
        offers: whether it has the model or the started pool; None while its list is unknown.
        reason: more about the condition, for people.
    """

    condition: Condition
    offers: bool | None = True
    reason: str = ""


FINE: Final = Standing(Condition.ONLINE)
ABSENT: Final = Standing(Condition.OFFLINE, None, "never registered")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a member is not eligible: the kind, and a sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class Snapshot:
    """A domain as one management server sees it at one moment, for one model or pool.

    Attributes:
        domain: of the configuration in force.
        standings: by server; a member that is missing never registered.
        arrivals: grows each time a server comes online.
    """

    domain: Domain
    standings: Mapping[str, Standing]
    arrivals: int = 0

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The eligible members by priority (seed, step 4)."""
        names = {m.server for m in self.domain.members if m.server not in self.excluded}
        return self.domain.groups(names)

    @cached_property
    def excluded(self) -> Mapping[str, Exclusion]:
        """Every member that is not eligible, and why."""
        found = {m.server: self._exclusion(m) for m in self.domain.members}
        return {server: why for server, why in found.items() if why is not None}

    @cached_property
    def left(self) -> tuple[Left, ...]:
        """The members that are not eligible, for the record."""
        return tuple(
            Left(m.server, m.priority, m.weight, self.excluded[m.server].text)
            for m in self.domain.members
            if m.server in self.excluded
        )

    @cached_property
    def _frontier(self) -> int | None:
        """The best priority that waits for a server to report after a start of ours."""
        waiting = [
            m.priority
            for m in self.domain.members
            if m.weight > 0 and self.standing(m.server).condition is Condition.WARMING
        ]
        return min(waiting, default=None)

    def standing(self, server: str) -> Standing:
        """What is known of a server."""
        return self.standings.get(server, ABSENT)

    def eligible(self, server: str) -> bool:
        """Whether a member may be asked now."""
        return server not in self.excluded and server in self._members

    @cached_property
    def _members(self) -> frozenset[str]:
        return frozenset(member.server for member in self.domain.members)

    def _exclusion(self, member: Member) -> Exclusion | None:
        standing = self.standing(member.server)
        if member.weight == 0:
            return Exclusion("weight 0", "weight 0")
        if standing.offers is False:
            return Exclusion("not offered", standing.reason or "does not offer it")
        if standing.condition is not Condition.ONLINE:
            said = f": {standing.reason}" if standing.reason else ""
            return Exclusion(standing.condition, f"{standing.condition}{said}")
        if self._frontier is not None and member.priority > self._frontier:
            return Exclusion(Condition.WARMING, "standby: a better priority has not reported yet")
        return None


@dataclass(frozen=True, slots=True)
class Look:
    """Wish: a fresh `Snapshot`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Wish: ask this server for a session; the `Answer`, please.

    Attributes:
        turn: 0, or 1 when everything is tried once more: names the attempt for a later cancel.
    """

    server: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Knock:
    """Wish: all were tried in vain; a fresh `Snapshot` after knocking, or None if no time is left.

    Attributes:
        offline: members that could help; some of them are called, and get a moment to register.
    """

    offline: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an `Ask`.

    Attributes:
        verdict: which of the answers.
        reason: more about it, for people.
        milliseconds: how long it took, by the asker's clock.
        session: the session's id, when granted.
        claim: the secret that opens it, when granted; never printed.
    """

    verdict: Verdict
    reason: str = ""
    milliseconds: float = 0.0
    session: str = ""
    claim: str = ""

    def __repr__(self) -> str:
        return f"<Answer {self.verdict}{': ' + self.reason if self.reason else ''}>"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended.

    Attributes:
        server: who granted; "" for a refusal.
        answer: its answer.
        trail: every ask, in order.
        left: the members that could not be asked, and why; of a refusal all that were not asked.
        reason: of a refusal: "busy", "offline", "busy or offline", "not offered", "no servers
            configured", or "warming" (this management server cannot judge yet).
    """

    trail: tuple[Try, ...]
    left: tuple[Left, ...]
    server: str = ""
    answer: Answer | None = None
    reason: str = ""

    def __repr__(self) -> str:
        asked = ", ".join(f"{t.server} {t.draw}/{t.total} {t.answer}" for t in self.trail)
        ended = f"granted by {self.server}" if self.server else f"refused, {self.reason}"
        return f"<Outcome {ended} [{asked}]>"


Wish: TypeAlias = Look | Ask | Knock
Reply: TypeAlias = Snapshot | Answer | None
Deciding: TypeAlias = Generator[Wish, Reply, Outcome]

TURNS: Final = 2
"""Everything is tried once, and once more if a server came online meanwhile (facts 2.1, line 13)."""


def allocate(draw: Draw) -> Deciding:
    """Find a session server for one request.

    Args:
        draw: the source of chance; called once per ask.

    Yields:
        Look, Ask, Knock: sent back are a `Snapshot`, an `Answer`, a `Snapshot` or None.

    Returns:
        The outcome; what it means to the caller (error 2643) is the shell's to say.
    """
    trail: list[Try] = []
    seen = yield from _look()
    for turn in range(TURNS):
        started = seen.arrivals
        granted, seen = yield from _turn(turn, seen, draw, trail)
        if granted is not None:
            return _outcome(trail, seen, granted)
        if turn + 1 == TURNS:
            break
        fresh = cast("Snapshot | None", (yield Knock(_offline(seen))))
        seen = fresh or seen
        if fresh is None or fresh.arrivals == started:
            break
    return _outcome(trail, seen, None)


def _turn(
    turn: int, seen: Snapshot, draw: Draw, trail: list[Try]
) -> Generator[Wish, Reply, tuple[Answer | None, Snapshot]]:
    """Ask the groups in the order of their priority, each time as they stand then."""
    asked: set[str] = set()
    done = -1
    while (group := _next_group(seen, done)) is not None:
        busy = False
        while (rest := _rest(group, asked, seen)).total:
            number = draw(rest.total)
            server = rest.at(number).server
            answer = cast("Answer", (yield Ask(server, turn)))
            asked.add(server)
            trail.append(_try(rest, number, server, answer))
            if answer.verdict is Verdict.GRANTED:
                return answer, seen
            busy = busy or answer.verdict is Verdict.BUSY
            seen = yield from _look()
        if busy and not seen.domain.spill_on_busy:
            break
        done = group.priority
    return None, seen


def _look() -> Generator[Wish, Reply, Snapshot]:
    return cast("Snapshot", (yield Look()))


def _next_group(seen: Snapshot, done: int) -> Group | None:
    return next((group for group in seen.groups if group.priority > done), None)


def _rest(group: Group, asked: set[str], seen: Snapshot) -> Group:
    """Those of a group that are still eligible and not yet asked."""
    if not asked and any(group is known for known in seen.groups):
        return group  # nothing has happened yet: keep the sums of a large group
    return group.only(lambda server: server not in asked and seen.eligible(server))


def _try(rest: Group, number: int, server: str, answer: Answer) -> Try:
    return Try(
        priority=rest.priority,
        candidates=rest.candidates,
        total=rest.total,
        draw=number,
        server=server,
        answer=answer.verdict.value,
        reason=answer.reason,
        milliseconds=answer.milliseconds,
    )


def _offline(seen: Snapshot) -> tuple[str, ...]:
    """Members that could help if they came online, best priority first."""
    kinds = {Condition.OFFLINE, Condition.SUSPECT, Condition.WARMING}
    found = [
        member
        for member in seen.domain.members
        if (why := seen.excluded.get(member.server)) is not None and why.kind in kinds
    ]
    return tuple(m.server for m in sorted(found, key=lambda member: member.priority))


def _outcome(trail: list[Try], seen: Snapshot, granted: Answer | None) -> Outcome:
    asked = {attempt.server for attempt in trail}
    left = seen.left
    if any(member.server in asked for member in left):
        left = tuple(member for member in left if member.server not in asked)
    if granted is not None:
        return Outcome(tuple(trail), left, trail[-1].server, granted)
    unreached = tuple(
        Left(m.server, m.priority, m.weight, "not reached")
        for m in seen.domain.members
        if m.server not in asked and m.server not in seen.excluded
    )
    return Outcome(tuple(trail), left + unreached, reason=_reason(trail, seen))


def _reason(trail: list[Try], seen: Snapshot) -> str:
    """Why nobody grants, over every member: those asked, and those left out beforehand."""
    said: dict[str, str] = {server: why.kind for server, why in seen.excluded.items()}
    said.update((attempt.server, attempt.answer) for attempt in trail)
    kinds = set(said.values())
    for reason, signs in REASONS:
        if all(kinds & sign for sign in signs):
            return reason
    return "no servers configured"


_AWAY: Final = frozenset({"offline", "unknown", "suspect"})
_FULL: Final = frozenset({"busy"})

REASONS: Final[tuple[tuple[str, tuple[frozenset[str], ...]], ...]] = (
    ("warming", (frozenset({"warming"}),)),
    ("busy or offline", (_FULL, _AWAY)),
    ("busy", (_FULL,)),
    ("offline", (_AWAY,)),
    # A server taken out of service by its administrator can help as little as one that is off.
    ("offline", (frozenset({"draining", "maintenance"}),)),
    ("not offered", (frozenset({"not offered"}),)),
)
"""A reason holds if each of its signs was seen at some member; the first one that holds is said."""
