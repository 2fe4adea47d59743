"""Bodies of requests to etcd, and of streams from it."""

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer


@implementer(IBodyProducer)
class BytesProducer:
    """A request's body that is there already."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.length = len(data)

    def startProducing(self, consumer: IConsumer) -> "Deferred[None]":  # noqa: N802 - Twisted's name
        """Write it."""
        consumer.write(self.data)
        return succeed(None)

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """It is written already."""

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """It is written already."""

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """It is written already."""


class Whole(Protocol):
    """The whole body of a response.

    Attributes:
        done: fires with it, or fails with the reason; cancelling it ends the response.
    """

    def __init__(self) -> None:
        self.done: Deferred[bytes] = Deferred(lambda _: self._end())
        self._parts: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take a piece."""
        self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Give what has come, if it is all."""
        if self.done.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.done.callback(b"".join(self._parts))
        else:
            self.done.errback(reason)

    def _end(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


class Lines(Protocol):
    """The lines of a response that goes on and on.

    Attributes:
        ended: fires with the reason when the response is over.
    """

    def __init__(self) -> None:
        self.ended: Deferred[str] = Deferred()
        self._buffer = b""
        self._lines: list[bytes] = []
        self._waiter: Deferred[None] | None = None

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Take a piece."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._lines += [line for line in lines if line.strip()]
        if self._lines:
            self._wake()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        """Note the end."""
        if not self.ended.called:
            self.ended.callback(reason.getErrorMessage())
        self._wake()

    def come(self) -> "Deferred[None]":
        """Fires as soon as there are lines, or the end."""
        self._waiter = Deferred()
        if self._lines or self.ended.called:
            self._wake()
            return succeed(None)
        return self._waiter

    def taken(self) -> list[bytes]:
        """The lines that have come since the last time."""
        lines, self._lines = self._lines, []
        return lines

    def abort(self) -> None:
        """End the response."""
        if self.transport is not None and not self.ended.called:
            self.transport.loseConnection()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.called:
            waiter.callback(None)
