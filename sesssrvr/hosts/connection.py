"""The bytes between a host and a terminal.

Law: what the host sends is fed to the terminal in order, and whatever it is, the worst that
happens is that this connection ends with a reason. Screens are taken only when somebody looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol as Shape
from typing import cast, runtime_checkable

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    ITCPTransport,
    ITLSTransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from sesssrvr.hosts.tls import Checked, spoken
from sesssrvr.terminal.codepage import CodePage
from sesssrvr.terminal.screen import Screen
from sesssrvr.traces.traffic_buffer import SIZE, Masks, Ring
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


@runtime_checkable
class Paged(Shape):
    """A terminal of an EBCDIC host.

    Attributes:
        codepage: the host's.
    """

    codepage: CodePage


class Watcher(Shape):
    """Who is told about a host connection."""

    def changed(self) -> None:
        """The screen may have changed."""

    def ended(self, reason: str) -> None:
        """The connection is gone; called once."""


MakeTerminal = Callable[[Callable[[bytes], None]], Terminal]
"""Makes a terminal that sends with the given function."""


@runtime_checkable
class StartsTls(Shape):
    """A terminal whose protocol can begin TLS within the session."""

    @property
    def tls_wanted(self) -> bool:
        """The next bytes in both directions are TLS."""

    @property
    def tls_missing(self) -> bool:
        """TLS is required and the host goes on without it."""

    def tls_started(self) -> None:
        """TLS has begun."""


@runtime_checkable
class Negotiates(Shape):
    """A terminal that may be refused before it has a session."""

    @property
    def last_refusal(self) -> str:
        """What the host said no to, in words; "" when it has not."""


class Line(Shape):
    """A transport that tells the host more than bytes: SSH."""

    def resize(self, rows: int, columns: int) -> None:
        """Tell the screen's size."""

    def send_break(self) -> None:
        """Send a break."""


@runtime_checkable
class OnLine(Shape):
    """A terminal that uses such a transport."""

    line: Line | None


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes a terminal, and knows how TLS is to be begun if its protocol asks for it.

    Attributes:
        make: makes the terminal.
        tls: gives what makes TLS connections to the host; raises HostUnreachable.
    """

    make: MakeTerminal
    tls: Callable[[], IOpenSSLClientConnectionCreator]

    def __call__(self, write: Callable[[bytes], None]) -> Terminal:
        """Make the terminal."""
        return self.make(write)


class HostConnection(Protocol):
    """One connection to a host.

    Args:
        make: makes the terminal.
        watcher: is told of changes and of the end.
        seconds: the clock of the trace.
        kept: bytes of it.

    Attributes:
        ring: the last traffic.
        terminal: None before the connection is made.
        tls_problem: what is wrong with the host's certificate, told by `hosttls`.
    """

    def __init__(
        self,
        make: MakeTerminal,
        watcher: Watcher,
        seconds: Callable[[], float] = lambda: 0.0,
        kept: int = SIZE,
    ) -> None:
        self.ring = Ring(seconds, kept)
        self.terminal: Terminal | None = None
        self._make = make
        self._watcher: Watcher | None = watcher
        self._reason = ""
        self._starts: StartsTls | None = None
        self._masks: Masks | None = None
        self.tls_problem = ""

    def connectionMade(self) -> None:
        """Begin the terminal; a dead host is noticed by keepalive, if by nothing else."""
        transport = self.transport
        assert transport is not None  # noqa: S101 - Twisted sets it before this hook
        if ITCPTransport.providedBy(transport):
            transport.setTcpNoDelay(True)
            transport.setTcpKeepAlive(True)
        self.terminal = terminal = self._make(self._send)
        if isinstance(terminal, OnLine):
            terminal.line = cast("Line", transport)
        self._masks = terminal if isinstance(terminal, Masks) else None
        self._starts = terminal if isinstance(terminal, StartsTls) else None
        if self._starts is not None and isinstance(transport, TLSMemoryBIOProtocol):
            self._starts.tls_started()

    def dataReceived(self, data: bytes) -> None:
        """Feed the terminal."""
        if self.terminal is None or self._watcher is None:
            return
        self.ring.received(data)
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
        if self._starts is not None:
            self._look_at_tls(self._starts)
        if changed and self._watcher is not None:
            self._watcher.changed()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the watcher, once."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            why = self._reason or self.tls_problem or spoken(reason) or _ended(reason)
            said = self.terminal.last_refusal if isinstance(self.terminal, Negotiates) else ""
            watcher.ended(f"{said}; then: {why}" if said else why)

    def abort(self, reason: str) -> None:
        """End the connection at once."""
        self._reason = self._reason or reason
        if self.transport is not None:
            cast("ITCPTransport", self.transport).abortConnection()

    def _send(self, data: bytes) -> None:
        self.ring.sent(data if self._masks is None else self._masks.mask_sent(data))
        # The transport is another one once TLS has begun.
        if self.transport is not None:
            self.transport.write(data)

    def _look_at_tls(self, terminal: StartsTls) -> None:
        """Begin TLS when both sides have agreed on it; end a connection that lacks it."""
        if terminal.tls_missing:
            self.abort("the host does not offer the START_TLS that the settings require")
        elif terminal.tls_wanted:
            if not (isinstance(self._make, Maker) and ITLSTransport.providedBy(self.transport)):
                self.abort("TLS cannot be begun on this connection")
                return
            try:
                creator = self._make.tls()
            except VerdigrisError as problem:
                self.abort(str(problem))
                return
            checked = creator.telling(self) if isinstance(creator, Checked) else creator
            self.transport.startTLS(checked)
            terminal.tls_started()

    def trace(self) -> str:
        """The last traffic in x3270's form, without secrets."""
        return self.trace_later()()

    def trace_later(self) -> Callable[[], str]:
        """The trace as of now, put into words when somebody wants to read it."""
        ring, terminal = self.ring.copy(), self.terminal
        masks = terminal if isinstance(terminal, Masks) else None
        page = terminal.codepage.name if isinstance(terminal, Paged) else "cp037"
        return lambda: ring.text(page, masks)

    def leave(self) -> None:
        """End the connection; nobody wants to hear of it any more."""
        self._watcher = None
        if self.transport is not None:
            self.transport.loseConnection()


def _ended(reason: Failure) -> str:
    """Why the connection has ended, as part of a sentence."""
    if reason.check(ConnectionDone):
        return "the host closed the connection"
    return reason.getErrorMessage().rstrip(".")
