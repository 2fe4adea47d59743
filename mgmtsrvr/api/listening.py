"""Listening for HTTP and HTTPS, to a bounded number of connections.

TLS takes the certificate in force when a connection comes; plain HTTP at a port of HTTPS is answered.
"""

from typing import Any, Final

from twisted.internet.interfaces import (
    IAddress,
    IProtocolFactory,
    IProtocolNegotiationFactory,
    IReactorTime,
)
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from verdigris.errors import TlsRequired, WrongPort
from verdigris.identity import Security
from verdigris.link.tls_detection import TlsDetector, in_a_frame
from verdigris.problem import MEDIA_TYPE, problem_json
from verdigris.values import client_at
from verdigris.wire import MAX_FRAME


log = Logger()


MOST: Final = 500
"""Connections of one address of the API: those beyond are closed, so that the links of the parts have files left."""

FRAMES_BEGIN: Final = MAX_FRAME >> 24
"""The first byte of the longest frame's length."""

OF_ONE: Final = 200
"""Of them of one client address: programs and pages keep a few each."""


class BoundedFactory(WrappingFactory):
    """A factory that takes a bounded number of connections, and of each client."""

    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> ProtocolWrapper:  # noqa: N802 - Twisted's name
        """The protocol of a connection; None closes it."""
        client = client_of(addr)
        of_one = sum(
            client_of(it.transport.getPeer()) == client for it in self.protocols if it.transport
        )
        if len(self.protocols) >= MOST or of_one >= OF_ONE:
            return None  # type: ignore[return-value] # Twisted takes it as "no"
        return super().buildProtocol(addr)


class PartDetector(ProtocolWrapper):
    """Passes HTTP on, and tells a part or client of the wire protocol that it has the wrong port.

    The length of a frame begins with a byte that no request of HTTP begins with (RFC 9112, 3).
    """

    _judged = False

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Look at the first byte; pass everything on."""
        if self._judged:
            super().dataReceived(data)  # type: ignore[no-untyped-call] # Twisted's
        elif data[0] > FRAMES_BEGIN:
            self._judged = True
            super().dataReceived(data)  # type: ignore[no-untyped-call] # Twisted's
        else:
            self._refuse()

    def _refuse(self) -> None:
        assert self.transport is not None  # noqa: S101 - Twisted sets it before data come
        where = self.transport.getHost()
        said = f"{getattr(where, 'host', '?')}:{getattr(where, 'port', '?')}"
        peer = str(self.transport.getPeer())
        log.warn("{peer} speaks the protocol of parts and is refused", peer=peer)
        self.transport.write(in_a_frame(WrongPort(peer=f"The server at {said}")))
        self.transport.loseConnection()


@implementer(IProtocolNegotiationFactory)
class TellingFactory(WrappingFactory):
    """A factory of HTTP connections that tells parts that they have the wrong port."""

    noisy = False
    protocol = PartDetector

    def acceptableProtocols(self) -> list[bytes]:  # noqa: N802 - Twisted's name
        """What is spoken here: browsers and curl ask before they speak, and get no connection without an answer."""
        return [b"http/1.1"]


def telling_parts(plain: IProtocolFactory) -> WrappingFactory:
    """A factory of HTTP connections that tells parts that they have the wrong port."""
    return TellingFactory(plain)  # type: ignore[no-untyped-call] # Twisted's


def client_of(address: IAddress | None) -> str:
    """The client that an address belongs to."""
    return client_at(getattr(address, "host", "") or "")


def over_tls(plain: IProtocolFactory, security: Security, clock: IReactorTime) -> Factory[Any]:
    """A factory of HTTPS connections.

    Args:
        plain: of HTTP connections.
        security: of this part.
        clock: for the time a client has to begin.
    """

    def tls() -> TLSMemoryBIOFactory:
        return TLSMemoryBIOFactory(security.web_side(), False, plain, clock)  # noqa: FBT003 - Twisted's "not the client"

    factory: Factory[Any] = Factory.forProtocol(lambda: TlsDetector(tls, clock, _in_http))
    factory.noisy = False
    return factory


def _in_http(error: TlsRequired) -> bytes:
    """The error for a client that speaks HTTP without TLS."""
    body = problem_json(error, "")
    head = (
        "HTTP/1.1 400 Bad Request\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
