"""The host's side of TN5250, without a network.

Law: no record goes out before `Ready`, and none is taken. A terminal that negotiates something else
is told no, once. RFC 1205 section 2; RFC 4777 for device names and start-up responses.
"""

import re
from collections.abc import Collection
from typing import Final

from hostemul.protocol import ds5250, telnet
from hostemul.protocol.negotiation import Negotiation
from hostemul.protocol.telnet import DO, WILL, WONT, Framer, Option, Subnegotiation
from hostemul.protocol.tn3270 import Answered, Attention, Event, Keyed, Ready, Refused
from hostemul.terminals import LuRefused, Terminals


NEW_ENVIRON: Final = 39  # RFC 1572
SYSTEM: Final = "HARBOUR"
SEED: Final = bytes.fromhex("7d4c2319f28004b2")  # nothing here is secret: RFC 4777's own example
DEVICE: Final = re.compile(
    r"IBM-(3179-2|3180-2|3196-A1|3477-F[CG]|5251-11|5291-1|5292-2|5555-[BC]01)"
)
NAME: Final = re.compile(r"[A-Z$#@][A-Z0-9$#@_.]{0,9}")
WIDE: Final = frozenset(("IBM-3180-2", "IBM-3477-FC", "IBM-3477-FG", "IBM-5555-C01"))
NEEDED: Final = (telnet.END_OF_RECORD, telnet.BINARY)
_ASK: Final = b"\x01\x03IBMRSEED" + SEED + b"\x00\x03"
_VARIABLE: Final = re.compile(
    rb"[\x00\x03]((?:\x02.|[^\x00-\x03])+)\x01((?:\x02.|[^\x00-\x03])*)", re.DOTALL
)
_FLAGS: Final = {
    ds5250.ATTENTION: "ATTN",
    ds5250.SYSTEM_REQUEST: "SYSREQ",
    ds5250.TEST_REQUEST: "TEST",
}


def devices(reject: Collection[str] = ()) -> Terminals:
    """Hands out device names of ten characters, `QPADEV0001` and so on, but for rejected ones."""
    return Terminals(reject, stem="QPADEV", kinds=DEVICE, names=NAME)


class Host5250:
    """One terminal's connection.

    Args:
        terminals: hands out device names; `close` gives this one's back.

    Attributes:
        lu: the device name.
        device: the terminal type.
        user, password: of an automatic sign-on in clear; "" if the terminal sent none.
        wide: the terminal has 27 rows of 132.
    """

    __slots__ = (
        "_confirm",
        "_framer",
        "_named",
        "_options",
        "_refused",
        "_terminals",
        "_tries",
        "device",
        "lu",
        "password",
        "ready",
        "user",
    )  # fmt: skip

    def __init__(self, terminals: Terminals) -> None:
        self._terminals = terminals
        self._framer = Framer()
        self._options = Negotiation()
        self._confirm = self._named = self.ready = False
        self._refused = ""
        self._tries = 0
        self.lu = self.device = self.user = self.password = ""

    def __repr__(self) -> str:
        return f"<Host5250 TN5250 {self.lu or '-'} {'ready' if self.ready else 'negotiating'}>"

    @property
    def wide(self) -> bool:
        """The terminal has 27 rows of 132."""
        return self.device in WIDE

    def start(self) -> bytes:
        """What to send first."""
        self._options.ask(DO, NEW_ENVIRON)
        self._options.ask(DO, telnet.TERMINAL_TYPE)
        return self._options.sent()

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
        return self._options.sent(), events

    def wrap(self, data: bytes) -> bytes:
        """A record with 5250 data as it goes over the wire."""
        return telnet.encode(telnet.Record(ds5250.record(data)))

    def close(self) -> None:
        """The connection is gone: free the device name."""
        self._terminals.give_back(self.lu)

    # Options

    def _option(self, verb: int, option: int, events: list[Event]) -> None:
        if verb in (WILL, DO):
            self._accept(verb, option, events)
        elif verb == WONT and option == NEW_ENVIRON:
            self._take_device("", events)
        elif option in (*NEEDED, telnet.TERMINAL_TYPE):
            events.append(Refused(f"the terminal refuses telnet option {option}"))

    def _accept(self, verb: int, option: int, events: list[Event]) -> None:
        allowed = (*NEEDED, telnet.TERMINAL_TYPE, NEW_ENVIRON) if verb == WILL else NEEDED
        if not self._options.accept(verb, option, allowed):
            return
        if option == NEW_ENVIRON:
            self._options.say(NEW_ENVIRON, _ASK)
        elif option == telnet.TERMINAL_TYPE:
            self._options.say(option, telnet.SEND)
        else:
            self._begin(events)

    def _subnegotiation(self, option: int, content: bytes, events: list[Event]) -> None:
        if option == telnet.TERMINAL_TYPE and content[:1] == b"\0" and not self.device:
            self.device = content[1:].decode("ascii", "replace").upper()
            if DEVICE.fullmatch(self.device) is None:
                events.append(Refused(f"terminal type {content[1:]!r} is not known"))
                return
            self._agree(events)
        elif option == NEW_ENVIRON and content[:1] == b"\0" and not self._named:
            self._variables(content[1:], events)

    def _variables(self, content: bytes, events: list[Event]) -> None:
        told = {_plain(name): _plain(value) for name, value in _VARIABLE.findall(content)}
        self._confirm = told.get("IBMSENDCONFREC", "").upper() == "YES"
        if told.get("IBMRSEED") == "":  # in clear; a substitute would have a seed
            self.user, self.password = told.get("USER", ""), told.get("IBMSUBSPW", "")
        self._take_device(told.get("DEVNAME", ""), events)

    def _take_device(self, wanted: str, events: list[Event]) -> None:
        """Give the name that is wanted, or ask again; the third refusal ends the session."""
        if wanted and self._terminals.is_taken(wanted) and self._tries < 2:  # noqa: PLR2004  then the last try
            self._tries += 1
            self._options.say(NEW_ENVIRON, _ASK)
            return
        try:
            self.lu = self._terminals.take("IBM-3179-2", wanted)
        except LuRefused:
            self._refused = wanted  # told in a record, and records need the other options first
        self._named = True
        self._agree(events)

    def _agree(self, events: list[Event]) -> None:
        """Type and name are known: now records."""
        if self.device and self._named:
            self._options.ask_both(NEEDED)
            self._begin(events)

    def _begin(self, events: list[Event]) -> None:
        agreed = self._named and self.device and self._options.agreed(NEEDED)
        if self.ready or not agreed:
            return
        if self._confirm:
            code = "8902" if self._refused else "I902"
            response = ds5250.start_up(code, SYSTEM, self.lu or self._refused)
            self._options.out += telnet.encode(telnet.Record(response))
        if self._refused:
            events.append(Refused(f"device {self._refused} is not to be had"))
            return
        self.ready = True
        events.append(Ready(self.lu, self.device, extended=False, functions=frozenset()))

    # Data

    def _record(self, record: bytes, events: list[Event]) -> None:
        if not self.ready:
            return
        try:
            flags, data = ds5250.split(record)
        except ds5250.DataStream5250Error as problem:
            events.append(Refused(str(problem)))
            return
        if flags & ds5250.ERROR:
            events.append(Answered(0, positive=False))
        elif flags in _FLAGS:
            events.append(Attention(_FLAGS[flags]))
        elif flags & ds5250.HELP:
            events.append(Attention("HELP"))
        else:
            events.append(Keyed(data))


def _plain(value: bytes) -> str:
    return re.sub(rb"\x02(.)", rb"\1", value, flags=re.DOTALL).decode("ascii", "replace")
