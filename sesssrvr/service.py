"""One session server, put together: starts, serves, drains, stops.

It talks to hosts (terminals), to connectors and gateways (the listener), and to the management
servers of its installation (standing connections that it opens itself).
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from random import Random
from time import time
from typing import Final, cast

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.interfaces import IListeningPort, IReactorCore, IReactorTCP, IReactorTime
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from sesssrvr import reporting
from sesssrvr.admission.admission import Admission
from sesssrvr.admission.authenticator import Authenticator
from sesssrvr.admission.security_in_force import SecurityInForce
from sesssrvr.admission.user_checks import UserChecks
from sesssrvr.deployment.deployed_pool import HostOverride
from sesssrvr.deployment.deployer import Deployer
from sesssrvr.deployment.drop_folder import DropFolder
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.package_store import PackageStore
from sesssrvr.deployment.pool_overrides import PoolOverrides
from sesssrvr.handler import SessionServerHandler
from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.pool import Limits, Stopping
from sesssrvr.registration import Registration, ServerInfo
from sesssrvr.rows.keeper import RowKeeper
from sesssrvr.sessions.client_sessions import ClientSessions
from sesssrvr.sessions.host_jobs import Hosts
from sesssrvr.sessions.session_manager import SessionManager, Tunables
from sesssrvr.traces.trace_store import TraceStore
from verdigris import steady_clock
from verdigris.config.sesssrvr import SessionServerConfig
from verdigris.config.writable import why_not_writable
from verdigris.identity import Role, Security
from verdigris.link import WaitingPeers, listen
from verdigris.link.own_thread import OwnThread
from verdigris.membership.renewal import Renewal
from verdigris.values import Endpoint
from verdigris.wire import Hello


log = Logger()

TICK: Final = 0.25
"""Seconds between looks at the clock: how late an expired reservation is given back, at most."""

OVERRIDES: Final = "pools.json"
"""The file of pool overrides, in the data folder."""

TRACES: Final = "traces"
"""The folder of traces, in the data folder."""

HEALTH: Final = 1.0
"""Seconds between looks at which models and pools have a host: how old what balancers learn may be."""


class Reactor(IReactorTime, IReactorTCP, IReactorCore):
    """What the server needs of Twisted's reactor."""


@dataclass(frozen=True, slots=True)
class RandomSource:
    """Where chance comes from.

    Attributes:
        secret: makes session keys and claims, 128 bits in hex.
        random: spreads retries; nothing secret.
    """

    secret: Callable[[], str]
    random: Random


class SessionServer:
    """A session server.

    Args:
        config: its settings.
        reactor: for time and connections.
        chance: where chance comes from.
        hosts: how hosts are reached.
        authenticator: decides on logins.
        seconds: the time of leases, of a clock that nobody sets.

    Attributes:
        address: the address that clients connect to, once it listens.
    """

    def __init__(
        self,
        config: SessionServerConfig,
        reactor: Reactor,
        chance: RandomSource,
        *,
        hosts: Hosts | None = None,
        authenticator: Authenticator | None = None,
        seconds: Callable[[], float] = steady_clock.seconds,
    ) -> None:
        self.config = config
        self._reactor = reactor
        self._chance = chance
        self.security = Security.of_part(config.identity, Role.SESSION_SERVER, config.name)
        home = config.installation or (self.security.home if self.security else "")
        self.me = Hello(Role.SESSION_SERVER.words, config.name, home, chance.secret())
        self.in_force = SecurityInForce(
            config.data, untold=self.security is not None and bool(config.management)
        )
        self.sessions = SessionManager(
            _limits(config),
            reactor,
            hosts or RealHosts(reactor),
            lambda: 0.5 + chance.random.random(),
            Tunables(config.return_within, config.trace_kilobytes * 1024),
        )
        # The reactor's clock tells no date.
        self.sessions.traces = TraceStore(config.data / TRACES, time)
        self.offering = Offering(reactor)
        self.deployments = Deployer(
            config.name,
            PackageStore(config.data),
            self.sessions,
            self.offering,
            {name: HostOverride(*astuple(at)) for name, at in config.hosts.items()},
            PoolOverrides(config.data / OVERRIDES),
            elsewhere=OwnThread(reactor),
        )
        users = authenticator or self._admission()
        clients = ClientSessions(config.name, self.sessions, users, chance.secret)
        self.handler = SessionServerHandler(
            self.me,
            self.sessions,
            clients,
            self.deployments,
            self.offering,
            chance.secret,
            self._woken_up,
            WaitingPeers(reactor),
            self.security,
            self.in_force,
            users,
        )
        self.registrations: tuple[Registration, ...] = ()
        self.rows = self._row_keeper(seconds) if config.management else None
        self._port: IListeningPort | None = None
        self._renewal: Renewal | None = None
        self._loops: list[LoopingCall] = []
        self._draining = self._at_home = False

    def __repr__(self) -> str:
        return f"<SessionServer {self.config.name} at {self.address or 'no address yet'}>"

    @property
    def address(self) -> str:
        """`host:port` for clients; "" before the server listens."""
        return self.offering.address

    def _admission(self) -> Admission:
        """Who decides on users: management servers, where session server security is on."""
        key = bytes.fromhex(self._chance.secret())
        checks = UserChecks(
            self.me,
            self.in_force,
            lambda: [one for one in self.registrations if one.can_be_asked],
            self._reactor,
            time,
            key,
        )
        return Admission(self.in_force, checks)

    # ---- starting ----------------------------------------------------------------------------

    async def start(self) -> Endpoint:
        """Listen, deploy what is on the disk, register. Returns the address listened on.

        Raises:
            CannotListenError: Twisted's, when the address is taken.
        """
        config = self.config
        endpoint = TCP6ServerEndpoint if ":" in config.listen.host else TCP4ServerEndpoint
        at = endpoint(self._reactor, config.listen.port, 512, config.listen.host)
        self._port = await listen(at, self.me, self.handler, self._reactor, security=self.security)
        if self.security is not None:
            files = OwnThread(self._reactor)
            self.security.watch(self._reactor, files)
            self.security.on_change.append(self._identity_changed)
            self._renewal = Renewal(
                self.security, self._management, self._reactor, files, meet=self._register_with
            )
            self._renewal.start()
        bound = Endpoint(config.listen.host, cast("IPv4Address", self._port.getHost()).port)
        advertised = _advertised(config, bound)
        self.offering.address, self._at_home = str(advertised), advertised.port == bound.port
        for folder in (config.data, config.data / TRACES):
            if reason := why_not_writable(folder):
                log.error("nothing can be kept in {folder}: {reason}", folder=str(folder), reason=reason)  # fmt: skip
        for warning in config.warnings:
            log.warn("{warning}", warning=warning.message)
        self.deployments.load()
        self._every(TICK, self.sessions.tick)
        self._every(HEALTH, self.deployments.refresh)
        if config.deploy is not None:
            drop = DropFolder(config.deploy, self.deployments.take, OwnThread(self._reactor))
            self._every(config.deploy_every, drop.look)
        self.sessions.on_change = self._changed
        self.sessions.on_slot_free = self._slot_freed
        self.offering.on_change = self._offers_changed
        if self.rows is not None:
            self._every(TICK, self.rows.tick)
        self.registrations = tuple(self._registration(target) for target in config.management)
        for registration in self.registrations:
            registration.start()
        return bound

    def _management(self) -> list[Endpoint]:
        """The management servers this server registers with."""
        return [one.target for one in self.registrations]

    def _register_with(self, targets: Sequence[Endpoint]) -> None:
        """Register with these management servers, those of the installation, and with no others."""
        kept = {one.target: one for one in self.registrations}
        self.registrations = tuple(
            kept.get(target) or self._registration(target) for target in targets
        )
        for target, registration in kept.items():
            if target not in targets:
                registration.stop()
        for registration in self.registrations:
            if registration.target not in kept:
                registration.start()
        self.in_force.keep(frozenset(one.management for one in self.registrations))

    def _registration(self, target: Endpoint) -> Registration:
        config = self.config
        about = ServerInfo(
            config.name,
            self.me.installation,
            lambda: self.offering.address,
            lambda: self.offering.offers,
            lambda: reporting.status(self.sessions.state, self.me.boot),
            self.handler.set_admin,
            self.handler.revoke,
            self.handler.secure,
            self.deployments.override,
        )
        random = self._chance.random.random
        return Registration(
            target,
            about,
            self.me,
            self.handler,
            self._reactor,
            random,
            self.security,
            rows=self.rows if target == _giver_of_rows(config) else None,
        )

    def _row_keeper(self, seconds: Callable[[], float]) -> RowKeeper:
        port = _giver_of_rows(self.config).port
        return RowKeeper(
            self.sessions, self.me.boot, self._reactor, seconds, lambda: self._at_home, port
        )

    def _every(self, seconds: float, job: Callable[[], object]) -> None:
        loop = LoopingCall(job)
        loop.clock = self._reactor
        running = loop.start(seconds, now=True)
        running.addErrback(lambda why: log.failure("a repeated job of the server failed", why))
        self._loops.append(loop)

    # ---- serving -----------------------------------------------------------------------------

    def _changed(self) -> None:
        if self.rows is not None:
            self.rows.changed()
        for registration in self.registrations:
            registration.changed()

    def _offers_changed(self) -> None:
        for registration in self.registrations:
            registration.offers_changed()

    def _slot_freed(self) -> None:
        for registration in self.registrations:
            registration.slot_freed()
        self.handler.slot_freed()

    def _woken_up(self, management: str) -> None:
        log.info("wake-up call from management server {name}", name=management)
        for registration in self.registrations:
            registration.wake_up()

    def _identity_changed(self, _: object) -> None:
        """Register at once where the certificate of before was refused."""
        for registration in self.registrations:
            registration.wake_up()

    # ---- ending ------------------------------------------------------------------------------

    async def drain(self) -> None:
        """Take nothing new and wait for sessions in use, no longer than configured."""
        self._draining = True
        self.sessions.decide(Stopping())
        deadline = self._reactor.seconds() + self.config.drain
        log.info("draining: {active} sessions are in use", active=self._in_use())
        while self._in_use() and self._reactor.seconds() < deadline:
            await deferLater(self._reactor, 0.05)
        log.info("drained: {active} sessions are still in use", active=self._in_use())

    def _in_use(self) -> int:
        """Sessions with a client, or promised to one; suspended ones do not keep the server."""
        pools = self.sessions.state.pools.values()
        return sum(pool.counts.get(state, 0) for pool in pools for state in _IN_USE)

    async def stop(self) -> None:
        """End at once."""
        for loop in self._loops:
            if loop.running:
                loop.stop()
        if self.rows is not None:
            self.rows.stop()
        for registration in self.registrations:
            registration.stop()
        if self._renewal is not None:
            self._renewal.stop()
        if self.security is not None:
            self.security.stop()
        if self._port is not None:
            stopped: Deferred[None] | None = self._port.stopListening()
            if stopped is not None:
                await stopped
        self.sessions.close()


_IN_USE: Final = ("active", "pending", "reserved")


def _limits(config: SessionServerConfig) -> Limits:
    return Limits(
        maximum=config.concurrent,
        maximum_pending=config.pending,
        claim_seconds=config.claim,
        suspend_minutes=config.suspend_minutes,
        quarantine_seconds=config.quarantine,
        quarantine_keep=config.quarantine_keep,
        backoff_first=config.reconnect_first,
        backoff_last=config.reconnect_last,
    )


def _giver_of_rows(config: SessionServerConfig) -> Endpoint:
    """The management server that is asked for rows: the same for all servers that list the same."""
    return min(config.management, key=str)


def _advertised(config: SessionServerConfig, bound: Endpoint) -> Endpoint:
    if config.advertise:
        return Endpoint.parse(config.advertise, bound.port)
    return bound
