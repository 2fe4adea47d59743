"""Idempotency keys of several workers, kept by their parent.

Law: of all workers one is told to perform what a key stands for; the others wait, and get its
answer. Nothing is dropped before its time. What a worker was performing when it ended is never
performed again: nobody knows what the host did.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from math import inf
from typing import Final, Literal

import msgspec


Outcome = Literal["yours", "kept", "another", "large", "lost", "full"]
"""What is told of a claim: perform it; here is its answer; the key stands for another request; its
answer was too large to keep; the worker that performed it ended; there are too many keys."""

SWEEP: Final = 1.0
"""Seconds between looks for keys whose time is over."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """An answer."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"<Kept {self.status} [{len(self.body)} bytes]>"


class Claim(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A worker asks who performs a key.

    Attributes:
        number: of the question, repeated in its answer.
        seconds: for which it is kept once it is settled, or its worker lost.
        limit: keys at most.
    """

    number: int
    key: bytes
    fingerprint: bytes
    seconds: float
    limit: int


class Settle(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A worker has performed a key.

    Attributes:
        reply: None if it is too large to keep.
        free: nothing was done, so the key may be used again.
    """

    key: bytes
    reply: Kept | None
    free: bool = False


class Told(msgspec.Struct, frozen=True, array_like=True):
    """The answer to a claim."""

    number: int
    outcome: Outcome
    reply: Kept | None = None


Tell = Callable[[Outcome, Kept | None], None]


@dataclass
class _Entry:
    fingerprint: bytes
    owner: Hashable
    seconds: float
    until: float = inf
    outcome: Outcome = "yours"
    reply: Kept | None = None
    waiting: list[tuple[Hashable, Tell]] = field(default_factory=list)


class KeyBook:
    """All keys of a gateway's workers."""

    def __init__(self) -> None:
        self._entries: dict[bytes, _Entry] = {}
        self._swept = -inf

    def __repr__(self) -> str:
        return f"<KeyBook [{len(self._entries)} keys]>"

    def claim(self, owner: Hashable, asked: Claim, now: float, tell: Tell) -> None:
        """Answer a claim, now or when the key is settled.

        Args:
            owner: the worker.
            asked: its claim.
            now: seconds.
            tell: told the outcome, once.
        """
        self._sweep(now, full=len(self._entries) >= asked.limit)
        entry = self._entries.get(asked.key)
        if entry is None and len(self._entries) >= asked.limit:
            tell("full", None)
        elif entry is None:
            self._entries[asked.key] = _Entry(asked.fingerprint, owner, asked.seconds)
            tell("yours", None)
        elif entry.fingerprint != asked.fingerprint:
            tell("another", None)
        elif entry.outcome == "yours":
            entry.waiting.append((owner, tell))
        else:
            tell(entry.outcome, entry.reply)

    def settle(self, owner: Hashable, told: Settle, now: float) -> None:
        """Keep the answer of a key, and give it to those that wait."""
        entry = self._entries.get(told.key)
        if entry is None or entry.owner != owner or entry.outcome != "yours":
            return
        if told.free:
            del self._entries[told.key]
        self._end(entry, "kept" if told.reply else "large", told.reply, now)

    def lost(self, owner: Hashable, now: float) -> None:
        """A worker has ended, with all it was performing and waiting for."""
        for entry in self._entries.values():
            entry.waiting = [(who, tell) for who, tell in entry.waiting if who != owner]
            if entry.owner == owner and entry.outcome == "yours":
                self._end(entry, "lost", None, now)

    def _end(self, entry: _Entry, outcome: Outcome, reply: Kept | None, now: float) -> None:
        entry.outcome, entry.reply, entry.until = outcome, reply, now + entry.seconds
        waiting, entry.waiting = entry.waiting, []
        for _, tell in waiting:
            tell(outcome, reply)

    def _sweep(self, now: float, *, full: bool) -> None:
        if now < self._swept + SWEEP and not full:
            return
        self._swept = now
        for key in [key for key, entry in self._entries.items() if entry.until <= now]:
            del self._entries[key]
