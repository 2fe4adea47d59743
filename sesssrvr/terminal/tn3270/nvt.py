"""NVT data of a 3270 host: text before, between or instead of 3270 screens, drawn as on a VT.

What is typed is sent when Enter is pressed and echoed here, unless the host echoes (telnet
ECHO): then each character is sent at once and only the host draws. RFC 854, RFC 2355 section 10.6.
"""

from collections.abc import Callable
from dataclasses import replace

from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.vt.terminal import TerminalVT


MAX_LINE = 4096
"""Characters typed and not yet sent."""


class Nvt:
    """The VT side of a 3270 terminal.

    Args:
        send: takes bytes for the host.
        size: rows and columns.

    Attributes:
        remote_echo: the host draws what is typed.
    """

    __slots__ = ("_line", "_send", "_vt", "remote_echo")

    def __init__(self, send: Callable[[bytes], None], size: tuple[int, int]) -> None:
        rows, columns = size
        self._send = send
        self._vt = TerminalVT(send, rows=rows, columns=columns, level="VT220")
        self._line = ""
        self.remote_echo = False

    def feed(self, data: bytes) -> None:
        """Draw what the host sent."""
        self._vt.feed(data)

    def type(self, text: str) -> None:
        """Type.

        Raises:
            OperatorError: the keyboard is locked, or a character cannot be sent.
        """
        if self.remote_echo:
            self._vt.type(text)
        else:
            self._line = (self._line + text)[:MAX_LINE]
            self._vt.feed(text.encode())

    def key(self, name: str) -> None:
        """Press a key.

        Raises:
            OperatorError: there is none of that name.
        """
        wanted = name.casefold()
        if self.remote_echo:
            self._vt.key(name)
        elif wanted == "enter":
            line, self._line = self._line, ""
            self._vt.feed(b"\r\n")
            self._send(line.encode() + b"\r\n")
        elif wanted == "backspace":
            if self._line:
                self._line = self._line[:-1]
                self._vt.feed(b"\b \b")
        elif wanted != "reset":
            self._vt.key(name)

    def move_cursor(self, row: int, column: int) -> None:
        """See `TerminalVT.move_cursor`."""
        self._vt.move_cursor(row, column)

    def screen(self, *, version: int, unlocks: int) -> Screen:
        """The screen as it is now, counted with those of 3270 data."""
        return replace(self._vt.screen(), version=version, unlocks=unlocks)
