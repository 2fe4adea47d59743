"""The management servers a connector knows: which one to ask next. Pure.

Law: `order` names every known address exactly once; the one that works comes first, and those that
failed within the last `AVOID` seconds come last, the longest avoided of them first.
Source: decision 0200; VHI's way is one DNS name with several addresses (product
facts 3.1).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from verdigris.values import Endpoint


AVOID: Final = 5.0
"""Seconds a management server that did not answer is asked last (decision 0200)."""

RESOLVE_EVERY: Final = 30.0
"""Seconds after which host names are looked up again: as long as one connection timeout."""

Draw = Callable[[int], int]
"""A random integer of 0..n-1."""


class ManagementServers:
    """An ordered list of management servers, with the memory of which one works.

    Args:
        names: addresses as configured; a host name may stand for several addresses.
        draw: chooses the one to start with, so that connectors spread.
    """

    def __init__(self, names: Sequence[Endpoint], draw: Draw) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._draw = draw
        self._addresses: tuple[Endpoint, ...] = ()
        self._current: Endpoint | None = None
        self._failed: dict[Endpoint, float] = {}
        self._looked_up = False
        self._resolved: float | None = None

    def __repr__(self) -> str:
        return f"<ManagementServers {self} [current {self._current}, avoided {len(self._failed)}]>"

    def __str__(self) -> str:
        return ", ".join(map(str, self.names)) or "none configured"

    def unresolved(self, now: float) -> bool:
        """Whether the names should be looked up (again)."""
        return self._resolved is None or now - self._resolved >= RESOLVE_EVERY

    def learn(self, addresses: Iterable[Endpoint], now: float) -> None:
        """Take what the names stand for; nothing found keeps what was known."""
        found = tuple(dict.fromkeys(addresses))
        self._resolved, self._looked_up = now, True
        if not found:
            self._resolved = None
            return
        self._addresses = found
        self._failed = {at: when for at, when in self._failed.items() if at in found}
        if self._current not in found:
            self._current = found[self._draw(len(found))]

    @property
    def silent(self) -> bool:
        """Whether each of them failed when it was asked last, or none can be found."""
        return self._looked_up and all(at in self._failed for at in self._addresses)

    def order(self, now: float) -> tuple[Endpoint, ...]:
        """All addresses, best first."""
        if self._current is None:
            return ()
        start = self._addresses.index(self._current)
        ring = self._addresses[start:] + self._addresses[:start]
        if not self._failed:
            return ring
        good = [at for at in ring if not self._avoided(at, now)]
        bad = sorted((at for at in ring if self._avoided(at, now)), key=lambda at: self._failed[at])
        return (*good, *bad)

    def worked(self, address: Endpoint) -> None:
        """This one answered: stay with it."""
        self._failed.pop(address, None)
        if address in self._addresses:
            self._current = address

    def failed(self, address: Endpoint, now: float) -> None:
        """This one did not answer: ask it last for a while, and look names up again."""
        self._failed[address] = now
        if all(self._avoided(at, now) for at in self._addresses):
            self._resolved = None

    def _avoided(self, address: Endpoint, now: float) -> bool:
        return address in self._failed and now - self._failed[address] < AVOID
