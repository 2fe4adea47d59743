"""HTTP/1.1 connection: requests are served one after the other, replies leave in that order.

Law (tests/gateway/http/test_connection.py): no request is begun before the reply to the one before it
is written and the client reads what was written; until then no more than a few kilobytes are read
ahead. A connection has a share of each turn of the reactor: after `PER_TURN` requests, or `SHARE`
seconds, the others have their turn. A request that is not complete in time, a connection without
one, and a client that does not read are ended. The connection of a refused sender is closed half a
second later whatever it does.
Nothing of a request is logged here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast
from typing import Protocol as Shape

from OpenSSL import crypto
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IDelayedCall,
    IPushProducer,
    IReactorTime,
    ISSLTransport,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Connection as TCPConnection
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from gateway.http.admission import Admission
from gateway.http.parser import Refusal, RequestParser
from gateway.http.request import STATUS, Request
from gateway.settings import Settings
from verdigris.values import client_at


log = Logger()

ABORT_AFTER: Final = 0.5
"""Seconds a refused sender has to read why."""

AHEAD: Final = 16 * 1024
"""Bytes read while a request is under way: the end of the connection is noticed only by reading."""

TOGETHER: Final = 64 * 1024
"""Bytes of replies to requests sent ahead that are sent together."""

PER_TURN: Final = 8
"""Requests sent ahead that one connection has served before the others have their turn."""

SHARE: Final = 0.001
"""Seconds of the event loop after which no further request of a connection is begun in its turn."""

STALLED: Final = 60.0
"""Seconds after which a connection is ended whose client reads nothing of what is written: what waits
for it is in memory."""

LOST: Final = Failure(ConnectionDone())
"""Twisted's default reason of a lost connection."""

Words = tuple[tuple[tuple[str, str], ...], bytes]
"""Headers and body."""


class ConnectionServer(Shape):
    """What a connection needs of the server it belongs to.

    Attributes:
        count: connections open.
    """

    count: int

    @property
    def settings(self) -> Settings:
        """Limits; they may change while running."""

    @property
    def clock(self) -> IReactorTime:
        """For timeouts, and for the shares of a turn."""

    @property
    def admission(self) -> Admission:
        """Counts the connections of each client."""

    @property
    def render(self) -> Callable[[Request], None]:
        """Answers a request, now or later."""

    @property
    def refused(self) -> Callable[[Refusal], Words | None]:
        """Headers and body for a refused sender; None is the sentence in plain text."""

    def most(self) -> int:
        """Limit of the body of a request, in bytes."""

    def date(self) -> bytes:
        """The Date header's line."""

    def replied(self, request: Request) -> None:
        """Report a request that was answered."""

    def arrived(self, connection: "Connection", data: bytes) -> None:
        """Have the connection `take` these bytes in this turn of the reactor."""

    def leaving(self, connection: "Connection") -> None:
        """Have the connection `flush` in this turn of the reactor."""

    def later(self, connection: "Connection") -> None:
        """Have the connection `go_on` in the next turn of the reactor."""


@implementer(IPushProducer)
class Connection(Protocol):
    """One connection.

    Args:
        server: it belongs to.
        client: that it counts for; see `gateway.http.admission`.

    Attributes:
        client: that it counts for.
        host: the address of this end.
        location: the address of the client, "unknown" if the transport has none.
        client_key: what the calls of the client are counted under; see `gateway.http.running_calls`.
        secure: it is TLS.
        date: gives the Date header's line.
    """

    def __init__(self, server: ConnectionServer, client: str = "") -> None:
        self.host: Any = None
        self.location = "unknown"
        self.client_key = "unknown"
        self.date = server.date
        self.secure = False
        self._server = server
        self.client = client
        self._reader = RequestParser(partial(Request, self), server.most)
        self._held = b""
        self._out = b""
        self._gone = False
        self._request: Request | None = None
        self._producer: IPushProducer | None = None
        self._at_once: Callable[[bytes], int] | None = None
        self._going = False
        self._queued = False
        self._over = False
        self._full = False
        self._deaf = False
        self._since = 0.0
        self._idle: IDelayedCall | None = None
        self._late: IDelayedCall | None = None
        self._abort: IDelayedCall | None = None

    def __repr__(self) -> str:
        state = "over" if self._over else "at work" if self._request else "open"
        return f"<Connection [{state}]>"

    @property
    def certificate(self) -> bytes:
        """The client's certificate as DER; b"" if it has shown none."""
        shown = cast(Any, self.transport).getPeerCertificate() if self.secure else None
        return b"" if shown is None else crypto.dump_certificate(crypto.FILETYPE_ASN1, shown)

    # ---- from the transport --------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Count the connection, and watch over it."""
        server, transport = self._server, cast(Any, self.transport)
        server.count += 1
        server.admission.opened(self.client)
        self.host = transport.getHost()
        self.location = getattr(transport.getPeer(), "host", "") or "unknown"
        self.client_key = client_at(self.location)
        self.secure = ISSLTransport.providedBy(transport)
        if isinstance(transport, TCPConnection) and not transport.TLS:
            self._at_once = transport.getHandle().send
            transport.setTcpNoDelay(True)
        transport.registerProducer(self, True)  # noqa: FBT003 - Twisted's: a push producer
        self._since = server.clock.seconds()
        self._idle = server.clock.callLater(server.settings.config.idle_timeout, self._look)

    def connectionLost(self, reason: Failure = LOST) -> None:  # noqa: ARG002 - Twisted's signature
        """Uncount it, let every timer go, and take its call with it."""
        self._server.count -= 1
        self._server.admission.closed(self.client)
        self._over = self._gone = True
        self._reader.close()
        # Their requests lead back to here: garbage of 20,000 connections held the loop for 0.3 seconds.
        self._reader.ready.clear()
        self._reader.refusal = None
        for timer in (self._idle, self._late, self._abort):
            if timer is not None and timer.active():
                timer.cancel()
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        request, self._request = self._request, None
        if request is not None:
            request.gone()

    def dataReceived(self, data: bytes) -> None:
        """Read; on a plain socket together with all that arrives in this turn of the reactor."""
        if self._at_once is None:
            self.take(data)
        else:
            self._server.arrived(self, data)

    def take(self, data: bytes) -> None:
        """Serve what was read; what comes while a request is at work waits."""
        if self._over:
            return
        if self._request is None and not self._full and not self._queued:
            self._held = self._reader.feed(self._held + data if self._held else data)
            self._go()
            return
        self._held += data
        if len(self._held) > AHEAD and not self._deaf:
            self._deaf = True
            cast(ITCPTransport, self.transport).pauseProducing()  # type: ignore[attr-defined] # of every transport

    def go_on(self) -> None:
        """Serve what was left for this turn; see `ConnectionServer.later`."""
        self._queued = False
        self._go()

    def pauseProducing(self) -> None:
        """The client does not take what was written."""
        self._full = True
        self._since = self._server.clock.seconds()
        if self._producer is not None:
            self._producer.pauseProducing()

    def resumeProducing(self) -> None:
        """It takes more."""
        self._full = False
        if self._producer is not None:
            self._producer.resumeProducing()
        self._go()

    def stopProducing(self) -> None:
        """The connection is being lost; `connectionLost` deals with that."""

    # ---- from requests -------------------------------------------------------------------------

    def reply(self, data: bytes) -> None:
        """Write a whole reply; on a plain socket together with all that leave in this turn."""
        if self._at_once is None:
            self.send(data)
        elif self._out:
            self._out += data
            if len(self._out) > TOGETHER:
                self.flush()
        else:
            self._out = data
            self._server.leaving(self)

    def flush(self) -> None:
        """Write what `reply` has collected."""
        if self._out:
            self.send(b"")

    def send(self, data: bytes) -> None:
        """Write, at once where nothing waits: that saves the reactor two rounds for each reply."""
        if self._out:
            data, self._out = self._out + data, b""
        if self._gone:
            return
        if self._at_once is not None:
            try:
                sent = self._at_once(data)
            except OSError:  # the buffer is full; or the line is lost: the transport will see
                sent = 0
            if sent == len(data):
                return
            self._at_once = None  # from now on data queues up in the transport
            data = data[sent:]
        cast(ITCPTransport, self.transport).write(data)

    def replied(self, request: Request) -> None:
        """A reply is written: the next request's turn."""
        self._request = None
        self._server.replied(request)
        if not request.persistent:
            self.drop()
        else:
            self._since = self._server.clock.seconds()
            self._go()

    def produce(self, producer: IPushProducer | None) -> None:
        """Let this producer be paused and resumed as the client reads; None for no producer."""
        self._producer = producer
        if producer is not None and self._full:
            producer.pauseProducing()

    def drop(self) -> None:
        """End the connection as soon as everything written is sent."""
        self._over = True
        self.flush()
        transport = cast(Any, self.transport)
        transport.unregisterProducer()
        transport.loseConnection()

    def abort(self) -> None:
        """End the connection now."""
        self._over = True
        cast(ITCPTransport, self.transport).abortConnection()

    # ---- the order of things -------------------------------------------------------------------

    def _go(self) -> None:
        """Serve what has arrived; no deeper than once, however many replies are made at once."""
        if self._going or self._queued:
            return
        self._going = True
        reader, served, server = self._reader, 0, self._server
        until = server.clock.seconds() + SHARE
        try:
            while self._request is None and not self._full and not self._over:
                if reader.ready:
                    if served >= PER_TURN or (served and server.clock.seconds() > until):
                        self._queued = True
                        server.later(self)
                        break
                    served += 1
                    self._serve(reader.ready.popleft())
                elif self._held and not reader.over:
                    self._held = reader.feed(self._held)
                else:
                    self._rest()
                    break
        finally:
            self._going = False

    def _serve(self, request: Request) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self._request = request
        try:
            self._server.render(request)
        except Exception:  # noqa: BLE001 - no request may take the connection's loop with it
            log.failure("a request was not answered")
            if request.begun:
                self.drop()
            elif not request.lost:
                request.setResponseCode(500)
                request.finish()

    def _rest(self) -> None:
        """Deal with the state in which no request is under way and none has arrived completely."""
        reader = self._reader
        if reader.refusal is not None:
            self._refuse(reader.refusal)
            return
        if self._deaf:
            self._deaf = False
            cast(Any, self.transport).resumeProducing()
        if not reader.arriving:
            return
        if reader.expects:
            reader.expects = False
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._late is None:
            seconds = self._server.settings.config.request_timeout
            self._late = self._server.clock.callLater(seconds, self._too_late, seconds)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer at once, read no more, and end the connection."""
        plain = ((("content-type", "text/plain; charset=utf-8"),), f"{refusal.sentence}\n".encode())
        headers, body = self._server.refused(refusal) or plain
        head = (
            f"HTTP/1.1 {refusal.status} {STATUS[refusal.status]}\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in headers)
            + f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.send(head.encode() + body)
        abort = cast(ITCPTransport, self.transport).abortConnection
        self._abort = self._server.clock.callLater(ABORT_AFTER, abort)
        self.drop()

    def _too_late(self, seconds: float) -> None:
        self._late = None
        self._refuse(Refusal(408, f"The request was not complete within {seconds} seconds."))

    def _look(self) -> None:
        """End the connection if it has been idle, or its client has not read, for too long.

        One timer for all requests: each only notes the moment, and the timer looks again.
        """
        clock = self._server.clock
        limit = STALLED if self._full else float(self._server.settings.config.idle_timeout)
        quiet = clock.seconds() - self._since
        working = self._request is not None and not self._full
        if not working and quiet >= limit and self._late is None:
            self._idle = None
            if self._full:
                self.abort()
            else:
                self.drop()
            return
        wait = limit if working else max(limit - quiet, 1.0)
        self._idle = clock.callLater(wait, self._look)
