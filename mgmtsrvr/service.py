"""One management server, put together: who knows whom, and in which order it starts and stops."""

import secrets
import socket
from typing import Final, cast

from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.interfaces import IAddress, IListeningPort, IReactorTCP, IReactorTime
from twisted.logger import Logger

from mgmtsrvr.api import Api, site
from mgmtsrvr.api.routes import routes
from mgmtsrvr.broker import Broker, Dice
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.decision_log import Trails
from mgmtsrvr.handler import Desk
from mgmtsrvr.health import Rules
from mgmtsrvr.monitor import Monitor
from mgmtsrvr.offers import OfferList
from mgmtsrvr.random_source import draws, source
from mgmtsrvr.registry import Registry
from mgmtsrvr.reservation import Asker
from mgmtsrvr.server_commands import Fleet
from mgmtsrvr.wake_up import Knocker
from verdigris.config.installation import Installation
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.link import Dialer, listen
from verdigris.values import Endpoint
from verdigris.wire import Hello


log = Logger()

ROLE = "management server"

BACKLOG: Final = 1024
"""Connections that may wait to be taken: after a start all session servers and connectors come at
once. The system's own bound (Linux: net.core.somaxconn) holds as well."""


class ManagementServer:
    """A management server.

    Args:
        config: its settings.
        configuration: the installation, started.
        reactor: for connections and time.
        seed: of the draws; None for chance.
    """

    def __init__(
        self,
        config: ManagementConfig,
        configuration: Configuration,
        reactor: IReactorTime,
        seed: int | None = None,
    ) -> None:
        self.config = config
        self.configuration = configuration
        self.reactor = reactor
        name = config.name or socket.gethostname() or "mgmtsrvr"
        self.me = Hello(ROLE, name, configuration.installation.id, secrets.token_hex(8))
        self.registry = Registry(
            reactor, _rules(config), configuration.installation, configuration.revision
        )
        self.dialer = Dialer(reactor, self.me)
        asker = Asker(self.registry, reactor, config.ask)
        knocker = Knocker(self.registry, self.dialer, reactor, config.knock, name)
        self.trails = Trails(config.keep_allocations)
        self.broker = Broker(
            self.registry,
            asker,
            knocker,
            self.trails,
            lambda domain: Dice(draws(source(seed, domain))),
            reactor,
        )
        self.offers = OfferList(self.registry, reactor)
        self.fleet = Fleet(self.registry, reactor)
        self.desk = Desk(self.registry, self.broker, self.offers)
        self.monitor = Monitor(
            self.registry,
            reactor,
            check=config.check,
            warming=config.warming,
            uniform=source(seed, "monitor").random,
        )
        self.api = Api(routes(self))
        self._ports: list[IListeningPort] = []
        configuration.followers.append(self.follow)

    def follow(self, installation: Installation, revision: str) -> None:
        """Take a new configuration into force; tell the servers it concerns."""
        for server in self.registry.configure(installation, revision):
            self.fleet.say_state(server)

    async def start(self) -> tuple[Endpoint, Endpoint]:
        """Listen and watch; returns where it listens for links and for the administration API.

        Raises:
            CannotListenError: Twisted's; an address is in use or not this machine's.
        """
        links = await listen(
            server_endpoint(self.reactor, self.config.listen), self.me, self.desk, self.reactor
        )
        self._ports.append(links)
        web = server_endpoint(self.reactor, self.config.api)
        api: IListeningPort = await web.listen(site(self.api, self.reactor))  # type: ignore[no-untyped-call] # Twisted's
        self._ports.append(api)
        self.monitor.start()
        return bound(links.getHost()), bound(api.getHost())

    async def stop(self) -> None:
        """Listen no more; the connections end with the process."""
        self.monitor.stop()
        self.dialer.close()
        for port in self._ports:
            await maybeDeferred(port.stopListening)


def server_endpoint(
    reactor: IReactorTime, address: Endpoint
) -> TCP4ServerEndpoint | TCP6ServerEndpoint:
    """Where to listen."""
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
