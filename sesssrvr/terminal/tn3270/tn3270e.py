"""TN3270E (RFC 2355) and classic TN3270 (RFC 1576): from telnet events to 3270 records.

Law: whatever the host asks, in whatever order and however often, the answer keeps the session: a refused LU name leads to the next one, the last refusal to classic TN3270, a
renegotiation begins again from nothing. Records reach the display only in a state in which RFC
2355 lets them.
Tested in `tests/sesssrvr/terminal/tn3270/test_tn3270e.py`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from sesssrvr.terminal import block_mode, telnet
from sesssrvr.terminal.new_environ import EnvironmentVariables
from sesssrvr.terminal.telnet import Telnet


# RFC 2355 section 7: words of the subnegotiation.
ASSOCIATE, CONNECT, DEVICE_TYPE, FUNCTIONS, IS, REASON, REJECT, REQUEST, SEND = range(9)
# RFC 2355 section 7.2: functions.
BIND_IMAGE, DATA_STREAM_CTL, RESPONSES, SCS_CTL_CODES, SYSREQ = range(5)
# draft-ietf-tn3270e-extensions-04: who may send when, and sense codes in negative responses.
CONTENTION_RESOLUTION, SNA_SENSE = 5, 6
WANTED: Final = frozenset((BIND_IMAGE, RESPONSES, SYSREQ, CONTENTION_RESOLUTION))
TAKEN: Final = WANTED | {SNA_SENSE}  # when the host asks for it
FUNCTIONS_BY_NAME: Final[Mapping[str, int]] = {
    "bind-image": BIND_IMAGE,
    "responses": RESPONSES,
    "sysreq": SYSREQ,
    "contention-resolution": CONTENTION_RESOLUTION,
    "sna-sense": SNA_SENSE,
}
"""The functions this terminal has, by their names in RFC 2355: each can be switched off."""
# RFC 2355 section 8.1.1: data types.
DATA_3270, SCS_DATA, RESPONSE, BIND, UNBIND, NVT_DATA, REQUEST_TYPE, SSCP_LU_DATA = range(8)
PRINT_EOJ: Final = 8
BID: Final = 9  # contention resolution; answered even if never agreed to
SEND_DATA, KEYBOARD_RESTORE = 1, 2  # its request flags
# RFC 2355 section 8.1.3: response flags.
NO_RESPONSE, ERROR_RESPONSE, ALWAYS_RESPONSE = range(3)
POSITIVE, NEGATIVE, SENSE = range(3)
# What RFC 2355 section 10.4 calls the same in SNA's words (SNA Formats, GA27-3136).
SENSES: Final[Mapping[int, bytes]] = {
    0: bytes.fromhex("10030000"),  # command reject: function not supported
    2: bytes.fromhex("10050000"),  # operation check: parameter error
}
HEADER: Final = 5

FOLLOWS: Final = b"\x01"  # draft-altman-telnet-starttls, section 3
StartTls: TypeAlias = Literal["accept", "refuse", "require"]
"""What is said to a host that offers START_TLS; `require` agrees on nothing before it."""


REASONS: Final[Mapping[bytes, str]] = {  # RFC 2355 section 7.1.6
    b"\x00": "CONN-PARTNER, an error of its connection to the printer's partner",
    b"\x01": "DEVICE-IN-USE, another session has it",
    b"\x02": "INV-ASSOCIATE, the partner is not a terminal",
    b"\x03": "INV-NAME, there is no such name",
    b"\x04": "INV-DEVICE-TYPE, it does not know the type",
    b"\x05": "TYPE-NAME-ERROR, the name is of another type",
    b"\x06": "UNKNOWN-ERROR",
    b"\x07": "UNSUPPORTED-REQ, it does not support the request",
}


class Header(NamedTuple):
    """The TN3270E header of a record (RFC 2355 section 8.1)."""

    kind: int
    request: int
    response: int
    sequence: bytes


class Negotiation3270:
    """The state of the negotiation: what the two ends have agreed on.

    Attributes:
        telnet: the option layer below.
        device_type: the type asked for; then the one the host assigned, or classic TN3270 took.
        lu_name: the LU the host assigned, or the one asked for in classic TN3270.
        last_refusal: what the host refused last, as a sentence; "" for nothing.
        extended: TN3270E is in force.
        agreed: its functions are settled.
        functions: those of them that are on.
        start_tls: whether TLS may, must not or has to begin; "refuse" once it has begun.
        tls_wanted: both sides have agreed that the next bytes are TLS; see `tls_started`.
    """

    __slots__ = (
        "_asked_types",
        "_classic_type",
        "_environment",
        "_excluded",
        "_lu_names",
        "_next_lu",
        "_requested_type",
        "_tn3270e",
        "agreed",
        "device_type",
        "extended",
        "functions",
        "last_refusal",
        "lu_name",
        "sequence",
        "start_tls",
        "telnet",
        "tls_wanted",
    )

    def __init__(
        self,
        device_type: str,
        lu_names: Sequence[str],
        *,
        tn3270e: bool,
        start_tls: StartTls = "refuse",
        environment: Mapping[str, str] | None = None,
        classic_type: str = "",
        excluded: Collection[int] = (),
    ) -> None:
        """Begin with nothing agreed on.

        Args:
            device_type: asked for in TN3270E.
            lu_names: asked for in turn.
            tn3270e: agree to TN3270E.
            start_tls: see `StartTls`.
            environment: variables for hosts that ask.
            classic_type: the type in classic TN3270; "" for the same.
            excluded: functions that are neither asked for nor agreed to.
        """
        self._environment = EnvironmentVariables(environment or {}, lu_names)
        self._tn3270e = tn3270e
        self.start_tls: StartTls = start_tls
        self.telnet = Telnet(*self._options())
        self._requested_type = self.device_type = device_type
        self._classic_type, self._excluded = classic_type or device_type, frozenset(excluded)
        self._lu_names = tuple(lu_names)
        self.tls_wanted = False
        self.last_refusal = ""
        self.reset()

    def _options(self) -> tuple[frozenset[int], frozenset[int]]:
        """Ours and the host's; nothing but START_TLS while it is required."""
        if self.start_tls == "require":
            return frozenset((telnet.START_TLS,)), frozenset()
        ours = block_mode.OURS | {telnet.TN3270E} if self._tn3270e else block_mode.OURS
        return (
            ours if self.start_tls == "refuse" else ours | {telnet.START_TLS}
        ), block_mode.THEIRS

    def tls_started(self) -> None:
        """TLS has begun: all options are as at the start, and it is not begun twice."""
        self.tls_wanted, self.start_tls = False, "refuse"
        self.telnet.restart(*self._options())
        self.reset()

    def reset(self) -> None:
        """Nothing is agreed on (any more)."""
        self.extended = self.agreed = False
        self.functions: frozenset[int] = frozenset()
        self.device_type = self._requested_type
        self.lu_name = ""
        self._next_lu = 0
        self._asked_types = 0
        self.sequence = 0

    @property
    def tls_missing(self) -> bool:
        """The host goes on without the START_TLS that is required."""
        line = self.telnet
        required = self.start_tls == "require"
        return required and line.declined and not line.is_on(telnet.START_TLS, ours=True)

    @property
    def in_3270(self) -> bool:
        """Records of 3270 data may come."""
        if self.extended:
            return self.agreed
        return block_mode.agreed(self.telnet)

    def has(self, function: int) -> bool:
        """The TN3270E function is on."""
        return function in self.functions

    def option_changed(self, event: telnet.OptionChanged) -> None:
        """An option of either side went on or off."""
        if event.option == telnet.START_TLS:
            if event.ours and event.on:
                self.telnet.send_subnegotiation(telnet.START_TLS, FOLLOWS)
        elif event.option == telnet.TN3270E:
            self.reset()
            self.extended = event.ours and event.on
            # Some hosts take back their offer by a WONT of their own (x3270's wont-tn3270e.trc).
            if not event.ours:
                self.telnet.refuse(telnet.TN3270E)
        self._set_record_mode()

    def subnegotiation(self, event: telnet.Subnegotiation) -> None:
        """The host said something within an option that is on."""
        if not self.telnet.is_on(event.option, ours=True):
            return
        if event.option == telnet.TERMINAL_TYPE and event.data[:1] == b"\x01":
            self._send_terminal_type()
        elif event.option == telnet.NEW_ENVIRON and event.data[:1] == b"\x01":
            self._send_environment(event.data)
        elif event.option == telnet.START_TLS and event.data == FOLLOWS:
            # Whatever follows came in the clear: it is not taken (RFC 3207, section 6).
            self.tls_wanted = self.telnet.halted = True
        elif event.option == telnet.TN3270E:
            handler = _ANSWERS.get(bytes(event.data[:2]))
            if handler is not None:
                handler(self, event.data[2:])
            self._set_record_mode()

    def send(self, data: bytes, kind: int = DATA_3270) -> None:
        """Send a record of ours."""
        if self.extended:
            data = bytes((kind, 0, 0)) + self.sequence.to_bytes(2) + data
            if self.has(RESPONSES):
                self.sequence = (self.sequence + 1) & 0x7FFF
        self.telnet.send_record(data)

    def respond(self, header: Header, code: int | None) -> None:
        """Answer a record that wants an answer: `code` None is good, else RFC 2355 section 10.4.

        Hosts ask without having agreed on RESPONSES; s3270 answers them, and so do we.
        """
        if code is None and header.response == ALWAYS_RESPONSE:
            self._respond(header, POSITIVE, 0)
        elif code is not None and header.response != NO_RESPONSE:
            self._respond(header, NEGATIVE, code)

    def _respond(self, header: Header, flag: int, code: int) -> None:
        said = bytes((code,))
        if flag == NEGATIVE and self.has(SNA_SENSE):
            flag, said = SENSE, SENSES.get(code, SENSES[2])
        self.telnet.send_record(bytes((RESPONSE, 0, flag)) + header.sequence + said)

    def _set_record_mode(self) -> None:
        # Once TN3270E is on there is nothing but records: RFC 2355 section 3.
        self.telnet.record_mode = self.extended or self.in_3270

    def _send_terminal_type(self) -> None:
        """Answer RFC 1091, with the LU after @ as hosts of RFC 1576 section 4 take it.

        Each further question gets the next LU of the list; the last one is repeated.
        """
        name = self.device_type = self._classic_type
        if self._lu_names:
            self.lu_name = self._lu_names[min(self._asked_types, len(self._lu_names) - 1)]
            name = f"{name}@{self.lu_name}"
        self._asked_types += 1
        self.telnet.send_subnegotiation(telnet.TERMINAL_TYPE, b"\x00" + _ascii(name))

    def _send_environment(self, question: bytes) -> None:
        """NEW-ENVIRON SEND: a host that asks for DEVNAME again has refused the last one (RFC 4777)."""
        environment = self._environment
        answer = environment.answer(question)
        if environment.device and not self.extended:
            self.lu_name = environment.device
        if environment.refused:
            self.last_refusal = f"the host refused the device name {environment.refused}"
        self.telnet.send_subnegotiation(telnet.NEW_ENVIRON, answer)

    @property
    def device_refused(self) -> bool:
        """Whether the host has refused a device name in NEW-ENVIRON."""
        return bool(self._environment.refused)

    def request_device_type(self, _: bytes = b"") -> None:
        """SEND DEVICE-TYPE: say what we are, and which LU we want."""
        request = bytes((DEVICE_TYPE, REQUEST)) + _ascii(self._requested_type)
        if self._next_lu < len(self._lu_names):
            request += bytes((CONNECT,)) + _ascii(self._lu_names[self._next_lu])
        self.telnet.send_subnegotiation(telnet.TN3270E, request)

    def device_type_is(self, data: bytes) -> None:
        """DEVICE-TYPE IS: we have got an LU; now the functions."""
        name, _, lu = data.partition(bytes((CONNECT,)))
        self.device_type = name.decode("ascii", "replace")
        self.last_refusal = ""
        # ASCII by RFC 2355; one recorded host says it in EBCDIC.
        self.lu_name = lu.decode("ascii") if lu.isascii() else lu.decode("cp037")
        self._offer_functions(REQUEST, WANTED - self._excluded)

    def device_type_reject(self, reason: bytes) -> None:
        """DEVICE-TYPE REJECT: the next LU of the list, or classic TN3270."""
        asked = self._lu_names[self._next_lu : self._next_lu + 1]
        what = f"LU {asked[0]}" if asked else f"device type {self._requested_type}"
        why = REASONS.get(reason[1:2], "no reason given")
        self.last_refusal = f"the host refused {what}: {why}"
        self._next_lu += 1
        if self._next_lu < len(self._lu_names):
            self.request_device_type()
        else:
            self._fall_back()

    def functions_request(self, data: bytes) -> None:
        """FUNCTIONS REQUEST: agree to a part of ours, else ask for what both have."""
        offered, taken = frozenset(data), TAKEN - self._excluded
        if offered <= taken:
            self._agree(offered)
            self._offer_functions(IS, offered)
        else:
            self._offer_functions(REQUEST, offered & taken)

    def functions_is(self, data: bytes) -> None:
        """FUNCTIONS IS: agreed."""
        self._agree(frozenset(data) & (TAKEN - self._excluded))

    def _agree(self, functions: frozenset[int]) -> None:
        self.functions, self.agreed = functions, True

    def _offer_functions(self, verb: int, functions: frozenset[int]) -> None:
        body = bytes((FUNCTIONS, verb, *sorted(functions)))
        self.telnet.send_subnegotiation(telnet.TN3270E, body)

    def _fall_back(self) -> None:
        """No LU is to be had this way: classic TN3270, with the LU in the terminal type."""
        self.telnet.refuse(telnet.TN3270E)
        self.reset()


def header_of(record: bytes) -> Header:
    """The header of a TN3270E record of at least `HEADER` bytes."""
    return Header(record[0], record[1], record[2], record[3:5])


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "replace")


# The first two words of what the host says -> what we do with the rest.
_ANSWERS: Final[Mapping[bytes, Callable[[Negotiation3270, bytes], None]]] = {
    bytes((SEND, DEVICE_TYPE)): Negotiation3270.request_device_type,
    bytes((DEVICE_TYPE, IS)): Negotiation3270.device_type_is,
    bytes((DEVICE_TYPE, REJECT)): Negotiation3270.device_type_reject,
    bytes((FUNCTIONS, REQUEST)): Negotiation3270.functions_request,
    bytes((FUNCTIONS, IS)): Negotiation3270.functions_is,
}
