"""Intake of a link: what arrives is taken in turns, and not while the peer does not read.

Law (tests/field/faults/test_links.py): the frames of one read hold the event loop for `SHARE` seconds
at most, as far as a single frame does not; what is written for a peer that does not read is bounded,
because nothing more is taken from it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer


SHARE: Final = 0.005
"""Seconds of the event loop after which the frames that remain of a read wait for the next turn."""

UNREAD: Final = 256 * 1024
"""Bytes written to a peer that does not read after which nothing more is taken from it."""


@implementer(IPushProducer)
class Intake:
    """What arrives on one connection, on its way to the link.

    Both sides of a link may have much to send at a time. What this side asks for does not count, so
    that two peers cannot wait for each other: answers flow towards the one that asks.

    Args:
        clock: measures turns.
        cut: frames out of bytes.
        take: takes one frame.
        failed: called with what either raised.

    Attributes:
        deaf: the peer does not read, and is not read from.
    """

    def __init__(
        self,
        clock: IReactorTime,
        cut: Callable[[bytes], Iterator[bytes]],
        take: Callable[[bytes], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self.deaf = False
        self._clock = clock
        self._cut = cut
        self._take = take
        self._failed = failed
        self._transport: Any = None
        self._frames: Iterator[bytes] | None = None
        self._data: deque[bytes] = deque()
        self._next: IDelayedCall | None = None
        self._full = False
        self._ending = False
        self._unread = 0

    def __repr__(self) -> str:
        return f"<Intake [{'deaf' if self.deaf else 'reading'}, {self._unread} bytes unread]>"

    def begin(self, transport: Any) -> None:
        """Watch over the connection."""
        self._transport = transport
        transport.registerProducer(self, True)  # noqa: FBT003 - Twisted's: a push producer

    def end(self) -> None:
        """Forget what has not been taken: the connection is gone."""
        self._data.clear()
        self._frames, self._transport = None, None
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def release(self) -> None:
        """Let the transport close once all is written. TLS reads its peer's farewell: nothing waits any more."""
        self._ending = True
        if self._transport is not None:
            self._transport.unregisterProducer()
            if self._next is not None or self.deaf:
                self._transport.resumeProducing()

    def received(self, data: bytes) -> None:
        """Take bytes, now or in a later turn."""
        self._data.append(data)
        if self._next is None:
            self._go()

    def wrote(self, size: int) -> None:
        """Count bytes that were written because the peer asked for them."""
        if not self._full:
            return
        self._unread += size
        if self._unread > UNREAD and not self.deaf:
            self.deaf = True
            self._pause()

    # ---- what the transport calls --------------------------------------------------------------

    def pauseProducing(self) -> None:
        """The peer does not take what was written."""
        self._full = True

    def resumeProducing(self) -> None:
        """The peer has taken all of it."""
        self._full, self._unread = False, 0
        if self.deaf:
            self.deaf = False
            self._resume()

    def stopProducing(self) -> None:
        """The connection is being lost; the link deals with that."""

    # ---- turns ---------------------------------------------------------------------------------

    def _go(self) -> None:
        until = self._clock.seconds() + SHARE
        try:
            while (frame := self._following()) is not None:
                self._take(frame)
                late = self._clock.seconds() > until and not self._ending
                if late and self._transport is not None:
                    self._pause()
                    self._next = self._clock.callLater(0, self._go_on)
                    return
        except Exception as problem:  # noqa: BLE001 - the link knows which are defects
            self._data.clear()
            self._frames = None
            self._failed(problem)

    def _go_on(self) -> None:
        self._next = None
        self._go()
        if self._next is None:
            self._resume()

    def _following(self) -> bytes | None:
        while True:
            if self._frames is None:
                if not self._data:
                    return None
                self._frames = self._cut(self._data.popleft())
            if (frame := next(self._frames, None)) is not None:
                return frame
            self._frames = None

    def _pause(self) -> None:
        if self._transport is not None:
            self._transport.pauseProducing()

    def _resume(self) -> None:
        transport = self._transport
        if transport is None or self._next is not None or self.deaf:
            return
        if not getattr(transport, "disconnecting", False):
            transport.resumeProducing()
