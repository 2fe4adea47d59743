"""Taking links from other parts."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IListeningPort, IReactorTime, IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory

from verdigris.identity import Security
from verdigris.link.accepting import take_few
from verdigris.link.refusals import Refusals
from verdigris.link.tls_detection import TlsDetector
from verdigris.link.transport import Handler, Link
from verdigris.wire import Hello


def listen(
    endpoint: IStreamServerEndpoint,
    me: Hello,
    handler: Handler,
    clock: IReactorTime,
    *,
    ping_every: float = 10.0,
    misses: int = 3,
    security: Security | None = None,
) -> Deferred[IListeningPort]:
    """Listen for links.

    Args:
        endpoint: where, below TLS.
        me: what this side says of itself.
        handler: who answers, for all links.
        clock: for deadlines and pings.
        ping_every: see `Link`.
        misses: see `Link`.
        security: TLS of this side; None takes plain text.

    The Deferred fires with the listening port, or fails with Twisted's `CannotListenError`.
    """
    refusals = Refusals(clock)
    factory: Factory[Any] = Factory.forProtocol(
        lambda: Link(
            me,
            handler,
            clock,
            initiator=False,
            ping_every=ping_every,
            misses=misses,
            security=security,
            refusals=refusals,
        )
    )
    factory.noisy = False
    if security is not None:
        factory = _detecting(factory, security, clock)
    port: Deferred[IListeningPort] = endpoint.listen(factory)
    return port.addCallback(take_few)


def _detecting(links: Factory[Any], security: Security, clock: IReactorTime) -> Factory[Any]:
    """The factory of a TLS port; each connection uses the certificate in force when it comes."""

    def tls() -> TLSMemoryBIOFactory:
        return TLSMemoryBIOFactory(security.server_side(), False, links, clock)  # noqa: FBT003 - Twisted's "not the client"

    factory: Factory[Any] = Factory.forProtocol(lambda: TlsDetector(tls, clock))
    factory.noisy = False
    return factory
