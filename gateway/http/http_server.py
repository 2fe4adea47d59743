"""HTTP server: accepts connections up to a limit, and hands their requests to a resource.

Law (tests/field/faults/test_turns.py): a turn of the reactor serves every connection that sends one
request at a time, and of those that send ahead as much as `ROUND` seconds allow, in rotation.
"""

from collections import Counter, deque
from collections.abc import Callable
from email.utils import formatdate
from time import time
from typing import Final, Protocol

from twisted.internet.interfaces import IAddress, IProtocolNegotiationFactory, IReactorTime
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from zope.interface import implementer

from gateway.http.admission import Admission, Refused
from gateway.http.connection import Connection, Words
from gateway.http.parser import Refusal
from gateway.http.request import Request
from gateway.settings import Settings


def _plain(refusal: Refusal) -> Words | None:  # noqa: ARG001 - see HttpServer.refused
    return None


ROUND: Final = 0.0003
"""Seconds of a turn for all connections that send ahead: another client's call takes several turns."""

CLIENT: Final = 0.002
"""Seconds of a turn after which what one client has sent is left for the next one."""

FREE: Final = 8
"""Requests of one client that are served in the turn in which they arrive, whatever the time."""

LEFT: Final = 4 * 1024 * 1024
"""Bytes that are left for the next turn at most: they have been read already."""

TOGETHER: Final = 32
"""Replies that are sent together at most: about two milliseconds of work."""


log = Logger()


class Resource(Protocol):
    """Answers requests."""

    def render(self, request: Request) -> None:
        """Answer, now or later."""


@implementer(IProtocolNegotiationFactory)
class HttpServer(Factory):
    """Serves every connection of every port.

    Args:
        resource: what is served.
        settings: limits; they may change while running.
        clock: for timeouts.
        wall: seconds since 1970, for the Date header.

    Attributes:
        count: connections open.
        answered: called with each request that was answered.
        render: answers a request.
        refused: headers and body for a refused sender; None is the sentence in plain text. It is the
            method `refused` of the resource, if the resource has one.
    """

    noisy = False

    def __init__(
        self,
        resource: Resource,
        settings: Settings,
        clock: IReactorTime,
        wall: Callable[[], float] = time,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.count = 0
        self.admission = Admission(clock, lambda: settings.config)
        self.answered: list[Callable[[Request], None]] = []
        self.render = resource.render
        self.refused: Callable[[Refusal], Words | None] = getattr(resource, "refused", _plain)
        self._wall = wall
        self._arrived: list[tuple[Connection, bytes]] = []
        self._later: deque[Connection] = deque()
        self._leaving: list[Connection] = []
        self._due = False
        self._second = -1
        self._date = b""

    def __repr__(self) -> str:
        return f"<HttpServer [{self.count} connections]>"

    def buildProtocol(self, addr: IAddress | None) -> Connection | Refused | None:
        """A connection; where there are too many, one that refuses, or None."""
        client = self.admission.client_of(addr)
        if not self.admission.admits(client, self.count):
            return self.admission.refuse(client)
        return Connection(self, client)

    def acceptableProtocols(self) -> list[bytes]:
        """HTTP/1.1 only (ALPN)."""
        return [b"http/1.1"]

    def most(self) -> int:
        """Limit of the body of a request, in bytes."""
        return self.settings.config.max_request_bytes

    def replied(self, request: Request) -> None:
        """Report a request that was answered."""
        for tell in self.answered:
            tell(request)

    def arrived(self, connection: Connection, data: bytes) -> None:
        """Take these bytes in this turn of the reactor; see `turn`."""
        self._arrived.append((connection, data))
        if not self._due:
            self._due = True
            self.clock.callLater(0, self.turn)

    def leaving(self, connection: Connection) -> None:
        """Send what this connection has to send in this turn of the reactor; see `turn`."""
        self._leaving.append(connection)
        if not self._due:
            self._due = True
            self.clock.callLater(0, self.turn)

    def later(self, connection: Connection) -> None:
        """Let this connection go on in the next turn of the reactor: it has more than its share."""
        self._later.append(connection)
        if not self._due:
            self._due = True
            self.clock.callLater(0, self.turn)

    def turn(self) -> None:
        """Serve what has arrived and send what is answered.

        All reading is over when the serving begins, and sending comes after it: a system call
        between two requests costs each of them a third of its time, in caches and predictions. What
        one client has sent on many connections at once is left for the next turns, as far as it
        takes longer than `CLIENT`: the others' requests do not wait for it.
        """
        arrived, self._arrived = self._arrived, []
        self._due = True
        served: Counter[str] = Counter()
        until, kept = self.clock.seconds() + CLIENT, 0
        for connection, data in arrived:
            served[connection.client] += 1
            if served[connection.client] > FREE and kept < LEFT and self.clock.seconds() > until:
                kept += len(data)
                self._arrived.append((connection, data))
                continue
            try:
                connection.take(data)
            except Exception:  # noqa: BLE001 - the others' bytes have been read as well
                log.failure("a connection failed")
                connection.abort()
            if len(self._leaving) >= TOGETHER:
                self._send()
        if self._later:
            self._serve_later()
        self._due = False
        self._send()
        if (self._arrived or self._later) and not self._due:
            self._due = True
            self.clock.callLater(0, self.turn)

    def _serve_later(self) -> None:
        """One round of the connections that have sent ahead, or a part of it."""
        until = self.clock.seconds() + ROUND
        for _ in range(len(self._later)):
            connection = self._later.popleft()
            try:
                connection.go_on()
            except Exception:  # noqa: BLE001 - the others' requests have been read as well
                log.failure("a connection failed")
                connection.abort()
            if self.clock.seconds() > until:
                break

    def _send(self) -> None:
        leaving, self._leaving = self._leaving, []
        for connection in leaving:
            connection.flush()

    def date(self) -> bytes:
        """The Date header's line (RFC 9110, section 6.6.1)."""
        now = int(self._wall())
        if now != self._second:
            self._second = now
            self._date = f"Date: {formatdate(now, usegmt=True)}\r\n".encode()
        return self._date
