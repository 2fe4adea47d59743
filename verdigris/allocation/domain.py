"""A load distribution domain: its members, their weights and priorities.

Groups and numbers serve steps 5 and 7 of docs/allocation.md.

Law (tests/verdigris/allocation/test_domain.py): everything here is frozen. In a group every number from 1 to
the total belongs to exactly one member, and a member owns exactly as many numbers as its weight, in
the order of the configuration: weights 80 and 20 give 1..80 to the first and 81..100 to the second.
A member of weight 0 owns no number and is in no group. Sums are exact integers, so 1 : 999,999 is
exact.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import accumulate

from verdigris.config.installation import MAX_PRIORITY, MAX_WEIGHT


@dataclass(frozen=True, slots=True)
class Member:
    """A session server in a domain.

    Attributes:
        server: its name.
        weight: its share of the requests of its group, 0..1,000,000; 0 takes no new sessions.
        priority: its group, 0..1,000; the lowest is used first.

    Raises:
        ValueError: weight or priority is not a whole number of its range.
    """

    server: str
    weight: int
    priority: int = 1

    def __post_init__(self) -> None:
        _whole("weight", self.weight, MAX_WEIGHT)
        _whole("priority", self.priority, MAX_PRIORITY)

    def __repr__(self) -> str:
        return f"<Member {self.server} weight {self.weight} priority {self.priority}>"


@dataclass(frozen=True, slots=True)
class Group:
    """Members of one priority, each with a weight above 0, in configuration order.

    Attributes:
        ends: the last number of each member.
        candidates: (server, weight) of each, for the decision log.
    """

    priority: int
    members: tuple[Member, ...]
    ends: tuple[int, ...] = field(init=False, repr=False, compare=False)
    candidates: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        candidates = tuple((member.server, member.weight) for member in self.members)
        object.__setattr__(self, "ends", tuple(accumulate(m.weight for m in self.members)))
        object.__setattr__(self, "candidates", candidates)

    @property
    def total(self) -> int:
        """The sum of the weights: numbers are drawn from 1 to the total."""
        return self.ends[-1] if self.ends else 0

    def at(self, number: int) -> Member:
        """The member that owns this number of 1..total.

        Raises:
            ValueError: the number is not in 1..total.
        """
        if not 1 <= number <= self.total:
            raise ValueError(f"{number} is not in 1..{self.total}")
        return self.members[bisect_left(self.ends, number)]

    def only(self, wanted: Callable[[str], bool]) -> "Group":
        """The group reduced to the members whose server is wanted."""
        kept = tuple(member for member in self.members if wanted(member.server))
        return self if len(kept) == len(self.members) else Group(self.priority, kept)

    def __repr__(self) -> str:
        listed = ", ".join(f"{m.server} {m.weight}" for m in self.members)
        return f"<Group {self.priority} [{listed} | total {self.total}]>"


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain.

    Attributes:
        name: its name.
        members: in configuration order; a server once at most.
        spill_on_busy: whether the next priority is tried after a group in which a server was busy.

    Raises:
        ValueError: a server is named twice.
    """

    name: str
    members: tuple[Member, ...] = ()
    spill_on_busy: bool = True

    def __post_init__(self) -> None:
        names = [member.server for member in self.members]
        if len(set(names)) < len(names):
            raise ValueError(f"domain {self.name} names a session server twice")

    def groups(self, servers: Collection[str]) -> tuple[Group, ...]:
        """The groups of these servers, lowest priority value first; weight 0 is left out."""
        found: dict[int, list[Member]] = {}
        for member in self.members:
            if member.weight > 0 and member.server in servers:
                found.setdefault(member.priority, []).append(member)
        return tuple(Group(priority, tuple(found[priority])) for priority in sorted(found))

    def __repr__(self) -> str:
        listed = "; ".join(
            f"{group.priority}: " + ", ".join(f"{m.server} {m.weight}" for m in group.members)
            for group in self.groups({member.server for member in self.members})
        )
        strict = "" if self.spill_on_busy else " strict"
        return f"<Domain {self.name!r}{strict} [{listed}]>"


def _whole(what: str, value: object, largest: int) -> None:
    """Refuse a value that is not a whole number from 0 to `largest` (also booleans and NaN)."""
    if type(value) is not int or not 0 <= value <= largest:
        raise ValueError(f"{what} has to be a whole number from 0 to {largest:,}, not {value!r}")
