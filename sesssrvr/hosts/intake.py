"""Intake of a host connection: the host's bytes are fed to the terminal in turns of the event loop.

Law (tests/field/faults/test_talkative_hosts.py): what one host sends holds the event loop for `SHARE`
seconds of a turn, and what all hosts send that talk all the time for `TALK`, as far as one record of
their protocol does not; nothing is taken from a host that does not read what the terminal answers. The
bytes stay in order, and none is lost while the connection lasts.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from sesssrvr.hosts.turns import HostTurns


SHARE: Final = 0.001
"""Seconds of a turn."""

TALK: Final = 0.00025
"""Seconds of a turn for all hosts that talk all the time: a call of another client takes a dozen turns."""

ROW: Final = 16
"""Turns used up without a pause after which a host is one that talks all the time: no screen takes that."""

PAUSE: Final = 0.05
"""Seconds without a byte that end such a row."""

LOOKS: Final = 0.1
"""Seconds between two looks at the screen of a host that talks all the time: each costs milliseconds."""

LEAST: Final = 32
"""Bytes fed before time is looked at: 60 microseconds each at worst (VT's REP)."""

MOST: Final = 1024
"""Bytes fed before time is looked at, when those before them were taken quickly."""


@implementer(IPushProducer)
class HostIntake:
    """The bytes of one host on their way to its terminal.

    Args:
        clock: measures turns.
        feed: takes bytes; False if none are wanted any more.
        settled: called when everything that arrived is fed, or at the end of a turn; every `LOOKS`
            seconds for a host that talks all the time.
        turns: of all hosts that talk all the time.
    """

    def __init__(
        self,
        clock: IReactorTime,
        feed: Callable[[bytes], bool],
        settled: Callable[[], None],
        turns: HostTurns,
    ) -> None:
        self._clock = clock
        self._turns = turns
        self._feed = feed
        self._settled = settled
        self._data: deque[bytes] = deque()
        self._transport: Any = None
        self._waits = False
        self._next: IDelayedCall | None = None
        self._slice = MOST
        self._unread = False
        self._feeding = False
        self._row = 0
        self._heard = self._looked = clock.seconds()
        self._look: IDelayedCall | None = None

    def __repr__(self) -> str:
        return f"<HostIntake [{len(self._data)} pieces wait]>"

    def begin(self, transport: Any) -> None:
        """Watch whether the host reads; where a line cannot say so, it is taken to."""
        if hasattr(transport, "registerProducer") and hasattr(transport, "pauseProducing"):
            self._transport = transport
            transport.registerProducer(self, True)  # noqa: FBT003 - Twisted's: a push producer

    def release(self) -> None:
        """Let the transport close once all is written."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.unregisterProducer()
            transport.resumeProducing()

    def end(self) -> None:
        """Forget what has not been fed: the connection is gone."""
        self._transport = None
        self._data.clear()
        for timer in (self._next, self._look):
            if timer is not None and timer.active():
                timer.cancel()
        self._turns.drop(self._go_on)
        self._turns.drop(self._tell)

    def received(self, data: bytes) -> None:
        """Feed bytes, now or in a later turn."""
        self._data.append(data)
        now = self._clock.seconds()
        if now - self._heard > PAUSE:
            self._row = 0
        self._heard = now
        if self._waits or self._unread or self._feeding:
            return
        if self._talks:
            self._await_turn()
        else:
            self._go()

    @property
    def _talks(self) -> bool:
        """Whether this host talks all the time."""
        return self._row > ROW

    # ---- what the transport calls --------------------------------------------------------------

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The host does not read what was sent to it."""
        self._unread = True
        self._pause()

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        """It has read all of it."""
        self._unread = False
        if not self._waits and not self._feeding:
            self._go_on()

    def stopProducing(self) -> None:  # noqa: N802 - Twisted's name
        """The connection is being lost; its owner deals with that."""

    # ---- turns ---------------------------------------------------------------------------------

    def _go(self) -> None:
        self._feeding = True
        until = self._clock.seconds() + (TALK if self._talks else SHARE)
        try:
            while self._data and not self._unread:
                piece = self._following()
                before = self._clock.seconds()
                if not self._feed(piece):
                    self._data.clear()
                    break
                now = self._clock.seconds()
                self._slice = self._sized(now - before, len(piece))
                if self._data and now > until:
                    self._row += 1
                    self._await_turn()
                    break
        finally:
            self._feeding = False
        self._settle()

    def _await_turn(self) -> None:
        """Go on in a later turn: with the other hosts that talk all the time, or in the next one."""
        self._pause()
        self._waits = True
        if self._talks:
            self._turns.add(self._go_on)
        else:
            self._next = self._clock.callLater(0, self._go_on)

    def _settle(self) -> None:
        """Have the screen looked at, now or when it is time."""
        if self._look is not None:
            return
        wait = self._looked + LOOKS - self._clock.seconds() if self._talks else 0.0
        if wait > 0:
            self._look = self._clock.callLater(wait, self._turns.add, self._tell)
        else:
            self._tell()

    def _tell(self) -> None:
        self._look = None
        self._looked = self._clock.seconds()
        self._settled()

    def _following(self) -> bytes:
        piece = self._data.popleft()
        if len(piece) > self._slice:
            self._data.appendleft(piece[self._slice :])
            piece = piece[: self._slice]
        return piece

    def _sized(self, seconds: float, size: int) -> int:
        """The next slice: what takes a quarter of a turn at the speed of the last one."""
        wanted = (TALK if self._talks else SHARE) / 4
        fits = int(size * wanted / seconds) if seconds > wanted else self._slice * 2
        return max(LEAST, min(MOST, fits))

    def _go_on(self) -> None:
        self._next, self._waits = None, False
        if self._data:
            self._go()
        transport = self._transport
        if transport is None or self._waits or self._unread:
            return
        self._heard = self._clock.seconds()  # from now on it may be quiet
        if not getattr(transport, "disconnecting", False):
            transport.resumeProducing()

    def _pause(self) -> None:
        if self._transport is not None:
            self._transport.pauseProducing()
