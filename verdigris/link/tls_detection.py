"""A port of TLS that tells a peer of plain text so, in its own language.

Law: a peer that begins with anything but a TLS handshake gets the error 9230, and the connection ends; nothing it sent is looked at. A peer that says nothing is let go.
"""

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IDelayedCall, IProtocol, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure as Caught

from verdigris.errors import TlsRequired, VerdigrisError
from verdigris.identity.tls import FIRST_BYTE
from verdigris.link.framing import PREFIX
from verdigris.wire import Failure, encode


log = Logger()

FIRST_WITHIN: Final = 5.0
"""Seconds a peer has to begin."""


def in_a_frame(error: VerdigrisError) -> bytes:
    """An error as a part of an installation reads it."""
    frame = encode(Failure.of(0, error))
    return len(frame).to_bytes(PREFIX) + frame


class TlsDetector(Protocol):
    """Passes a connection on to TLS once its first byte has come.

    Args:
        tls: makes the protocol of a TLS connection.
        clock: for the time the peer has.
        words: the bytes that tell a peer the error.
    """

    def __init__(
        self,
        tls: Callable[[], TLSMemoryBIOFactory],
        clock: IReactorTime,
        words: Callable[[TlsRequired], bytes] = in_a_frame,
    ) -> None:
        self._tls = tls
        self._words = words
        self._clock = clock
        self._inner: IProtocol | None = None
        self._timer: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Give the peer a bounded time to begin."""
        self._timer = self._clock.callLater(FIRST_WITHIN, self._abort)

    def dataReceived(self, data: bytes) -> None:
        """Look at the first byte; pass everything on."""
        if self._inner is None:
            self._stop_timer()
            if data[0] != FIRST_BYTE:
                self._refuse()
                return
            self._inner = self._begin()
        self._inner.dataReceived(data)

    def connectionLost(self, reason: Caught = connectionDone) -> None:
        """Pass the end on."""
        self._stop_timer()
        if self._inner is not None:
            self._inner.connectionLost(reason)

    def _begin(self) -> IProtocol:
        assert self.transport is not None  # noqa: S101 - Twisted sets it before data come
        inner: IProtocol | None = self._tls().buildProtocol(self.transport.getPeer())
        assert inner is not None  # noqa: S101 - the factory refuses nobody
        inner.makeConnection(self.transport)
        return inner

    def _refuse(self) -> None:
        assert self.transport is not None  # noqa: S101 - as above
        where = self.transport.getHost()
        me = f"the server at {getattr(where, 'host', '?')}:{getattr(where, 'port', '?')}"
        log.warn("{peer} speaks plain text and is refused", peer=str(self.transport.getPeer()))
        self.transport.write(self._words(TlsRequired(peer=me)))
        self.transport.loseConnection()
        self._timer = self._clock.callLater(FIRST_WITHIN, self._abort)
        self._inner = Protocol()  # what else comes is not looked at

    def _abort(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.abortConnection()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
