"""Idempotency keys under way in one gateway, in front of the store that keeps them.

Law: of all workers one is told to perform what a key stands for, and only after the key is on disk;
the others wait, and get its answer. What was being performed when a worker or the whole gateway
ended is never performed again: nobody knows what the host did.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from gateway.workers.idempotency_messages import Claim, Kept, Outcome, Settle, Tell
from gateway.workers.key_file import Found
from gateway.workers.key_store import KeyStore


log = Logger()

UNFINISHED: Final[tuple[Outcome, None]] = ("lost", None)


@dataclass
class _Entry:
    """A key under way.

    Attributes:
        asked: the claim of the worker that performs it.
        owner: that worker.
        begun: the worker was told to perform it.
        gone: the worker has ended.
    """

    asked: Claim
    owner: Hashable
    waiting: list[tuple[Hashable, Tell]] = field(default_factory=list)
    begun: bool = False
    gone: bool = False


class KeyBook:
    """All keys under way in a gateway.

    Args:
        store: keeps keys and replies.
    """

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._entries: dict[bytes, _Entry] = {}

    def __repr__(self) -> str:
        return f"<KeyBook [{len(self._entries)} keys under way]>"

    def claim(self, owner: Hashable, asked: Claim, tell: Tell) -> None:
        """Answer a claim, at once or when the key is settled.

        Args:
            owner: the worker.
            asked: its claim.
            tell: told the outcome, once.
        """
        entry = self._entries.get(asked.key)
        if entry is not None:
            if entry.asked.fingerprint != asked.fingerprint:
                tell("another", None, entry.asked.request)
            else:
                entry.waiting.append((owner, tell))
            return
        entry = self._entries[asked.key] = _Entry(asked, owner)
        self._store.begin(asked).addCallbacks(
            lambda found: self._found(entry, tell, found), lambda why: self._away(entry, tell, why)
        )

    def _found(self, entry: _Entry, tell: Tell, found: Found) -> None:
        outcome = found[0]
        if outcome != "yours":
            if not entry.gone:
                tell(*found)
            self._end(entry, *found)
        elif entry.gone:  # it may be told nothing any more, so nothing is performed
            self._store.settle(entry.asked, None, free=True).addErrback(_noted)
            self._end(entry, *UNFINISHED, entry.asked.request)
        else:
            entry.begun = True
            tell(*found)

    def _away(self, entry: _Entry, tell: Tell, why: Failure) -> None:
        if not entry.gone:
            tell("away", None, str(why.value))
        self._end(entry, "away", None, str(why.value))

    def settle(self, owner: Hashable, told: Settle, done: Callable[[], None]) -> None:
        """Keep the answer of a key, then give it to those that wait.

        Args:
            owner: the worker that performed it.
            told: what came of it.
            done: called when the answer is on disk, or cannot be stored.
        """
        entry = self._entries.get(told.key)
        if entry is None or entry.owner != owner or not entry.begun or entry.gone:
            done()
            return

        def finish(_: object) -> None:
            outcome: Outcome = "kept" if told.reply else "large"
            self._end(entry, outcome, told.reply, entry.asked.request)
            done()

        stored: Deferred[None] = self._store.settle(entry.asked, told.reply, free=told.free)
        stored.addErrback(_noted).addCallback(finish)

    def lost(self, owner: Hashable) -> None:
        """A worker has ended, with all it was performing and waiting for."""
        for entry in list(self._entries.values()):
            entry.waiting = [(who, tell) for who, tell in entry.waiting if who != owner]
            if entry.owner == owner:
                entry.gone = True
                if entry.begun:
                    self._end(entry, *UNFINISHED, entry.asked.request)

    def _end(self, entry: _Entry, outcome: Outcome, reply: Kept | None, said: str) -> None:
        if self._entries.get(entry.asked.key) is entry:
            del self._entries[entry.asked.key]
        waiting, entry.waiting = entry.waiting, []
        for _, tell in waiting:
            tell(outcome, reply, said)


def _noted(why: Failure) -> None:
    """An answer that cannot be stored: its key says "unknown" from now on, which is safe."""
    log.error("the answer of an Idempotency-Key is not kept: {problem}", problem=str(why.value))
