"""The cells of the fault matrix: what fails, how, and what has to go on meanwhile.

Law: what a cell promises is data; the rig performs cells and the checker judges them by these rows.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


LINKS: dict[str, tuple[str, ...]] = {
    "gateway": ("management server", "session server"),
    "management server": ("gateway", "session server", "management server", "etcd"),
    "session server": ("gateway", "management server", "host"),
    "host": ("session server",),
    "etcd leader": ("management server", "etcd"),
}
"""The parties that each kind of part talks to; a cut is between a part and all parts of one kind."""

CLOCKS = {"clock +1 h": 3600, "clock -2 h": -7200}
"""Seconds by which a part's clock is wrong."""

_ALL = ("kill -9", "SIGSTOP", "slow")
_OWN = ("disk full", *CLOCKS, "certificate expired")
FAULTS: dict[str, tuple[str, ...]] = {
    "gateway": (*_ALL, *_OWN),
    "worker": _ALL[:2],
    "management server": (*_ALL, *_OWN),
    "all management servers": _ALL[:2],
    "session server": (*_ALL, *_OWN),
    "host": _ALL,
    "etcd leader": _ALL,
    "etcd majority": _ALL[:2],
}
"""The faults of each kind of part, besides being cut off.

A worker has the disk, clock and certificate of its gateway. The host is the rig's own, since its books
are looked into; etcd's disk and clock are etcd's business: for us it is there or it is not.
"""


AUTONOMY = True
"""Whether gateways find session servers by themselves while no management server answers."""


@dataclass(frozen=True)
class Cell:
    """One fault at one kind of part.

    Attributes:
        target: the kind of part.
        fault: what happens to it.
        peer: the kind of part it is cut off from, for that fault.
    """

    target: str
    fault: str
    peer: str = ""

    def __str__(self) -> str:
        return f"{self.target}: {self.fault}{f' {self.peer}' if self.peer else ''}"

    @property
    def serves(self) -> bool:
        """Whether calls go on being served, by the parts that are well."""
        if self.target == "all management servers":
            return AUTONOMY
        return self.target != "host" or self.fault == "slow"

    @property
    def stores(self) -> bool:
        """Whether changes of the installation go on being stored, at one management server at least."""
        return self.target not in {"etcd majority", "all management servers"}

    @property
    def refuses(self) -> bool:
        """Whether there is truly no session to be had: error 2643 is right."""
        return self.target == "host" and not self.serves

    @property
    def harmless(self) -> bool:
        """Whether everything works meanwhile, also for connections that begin then."""
        return self.fault in CLOCKS

    @property
    def spares_sessions(self) -> bool:
        """Whether no session that is in use may notice it."""
        return "management server" in self.target or self.target.startswith("etcd")


def cells() -> Iterator[Cell]:
    """The whole matrix."""
    for target, faults in FAULTS.items():
        for fault in faults:
            yield Cell(target, fault)
        for peer in LINKS.get(target, ()):
            yield Cell(target, "cut off from", peer)


def in_order(seed: int, possible: Iterable[Cell], wanted: str = "") -> list[Cell]:
    """Cells in an order of chance.

    Args:
        seed: of the order.
        possible: those that can be performed here.
        wanted: words that a cell's name has to contain, several separated by commas; "" is all.
    """
    words = [word.strip() for word in wanted.split(",") if word.strip()]
    found = [it for it in possible if not words or any(word in str(it) for word in words)]
    random.Random(seed).shuffle(found)  # noqa: S311 - repeatable
    return found
