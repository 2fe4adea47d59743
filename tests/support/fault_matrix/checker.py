"""The judge of a run: what clients were told and what was stored, against what may happen.

Law: it knows the parts' own words only as what clients were told; times are of one monotonic clock.
A slow machine makes fewer calls, never a wrong verdict.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.fault_callers import Told
from tests.support.fault_matrix.cells import Cell


NO_SERVER = 2643
WAIT = 30
"""Seconds a client waits for a session: the default of all clients."""

ENOUGH = 15.0
"""Seconds in which a client that waits gets a session, also on a machine that does something else as well."""

LOST = frozenset({2643, 3152, 9107, 9201, 9202, 9203, 9204, 9205, 9206})
"""What a client is told whose session is gone or cannot be reached; not what a slow host causes."""


@dataclass(frozen=True)
class Strike:
    """A fault that happened.

    Attributes:
        cell: which.
        parts: to which parts.
        began: when.
        struck: when it was in effect.
        healed: when its end began.
        recovered: when everything was served again.
    """

    cell: Cell
    parts: tuple[str, ...]
    began: float
    struck: float
    healed: float
    recovered: float

    def __str__(self) -> str:
        return f"{self.cell} ({', '.join(self.parts)})"


@dataclass(frozen=True)
class Call:
    """A call and what its client was told.

    Attributes:
        began, ended: when.
        gateway: by which one.
        told: the answer.
        session: the id of the session it was made in, if that was taken before.
    """

    began: float
    ended: float
    gateway: str
    told: Told
    session: str = ""


@dataclass(frozen=True)
class Change:
    """A change of the installation: a writer's number, put beside those of the others.

    Attributes:
        began, ended: when it was sent, and when the answer was there.
        writer: whose number is a new one.
        numbers: of all writers, in the document that was sent.
        outcome: "stored", "refused" or "unknown".
    """

    began: float
    ended: float
    writer: str
    numbers: Mapping[str, int] = field(hash=False)
    outcome: str

    @property
    def number(self) -> int:
        """The new one."""
        return self.numbers[self.writer]


def false_refusals(calls: Sequence[Call], strikes: Sequence[Strike]) -> Iterator[str]:
    """Errors 2643 before a client's time was over, or although there were sessions to be had."""
    for it in calls:
        if it.told.code != NO_SERVER:
            continue
        if it.ended - it.began < WAIT:
            yield f"refused before its time was over: {it}"
        none = sum(
            max(0.0, min(it.ended, s.recovered) - max(it.began, s.began))
            for s in strikes
            if s.cell.refuses
        )
        if it.ended - it.began - none > ENOUGH:
            yield f"refused without a reason: {it}, meanwhile {_meanwhile(it, strikes)}"


def lost_sessions(calls: Sequence[Call], strikes: Sequence[Strike]) -> Iterator[str]:
    """Calls in sessions that were lost although nothing failed that sessions depend on."""
    for it in calls:
        gone = it.told.code in LOST or it.told == Told()
        if not it.session or not gone:
            continue
        server = it.session.partition("~")[0]
        for s in strikes:
            meets = s.began < it.ended and it.began < s.recovered
            if meets and not s.cell.spares_sessions and {it.gateway, server, "host"} & set(s.parts):
                break
        else:
            yield f"a session was lost: {it}, meanwhile {_meanwhile(it, strikes)}"


def lost_changes(changes: Sequence[Change], last: Sequence[Mapping[str, int]]) -> Iterator[str]:
    """Changes that were acknowledged and are not in what was stored later, or refused and are.

    Args:
        changes: in any order.
        last: what each management server has in the end.
    """
    stored = [it for it in changes if it.outcome == "stored"]
    refused = {(it.writer, it.number) for it in changes if it.outcome == "refused"}
    for it in stored:
        for later in stored:
            if later.began > it.ended and later.numbers.get(it.writer, 0) < it.number:
                yield f"acknowledged and not in a later change: {it}, {later}"
        for numbers in last:
            if numbers.get(it.writer, 0) < it.number:
                yield f"acknowledged and lost: {it}, in the end {numbers}"
    for numbers in (*(it.numbers for it in stored), *last):
        for key in numbers.items():
            if key in refused:
                yield f"refused and stored all the same: {key}"


def stored_without_quorum(changes: Sequence[Change], strikes: Sequence[Strike]) -> Iterator[str]:
    """Changes that were acknowledged while nothing could be stored."""
    for s in strikes:
        for it in changes:
            if s.cell.stores or it.outcome != "stored":
                continue
            if it.began > s.struck and it.ended < s.healed:
                yield f"acknowledged while {s}: {it}"


def _meanwhile(call: Call, strikes: Sequence[Strike]) -> str:
    found = [str(s) for s in strikes if s.began < call.ended and call.began < s.recovered]
    return "; ".join(found) or "nothing failed"
