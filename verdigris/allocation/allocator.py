"""The allocator: which session server serves a request (docs/allocation.md, steps 4 to 8).

Law (tests/verdigris/allocation/test_allocator.py, test_odds.py; tests/mgmtsrvr/test_machine.py): in
one turn no server is asked twice, none that is not eligible at that very moment, and no priority
group before every better one is exhausted. The next server asked is drawn with chance weight / total weight among the
members of the group that are still eligible and not yet asked. A refusal leaves no eligible server
untried and says, for every member of the domain, what it answered or why it was not asked.

The module decides and performs nothing: `allocate` is a generator that yields its wishes (`Look`,
`Ask`, `WakeUp`) and is sent their results. Chance is the random source it is given. Nothing is kept
between requests, so any number of management servers can allocate at once: the session server
admits or refuses against its own limit, and its answer is the truth.

    turn:                                            at most two (the second: see `WakeUp`)
      for each priority group of the members that are eligible now, lowest value first:
        while a member of it is eligible and not asked:
          draw 1..total of their weights -> ask the member that owns the number
            granted                -> done
            busy, not offered, draining  -> not for this request
            offline                -> not for any request until it is online again  (registry.py)
            unknown                -> suspect for all requests until heard; its reservation cancelled
      (a request is never queued here: connectors wait, and are told when a session is free)
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from verdigris.allocation.domain import Group
from verdigris.allocation.eligibility import Snapshot
from verdigris.allocation.refusal import Cause, Reason, reason_of
from verdigris.wire import Left, Try


RandomSource = Callable[[int], int]
"""Draws a whole number from 1 to the total it is given, each with the same chance."""


class Verdict(StrEnum):
    """A session server's answer to a request for a session, or the lack of one.

    `OFFLINE` is proof (the connection is refused or gone); `UNKNOWN` is silence: a reservation
    may exist, so it has to be cancelled.
    """

    GRANTED = "granted"
    BUSY = "busy"
    OFFLINE = "offline"
    UNKNOWN = "unknown"
    NOT_OFFERED = "not offered"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Look:
    """The wish for a fresh `Snapshot`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The wish to ask a server for a session; the result is an `Answer`.

    Attributes:
        server: its name.
        turn: 0, or 1 when everything is tried once more: identifies the attempt for a later cancel.
    """

    server: str
    turn: int = 0


@dataclass(frozen=True, slots=True)
class WakeUp:
    """The wish to wake up servers after all others refused.

    The result is a fresh `Snapshot`, or None if no time is left.

    Attributes:
        offline: members that could help; some are called and get a moment to register.
    """

    offline: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of an `Ask`.

    Attributes:
        verdict: the kind of answer.
        reason: details, for people.
        milliseconds: the time it took, measured here.
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
    """The end of a request.

    Attributes:
        trail: every attempt, in order.
        left: the members that were not eligible, and why; of a refusal all that were not asked.
        server: the server that granted; "" for a refusal.
        answer: its answer.
        reason: the reason of a refusal; None for a grant.
    """

    trail: tuple[Try, ...]
    left: tuple[Left, ...]
    server: str = ""
    answer: Answer | None = None
    reason: Reason | None = None

    def __repr__(self) -> str:
        attempts = ", ".join(f"{t.server} {t.draw}/{t.total} {t.answer}" for t in self.trail)
        end = f"granted by {self.server}" if self.server else f"refused, {self.reason}"
        return f"<Outcome {end} [{attempts}]>"


Wish: TypeAlias = Look | Ask | WakeUp
Reply: TypeAlias = Snapshot | Answer | None
Allocation: TypeAlias = Generator[Wish, Reply, Outcome]

TURNS: Final = 2
"""Everything is tried once, and once more if a server came online in the meantime."""


def allocate(draw: RandomSource) -> Allocation:
    """The decision about one request, as a generator.

    Args:
        draw: the random source; called once for each `Ask`.

    Yields:
        Look, Ask, WakeUp: sent back are a `Snapshot`, an `Answer`, a `Snapshot` or None.

    Returns:
        The outcome; what it means to the client (error 2643) is the caller's to say.
    """
    trail: list[Try] = []
    seen = yield from _look()
    for turn in range(TURNS):
        started = seen.arrivals
        granted, seen = yield from _turn(turn, seen, draw, trail)
        if granted is not None:
            return _granted(trail, seen, granted)
        if turn + 1 == TURNS:
            break
        fresh = yield from _wake_up(_could_help(seen))
        seen = fresh or seen
        if fresh is None or fresh.arrivals == started:
            break
    return _refused(trail, seen)


def _turn(
    turn: int, seen: Snapshot, draw: RandomSource, trail: list[Try]
) -> Generator[Wish, Reply, tuple[Answer | None, Snapshot]]:
    """Ask the priority groups in order (step 7), each as it is when its turn comes (step 4)."""
    asked: set[str] = set()
    done = -1
    while (group := seen.group_after(done)) is not None:
        busy = False
        while (rest := seen.untried(group, asked)).total:
            number = draw(rest.total)  # step 5
            server = rest.at(number).server
            answer = yield from _ask(server, turn)
            asked.add(server)  # step 6
            trail.append(_attempt(rest, number, server, answer))
            if answer.verdict is Verdict.GRANTED:  # step 8
                return answer, seen
            busy = busy or answer.verdict is Verdict.BUSY
            seen = yield from _look()
        if busy and not seen.domain.spill_on_busy:
            break  # a strict domain: the standby is for failures, not for load
        done = group.priority
    return None, seen


# One generator per wish, so that the type of its result is checked in one place.


def _look() -> Generator[Wish, Reply, Snapshot]:
    reply = yield Look()
    assert isinstance(reply, Snapshot)  # noqa: S101 - what the driver has to send
    return reply


def _ask(server: str, turn: int) -> Generator[Wish, Reply, Answer]:
    reply = yield Ask(server, turn)
    assert isinstance(reply, Answer)  # noqa: S101 - what the driver has to send
    return reply


def _wake_up(servers: tuple[str, ...]) -> Generator[Wish, Reply, Snapshot | None]:
    reply = yield WakeUp(servers)
    assert not isinstance(reply, Answer)  # noqa: S101 - what the driver has to send
    return reply


def _attempt(rest: Group, number: int, server: str, answer: Answer) -> Try:
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


def _could_help(seen: Snapshot) -> tuple[str, ...]:
    """Members that could serve if they came online, best priority first."""
    found = [
        member
        for member in seen.domain.members
        if (why := seen.excluded.get(member.server)) is not None
        and why.cause in {Cause.AWAY, Cause.WARMING}
    ]
    return tuple(m.server for m in sorted(found, key=lambda member: member.priority))


def _granted(trail: list[Try], seen: Snapshot, answer: Answer) -> Outcome:
    return Outcome(tuple(trail), _not_asked(trail, seen), trail[-1].server, answer)


def _refused(trail: list[Try], seen: Snapshot) -> Outcome:
    asked = {attempt.server for attempt in trail}
    unreached = tuple(
        Left(m.server, m.priority, m.weight, "not reached")
        for m in seen.domain.members
        if m.server not in asked and m.server not in seen.excluded
    )
    left = _not_asked(trail, seen) + unreached
    return Outcome(tuple(trail), left, reason=_reason(trail, seen))


def _not_asked(trail: list[Try], seen: Snapshot) -> tuple[Left, ...]:
    """The members that are not eligible, without those that answered."""
    asked = {attempt.server for attempt in trail}
    if not any(member.server in asked for member in seen.left):
        return seen.left
    return tuple(member for member in seen.left if member.server not in asked)


def _reason(trail: list[Try], seen: Snapshot) -> Reason:
    """The reason of a refusal, over every member: those asked and those not eligible."""
    causes = {server: why.cause for server, why in seen.excluded.items()}
    causes.update((attempt.server, CAUSE_OF_ANSWER[attempt.answer]) for attempt in trail)
    return reason_of(causes.values())


CAUSE_OF_ANSWER: Final[Mapping[str, Cause]] = {
    Verdict.BUSY: Cause.BUSY,
    Verdict.OFFLINE: Cause.AWAY,
    Verdict.UNKNOWN: Cause.AWAY,
    Verdict.NOT_OFFERED: Cause.NOT_OFFERED,
    Verdict.DRAINING: Cause.OUT_OF_SERVICE,
}
"""The cause that each answer but a grant is."""
