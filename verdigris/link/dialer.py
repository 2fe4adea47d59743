"""Links to other parts, one per address, opened when first needed and shared by all callers.

Law (tests/verdigris/link/test_dialer.py): one link per address is in use; a dead one is forgotten at
once. Beside a suspect one a second is dialled: after a cut of the network the old connection is
revived by the kernel's retransmission timer only, as late again as the cut lasted. The second takes
its place, and the old one ends with its last call.
"""

from collections.abc import Callable

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectError
from twisted.internet.error import ConnectionRefusedError as NobodyListens
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure as Caught

from verdigris.errors import ServerUnreachable, VerdigrisError
from verdigris.identity import Security
from verdigris.link.transport import Handler, Incoming, Link
from verdigris.values import Endpoint
from verdigris.wire import Hello, Notice, Response


Connect = Callable[[Endpoint, float], IStreamClientEndpoint]
"""Makes the endpoint to dial, below TLS: address and connect timeout in seconds."""


class Silent:
    """The handler of a side that only calls: answers nothing, accepts everybody."""

    def hello(self, link: Link, peer: Hello) -> None:
        """Anybody will do."""

    async def handle(self, call: Incoming) -> Response:
        """Refuse in words."""
        raise ServerUnreachable(
            server=call.link.me.name, address="", reason="this side does not accept calls"
        )

    def told(self, link: Link, notice: Notice) -> None:
        """Nobody listens."""

    def closed(self, link: Link, reason: str) -> None:
        """Nothing to tidy up."""


class Dialer:
    """Gives a link to an address, dialling when there is none.

    Args:
        reactor: for connections and time.
        me: what this side says of itself.
        handler: who answers calls made by the peers.
        connect: makes endpoints; plain TCP by default.
        ping_every: see `Link`.
        security: TLS of this side; None dials plain text.
    """

    def __init__(
        self,
        reactor: object,
        me: Hello,
        handler: Handler | None = None,
        *,
        connect: Connect | None = None,
        ping_every: float = 10.0,
        security: Security | None = None,
    ) -> None:
        self.reactor = reactor
        self._security = security
        self.me = me
        self._handler = handler or Silent()
        self._connect = connect or self._tcp
        self._ping_every = ping_every
        self._links: dict[Endpoint, Link] = {}
        self._dialling: dict[Endpoint, list[Deferred[Link]]] = {}

    def _tcp(self, address: Endpoint, seconds: float) -> IStreamClientEndpoint:
        kind: type[HostnameEndpoint | TCP4ClientEndpoint | TCP6ClientEndpoint] = HostnameEndpoint
        if isIPAddress(address.host):  # reports a refusal at once, not after its pause for the next
            kind = TCP4ClientEndpoint
        elif isIPv6Address(address.host):
            kind = TCP6ClientEndpoint
        endpoint: IStreamClientEndpoint = kind(
            self.reactor, address.host, address.port, timeout=seconds
        )
        return endpoint

    def to(self, address: Endpoint, *, seconds: float = 1.0) -> Deferred[Link]:
        """A link to this address; fails with `ServerUnreachable` or the peer's refusal.

        Args:
            address: where.
            seconds: for the connection and the hello together, if one has to be dialled.
        """
        wanted: Deferred[Link] = Deferred(lambda it: self._leave(address, it))
        link = self._links.get(address)
        if link is not None and link.open and not link.suspect:
            wanted.callback(link)
            return wanted
        waiting = self._dialling.get(address)
        if waiting is None:
            self._dialling[address] = [wanted]
            Deferred.fromCoroutine(self._dial(address, seconds))
        else:
            waiting.append(wanted)
        return wanted

    def close(self) -> None:
        """Close every link."""
        links, self._links = self._links, {}
        for link in links.values():
            link.close()

    def _leave(self, address: Endpoint, wanted: Deferred[Link]) -> None:
        waiting = self._dialling.get(address)
        if waiting and wanted in waiting:
            waiting.remove(wanted)

    async def _dial(self, address: Endpoint, seconds: float) -> None:
        try:
            link = await self._opened(address, seconds)
        except VerdigrisError as problem:
            self._failed(address, problem)
            return
        except Exception as problem:  # noqa: BLE001 - whatever the network said becomes our sentence
            error = ServerUnreachable(server=address.host, address=address, reason=_reason(problem))
            error.__cause__ = problem
            self._failed(address, error)
            return
        old, self._links[address] = self._links.get(address), link
        if old is not None and old.open:
            old.retire()
        for wanted in self._dialling.pop(address, []):
            wanted.callback(link)

    def _failed(self, address: Endpoint, problem: VerdigrisError) -> None:
        """Give the old link if it is alive after all, else the error."""
        old = self._links.get(address)
        for wanted in self._dialling.pop(address, []):
            if old is not None and old.open and not old.suspect:
                wanted.callback(old)
            else:
                wanted.errback(problem)

    async def _opened(self, address: Endpoint, seconds: float) -> Link:
        factory = Factory.forProtocol(
            lambda: Link(
                self.me,
                self._handler,
                self.reactor,  # type: ignore[arg-type] # a reactor is a clock
                ping_every=self._ping_every,
                security=self._security,
                dialled=address.host,
            )
        )
        factory.noisy = False
        endpoint = self._connect(address, seconds)
        link: Link
        if self._security is None:
            link = await endpoint.connect(factory)  # type: ignore[assignment] # the factory's product
        else:  # not Twisted's wrapper: it takes the program's reactor for its clock
            side = self._security.client_side()
            tls = TLSMemoryBIOFactory(side, True, factory, self.reactor)  # type: ignore[arg-type] # noqa: FBT003 - a reactor is a clock; Twisted's "the client"
            link = (await endpoint.connect(tls)).wrappedProtocol  # type: ignore[attr-defined] # its product
        ready = link.ready()
        ready.addTimeout(seconds, self.reactor)  # type: ignore[arg-type] # a reactor is a clock
        try:
            return await ready
        except BaseException:
            link.abort()
            raise


def was_refused(problem: VerdigrisError) -> bool:
    """Whether the machine of the address said that nobody listens there."""
    return isinstance(problem.__cause__, NobodyListens)


def _reason(problem: BaseException) -> str:
    """The network's words without Twisted's wrapping, and without the full stop of our sentence."""
    if isinstance(problem, WaitedTooLong):
        return "it does not answer as a part of Verdigris; check the port"
    if isinstance(problem, ConnectError) and problem.osError is not None:
        return str(problem).rstrip(".")
    return Caught(problem).getErrorMessage().rstrip(".") or type(problem).__name__
