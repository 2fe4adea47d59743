"""The owner of an SSH line, as the layers below see it, and the terminal session asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from twisted.logger import ILogObserver, Logger

from sesssrvr.hosts.ssh.algorithms import Algorithms
from sesssrvr.hosts.ssh.flow import LineFlow
from sesssrvr.hosts.ssh.signon import Credentials
from verdigris.errors import VerdigrisError


def _forget(_: object) -> None:
    """Conch's log goes nowhere."""


QUIET: Final = Logger(observer=cast("ILogObserver", _forget))
"""For Conch, which logs what was sent."""


@dataclass(frozen=True, slots=True)
class SshSession:
    """The terminal session asked for.

    Attributes:
        term: the terminal's name, as terminfo has it.
        rows, columns: of its screen.
        environ: variables the host may take.
        command: run instead of the user's shell, or "".
    """

    term: str
    rows: int = 24
    columns: int = 80
    environ: Mapping[str, str] = field(default_factory=dict)
    command: str = ""


class LineOwner(Protocol):
    """The owner of a line, which hears of everything.

    Attributes:
        address: of the host, for errors.
        algorithms: offered to the host.
        session: asked for.
        flow: is told when the host's window is full.
    """

    address: str
    algorithms: Algorithms
    session: SshSession
    flow: LineFlow

    def heard(self) -> None:
        """The host has sent something."""

    def judge(self, blob: bytes) -> None:
        """See that a host key is good; raises a HostError."""

    def reached(self, stage: str) -> None:
        """What is being done now."""

    @property
    def credentials(self) -> Credentials:
        """What the user can show; asked for when the host is known."""

    def opened(self) -> None:
        """The terminal session is open."""

    def received(self, data: bytes) -> None:
        """The host's program has sent something."""

    def failed(self, problem: VerdigrisError) -> None:
        """It cannot go on."""

    def disconnected(self, said: str) -> None:
        """The host ends the connection with these words."""

    def ended(self, how: str) -> None:
        """The host's program has ended."""

    def lost(self, why: str) -> None:
        """The connection is gone."""
