"""The ports of a gateway: which there are, opened here or by the parent of several workers.

Law: the order of the ports is the same for whoever opens them and whoever serves them: plain HTTP
first, then HTTPS if there is one.
"""

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from verdigris.config.plugin_cfg import PluginConfig


BACKLOG: Final = 1024
"""Connections that may wait to be taken: Twisted's 50 is less than a burst of 200 clients, some of
which would be reset; the system's own bound (Linux: net.core.somaxconn) holds as well."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """One port to open.

    Attributes:
        interface: IP address to listen on.
        port: 0 is any free one.
        secure: HTTPS.
    """

    interface: str
    port: int
    secure: bool = False


def listen_addresses(
    config: PluginConfig, http_port: int | None = None, https_port: int | None = None
) -> list[ListenAddress]:
    """The ports the settings ask for.

    Args:
        config: the settings.
        http_port: instead of theirs.
        https_port: instead of theirs; with `http_port` alone it is any free one.
    """
    plain = config.http_port if http_port is None else http_port
    near = config.https_port if http_port is None else 0
    found = [ListenAddress(config.http_interface, plain)]
    if config.transport_layer_security:
        secure = near if https_port is None else https_port
        found.append(ListenAddress(config.http_interface, secure, secure=True))
    return found


class SharedSockets:
    """Listening sockets with the same addresses, a set for each worker.

    The system spreads new connections evenly over the sockets of an address (SO_REUSEPORT, Linux
    since 3.9); with one socket for all the first worker to wake would get most of them. They are
    opened and kept by the parent, so that connections that wait for a worker that has ended are
    still there for its replacement.

    Args:
        wanted: the ports.

    Raises:
        CannotListenError: an address is taken, or none of this machine.
    """

    def __init__(self, wanted: Iterable[ListenAddress]) -> None:
        self._doors = [_settled(listen) for listen in wanted]
        self._open: dict[int, list[socket.socket]] = {}

    def __repr__(self) -> str:
        return f"<SharedSockets [{len(self._doors)} ports, {len(self._open)} workers]>"

    @property
    def first(self) -> ListenAddress:
        """The first port, with its number."""
        return self._doors[0]

    def of(self, worker: int) -> list[int]:
        """Descriptors of a worker's sockets, opened if they are not."""
        if worker not in self._open:
            self._open[worker] = [_listening(listen, shared=True) for listen in self._doors]
        return [it.fileno() for it in self._open[worker]]

    def close(self, worker: int) -> None:
        """Leave new connections to the other workers; those that waited here are reset."""
        for it in self._open.pop(worker, []):
            it.close()

    def close_all(self) -> None:
        """Take no new connections."""
        for worker in list(self._open):
            self.close(worker)


def _settled(listen: ListenAddress) -> ListenAddress:
    """The listen with its number. Nobody else has it: sharing would let another gateway in unseen."""
    with _listening(listen, shared=False) as probe:
        return replace(listen, port=probe.getsockname()[1])


def _listening(listen: ListenAddress, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.interface else socket.AF_INET
    address = (listen.interface, listen.port)
    try:
        made = socket.create_server(address, family=family, backlog=BACKLOG, reuse_port=shared)
    except OSError as problem:
        raise CannotListenError(listen.interface, listen.port, problem) from None
    made.setblocking(False)  # noqa: FBT003 - the socket module's signature
    return made


@implementer(IStreamServerEndpoint)
class Inherited:
    """An endpoint whose socket the parent process has opened.

    Args:
        reactor: for the port.
        descriptor: number of the listening socket.
        options: for HTTPS; None is plain HTTP.
    """

    def __init__(self, reactor: Any, descriptor: int, options: Any = None) -> None:
        self._reactor = reactor
        self._descriptor = descriptor
        self._options = options

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:  # noqa: N803 - Twisted's name
        """Serve the socket; never fails."""
        with socket.socket(fileno=os.dup(self._descriptor)) as shared:
            family = shared.family
        factory: Any = protocolFactory
        if self._options is not None:
            factory = TLSMemoryBIOFactory(self._options, False, factory)  # noqa: FBT003 - isClient
        port: IListeningPort = self._reactor.adoptStreamPort(self._descriptor, family, factory)
        os.close(self._descriptor)  # the port has a copy, and closing that must close the port
        return succeed(port)
