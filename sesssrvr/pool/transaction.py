"""A server state while a decision is made on it: every change to a slot goes through here.

Law: `put` and `drop` are the only ways a slot changes, and they keep every index of the state
(idle, coming, queued, counts, keys, asked, timed, rows, pending) true to the slots. What is not touched
is not copied, so a decision costs what it touches.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec.structs import replace

from sesssrvr.pool.events import Close, Effect
from sesssrvr.pool.values import Broken, Host, Pool, PoolKey, Server, Slot, Use


K = TypeVar("K")
V = TypeVar("V")


class Lazy(Generic[K, V]):
    """A mapping that is copied at its first change.

    Attributes:
        now: the mapping as it stands.
    """

    __slots__ = ("_own", "now")

    def __init__(self, base: Mapping[K, V]) -> None:
        self.now = base
        self._own: dict[K, V] | None = None

    def __contains__(self, key: K) -> bool:
        return key in self.now

    def __len__(self) -> int:
        return len(self.now)

    def __iter__(self) -> Iterator[K]:
        return iter(self.now)

    def set(self, key: K, value: V) -> None:
        """Put a value in; a new key goes to the end."""
        if self._own is None:
            self.now = self._own = dict(self.now)
        self._own[key] = value

    def pop(self, key: K) -> None:
        """Take a key out, if it is there."""
        if key in self.now:
            if self._own is None:
                self.now = self._own = dict(self.now)
            del self._own[key]


@dataclass(slots=True, repr=False)
class PoolDraft:
    """A pool while a decision is made on it; `base` holds everything but the slots."""

    base: Pool
    slots: Lazy[int, Slot]
    idle: Lazy[int, None]
    coming: Lazy[int, None]
    queued: Lazy[int, None]
    counts: dict[str, int]
    pends: int
    rows: tuple[int, ...]

    @classmethod
    def of(cls, pool: Pool) -> "PoolDraft":
        """A draft of this pool."""
        return cls(
            pool,
            Lazy(pool.slots),
            Lazy(pool.idle),
            Lazy(pool.coming),
            Lazy(pool.queued),
            dict(pool.counts),
            pool.pends,
            pool.free_rows,
        )

    def change(self, **fields: object) -> None:
        """Change what is not about single slots."""
        self.base = replace(self.base, **fields)

    @property
    def open(self) -> bool:
        """Takes requests and fills itself."""
        return self.base.started and not self.base.removed

    @property
    def ready(self) -> int:
        """Sessions that are idle or will be."""
        return len(self.idle) + len(self.coming)

    def freeze(self) -> Pool:
        """The pool as decided."""
        return replace(
            self.base,
            slots=self.slots.now,
            idle=self.idle.now,
            coming=self.coming.now,
            queued=self.queued.now,
            counts=self.counts,
            pends=self.pends,
            free_rows=self.rows,
        )


class Draft:
    """The server while one event is decided on.

    Args:
        server: the state before.
        now: seconds of a monotonic clock.

    Attributes:
        effects: what is to be done, in order.
        freed: a session can be had that could not before.
    """

    def __init__(self, server: Server, now: float) -> None:
        self.base = server
        self.now = now
        self.effects: list[Effect] = []
        self.freed = False
        self.pends = server.pends
        self.queued = server.queued
        self.where = Lazy(server.where)
        self.keys = Lazy(server.keys)
        self.asked = Lazy(server.asked)
        self.tombstones = Lazy(server.tombstones)
        self.timed = Lazy(server.timed)
        self.broken = Lazy(server.broken)
        self._pools = Lazy(server.pools)
        self._open: dict[PoolKey, PoolDraft] = {}

    def change(self, **fields: object) -> None:
        """Change what is not about pools and slots."""
        self.base = replace(self.base, **fields)

    def pool_keys(self) -> tuple[PoolKey, ...]:
        """All pools there are."""
        return tuple(self._pools)

    def peek(self, key: PoolKey) -> Pool:
        """The pool as it was before the decision: for looking without copying."""
        return self._pools.now[key]

    def touched(self, key: PoolKey) -> PoolDraft | None:
        """The pool's draft, if this decision has opened it already."""
        return self._open.get(key)

    def add(self, pool: Pool) -> PoolDraft:
        """A new pool."""
        self._pools.set(pool.settings.key, pool)
        return self.must(pool.settings.key)

    def pool(self, key: PoolKey) -> PoolDraft | None:
        """The pool, if it exists."""
        return self.must(key) if key in self._pools else None

    def must(self, key: PoolKey) -> PoolDraft:
        """The pool, which exists."""
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = PoolDraft.of(self._pools.now[key])
        return found

    def slot(self, number: int) -> Slot | None:
        """The slot, if it exists."""
        key = self.where.now.get(number)
        return None if key is None else self.must(key).slots.now[number]

    def home(self, slot: Slot) -> PoolDraft:
        """The pool of a slot."""
        return self.must(self.where.now[slot.number])

    def put(self, slot: Slot, pool: PoolDraft) -> None:
        """A slot is new, or has changed: every index follows."""
        number = slot.number
        before = pool.slots.now.get(number)
        if before is None:
            self.where.set(number, pool.base.settings.key)
        else:
            self._forget(before, pool)
        pool.slots.set(number, slot)
        pool.counts[slot.shown] = pool.counts.get(slot.shown, 0) + 1
        pool.pends += slot.pends
        self.pends += slot.pends
        if slot.use is Use.IDLE:
            (pool.idle if slot.host is Host.UP else pool.coming).set(number, None)
        if slot.host is not Host.QUEUED:
            self._leave_queue(number, pool)
        elif number not in pool.queued:  # a turn is kept, whatever else changes
            pool.queued.set(number, None)
            self.queued += 1
        if slot.key:
            self.keys.set(slot.key, number)
        if slot.asked is not None:
            self.asked.set(slot.asked, number)
        if slot.until is not None:
            self.timed.set(number, slot.until)

    def drop(self, slot: Slot, *, close: bool = True) -> None:
        """A slot is no more.

        Args:
            slot: which.
            close: its host session is still to be ended.
        """
        pool = self.home(slot)
        self._forget(slot, pool)
        self._leave_queue(slot.number, pool)
        pool.slots.pop(slot.number)
        self.where.pop(slot.number)
        if slot.row >= 0 and slot.row < (pool.base.settings.rows or 0):
            pool.rows = (*pool.rows, slot.row)
        self.freed = True
        if close and slot.host is not Host.NONE:
            self.effects.append(Close(slot.number))

    def _leave_queue(self, number: int, pool: PoolDraft) -> None:
        if number in pool.queued:
            pool.queued.pop(number)
            self.queued -= 1

    def break_promise(self, slot: Slot, reason: str) -> None:
        """The host is why this slot is no more: whoever comes to claim it has to hear that."""
        if slot.use is Use.RESERVED:
            pool = self.where.now[slot.number]
            self.broken.set(slot.key, Broken(pool, slot.claim, reason, slot.until or self.now))

    def _forget(self, slot: Slot, pool: PoolDraft) -> None:
        pool.counts[slot.shown] -= 1
        pool.pends -= slot.pends
        self.pends -= slot.pends
        pool.idle.pop(slot.number)
        pool.coming.pop(slot.number)
        self.timed.pop(slot.number)
        if slot.key:
            self.keys.pop(slot.key)
        if slot.asked is not None:
            self.asked.pop(slot.asked)

    def freeze(self) -> Server:
        """The server as decided; pools that are undeployed and empty are gone."""
        for key, draft in self._open.items():
            if draft.base.removed and not len(draft.slots):
                self._pools.pop(key)
            else:
                self._pools.set(key, draft.freeze())
        return replace(
            self.base,
            pools=self._pools.now,
            where=self.where.now,
            keys=self.keys.now,
            asked=self.asked.now,
            tombstones=self.tombstones.now,
            timed=self.timed.now,
            broken=self.broken.now,
            pends=self.pends,
            queued=self.queued,
        )
