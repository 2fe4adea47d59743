"""Taking links from other parts."""

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IListeningPort, IReactorTime, IStreamServerEndpoint
from twisted.internet.protocol import Factory

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
) -> Deferred[IListeningPort]:
    """Listen for links.

    Args:
        endpoint: where; TLS is decided here.
        me: what this side says of itself.
        handler: who answers, for all links.
        clock: for deadlines and pings.
        ping_every: see `Link`.
        misses: see `Link`.

    The Deferred fires with the listening port, or fails with Twisted's `CannotListenError`.
    """
    factory = Factory.forProtocol(
        lambda: Link(me, handler, clock, initiator=False, ping_every=ping_every, misses=misses)
    )
    factory.noisy = False
    port: Deferred[IListeningPort] = endpoint.listen(factory)
    return port
