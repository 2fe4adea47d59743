"""What the tests of the session server share."""

from collections import Counter

import pytest

from sesssrvr.pool import Limits, PoolKey, Server, Settings, Use, step


def sound(server):
    """Check every index of the state against its slots, and every limit."""
    slots = [(key, slot) for key, pool in server.pools.items() for slot in pool.slots.values()]
    assert {slot.number: key for key, slot in slots} == dict(server.where)
    assert len(slots) <= server.limits.maximum
    assert sum(slot.pends for _, slot in slots) == server.pends <= server.limits.maximum_pending
    assert {slot.key: slot.number for _, slot in slots if slot.key} == dict(server.keys)
    assert {slot.asked: slot.number for _, slot in slots if slot.asked} == dict(server.asked)
    assert {s.number: s.until for _, s in slots if s.until is not None} == dict(server.timed)
    for pool in server.pools.values():
        sound_pool(pool)


def sound_pool(pool):
    mine = list(pool.slots.values())
    assert not (pool.removed and not mine)
    assert sum(slot.pends for slot in mine) == pool.pends
    assert Counter(slot.shown for slot in mine) == Counter(dict(pool.counts))
    unused = [slot for slot in mine if slot.use is Use.IDLE]
    assert {s.number for s in unused if not s.pends} == set(pool.idle)
    assert {s.number for s in unused if s.pends} == set(pool.coming)
    rows = [slot.row for slot in mine if slot.row >= 0]
    assert len(rows) == len(set(rows))
    assert not set(rows) & set(pool.free_rows)
    for slot in mine:
        assert (slot.use in (Use.RESERVED, Use.ACTIVE, Use.SUSPENDED)) == bool(slot.key)
        assert (slot.until is not None) == (
            slot.use in (Use.RESERVED, Use.SUSPENDED, Use.QUARANTINED)
        )


def grew_within_limits(before, after):
    """A pool may stand above a maximum that was lowered under it; it never grows above it."""
    for key, pool in after.pools.items():
        old = before.pools.get(key)
        if len(pool.slots) > (len(old.slots) if old else 0):
            assert len(pool.slots) <= pool.settings.maximum
        if pool.pends > (old.pends if old else 0):
            assert pool.pends <= pool.settings.maximum_pending


class Machine:
    """A server state that is stepped and checked; remembers the effects of the last step."""

    def __init__(self, *pools, now=100.0, **limits):
        from sesssrvr.pool import Deployed  # noqa: PLC0415 - the fixture's own

        self.server = Server(Limits(**limits))
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


@pytest.fixture
def machine():
    """Make a checked state machine from pool settings and limits."""
    return Machine


@pytest.fixture
def settings():
    """Make pool settings."""

    def make(name="P", maximum=5, kind="pool", **more):
        return Settings(PoolKey(kind, name), "M", maximum, **more)

    return make


@pytest.fixture
def check_sound():
    """The invariants of a state."""
    return sound
