"""The shell of every host: one Twisted protocol per terminal, whatever the application.

An application answers keys with screens (`HostConnection`'s abstract methods, all of them pure but
for its own data); the shell moves bytes, waits where a fault says so, counts, and closes. A bad
record ends at most its own session.
"""

from abc import ABC, abstractmethod
from random import Random
from typing import Final
from typing import Protocol as Shape

from twisted.internet.interfaces import (
    IDelayedCall,
    IOpenSSLServerConnectionCreator,
    IReactorTime,
    ITCPTransport,
    ITLSTransport,
)
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from hostemul.control import Control, Line
from hostemul.faults import DAMAGES, Damage, judge, unknown_due
from hostemul.protocol.telnet import TelnetError
from hostemul.protocol.tn3270 import Answered, Attention, Event, Keyed, Ready, Refused, Secure


NEGOTIATE_WITHIN: Final = 30.0
"""Seconds; a terminal needs three or four round trips."""


class Negotiation(Shape):
    """The host's side of TN3270E or TN5250."""

    lu: str

    def start(self) -> bytes:
        """What is sent first."""

    def receive(self, data: bytes) -> tuple[bytes, list[Event]]:
        """Bytes to answer, and what the terminal did."""

    def wrap(self, record: bytes) -> bytes:
        """A record as it is sent."""

    def close(self) -> None:
        """Give the device name back."""


class Site(ABC):
    """What all terminals of one host share.

    Args:
        clock: times delays and the negotiation.
        codec: the code page of screens and keyboards.
        control: counters and faults.
        tls: makes TLS connections, None for none.
    """

    def __init__(
        self,
        clock: IReactorTime,
        codec: str,
        control: Control,
        tls: IOpenSSLServerConnectionCreator | None,
    ) -> None:
        self.clock = clock
        self.codec = codec
        self.control = control
        self.tls = tls

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.codec} {self.control!r}>"

    @abstractmethod
    def connection(self) -> "HostConnection":
        """A connection with one more terminal."""

    def terminal(self) -> "HostConnection":
        """The protocol of one more terminal, counted."""
        self.control.connections += 1
        return self.connection()

    def factory(self) -> "ServerFactory[HostConnection]":
        """Makes a protocol for each connection."""
        factory: ServerFactory[HostConnection] = ServerFactory()
        factory.noisy = False
        factory.protocol = self.terminal
        return factory


class HostConnection(Protocol, ABC):
    """One terminal at a host.

    Args:
        site: shared by all terminals of the host.
        negotiation: the protocol of its kind of terminal.
    """

    log = Logger()

    def __init__(self, site: Site, negotiation: Negotiation) -> None:
        self._control = site.control
        self._clock = site.clock
        self._tls = site.tls
        self._negotiation = negotiation
        self._line = Line(self._drop, self._flush)
        self._luck = Random(f"{site.control.faults.seed}:{site.control.connections}")  # noqa: S311  faults, not secrets
        self._sent = 0
        self._dead = False
        self._held: list[bytes] = []
        self._timers: list[IDelayedCall] = []

    # What an application decides

    @abstractmethod
    def _begin(self, device: str) -> None:
        """Show the first screen to a terminal that is ready."""

    @abstractmethod
    def _key(self, data: bytes) -> None:
        """Answer a record of the terminal."""

    @abstractmethod
    def _record(self, *, error: bool) -> bytes:
        """The screen as a record; or only its message, if that is new."""

    @abstractmethod
    def _confuse(self) -> None:
        """Go to a screen that no model knows."""

    @abstractmethod
    def _damaged(self, record: bytes, damage: Damage) -> bytes:
        """The record made invalid."""

    def _secured(self) -> bytes:
        """What follows the start of TLS within a session."""
        return b""

    def _goodbye(self) -> bytes:
        """What the host sends before it ends the connection."""
        return b""

    def _hang_up(self) -> None:
        """The terminal is gone."""

    # Receiving

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's hook
        """Begin to negotiate."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._control.lines.add(self._line)
        self._timers.append(self._clock.callLater(NEGOTIATE_WITHIN, self._too_late))
        self._write(self._negotiation.start())

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's hook
        """Obey what the terminal sent."""
        try:
            answer, events = self._negotiation.receive(data)
        except TelnetError as problem:
            self._refuse(str(problem))
            return
        if answer:
            self._write(answer)
        for event in events:
            self._on(event)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted's hook
        """Forget the terminal; its user is signed off."""
        self._dead = True
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._timers.clear()
        self._held.clear()
        self._negotiation.close()
        self._control.lines.discard(self._line)
        self._hang_up()

    def _on(self, event: Event) -> None:
        match event:
            case Keyed(data):
                self._control.keys += 1
                self._key(data)
            case Ready(device):
                self._timers.pop().cancel()
                self._begin(device)
            case Answered(_, positive):
                self._control.refused_records += not positive
            case Attention():
                self._show()
            case Secure():
                self._begin_tls()
            case Refused(reason):
                self._refuse(reason)

    def _not_read(self, problem: Exception) -> None:
        """Show the screen again after a record that is not valid."""
        self._control.refused_records += 1
        self.log.warn("record not read: {problem}", problem=str(problem), lu=self._negotiation.lu)
        self._show()

    def _begin_tls(self) -> None:
        if self._tls is None or not ITLSTransport.providedBy(self.transport):
            self._refuse("this host has no certificate")
            return
        self.transport.startTLS(self._tls)
        self._write(self._secured())

    # Sending

    def _show(self, *, error: bool = False) -> None:
        """The screen; or, when only a message is new, the message."""
        control = self._control
        if unknown_due(control.faults, self._sent + 1) or control.take_unknown():
            self._confuse()
            error = False
        record = self._record(error=error)
        self._sent += 1
        verdict = judge(control.faults, self._sent, self._luck)
        damage = verdict.damage
        if control.take_garble() and not damage:
            damage = self._luck.choice(DAMAGES)
        if verdict.act == "drop" or control.take_drop():
            self._drop()
        elif verdict.act == "send":
            self._send(self._damaged(record, damage) if damage else record, verdict.delay)

    def _send(self, record: bytes, delay: float) -> None:
        if self._control.stalled:
            self._held.append(record)
        elif delay:
            self._timers = [timer for timer in self._timers if timer.active()]
            self._timers.append(self._clock.callLater(delay, self._send, record, 0.0))
        else:
            self._control.records += 1
            self._write(self._negotiation.wrap(record))

    def _flush(self) -> None:
        held, self._held = self._held, []
        for record in held:
            self._send(record, 0.0)

    def _write(self, data: bytes) -> None:
        if not self._dead and self.transport is not None:
            self.transport.write(data)

    # Ending

    def _end(self) -> None:
        self._write(self._goodbye())
        if self.transport is not None:
            self.transport.loseConnection()

    def _refuse(self, reason: str) -> None:
        self.log.info("connection ended: {reason}", reason=reason, lu=self._negotiation.lu)
        if self.transport is not None:
            self.transport.loseConnection()

    def _too_late(self) -> None:
        self._refuse(f"no terminal session within {NEGOTIATE_WITHIN:.0f} seconds")

    def _drop(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.abortConnection()
        elif self.transport is not None:
            self.transport.loseConnection()
