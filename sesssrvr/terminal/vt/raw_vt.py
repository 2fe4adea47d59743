"""A VT terminal on a line that carries its bytes as they are, such as a channel of SSH.

The size of the screen and breaks travel beside the bytes, as signals of the line.
"""

from collections.abc import Callable

from sesssrvr.terminal.contract import LineSignals
from sesssrvr.terminal.vt.session import SessionVT
from sesssrvr.terminal.vt.terminal import Charset, Level, TerminalVT


class RawVT(SessionVT):
    """One VT display on one raw line.

    Args:
        write: takes bytes for the host.
        rows, columns, level, charset: see `TerminalVT`.

    Raises:
        ValueError: see `TerminalVT`.
    """

    __slots__ = ("_signals",)

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        rows: int = 24,
        columns: int = 80,
        level: Level = "VT420",
        charset: Charset = "utf-8",
    ) -> None:
        self._signals: LineSignals | None = None
        terminal = TerminalVT(
            write,
            rows=rows,
            columns=columns,
            level=level,
            charset=charset,
            send_break=self._break,
        )
        super().__init__(terminal, charset)

    def __repr__(self) -> str:
        return f"<RawVT {self.terminal!r}>"

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True, as a model may wait for what is not drawn."""
        self._draw(data)
        if self.terminal.size != self._size:
            self._size = self.terminal.size
            if self._signals is not None:
                self._signals.resize(*self._size)
        return True

    def use_signals(self, line: LineSignals) -> None:
        """Take the line that size and breaks are sent on."""
        self._signals = line

    def _break(self) -> None:
        if self._signals is not None:
            self._signals.send_break()
