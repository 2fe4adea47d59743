"""How often each server was drawn, beside how often its weight says it should have been.

Law (tests/mgmtsrvr/test_shares.py): the expectation is exact for every draw, by the candidates and weights
of that draw, so that servers may come and go and weights change meanwhile. Pure: the time is an argument.
"""

import math
from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec

from mgmtsrvr.decision_log import Decision, Step


MINUTE: Final = 60.0
KEPT: Final = 24 * 60
"""Minutes that are kept."""

KNOWN: Final = 100.0
"""Of the bound: the variance at which it is narrowest, relatively."""

CHANCE: Final = 0.01
"""That a right distribution is ever judged wrong, over all servers and all looks."""


class ShareSum(msgspec.Struct):
    """One server over some draws.

    Attributes:
        drawn: how often it was drawn.
        given: how often it then gave a session.
        expected: the sum of its chances.
        variance: the sum of chance times counter-chance.
    """

    drawn: int = 0
    given: int = 0
    expected: float = 0.0
    variance: float = 0.0

    def add(self, other: "ShareSum") -> None:
        """Add other draws."""
        self.drawn += other.drawn
        self.given += other.given
        self.expected += other.expected
        self.variance += other.variance


Sums = dict[str, dict[str, ShareSum]]
"""By domain and server."""


class ShareBook:
    """The draws of the last day, by minutes."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[int, Sums]] = deque(maxlen=KEPT)

    def __repr__(self) -> str:
        return f"<ShareBook {len(self._minutes)} minutes>"

    def add(self, decision: Decision, now: float) -> None:
        """Count the draws of a decision.

        Args:
            decision: with its trail.
            now: seconds.
        """
        if not decision.trail:
            return
        minute = int(now // MINUTE)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append((minute, {}))
        sums = self._minutes[-1][1].setdefault(decision.domain, {})
        for step in decision.trail:
            _count(sums, step)

    def of(self, domain: str, window: float, now: float) -> dict[str, ShareSum]:
        """Each server's draws for a domain.

        Args:
            domain: its name.
            window: seconds before `now`.
            now: seconds.
        """
        first = int((now - window) // MINUTE)
        return summed(sums.get(domain, {}) for minute, sums in self._minutes if minute > first)


def summed(several: Iterable[dict[str, ShareSum]]) -> dict[str, ShareSum]:
    """The sums of several servers, minutes or management servers together."""
    found: dict[str, ShareSum] = {}
    for sums in several:
        for server, one in sums.items():
            found.setdefault(server, ShareSum()).add(one)
    return found


def bound(variance: float, servers: int) -> float:
    """How far from its expectation a server may be by chance, at whatever number of draws one looks.

    Looking again and again finds a "significant" difference by itself with the usual bounds; this one, of a
    normal mixture, holds for all looks together (Robbins 1970; Howard and others 2021, 3.1).

    Args:
        variance: of the server's draws.
        servers: among which the chance of a false alarm is shared.
    """
    alarm = CHANCE / max(1, servers)
    inside = math.log((variance + KNOWN) / KNOWN) + 2 * math.log(1 / alarm)
    return math.sqrt((variance + KNOWN) * inside)


def _count(sums: dict[str, ShareSum], step: Step) -> None:
    if not step.total:
        return
    for server, weight in step.candidates:
        one = sums.setdefault(server, ShareSum())
        chance = weight / step.total
        one.expected += chance
        one.variance += chance * (1 - chance)
        if server == step.server:
            one.drawn += 1
            one.given += step.answer == "granted"
