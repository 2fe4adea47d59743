"""Decisions on deployment and administration."""

from sesssrvr.pool.events import (
    AdminStateSet,
    Deployed,
    Overridden,
    Started,
    Stopped,
    Stopping,
    Undeployed,
)
from sesssrvr.pool.rows import rows_to_use
from sesssrvr.pool.transaction import PoolTransaction, Transaction
from sesssrvr.pool.values import Pool, SlotUse


def deployed(work: Transaction, event: Deployed) -> None:
    """Deploy a pool or model: idle sessions of an earlier deployment are replaced, used ones finish.

    One that an administrator started goes on, though it does not start by itself.
    """
    settings = event.settings
    pool = work.pool(settings.key)
    before = settings if pool is None else pool.base.settings
    start = settings.start or (pool is not None and pool.open)
    if pool is None:
        pool = work.add(Pool(settings))
    else:
        replaced = _close_idle(work, pool)
        pool.change(settings=settings, generation=pool.base.generation + 1, removed=False)
        pool.change(connects_due=replaced, failures=0, retry_at=0.0, probe_at=0.0, problem="")
    pool.rows = rows_to_use(work, pool, tuple(map(before.row_key, pool.rows)))
    connects_due = max(settings.initial, pool.base.connects_due) if start else 0
    pool.change(started=start, connects_due=connects_due)
    work.slot_freed = True


def undeployed(work: Transaction, event: Undeployed) -> None:
    """Taken away: idle sessions end, used ones finish, and the pool is gone with its last."""
    if (pool := work.pool(event.pool)) is not None:
        pool.change(removed=True, started=False, connects_due=0)
        _close_idle(work, pool)


def overridden(work: Transaction, event: Overridden) -> None:
    """Other settings: idle sessions for which there is no room end, the oldest first."""
    pool = work.pool(event.settings.key)
    if pool is None or pool.base.removed:
        return
    pool.change(settings=event.settings)
    for number in (*pool.idle.now, *pool.connecting.now):
        if pool.ready <= event.settings.keep and len(pool.slots) <= event.settings.maximum:
            break
        work.drop(pool.slots.now[number])
    work.slot_freed = True


def started(work: Transaction, event: Started) -> None:
    """Take requests, and connect the initial sessions."""
    pool = work.pool(event.pool)
    if pool is not None and not pool.base.removed and not pool.base.started:
        initial = pool.base.settings.initial
        pool.change(started=True, connects_due=initial, problem="")
        pool.change(failures=0, retry_at=0.0, probe_at=0.0)
        work.slot_freed = True


def stopped(work: Transaction, event: Stopped) -> None:
    """Take no requests; idle sessions end, used ones finish or, by force, end too."""
    pool = work.pool(event.pool)
    if pool is None:
        return
    pool.change(started=False, connects_due=0)
    _close_idle(work, pool)
    for slot in tuple(pool.slots.now.values()):
        if event.force or slot.use is SlotUse.QUARANTINED:
            work.drop(slot)


def admin_set(work: Transaction, event: AdminStateSet) -> None:
    """Drain keeps idle sessions for the day it is over; maintenance ends them."""
    was_kept = work.base.keeps_idle
    work.change(admin=event.state)
    if not work.base.keeps_idle:
        _close_all_idle(work)
    elif not was_kept:
        for key in work.pool_keys():
            pool = work.edit(key)
            if pool.open:
                pool.change(connects_due=max(pool.base.connects_due, pool.base.settings.initial))
    work.slot_freed = not work.base.draining


def stopping(work: Transaction, _event: Stopping) -> None:
    """The process ends: nothing new, and what comes back is closed."""
    work.change(stopping=True)
    _close_all_idle(work)


def _close_all_idle(work: Transaction) -> None:
    for key in work.pool_keys():
        _close_idle(work, work.edit(key))


def _close_idle(work: Transaction, pool: PoolTransaction) -> int:
    """Give up the unused sessions; returns how many there were."""
    unused = [*pool.idle.now, *pool.connecting.now]
    for number in unused:
        work.drop(pool.slots.now[number])
    return len(unused)
