"""The bytes between a host and a terminal.

Law: what the host sends is fed to the terminal in order, and whatever it is, the worst that
happens is that this connection ends with a reason. Screens are taken only when somebody looks.
"""

from collections.abc import Callable, Sequence
from typing import Protocol as Shape
from typing import cast

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from sesssrvr.terminal.screen import Screen
from verdigris.errors import HostDataError, VerdigrisError


log = Logger()


class Terminal(Shape):
    """A terminal without its connection: `sesssrvr.terminal.Terminal3270` and its siblings."""

    def feed(self, data: bytes) -> bool:
        """Take what the host sent; whether the screen may have changed."""

    def screen(self) -> Screen:
        """The screen as it stands."""

    @property
    def fault_count(self) -> int:
        """Records of the host that could not be obeyed: the screen may not be what the host thinks."""

    @property
    def faults(self) -> Sequence[HostDataError]:
        """The latest of them."""

    @property
    def ready(self) -> bool:
        """Negotiation is over and the host has taken the terminal."""

    def type(self, text: str) -> None:
        """Type at the cursor; raises OperatorError."""

    def move_cursor(self, row: int, column: int) -> None:
        """Put the cursor at a 1-based place."""

    def key(self, name: str) -> None:
        """Press a key; raises OperatorError."""


class Watcher(Shape):
    """Who is told about a host connection."""

    def changed(self) -> None:
        """The screen may have changed."""

    def ended(self, reason: str) -> None:
        """The connection is gone; called once."""


MakeTerminal = Callable[[Callable[[bytes], None]], Terminal]
"""Makes a terminal that sends with the given function."""


class HostConnection(Protocol):
    """One connection to a host.

    Args:
        make: makes the terminal.
        watcher: is told of changes and of the end.

    Attributes:
        terminal: None before the connection is made.
    """

    def __init__(self, make: MakeTerminal, watcher: Watcher) -> None:
        self.terminal: Terminal | None = None
        self._make = make
        self._watcher: Watcher | None = watcher
        self._reason = ""

    def connectionMade(self) -> None:
        """Begin the terminal; a dead host is noticed by keepalive, if by nothing else."""
        transport = self.transport
        assert transport is not None  # noqa: S101 - Twisted sets it before this hook
        if ITCPTransport.providedBy(transport):
            transport.setTcpNoDelay(True)
            transport.setTcpKeepAlive(True)
        self.terminal = self._make(transport.write)

    def dataReceived(self, data: bytes) -> None:
        """Feed the terminal."""
        if self.terminal is None or self._watcher is None:
            return
        was_ready = self.terminal.ready
        try:
            changed = self.terminal.feed(data) or self.terminal.ready != was_ready
        except VerdigrisError as problem:
            self.abort(str(problem))
            return
        except Exception:  # noqa: BLE001 - a bug in the terminal ends one host session, not the server
            log.failure("the terminal engine failed")
            self.abort("the terminal engine failed")
            return
        if changed:
            self._watcher.changed()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the watcher, once."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.ended(self._reason or reason.getErrorMessage().rstrip("."))

    def abort(self, reason: str) -> None:
        """End the connection at once."""
        self._reason = self._reason or reason
        if self.transport is not None:
            cast("ITCPTransport", self.transport).abortConnection()

    def leave(self) -> None:
        """End the connection; nobody wants to hear of it any more."""
        self._watcher = None
        if self.transport is not None:
            self.transport.loseConnection()
