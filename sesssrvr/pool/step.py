"""Decides what an event means for the sessions. Performs nothing.

Law, whatever the events and their order:
- no pool and not the server ever has more slots than its maximum, and no more host connects in
  progress than its pending maximum. Every slot counts, whatever its state: reserved and pending
  ones, quarantined and suspended ones, and those walking back;
- a promise is kept once: one claim opens one reservation, before it expires and never after;
- an attempt that was cancelled is not granted any more, and an attempt that is repeated is
  answered with the reservation it has;
- no row of a variable list is with two sessions of a pool;
- when everything is quiet and the claim time is over, nothing is reserved.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sesssrvr.pool.draft import Draft, PoolDraft
from sesssrvr.pool.events import (
    AdminSet,
    Asked,
    CancelledAttempt,
    Claimed,
    Close,
    Connect,
    Connected,
    Denied,
    Deployed,
    Effect,
    Event,
    Failed,
    Freed,
    Gone,
    Granted,
    InUse,
    Lent,
    Lost,
    OpenedDirectly,
    Resumed,
    Returned,
    SlotIsFree,
    Spoiled,
    Started,
    Stopped,
    Stopping,
    Strayed,
    Suspended,
    Ticked,
    Undeployed,
    Void,
    Walk,
    Why,
)
from sesssrvr.pool.values import Host, Pool, PoolKey, Server, Settings, Slot, Use


TOMBSTONES: Final = 10_000
"""Cancelled attempts remembered at once; the oldest is forgotten first. A management server
cancels only after silence, so this is far beyond what a living installation sends in 30 s."""


def step(server: Server, event: Event, now: float) -> tuple[Server, tuple[Effect, ...]]:
    """Decide what one event means; perform nothing.

    Args:
        server: the state before.
        event: what happened.
        now: seconds of a monotonic clock.

    Returns:
        The state after, and what is to be done, in order; an answer to the asker is among it.
    """
    work = Draft(server, now)
    _DECIDE[type(event)](work, event)
    _fill(work)
    if work.freed and work.base.refused:
        work.change(refused=False)
        work.effects.append(SlotIsFree())
    return work.freeze(), tuple(work.effects)


# ---- deployment and administration -----------------------------------------------------------


def _deployed(work: Draft, event: Deployed) -> None:
    settings = event.settings
    pool = work.pool(settings.key)
    if pool is None:
        pool = work.add(Pool(settings))
    else:
        replaced = _close_idle(work, pool)
        pool.change(settings=settings, generation=pool.base.generation + 1, removed=False)
        pool.change(owed=replaced, failures=0, retry_at=0.0, problem="")
    taken = {slot.row for slot in pool.slots.now.values()}
    pool.rows = [row for row in range(settings.rows or 0) if row not in taken]
    owed = max(settings.initial, pool.base.owed) if settings.start else 0
    pool.change(started=settings.start, owed=owed)
    work.freed = True


def _undeployed(work: Draft, event: Undeployed) -> None:
    if (pool := work.pool(event.pool)) is not None:
        pool.change(removed=True, started=False, owed=0)
        _close_idle(work, pool)


def _started(work: Draft, event: Started) -> None:
    pool = work.pool(event.pool)
    if pool is not None and not pool.base.removed and not pool.base.started:
        initial = pool.base.settings.initial
        pool.change(started=True, owed=initial, failures=0, retry_at=0.0, problem="")
        work.freed = True


def _stopped(work: Draft, event: Stopped) -> None:
    pool = work.pool(event.pool)
    if pool is None:
        return
    pool.change(started=False, owed=0)
    _close_idle(work, pool)
    for slot in tuple(pool.slots.now.values()):
        if event.force or slot.use is Use.QUARANTINED:
            work.drop(slot)


def _admin_set(work: Draft, event: AdminSet) -> None:
    was_kept = work.base.keeps_idle
    work.change(admin=event.state)
    if not work.base.keeps_idle:
        _close_all_idle(work)
    elif not was_kept:
        for key in work.pool_keys():
            pool = work.must(key)
            if pool.open:
                pool.change(owed=max(pool.base.owed, pool.base.settings.initial))
    work.freed = not work.base.draining


def _stopping(work: Draft, _event: Stopping) -> None:
    work.change(stopping=True)
    _close_all_idle(work)


def _close_all_idle(work: Draft) -> None:
    for key in work.pool_keys():
        _close_idle(work, work.must(key))


def _close_idle(work: Draft, pool: PoolDraft) -> int:
    """Give up the sessions nobody uses; how many there were."""
    unused = [*pool.idle.now, *pool.coming.now]
    for number in unused:
        work.drop(pool.slots.now[number])
    return len(unused)


# ---- promising and lending -------------------------------------------------------------------


def _asked(work: Draft, event: Asked) -> None:
    attempt = (event.request, event.attempt)
    if attempt in work.tombstones:
        work.effects.append(Void())
        return
    if (known := work.asked.now.get(attempt)) is not None:
        slot = work.slot(known)
        if slot is not None:
            left = (slot.until or work.now) - work.now
            work.effects.append(Granted(slot.key, slot.claim, max(0.0, left)))
            return
    found = _find(work, event.pool, connect_now=event.pool.kind == "pool")
    if isinstance(found, Why):
        _deny(work, event.pool, found)
        return
    seconds = work.base.limits.claim_seconds
    promised = replace(
        found,
        use=Use.RESERVED,
        since=work.now,
        key=event.key,
        claim=event.claim,
        asked=attempt,
        user=event.user,
        until=work.now + seconds,
    )
    work.put(promised, work.must(event.pool))
    work.effects.append(Granted(event.key, event.claim, seconds))


def _cancelled(work: Draft, event: CancelledAttempt) -> None:
    attempt = (event.request, event.attempt)
    known = work.asked.now.get(attempt)
    slot = None if known is None else work.slot(known)
    if slot is not None and slot.use is Use.RESERVED:
        _unpromise(work, slot)
    work.tombstones.pop(attempt)
    work.tombstones.set(attempt, work.now + work.base.limits.tombstone_seconds)
    if len(work.tombstones) > TOMBSTONES:
        work.tombstones.pop(next(iter(work.tombstones)))


def _claimed(work: Draft, event: Claimed) -> None:
    slot = _held(work, event.key, Use.RESERVED)
    if slot is None or slot.claim != event.claim:
        work.effects.append(Gone())
        return
    lent = replace(
        slot,
        use=Use.ACTIVE,
        since=work.now,
        until=None,
        user=event.user or slot.user,
    )
    _lend(work, lent)


def _opened(work: Draft, event: OpenedDirectly) -> None:
    found = _find(work, event.pool, connect_now=False)
    if isinstance(found, Why):
        _deny(work, event.pool, found)
        return
    _lend(work, replace(found, use=Use.ACTIVE, since=work.now, key=event.key, user=event.user))


def _resumed(work: Draft, event: Resumed) -> None:
    number = work.keys.now.get(event.key)
    slot = None if number is None else work.slot(number)
    if slot is not None and slot.use is Use.ACTIVE:
        work.effects.append(InUse())
    elif slot is None or _held(work, event.key, Use.SUSPENDED) is None:
        work.effects.append(Gone())
    else:
        _lend(work, replace(slot, use=Use.ACTIVE, since=work.now, until=None))


def _held(work: Draft, key: str, use: Use) -> Slot | None:
    """The slot of this session id, if it is in this use and its time is not over."""
    number = work.keys.now.get(key) if key else None
    slot = None if number is None else work.slot(number)
    if slot is None or slot.use is not use or (slot.until or 0.0) < work.now:
        return None
    return slot


def _lend(work: Draft, slot: Slot) -> None:
    """Give the slot to its client; a model's host session is connected for the client only now."""
    pool = work.home(slot)
    if slot.host is Host.NONE:
        slot = replace(slot, host=Host.CONNECTING)
        _connect(work, slot, pool)
    work.put(slot, pool)
    work.effects.append(Lent(slot.number))


def _find(work: Draft, key: PoolKey, *, connect_now: bool) -> Slot | Why:
    """A slot for one more client: an idle session, one that is coming, or a new one, in that order.

    Args:
        work: the decision.
        key: of which pool or model.
        connect_now: connect a new one before its client comes.
    """
    pool = work.pool(key)
    if pool is None or pool.base.removed:
        return Why.NOT_OFFERED
    if work.base.draining:
        return Why.DRAINING
    if not pool.base.started:
        return Why.STOPPED
    for waiting in (pool.idle, pool.coming):
        if waiting:
            return pool.slots.now[next(iter(waiting))]
    _make_room(work, pool)
    refused = _no_room(work, pool)
    return refused or _new(work, pool, connect_now=connect_now)


def _make_room(work: Draft, pool: PoolDraft) -> None:
    """A quarantined session counts, and gives way when its place is needed."""
    if _no_room(work, pool) in (Why.SERVER, Why.POOL, Why.ROWS):
        held = [s for s in pool.slots.now.values() if s.use is Use.QUARANTINED]
        if held:
            work.drop(min(held, key=lambda slot: slot.since))


def _no_room(work: Draft, pool: PoolDraft) -> Why | None:
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


def _new(work: Draft, pool: PoolDraft, *, connect_now: bool, own: bool = False) -> Slot:
    number = work.base.next_number
    work.change(next_number=number + 1)
    row = pool.rows.pop(0) if pool.base.settings.rows is not None else -1
    host = Host.CONNECTING if connect_now else Host.NONE
    slot = Slot(number, Use.IDLE, host, pool.base.generation, work.now, row, own=own)
    work.put(slot, pool)
    if connect_now:
        _connect(work, slot, pool)
    return slot


def _connect(work: Draft, slot: Slot, pool: PoolDraft) -> None:
    work.effects.append(Connect(slot.number, pool.base.settings.key, slot.generation, slot.row))


def _deny(work: Draft, key: PoolKey, why: Why) -> None:
    pool = work.pool(key)
    maximum = 0
    if pool is not None and why in _LIMITS:
        work.change(refused=True)
        maximum = _LIMITS[why](work, pool)
    work.effects.append(Denied(why, maximum))


_LIMITS: Final[dict[Why, Callable[[Draft, PoolDraft], int]]] = {
    Why.SERVER: lambda work, _: work.base.limits.maximum,
    Why.POOL: lambda _, pool: pool.base.settings.maximum,
    Why.ROWS: lambda _, pool: pool.base.settings.rows or 0,
    Why.PENDING: lambda work, pool: min(
        pool.base.settings.maximum_pending, work.base.limits.maximum_pending
    ),
}


# ---- giving back -----------------------------------------------------------------------------


def _suspended(work: Draft, event: Suspended) -> None:
    slot = work.slot(event.number)
    if slot is not None and slot.use is Use.ACTIVE:
        minutes = max(0.0, min(event.minutes, work.base.limits.suspend_minutes))
        until = work.now + minutes * 60
        work.put(replace(slot, use=Use.SUSPENDED, since=work.now, until=until), work.home(slot))


def _freed(work: Draft, event: Freed) -> None:
    slot = work.slot(event.number)
    if slot is None or slot.use not in (Use.ACTIVE, Use.SUSPENDED):
        return
    if slot.host is not Host.UP:
        _unpromise(work, slot)
    elif _is_kept(work, slot):
        work.put(_plain(work, slot, Use.RETURNING), work.home(slot))
        work.effects.append(Walk(slot.number))
    else:
        work.drop(slot)


def _unpromise(work: Draft, slot: Slot) -> None:
    """The slot was for a client who does not come; its host session is untouched."""
    if slot.host is not Host.NONE and _is_kept(work, slot):
        work.put(_plain(work, slot, Use.IDLE), work.home(slot))
        work.freed = True
    else:
        work.drop(slot)


def _is_kept(work: Draft, slot: Slot) -> bool:
    """Whether the session goes back to its pool: judged again when it has arrived there."""
    pool = work.home(slot)
    return (
        pool.open
        and pool.base.settings.key.kind == "pool"
        and slot.generation == pool.base.generation
        and work.base.keeps_idle
        and pool.ready < pool.base.settings.keep
    )


def _plain(work: Draft, slot: Slot, use: Use) -> Slot:
    """The slot without its client."""
    return replace(slot, use=use, since=work.now, key="", claim="", asked=None, user="", until=None)


def _returned(work: Draft, event: Returned) -> None:
    slot = work.slot(event.number)
    if slot is None or slot.use is not Use.RETURNING:
        return
    work.home(slot).change(problem="")
    _unpromise(work, slot)


def _strayed(work: Draft, event: Strayed) -> None:
    slot = work.slot(event.number)
    if slot is None or slot.use is not Use.RETURNING:
        return
    pool, limits = work.home(slot), work.base.limits
    pool.change(problem=event.reason, owed=pool.base.owed + 1)
    until = work.now + limits.quarantine_seconds
    held = replace(_plain(work, slot, Use.QUARANTINED), until=until, reason=event.reason)
    work.put(held, pool)
    kept = [s for s in pool.slots.now.values() if s.use is Use.QUARANTINED]
    if len(kept) > limits.quarantine_keep or not pool.open or not work.base.keeps_idle:
        work.drop(min(kept, key=lambda s: (s.since, s.number)))


# ---- host sessions ---------------------------------------------------------------------------


def _connected(work: Draft, event: Connected) -> None:
    slot = work.slot(event.number)
    if slot is None or slot.host is not Host.CONNECTING:
        return
    pool = work.home(slot)
    work.put(replace(slot, host=Host.UP, since=work.now), pool)
    if pool.base.failures:
        pool.change(failures=0, retry_at=0.0, problem="")
    work.freed = True


def _failed(work: Draft, event: Failed) -> None:
    slot = work.slot(event.number)
    if slot is None or slot.host is not Host.CONNECTING:
        return
    pool, limits = work.home(slot), work.base.limits
    failures = pool.base.failures + 1
    wait = min(limits.backoff_last, limits.backoff_first * 2 ** min(failures - 1, 30))
    pool.change(failures=failures, retry_at=work.now + wait * event.chance, problem=event.reason)
    if slot.use is Use.IDLE and slot.own:  # a client who went away is owed nothing
        pool.change(owed=pool.base.owed + 1)
    work.drop(slot)


def _spoiled(work: Draft, event: Spoiled) -> None:
    slot = work.slot(event.number)
    if slot is None or slot.use is not Use.ACTIVE or slot.host is not Host.UP:
        return
    pool = work.home(slot)
    pool.change(problem=event.reason)
    _again(work, slot, pool)


def _again(work: Draft, slot: Slot, pool: PoolDraft) -> None:
    """Another host session for a slot that is promised or lent, within the pending limits."""
    work.effects.append(Close(slot.number))
    if _pending_room(work, pool) and slot.generation == pool.base.generation:
        anew = replace(slot, host=Host.CONNECTING)
        work.put(anew, pool)
        _connect(work, anew, pool)
    else:
        work.drop(slot, close=False)


def _pending_room(work: Draft, pool: PoolDraft) -> bool:
    return (
        pool.pends < pool.base.settings.maximum_pending
        and work.pends < work.base.limits.maximum_pending
    )


def _lost(work: Draft, event: Lost) -> None:
    slot = work.slot(event.number)
    if slot is None or slot.host is not Host.UP:
        return
    pool = work.home(slot)
    if slot.use is Use.RESERVED:
        _again(work, slot, pool)
        return
    if slot.use is not Use.QUARANTINED:  # its replacement was owed when it went there
        pool.change(owed=pool.base.owed + 1)
    pool.change(problem=event.reason)
    work.drop(slot)


# ---- time ------------------------------------------------------------------------------------


def _ticked(work: Draft, _event: Ticked) -> None:
    for number in [n for n, until in work.timed.now.items() if until < work.now]:
        slot = work.slot(number)
        if slot is None:
            continue
        if slot.use is Use.RESERVED:
            _unpromise(work, slot)
        elif slot.use is Use.SUSPENDED:
            _freed(work, Freed(number))
        else:
            work.drop(slot)
    for attempt in [a for a, until in work.tombstones.now.items() if until < work.now]:
        work.tombstones.pop(attempt)


def _fill(work: Draft) -> None:
    """Connect what the pools' minimum, their start and lost sessions ask for, within all limits."""
    if work.base.draining:
        return
    for key in work.pool_keys():
        if key.kind == "pool" and _wants(work, key):
            _fill_pool(work, work.must(key))


def _wants(work: Draft, key: PoolKey) -> bool:
    """Look before copying: most decisions leave most pools alone."""
    touched = work.touched(key)
    pool = work.peek(key) if touched is None else touched.base
    ready = len(pool.idle) + len(pool.coming) if touched is None else touched.ready
    lacking = pool.owed > 0 or ready < pool.settings.minimum_idle
    return pool.started and not pool.removed and lacking and pool.retry_at <= work.now


def _fill_pool(work: Draft, pool: PoolDraft) -> None:
    settings: Settings = pool.base.settings
    while pool.ready < settings.keep and (pool.base.owed > 0 or pool.ready < settings.minimum_idle):
        if _no_room(work, pool) is not None:
            return
        _new(work, pool, connect_now=True, own=True)
        pool.change(owed=max(0, pool.base.owed - 1))
    if pool.ready >= settings.keep:
        pool.change(owed=0)


_DECIDE: Final[dict[type, Callable[[Draft, Any], None]]] = {
    Deployed: _deployed,
    Undeployed: _undeployed,
    Started: _started,
    Stopped: _stopped,
    AdminSet: _admin_set,
    Stopping: _stopping,
    Asked: _asked,
    CancelledAttempt: _cancelled,
    Claimed: _claimed,
    OpenedDirectly: _opened,
    Resumed: _resumed,
    Suspended: _suspended,
    Freed: _freed,
    Connected: _connected,
    Failed: _failed,
    Returned: _returned,
    Strayed: _strayed,
    Spoiled: _spoiled,
    Lost: _lost,
    Ticked: _ticked,
}
