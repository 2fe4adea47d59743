"""Decides what an event means for the sessions. Performs nothing.

Law, whatever the events and their order (`tests/sesssrvr/pool/test_pool_machine.py`):
- no pool and not the server ever has more slots than its maximum, and no more host connects in
  progress than its pending maximum. Every slot counts, whatever its state: reserved and pending
  ones, quarantined and suspended ones, and those returning;
- a reservation is used once: one claim opens one reservation, before it expires and never after;
- an attempt that was cancelled is not granted any more, and an attempt that is repeated is
  answered with the reservation it has;
- no row of a variable list is with two sessions, and none with a session that the server may not
  use (`rows.py`);
- no client waits for a connect while the pending limits have room for one;
- when everything is quiet and the claim time is over, nothing is reserved.
"""

from collections.abc import Callable
from typing import Any, Final

from sesssrvr.pool import administration, reservations, returns, rows
from sesssrvr.pool.capacity import connect_queued, new_slot, no_room, probe
from sesssrvr.pool.events import (
    AdminStateSet,
    Claimed,
    Connected,
    ConnectFailed,
    Deployed,
    Effect,
    Event,
    HostLost,
    OpenRequested,
    Overridden,
    Released,
    ReservationCancelled,
    ReservationRequested,
    Resumed,
    Returned,
    ReturnFailed,
    RowsGranted,
    RowsRecalled,
    SessionUnusable,
    SlotIsFree,
    Started,
    Stopped,
    Stopping,
    Suspended,
    TimePassed,
    Undeployed,
)
from sesssrvr.pool.transaction import PoolTransaction, Transaction
from sesssrvr.pool.values import PoolKey, ServerState


def step(server: ServerState, event: Event, now: float) -> tuple[ServerState, tuple[Effect, ...]]:
    """Decide what one event means; perform nothing.

    Args:
        server: the state before.
        event: what happened.
        now: seconds of a monotonic clock.

    Returns:
        The state after, and what is to be done, in order; the answer, if the event asks for one, is among it.
    """
    work = Transaction(server, now)
    _DECIDE[type(event)](work, event)
    _fill(work)
    if work.slot_freed and now < work.base.refused_until:
        work.effects.append(SlotIsFree())
    return work.freeze(), tuple(work.effects)


def _fill(work: Transaction) -> None:
    """Connect what waits for its turn, then what is asked for, within all limits.

    Asked for by the pools' minimum, their start and lost sessions.
    """
    if work.queued:
        for key in work.pool_keys():
            connect_queued(work, work.edit(key))
    if work.base.draining:
        return
    for key in work.pool_keys():
        if key.kind == "pool" and _wants(work, key):
            (probe if work.edit(key).base.failures else _fill_pool)(work, work.edit(key))


def _wants(work: Transaction, key: PoolKey) -> bool:
    """Look before copying: most decisions leave most pools alone."""
    edited = work.edited(key)
    pool = work.peek(key) if edited is None else edited.base
    ready = len(pool.idle) + len(pool.connecting) if edited is None else edited.ready
    if not pool.started or pool.removed:
        return False
    if pool.failures and pool.wanted_until > work.now >= pool.probe_at:
        return True
    lacking = pool.connects_due > 0 or ready < pool.settings.minimum_idle
    return lacking and pool.retry_at <= work.now


def _fill_pool(work: Transaction, pool: PoolTransaction) -> None:
    settings = pool.base.settings
    while pool.ready < settings.keep and (
        pool.base.connects_due > 0 or pool.ready < settings.minimum_idle
    ):
        if no_room(work, pool) is not None:
            return
        new_slot(work, pool, connect_now=True, own=True)
        pool.change(connects_due=max(0, pool.base.connects_due - 1))
    if pool.ready >= settings.keep:
        pool.change(connects_due=0)


_DECIDE: Final[dict[type, Callable[[Transaction, Any], None]]] = {
    Deployed: administration.deployed,
    Undeployed: administration.undeployed,
    Overridden: administration.overridden,
    Started: administration.started,
    Stopped: administration.stopped,
    AdminStateSet: administration.admin_set,
    Stopping: administration.stopping,
    ReservationRequested: reservations.reservation_requested,
    ReservationCancelled: reservations.reservation_cancelled,
    Claimed: reservations.claimed,
    OpenRequested: reservations.open_requested,
    Resumed: reservations.resumed,
    Suspended: returns.suspended,
    Released: returns.released,
    Connected: returns.connected,
    ConnectFailed: returns.connect_failed,
    Returned: returns.returned,
    ReturnFailed: returns.return_failed,
    SessionUnusable: returns.session_unusable,
    HostLost: returns.host_lost,
    RowsGranted: rows.rows_granted,
    RowsRecalled: rows.rows_recalled,
    TimePassed: returns.time_passed,
}
