"""Eligibility: which members of a domain may be asked for a session (docs/allocation.md, step 4).

Law: a member is eligible if and only if its weight is above 0, it offers the model or the started
pool (or its list is not known), its condition is online, and no better priority is waiting for a
server to report after a start. For every other member there is a cause and a sentence
(tests/verdigris/allocation/test_allocator.py).

A snapshot is frozen: what it says depends on nothing but its own values.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from verdigris.allocation.domain import Domain, Group, Member
from verdigris.allocation.refusal import Cause
from verdigris.wire import Left


class Condition(StrEnum):
    """The state of a session server for allocation, as this management server sees it."""

    ONLINE = "online"
    SUSPECT = "suspect"
    OFFLINE = "offline"
    WARMING = "warming"  # this management server has just started; the server may yet report
    DRAINING = "draining"
    MAINTENANCE = "maintenance"


CAUSE_OF: Final[Mapping[Condition, Cause]] = {
    Condition.SUSPECT: Cause.AWAY,
    Condition.OFFLINE: Cause.AWAY,
    Condition.WARMING: Cause.WARMING,
    Condition.DRAINING: Cause.OUT_OF_SERVICE,
    Condition.MAINTENANCE: Cause.OUT_OF_SERVICE,
}
"""The cause that each condition but online is."""


@dataclass(frozen=True, slots=True)
class Availability:
    """What is known of one session server, for one model or pool.

    Attributes:
        condition: its liveness and administrative state.
        offers: whether it has the model or the started pool; None while its list is unknown.
        reason: details of the condition, for people.
    """

    condition: Condition
    offers: bool | None = True
    reason: str = ""


AVAILABLE: Final = Availability(Condition.ONLINE)
UNREGISTERED: Final = Availability(Condition.OFFLINE, None, "never registered")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a member is not eligible: the cause, and a sentence."""

    cause: Cause
    text: str


@dataclass(frozen=True)
class Snapshot:
    """A domain as one management server sees it at one moment, for one model or pool.

    Attributes:
        domain: the domain, from the configuration in force.
        availability: by server name; a member that is missing never registered.
        arrivals: a count that grows each time a server comes online.
    """

    domain: Domain
    availability: Mapping[str, Availability]
    arrivals: int = 0

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The eligible members by priority, lowest value first."""
        names = {m.server for m in self.domain.members if m.server not in self.excluded}
        return self.domain.groups(names)

    @cached_property
    def excluded(self) -> Mapping[str, Exclusion]:
        """Every member that is not eligible, and why."""
        found = {m.server: self._exclusion(m) for m in self.domain.members}
        return {server: why for server, why in found.items() if why is not None}

    @cached_property
    def left(self) -> tuple[Left, ...]:
        """The members that are not eligible, for the record of the decision."""
        return tuple(
            Left(m.server, m.priority, m.weight, self.excluded[m.server].text)
            for m in self.domain.members
            if m.server in self.excluded
        )

    def eligible(self, server: str) -> bool:
        """Whether a server is a member that may be asked now."""
        return server not in self.excluded and server in self._members

    def group_after(self, priority: int) -> Group | None:
        """The eligible group of the next priority, or None after the last."""
        return next((group for group in self.groups if group.priority > priority), None)

    def untried(self, group: Group, tried: Collection[str]) -> Group:
        """The members of a group that are still eligible and have not been tried."""
        if not tried and any(group is own for own in self.groups):
            return group  # all of it: computing the sums of a large group again would be slow
        return group.only(lambda server: server not in tried and self.eligible(server))

    @cached_property
    def _members(self) -> frozenset[str]:
        return frozenset(member.server for member in self.domain.members)

    @cached_property
    def _frontier(self) -> int | None:
        """The best priority at which a server may yet report after a start; None is nowhere."""
        waiting = [
            m.priority
            for m in self.domain.members
            if m.weight > 0 and self._known(m.server).condition is Condition.WARMING
        ]
        return min(waiting, default=None)

    def _known(self, server: str) -> Availability:
        return self.availability.get(server, UNREGISTERED)

    def _exclusion(self, member: Member) -> Exclusion | None:
        known = self._known(member.server)
        if member.weight == 0:
            return Exclusion(Cause.WEIGHT_ZERO, "weight 0")
        # Before the condition: a server without the model cannot help when it comes back either.
        if known.offers is False:
            return Exclusion(Cause.NOT_OFFERED, known.reason or "does not offer it")
        if known.condition is not Condition.ONLINE:
            reason = f": {known.reason}" if known.reason else ""
            return Exclusion(CAUSE_OF[known.condition], f"{known.condition}{reason}")
        # A standby must not serve while those it stands by for have had no time to report.
        if self._frontier is not None and member.priority > self._frontier:
            return Exclusion(Cause.WARMING, "standby: a better priority has not reported yet")
        return None
