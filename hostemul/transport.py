"""The bank on the network: one Twisted protocol per terminal.

Law: the answer to a key is decided and encoded at once by `bank.session` and `layout`; this shell
only moves bytes, waits where a fault says so, and closes. A bad record ends at most its own session.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

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

from hostemul.bank import screens, session
from hostemul.bank.layout import Printer
from hostemul.bank.ledger import Bank
from hostemul.control import Control, Line
from hostemul.faults import DAMAGES, garble, judge, unknown_due
from hostemul.protocol.ds3270 import DataStreamError, parse_read_modified
from hostemul.protocol.telnet import TelnetError
from hostemul.protocol.tn3270 import (
    Answered,
    Attention,
    Event,
    Host,
    Keyed,
    Ready,
    Refused,
    Secure,
    Terms,
)


NEGOTIATE_WITHIN: Final = 30.0  # seconds; a terminal needs four round trips


@dataclass(slots=True, repr=False)
class Site:
    """What all terminals of one bank share.

    Attributes:
        clock: times delays and the negotiation.
        bank: the books.
        terms: what is negotiated.
        codec: the code page of screens and keyboards.
        control: counters and faults.
        tls: makes TLS connections, for START_TLS.
    """

    clock: IReactorTime
    bank: Bank
    terms: Terms = field(default_factory=Terms)
    codec: str = "cp037"
    control: Control = field(default_factory=Control)
    tls: IOpenSSLServerConnectionCreator | None = None
    printers: Mapping[str, Printer] = field(init=False)

    def __post_init__(self) -> None:
        self.printers = {
            name: Printer(layout, self.codec) for name, layout in screens.LAYOUTS.items()
        }

    def __repr__(self) -> str:
        return f"<Site {self.codec} {self.control!r}>"

    def terminal(self) -> "BankProtocol":
        """The protocol of one more terminal."""
        self.control.connections += 1
        return BankProtocol(self)

    def factory(self) -> "ServerFactory[BankProtocol]":
        """Makes a protocol for each connection."""
        factory: ServerFactory[BankProtocol] = ServerFactory()
        factory.noisy = False
        factory.protocol = self.terminal
        return factory


class BankProtocol(Protocol):
    """One terminal at the bank."""

    log = Logger()

    def __init__(self, site: Site) -> None:
        self._site = site
        self._host = Host(site.terms, site.control.terminals)
        self._state = session.start("")
        self._line = Line(self._drop, self._flush)
        self._luck = Random(f"{site.control.faults.seed}:{site.control.connections}")  # noqa: S311  faults, not secrets
        self._sent = 0
        self._dead = False
        self._held: list[bytes] = []
        self._timers: list[IDelayedCall] = []

    def __repr__(self) -> str:
        return f"<BankProtocol {self._host!r} {self._state!r}>"

    def connectionMade(self) -> None:
        """Begin to negotiate."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._site.control.lines.add(self._line)
        self._timers.append(self._site.clock.callLater(NEGOTIATE_WITHIN, self._too_late))
        self._write(self._host.start())

    def dataReceived(self, data: bytes) -> None:
        """Obey what the terminal sent."""
        try:
            answer, events = self._host.receive(data)
        except TelnetError as problem:
            self._refuse(str(problem))
            return
        if answer:
            self._write(answer)
        for event in events:
            self._on(event)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002  Twisted's hook
        """Forget the terminal; its user is signed off."""
        self._dead = True
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._timers.clear()
        self._held.clear()
        self._host.close()
        self._site.control.lines.discard(self._line)
        session.hang_up(self._site.bank, self._state)

    # Events

    def _on(self, event: Event) -> None:
        match event:
            case Keyed(data):
                self._key(data)
            case Ready(lu):
                self._timers.pop().cancel()
                self._state = session.start(lu)
                self._show()
            case Answered(_, positive):
                self._site.control.refused_records += not positive
            case Attention():
                self._show()
            case Secure():
                self._begin_tls()
            case Refused(reason):
                self._refuse(reason)

    def _key(self, data: bytes) -> None:
        control = self._site.control
        control.keys += 1
        try:
            inbound = parse_read_modified(data, self._site.codec)
        except DataStreamError as problem:
            control.refused_records += 1
            self.log.warn("record not read: {problem}", problem=str(problem), lu=self._host.lu)
            self._show()
            return
        before = self._state
        fields = screens.LAYOUTS[before.screen].named(inbound.fields)
        self._state = session.step(self._site.bank, before, inbound.aid, fields)
        if self._state.user and not before.user:
            control.sign_ons += 1
        if self._state.over:
            self._end()
        else:
            self._show()

    def _begin_tls(self) -> None:
        tls = self._site.tls
        if tls is None or not ITLSTransport.providedBy(self.transport):
            self._refuse("this bank has no certificate")
            return
        self.transport.startTLS(tls)
        self._write(self._host.secured())

    # Sending

    def _show(self) -> None:
        control = self._site.control
        if unknown_due(control.faults, self._sent + 1) or control.take_unknown():
            self._state = session.unknown(self._state)
        state = self._state
        record = self._site.printers[state.screen].record(
            session.values(self._site.bank, state), state.cursor, alarm=state.message[:1] == "E"
        )
        self._sent += 1
        verdict = judge(control.faults, self._sent, self._luck)
        damage = verdict.damage
        if control.take_garble() and not damage:
            damage = self._luck.choice(DAMAGES)
        if verdict.act == "drop" or control.take_drop():
            self._drop()
        elif verdict.act == "send":
            self._send(garble(record, damage) if damage else record, verdict.delay)

    def _send(self, record: bytes, delay: float) -> None:
        if self._site.control.stalled:
            self._held.append(record)
        elif delay:
            self._timers = [timer for timer in self._timers if timer.active()]
            self._timers.append(self._site.clock.callLater(delay, self._send, record, 0.0))
        else:
            self._site.control.records += 1
            self._write(self._host.wrap(record))

    def _flush(self) -> None:
        held, self._held = self._held, []
        for record in held:
            self._send(record, 0.0)

    def _write(self, data: bytes) -> None:
        if not self._dead and self.transport is not None:
            self.transport.write(data)

    # Ending

    def _end(self) -> None:
        self._write(self._host.unbind())
        if self.transport is not None:
            self.transport.loseConnection()

    def _refuse(self, reason: str) -> None:
        self.log.info("connection ended: {reason}", reason=reason, lu=self._host.lu)
        if self.transport is not None:
            self.transport.loseConnection()

    def _too_late(self) -> None:
        self._refuse(f"no 3270 session within {NEGOTIATE_WITHIN:.0f} seconds")

    def _drop(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.abortConnection()
        elif self.transport is not None:
            self.transport.loseConnection()
