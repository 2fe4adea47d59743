"""A 5250 terminal in memory at an order host: the engine of the session server, by its public face."""

from typing import Any

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.testing import StringTransport
from zope.interface import implementer

from sesssrvr.terminal.tn5250 import Terminal5250
from sesssrvr.traces.traffic_buffer import TrafficBuffer


@implementer(ITCPTransport)
class Wire(StringTransport):
    """Remembers how it was ended."""

    aborted = False

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802, FBT001  Twisted's name and type
        assert enabled

    def abortConnection(self) -> None:  # noqa: N802  Twisted's name
        self.aborted = True


class Desk:
    """A terminal at a host, whose traffic may be kept."""

    def __init__(self, site: Any, traffic: TrafficBuffer | None = None, **options: Any) -> None:
        self.site = site
        self.traffic = traffic if traffic is not None else TrafficBuffer(lambda: 0.0)
        self.protocol = site.terminal()
        self.wire = Wire()
        self.terminal = Terminal5250(self.send, **options)
        self.protocol.makeConnection(self.wire)
        self.pump()

    def send(self, data: bytes) -> None:
        self.traffic.sent(self.terminal.mask_sent(data))
        self.protocol.dataReceived(data)

    def pump(self) -> None:
        """Bring what the host sent to the terminal, until it is quiet."""
        while data := self.wire.value():
            self.wire.clear()
            self.traffic.received(data)
            self.terminal.feed(data)

    def key(self, name: str, *typed: tuple[int, int, str]) -> str:
        """Type, press a key, take what comes; the id of the screen."""
        for row, column, text in typed:
            self.terminal.move_cursor(row, column)
            self.terminal.key("EraseEOF")
            self.terminal.type(text)
        self.terminal.key(name)
        self.pump()
        return self.id

    def sign_on(self, number: int = 1) -> str:
        return self.key("Enter", (6, 44, f"clerk{number:02}"), (8, 44, f"order{number:02}"))

    @property
    def screen(self) -> Any:
        return self.terminal.screen()

    @property
    def id(self) -> str:
        return self.screen.text(1, 2, 6)

    @property
    def message(self) -> str:
        return self.screen.text(self.screen.rows, 2, 78).strip()

    def text(self, row: int, column: int, length: int) -> str:
        return self.screen.text(row, column, length).strip()

    @property
    def cursor(self) -> tuple[int, int]:
        return self.screen.place(self.screen.cursor)

    @property
    def gone(self) -> bool:
        return self.wire.aborted or self.wire.disconnecting
