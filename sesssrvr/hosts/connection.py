"""One connection to a host: its bytes to the terminal, the terminal's bytes to the host.

What the host sends is fed to the terminal in order, and whatever it is, the worst outcome is that
this connection ends with a reason. Screens are taken only when they are asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol as Shape
from typing import cast

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IReactorTime,
    ITCPTransport,
    ITLSTransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from sesssrvr.hosts.intake import HostIntake
from sesssrvr.hosts.keepalive import Keepalive, KeepaliveTimer
from sesssrvr.hosts.tls import VerifyingTls, tls_failure
from sesssrvr.hosts.turns import HostTurns
from sesssrvr.terminal.contract import LineSignals, Terminal
from sesssrvr.traces.traffic_buffer import SIZE, TrafficBuffer
from verdigris.errors import VerdigrisError


log = Logger()


class ConnectionListener(Shape):
    """The receiver of what happens on a host connection."""

    def changed(self) -> None:
        """The screen may have changed."""

    def ended(self, reason: str) -> None:
        """The connection is gone; called once."""


@dataclass(frozen=True, slots=True)
class TerminalFactory:
    """A maker of terminals, with the TLS settings for a protocol that begins TLS within the session.

    Attributes:
        make: makes a terminal that sends with the given function.
        tls: gives what makes TLS connections to the host; None where the protocol never asks for
            TLS. Raises HostUnreachable.
        keepalive: of a silent connection.
        turns: of the hosts that talk all the time; None if this is the only host.
    """

    make: Callable[[Callable[[bytes], None]], Terminal]
    tls: Callable[[], IOpenSSLClientConnectionCreator] | None = None
    keepalive: Keepalive = field(default_factory=Keepalive)
    turns: HostTurns | None = None

    def __call__(self, write: Callable[[bytes], None]) -> Terminal:
        """Make a terminal."""
        return self.make(write)


class HostConnection(Protocol):
    """One connection to a host.

    Args:
        factory: makes the terminal.
        listener: hears of changes and of the end.
        clock: of the trace, of signs of life, and of the turns in which the host's bytes are taken.
        kept: size of the trace in bytes.

    Attributes:
        traffic: the last traffic.
        terminal: None before the connection is made.
        written: messages written to the host.
        tls_problem: what is wrong with the host's certificate, set by `sesssrvr.hosts.tls`.
    """

    def __init__(
        self,
        factory: TerminalFactory,
        listener: ConnectionListener,
        clock: IReactorTime,
        kept: int = SIZE,
    ) -> None:
        self.traffic = TrafficBuffer(clock.seconds, kept)
        self._keepalive = KeepaliveTimer(clock, factory.keepalive, self._send_aside, self.abort)
        self._intake = HostIntake(
            clock, self._feed, self._settled, factory.turns or HostTurns(clock)
        )
        self._changed = False
        self.terminal: Terminal | None = None
        self._factory = factory
        self._listener: ConnectionListener | None = listener
        self._reason = ""
        self.tls_problem = ""
        self.written = 0

    def connectionMade(self) -> None:
        """Begin the terminal. Keepalive notices a dead host when nothing else would."""
        transport = self.transport
        assert transport is not None  # noqa: S101 - Twisted sets it before this hook
        if ITCPTransport.providedBy(transport):
            transport.setTcpNoDelay(True)
        self._factory.keepalive.apply(transport)
        self._intake.begin(transport)
        self.terminal = terminal = self._factory(self._send)
        if isinstance(transport, LineSignals):
            terminal.use_signals(transport)
        else:  # telnet; lines with signals, such as SSH, have signs of life of their own
            self._keepalive.start()
        if isinstance(transport, TLSMemoryBIOProtocol):
            terminal.tls_started()  # below the session: it is not begun a second time within it

    def dataReceived(self, data: bytes) -> None:
        """Feed the terminal, now or in a later turn."""
        self._keepalive.heard()
        self._intake.received(data)

    def _feed(self, data: bytes) -> bool:
        """Feed the terminal; False once nothing more is to be fed."""
        terminal = self.terminal
        if terminal is None or self._listener is None:
            return False
        self.traffic.received(data)
        was_ready = terminal.ready
        try:
            changed = terminal.feed(data) or terminal.ready != was_ready
        except VerdigrisError as problem:
            self.abort(str(problem))
            return False
        except Exception:  # noqa: BLE001 - a bug in the terminal ends one host session, not the server
            log.failure("the terminal engine failed")
            self.abort("the terminal engine failed")
            return False
        self._changed = self._changed or changed
        if terminal.tls_missing:
            self.abort("the host does not offer the START_TLS that the settings require")
        elif terminal.tls_wanted:
            self._start_tls(terminal)
            return False  # what follows in the clear is not the host's, whoever has sent it
        return True

    def _settled(self) -> None:
        changed, self._changed = self._changed, False
        # The listener may have left while the host's bytes were taken.
        if changed and self._listener is not None:
            self._listener.changed()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the listener, once."""
        self._keepalive.stop()
        self._intake.end()
        listener, self._listener = self._listener, None
        if listener is not None:
            why = self._reason or self.tls_problem or tls_failure(reason) or _ended(reason)
            refusal = "" if self.terminal is None else self.terminal.last_refusal
            listener.ended(f"{refusal}; then: {why}" if refusal else why)

    def abort(self, reason: str) -> None:
        """End the connection at once."""
        self._reason = self._reason or reason
        if self.transport is not None:
            cast("ITCPTransport", self.transport).abortConnection()

    def _send(self, data: bytes) -> None:
        self.written += 1
        # An engine may write while it is being made: its secrets come later.
        self.traffic.sent(data if self.terminal is None else self.terminal.mask_sent(data))
        # Asked for each time: the transport is another one once TLS has begun.
        if self.transport is not None:
            self.transport.write(data)

    def _send_aside(self, data: bytes) -> None:
        """Send a command of telnet's between the terminal's bytes; a trace does without it."""
        if self.transport is not None:
            self.transport.write(data)

    def _start_tls(self, terminal: Terminal) -> None:
        """Begin TLS within the session, as both sides have agreed."""
        tls = self._factory.tls
        if tls is None or not ITLSTransport.providedBy(self.transport):
            self.abort("TLS cannot be begun on this connection")
            return
        try:
            creator = tls()
        except VerdigrisError as problem:
            self.abort(str(problem))
            return
        checked = creator.reporting_to(self) if isinstance(creator, VerifyingTls) else creator
        self.transport.startTLS(checked)
        terminal.tls_started()

    def trace(self) -> str:
        """The last traffic in x3270's form, without secrets."""
        return self.trace_later()()

    def trace_later(self) -> Callable[[], str]:
        """The trace as of now, put into words when it is read."""
        traffic, terminal = self.traffic.copy(), self.terminal
        if terminal is None:
            return traffic.text
        return lambda: traffic.text(terminal.codepage_name, terminal)

    def leave(self) -> None:
        """End the connection without telling the listener."""
        self._keepalive.stop()
        self._listener = None
        if self.transport is not None:
            self._intake.release()
            self.transport.loseConnection()


def _ended(reason: Failure) -> str:
    """Why the connection has ended, as part of a sentence."""
    if reason.check(ConnectionDone):
        return "the host closed the connection"
    return reason.getErrorMessage().rstrip(".")
