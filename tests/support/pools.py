"""A session server's pools as a state machine whose invariants are checked at each step."""

from collections import Counter

from sesssrvr.pool import (
    Deployed,
    HostState,
    Limits,
    PoolKey,
    ServerState,
    SlotUse,
    step,
)


def sound(server):
    """Check every index of the state against its slots, and every limit."""
    slots = [(key, slot) for key, pool in server.pools.items() for slot in pool.slots.values()]
    assert {slot.number: key for key, slot in slots} == dict(server.pool_of)
    assert len(slots) <= server.limits.maximum
    assert sum(slot.pending for _, slot in slots) == server.pending <= server.limits.maximum_pending
    assert {slot.key: slot.number for _, slot in slots if slot.key} == dict(server.keys)
    assert {slot.attempt: slot.number for _, slot in slots if slot.attempt} == dict(server.attempts)
    assert {s.number: s.until for _, s in slots if s.until is not None} == dict(server.expiries)
    assert sum(slot.host is HostState.QUEUED for _, slot in slots) == server.queued
    with_rows = [slot for _, slot in slots if slot.row_key is not None]
    assert {slot.row_key: slot.number for slot in with_rows} == dict(server.rows_used)
    assert len(with_rows) == len(server.rows_used)  # a row is used once, whatever pools share it
    for group, key in server.rows_used:
        assert key in server.granted.get(group, {key})
    for pool in server.pools.values():
        sound_pool(pool)
        sound_rows(server, pool)
        room = pool.pending < pool.settings.maximum_pending
        assert not (pool.queued and room and server.pending < server.limits.maximum_pending)


def sound_rows(server, pool):
    """The free rows are those that the server may use and no session of the pool does."""
    settings, granted = pool.settings, server.granted.get(pool.settings.group)
    mine = {slot.row_key for slot in pool.slots.values()}
    keys = {settings.row_key(row) for row in range(settings.rows or 0)} - {""}
    free = {
        k for k in keys if (settings.group, k) not in mine and (granted is None or k in granted)
    }
    assert len(pool.free_rows) == len(free)
    assert {settings.row_key(row) for row in pool.free_rows} == free


def sound_pool(pool):
    mine = list(pool.slots.values())
    assert not (pool.removed and not mine)
    assert sum(slot.pending for slot in mine) == pool.pending
    assert Counter(slot.state for slot in mine) == Counter(dict(pool.counts))
    assert {s.number for s in mine if s.host is HostState.QUEUED} == set(pool.queued)
    unused = [slot for slot in mine if slot.use is SlotUse.IDLE]
    assert not any(slot.host is HostState.QUEUED for slot in unused)
    assert {s.number for s in unused if not s.pending} == set(pool.idle)
    assert {s.number for s in unused if s.pending} == set(pool.connecting)
    assert all((slot.row >= 0) == (slot.row_key is not None) for slot in mine)
    for slot in mine:
        assert (slot.use in (SlotUse.RESERVED, SlotUse.ACTIVE, SlotUse.SUSPENDED)) == bool(slot.key)
        assert (slot.until is not None) == (
            slot.use in (SlotUse.RESERVED, SlotUse.SUSPENDED, SlotUse.QUARANTINED)
        )


def grew_within_limits(before, after):
    """A pool may stand above a maximum that was lowered under it; it never grows above it."""
    for key, pool in after.pools.items():
        old = before.pools.get(key)
        if len(pool.slots) > (len(old.slots) if old else 0):
            assert len(pool.slots) <= pool.settings.maximum
        if pool.pending > (old.pending if old else 0):
            assert pool.pending <= pool.settings.maximum_pending


class Machine:
    """A server state that is stepped and checked; remembers the effects of the last step."""

    def __init__(self, *pools, now=100.0, **limits):
        self.server = ServerState(Limits(**limits))
        self.now = now
        self.effects = ()
        for settings in pools:
            self(Deployed(settings))

    def __call__(self, event):
        before = self.server
        self.server, self.effects = step(before, event, self.now)
        sound(self.server)
        grew_within_limits(before, self.server)
        return self.effects

    def pool(self, name="P", kind="pool"):
        return self.server.pools[PoolKey(kind, name)]

    def of(self, kind):
        """The effects of one kind of the last step."""
        return [effect for effect in self.effects if isinstance(effect, kind)]
