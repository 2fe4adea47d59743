"""Decisions on the rows of variable lists: which this server may use, and how many it needs.

A row is an account that a host lets sign on once. Rows that session servers share come as grants of
a management server (decision 0169); a group of rows that is not in `ServerState.granted` belongs to
this server alone.

Law (`tests/sesssrvr/pool/test_rows.py`): every session has a row of its own, whatever pools share a
group; a session whose row is not granted any more ends in the same step; what is recalled was idle.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from sesssrvr.pool.events import RowsGranted, RowsRecalled
from sesssrvr.pool.transaction import PoolTransaction, Transaction
from sesssrvr.pool.values import Pool, ServerState, Slot, SlotUse


_ENDED: Final = (SlotUse.IDLE, SlotUse.QUARANTINED)
"""The uses of sessions that nobody misses, in the order in which they are ended."""

HEADROOM: Final = 4
"""One row ready for every so many in use: the next client need not wait for a grant."""


@dataclass(frozen=True, slots=True)
class RowNeed:
    """How many rows of a group this server needs, each number at least the one before.

    Attributes:
        used: with sessions that clients have or are promised, and such as return to the startup entity.
        needed: these and one for a client who was refused a moment ago.
        ready: these and those of idle sessions that the pools are to keep.
        maximum: of the pools' limits.
    """

    used: int = 0
    needed: int = 0
    ready: int = 0
    maximum: int = 0

    def __add__(self, other: "RowNeed") -> "RowNeed":
        return RowNeed(
            self.used + other.used,
            self.needed + other.needed,
            self.ready + other.ready,
            self.maximum + other.maximum,
        )


def row_needs(server: ServerState, now: float) -> dict[str, RowNeed]:
    """The need of every group of rows that is shared with other servers."""
    found = dict.fromkeys(server.granted, RowNeed())
    for pool in server.pools.values():
        slots = pool.slots.values()
        used = Counter(s.row_key[0] for s in slots if s.row_key and s.use not in _ENDED)
        used.setdefault(pool.settings.group, 0)
        for group, count in used.items():  # sessions of an earlier deployment may be of another one
            if group in found:
                now_of_it = group == pool.settings.group and not server.draining
                found[group] += _need(pool, count, now, open_=now_of_it)
    return found


def _need(pool: Pool, used: int, now: float, *, open_: bool) -> RowNeed:
    settings = pool.settings
    if not open_ or not pool.started or pool.removed:
        return RowNeed(used, used, used, used)
    maximum = max(used, min(settings.maximum, sum(map(bool, _keys(pool)))))
    refused = now < pool.rows_wanted_until
    needed = min(maximum, used + refused * (1 + used // HEADROOM))
    kept = max(settings.initial, settings.minimum_idle + used, used + 1 + used // HEADROOM)
    return RowNeed(used, needed, max(needed, min(maximum, kept)), maximum)


def rows_had(server: ServerState, pool: Pool) -> tuple[str, ...]:
    """The keys of the rows of a pool that this server may use, used or not."""
    granted = server.granted.get(pool.settings.group)
    return tuple(key for key in _keys(pool) if key and (granted is None or key in granted))


def _keys(pool: Pool) -> Iterator[str]:
    return (pool.settings.row_key(row) for row in range(pool.settings.rows or 0))


def rows_to_use(
    work: Transaction, pool: PoolTransaction, before: tuple[str, ...]
) -> tuple[int, ...]:
    """The rows that the pool may use and does not, in the order in which they are used.

    Args:
        work: the decision.
        pool: the pool, with its present settings.
        before: the keys it had in this order; others follow, as they were used or are new.
    """
    settings = pool.base.settings
    mine = {slot.row_key for slot in pool.slots.now.values()}
    keys = {settings.row_key(row): row for row in range(settings.rows or 0)}
    keys.pop("", None)
    first = dict.fromkeys(key for key in before if key in keys)
    order = chain(first, (key for key in keys if key not in first))
    return tuple(
        keys[key]
        for key in order
        if (settings.group, key) not in mine and work.may_use(settings.group, key)
    )


def rows_granted(work: Transaction, event: RowsGranted) -> None:
    """Use these rows of the group and no others; a session on another one ends, whoever has it."""
    keys = event.keys
    if work.base.granted.get(event.group) == keys:
        return
    others = {group: it for group, it in work.base.granted.items() if group != event.group}
    work.change(granted=others if keys is None else {**others, event.group: keys})
    for slot in _slots(work, event.group):
        if keys is not None and slot.row_key is not None and slot.row_key[1] not in keys:
            if slot.use is not SlotUse.QUARANTINED:  # as if its host had ended it
                pool = work.edit_pool_of(slot)
                pool.change(connects_due=pool.base.connects_due + 1)
            work.record_broken(slot, "its row of the variable list is not this server's any more")
            work.drop(slot)
    _renumber(work, event.group)
    work.slot_freed = True


def rows_recalled(work: Transaction, event: RowsRecalled) -> None:
    """Give up rows that no session uses, then those of idle and quarantined sessions, oldest first."""
    granted = work.base.granted.get(event.group, frozenset())
    slots = _slots(work, event.group)
    used = {slot.row_key[1] for slot in slots if slot.row_key is not None}
    given = sorted(granted - used)[: event.count]
    idle = (slot for slot in slots if slot.use in _ENDED)
    oldest = sorted(idle, key=lambda slot: (_ENDED.index(slot.use), slot.since, slot.number))
    for slot in oldest[: event.count - len(given)]:
        if slot.row_key is not None and slot.row_key[1] in granted:
            given.append(slot.row_key[1])
            work.drop(slot)
    work.change(granted={**work.base.granted, event.group: granted - set(given)})
    _renumber(work, event.group)


def _slots(work: Transaction, group: str) -> list[Slot]:
    """The sessions that use a row of the group, those of earlier deployments included."""
    numbers = [number for (of, _), number in work.rows_used.now.items() if of == group]
    return [slot for number in numbers if (slot := work.slot(number)) is not None]


def _renumber(work: Transaction, group: str) -> None:
    """Bring the pools' free rows in line with what is granted."""
    for key in work.pool_keys():
        if work.peek(key).settings.group == group:
            pool = work.edit(key)
            pool.rows = rows_to_use(work, pool, tuple(map(pool.base.settings.row_key, pool.rows)))
