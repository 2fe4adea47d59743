"""The order host as an application of the host shell."""

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IReactorTime

from hostemul.control import Control
from hostemul.faults import Damage
from hostemul.host import HostConnection, Site
from hostemul.order_entry import screens, session
from hostemul.order_entry.book import Book
from hostemul.order_entry.panel import PanelPrinter
from hostemul.protocol.ds5250 import DataStream5250Error, parse
from hostemul.protocol.tn5250 import Host5250, devices


class OrderSite(Site):
    """What all terminals of one order host share.

    Args:
        clock: times delays and the negotiation.
        book: the orders.
        codec: the code page of screens and keyboards.
        control: counters and faults.
        tls: makes TLS connections, from the first byte; None for none.
    """

    def __init__(
        self,
        clock: IReactorTime,
        book: Book,
        codec: str = "cp037",
        control: Control | None = None,
        tls: IOpenSSLServerConnectionCreator | None = None,
    ) -> None:
        super().__init__(clock, codec, control or Control(terminals=devices()), tls)
        self.book = book
        self.printers = {name: PanelPrinter(it, codec) for name, it in screens.PANELS.items()}

    def connection(self) -> HostConnection:
        """A connection with one more 5250 terminal."""
        return OrderConnection(self)


class OrderConnection(HostConnection):
    """One terminal at the order host."""

    def __init__(self, site: OrderSite) -> None:
        self._host = Host5250(site.control.terminals)
        super().__init__(site, self._host)
        self._site = site
        self._state = session.start("")

    def __repr__(self) -> str:
        return f"<OrderConnection {self._host!r} {self._state!r}>"

    def _begin(self, device: str) -> None:
        """The first screen: the sign-on, or the menu after an automatic one."""
        host = self._host
        self._state = session.start(device, wide=host.wide)
        if host.user and host.password:
            typed = {"user": host.user, "password": host.password}
            self._state = session.step(self._site.book, self._state, "ENTER", typed)
            self._control.sign_ons += bool(self._state.user)
        self._show()

    def _key(self, data: bytes) -> None:
        try:
            inbound = parse(data, self._site.codec)
        except DataStream5250Error as problem:
            self._not_read(problem)
            return
        before = self._state
        fields = screens.PANELS[before.screen].named(inbound.fields)
        self._state = session.step(self._site.book, before, inbound.aid, fields)
        if self._state.user and not before.user:
            self._control.sign_ons += 1
        if self._state.over:
            self._end()
        else:
            self._show(error=self._state.wrong)

    def _record(self, *, error: bool) -> bytes:
        state = self._state
        printer = self._site.printers[state.screen]
        if error:
            return printer.error(state.message, state.cursor)
        shown = session.values(self._site.book, state)
        return printer.record(shown, state.cursor, alarm=state.wrong)

    def _confuse(self) -> None:
        self._state = session.unknown(self._state)

    def _damaged(self, record: bytes, damage: Damage) -> bytes:
        return garble(record, damage)


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
