"""The decision log: the last allocations with their trails, as `verdigris explain` shows them.

Law (tests/mgmtsrvr/test_broker.py): the newest N decisions are kept, each under its request id; a
record holds no claim and no password.
"""

from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from verdigris.wire import Kind, Left, Try


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt; `candidates` are the servers not yet asked, with their weights."""

    priority: int
    candidates: tuple[tuple[str, int], ...]
    total: int
    draw: int
    server: str
    answer: str
    reason: str
    milliseconds: float

    @classmethod
    def of(cls, tried: Try) -> "Step":
        """The record of an attempt."""
        return cls(
            priority=tried.priority,
            candidates=tried.candidates,
            total=tried.total,
            draw=tried.draw,
            server=tried.server,
            answer=tried.answer,
            reason=tried.reason,
            milliseconds=round(tried.milliseconds, 3),
        )


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A member that was not asked, and why."""

    server: str
    priority: int
    weight: int
    reason: str

    @classmethod
    def of(cls, left: Left) -> "Skipped":
        """The record of a member left out."""
        return cls(
            server=left.server, priority=left.priority, weight=left.weight, reason=left.reason
        )


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One decision.

    Attributes:
        time: when it ended, UTC.
        attempt: the client's count of its tries with this request id.
        outcome: "granted", "refused", "denied" (the user may not have it), "warming", "cancelled", "late" or "failed".
        user: as the client says, or as it was found where users are checked.
        on_behalf_of: for whom that user acts, by its own word.
        server: the server that granted a session.
        reason: of a refusal.
        revision: the revision of the configuration.
        management_server: the one that decided.
        first_draw: the number of draws of the domain's random source before this decision.
    """

    request_id: str
    attempt: int
    time: str
    domain: str
    kind: Kind
    name: str
    user: str
    location: str
    outcome: str
    on_behalf_of: str = ""
    server: str = ""
    reason: str = ""
    milliseconds: float = 0.0
    revision: str = ""
    first_draw: int = 0
    management_server: str = ""
    trail: list[Step] = []
    left: list[Skipped] = []


class DecisionLog:
    """The log of the last decisions.

    Args:
        keep: the number of decisions to keep.
        name: of this management server.
        heard: is given each decision.

    Attributes:
        name: as given.
        counts: decisions so far, by outcome.
        answers: number of times each (server, answer) was given.
    """

    def __init__(
        self, keep: int, name: str = "", heard: Callable[[Decision], None] | None = None
    ) -> None:
        self._heard = heard
        self.name = name
        self._ring: deque[Decision] = deque(maxlen=keep)
        self.counts: dict[str, int] = {}
        self.answers: dict[tuple[str, str], int] = {}

    def add(self, decision: Decision) -> None:
        """Keep a decision, and count its outcome and the answers."""
        self._ring.append(decision)
        self.counts[decision.outcome] = self.counts.get(decision.outcome, 0) + 1
        for step in decision.trail:
            said = step.server, step.answer
            self.answers[said] = self.answers.get(said, 0) + 1
        if self._heard is not None:
            self._heard(decision)

    def last(self, number: int) -> list[Decision]:
        """The newest decisions, newest first."""
        found = list(self._ring)
        found.reverse()
        return found[: max(0, number)]

    def of(self, request_id: str) -> list[Decision]:
        """The decisions of one request, oldest first."""
        return [decision for decision in self._ring if decision.request_id == request_id]

    def __len__(self) -> int:
        return len(self._ring)


def steps(trail: Iterable[Try]) -> list[Step]:
    """A trail as records."""
    return [Step.of(tried) for tried in trail]
