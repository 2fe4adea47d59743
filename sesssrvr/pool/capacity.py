"""Whether there is room for one more slot, and making one.

Law: a slot is only made where every limit has room for it; whoever asks, asks here.
"""

from msgspec.structs import replace

from sesssrvr.pool.events import Close, Connect, Queue, Why
from sesssrvr.pool.transaction import Draft, PoolDraft
from sesssrvr.pool.values import Host, Slot, Use


def make_room(work: Draft, pool: PoolDraft) -> None:
    """A quarantined session counts, and gives way when its place is needed."""
    if no_room(work, pool) in (Why.SERVER, Why.POOL, Why.ROWS):
        held = [s for s in pool.slots.now.values() if s.use is Use.QUARANTINED]
        if held:
            work.drop(min(held, key=lambda slot: slot.since))


def no_room(work: Draft, pool: PoolDraft) -> Why | None:
    """The limit that stands against one more slot."""
    settings, limits = pool.base.settings, work.base.limits
    if len(work.where) >= limits.maximum:
        return Why.SERVER
    if len(pool.slots) >= settings.maximum:
        return Why.POOL
    if settings.rows is not None and not pool.rows:
        return Why.ROWS
    if pool.pends >= settings.maximum_pending or work.pends >= limits.maximum_pending:
        return Why.PENDING
    return None


def pending_room(work: Draft, pool: PoolDraft) -> bool:
    """Whether one more host connect may be in progress."""
    return (
        pool.pends < pool.base.settings.maximum_pending
        and work.pends < work.base.limits.maximum_pending
    )


def new_slot(work: Draft, pool: PoolDraft, *, connect_now: bool, own: bool = False) -> Slot:
    """One more slot; `no_room` was asked before. `own`: nobody asked for it."""
    number = work.base.next_number
    work.change(next_number=number + 1)
    row = -1
    if pool.base.settings.rows is not None:
        row, *rest = pool.rows
        pool.rows = tuple(rest)
    host = Host.CONNECTING if connect_now else Host.NONE
    slot = Slot(number, Use.IDLE, host, pool.base.generation, work.now, row, own=own)
    work.put(slot, pool)
    if connect_now:
        connect(work, slot, pool)
    return slot


def queued_slot(work: Draft, pool: PoolDraft) -> Slot:
    """One more slot for a client, connected when it is its turn; only the pending limits are met."""
    slot = new_slot(work, pool, connect_now=False)
    waits = replace(slot, host=Host.QUEUED)
    work.effects.append(Queue(slot.number, pool.base.settings.key, slot.generation, slot.row))
    return waits


def connect_queued(work: Draft, pool: PoolDraft) -> None:
    """Connect those whose turn has come, in the order in which they came."""
    while pool.queued and pending_room(work, pool):
        slot = pool.slots.now[next(iter(pool.queued))]
        turn = replace(slot, host=Host.CONNECTING)
        work.put(turn, pool)
        connect(work, turn, pool)


def connect(work: Draft, slot: Slot, pool: PoolDraft) -> None:
    """Have the slot's host session connected."""
    work.effects.append(Connect(slot.number, pool.base.settings.key, slot.generation, slot.row))


def again(work: Draft, slot: Slot, pool: PoolDraft, reason: str) -> None:
    """Another host session for a slot that is promised or lent, when the pending limits let it."""
    work.effects.append(Close(slot.number))
    if slot.generation != pool.base.generation:
        work.break_promise(slot, reason)
        work.drop(slot, close=False)
    elif pending_room(work, pool):
        anew = replace(slot, host=Host.CONNECTING)
        work.put(anew, pool)
        connect(work, anew, pool)
    elif pool.base.settings.key.kind == "pool":
        work.put(replace(slot, host=Host.QUEUED), pool)
        work.effects.append(Queue(slot.number, pool.base.settings.key, slot.generation, slot.row))
    else:
        work.break_promise(slot, reason)
        work.drop(slot, close=False)
