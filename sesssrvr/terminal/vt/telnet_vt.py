"""A VT terminal on a telnet connection, without the connection.

The terminal sees what telnet carries and nothing of telnet; options are answered, and asked for
only where the settings say so, so that no host is surprised. RFC 854 (a bare CR is sent as CR
NUL), 856 BINARY, 857 ECHO, 858 SUPPRESS-GO-AHEAD, 885 END-OF-RECORD (what one call sends is a record; a host's marks are not
text), 1073 NAWS, 1091 TERMINAL-TYPE, 1572 NEW-ENVIRON.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sesssrvr.terminal import telnet
from sesssrvr.terminal.new_environ import IS, SEND, variable
from sesssrvr.terminal.vt.session import SessionVT
from sesssrvr.terminal.vt.terminal import Charset, Level, TerminalVT


NAWS: Final = 31

_OURS: Final = frozenset(
    (
        telnet.BINARY,
        telnet.SUPPRESS_GO_AHEAD,
        telnet.TERMINAL_TYPE,
        NAWS,
        telnet.NEW_ENVIRON,
        telnet.END_OF_RECORD,
    )
)
_THEIRS: Final = frozenset(
    (telnet.BINARY, telnet.ECHO, telnet.SUPPRESS_GO_AHEAD, telnet.END_OF_RECORD)
)
# What each terminal can also pass for, best first.
_TYPES: Final[Mapping[Level, tuple[str, ...]]] = {
    "VT420": ("VT420", "VT220", "VT100"),
    "VT220": ("VT220", "VT100"),
    "VT100": ("VT100",),
    "VT52": ("VT52",),
}


class TelnetVT(SessionVT):
    """One VT display on one telnet session: `TerminalVT` for bytes as they are on the wire.

    Args:
        write: takes bytes for the host.
        terminal_types: names offered to the host in turn; by default those of the level.
        environ: variables for hosts that ask (RFC 1572), such as USER or an IBM i's DEVNAME.
        rows, columns, level, charset, answerback: see `TerminalVT`.
        active: options are asked for at once, for hosts that wait for that.

    Raises:
        ValueError: see `TerminalVT`.
    """

    __slots__ = ("_environ", "_offered", "_telnet", "_types", "_write")

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        terminal_types: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        rows: int = 24,
        columns: int = 80,
        level: Level = "VT420",
        charset: Charset = "utf-8",
        answerback: str = "",
        active: bool = False,
    ) -> None:
        self._write = write
        self._telnet = telnet.Telnet(_OURS, _THEIRS)
        terminal = TerminalVT(
            self._send,
            rows=rows,
            columns=columns,
            level=level,
            charset=charset,
            answerback=answerback,
            send_break=self._break,
        )
        super().__init__(terminal, charset)
        self._types = tuple(terminal_types) or _TYPES[level]
        self._offered = 0
        self._environ = dict(environ or {})
        if active:
            for option in (NAWS, telnet.TERMINAL_TYPE):
                self._telnet.request(option, ours=True)
            self._telnet.request(telnet.SUPPRESS_GO_AHEAD, ours=False)
            self._flush()

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True if text is among them, which need not be drawn."""
        said = False
        for event in self._telnet.receive(data):
            match event:
                case telnet.TelnetText(text):
                    self._draw(text)
                    said = True
                case telnet.OptionChanged(ours, option, on):
                    self._option_changed(option, ours=ours, on=on)
                case telnet.Subnegotiation(option, body):
                    self._answer(option, body)
        if self.terminal.size != self._size:
            self._send_size()
        self._flush()
        return said

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the page, and inform the host if it has asked for it."""
        self.terminal.resize(rows, columns)
        self._send_size()
        self._flush()

    @property
    def device_type(self) -> str:
        """What the terminal is to the host: the name it has asked for last."""
        return self._types[max(self._offered - 1, 0)]

    @property
    def negotiated(self) -> str:
        """For people: "telnet" and the options in force, as far as they matter."""
        on = [
            name for name, option, ours in _SHOWN_OPTIONS if self._telnet.is_on(option, ours=ours)
        ]
        return " ".join(["telnet", *on])

    def __repr__(self) -> str:
        return f"<TelnetVT {self.device_type} {self.negotiated} {self.terminal!r}>"

    def _option_changed(self, option: int, *, ours: bool, on: bool) -> None:
        if option == NAWS and ours and on:
            self._send_size()
        elif option == telnet.ECHO and not ours:
            self.terminal.local_echo = not on

    def _answer(self, option: int, body: bytes) -> None:
        if body[:1] != bytes((SEND,)):
            return
        if option == telnet.TERMINAL_TYPE and self._telnet.is_on(option, ours=True):
            # RFC 1091: another name each time, the last one twice, then the first again.
            name = self._types[min(self._offered, len(self._types) - 1)]
            self._offered = self._offered + 1 if self._offered < len(self._types) else 0
            self._telnet.send_subnegotiation(option, bytes((IS,)) + name.encode("ascii", "replace"))
        elif option == telnet.NEW_ENVIRON and self._telnet.is_on(option, ours=True):
            self._telnet.send_subnegotiation(option, bytes((IS,)) + self._variables())

    def _variables(self) -> bytes:
        return b"".join(
            variable(name, value.encode(), "utf-8") for name, value in self._environ.items()
        )

    def _send_size(self) -> None:
        self._size = rows, columns = self.terminal.size
        if self._telnet.is_on(NAWS, ours=True):
            size = columns.to_bytes(2, "big") + rows.to_bytes(2, "big")
            self._telnet.send_subnegotiation(NAWS, size)

    def _send(self, data: bytes) -> None:
        if not self._telnet.is_on(telnet.BINARY, ours=True):
            data = data.replace(b"\r", b"\r\0").replace(b"\r\0\n", b"\r\n")
        if self._telnet.is_on(telnet.END_OF_RECORD, ours=True):
            self._telnet.send_record(data)
        else:
            self._telnet.send_text(data)
        self._flush()

    def _break(self) -> None:
        self._telnet.send_command(telnet.BREAK)
        self._flush()

    def _flush(self) -> None:
        out = self._telnet.out
        if out:
            data = bytes(out)
            out.clear()
            self._write(data)


_SHOWN_OPTIONS: Final = (
    ("echo", telnet.ECHO, False),
    ("binary", telnet.BINARY, True),
    ("size", NAWS, True),
    ("environment", telnet.NEW_ENVIRON, True),
)
