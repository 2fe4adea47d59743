"""Hosts that listen: on a port of a reactor, for tests and for the command line."""

from dataclasses import dataclass
from typing import Any, Final, cast

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IListeningPort, IReactorTCP
from twisted.protocols.tls import TLSMemoryBIOFactory

from hostemul.control import Control
from hostemul.host import Site


LOOPBACK: Final = "127.0.0.1"


@dataclass(slots=True)
class RunningHost:
    """A host that listens.

    Attributes:
        port: the listening port.
        address: where to connect: host and port number.
        control: counters and switches.
    """

    port: IListeningPort
    address: tuple[str, int]
    control: Control

    def stop(self) -> Deferred[None]:
        """End all connections and stop listening."""
        self.control.drop_all()
        return self.port.stopListening() or succeed(None)


def listen_for_terminals(
    site: Site, reactor: IReactorTCP, port: int, interface: str, *, start_tls: str = ""
) -> IListeningPort:
    """Listen; port 0 takes a free one.

    Args:
        site: makes a protocol for each terminal; its TLS begins with the first byte.
        reactor: which listens.
        port: the port.
        interface: the address.
        start_tls: TLS begins within the session instead.

    Raises:
        twisted.internet.error.CannotListenError: the port is taken.
    """
    factory: object = site.factory()
    if site.tls is not None and not start_tls:
        factory = TLSMemoryBIOFactory(site.tls, False, site.factory())  # noqa: FBT003  Twisted's: no client
    return listen(reactor, port, factory, interface)


def listen(reactor: IReactorTCP, port: int, factory: object, interface: str) -> IListeningPort:
    """Listen with a factory; errors as `listen_for_terminals`."""
    # Twisted types this with a type variable of its own that no factory can name.
    return reactor.listenTCP(port, cast("Any", factory), interface=interface)


def address(port: IListeningPort) -> tuple[str, int]:
    """Host and port number to connect to."""
    place = cast("IPv4Address", port.getHost())
    return place.host, place.port
