"""The registry of session servers: connection, health, models and pools of each.

It keeps track of the servers that are online, and of what they offer (docs/allocation.md, steps 1
and 4).

Law (tests/mgmtsrvr/test_handler.py, test_machine.py): only the newest connection of a server's name
changes its state; the end of an older one is ignored. A server belongs to one installation: one of
another is refused and shown with the reason. Every change that matters to allocation gives a new
`version`; each time a server comes online counts as an arrival. The registry neither waits nor
sends: it holds what the handler, the monitor and the broker learn.
"""

from collections.abc import Callable, Iterator
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr import health
from mgmtsrvr.health import Event, Rules, State
from mgmtsrvr.session_server import Server
from verdigris.allocation.domain import Domain, Member
from verdigris.allocation.eligibility import AVAILABLE, Availability, Condition, Snapshot
from verdigris.config.installation import AdminState, Installation
from verdigris.errors import (
    BadRequest,
    ForeignServer,
    NameTaken,
    ProtocolError,
    UnknownDomain,
    UnknownServer,
)
from verdigris.link import Link
from verdigris.values import is_name
from verdigris.wire import Kind, Offer, PoolOverride, Register, Status


log = Logger()

FOREIGN_KEPT: Final = 100
"""Refused servers that are kept to be shown; a flood of them must not fill the memory."""
SNAPSHOTS: Final = 1_000
"""Snapshots kept while nothing changes; clients may ask for any number of names."""


ADMIN: Final[dict[AdminState, Condition]] = {
    "drain": Condition.DRAINING,
    "maintenance": Condition.MAINTENANCE,
}
"""The condition that each administrative state but up is."""


class Registry:
    """All session servers, and the domains they are members of.

    Args:
        clock: for the time of events.
        rules: of the monitor.
        installation: the configuration in force.
        revision: its revision.

    Attributes:
        version: grows with each change that matters to allocation.
        arrivals: grows each time a server comes online.
        warming: whether servers that have not reported since the start may still do so.
        servers: by name, configured or registered.
        foreign: the installation of each refused server, by its name.
        on_change: called after each change.
        up_to_date: whether the configuration in force is known to be the latest.
    """

    def __init__(
        self, clock: IReactorTime, rules: Rules, installation: Installation, revision: str
    ) -> None:
        self.rules = rules
        self.version = 0
        self.arrivals = 0
        self.warming = False
        self.servers: dict[str, Server] = {}
        self.foreign: dict[str, str] = {}
        self._clock = clock
        self._by_link: dict[Link, Server] = {}
        self._in_service: list[Server] = []
        self._snapshots: dict[tuple[str, Kind, str], Snapshot] = {}
        self._arrival_waiters: list[Deferred[None]] = []
        self.on_change: list[Callable[[], None]] = []
        self.up_to_date: Callable[[], bool] = lambda: True
        self.configure(installation, revision)

    # ---- configuration ---------------------------------------------------------------------

    def configure(self, installation: Installation, revision: str) -> list[Server]:
        """Take a new configuration; returns the servers whose administrative state changed."""
        self.installation, self.revision = installation, revision
        self.domains = {
            domain.name: Domain(
                domain.name,
                tuple(Member(m.server, m.weight, m.priority) for m in domain.members),
                domain.spill_on_busy,
            )
            for domain in installation.domains
        }
        self.assignments = installation.assignments()
        listed = {server.name: server for server in installation.servers}
        changed: list[Server] = []
        for server in [self.servers[name] for name in self.servers if name not in listed]:
            if server.admin_state != "up":
                changed.append(server)
            server.configured = None
            self._forgive(server)
            self._drop_if_stray(server)
        self._in_service = []
        for name, entry in listed.items():  # there may be 10,000
            server = self._get(name)
            if server.admin_state != entry.state:
                changed.append(server)
            server.configured = entry
            self._forgive(server)
            if entry.state == "up":
                self._in_service.append(server)
        self._touch()
        return changed

    def domain(self, name: str) -> Domain:
        """The domain of this name.

        Raises:
            UnknownDomain: there is none.
        """
        try:
            return self.domains[name]
        except KeyError:
            raise UnknownDomain(domain=name) from None

    def server(self, name: str) -> Server:
        """The session server of this name.

        Raises:
            UnknownServer: neither configured nor registered.
        """
        try:
            return self.servers[name]
        except KeyError:
            raise UnknownServer(server=name) from None

    # ---- reports of session servers ----------------------------------------------------------

    def check_home(self, name: str, theirs: str) -> None:
        """Refuse a server of another installation; one that names no installation may join.

        Raises:
            ForeignServer: it belongs to another installation.
        """
        ours = self.installation.id
        if not theirs or theirs == ours:
            return
        if is_name(name):
            self.foreign.pop(name, None)
            self.foreign[name] = theirs
            while len(self.foreign) > FOREIGN_KEPT:
                del self.foreign[next(iter(self.foreign))]
            if name in self.servers:
                self.apply(self.servers[name], health.Foreign(theirs))
        raise ForeignServer(server=name, theirs=theirs, ours=ours)

    def register(self, link: Link, message: Register) -> Server:
        """Register a server, on a new connection or again on the one it has.

        Raises:
            ForeignServer: it belongs to another installation.
            NameTaken: another living server has the name.
            BadRequest: the name cannot name a server.
            ProtocolError: the connection has registered another name.
        """
        if not is_name(message.name):
            raise BadRequest(problem=f"{message.name!r} cannot name a session server")
        self.check_home(message.name, message.installation)
        known = self._by_link.get(link)
        if known is not None and known.name != message.name:
            raise ProtocolError(peer=f"session server {known.name}", problem="a second name")
        server = self._get(message.name)
        if _is_another_process(server, link, message):
            raise NameTaken(server=message.name)
        old, server.link = server.link, link
        self._by_link[link] = server
        if old is not None and old is not link:
            self._by_link.pop(old, None)
            old.abort()
        server.address = message.address
        server.status = message.status
        server.asks_for_rows = message.asks_for_rows
        server.can_check_users = message.can_check_users
        server.follows = message.follows
        server.set_offers(message.offers)
        server.set_behind(self._lacking(server))
        self.foreign.pop(message.name, None)
        self.apply(server, health.Registered(message.status.boot, message.status.draining))
        self._touch()
        return server

    def registered(self, link: Link) -> Server | None:
        """The server whose newest connection this is."""
        return self._by_link.get(link)

    def connected(self) -> tuple[Server, ...]:
        """The servers that have a connection."""
        return tuple(self._by_link.values())

    def heard(
        self, link: Link, status: Status | None, offers: tuple[Offer, ...] | None
    ) -> Server | None:
        """Take a heartbeat or the answer to a check.

        Returns:
            The server; None if the connection is not the newest one of a server.
        """
        server = self._by_link.get(link)
        if server is None:
            return None
        if status is not None:
            server.status = status
        if offers is not None and offers != server.offers:
            server.set_offers(offers)
            self._forgive(server)
            self._touch()
        draining = status.draining if status is not None else server.health.draining
        self.apply(server, health.Heard(draining))
        return server

    def lost(self, link: Link, reason: str) -> None:
        """Take the end of a connection; it matters only if it was the newest of its server."""
        server = self._by_link.pop(link, None)
        if server is None:
            return
        server.link, server.next_check = None, 0.0
        self.apply(server, health.Lost(f"connection lost: {reason}"))
        self._drop_if_stray(server)

    def apply(self, server: Server, event: Event) -> None:
        """Apply an event to a server's health."""
        before = server.health
        after = server.health = health.step(before, event, self._clock.seconds(), self.rules)
        if (before.state, before.draining) == (after.state, after.draining):
            return
        self._touch()
        log.info("session server {server} is {state}{why}", server=server.name,
                 state=after.state.value, why=f": {after.reason}" if after.reason else "")  # fmt: skip
        if after.online and not before.online:
            self.arrivals += 1
            waiters, self._arrival_waiters = self._arrival_waiters, []
            for waiter in waiters:
                waiter.callback(None)

    def sweep(self, overslept: float = 0.0) -> None:
        """Find the servers that have been silent too long.

        Args:
            overslept: seconds in which this process itself did not run.
        """
        event, now = health.Ticked(overslept), self._clock.seconds()
        for server in self.connected():  # without a connection it is offline, and stays so
            if overslept or health.due(server.health, now, self.rules):
                self.apply(server, event)

    def arrival(self) -> "Deferred[None]":
        """A Deferred that fires when a server comes online, or by `give_up`."""
        waiter: Deferred[None] = Deferred(self._forget)
        self._arrival_waiters.append(waiter)
        return waiter

    def give_up(self, waiter: "Deferred[None]") -> None:
        """End the wait for an arrival, if it has not ended."""
        if not waiter.called:
            self._forget(waiter)
            waiter.callback(None)

    def _forget(self, waiter: "Deferred[None]") -> None:
        if waiter in self._arrival_waiters:
            self._arrival_waiters.remove(waiter)

    # ---- the allocator's view ----------------------------------------------------------------

    def snapshot(self, domain: str, kind: Kind, name: str) -> Snapshot:
        """The domain as it is now, for one model or pool; the same object until something changes.

        Raises:
            UnknownDomain: there is no such domain.
        """
        key = (domain, kind, name)
        found = self._snapshots.get(key)
        if found is None:
            found = self._new_snapshot(self.domain(domain), kind, name)
            if len(self._snapshots) >= SNAPSHOTS:
                self._snapshots.clear()
            self._snapshots[key] = found
        return found

    def _new_snapshot(self, domain: Domain, kind: Kind, name: str) -> Snapshot:
        availability = {
            member.server: self.availability(self._get(member.server), kind, name)
            for member in domain.members
        }
        return Snapshot(domain, availability, self.arrivals)

    def availability(self, server: Server, kind: Kind, name: str) -> Availability:
        """What is known of one server, for one model or pool."""
        offers = server.has(kind, name)
        up = server.admin_state == "up"
        if offers and up and server.health.online and not server.health.draining:
            return AVAILABLE
        if offers is False:
            return Availability(self._condition(server), offers, server.why_not(kind, name))
        admin = ADMIN.get(server.admin_state)
        if admin is not None:
            return Availability(admin, offers, "by the administrator")
        if server.health.online and server.health.draining:
            return Availability(Condition.DRAINING, offers, "reported by the server")
        return Availability(self._condition(server), offers, server.health.reason)

    def _condition(self, server: Server) -> Condition:
        if server.health.state is State.ONLINE:
            return Condition.ONLINE
        if server.health.state is State.SUSPECT:
            return Condition.SUSPECT
        if self.warming and not server.health.boot and server.name not in self.foreign:
            return Condition.WARMING
        return Condition.OFFLINE

    def waiting_for(self) -> Iterator[Server]:
        """Configured servers in service that have not reported since this process started."""
        for server in self._in_service:
            if not server.health.boot and server.name not in self.foreign:
                yield server

    def set_warming(self, *, warming: bool) -> None:
        """Set whether servers that have not reported may still do so."""
        if warming != self.warming:
            self.warming = warming
            self._touch()

    # ---- packages ----------------------------------------------------------------------------

    def _lacking(self, server: Server) -> frozenset[str]:
        """Models of which a server that comes has another package than it is to have.

        Only one that comes: a server whose package is changed while it is connected goes on to serve,
        as does one that another management server changes a moment before the document is here.
        """
        if not server.follows or not self.up_to_date():
            return frozenset()
        had = server.packages()
        return frozenset(
            model
            for model, deployment in self.assignments.get(server.name, {}).items()
            if model in had and not deployment.rollout and had[model].package != deployment.package
        )

    def _forgive(self, server: Server) -> None:
        """Let a server serve models of which it has the right package now."""
        if server.behind:
            server.set_behind(server.behind & self._lacking(server))

    # ---- inside ------------------------------------------------------------------------------

    def _get(self, name: str) -> Server:
        if name not in self.servers:
            self.servers[name] = Server(name)
        return self.servers[name]

    def _drop_if_stray(self, server: Server) -> None:
        """Forget a server that is neither configured nor connected."""
        if server.configured is None and server.link is None:
            self.servers.pop(server.name, None)

    def _touch(self) -> None:
        self.version += 1
        self._snapshots.clear()
        for changed in tuple(self.on_change):
            changed()


def _is_another_process(server: Server, link: Link, message: Register) -> bool:
    """Whether a second process at another address uses the name of a living server."""
    if server.link is None or server.link is link or server.health.state is State.OFFLINE:
        return False
    return server.health.boot != message.status.boot and server.address != message.address


def pool_overrides(installation: Installation) -> tuple[PoolOverride, ...]:
    """The pool overrides of an installation, as session servers are told them."""
    return tuple(PoolOverride(it.name, **it.values) for it in installation.pools)
