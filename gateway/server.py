"""The gateway as one service: settings, connector, services, and the HTTP ports.

Law: `start` gives the open ports or fails; `stop` takes no new connections, lets running calls
finish for a bounded time, and leaves nothing behind.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import SSL4ServerEndpoint, TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.interfaces import IListeningPort, IReactorTime, IStreamServerEndpoint
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from gateway.autonomy import kept_table
from gateway.autonomy.autonomy import Autonomy
from gateway.call import Caller, Client
from gateway.connector_caller import ConnectorCaller
from gateway.data_folder import data_folder
from gateway.explorer import Explorer
from gateway.http import HttpServer
from gateway.http.routing import GET, Route
from gateway.kept_sessions import KeptSessions
from gateway.security.authentication import Authentication
from gateway.security.certificate import CERTIFICATE_FILE
from gateway.security.live_certificate import LiveCertificate
from gateway.security.tls import Identity
from gateway.services import descriptions
from gateway.services.descriptions import Descriptions
from gateway.services.service import Service
from gateway.services.service_registry import Build, Services
from gateway.settings import Settings
from gateway.soap.binding import binding_of
from gateway.soap.codec import spyne_life
from gateway.sources import Sources
from gateway.telemetry.access_log import Telemetry
from gateway.web.resource import GatewayResource
from gateway.workers.ports import BACKLOG, Inherited, ListenAddress, listen_addresses
from gateway.workers.shared_state import SharedState
from verdigris.allocation.random_source import generator, integers
from verdigris.connector.gateway_connector import GatewayConnector
from verdigris.connector.own_allocation import OwnAllocation
from verdigris.credential_checks import CheckThreads
from verdigris.identity import Role, Security
from verdigris.link import take_few
from verdigris.link.own_thread import OwnThread
from verdigris.membership.renewal import Renewal
from verdigris.metadata import Model
from verdigris.values import Endpoint
from verdigris.wire import CallerIs, Kind, Login
from wsdl import Contract


log = Logger()
T = TypeVar("T")

FINISH_WITHIN: Final = 10.0
"""Seconds running calls have to finish after a stop: systemd's own patience is 90."""

LOOK: Final = 0.05
"""Seconds between looks whether everything is served."""

CHECK_THREADS: Final = 2
"""Threads that compute hashes: each takes a core and 19 MiB."""

WAITING_CHECKS: Final = 100
"""Checks that wait: 100 of 27 ms on two threads are 1.4 s."""

CALLER_KNOWN_WITHIN: Final = 5.0
"""Seconds in which a management server has to be found that says who a caller is."""


def build_with(caller: Caller, settings: Settings) -> Build:
    """Makes services that reach the world through this caller, on the configured request path."""

    def build(kind: Kind, contract: Contract) -> Service:
        soap = binding_of(contract, settings.config.request_path)
        return Service(kind, contract, soap, caller)

    return build


class Gateway:
    """A running gateway.

    Args:
        reactor: for everything.
        settings: plugin-cfg.xml.
        connector: the way to the other parts; made from the settings if absent.
        port: instead of the settings' HTTP port.
        https_port: instead of the settings' HTTPS port; with `port` alone it is any free one.
        patience: seconds to wait, before taking connections, to hear what is deployed.
        sockets: listening sockets to serve instead of opening ports, in the order of
            `gateway.workers.ports.listen_addresses`.
        shared: what the workers of one parent have in common; None is a gateway of one process.
        workers: how many processes this gateway has.
        first: of several workers this is the one that renews their certificate.

    Attributes:
        certificate: of the HTTPS port; None before the start, or without TLS.
    """

    def __init__(
        self,
        reactor: object,
        settings: Settings,
        *,
        connector: GatewayConnector | None = None,
        port: int | None = None,
        https_port: int | None = None,
        sockets: Sequence[int] = (),
        patience: float = 0.0,
        shared: SharedState | None = None,
        workers: int = 1,
        first: bool = True,
    ) -> None:
        self._reactor = reactor
        self.settings = settings
        self._sockets = tuple(sockets)
        self._patience = patience
        self._pause = settings.config.shutdown_pause
        self.certificate: LiveCertificate | None = None
        self._doors = listen_addresses(settings.config, port, https_port)
        folder = settings.config.identity_folder
        self.security = Security.of_part(Path(folder) if folder else None, Role.GATEWAY)
        own = OwnAllocation(
            lambda domain: integers(generator(None, domain)), secrets.randbits(46) << 16
        )
        self.autonomy = self._autonomy(own, reactor, writes=first)
        self.connector = connector or GatewayConnector(
            reactor, role=Role.GATEWAY.words, security=self.security, own_allocation=own
        )
        self._renewal = self._renewal_of(reactor, first=first)
        telemetry = Telemetry(settings, reactor)  # type: ignore[arg-type] # a reactor is a clock
        direct = ConnectorCaller(self.connector, settings, self._turn)
        caller = telemetry.measured(direct)
        direct.on_ran = caller.ran
        kept_sessions = KeptSessions(
            caller,
            settings,
            self._capacity,
            cast(IReactorTime, reactor),
            workers,
        )
        kept = self._data_folder()
        self.services = Services(
            reactor,  # type: ignore[arg-type] # a reactor is a clock
            self._describe,
            build_with(kept_sessions, settings),
            self._in_thread,
            lambda dropped: spyne_life.settle(dropped=dropped),
            Descriptions(kept / descriptions.FOLDER if kept else None, self._in_thread),
        )
        self._check_threads = CheckThreads(reactor, CHECK_THREADS, WAITING_CHECKS, "passwords")
        keeper = Authentication(
            reactor,  # type: ignore[arg-type] # as above
            self._in_thread,
            shared=shared,
            elsewhere=OwnThread(reactor),
            in_check_thread=self._check_threads.run,
            workers=workers,
            ask=self._ask_caller if self.security is not None else None,
        )
        self.resource = GatewayResource(self.services, settings, reactor, keeper)  # type: ignore[arg-type] # as above
        self.site = HttpServer(self.resource, settings, reactor)  # type: ignore[arg-type] # as above
        telemetry.watch(self.site)
        self.resource.add(Explorer(self.services).routes)
        self.resource.add((Route("/metrics", GET, telemetry.page),))
        self.resource.status.alone = self.autonomy.status
        self.autonomy.on_look = telemetry.metrics.stands_alone
        self.sources = Sources(self.connector, settings, self.services, self.autonomy)
        self.autonomy.alone = self.sources.alone
        self._ports: list[IListeningPort] = []

    def __repr__(self) -> str:
        return f"<Gateway [{', '.join(str(port.getHost()) for port in self._ports)}]>"

    async def start(self) -> list[IListeningPort]:
        """Open the ports, plain HTTP first, and begin to watch.

        Raises:
            CannotListenError: a port is taken.
            ConfigurationError: the certificate or the users file cannot be used.
        """
        self.resource.keeper.prepare(self.settings.config)
        endpoints = self._endpoints()
        if self.security is not None:
            clock: Any = self._reactor
            self.security.watch(clock, OwnThread(clock))
            if self._renewal is not None:
                self._renewal.start()
        if self._patience:
            self._follow()
            await self._informed()
        for endpoint in endpoints:
            self._ports.append(take_few(await endpoint.listen(self.site)))
        self._tell_identity()
        if not self._patience:
            self._follow()
        return self._ports

    def _autonomy(self, own: OwnAllocation, reactor: Any, *, writes: bool) -> Autonomy:
        folder = self._data_folder()
        return Autonomy(
            own,
            self.settings,
            reactor,
            time.time,
            home=self.security.home if self.security else "",
            file=folder / kept_table.FILE if folder else None,
            writes=writes,
            elsewhere=OwnThread(reactor),
        )

    def _renewal_of(self, reactor: Any, *, first: bool) -> Renewal | None:
        """What keeps the certificate up to date; nothing on plain text."""
        if self.security is None:
            return None
        return Renewal(
            self.security,
            lambda: self.settings.config.management_servers,
            reactor,
            OwnThread(reactor),
            meet=self.settings.meet,
            renews=first,
        )

    def _follow(self) -> None:
        """Watch the settings and whom they name."""
        self.settings.meet_domains(self.autonomy.domains)
        self.settings.on_change.append(self.sources.follow)
        self.autonomy.start()
        self.settings.start()
        self.sources.follow()

    async def _informed(self) -> None:
        """Wait until what is deployed is served, for a bounded time.

        A worker that took connections at once would refuse what its siblings serve.
        """
        clock: Any = self._reactor
        late = clock.seconds() + self._patience
        while not self.services.settled and clock.seconds() < late:
            await deferLater(clock, LOOK)

    def _tell_identity(self) -> None:
        """Show the fingerprint: it is all that tells clients an own certificate from a stranger's."""
        if self.certificate is None:
            return
        found = self.certificate.identity
        self.certificate.start()
        self._show_identity(found)
        where: Any = self._ports[-1].getHost()
        log.info(
            "HTTPS on {host}:{port}, certificate SHA-256 {fingerprint}",
            host=where.host,
            port=where.port,
            fingerprint=found.fingerprint,
        )
        if found.own is None:
            return
        if found.own.kept is None:
            why = f" ({found.own.problem.rstrip('.')})" if found.own.problem else ""
            log.warn("this certificate is kept nowhere{why}: the next start makes another one", why=why)  # fmt: skip
        elif found.own.made:
            log.info(
                "the certificate was made now; clients trust {file}; its key stays beside it",
                file=str(found.own.kept.with_name(CERTIFICATE_FILE)),
            )

    async def stop(self) -> None:
        """Say at /ready that no more requests should come, wait for the balancers, and finish."""
        self.resource.status.closing = True
        self.settings.stop()
        if self.certificate is not None:
            self.certificate.stop()
        if self._renewal is not None:
            self._renewal.stop()
        if self.security is not None:
            self.security.stop()
        if self._pause:
            clock: Any = self._reactor
            log.info("the ports close in {pause} s (shutdownPause)", pause=self._pause)
            await deferLater(clock, self._pause)
        for port in self._ports:
            await _awaited(port.stopListening())
        self.site.turn()
        await self._finished()
        self.site.turn()
        self.services.stop()
        self.autonomy.stop()
        self.resource.keeper.stop()
        self._check_threads.stop()
        self.sources.stop()
        self.connector.close()

    async def _finished(self) -> None:
        """Wait for running calls, for a bounded time."""
        if not self.resource.calls.count:
            return
        done: Deferred[None] = Deferred()
        self.resource.calls.idle.append(lambda: None if done.called else done.callback(None))
        done.addTimeout(
            FINISH_WITHIN,
            self._reactor,  # type: ignore[arg-type] # a reactor is a clock
            onTimeoutCancel=lambda *_: log.warn(
                "{count} calls were still running at the end", count=self.resource.calls.count
            ),
        )
        await done

    def _endpoints(self) -> list[IStreamServerEndpoint]:
        if self._sockets:
            return [
                Inherited(self._reactor, socket, self._options(listen))
                for listen, socket in zip(self._doors, self._sockets, strict=True)
            ]
        return [self._endpoint(listen) for listen in self._doors]

    def _endpoint(self, listen: ListenAddress) -> IStreamServerEndpoint:
        options = self._options(listen)
        if options is not None:
            make: Any = partial(SSL4ServerEndpoint, sslContextFactory=options)
        else:
            make = TCP6ServerEndpoint if ":" in listen.interface else TCP4ServerEndpoint
        made: IStreamServerEndpoint = make(
            self._reactor, listen.port, backlog=BACKLOG, interface=listen.interface
        )
        return made

    def _options(self, listen: ListenAddress) -> LiveCertificate | None:
        if not listen.secure:
            return None
        reactor: Any = self._reactor
        self.certificate = LiveCertificate(
            self.settings.config, self.settings.path, reactor, OwnThread(reactor)
        )
        self.certificate.on_change = self._show_identity
        return self.certificate

    def _show_identity(self, found: Identity) -> None:
        self.resource.status.fingerprint = found.fingerprint

    def _capacity(self, kind: Kind, name: str) -> int:
        return self.services.capacity(kind, name)

    async def _describe(self, kind: Kind, name: str, address: str) -> Model:
        return await self.connector.describe(
            kind, name, server=Endpoint.parse(address), connection_timeout=5.0
        )

    def _ask_caller(self, login: Login, client: Client, location: str) -> Awaitable[CallerIs]:
        """Ask a management server who sends a request."""
        found: Awaitable[CallerIs] = self.connector.identify_caller(
            login,
            location=location,
            request_id=client.request_id,
            connection_timeout=CALLER_KNOWN_WITHIN,
            management_servers=client.config.management_servers,
        )
        return found

    async def _turn(self) -> None:
        """Let the event loop look at all connections once: has the client left?"""
        clock: Any = self._reactor
        await deferLater(clock, 0)  # ends before the loop looks
        await deferLater(clock, 0)

    def _data_folder(self) -> Path | None:
        """Where data are kept: nowhere by a gateway without a settings file."""
        path = self.settings.path
        return None if path is None else data_folder(self.settings.config.data_folder, path)

    def _in_thread(self, make: Callable[[], T]) -> Awaitable[T]:
        reactor: Any = self._reactor
        found: Awaitable[T] = deferToThreadPool(reactor, reactor.getThreadPool(), make)
        return found


def _awaited(found: object) -> Awaitable[object]:
    return found if isinstance(found, Deferred) else succeed(found)
