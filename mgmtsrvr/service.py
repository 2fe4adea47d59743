"""A management server, assembled: its parts, and the order in which they start and stop."""

import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Final, cast

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IProtocolFactory,
    IReactorTCP,
    IReactorTime,
)
from twisted.logger import Logger

from mgmtsrvr.access.open_access import OpenedAccess, open_access
from mgmtsrvr.access.shared_logins import PATH as SHARED_LOGINS
from mgmtsrvr.api import Api, site
from mgmtsrvr.api.actions import Actions
from mgmtsrvr.api.audit import AuditQueries
from mgmtsrvr.api.caller import Access
from mgmtsrvr.api.combined_views import CombinedViews
from mgmtsrvr.api.deployments import DeploymentActions
from mgmtsrvr.api.installation import InstallationActions
from mgmtsrvr.api.listening import BoundedFactory, over_tls, telling_parts
from mgmtsrvr.api.login_actions import LoginActions
from mgmtsrvr.api.metrics import Metrics
from mgmtsrvr.api.parts import Parts
from mgmtsrvr.api.probes import Probes
from mgmtsrvr.api.queries import Queries
from mgmtsrvr.api.recorder import Recorder
from mgmtsrvr.api.resource import require_local
from mgmtsrvr.api.routes import health_routes, routes
from mgmtsrvr.api.share_views import ShareViews
from mgmtsrvr.audit import Entry
from mgmtsrvr.broker import Broker
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.console import root as console_root
from mgmtsrvr.console.watches import Watches
from mgmtsrvr.decision_log import Decision, DecisionLog
from mgmtsrvr.deployments.package_folder import PACKAGES, PackageFolder
from mgmtsrvr.deployments.packages import Packages
from mgmtsrvr.deployments.rollouts import Rollouts
from mgmtsrvr.handler import RequestHandler
from mgmtsrvr.health import Rules
from mgmtsrvr.membership import Membership
from mgmtsrvr.membership.admission import UserAdmission
from mgmtsrvr.monitor import Monitor
from mgmtsrvr.offers import OfferList
from mgmtsrvr.peers import Peers
from mgmtsrvr.registry import Registry, pool_overrides
from mgmtsrvr.reservation import ReservationClient
from mgmtsrvr.row_shares.book import RowBook
from mgmtsrvr.server_commands import ServerCommands
from mgmtsrvr.session_permits import SessionPermits
from mgmtsrvr.shares import ShareBook
from mgmtsrvr.store.opening import Stores
from mgmtsrvr.wake_up import WakeUpCaller
from verdigris import steady_clock
from verdigris.allocation.random_source import CountingSource, generator, integers
from verdigris.config.installation import Installation
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.config.watch import Elsewhere, at_once
from verdigris.errors import ConfigurationError, Problem
from verdigris.identity import Role, Security
from verdigris.link import Dialer, WaitingPeers, listen, take_few
from verdigris.link.own_thread import OwnThread
from verdigris.link.periodic import steadily
from verdigris.membership.renewal import Renewal
from verdigris.tokens import PublicKey
from verdigris.values import Endpoint
from verdigris.wire import AskPeer, Hello, PeerAnswer


log = Logger()

RENEW_EVERY: Final = 1.0
"""Seconds between looks at this server's own certificate: a comparison of dates."""

BACKLOG: Final = 1024
"""Connections that may wait to be accepted: after a start all session servers and connectors connect
at once. The limit of the system (Linux: net.core.somaxconn) applies as well."""


class ManagementServer:
    """A management server.

    Args:
        config: its settings.
        configuration: the installation, started.
        reactor: for connections and time.
        seed: of the random sources; None for numbers that cannot be foreseen.
        rows_file: where it is kept which session server has which rows; None keeps it nowhere.
        elsewhere: runs what writes that file.
        package_files: runs what reads and writes packages.
        seconds: the time of leases, of a clock that nobody sets.
        stores: of its documents; None for tests that have one of their own.
    """

    def __init__(
        self,
        config: ManagementConfig,
        configuration: Configuration,
        reactor: IReactorTime,
        seed: int | None = None,
        *,
        stores: Stores | None = None,
        rows_file: Path | None = None,
        elsewhere: Elsewhere = at_once,
        package_files: Elsewhere = at_once,
        seconds: Callable[[], float] = steady_clock.seconds,
    ) -> None:
        self.config = config
        self.configuration = configuration
        self.reactor = reactor
        self.stores = stores or Stores(config.store, reactor)
        self.security = Security.of_part(config.identity, Role.MANAGEMENT_SERVER, config.name)
        _require_agreement(self.security, configuration)
        part = self.security.part if self.security else None
        name = part.name if part else config.name or socket.gethostname() or "mgmtsrvr"
        self.identity = Hello(
            Role.MANAGEMENT_SERVER.words, name, configuration.installation.id, secrets.token_hex(8)
        )
        self.registry = Registry(
            reactor, _rules(config), configuration.installation, configuration.revision
        )
        self.dialer = Dialer(reactor, self.identity, security=self.security)
        self.peers = Peers(self.dialer, name, self.identity.boot, configuration.installation)
        self.shares = ShareBook()
        self.decisions = DecisionLog(config.keep_allocations, name, self._count)
        self.broker = Broker(
            self.registry,
            ReservationClient(self.registry, reactor, config.ask),
            WakeUpCaller(self.registry, self.dialer, reactor, config.wake_up, name),
            self.decisions,
            lambda domain: CountingSource(integers(generator(seed, domain))),
            reactor,
            secrets.randbits(46) << 16,
            permits=SessionPermits(
                self.registry, lambda: self.access.sessions if self.access else None
            ),
        )
        self.offers = OfferList(self.registry, reactor)
        self.commands = ServerCommands(self.registry)
        waiting = WaitingPeers(reactor)
        self.registry.on_change.append(waiting.freed)  # a server that comes online has sessions
        self.access: OpenedAccess | None = None
        self.rows = RowBook(
            self.registry,
            self.dialer,
            reactor,
            seconds,
            config.lease,
            rows_file,
            elsewhere,
        )
        self.membership = self._membership()
        folder = PackageFolder(config.installation.parent / PACKAGES)
        self.packages = Packages(folder, self.peers, package_files, time)
        self.rollouts = Rollouts(
            self.registry, self.commands, self.packages, configuration, reactor
        )
        self.registry.up_to_date = lambda: configuration.problem is None
        self.api = self._administration_api()
        self.handler = RequestHandler(
            self.registry,
            self.broker,
            self.offers,
            waiting,
            self._answer_peer,
            self.rows,
            self.stores.answer,
            self.membership,
            self._record,
            lambda: self.access.sessions if self.access else None,
            self.packages,
        )
        self.monitor = Monitor(
            self.registry,
            reactor,
            check=config.check,
            warming=config.warming,
            uniform=generator(seed, "monitor").random,
        )
        self._ports: list[IListeningPort] = []
        self._renewal = self._renewal_by_peers()
        self._renewing = steadily(self._renew, "the renewal of the certificate", reactor)
        if self.membership is not None:
            self.membership.follow(configuration.installation)
        configuration.followers.append(self.follow)

    def follow(self, installation: Installation, revision: str) -> None:
        """Put a new configuration into force; send its servers their changed states."""
        if self.membership is not None:
            before = self.membership.revoked
            self.membership.follow(installation)
            if self.membership.revoked != before:
                self.commands.send_revocations(self.membership.revoked)
        self.peers.configure(installation)
        if self.access is not None:
            self.access.keys.look_again()
        earlier = self.registry.installation
        for server in self.registry.configure(installation, revision):
            self.commands.send_admin_state(server)
        if (pools := pool_overrides(installation)) != pool_overrides(earlier):
            self.commands.send_pools(pools)
        self._send_security()
        self.rollouts.follow(earlier, installation)

    def _renewal_by_peers(self) -> Renewal | None:
        """What brings authorities that other management servers have, and renews by them; None on plain text."""
        if self.security is None or self.membership is None:
            return None
        members, files = self.membership, OwnThread(self.reactor)
        return Renewal(
            self.security, members.peers, self.reactor, files, keep=members.keep_authorities
        )

    def _renew(self) -> None:
        if self.membership is not None:
            self.membership.renew_own()

    def _membership(self) -> Membership | None:
        """Who lets parts in and out; nobody on plain text."""
        if self.security is None:
            return None
        users = UserAdmission(lambda: self.access.logins if self.access else None)
        return Membership(self.config, self.configuration, self.security, users)

    async def _answer_peer(self, question: AskPeer, request_id: str) -> PeerAnswer:
        """The answer to another management server: what it tells of logins, or a question of people."""
        if question.path == SHARED_LOGINS and self.access is not None:
            return await self.access.sharing.answer(question)
        return await self.api.answer_peer(question, request_id)

    async def _record(self, entry: Entry) -> None:
        if self.access is not None:
            await self.access.audit.append(entry)

    async def open_access(self, stores: Stores) -> None:
        """Open logins, if the installation has security on; before `start`.

        Raises:
            ConfigurationError: the users or keys cannot be used.
        """
        if self.configuration.installation.security is not None:
            self.access = await open_access(
                self.config.installation.parent,
                stores,
                self.reactor,
                installation=lambda: self.configuration.installation,
                server=self.identity.name,
                peers=self.peers,
                refused=self._of_removed_server,
            )
            self.api = self._administration_api()
            self._record_documents(self.access)
            self.access.keys.followers.append(self._send_security)

    def _send_security(self) -> None:
        if self.access is not None:
            self.commands.send_security(self.access.sessions.of_server)

    def _of_removed_server(self, key: PublicKey) -> bool:
        """Whether a key of tokens is that of a management server which was removed since."""
        found = self.configuration.installation.security
        return found is not None and any(
            it.role == Role.MANAGEMENT_SERVER and it.name == key.server
            and key.since < int(it.at.timestamp())
            for it in found.revoked
        )  # fmt: skip

    def _record_documents(self, access: OpenedAccess) -> None:
        """Record each document that comes into force, whoever changed it, by the API or in its file."""
        revisions = {
            "installation": self.configuration.revision,
            "users": access.logins.users.document.revision,
        }

        def record(name: str, revision: str) -> None:
            entry = Entry("in force", about=name, before=revisions[name], after=revision)
            revisions[name] = revision
            Deferred.fromCoroutine(access.audit.append(entry))

        users = access.logins.users
        self.configuration.followers.append(lambda _, revision: record("installation", revision))
        users.followers.append(lambda _: record("users", users.document.revision))

    def _administration_api(self, *, read_only: bool = False) -> Api:
        registry, configuration, decisions = self.registry, self.configuration, self.decisions
        probes, metrics = self._health_questions()
        queries = Queries(registry, self.commands, decisions, self.reactor, self.rows)
        views = CombinedViews(probes, queries, self.peers, lambda: configuration.installation)
        logins = self.access.logins if self.access else None
        return Api(
            routes(
                probes,
                metrics,
                queries,
                views,
                Actions(configuration, self.commands),
                InstallationActions(configuration, self.stores),
                Parts(configuration, self.membership, views, queries),
                ShareViews(self.shares, registry, self.peers, self.reactor),
                DeploymentActions(
                    configuration, self.packages, self.rollouts, registry, self.commands
                ),
                LoginActions(logins) if logins else None,
                self._audit_queries(self.access) if self.access else None,
            ),
            require_local(self.config.allowed_hosts),
            Access(logins),
            _recorder(self.access) if self.access else None,
            read_only=read_only,
        )

    def _audit_queries(self, access: OpenedAccess) -> AuditQueries:
        return AuditQueries(access.audit, self.identity.name, self.peers)

    def _problems(self) -> list[str]:
        """What is wrong besides the installation: users that cannot be used, acts that cannot be recorded."""
        access = self.access
        found = (access.logins.users.problem, access.audit.problem) if access else ()
        return [str(problem) for problem in found if problem is not None]

    def _health_questions(self) -> tuple[Probes, Metrics]:
        registry, configuration, decisions = self.registry, self.configuration, self.decisions
        return (
            Probes(
                self.identity,
                registry,
                configuration,
                decisions,
                self._problems,
                self.config.warnings,
            ),
            Metrics(registry, configuration, decisions),
        )

    async def start(self) -> tuple[Endpoint, Endpoint]:
        """Listen and monitor; returns the addresses for links and for the administration API.

        Raises:
            CannotListenError: Twisted's; an address is in use or is not of this machine.
        """
        links = await listen(
            server_endpoint(self.reactor, self.config.listen),
            self.identity,
            self.handler,
            self.reactor,
            security=self.security,
        )
        if self.security is not None:
            self.security.watch(self.reactor, OwnThread(self.reactor))
            self._renewing.start(RENEW_EVERY)
        if self._renewal is not None:
            self._renewal.start()
        self._ports.append(links)
        self.rows.port = bound(links.getHost()).port
        api = await self._listen(self.config.api, self.api, secure=True)
        if self.config.read_only is not None:
            answers = self._administration_api(read_only=True)
            await self._listen(self.config.read_only, answers, secure=True)
        if self.config.health is not None:
            health = Api(
                health_routes(*self._health_questions()), require_local(self.config.allowed_hosts)
            )
            await self._listen(self.config.health, health, secure=False)
        for warning in self.config.warnings:
            log.warn("{warning}", warning=warning.message)
        self.monitor.start()
        self.rows.start()
        self.rollouts.start()
        self.stores.connect(self.dialer)
        if self.access is not None:
            self.access.sharing.start()
        return bound(links.getHost()), bound(api.getHost())

    def _count(self, decision: Decision) -> None:
        self.shares.add(decision, self.reactor.seconds())

    async def _listen(self, address: Endpoint, api: Api, *, secure: bool) -> IListeningPort:
        """Serve an API at an address, over TLS where this server has an identity."""
        pages = console_root(api, Watches(self.reactor), self.reactor) if secure else None
        factory: IProtocolFactory = telling_parts(site(api, self.reactor, pages))
        if secure and self.security is not None:
            factory = over_tls(factory, self.security, self.reactor)
        factory = BoundedFactory(factory)  # type: ignore[no-untyped-call] # Twisted's
        port: IListeningPort = await server_endpoint(self.reactor, address).listen(factory)  # type: ignore[no-untyped-call] # Twisted's
        self._ports.append(take_few(port))
        return port

    async def stop(self) -> None:
        """Stop listening; the connections end with the process."""
        self.monitor.stop()
        self.rollouts.stop()
        self.rows.stop()
        self.stores.stop()
        self.dialer.close()
        if self._renewal is not None:
            self._renewal.stop()
        if self._renewing.running:
            self._renewing.stop()
        if self.access is not None:
            self.access.stop()
        if self.security is not None:
            self.security.stop()
        for port in self._ports:
            await maybeDeferred(port.stopListening)


def _recorder(access: OpenedAccess) -> Recorder:
    users = access.logins.users
    return Recorder(access.audit, lambda name: name in users.users.users)


def _require_agreement(security: Security | None, configuration: Configuration) -> None:
    """Refuse to start where the installation and this server's own settings differ about security.

    Raises:
        ConfigurationError: they do.
    """
    installation, found = configuration.installation, ""
    if security is None and installation.security is not None:
        found = "it has security on, and this management server has no <identity> in its settings"
    elif security is not None and security.home != installation.id:
        found = f"its id is {installation.id}, and this server's certificate is of installation {security.home}"
    if found:
        file = str(configuration.name)
        raise ConfigurationError.of(file, [Problem(file, 0, found)])


def server_endpoint(
    reactor: IReactorTime, address: Endpoint
) -> TCP4ServerEndpoint | TCP6ServerEndpoint:
    """The endpoint to listen on."""
    kind = TCP6ServerEndpoint if ":" in address.host else TCP4ServerEndpoint
    return kind(cast("IReactorTCP", reactor), address.port, BACKLOG, address.host)


def bound(address: IAddress) -> Endpoint:
    """The address a port listens on."""
    return Endpoint(getattr(address, "host", ""), getattr(address, "port", 0))


def _rules(config: ManagementConfig) -> Rules:
    return Rules(
        heartbeat=config.heartbeat,
        misses=config.misses,
        flaps=config.flaps,
        window=config.window,
        hold=config.hold,
        longest_hold=config.longest_hold,
    )
