"""Listening for HTTP and HTTPS, to a bounded number of connections.

TLS takes the certificate in force when a connection comes; plain HTTP at a port of HTTPS is answered.
"""

from typing import Any, Final

from twisted.internet.interfaces import IAddress, IProtocolFactory, IReactorTime
from twisted.internet.protocol import Factory
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory

from verdigris.errors import TlsRequired
from verdigris.identity import Security
from verdigris.link.tls_detection import TlsDetector
from verdigris.problem import MEDIA_TYPE, problem_json
from verdigris.values import client_at


MOST: Final = 500
"""Connections of one address of the API: those beyond are closed, so that the links of the parts have files left."""

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
