"""The list of models and pools of all session servers, which clients can watch.

Law (tests/mgmtsrvr/test_handler.py): equal lists have equal revisions, on every management server
and after every restart. A model stays in the list while its server is offline, without that
server's address: its service goes on to exist and answers with error 2643; it ends when the server
undeploys it or leaves the installation. The list is complete once every session server that is in
service by the installation has reported since the start. The allocation table goes along for gateways.
"""

from hashlib import sha256

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from mgmtsrvr.allocation_table import table_of
from mgmtsrvr.registry import Registry
from mgmtsrvr.session_server import Server
from verdigris.wire import AllocationTable, Offer, Offers


EARLY = 0.05
"""Seconds before the caller's deadline at which an unchanged list is sent again: an answer, so that
an unchanged list can be told from a broken connection."""


class OfferList:
    """The offers of all registered session servers.

    Args:
        registry: the session servers and what they offer.
        clock: for deadlines.
    """

    def __init__(self, registry: Registry, clock: IReactorTime) -> None:
        self._registry = registry
        self._clock = clock
        self._waiters: list[Deferred[None]] = []
        self._now: Offers | None = None
        self._table: AllocationTable | None = None
        self._scheduled = False
        registry.on_change.append(self._changed)

    @property
    def now(self) -> Offers:
        """The list as it is now."""
        if self._now is None:
            self._now = _collect(self._registry)
        return self._now

    @property
    def table(self) -> AllocationTable:
        """The allocation table as it is now."""
        if self._table is None:
            self._table = table_of(self._registry)
        return self._table

    async def after(self, known: str, seconds: float, table: str | None = None) -> Offers:
        """The list as soon as its revision is not `known`, or as it is shortly before the deadline.

        Args:
            known: the revision that the caller has.
            seconds: that the caller waits.
            table: the revision of the allocation table that the caller has: another one is told as soon
                as there is one. None leaves it out.
        """
        until = self._clock.seconds() + max(0.0, seconds - EARLY)
        while not self._news(known, table) and self._clock.seconds() < until:
            waiter: Deferred[None] = Deferred(self._waiters.remove)
            self._waiters.append(waiter)
            timer = self._clock.callLater(until - self._clock.seconds(), self._wake, waiter)
            try:
                await waiter
            finally:
                if timer.active():
                    timer.cancel()
        if table is None:
            return self.now
        same = self.table.revision == table
        told = AllocationTable(table) if same else self.table
        return msgspec.structs.replace(self.now, table=told)

    def _news(self, known: str, table: str | None) -> bool:
        return self.now.revision != known or (table is not None and self.table.revision != table)

    def _wake(self, waiter: "Deferred[None]") -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
            waiter.callback(None)

    def _changed(self) -> None:
        """Compare once per turn of the reactor, whatever the number of changes."""
        if not self._scheduled:
            self._scheduled = True
            self._clock.callLater(0, self._compare)

    def _compare(self) -> None:
        self._scheduled = False
        before, self._now = self._now, None
        table, self._table = self._table, None
        if before is None or self._news(before.revision, table.revision if table else None):
            for waiter in tuple(self._waiters):
                self._wake(waiter)


def _collect(registry: Registry) -> Offers:
    found: dict[Offer, set[str]] = {}
    for server in registry.servers.values():
        if not server.offers:
            continue
        refused = _refused(server)
        for offer in server.told():
            shown = msgspec.structs.replace(offer, problem=refused) if refused else offer
            addresses = found.setdefault(shown, set())
            if server.health.online and server.address:
                addresses.add(server.address)
    listed = tuple((offer, tuple(sorted(found[offer]))) for offer in sorted(found, key=_order))
    complete = not registry.warming and next(registry.waiting_for(), None) is None
    revision = sha256(msgspec.msgpack.encode((listed, complete))).hexdigest()[:16]
    return Offers(revision, listed, complete)


def _refused(server: Server) -> str:
    """Why a server gives no new session of anything; "" if it may give some."""
    if server.admin_state != "up":
        return f"session server {server.name} is in state {server.admin_state}"
    return f"session server {server.name} is draining" if server.health.draining else ""


def _order(offer: Offer) -> tuple[str | int, ...]:
    return (
        offer.kind, offer.name, offer.model, offer.digest, offer.problem, offer.version,
        offer.maximum,
    )  # fmt: skip
