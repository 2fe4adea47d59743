"""A 5250 terminal without a connection: host bytes in, host bytes out, a screen to read.

Law: `feed` raises nothing, whatever the bytes; what the host may not say is counted, kept in
`faults` and answered with a negative response. Only the host changes the screen's content between
two keys, only the operator's keys send input. No socket, no clock, no chance.
Tested in `tests/sesssrvr/terminal/tn5250/test_properties.py`.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sesssrvr.terminal import telnet
from sesssrvr.terminal.codepage import codepage as find_codepage
from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.key_names import unknown_key
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.tn5250 import environment, inbound, keyboard_types, record, redact
from sesssrvr.terminal.tn5250.commands import obey
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.environment import Environment5250, SignOn
from sesssrvr.terminal.tn5250.keyboard import Keyboard5250
from sesssrvr.terminal.tn5250.keys import AIDS, FUNCTION, KEYS, WITHOUT_DATA, key_name
from sesssrvr.terminal.tn5250.negotiation import Negotiation5250
from sesssrvr.terminal.tn5250.query import MODELS, Device5250
from sesssrvr.terminal.tn5250.record import StartUp
from sesssrvr.terminal.tn5250.snapshot import snapshot
from verdigris.errors import HostDataError, OperatorError


KEPT_FAULTS: Final = 8
KEPT_NVT: Final = 4096  # characters; a banner, for people to read
_HELP_CODE: Final = slice(1, 5)  # columns 2 to 5 of the error line hold the message's number


class Terminal5250(Terminal):
    """One 5250 display on one host session.

    Args:
        write: takes bytes for the host.
        model: a terminal type of `MODELS`; those with 27 x 132 switch when the host says so.
        codepage: EBCDIC code page, such as "cp037".
        device_names: device names to ask for, in turn; none lets the host choose.
        sign_on: automatic sign-on.
        variables: further variables for NEW-ENVIRON by name, also instead of those that tell the
            code page; one with an empty value is not sent.
        new_environ: take part in NEW-ENVIRON, where device name and sign-on travel.
        strict: right-adjusted and field-exit fields are not left without a field exit key, as on
            the device; else leaving one in any way completes it.

    Raises:
        UnknownCodePage: no such code page.
        ValueError: no such model, or a sign-on that cannot be made.
    """

    __slots__ = (
        "_device",
        "_display",
        "_faults",
        "_keyboard",
        "_negotiation",
        "_nvt",
        "_screen",
        "_secrets",
        "_start_up",
        "_write",
        "codepage",
        "fault_count",
    )

    fault_count: int

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        model: str = "IBM-3179-2",
        codepage: str = "cp037",
        device_names: Sequence[str] = (),
        sign_on: SignOn | None = None,
        variables: Mapping[str, str] | None = None,
        new_environ: bool = True,
        strict: bool = False,
    ) -> None:
        if model not in MODELS:
            raise ValueError(f"model {model}: there are {', '.join(MODELS)}")
        wanted = sign_on or SignOn()
        environment.check(wanted)
        self._write = write
        self.codepage = find_codepage(codepage)
        _, kind, number = model.split("-")
        self._device = Device5250(kind, number, MODELS[model], bool(self.codepage.double))
        self._display = Display5250(wide=MODELS[model])
        self._keyboard = Keyboard5250(self._display, self.codepage, strict=strict)
        values = {**keyboard_types.told(self.codepage.name), **(variables or {})}
        asked = Environment5250(device_names, wanted, values)
        self._negotiation = Negotiation5250(model, asked, new_environ=new_environ)
        self._start_up: StartUp | None = None
        self._screen: Screen | None = None
        self._nvt = ""
        self._secrets: list[tuple[bytes, bytes]] = []
        self._faults: deque[HostDataError] = deque(maxlen=KEPT_FAULTS)
        self.fault_count = 0

    # ---- the host's side -----------------------------------------------------------------------

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True if the screen or the keyboard changed."""
        before = self._display.version
        for event in self._negotiation.telnet.receive(data):
            self._take(event)
        changed = self._display.version != before
        if changed:
            self._screen = None
        self._flush()  # last: a host in the same process may answer before this returns
        return changed

    def screen(self) -> Screen:
        """The screen as it is now; the same object until something changes."""
        if self._screen is None:
            self._screen = snapshot(self._display, self.codepage, connected=self.ready)
        return self._screen

    # ---- the operator's side -------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Type text at the cursor, as an operator; an error message on the error line goes away.

        Raises:
            OperatorError: the keyboard is locked, or the terminal refuses a character (protected,
                of the wrong kind, full, not in the code page); the characters before it have been typed.
        """
        self._begin()
        aid = self._keyboard.type(text)
        if aid is not None:
            self._call_host(aid)

    def move_cursor(self, row: int, column: int) -> None:
        """Put the cursor at a 1-based place, as a program does.

        Unlike the keys, it leaves a field that has to be filled, or that has a wrong check digit
        (asaomaro/ts5250, 20260921-mandatory-check-acs, case 7).

        Raises:
            OperatorError: the place is outside the screen, or the keyboard is locked.
        """
        display = self._display
        self._begin()
        if not (1 <= row <= display.rows and 1 <= column <= display.columns):
            size = f"{display.rows} x {display.columns}"
            raise OperatorError(problem=f"row {row} column {column} is outside {size}")
        self._keyboard.move((row - 1) * display.columns + column - 1, judged=False)

    def key(self, name: str) -> None:
        """Press a key by its name in `KEYS`, in any case.

        Attention keys lock the keyboard and write to the host.

        Raises:
            OperatorError: no such key, the keyboard is locked, or the terminal refuses the key.
        """
        known = key_name(name)
        if known is None:
            raise OperatorError(problem=unknown_key(name, KEYS))
        if known in _LINE_KEYS:
            self._signal(_LINE_KEYS[known])
        elif known == "Help" and self._display.error is not None:
            self._help_in_error()
        elif known == "Reset":
            self._screen = None
            self._keyboard.reset()
        else:
            self._begin()
            aid = AIDS[known] if known in AIDS else self._keyboard.press(known)
            if aid is not None:
                self._call_host(aid)

    # ---- what is known of the session ----------------------------------------------------------

    @property
    def lu_name(self) -> str:
        """The device name: what the host says it has given, else what was asked for."""
        if self._start_up is not None:
            return self._start_up.device
        return self._negotiation.environment.device

    @property
    def device_type(self) -> str:
        """What the terminal is to the host, such as "IBM-3179-2"."""
        return self._negotiation.device_type

    @property
    def application(self) -> str:
        """The name of the host system; empty if it has not said."""
        return self._start_up.system if self._start_up is not None else ""

    @property
    def start_up(self) -> StartUp | None:
        """The host's word on the session it made or refused; None if it has sent none."""
        return self._start_up

    @property
    def refusal(self) -> str:
        """Why the host gives no session, in words; empty if it has not refused one."""
        if self._start_up is None or self._start_up.started:
            return ""
        device = self.lu_name or self._negotiation.environment.device or "a device of its choice"
        return f"no session for device {device}: {self._start_up.meaning}"

    @property
    def last_refusal(self) -> str:
        """The device name the host did not take before this one, in words; empty for none."""
        return "" if self.ready else self._negotiation.environment.last_refusal

    @property
    def negotiated(self) -> str:
        """For people: "TN5250", or "" while it is not agreed on."""
        return "TN5250" if self._negotiation.in_5250 else ""

    @property
    def ready(self) -> bool:
        """A first screen has arrived from the host."""
        return not self._display.awaiting

    @property
    def message_waiting(self) -> bool:
        """The host's message light is on."""
        return self._display.message_waiting

    @property
    def faults(self) -> tuple[HostDataError, ...]:
        """The last records the host should not have sent; `fault_count` counts all."""
        return tuple(self._faults)

    @property
    def nvt(self) -> str:
        """The last text the host sent outside records, such as a banner before the session."""
        return self._nvt

    @property
    def codepage_name(self) -> str:
        """The host's code page, such as "cp037"."""
        return self.codepage.name

    def mask_sent(self, data: bytes) -> bytes:
        """What has just been sent, passwords and hidden fields masked: for traces."""
        for real, shown in self._secrets:
            data = data.replace(real, shown, 1)
        password = self._negotiation.environment.secret.replace(b"\xff", b"\xff\xff")
        if password:
            mark = b"IBMSUBSPW\x01"
            data = data.replace(mark + password, mark + b"*" * len(password))
        return data

    def mask_received(self, data: bytes) -> bytes:
        """What came from the host, hidden fields masked: for traces."""
        return redact.mask_received(data)

    def __repr__(self) -> str:
        state = "locked" if self._display.locked else "unlocked"
        how = self.negotiated or "negotiating"
        device = f" device {self.lu_name}" if self.lu_name else ""
        return f"<Terminal5250 {self.device_type} {how}{device} {state}, {self.fault_count} faults>"

    # ---- inside --------------------------------------------------------------------------------

    def _begin(self) -> None:
        """The operator does something: only on a free keyboard; an error message goes away."""
        if self._display.locked:
            raise OperatorError(problem="the keyboard is locked: it is the host's turn")
        self._screen = None
        self._display.clear_error()

    def _flush(self) -> None:
        out = self._negotiation.telnet.out
        if out:
            data = bytes(out)
            out.clear()
            self._write(data)
            self._secrets.clear()

    def _take(self, event: telnet.Event) -> None:
        match event:
            case telnet.TelnetRecord(data):
                self._record(data)
            case telnet.TelnetText(data):
                self._nvt = (self._nvt + data.decode("latin-1"))[-KEPT_NVT:]
            case telnet.OptionChanged():
                was = self._negotiation.telnet.record_mode
                self._negotiation.option_changed()
                if was and not self._negotiation.in_5250:
                    self._start_up = None
                    self._negotiation.environment.reset()
                    self._display.reset()
            case telnet.Subnegotiation():
                self._negotiation.subnegotiation(event)
            case telnet.Overflow(what):
                self._fault(DataStreamError(0, f"{what} too long"), "telnet")

    def _record(self, data: bytes) -> None:
        try:
            received = record.read(data)
        except DataStreamError as error:
            self._fault(error, "5250")
            return
        if isinstance(received, StartUp):
            self._start_up = received
            self._display.version += 1  # a session may wait for what the host says
            return
        try:
            answers = obey(self._display, received.data, self._device)
        except DataStreamError as error:
            self._fault(error, "5250")
            self._negotiation.send(record.NO_OPERATION, error.code.to_bytes(4), record.ERROR)
            return
        for operation, answer, masked in answers:
            same = operation == record.AS_RECEIVED
            self._send(received.operation if same else operation, answer, masked)
        self._operate(received.operation)

    def _operate(self, operation: int) -> None:
        """Operation codes that mean something by themselves."""
        display = self._display
        if operation == record.CANCEL_INVITE:
            display.reading = None
            display.version += 1
            self._negotiation.send(record.CANCEL_INVITE, b"")
        elif operation in (record.MESSAGE_ON, record.MESSAGE_OFF):
            display.message_waiting = operation == record.MESSAGE_ON

    def _fault(self, error: DataStreamError, stream: str) -> None:
        self.fault_count += 1
        self._faults.append(error.as_host_error(stream))

    def _call_host(self, aid: int) -> None:
        """Send what an attention key sends, and lock the keyboard.

        Raises:
            OperatorError: a field is not complete; nothing is sent.
        """
        display = self._display
        with_data = aid not in WITHOUT_DATA
        if aid in FUNCTION:
            with_data = display.table.sends_data(FUNCTION[aid])
        if aid not in WITHOUT_DATA:
            self._keyboard.before_attention(with_data=with_data)
        reading, display.reading = display.reading, None
        display.insert = False
        display.opened = display.pending_exit = None
        display.inhibited = True
        if reading is not None:
            data, masked = redact.both(
                display, lambda it: inbound.answer(it, reading.command, aid, with_data=with_data)
            )
            display.before_cells(reading.cc1)
            display.lights(reading.cc2)
            self._send(record.NO_OPERATION, data, masked)
        self._flush()

    def _send(self, operation: int, data: bytes, masked: bytes) -> None:
        """Send a record, and remember what it looks like without what is hidden."""
        self._negotiation.send(operation, data)
        if masked != data:
            real = record.build(operation, data)
            shown = redact.on_the_wire(real, record.build(operation, masked))
            self._secrets.append((real.replace(b"\xff", b"\xff\xff"), shown))

    def _help_in_error(self) -> None:
        """Help on a message: its number goes to the host (RFC 1205 section 3, HLP)."""
        display = self._display
        row = display.table.error_row
        row = row if 1 <= row <= display.rows else display.rows
        start = (row - 1) * display.columns
        digits = bytes(code & 0x0F for code in display.cells[start:][_HELP_CODE])
        packed = bytes((digits[0] << 4 | digits[1], digits[2] << 4 | digits[3]))
        self._negotiation.send(record.NO_OPERATION, packed, record.HELP_IN_ERROR)
        self._flush()

    def _signal(self, flag: int) -> None:
        """Attn, SysReq and TestReq are flags of a record without data (RFC 1205 section 3)."""
        self._negotiation.send(record.NO_OPERATION, b"", flag)
        self._flush()


_LINE_KEYS: Final = {
    "Attn": record.ATTENTION,
    "SysReq": record.SYSTEM_REQUEST,
    "TestReq": record.TEST_REQUEST,
}
