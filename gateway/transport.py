"""HTTP connections that cannot be held, flooded or drip-fed.

Law: a request that is too large is refused before its body is read, one that is not complete in
time is refused, and a refused sender's connection is gone half a second later whatever it does. The
number of connections is bounded. Nothing of a request is logged here.
"""

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import Any, Final, cast

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime, ITCPTransport
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import Request, Site

from gateway.settings import Settings
from verdigris.errors import TooLarge


ABORT_AFTER: Final = 0.5
"""Seconds a refused sender has to read why."""

IN_MEMORY: Final = 256 * 1024
"""Bytes of a body kept in memory; more goes to a temporary file until it is complete."""


LOST: Final = Failure(ConnectionDone())
"""Twisted's default reason of a lost connection."""


class LimitedChannel(HTTPChannel):
    """One HTTP/1.1 connection."""

    factory: "LimitedSite"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Twisted's, not annotated yet
        self._late: IDelayedCall | None = None
        self._abort: IDelayedCall | None = None
        self._refused = False

    def connectionMade(self) -> None:
        """Count the connection."""
        super().connectionMade()  # type: ignore[no-untyped-call] # Twisted's, not annotated yet
        self.factory.count += 1

    def connectionLost(self, reason: Failure = LOST) -> None:
        """Uncount it and let every timer go."""
        self.factory.count -= 1
        for timer in (self._late, self._abort):
            if timer is not None and timer.active():
                timer.cancel()
        super().connectionLost(reason)  # type: ignore[no-untyped-call] # Twisted's, not annotated yet

    def dataReceived(self, data: bytes) -> None:
        """Start the clock of a request with its first byte."""
        if self._refused:
            return
        if self._late is None and not self._handlingRequest and data.strip():
            seconds = self.factory.settings.config.request_timeout
            self._late = self.factory.clock.callLater(seconds, self._too_late)
        super().dataReceived(data)  # type: ignore[no-untyped-call] # Twisted's, not annotated yet

    def rawDataReceived(self, data: bytes) -> None:
        """A refused sender's bytes are dropped."""
        if not self._refused:
            super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        """The request is complete: its clock stops."""
        if self._refused:
            return
        if self._late is not None:
            self._late.cancel()
            self._late = None
        super().allContentReceived()  # type: ignore[no-untyped-call] # Twisted's, not annotated yet

    def refuse(self, status: bytes, sentence: str) -> None:
        """Answer at once, read no more, and end the connection."""
        if self._refused:
            return
        self._refused = True
        body = f"{sentence}\n".encode()
        transport = cast(ITCPTransport, self.transport)
        head = b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n" % status
        transport.write(
            head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
        )
        self.setTimeout(None)  # type: ignore[no-untyped-call] # as above
        self._abort = self.factory.clock.callLater(ABORT_AFTER, transport.abortConnection)
        transport.loseConnection()

    def _send100Continue(self) -> None:
        if not self._refused:
            super()._send100Continue()  # type: ignore[no-untyped-call] # Twisted's, not annotated yet

    def _too_late(self) -> None:
        self._late = None
        seconds = self.factory.settings.config.request_timeout
        self.refuse(
            b"408 Request Timeout", f"The request was not complete within {seconds} seconds."
        )


class LimitedRequest(Request):
    """One HTTP request, with a bound on its body."""

    channel: LimitedChannel
    _taken = 0

    def gotLength(self, length: int | None) -> None:
        """Refuse a body by its announced length."""
        self.content = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - Twisted closes it
        if length is not None:
            self._check(length)

    def handleContentChunk(self, data: bytes) -> None:
        """Refuse a body that grows past its limit (chunked: it announces nothing)."""
        self._taken += len(data)
        if self._check(self._taken):
            super().handleContentChunk(data)  # type: ignore[no-untyped-call] # Twisted's, not annotated yet

    def _check(self, size: int) -> bool:
        limit: int = self.channel.factory.settings.config.max_request_bytes
        if size <= limit:
            return True
        self.channel.refuse(b"413 Content Too Large", str(TooLarge(limit=limit, unit="bytes")))
        return False


class LimitedSite(Site):
    """The gateway's HTTP server.

    Args:
        resource: what is served.
        settings: limits; they may change while running.
        clock: for timeouts.

    Attributes:
        count: connections open.
        answered: told each request that was answered.
    """

    requestFactory = LimitedRequest  # noqa: N815 - Twisted's name
    protocol = LimitedChannel  # type: ignore[assignment] # Twisted's own choice is a proxy that adds HTTP/2
    noisy = False

    def __init__(self, resource: IResource, settings: Settings, clock: IReactorTime) -> None:
        super().__init__(  # type: ignore[no-untyped-call] # Twisted's, not annotated yet
            resource,
            timeout=settings.config.idle_timeout,
            reactor=clock,
            parsePOSTFormSubmission=False,
        )
        self.settings = settings
        self.clock = clock
        self.count = 0
        self.answered: list[Callable[[Request], None]] = []

    def __repr__(self) -> str:
        return f"<LimitedSite [{self.count} connections]>"

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """A channel, or None when there are too many."""
        if self.count >= self.settings.config.max_connections:
            return None
        self.timeOut = self.settings.config.idle_timeout
        return super().buildProtocol(addr)  # type: ignore[no-untyped-call] # Twisted's, not annotated yet

    def acceptableProtocols(self) -> list[bytes]:
        """HTTP/1.1 only: the limits are those of its channel."""
        return [b"http/1.1"]

    def startFactory(self) -> None:
        """Twisted's access log, which has queries, is not opened; see `gateway.telemetry`."""

    def stopFactory(self) -> None:
        """Nothing was started."""

    def log(self, request: Any) -> None:
        """Tell whom it concerns."""
        for tell in self.answered:
            tell(request)
