"""The order host on the network: one Twisted protocol per terminal.

Law: the answer to a key is decided and encoded at once by `session` and `panel`; this shell only
moves bytes, waits where a fault says so, and closes. A bad record ends at most its own session.
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
)
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from hostemul.control import Control, Line
from hostemul.faults import DAMAGES, Damage, judge, unknown_due
from hostemul.order_entry import screens, session
from hostemul.order_entry.book import Book
from hostemul.order_entry.panel import Printer
from hostemul.protocol.ds5250 import DataStreamError, parse
from hostemul.protocol.telnet import TelnetError
from hostemul.protocol.tn3270 import Answered, Attention, Event, Keyed, Ready, Refused
from hostemul.protocol.tn5250 import Host, devices


NEGOTIATE_WITHIN: Final = 30.0  # seconds; a terminal needs three round trips


@dataclass(slots=True, repr=False)
class Site:
    """What all terminals of one order host share.

    Attributes:
        clock: times delays and the negotiation.
        book: the orders.
        codec: the code page of screens and keyboards.
        control: counters and faults.
        tls: makes TLS connections, from the first byte; None for none.
    """

    clock: IReactorTime
    book: Book
    codec: str = "cp037"
    control: Control = field(default_factory=lambda: Control(terminals=devices()))
    tls: IOpenSSLServerConnectionCreator | None = None
    printers: Mapping[str, Printer] = field(init=False)

    def __post_init__(self) -> None:
        self.printers = {name: Printer(it, self.codec) for name, it in screens.PANELS.items()}

    def __repr__(self) -> str:
        return f"<Site {self.codec} {self.control!r}>"

    def terminal(self) -> "OrderProtocol":
        """The protocol of one more terminal."""
        self.control.connections += 1
        return OrderProtocol(self)

    def factory(self) -> "ServerFactory[OrderProtocol]":
        """Makes a protocol for each connection."""
        factory: ServerFactory[OrderProtocol] = ServerFactory()
        factory.noisy = False
        factory.protocol = self.terminal
        return factory


class OrderProtocol(Protocol):
    """One terminal at the order host."""

    log = Logger()

    def __init__(self, site: Site) -> None:
        self._site = site
        self._host = Host(site.control.terminals)
        self._state = session.start("")
        self._line = Line(self._drop, self._flush)
        self._luck = Random(f"{site.control.faults.seed}:{site.control.connections}")  # noqa: S311  faults, not secrets
        self._sent = 0
        self._dead = False
        self._held: list[bytes] = []
        self._timers: list[IDelayedCall] = []

    def __repr__(self) -> str:
        return f"<OrderProtocol {self._host!r} {self._state!r}>"

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
        """Forget the terminal."""
        self._dead = True
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self._timers.clear()
        self._held.clear()
        self._host.close()
        self._site.control.lines.discard(self._line)

    # Events

    def _on(self, event: Event) -> None:
        match event:
            case Keyed(data):
                self._key(data)
            case Ready(lu):
                self._timers.pop().cancel()
                self._begin(lu)
            case Answered(_, positive):
                self._site.control.refused_records += not positive
            case Attention():
                self._show()
            case Refused(reason):
                self._refuse(reason)

    def _begin(self, device: str) -> None:
        """The first screen: the sign-on, or the menu after an automatic one."""
        host = self._host
        self._state = session.start(device, wide=host.wide)
        if host.user and host.password:
            typed = {"user": host.user, "password": host.password}
            self._state = session.step(self._site.book, self._state, "ENTER", typed)
            self._site.control.sign_ons += bool(self._state.user)
        self._show()

    def _key(self, data: bytes) -> None:
        control = self._site.control
        control.keys += 1
        try:
            inbound = parse(data, self._site.codec)
        except DataStreamError as problem:
            control.refused_records += 1
            self.log.warn("record not read: {problem}", problem=str(problem), lu=self._host.lu)
            self._show()
            return
        before = self._state
        fields = screens.PANELS[before.screen].named(inbound.fields)
        self._state = session.step(self._site.book, before, inbound.aid, fields)
        if self._state.user and not before.user:
            control.sign_ons += 1
        if self._state.over:
            self._end()
        else:
            self._show(error=self._state.wrong)

    # Sending

    def _show(self, *, error: bool = False) -> None:
        """The screen; or, when only a message is new, the message."""
        control = self._site.control
        if unknown_due(control.faults, self._sent + 1) or control.take_unknown():
            self._state = session.unknown(self._state)
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
            self._send(garble(record, damage) if damage else record, verdict.delay)

    def _record(self, *, error: bool) -> bytes:
        state = self._state
        printer = self._site.printers[state.screen]
        if error:
            return printer.error(state.message, state.cursor)
        shown = session.values(self._site.book, state)
        return printer.record(shown, state.cursor, alarm=state.wrong)

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
        if self.transport is not None:
            self.transport.loseConnection()

    def _refuse(self, reason: str) -> None:
        self.log.info("connection ended: {reason}", reason=reason, lu=self._host.lu)
        if self.transport is not None:
            self.transport.loseConnection()

    def _too_late(self) -> None:
        self._refuse(f"no 5250 session within {NEGOTIATE_WITHIN:.0f} seconds")

    def _drop(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.abortConnection()
        elif self.transport is not None:
            self.transport.loseConnection()


def garble(record: bytes, damage: Damage) -> bytes:
    """The record made invalid: cut in an order, with an address beyond the screen, or no command."""
    match damage:
        case "cut":
            return record[: max(4, len(record) // 2)] + b"\x11\x05"  # SBA without its column
        case "address":
            return b"\x04\x11\x00\x00\x11\xff\xff" + record
        case "command":
            return b"\x04\x99" + record[2:]
        case _:
            return record
