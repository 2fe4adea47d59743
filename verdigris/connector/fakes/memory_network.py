"""A network in memory: peers are functions, time passes by itself. Part of `testing`.

Law: nothing here waits: a pause moves the clock and is over. What a peer's function returns or
raises is what the caller meets.
"""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from verdigris.errors import ConnectionLost, ServerUnreachable, VerdigrisError
from verdigris.values import Endpoint
from verdigris.wire import Request, Response


Answerer = Callable[[Request, str, float], Response | Deferred[Response]]
"""A peer: takes a message, its request id and the seconds it has; raises a VerdigrisError."""


class InstantClock:
    """A clock on which every delay is over at once; it counts the seconds that would have passed."""

    def __init__(self) -> None:
        self.now = 0.0

    def seconds(self) -> float:
        """Seconds since it was made."""
        return self.now

    def callLater(  # noqa: N802 - Twisted's name
        self, delay: float, function: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> "_Over":
        """Let the delay pass and call."""
        self.now += delay
        function(*args, **kwargs)
        return _Over()


class _Over:
    """A delayed call that has been made."""

    def active(self) -> bool:
        return False

    def cancel(self) -> None:
        """Too late."""


class FakeNetwork:
    """Connections to peers that are functions.

    Attributes:
        peers: who answers at which address; an address without one is unreachable.
        calls: every call as (address, message, request id).
    """

    def __init__(self) -> None:
        self.peers: dict[Endpoint, Answerer] = {}
        self.calls: list[tuple[Endpoint, Request, str]] = []
        self.closed = False
        self._links: dict[Endpoint, FakeLink] = {}

    def to(self, address: Endpoint, *, seconds: float = 1.0) -> Deferred["FakeLink"]:  # noqa: ARG002 - nothing takes time
        """The connection to an address."""
        wanted: Deferred[FakeLink] = Deferred()
        if address not in self.peers:
            wanted.errback(
                ServerUnreachable(server=address.host, address=address, reason="Connection refused")
            )
            return wanted
        link = self._links.get(address)
        if link is None or not link.open:
            link = self._links[address] = FakeLink(self, address)
        wanted.callback(link)
        return wanted

    def cut(self, address: Endpoint) -> None:
        """Break the connection to an address; a new one can be made while it has a peer."""
        if (link := self._links.pop(address, None)) is not None:
            link.open = False

    def close(self) -> None:
        """Break all connections."""
        self.closed = True
        for address in list(self._links):
            self.cut(address)


class FakeLink:
    """A connection to one peer."""

    def __init__(self, network: FakeNetwork, address: Endpoint) -> None:
        self.open = True
        self.address = address
        self._network = network

    def __repr__(self) -> str:
        return f"<FakeLink to {self.address}>"

    def call(
        self,
        body: Request,
        *,
        request_id: str,
        seconds: float,
        grace: float = 0.0,  # noqa: ARG002 - nothing takes time
    ) -> Deferred[Response]:
        """Ask the peer."""
        result: Deferred[Response] = Deferred()
        if not self.open:
            result.errback(ConnectionLost(peer=str(self.address), reason="cut"))
            return result
        self._network.calls.append((self.address, body, request_id))
        try:
            answer = self._network.peers[self.address](body, request_id, seconds)
        except VerdigrisError as problem:
            problem.request_id = problem.request_id or request_id
            result.errback(problem)
            return result
        if isinstance(answer, Deferred):
            return answer
        result.callback(answer)
        return result
