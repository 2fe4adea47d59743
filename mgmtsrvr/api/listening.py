"""Listening for HTTPS: with the certificate in force when a connection comes, and an answer to plain HTTP."""

from typing import Any

from twisted.internet.interfaces import IProtocolFactory, IReactorTime
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory

from verdigris.errors import TlsRequired
from verdigris.identity import Security
from verdigris.link.tls_detection import TlsDetector
from verdigris.problem import MEDIA_TYPE, problem_json


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
