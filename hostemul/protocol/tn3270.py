"""The host's side of TN3270E and of classic TN3270 on one port, without a network.

Law: TN3270E is offered first; a terminal that refuses it gets classic TN3270. No record goes out
before `Ready`, and none is taken. A terminal that negotiates something else is told no, once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from hostemul.protocol import telnet
from hostemul.protocol.negotiation import Negotiation
from hostemul.protocol.telnet import DO, WILL, WONT, Framer, Option, Subnegotiation
from hostemul.terminals import LuRefused, Terminals


class Word(IntEnum):
    """Words of the TN3270E subnegotiation (RFC 2355, section 4)."""

    ASSOCIATE = 0
    CONNECT = 1
    DEVICE_TYPE = 2
    FUNCTIONS = 3
    IS = 4
    REASON = 5
    REJECT = 6
    REQUEST = 7
    SEND = 8


class Function(IntEnum):
    """Functions a TN3270E session may have (RFC 2355, section 7.2)."""

    BIND_IMAGE = 0
    DATA_STREAM_CTL = 1
    RESPONSES = 2
    SCS_CTL_CODES = 3
    SYSREQ = 4


class DataType(IntEnum):
    """First byte of a TN3270E header (RFC 2355, section 8.1.1)."""

    DATA_3270 = 0
    SCS_DATA = 1
    RESPONSE = 2
    BIND_IMAGE = 3
    UNBIND = 4
    NVT_DATA = 5
    REQUEST = 6
    SSCP_LU_DATA = 7
    PRINT_EOJ = 8


RESPONSE_FLAGS: Final = {"none": 0, "error": 1, "always": 2}  # RFC 2355, section 8.1.3
HEADER: Final = 5
UNBIND_NORMAL: Final = 1  # RFC 2355, section 10.4
CLASSIC: Final = (telnet.END_OF_RECORD, telnet.BINARY)


@dataclass(frozen=True, slots=True)
class Terms:
    """What this host offers.

    Attributes:
        tn3270e: offer it at all.
        functions: granted when asked for.
        responses: "none", "error" or "always": which records ask for a RESPONSE, if that function
            is agreed on.
        start_tls: "offer" TLS within the session before anything else, or "require" it.
    """

    tn3270e: bool = True
    functions: Collection[Function] = (Function.BIND_IMAGE, Function.RESPONSES, Function.SYSREQ)
    responses: str = "error"
    start_tls: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """The session stands."""

    lu: str
    device: str
    extended: bool
    functions: frozenset[int]


@dataclass(frozen=True, slots=True, repr=False)
class Keyed:
    """A 3270 record from the keyboard."""

    data: bytes

    def __repr__(self) -> str:
        return f"<Keyed {len(self.data)} bytes>"  # may hold a password


@dataclass(frozen=True, slots=True)
class Answered:
    """A RESPONSE to a record of ours; not positive: the terminal could not obey it."""

    number: int
    positive: bool


@dataclass(frozen=True, slots=True)
class Attention:
    """ATTN or SYSREQ."""

    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The terminal and this host do not come together; the connection is to be ended."""

    reason: str


@dataclass(frozen=True, slots=True)
class Secure:
    """Both sides have agreed that the next bytes are TLS; see `Host3270.secured`."""


Event = Ready | Keyed | Answered | Attention | Refused | Secure


class Host3270:
    """One terminal's connection.

    Args:
        terms: what is offered.
        terminals: hands out LU names; `close` gives this one's back.
    """

    __slots__ = (
        "_extended",
        "_flag",
        "_framer",
        "_number",
        "_options",
        "_secure",
        "_terminals",
        "_terms",
        "device",
        "functions",
        "lu",
        "ready",
    )  # fmt: skip

    def __init__(self, terms: Terms, terminals: Terminals) -> None:
        self._terms = terms
        self._terminals = terminals
        self._framer = Framer()
        self._options = Negotiation()
        self._extended = False
        self._number = 0
        self._flag = 0
        self.lu = ""
        self.device = ""
        self.functions: frozenset[int] = frozenset()
        self.ready = False
        self._secure = False

    def __repr__(self) -> str:
        kind = "TN3270E" if self._extended else "TN3270"
        return f"<Host3270 {kind} {self.lu or '-'} {'ready' if self.ready else 'negotiating'}>"

    def start(self) -> bytes:
        """What to send first."""
        if self._terms.start_tls and not self._secure:
            self._options.ask(DO, telnet.START_TLS)
        else:
            self._begin_options()
        return self._options.sent()

    def secured(self) -> bytes:
        """TLS has begun: everything starts anew; what to send first."""
        self._secure = True
        self._framer, self._options = Framer(), Negotiation()
        return self.start()

    def _begin_options(self) -> None:
        self._options.ask(DO, telnet.TN3270E if self._terms.tn3270e else telnet.TERMINAL_TYPE)

    def receive(self, data: bytes) -> tuple[bytes, list[Event]]:
        """Take bytes of the terminal: what to send at once, and what happened.

        Raises:
            TelnetError: the stream cannot be gone on with.
        """
        events: list[Event] = []
        for one in self._framer.feed(data):
            match one:
                case telnet.Record(record):
                    self._record(record, events)
                case Option(verb, option):
                    self._option(verb, option, events)
                case Subnegotiation(option, content):
                    self._subnegotiation(option, content, events)
                case telnet.Command(code):
                    self._command(code, events)
        return self._options.sent(), events

    def wrap(self, record: bytes) -> bytes:
        """A 3270 record as it goes over the wire."""
        if not self._extended:
            return record.replace(b"\xff", b"\xff\xff") + b"\xff\xef"
        self._number = (self._number + 1) & 0x7FFF
        return self._framed(DataType.DATA_3270, record, self._flag)

    def unbind(self) -> bytes:
        """What to send before the connection is ended in order."""
        if self.ready and Function.BIND_IMAGE in self.functions:
            return self._framed(DataType.UNBIND, bytes((UNBIND_NORMAL,)))
        return b""

    def close(self) -> None:
        """The connection is gone: free the LU name."""
        self._terminals.give_back(self.lu)

    # Sending

    def _say(self, *words: int, text: str = "", then: bytes = b"") -> None:
        content = bytes(words) + text.encode("ascii") + then
        self._options.say(telnet.TN3270E, content)

    def _framed(self, kind: DataType, data: bytes, flag: int = 0) -> bytes:
        head = bytes((kind, 0, flag)) + self._number.to_bytes(2, "big")
        return (head + data).replace(b"\xff", b"\xff\xff") + b"\xff\xef"

    # Options

    def _option(self, verb: int, option: int, events: list[Event]) -> None:
        if verb in (WILL, DO):
            self._accept(verb, option, events)
        elif verb == WONT and option == telnet.TN3270E and not self.ready:
            self._options.ask(DO, telnet.TERMINAL_TYPE)
        elif verb == WONT and option == telnet.START_TLS and not self._secure:
            if self._terms.start_tls == "require":
                events.append(Refused("the terminal refuses START_TLS"))
            else:
                self._begin_options()
        elif option in (*CLASSIC, telnet.TERMINAL_TYPE) and not self._extended:
            events.append(Refused(f"the terminal refuses telnet option {option}"))

    def _accept(self, verb: int, option: int, events: list[Event]) -> None:
        allowed = {*CLASSIC}
        if verb == WILL:
            allowed.add(telnet.TERMINAL_TYPE)
            if self._terms.tn3270e:
                allowed.add(telnet.TN3270E)
            if self._options.asked(DO, telnet.START_TLS):
                allowed.add(telnet.START_TLS)
        if not self._options.accept(verb, option, allowed):
            return
        if option == telnet.TN3270E:
            self._extended = True
            self._say(Word.SEND, Word.DEVICE_TYPE)
        elif option == telnet.TERMINAL_TYPE:
            self._options.say(option, telnet.SEND)
        elif option == telnet.START_TLS:
            pass  # its FOLLOWS comes next
        elif not self._extended:
            self._classic_ready(events)

    def _classic_ready(self, events: list[Event]) -> None:
        if self.lu and not self.ready and self._options.agreed(CLASSIC):
            self._begin(events)

    def _begin(self, events: list[Event]) -> None:
        self.ready = True
        events.append(Ready(self.lu, self.device, self._extended, self.functions))

    # Subnegotiation

    def _subnegotiation(self, option: int, content: bytes, events: list[Event]) -> None:
        if option == telnet.TERMINAL_TYPE and content[:1] == b"\0":
            self._classic_type(content[1:], events)
        elif option == telnet.START_TLS and content == telnet.FOLLOWS:
            if option in self._options.theirs and not self._secure:
                self._options.say(option, telnet.FOLLOWS)
                events.append(Secure())
        elif option == telnet.TN3270E:
            match tuple(content[:2]):
                case (Word.DEVICE_TYPE, Word.REQUEST):
                    self._device(content[2:])
                case (Word.FUNCTIONS, Word.REQUEST | Word.IS as word):
                    self._functions(word, frozenset(content[2:]), events)

    def _classic_type(self, content: bytes, events: list[Event]) -> None:
        if self.lu:
            return
        device, _, wanted = content.decode("ascii", "replace").partition("@")
        try:
            self.lu = self._terminals.take(device, wanted)
        except LuRefused as refusal:
            events.append(Refused(f"{content!r}: {refusal}"))
            return
        self.device = device
        self._options.ask_both(CLASSIC)
        self._classic_ready(events)

    def _device(self, content: bytes) -> None:
        kind, _, name = content.partition(bytes((Word.CONNECT,)))
        device, wanted = kind.decode("ascii", "replace"), name.decode("ascii", "replace")
        self._terminals.give_back(self.lu)
        self.lu = ""
        try:
            self.lu = self._terminals.take(device, wanted)
        except LuRefused as refusal:
            self._say(Word.DEVICE_TYPE, Word.REJECT, Word.REASON, refusal.reason)
            return
        self.device = device
        lu = bytes((Word.CONNECT,)) + self.lu.encode("ascii")
        self._say(Word.DEVICE_TYPE, Word.IS, text=device.upper(), then=lu)

    def _functions(self, word: int, wanted: frozenset[int], events: list[Event]) -> None:
        if not self.lu or self.ready:
            return
        agreed = wanted & frozenset(self._terms.functions)
        if agreed != wanted:  # the terminal answers with this list or a shorter one
            self._say(Word.FUNCTIONS, Word.REQUEST, then=bytes(sorted(agreed)))
            return
        if word == Word.REQUEST:
            self._say(Word.FUNCTIONS, Word.IS, then=bytes(sorted(agreed)))
        self.functions = agreed
        if Function.RESPONSES in agreed:
            self._flag = RESPONSE_FLAGS[self._terms.responses]
        if Function.BIND_IMAGE in agreed:
            self._options.out += self._framed(DataType.BIND_IMAGE, bind_image("NMPROD1"))
        self._begin(events)

    # Data

    def _record(self, record: bytes, events: list[Event]) -> None:
        if not self.ready:
            return
        if not self._extended:
            events.append(Keyed(record))
        elif len(record) < HEADER:
            events.append(Refused("a TN3270E header is cut short"))
        elif record[0] == DataType.DATA_3270:
            events.append(Keyed(record[HEADER:]))
        elif record[0] == DataType.RESPONSE:
            number = int.from_bytes(record[3:5], "big")
            events.append(Answered(number, record[2] == 0))

    def _command(self, code: int, events: list[Event]) -> None:
        if code == telnet.AO and Function.SYSREQ in self.functions:
            events.append(Attention("SYSREQ"))
        elif code in (telnet.IP, telnet.BREAK) and self.ready:
            events.append(Attention("ATTN"))


def bind_image(application: str) -> bytes:
    """A BIND for a 24x80 display with extended data stream (SNA Formats, GA27-3136: BIND).

    Bytes 20 to 24 are the screen sizes; byte 27 is the length of the application's name.
    """
    name = application.encode("cp037")
    session = bytes.fromhex("31 01 03 03 B1 90 30 80 00 87 F8 00 02 80 00 00 00 00 00 00")
    sizes = bytes((24, 80, 24, 80, 0x7F))
    return session + sizes + b"\0\0" + bytes((len(name),)) + name
