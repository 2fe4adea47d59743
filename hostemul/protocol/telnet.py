"""Telnet as a host reads it: bytes in, commands, options and records out.

Law: every byte fed ends up in exactly one event or waits for the rest of its own; how the network
cuts the stream never matters. Nothing waits without bound: a record or subnegotiation that grows
beyond its limit is refused.
"""

from dataclasses import dataclass
from typing import Final


IAC: Final = 0xFF  # RFC 854
DONT: Final = 0xFE
DO: Final = 0xFD
WONT: Final = 0xFC
WILL: Final = 0xFB
SB: Final = 0xFA
AO: Final = 0xF5  # SYSREQ (RFC 2355, section 11)
IP: Final = 0xF4  # ATTN in TN3270E (RFC 2355, section 11)
BREAK: Final = 0xF3  # ATTN in classic TN3270 (RFC 1576, section 3)
SE: Final = 0xF0
EOR: Final = 0xEF  # RFC 885

BINARY: Final = 0  # RFC 856
TIMING_MARK: Final = 6  # RFC 860
TERMINAL_TYPE: Final = 24  # RFC 1091
END_OF_RECORD: Final = 25  # RFC 885
TN3270E: Final = 40  # RFC 2355
START_TLS: Final = 46  # draft-altman-telnet-starttls
FOLLOWS: Final = b"\x01"
SEND: Final = b"\x01"  # RFC 1091: tell your terminal type

MAX_RECORD: Final = 64 * 1024  # four times what the largest 3270 screen can send
MAX_OPTION: Final = 1024  # a device type and an LU name need 30

_DOUBLE: Final = bytes((IAC, IAC))
_END: Final = bytes((IAC, EOR))


class TelnetError(ValueError):
    """A stream this host does not go on with."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of its own, such as IAC BREAK."""

    code: int


@dataclass(frozen=True, slots=True)
class Option:
    """DO, DONT, WILL or WONT an option."""

    verb: int
    option: int


@dataclass(frozen=True, slots=True)
class Subnegotiation:
    """The content between IAC SB option and IAC SE."""

    option: int
    data: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """Data up to IAC EOR."""

    data: bytes

    def __repr__(self) -> str:
        return f"<Record of {len(self.data)} bytes>"  # may hold a password


Event = Command | Option | Subnegotiation | Record


def encode(event: Event) -> bytes:
    """The bytes of an event."""
    match event:
        case Record(data):
            return data.replace(b"\xff", _DOUBLE) + _END
        case Subnegotiation(option, data):
            return bytes((IAC, SB, option)) + data.replace(b"\xff", _DOUBLE) + bytes((IAC, SE))
        case Option(verb, option):
            return bytes((IAC, verb, option))
        case Command(code):
            return bytes((IAC, code))


class Framer:
    """Cuts a telnet stream into events; `loose` holds the data of a record not yet ended."""

    __slots__ = ("_option", "_rest", "_sub", "loose")

    def __init__(self) -> None:
        self._rest = b""
        self._sub = bytearray()
        self._option: int | None = None
        self.loose = bytearray()

    def __repr__(self) -> str:
        return f"<Framer {len(self.loose)} loose>"

    def feed(self, data: bytes) -> list[Event]:
        """Events completed by these bytes.

        Raises:
            TelnetError: a record or subnegotiation is too long, or a command is none.
        """
        if not self._rest and not self.loose and self._option is None:
            # One whole record without X'FF' inside: nearly every keystroke.
            end = data.find(IAC)
            if end >= 0 and end == len(data) - 2 and data[end + 1] == EOR:
                return [Record(data[:end])]
        return self._walk(self._rest + data)

    def _walk(self, data: bytes) -> list[Event]:
        events: list[Event] = []
        at = 0
        while True:
            mark = data.find(IAC, at)
            self._keep(data[at:] if mark < 0 else data[at:mark])
            if mark < 0:
                self._rest = b""
                return events
            size = self._command(data[mark : mark + 3], events)
            if not size:
                self._rest = data[mark:]
                return events
            at = mark + size

    def _keep(self, plain: bytes) -> None:
        into, limit = (self.loose, MAX_RECORD) if self._option is None else (self._sub, MAX_OPTION)
        into += plain
        if len(into) > limit:
            raise TelnetError(f"more than {limit} bytes without an end")

    def _command(self, head: bytes, events: list[Event]) -> int:
        """Obey the command at the start of `head`; its size, or 0 when it is not all there."""
        if len(head) < 2:  # noqa: PLR2004  IAC and a code
            return 0
        code = head[1]
        if code == IAC:
            self._keep(b"\xff")
        elif code == SE and self._option is not None:
            events.append(Subnegotiation(self._option, bytes(self._sub)))
            self._option = None
            self._sub.clear()
        elif code in (SB, WILL, WONT, DO, DONT):
            if len(head) < 3:  # noqa: PLR2004  and an option
                return 0
            if code == SB:
                self._option = head[2]
            else:
                events.append(Option(code, head[2]))
            return 3
        elif code == EOR:
            events.append(Record(bytes(self.loose)))
            self.loose.clear()
        else:
            events.append(Command(code))
        return 2
