"""Admission of connections: a limit for all, and a share of it for each client address.

Law (tests/field/faults/test_connection_shares.py): one address never holds all connections, a refused
one is answered in the words of HTTP, and refused ones are few at a time.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, cast

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from verdigris.config.plugin_cfg import PluginConfig
from verdigris.values import client_at


log = Logger()

AT_ONCE: Final = 20
"""Refused connections that are given the time to read why; further ones are closed without words."""

LINGER: Final = 0.5
"""Seconds a refused client has to read why; a connection closed with unread bytes in it is reset, and
the words with it."""

LOG_EVERY: Final = 10.0
"""Seconds between two lines of the log about refused connections."""

_WORDS: Final = b"This server has no connection to spare for this client; try again later.\n"
_REPLY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 1\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(_WORDS), _WORDS)
)
_LOST: Final = Failure(ConnectionDone())


class Admission:
    """Counts of the open connections of one process by client.

    Args:
        clock: for refused connections, and the pace of the log.
        config: gives the limits.
    """

    def __init__(self, clock: IReactorTime, config: Callable[[], PluginConfig]) -> None:
        self.clock = clock
        self.lingering = 0
        self._config = config
        self._open: Counter[str] = Counter()
        self._refused = 0
        self._logged = -LOG_EVERY

    def __repr__(self) -> str:
        return f"<Admission [{len(self._open)} clients, {self.lingering} being refused]>"

    def client_of(self, address: IAddress | None) -> str:
        """The client at the far end; "" if the transport has no addresses."""
        return client_at(getattr(address, "host", "") or "")

    def admits(self, client: str, total: int) -> bool:
        """Whether one more connection of a client is accepted.

        Args:
            client: see `client_of`.
            total: connections that are open.
        """
        config = self._config()
        share = (
            config.max_client_connections or config.max_connections - config.max_connections // 4
        )
        return total < config.max_connections and (not client or self._open[client] < share)

    def opened(self, client: str) -> None:
        """Count a connection."""
        self._open[client] += 1

    def closed(self, client: str) -> None:
        """Uncount it."""
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]

    def refuse(self, client: str) -> "Refused | None":
        """The protocol of a refused connection; None closes it at once."""
        self._refused += 1
        now = self.clock.seconds()
        if now - self._logged >= LOG_EVERY:
            log.warn(
                "{count} connections refused, the last from {client}: too many are open",
                count=self._refused,
                client=client or "unknown",
            )
            self._refused, self._logged = 0, now
        return Refused(self) if self.lingering < AT_ONCE else None


class Refused(Protocol):
    """Connection of a client that has too many: says so, reads nothing of what comes, and ends."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._timer: IDelayedCall | None = None

    def __repr__(self) -> str:
        return "<Refused>"

    def connectionMade(self) -> None:
        """Say why, and end."""
        self._admission.lingering += 1
        transport = cast(Any, self.transport)
        transport.write(_REPLY)
        if ITCPTransport.providedBy(transport):
            transport.loseWriteConnection()
        self._timer = self._admission.clock.callLater(LINGER, transport.abortConnection)

    def connectionLost(self, reason: Failure = _LOST) -> None:  # noqa: ARG002 - Twisted's signature
        """It has ended."""
        self._admission.lingering -= 1
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
