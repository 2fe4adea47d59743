"""Terminals of VT hosts, as a model's host settings want them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self, cast

from sesssrvr.hosts.connection import Line, MakeTerminal, Terminal
from sesssrvr.hosts.ssh.owner import SshSession
from sesssrvr.hosts.ssh.settings import is_ssh
from sesssrvr.model import HostSettings
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.vt import CHARSETS, LEVELS, TelnetVT, TerminalVT
from sesssrvr.terminal.vt.terminal import Charset, Level
from verdigris.errors import HostDataError, HostUnreachable


MAX_HEARD: Final = 64 * 1024
"""Bytes of a host's answer that are kept for `WaitForCommString`: some screens' worth."""


class ListeningVT(TelnetVT):
    """A VT on a telnet session that can be asked what the host has sent since the last key.

    Nothing a VT host sends is a fault: what the terminal does not know it ignores.

    Args:
        write: takes bytes for the host.
        look: what the host settings want.
    """

    __slots__ = ("_codec", "_heard")

    faults: tuple[HostDataError, ...] = ()
    fault_count = 0

    def __init__(self, write: Callable[[bytes], None], look: "Look") -> None:
        self._codec, self._heard = look.codec, bytearray()
        super().__init__(
            write,
            terminal_types=look.types,
            environ=look.environ,
            rows=look.rows,
            columns=look.columns,
            level=look.level,
            charset=look.charset,
        )

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True once the host has sent text: somebody may wait for it."""
        self._heard += data
        del self._heard[:-MAX_HEARD]
        return super().feed(data) or self.ready

    def type(self, text: str) -> None:
        """Type text; what the host sends from now on is its answer."""
        self._heard.clear()
        super().type(text)

    def key(self, name: str) -> None:
        """Press a key; what the host sends from now on is its answer."""
        self._heard.clear()
        super().key(name)

    def heard(self, text: str) -> bool:
        """The host has sent this since the last key, whatever it has drawn over it since."""
        return text.encode(self._codec, "replace") in self._heard


class LineVT:
    """A VT on a line that carries bytes as they are, and size and break beside them: SSH.

    Args:
        write: takes bytes for the host.
        look: what the host settings want.

    Attributes:
        line: told of changes of the screen's size, and of breaks.
        terminal: the display.
    """

    __slots__ = ("_codec", "_heard", "_size", "line", "terminal")

    faults: tuple[HostDataError, ...] = ()
    fault_count = 0

    def __init__(self, write: Callable[[bytes], None], look: "Look") -> None:
        self._codec, self._heard = look.codec, bytearray()
        self.line: Line | None = None
        self.terminal = TerminalVT(
            write,
            rows=look.rows,
            columns=look.columns,
            level=look.level,
            charset=look.charset,
            send_break=self._break,
        )
        self.terminal.connected = False
        self._size = self.terminal.size

    def __repr__(self) -> str:
        return f"<LineVT {self.terminal!r}>"

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True, as somebody may wait for them."""
        self._heard += data
        del self._heard[:-MAX_HEARD]
        self.terminal.connected = True
        self.terminal.feed(data)
        if self.terminal.size != self._size and self.line is not None:
            self._size = self.terminal.size
            self.line.resize(*self._size)
        return True

    def screen(self) -> Screen:
        """The screen as it is now."""
        return self.terminal.screen()

    @property
    def ready(self) -> bool:
        """The host has sent text."""
        return self.terminal.connected

    def type(self, text: str) -> None:
        """Type text; what the host sends from now on is its answer."""
        self._heard.clear()
        self.terminal.type(text)

    def key(self, name: str) -> None:
        """Press a key; what the host sends from now on is its answer."""
        self._heard.clear()
        self.terminal.key(name)

    def transmit(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.terminal.transmit(data)

    def move_cursor(self, row: int, column: int) -> None:
        """Refused; see `TerminalVT.move_cursor`."""
        self.terminal.move_cursor(row, column)

    def heard(self, text: str) -> bool:
        """The host has sent this since the last key, whatever it has drawn over it since."""
        return text.encode(self._codec, "replace") in self._heard

    def _break(self) -> None:
        if self.line is not None:
            self.line.send_break()


@dataclass(frozen=True, slots=True)
class Look:
    """A VT as its host is to see it.

    Attributes:
        types: terminal types told to the host; () are those of the level.
        environ: variables told to hosts that ask.
        rows, columns, level, charset: see `sesssrvr.terminal.vt.TerminalVT`.
    """

    types: tuple[str, ...]
    environ: Mapping[str, str]
    rows: int
    columns: int
    level: Level
    charset: Charset

    @property
    def codec(self) -> str:
        """Python's name of the host's coding; DEC's multinational set is Latin-1 but for 14 signs."""
        return "utf-8" if self.charset == "utf-8" else "latin-1"

    @classmethod
    def of(cls, host: HostSettings) -> Self:
        """What the settings want.

        Raises:
            HostUnreachable: there is no such model, or an option has no meaning.
        """
        charset = host.option("charset") or "utf-8"
        size = (host.option("rows") or "24", host.option("columns") or "80")
        if host.model not in LEVELS:
            problem = f"this version has no terminal of type VT model {host.model}"
        elif charset not in CHARSETS:
            problem = f"there is no charset {charset}"
        elif not all(one.isdecimal() for one in size):
            problem = f"a screen of {size[0]} rows and {size[1]} columns"
        else:
            pairs = (word.partition("=") for word in host.option("environment").split())
            return cls(
                tuple(host.option("terminal-type").split()),
                {name: value for name, equals, value in pairs if equals},
                int(size[0]),
                int(size[1]),
                cast("Level", host.model),
                cast("Charset", charset),
            )
        raise HostUnreachable(host=f"{host.host}:{host.port}", reason=problem)


TERMS: Final[Mapping[Level, str]] = {
    "VT52": "vt52",
    "VT100": "vt100",
    "VT220": "vt220",
    "VT420": "vt220",  # many hosts have no entry for the VT420, which is a VT220 and more
}
"""What a terminal is called by terminfo, where one name has to do (SSH)."""


def session_of(host: HostSettings) -> SshSession:
    """The terminal session to ask an SSH host for.

    Raises:
        HostUnreachable: there is no such model, or an option has no meaning.
    """
    look = Look.of(host)
    term = look.types[0] if look.types else TERMS[look.level]
    return SshSession(term, look.rows, look.columns, look.environ, host.option("ssh-command"))


def make_vt(host: HostSettings) -> MakeTerminal:
    """Makes VT terminals on telnet sessions, or on those of SSH.

    Raises:
        HostUnreachable: there is no such model, or an option has no meaning.
    """
    look, kind = Look.of(host), LineVT if is_ssh(host) else ListeningVT

    def make(write: Callable[[bytes], None]) -> Terminal:
        return kind(write, look)

    try:
        make(lambda _: None)
    except ValueError as problem:
        raise HostUnreachable(host=f"{host.host}:{host.port}", reason=problem) from None
    return make
