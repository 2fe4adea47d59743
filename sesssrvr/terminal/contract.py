"""The contract of a terminal: what a host session may ask of any engine.

A host session (`sesssrvr.hosts`) drives every kind of terminal through `Terminal` and never asks for
its class. Engines inherit from it. What only some protocols have (TLS begun within the session, a
refusal, signals beside the bytes) is a member with a neutral value here, which those engines
override; so a new engine writes down nothing but what it has.

Law: every engine behaves as said here, before, during and after negotiation
(`tests/sesssrvr/terminal/test_contract.py` runs on all of them).
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

from sesssrvr.terminal.screen import Screen
from verdigris.errors import HostDataError


@runtime_checkable
class LineSignals(Protocol):
    """A line that carries signals beside its bytes, as SSH does (RFC 4254 section 6.7, RFC 4335)."""

    def resize(self, rows: int, columns: int) -> None:
        """Send the size of the screen."""

    def send_break(self) -> None:
        """Send a break."""


class Terminal(Protocol):
    """A terminal without its connection: host bytes in, host bytes out, a screen to read.

    Attributes:
        character_host: the host takes single characters and locks no keyboard while it works (VT):
            that an answer is still owed does not show on the screen.
    """

    __slots__ = ()

    character_host: ClassVar[bool] = False

    # ---- the host's side ---------------------------------------------------------------------

    @abstractmethod
    def feed(self, data: bytes) -> bool:
        """Take bytes from the host, split anywhere; True if the screen may have changed."""

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether negotiation is over and the host has taken the terminal."""

    @property
    @abstractmethod
    def faults(self) -> Sequence[HostDataError]:
        """The latest records of the host that were not valid; see `fault_count`."""

    @property
    @abstractmethod
    def fault_count(self) -> int:
        """Number of all such records: after one the screen may not be what the host assumes."""

    def heard(self, text: str) -> bool:
        """Whether a character host has sent this text since the last key."""
        del text
        return False

    # ---- the operator's side -----------------------------------------------------------------

    @abstractmethod
    def screen(self) -> Screen:
        """The screen as it is now, hidden text blank."""

    @abstractmethod
    def type(self, text: str) -> None:
        """Type text at the cursor.

        Raises:
            OperatorError: the terminal refuses a character.
        """

    @abstractmethod
    def move_cursor(self, row: int, column: int) -> None:
        """Move the cursor to a 1-based row and column.

        Raises:
            OperatorError: the terminal refuses it.
        """

    @abstractmethod
    def key(self, name: str) -> None:
        """Press a key by its name, in any case.

        Raises:
            OperatorError: there is no such key, or the terminal refuses it.
        """

    # ---- refusals ----------------------------------------------------------------------------

    @property
    def refusal(self) -> str:
        """Why the host will not give a session, as a sentence; "" while it may."""
        return ""

    @property
    def last_refusal(self) -> str:
        """What the host has refused so far while negotiation goes on; "" for nothing."""
        return ""

    # ---- TLS begun within the session --------------------------------------------------------

    @property
    def tls_wanted(self) -> bool:
        """Whether the next bytes in both directions are TLS; answered by `tls_started`."""
        return False

    @property
    def tls_missing(self) -> bool:
        """Whether TLS is required and the host goes on without it."""
        return False

    def tls_started(self) -> None:
        """Take note that TLS has begun, here or below the session."""
        return

    # ---- the line ----------------------------------------------------------------------------

    def use_signals(self, line: LineSignals) -> None:
        """Take a line that carries the screen's size and breaks beside the bytes."""
        del line

    @property
    def codepage_name(self) -> str:
        """The EBCDIC code page of the host, in which a trace is searched for secrets."""
        return "cp037"

    def mask_sent(self, data: bytes) -> bytes:
        """The bytes just sent, with secrets masked and their length kept: for traces."""
        return data

    def mask_received(self, data: bytes) -> bytes:
        """Bytes of the host, with hidden text masked and their length kept: for traces."""
        return data
