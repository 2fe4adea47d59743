"""VT terminals made from a model's host settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Self, cast

from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.hosts.ssh.owner import SshSession
from sesssrvr.hosts.ssh.settings import is_ssh
from sesssrvr.model import HostSettings
from sesssrvr.terminal.vt import CHARSETS, LEVELS, RawVT, TelnetVT, charset_name
from sesssrvr.terminal.vt.terminal import Charset, Level
from verdigris.errors import HostUnreachable


@dataclass(frozen=True, slots=True)
class SettingsVT:
    """Settings of a VT terminal, read from a model's host settings.

    Attributes:
        types: terminal types offered to the host; () for those of the level.
        environ: variables for hosts that ask.
        rows, columns, level, charset: see `sesssrvr.terminal.vt.TerminalVT`.
        active: telnet's options are asked for at once.
    """

    types: tuple[str, ...]
    environ: Mapping[str, str]
    rows: int
    columns: int
    level: Level
    charset: Charset
    active: bool = False

    @classmethod
    def of(cls, host: HostSettings) -> Self:
        """The settings of a VT host.

        Raises:
            HostUnreachable: there is no such model, or an option has no meaning.
        """
        charset = charset_name(host.option("charset") or "utf-8")
        size = (host.option("rows") or "24", host.option("columns") or "80")
        if host.model not in LEVELS:
            problem = f"this version has no terminal of type VT model {host.model}"
        elif charset not in CHARSETS:
            near = get_close_matches(charset, CHARSETS, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            problem = f"there is no charset {charset}{meant}"
        elif not all(one.isdecimal() for one in size):
            problem = f"a screen of {size[0]} rows and {size[1]} columns"
        else:
            return cls(
                tuple(host.option("terminal-type").split()),
                host.environment,
                int(size[0]),
                int(size[1]),
                cast("Level", host.model),
                charset,
                host.option("telnet-negotiation") == "active",
            )
        raise HostUnreachable(host=f"{host.host}:{host.port}", reason=problem)

    def telnet(self, write: Callable[[bytes], None]) -> TelnetVT:
        """A terminal on a telnet session."""
        return TelnetVT(
            write,
            terminal_types=self.types,
            environ=self.environ,
            rows=self.rows,
            columns=self.columns,
            level=self.level,
            charset=self.charset,
            active=self.active,
        )

    def raw(self, write: Callable[[bytes], None]) -> RawVT:
        """A terminal on a line that carries bytes as they are."""
        return RawVT(
            write, rows=self.rows, columns=self.columns, level=self.level, charset=self.charset
        )


TERMS: Final[Mapping[Level, str]] = {
    "VT52": "vt52",
    "VT100": "vt100",
    "VT220": "vt220",
    "VT420": "vt220",  # many hosts have no entry for the VT420, which is a VT220 and more
}
"""The terminfo name of each level, for SSH, where one name has to do."""


def session_of(host: HostSettings) -> SshSession:
    """The terminal session to ask an SSH host for.

    Raises:
        HostUnreachable: there is no such model, or an option has no meaning.
    """
    wanted = SettingsVT.of(host)
    term = wanted.types[0] if wanted.types else TERMS[wanted.level]
    command = host.option("ssh-command")
    return SshSession(term, wanted.rows, wanted.columns, wanted.environ, command)


def make_vt(host: HostSettings) -> TerminalFactory:
    """A factory of VT terminals, on telnet sessions or on raw lines such as those of SSH.

    Raises:
        HostUnreachable: there is no such model, or an option has no meaning.
    """
    wanted = SettingsVT.of(host)
    make = wanted.raw if is_ssh(host) else wanted.telnet
    try:
        make(lambda _: None)  # a size out of range is refused here, not inside a connection
    except ValueError as problem:
        raise HostUnreachable(host=f"{host.host}:{host.port}", reason=problem) from None
    return TerminalFactory(make)
