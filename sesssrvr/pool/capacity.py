"""Whether there is room for one more slot, and making one.

Every new slot is made here, and only where every limit has room for it.
"""

from msgspec.structs import replace

from sesssrvr.pool.events import CloseSession, Connect, DenialReason, QueueConnect
from sesssrvr.pool.transaction import PoolTransaction, Transaction
from sesssrvr.pool.values import HostState, Slot, SlotUse


def make_room(work: Transaction, pool: PoolTransaction) -> None:
    """Drop the oldest quarantined session when a limit needs its place."""
    if no_room(work, pool) in (DenialReason.SERVER, DenialReason.POOL, DenialReason.ROWS):
        held = [s for s in pool.slots.now.values() if s.use is SlotUse.QUARANTINED]
        if held:
            work.drop(min(held, key=lambda slot: slot.since))


def no_room(work: Transaction, pool: PoolTransaction) -> DenialReason | None:
    """The limit that leaves no room for one more slot; None when there is room."""
    settings, limits = pool.base.settings, work.base.limits
    if len(work.pool_of) >= limits.maximum:
        return DenialReason.SERVER
    if len(pool.slots) >= settings.maximum:
        return DenialReason.POOL
    if settings.rows is not None and free_row(work, pool) is None:
        return DenialReason.ROWS
    if pool.pending >= settings.maximum_pending or work.pending >= limits.maximum_pending:
        return DenialReason.PENDING
    return None


def free_row(work: Transaction, pool: PoolTransaction) -> int | None:
    """The row for one more session, the one unused for longest; None if there is none, or no list."""
    settings = pool.base.settings
    return next(
        (row for row in pool.rows if (settings.group, settings.row_key(row)) not in work.rows_used),
        None,
    )


def pending_room(work: Transaction, pool: PoolTransaction) -> bool:
    """Whether one more host connect may be in progress."""
    return (
        pool.pending < pool.base.settings.maximum_pending
        and work.pending < work.base.limits.maximum_pending
    )


def new_slot(
    work: Transaction,
    pool: PoolTransaction,
    *,
    connect_now: bool,
    own: bool = False,
    tries: int = 0,
) -> Slot:
    """One more slot, after `no_room` has found room; `own` if no client asked for it."""
    number = work.base.next_number
    work.change(next_number=number + 1)
    row, row_key = -1, None
    if (free := free_row(work, pool)) is not None:
        row, row_key = free, (pool.base.settings.group, pool.base.settings.row_key(free))
        pool.rows = tuple(one for one in pool.rows if one != row)
    host = HostState.CONNECTING if connect_now else HostState.NONE
    generation = pool.base.generation
    slot = Slot(
        number,
        SlotUse.IDLE,
        host,
        generation,
        work.now,
        row,
        own=own,
        tries=tries,
        row_key=row_key,
    )
    work.put(slot, pool)
    if connect_now:
        connect(work, slot, pool)
    return slot


def queued_slot(work: Transaction, pool: PoolTransaction) -> Slot:
    """One more slot for a client, connected when it is its turn; only the pending limits are met."""
    slot = new_slot(work, pool, connect_now=False)
    waits = replace(slot, host=HostState.QUEUED)
    work.effects.append(
        QueueConnect(slot.number, pool.base.settings.key, slot.generation, slot.row)
    )
    return waits


def connect_queued(work: Transaction, pool: PoolTransaction) -> None:
    """Connect those whose turn has come, in the order in which they came."""
    while pool.queued and pending_room(work, pool):
        slot = pool.slots.now[next(iter(pool.queued))]
        turn = replace(slot, host=HostState.CONNECTING, tries=pool.base.failures)
        work.put(turn, pool)
        connect(work, turn, pool)


def probe(work: Transaction, pool: PoolTransaction) -> None:
    """Try a host that has failed, with one session: one try at a time for each host.

    It is the pool's own try when its wait is over; before that it is made because clients ask, and
    its failure then makes the pool's own wait no longer.
    """
    base = pool.base
    if pool.pending or _is_tried(work, base.settings.host) or no_room(work, pool) is not None:
        return
    due = base.connects_due > 0 or pool.ready < base.settings.minimum_idle
    tries = base.failures if due and base.retry_at <= work.now else -1
    new_slot(work, pool, connect_now=True, own=due, tries=tries)
    pool.change(connects_due=max(0, base.connects_due - 1))


def _is_tried(work: Transaction, host: str) -> bool:
    """Whether another pool of the same host has failed and tries again at this moment."""
    return host != "" and any(
        pool.failures and pool.connecting and pool.settings.host == host for pool in work.pools()
    )


def owe(slot: Slot, pool: PoolTransaction) -> None:
    """Note that a session the pool had, or makes for itself, does not come: it is still due."""
    if slot.own and slot.generation == pool.base.generation:
        pool.change(connects_due=pool.base.connects_due + 1)


def connect(work: Transaction, slot: Slot, pool: PoolTransaction) -> None:
    """Have the slot's host session connected."""
    work.effects.append(Connect(slot.number, pool.base.settings.key, slot.generation, slot.row))


def reconnect(work: Transaction, slot: Slot, pool: PoolTransaction, reason: str) -> None:
    """Another host session for a slot that is promised or lent, when the pending limits let it.

    It replaces one that the pool had, and is still due if it does not come.
    """
    work.effects.append(CloseSession(slot.number))
    slot = replace(slot, own=True)
    if slot.generation != pool.base.generation:
        work.record_broken(slot, reason)
        work.drop(slot, close=False)
    elif pending_room(work, pool):
        anew = replace(slot, host=HostState.CONNECTING, tries=pool.base.failures)
        work.put(anew, pool)
        connect(work, anew, pool)
    elif pool.base.settings.key.kind == "pool":
        work.put(replace(slot, host=HostState.QUEUED), pool)
        work.effects.append(
            QueueConnect(slot.number, pool.base.settings.key, slot.generation, slot.row)
        )
    else:
        work.record_broken(slot, reason)
        work.drop(slot, close=False)
