"""A server state while a decision is made on it: every change to a slot goes through here.

Law: `put` and `drop` are the only ways a slot changes, and they keep every index of the state
(idle, connecting, queued, counts, keys, attempts, expiries, rows, pending) true to the slots
(`sound` in the tests checks them after every step). What is not touched is not copied, so that a
decision costs what it touches.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec.structs import replace

from sesssrvr.pool.events import CloseSession, Effect
from sesssrvr.pool.values import (
    BrokenReservation,
    HostState,
    Pool,
    PoolKey,
    ServerState,
    Slot,
    SlotUse,
)


K = TypeVar("K")
V = TypeVar("V")


class CopyOnWrite(Generic[K, V]):
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
class PoolTransaction:
    """A pool while a decision is made on it; `base` holds everything but the slots."""

    base: Pool
    slots: CopyOnWrite[int, Slot]
    idle: CopyOnWrite[int, None]
    connecting: CopyOnWrite[int, None]
    queued: CopyOnWrite[int, None]
    counts: dict[str, int]
    pending: int
    rows: tuple[int, ...]

    @classmethod
    def of(cls, pool: Pool) -> "PoolTransaction":
        """A pool to be changed."""
        return cls(
            pool,
            CopyOnWrite(pool.slots),
            CopyOnWrite(pool.idle),
            CopyOnWrite(pool.connecting),
            CopyOnWrite(pool.queued),
            dict(pool.counts),
            pool.pending,
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
        return len(self.idle) + len(self.connecting)

    def freeze(self) -> Pool:
        """The pool as decided."""
        return replace(
            self.base,
            slots=self.slots.now,
            idle=self.idle.now,
            connecting=self.connecting.now,
            queued=self.queued.now,
            counts=self.counts,
            pending=self.pending,
            free_rows=self.rows,
        )


class Transaction:
    """The server while one event is decided on.

    Args:
        server: the state before.
        now: seconds of a monotonic clock.

    Attributes:
        effects: what is to be done, in order.
        freed: a session can be had that could not before.
    """

    def __init__(self, server: ServerState, now: float) -> None:
        self.base = server
        self.now = now
        self.effects: list[Effect] = []
        self.slot_freed = False
        self.pending = server.pending
        self.queued = server.queued
        self.pool_of = CopyOnWrite(server.pool_of)
        self.keys = CopyOnWrite(server.keys)
        self.attempts = CopyOnWrite(server.attempts)
        self.tombstones = CopyOnWrite(server.tombstones)
        self.expiries = CopyOnWrite(server.expiries)
        self.broken = CopyOnWrite(server.broken)
        self.rows_used = CopyOnWrite(server.rows_used)
        self._pools = CopyOnWrite(server.pools)
        self._edited: dict[PoolKey, PoolTransaction] = {}

    def change(self, **fields: object) -> None:
        """Change what is not about pools and slots."""
        self.base = replace(self.base, **fields)

    def pool_keys(self) -> tuple[PoolKey, ...]:
        """All pools there are."""
        return tuple(self._pools)

    def peek(self, key: PoolKey) -> Pool:
        """The pool as it was before the decision: for looking without copying."""
        return self._pools.now[key]

    def edited(self, key: PoolKey) -> PoolTransaction | None:
        """The pool as changed so far, if this decision has touched it."""
        return self._edited.get(key)

    def add(self, pool: Pool) -> PoolTransaction:
        """A new pool."""
        self._pools.set(pool.settings.key, pool)
        return self.edit(pool.settings.key)

    def pool(self, key: PoolKey) -> PoolTransaction | None:
        """The pool, if it exists."""
        return self.edit(key) if key in self._pools else None

    def edit(self, key: PoolKey) -> PoolTransaction:
        """The pool, which exists."""
        found = self._edited.get(key)
        if found is None:
            found = self._edited[key] = PoolTransaction.of(self._pools.now[key])
        return found

    def pools(self) -> Iterator[Pool]:
        """All pools as they are at this point of the decision."""
        for key, pool in self._pools.now.items():
            edited = self._edited.get(key)
            yield pool if edited is None else edited.freeze()

    def slot(self, number: int) -> Slot | None:
        """The slot, if it exists."""
        key = self.pool_of.now.get(number)
        return None if key is None else self.edit(key).slots.now[number]

    def edit_pool_of(self, slot: Slot) -> PoolTransaction:
        """The pool of a slot."""
        return self.edit(self.pool_of.now[slot.number])

    def put(self, slot: Slot, pool: PoolTransaction) -> None:
        """Enter a slot that is new or has changed: every index follows."""
        number = slot.number
        before = pool.slots.now.get(number)
        if before is None:
            self.pool_of.set(number, pool.base.settings.key)
            if slot.row_key is not None:
                self.rows_used.set(slot.row_key, number)
        else:
            # The old slot leaves every index first: its counts and keys differ from the new one's.
            self._forget(before, pool)
        pool.slots.set(number, slot)
        pool.counts[slot.state] = pool.counts.get(slot.state, 0) + 1
        pool.pending += slot.pending
        self.pending += slot.pending
        # Entering an index puts the slot at its end: the one that has waited longest is lent first.
        if slot.use is SlotUse.IDLE:
            (pool.idle if slot.host is HostState.UP else pool.connecting).set(number, None)
        if slot.host is not HostState.QUEUED:
            self._leave_queue(number, pool)
        # Unlike `idle`, a slot keeps its place in the queue whatever else changes.
        elif number not in pool.queued:
            pool.queued.set(number, None)
            self.queued += 1
        if slot.key:
            self.keys.set(slot.key, number)
        if slot.attempt is not None:
            self.attempts.set(slot.attempt, number)
        if slot.until is not None:
            self.expiries.set(number, slot.until)

    def drop(self, slot: Slot, *, close: bool = True) -> None:
        """Remove a slot.

        Args:
            slot: the slot.
            close: whether its host session is still to be ended.
        """
        pool = self.edit_pool_of(slot)
        self._forget(slot, pool)
        self._leave_queue(slot.number, pool)
        pool.slots.pop(slot.number)
        self.pool_of.pop(slot.number)
        if slot.row_key is not None:
            self.rows_used.pop(slot.row_key)
            group, key = slot.row_key
            # A redeployment may have given the row another number.
            row = pool.base.settings.row_of(key) if group == pool.base.settings.group else -1
            if row >= 0 and self.may_use(group, key):
                pool.rows = (*pool.rows, row)
        self.slot_freed = True
        if close and slot.host is not HostState.NONE:
            self.effects.append(CloseSession(slot.number))

    def may_use(self, group: str, key: str) -> bool:
        """Whether this server has the row, as far as several servers share the group."""
        granted = self.base.granted.get(group)
        return granted is None or key in granted

    def _leave_queue(self, number: int, pool: PoolTransaction) -> None:
        if number in pool.queued:
            pool.queued.pop(number)
            self.queued -= 1

    def record_broken(self, slot: Slot, reason: str) -> None:
        """Remember that a reservation failed because of the host: its client is to hear why."""
        if slot.use is SlotUse.RESERVED:
            pool = self.pool_of.now[slot.number]
            self.broken.set(
                slot.key, BrokenReservation(pool, slot.claim, reason, slot.until or self.now)
            )

    def _forget(self, slot: Slot, pool: PoolTransaction) -> None:
        pool.counts[slot.state] -= 1
        pool.pending -= slot.pending
        self.pending -= slot.pending
        pool.idle.pop(slot.number)
        pool.connecting.pop(slot.number)
        self.expiries.pop(slot.number)
        if slot.key:
            self.keys.pop(slot.key)
        if slot.attempt is not None:
            self.attempts.pop(slot.attempt)

    def freeze(self) -> ServerState:
        """The server as decided; pools that are undeployed and empty are gone."""
        for key, edited in self._edited.items():
            if edited.base.removed and not len(edited.slots):
                self._pools.pop(key)
            else:
                self._pools.set(key, edited.freeze())
        return replace(
            self.base,
            pools=self._pools.now,
            pool_of=self.pool_of.now,
            keys=self.keys.now,
            attempts=self.attempts.now,
            tombstones=self.tombstones.now,
            expiries=self.expiries.now,
            broken=self.broken.now,
            rows_used=self.rows_used.now,
            pending=self.pending,
            queued=self.queued,
        )
