"""Decisions on reserving and lending sessions.

Law (`tests/sesssrvr/pool/test_pool_machine.py`): one claim opens one reservation, before it expires
and never after; an attempt that was cancelled is not granted, and one that is repeated gets the
same reservation.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from sesssrvr.pool.capacity import connect, make_room, new_slot, no_room, queued_slot
from sesssrvr.pool.events import (
    AttemptCancelled,
    Claimed,
    DenialReason,
    Denied,
    Granted,
    InUse,
    Lent,
    NotFound,
    OpenRequested,
    ReservationCancelled,
    ReservationRequested,
    Resumed,
)
from sesssrvr.pool.returns import cancel_reservation
from sesssrvr.pool.rows import rows_had
from sesssrvr.pool.transaction import PoolTransaction, Transaction
from sesssrvr.pool.values import HostState, PoolKey, Slot, SlotUse


TOMBSTONES: Final = 10_000
"""Cancelled attempts remembered at once; the oldest is forgotten first. A management server
cancels only after silence, so this is far beyond what a living installation sends in 30 s."""


WANTED: Final = 2.0
"""Seconds for which a refused client is expected to ask again: connectors do within 0.75 s. As long it
is told of slots that become free."""


def reservation_requested(work: Transaction, event: ReservationRequested) -> None:
    """Reserve a session; the same attempt has the same answer, a cancelled one none."""
    attempt = (event.request, event.attempt)
    if attempt in work.tombstones:
        work.effects.append(AttemptCancelled())
        return
    if (known := work.attempts.now.get(attempt)) is not None:
        slot = work.slot(known)
        if slot is not None:
            left = (slot.until or work.now) - work.now
            work.effects.append(Granted(slot.key, slot.claim, max(0.0, left)))
            return
    found = _find(work, event.pool, connect_now=event.pool.kind == "pool")
    if isinstance(found, DenialReason):
        _deny(work, event.pool, found)
        return
    seconds = work.base.limits.claim_seconds
    promised = replace(
        found,
        use=SlotUse.RESERVED,
        since=work.now,
        key=event.key,
        claim=event.claim,
        attempt=attempt,
        user=event.user,
        until=work.now + seconds,
    )
    work.put(promised, work.edit(event.pool))
    work.effects.append(Granted(event.key, event.claim, seconds))


def reservation_cancelled(work: Transaction, event: ReservationCancelled) -> None:
    """Forget an attempt, now and should its ask still arrive; a claimed session stays."""
    attempt = (event.request, event.attempt)
    known = work.attempts.now.get(attempt)
    slot = None if known is None else work.slot(known)
    if slot is not None and slot.use is SlotUse.RESERVED:
        cancel_reservation(work, slot)
    work.tombstones.pop(attempt)
    work.tombstones.set(attempt, work.now + work.base.limits.tombstone_seconds)
    if len(work.tombstones) > TOMBSTONES:
        work.tombstones.pop(next(iter(work.tombstones)))


def claimed(work: Transaction, event: Claimed) -> None:
    """Open a reservation: with its claim, in its time, once."""
    slot = _slot_of(work, event.key, SlotUse.RESERVED)
    if slot is None or slot.claim != event.claim:
        work.effects.append(NotFound())
        return
    lent = replace(
        slot,
        use=SlotUse.ACTIVE,
        since=work.now,
        until=None,
        user=event.user or slot.user,
    )
    _lend(work, lent)


def open_requested(work: Transaction, event: OpenRequested) -> None:
    """Lend a session without a reservation."""
    found = _find(work, event.pool, connect_now=False)
    if isinstance(found, DenialReason):
        _deny(work, event.pool, found)
        return
    _lend(work, replace(found, use=SlotUse.ACTIVE, since=work.now, key=event.key, user=event.user))


def resumed(work: Transaction, event: Resumed) -> None:
    """Lend a suspended session again, to one client at a time."""
    number = work.keys.now.get(event.key)
    slot = None if number is None else work.slot(number)
    if slot is not None and slot.use is SlotUse.ACTIVE:
        work.effects.append(InUse())
    elif slot is None or _slot_of(work, event.key, SlotUse.SUSPENDED) is None:
        work.effects.append(NotFound())
    else:
        _lend(work, replace(slot, use=SlotUse.ACTIVE, since=work.now, until=None))


def _slot_of(work: Transaction, key: str, use: SlotUse) -> Slot | None:
    """The slot of this session id, if it is in this use and its time is not over."""
    number = work.keys.now.get(key) if key else None
    slot = None if number is None else work.slot(number)
    if slot is None or slot.use is not use or (slot.until or 0.0) < work.now:
        return None
    return slot


def _lend(work: Transaction, slot: Slot) -> None:
    """Give the slot to its client; a model's host session is connected for the client only now."""
    pool = work.edit_pool_of(slot)
    if slot.host is HostState.NONE:
        slot = replace(slot, host=HostState.CONNECTING, tries=pool.base.failures)
        connect(work, slot, pool)
    work.put(slot, pool)
    work.effects.append(Lent(slot.number))


def _find(work: Transaction, key: PoolKey, *, connect_now: bool) -> Slot | DenialReason:
    """A slot for one more client: an idle session, one that is coming, or a new one, in that order.

    A pool's new one waits for its turn when too many host connects are in progress; its client
    waits too, no longer than it wants to. A model's client may have another server.

    Args:
        work: the decision.
        key: of which pool or model.
        connect_now: connect a new one before its client comes.
    """
    pool = work.pool(key)
    if pool is None or pool.base.removed:
        return DenialReason.NOT_OFFERED
    if work.base.draining:
        return DenialReason.DRAINING
    if not pool.base.started:
        return DenialReason.STOPPED
    failing = key.kind == "pool" and _has_just_failed(work, pool)
    for waiting in (pool.idle,) if failing else (pool.idle, pool.connecting):
        if waiting:
            return pool.slots.now[next(iter(waiting))]
    make_room(work, pool)
    refused = no_room(work, pool)
    if refused is DenialReason.ROWS:
        pool.change(rows_wanted_until=work.now + WANTED)
    if failing and (refused in (None, DenialReason.PENDING) or pool.connecting):
        # Another server's host may answer. This one's is tried at the end of the decision, if it
        # is not being tried at the moment; a client that asks again then finds the session.
        pool.change(wanted_until=work.now + WANTED)
        return DenialReason.HOST
    if refused is DenialReason.PENDING and key.kind == "pool":
        return queued_slot(work, pool)
    return refused or new_slot(work, pool, connect_now=connect_now)


def _has_just_failed(work: Transaction, pool: PoolTransaction) -> bool:
    """Whether the host is known to fail; what was seen long ago is not known any more."""
    base = pool.base
    known_until = max(base.retry_at, base.probe_at + WANTED)
    return base.failures > 0 and (pool.pending > 0 or work.now < known_until)


def _deny(work: Transaction, key: PoolKey, why: DenialReason) -> None:
    pool = work.pool(key)
    maximum = 0
    if pool is not None and why in _LIMITS:
        work.change(refused_until=work.now + WANTED)
        maximum = _LIMITS[why](work, pool)
    work.effects.append(Denied(why, maximum))


_LIMITS: Final[dict[DenialReason, Callable[[Transaction, PoolTransaction], int]]] = {
    DenialReason.SERVER: lambda work, _: work.base.limits.maximum,
    DenialReason.POOL: lambda _, pool: pool.base.settings.maximum,
    DenialReason.ROWS: lambda work, pool: len(rows_had(work.base, pool.base)),
    DenialReason.PENDING: lambda work, pool: min(
        pool.base.settings.maximum_pending, work.base.limits.maximum_pending
    ),
    DenialReason.HOST: lambda *_: 0,
}
