"""Decisions on sessions that end their use: released, suspended, lost by the host, or expired.

What a pool keeps is a session of its present deployment, back at its startup entity; all else
is given up, and replaced as far as the pool's settings ask for it.
"""

from msgspec.structs import replace

from sesssrvr.pool.capacity import owe, reconnect
from sesssrvr.pool.events import (
    Connected,
    ConnectFailed,
    HostLost,
    Released,
    Returned,
    ReturnFailed,
    ReturnToStartup,
    SessionUnusable,
    Suspended,
    TimePassed,
)
from sesssrvr.pool.transaction import Transaction
from sesssrvr.pool.values import HostState, Slot, SlotUse


def suspended(work: Transaction, event: Suspended) -> None:
    """Keep the session without a client, no longer than the server allows."""
    slot = work.slot(event.number)
    if slot is not None and slot.use is SlotUse.ACTIVE:
        minutes = max(0.0, min(event.minutes, work.base.limits.suspend_minutes))
        until = work.now + minutes * 60
        work.put(
            replace(slot, use=SlotUse.SUSPENDED, since=work.now, until=until),
            work.edit_pool_of(slot),
        )


def released(work: Transaction, event: Released) -> None:
    """The client is done: return to the startup entity, or end what no pool keeps."""
    slot = work.slot(event.number)
    if slot is None or slot.use not in (SlotUse.ACTIVE, SlotUse.SUSPENDED):
        return
    if slot.host is not HostState.UP:
        cancel_reservation(work, slot)
    elif _is_kept(work, slot):
        work.put(_without_client(work, slot, SlotUse.RETURNING), work.edit_pool_of(slot))
        work.effects.append(ReturnToStartup(slot.number))
    else:
        work.drop(slot)


def cancel_reservation(work: Transaction, slot: Slot) -> None:
    """Free a slot whose client does not come; its host session is untouched."""
    if slot.host in (HostState.CONNECTING, HostState.UP) and _is_kept(work, slot):
        work.put(_without_client(work, slot, SlotUse.IDLE), work.edit_pool_of(slot))
        work.slot_freed = True
    else:
        if slot.host is HostState.QUEUED:
            owe(slot, work.edit_pool_of(slot))
        work.drop(slot)


def _is_kept(work: Transaction, slot: Slot) -> bool:
    """Whether the session goes back to its pool: judged again when it has arrived there."""
    pool = work.edit_pool_of(slot)
    return (
        pool.open
        and pool.base.settings.key.kind == "pool"
        and slot.generation == pool.base.generation
        and work.base.keeps_idle
        and pool.ready < pool.base.settings.keep
    )


def _without_client(work: Transaction, slot: Slot, use: SlotUse) -> Slot:
    """The slot without its client."""
    return replace(
        slot, use=use, since=work.now, key="", claim="", attempt=None, user="", until=None
    )


def returned(work: Transaction, event: Returned) -> None:
    """Back at its startup entity: idle, if its pool still keeps it."""
    slot = work.slot(event.number)
    if slot is None or slot.use is not SlotUse.RETURNING:
        return
    work.edit_pool_of(slot).change(problem="")
    cancel_reservation(work, slot)


def return_failed(work: Transaction, event: ReturnFailed) -> None:
    """Not back: into quarantine, with a replacement owed; the oldest beyond the limit gives way."""
    slot = work.slot(event.number)
    if slot is None or slot.use is not SlotUse.RETURNING:
        return
    pool, limits = work.edit_pool_of(slot), work.base.limits
    pool.change(problem=event.reason, connects_due=pool.base.connects_due + 1)
    until = work.now + limits.quarantine_seconds
    held = replace(
        _without_client(work, slot, SlotUse.QUARANTINED), until=until, reason=event.reason
    )
    work.put(held, pool)
    kept = [s for s in pool.slots.now.values() if s.use is SlotUse.QUARANTINED]
    if len(kept) > limits.quarantine_keep or not pool.open or not work.base.keeps_idle:
        work.drop(min(kept, key=lambda s: (s.since, s.number)))


def connected(work: Transaction, event: Connected) -> None:
    """The host session is connected."""
    slot = work.slot(event.number)
    if slot is None or slot.host is not HostState.CONNECTING:
        return
    pool = work.edit_pool_of(slot)
    work.put(replace(slot, host=HostState.UP, since=work.now), pool)
    work.slot_freed = True
    if pool.base.failures:
        pool.change(failures=0, retry_at=0.0, probe_at=0.0, wanted_until=0.0, problem="")
        if slot.use is SlotUse.IDLE and not slot.own and pool.ready > pool.base.settings.keep:
            work.drop(work.slot(slot.number) or slot)  # a try of a pool that keeps no sessions
    if pool.base.settings.host:
        _host_is_back(work, pool.base.settings.host)


def _host_is_back(work: Transaction, host: str) -> None:
    """Have every pool whose connects to this host have failed try again at once."""
    soon = work.now + work.base.limits.probe_every  # one that waits longer has another reason
    for other in tuple(work.pools()):
        if other.failures and other.settings.host == host and other.probe_at <= soon:
            retry_at = min(other.retry_at, work.now)
            work.edit(other.settings.key).change(retry_at=retry_at)


def connect_failed(work: Transaction, event: ConnectFailed) -> None:
    """The connect failed: the slot is given up, and the pool tries again by itself a little later."""
    slot = work.slot(event.number)
    if slot is None or slot.host is not HostState.CONNECTING:
        return
    pool, limits = work.edit_pool_of(slot), work.base.limits
    pool.change(problem=event.reason, probe_at=work.now + limits.probe_every)
    if slot.tries == pool.base.failures:  # of connects in parallel the first counts
        failures = pool.base.failures + 1
        wait = min(limits.backoff_last, limits.backoff_first * 2 ** min(failures - 1, 30))
        pool.change(failures=failures, retry_at=work.now + wait * event.chance)
    if event.wait and slot.row < 0:  # with a list the next row may be another account
        again = work.now + event.wait
        pool.change(retry_at=again, probe_at=again)
    owe(slot, pool)  # whoever waited for it; one that was made for a client alone is not due
    work.record_broken(slot, event.reason)
    work.drop(slot)


def session_unusable(work: Transaction, event: SessionUnusable) -> None:
    """Another host session for the client who has just got a useless one."""
    slot = work.slot(event.number)
    if slot is None or slot.use is not SlotUse.ACTIVE or slot.host is not HostState.UP:
        return
    pool = work.edit_pool_of(slot)
    pool.change(problem=event.reason)
    reconnect(work, slot, pool, event.reason)


def host_lost(work: Transaction, event: HostLost) -> None:
    """The host ended it: replaced, under its client if it was promised and not yet claimed."""
    slot = work.slot(event.number)
    if slot is None or slot.host is not HostState.UP:
        return
    pool = work.edit_pool_of(slot)
    if slot.use is SlotUse.RESERVED:
        reconnect(work, slot, pool, event.reason)
        return
    if slot.use is not SlotUse.QUARANTINED:  # its replacement was owed when it went there
        pool.change(connects_due=pool.base.connects_due + 1)
    pool.change(problem=event.reason)
    work.drop(slot)


def time_passed(work: Transaction, _event: TimePassed) -> None:
    """What ends by itself has ended: reservations, suspensions, quarantines, tombstones."""
    for number in [n for n, until in work.expiries.now.items() if until < work.now]:
        slot = work.slot(number)
        if slot is None:
            continue
        if slot.use is SlotUse.RESERVED:
            cancel_reservation(work, slot)
        elif slot.use is SlotUse.SUSPENDED:
            released(work, Released(number))
        else:
            work.drop(slot)
    for key in [k for k, promise in work.broken.now.items() if promise.until < work.now]:
        work.broken.pop(key)
    for attempt in [a for a, until in work.tombstones.now.items() if until < work.now]:
        work.tombstones.pop(attempt)
