"""Decisions on sessions that come back, or are lost: by their clients, their hosts, or by time.

Law: what a pool keeps is a session of its present deployment, back at its startup entity; all else
is given up, and replaced as far as the pool's settings ask for it.
"""

from msgspec.structs import replace

from sesssrvr.pool.capacity import again
from sesssrvr.pool.events import (
    Connected,
    Failed,
    Freed,
    Lost,
    Returned,
    Spoiled,
    Strayed,
    Suspended,
    Ticked,
    Walk,
)
from sesssrvr.pool.transaction import Draft
from sesssrvr.pool.values import Host, Slot, Use


def suspended(work: Draft, event: Suspended) -> None:
    """Keep the session without a client, no longer than the server allows."""
    slot = work.slot(event.number)
    if slot is not None and slot.use is Use.ACTIVE:
        minutes = max(0.0, min(event.minutes, work.base.limits.suspend_minutes))
        until = work.now + minutes * 60
        work.put(replace(slot, use=Use.SUSPENDED, since=work.now, until=until), work.home(slot))


def freed(work: Draft, event: Freed) -> None:
    """The client is done: walk back, or end what no pool keeps."""
    slot = work.slot(event.number)
    if slot is None or slot.use not in (Use.ACTIVE, Use.SUSPENDED):
        return
    if slot.host is not Host.UP:
        unpromise(work, slot)
    elif _is_kept(work, slot):
        work.put(_plain(work, slot, Use.RETURNING), work.home(slot))
        work.effects.append(Walk(slot.number))
    else:
        work.drop(slot)


def unpromise(work: Draft, slot: Slot) -> None:
    """The slot was for a client who does not come; its host session is untouched."""
    if slot.host in (Host.CONNECTING, Host.UP) and _is_kept(work, slot):
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


def returned(work: Draft, event: Returned) -> None:
    """Back at its startup entity: idle, if its pool still keeps it."""
    slot = work.slot(event.number)
    if slot is None or slot.use is not Use.RETURNING:
        return
    work.home(slot).change(problem="")
    unpromise(work, slot)


def strayed(work: Draft, event: Strayed) -> None:
    """Not back: into quarantine, with a replacement owed; the oldest beyond the limit gives way."""
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


def connected(work: Draft, event: Connected) -> None:
    """The host session stands."""
    slot = work.slot(event.number)
    if slot is None or slot.host is not Host.CONNECTING:
        return
    pool = work.home(slot)
    work.put(replace(slot, host=Host.UP, since=work.now), pool)
    if pool.base.failures:
        pool.change(failures=0, retry_at=0.0, problem="")
    work.freed = True


def failed(work: Draft, event: Failed) -> None:
    """It does not: the slot is given up, and the pool tries again by itself a little later."""
    slot = work.slot(event.number)
    if slot is None or slot.host is not Host.CONNECTING:
        return
    pool, limits = work.home(slot), work.base.limits
    failures = pool.base.failures + 1
    wait = min(limits.backoff_last, limits.backoff_first * 2 ** min(failures - 1, 30))
    if event.refused and slot.row < 0:  # with a list the next row may be another account
        wait = limits.backoff_last
    pool.change(failures=failures, retry_at=work.now + wait * event.chance, problem=event.reason)
    if slot.use is Use.IDLE and slot.own:  # a client who went away is owed nothing
        pool.change(owed=pool.base.owed + 1)
    work.break_promise(slot, event.reason)
    work.drop(slot)


def spoiled(work: Draft, event: Spoiled) -> None:
    """Another host session for the client who has just got a useless one."""
    slot = work.slot(event.number)
    if slot is None or slot.use is not Use.ACTIVE or slot.host is not Host.UP:
        return
    pool = work.home(slot)
    pool.change(problem=event.reason)
    again(work, slot, pool, event.reason)


def lost(work: Draft, event: Lost) -> None:
    """The host ended it: replaced, under its client if it was promised and not yet claimed."""
    slot = work.slot(event.number)
    if slot is None or slot.host is not Host.UP:
        return
    pool = work.home(slot)
    if slot.use is Use.RESERVED:
        again(work, slot, pool, event.reason)
        return
    if slot.use is not Use.QUARANTINED:  # its replacement was owed when it went there
        pool.change(owed=pool.base.owed + 1)
    pool.change(problem=event.reason)
    work.drop(slot)


def ticked(work: Draft, _event: Ticked) -> None:
    """What ends by itself has ended: reservations, suspensions, quarantines, tombstones."""
    for number in [n for n, until in work.timed.now.items() if until < work.now]:
        slot = work.slot(number)
        if slot is None:
            continue
        if slot.use is Use.RESERVED:
            unpromise(work, slot)
        elif slot.use is Use.SUSPENDED:
            freed(work, Freed(number))
        else:
            work.drop(slot)
    for key in [k for k, promise in work.broken.now.items() if promise.until < work.now]:
        work.broken.pop(key)
    for attempt in [a for a, until in work.tombstones.now.items() if until < work.now]:
        work.tombstones.pop(attempt)
