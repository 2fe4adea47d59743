"""Counts of names: how often, and when last."""

from collections import OrderedDict
from typing import Final, Protocol


KEPT: Final = 10_000
"""Names that are remembered; the ones counted longest ago give way."""


class Tallies(Protocol):
    """Counts that one process keeps, or several together."""

    def tally(self, name: bytes, now: float, forgotten: float) -> None:
        """Count a name, anew if it was counted more than `forgotten` seconds ago."""

    def tallied(self, name: bytes) -> tuple[int, float]:
        """How often a name was counted, and when last; (0, 0) if it never was."""

    def recant(self, name: bytes) -> None:
        """Count a name once less; when it was counted last stays."""

    def untally(self, name: bytes) -> None:
        """Forget how often a name was counted."""


class LocalTallies:
    """Counts of one process, in its memory."""

    def __init__(self) -> None:
        self._counts: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<LocalTallies [{len(self._counts)}]>"

    def tally(self, name: bytes, now: float, forgotten: float) -> None:
        """See `Tallies`."""
        count, latest = self.tallied(name)
        self._counts[name] = (1 if now - latest > forgotten else count + 1, now)
        self._counts.move_to_end(name)
        if len(self._counts) > KEPT:
            self._counts.popitem(last=False)

    def tallied(self, name: bytes) -> tuple[int, float]:
        """See `Tallies`."""
        return self._counts.get(name, (0, 0.0))

    def recant(self, name: bytes) -> None:
        """See `Tallies`."""
        count, latest = self.tallied(name)
        if count > 1:
            self._counts[name] = (count - 1, latest)
        else:
            self.untally(name)

    def untally(self, name: bytes) -> None:
        """See `Tallies`."""
        self._counts.pop(name, None)
