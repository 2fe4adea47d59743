"""The event loop of a server process: what one turn brings is served, then everything is sent.

Law: whatever is written is sent at the end of the turn in which it was written, in order; what the
other side does not take at once waits for it, as with any reactor of Twisted. Nothing is sent
between two events: a system call between two pieces of Python costs both of them a third, and
asking the system whether it would take bytes costs more than sending them.
"""

import errno
import sys
from typing import Any

from twisted.internet.main import installReactor
from twisted.logger import Logger


log = Logger()


def install() -> None:
    """Choose the event loop of this process: before anything imports `twisted.internet.reactor`.

    Where there is no epoll (all but Linux), and where one was chosen already, nothing happens.
    """
    if sys.platform == "linux" and "twisted.internet.reactor" not in sys.modules:
        installReactor(turning())


def turning() -> Any:
    """A new one, not installed: Twisted's epoll reactor, with turns."""
    from twisted.internet.epollreactor import EPollReactor  # noqa: PLC0415 - only on Linux

    untyped: Any = EPollReactor

    class TurningReactor(untyped):  # type: ignore[misc] # Twisted gives it no types
        """Reads and serves in one go, and sends before it waits for more."""

        def __init__(self) -> None:
            self._sending: dict[Any, None] = {}
            self._flushing = False
            super().__init__()

        def addWriter(self, writer: Any) -> None:
            """It has something to send: at the end of this turn, or when the system takes it."""
            if self._flushing or writer.fileno() in self._writes:
                super().addWriter(writer)
            else:
                self._sending[writer] = None

        def removeWriter(self, writer: Any) -> None:
            """It has nothing to send any more."""
            waited = self._sending.pop(writer, self) is None
            if not waited or self._flushing:
                super().removeWriter(writer)

        def removeAll(self) -> list[Any]:
            """Forget everything; gives what there was."""
            sending, self._sending = self._sending, {}
            found = super().removeAll()
            return [*found, *(one for one in sending if one not in found)]

        def getWriters(self) -> list[Any]:
            """Whatever has something to send."""
            return [*super().getWriters(), *self._sending]

        def doPoll(self, timeout: float | None) -> None:
            """Send, wait for events, serve them."""
            if self._sending:
                self._send()
            try:
                events = self._poller.poll(
                    -1 if timeout is None else timeout, len(self._selectables)
                )
            except OSError as problem:
                if problem.errno == errno.EINTR:
                    return
                raise
            selectables = self._selectables
            for number, event in events:
                if (selectable := selectables.get(number)) is not None:
                    self._serve(selectable, number, event)

        doIteration = doPoll  # noqa: N815 - Twisted's name

        def _serve(self, selectable: Any, number: int, event: int) -> None:
            try:
                self._doReadOrWrite(selectable, number, event)
            except Exception:  # noqa: BLE001 - one connection's failure is not the others'
                log.failure("{selectable} failed", selectable=selectable)

        def _send(self) -> None:
            """What was written in this turn; what is left then waits for the system."""
            self._flushing = True
            try:
                for writer in tuple(self._sending):
                    number = writer.fileno()
                    if writer not in self._sending or number < 0:
                        continue  # it ended while others sent
                    self._serve(writer, number, self._POLL_OUT)
                    if writer in self._sending:
                        super().addWriter(writer)
            finally:
                self._sending.clear()
                self._flushing = False

    return TurningReactor()
