"""A VT terminal on a host session: what it has in common on every kind of line.

Law: what the host has sent since the last key is kept, up to `MAX_HEARD` bytes, whatever has been
drawn over it since (`tests/sesssrvr/terminal/vt/test_session.py`).
"""

from typing import Final

from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.vt.hostpages import host_page
from sesssrvr.terminal.vt.terminal import Charset, TerminalVT
from verdigris.errors import HostDataError


MAX_HEARD: Final = 64 * 1024
"""Bytes of a host's answer kept for `heard`: some screens' worth."""


class SessionVT(Terminal):
    """A VT display on one host session; subclasses know the line.

    Nothing a VT host sends is a fault: what the terminal does not know it ignores.

    Args:
        terminal: the display.
        charset: coding of the host, as in `TerminalVT`.

    Attributes:
        terminal: the display.
    """

    __slots__ = ("_codec", "_heard", "_page", "_size", "terminal")

    character_host = True
    faults: tuple[HostDataError, ...] = ()
    fault_count = 0

    def __init__(self, terminal: TerminalVT, charset: Charset) -> None:
        # DEC's multinational set differs from Latin-1 in 14 characters only.
        self._codec = "utf-8" if charset == "utf-8" else "latin-1"
        self._page = host_page(charset)
        self._heard = bytearray()
        self.terminal = terminal
        self._size = terminal.size

    @property
    def ready(self) -> bool:
        """Always: a character host is there once the line is.

        Many say nothing before a key; whether a blank screen is the first is the model's business.
        """
        return True

    def screen(self) -> Screen:
        """The screen as it is now; see `TerminalVT.screen`."""
        return self.terminal.screen()

    def lines(self) -> tuple[str, ...]:
        """All rows, blanks kept."""
        return self.terminal.lines()

    def type(self, text: str) -> None:
        """Type text; what the host sends from now on is its answer. See `TerminalVT.type`."""
        self._heard.clear()
        self.terminal.type(text)

    def key(self, name: str) -> None:
        """Press a key; what the host sends from now on is its answer. See `TerminalVT.key`."""
        self._heard.clear()
        self.terminal.key(name)

    def transmit(self, data: bytes) -> None:
        """Send bytes as they are; see `TerminalVT.transmit`."""
        self.terminal.transmit(data)

    def move_cursor(self, row: int, column: int) -> None:
        """Refuse to move; see `TerminalVT.move_cursor`."""
        self.terminal.move_cursor(row, column)

    def heard(self, text: str) -> bool:
        """Whether the host has sent this text since the last key, drawn over or not."""
        try:
            page = self._page
            coded = text.encode(self._codec) if page is None else page.encode(text)
        except (KeyError, UnicodeEncodeError):
            return False  # the host cannot have sent it
        return coded in self._heard

    def _draw(self, text: bytes) -> bool:
        """Take text of the host; True if it has drawn, moved or switched anything."""
        self._heard += text
        del self._heard[:-MAX_HEARD]
        return self.terminal.feed(text)
