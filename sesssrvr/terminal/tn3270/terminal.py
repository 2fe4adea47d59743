"""A 3270 terminal without a connection: host bytes in, host bytes out, a screen to read.

Law: `feed` raises nothing, whatever the bytes; what the host may not say is counted, kept in
`faults` and refused where the protocol has a refusal. Only the host changes the screen's content
between two keys, only the operator's keys send input. No socket, no clock, no chance.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sesssrvr.terminal import telnet
from sesssrvr.terminal.codepage import codepage as find_codepage
from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.tn3270.bind import Bind, read_bind
from sesssrvr.terminal.tn3270.commands import obey
from sesssrvr.terminal.tn3270.display import Display3270, device_size
from sesssrvr.terminal.tn3270.inbound import read_modified
from sesssrvr.terminal.tn3270.keyboard import Keyboard3270
from sesssrvr.terminal.tn3270.keys import AID_CLEAR, AID_ENTER, AID_SYSREQ, AIDS, key_name
from sesssrvr.terminal.tn3270.line import Line
from sesssrvr.terminal.tn3270.nvt import Nvt
from sesssrvr.terminal.tn3270.query import Device3270
from sesssrvr.terminal.tn3270.snapshot import snapshot
from sesssrvr.terminal.tn3270.sscp import sscp_input, write_sscp
from sesssrvr.terminal.tn3270.tn3270e import (
    BID,
    BIND,
    BIND_IMAGE,
    CONTENTION_RESOLUTION,
    DATA_3270,
    HEADER,
    KEYBOARD_RESTORE,
    NVT_DATA,
    SEND_DATA,
    SSCP_LU_DATA,
    SYSREQ,
    UNBIND,
    Header,
    Negotiation3270,
    StartTls,
    header_of,
)
from verdigris.errors import HostDataError, OperatorError


KEPT_FAULTS: Final = 8
KEPT_NVT: Final = 4096  # characters; a banner, for people to read


class Terminal3270(Line):
    """One 3270 display on one host session.

    Args:
        write: takes bytes for the host.
        model: 2 to 5: 24x80, 32x80, 43x80, 27x132.
        extended: extended data stream (colour, highlighting, queries).
        codepage: EBCDIC code page, such as "cp037".
        lu_names: LU names to ask for, in turn.
        tn3270e: take part in TN3270E if the host offers it.
        oversize: rows and columns larger than the model's.
        numeric_lock: numeric fields take digits only.
        blank_fill: nulls before typed text become blanks.
        start_tls: whether the host may offer TLS in the session, or has to; the owner of the
            connection begins it when `tls_wanted` (`StartTls`).
        environment: variables for hosts that ask (RFC 1572), such as USER; DEVNAME is asked for
            with the LU names in turn.

    Raises:
        UnknownCodePage: no such code page.
        ValueError: no such model, or an oversize smaller than the model or beyond 16,384 cells.
    """

    __slots__ = (
        "_banner",
        "_bound",
        "_device",
        "_display",
        "_faults",
        "_keyboard",
        "_nvt",
        "_screen",
        "_sscp",
        "_write",
        "codepage",
        "fault_count",
    )

    def __init__(
        self,
        write: Callable[[bytes], None],
        *,
        model: int = 2,
        extended: bool = True,
        codepage: str = "cp037",
        lu_names: Sequence[str] = (),
        tn3270e: bool = True,
        oversize: tuple[int, int] | None = None,
        numeric_lock: bool = False,
        blank_fill: bool = False,
        start_tls: StartTls = "refuse",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        size = device_size(model, oversize)
        self._write = write
        self.codepage = find_codepage(codepage)
        self._device = Device3270(*size, self.codepage.cgcsgid, self.codepage.double)
        self._display = Display3270(size, wide=bool(self.codepage.double))
        self._keyboard = Keyboard3270(
            self._display, self.codepage, numeric_lock=numeric_lock, blank_fill=blank_fill
        )
        kind = "IBM-DYNAMIC" if oversize else f"IBM-3278-{model}" + ("-E" if extended else "")
        self._negotiation = Negotiation3270(
            kind, lu_names, tn3270e=tn3270e, start_tls=start_tls, environment=environment
        )
        self._bound = self._sscp = False
        self._application = self._banner = ""
        self._nvt: Nvt | None = None
        self._screen: Screen | None = None
        self._faults: deque[HostDataError] = deque(maxlen=KEPT_FAULTS)
        self.fault_count = 0

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True if the screen or the keyboard changed."""
        before = self._display.version
        for event in self._negotiation.telnet.receive(data):
            self._take(event)
        self._flush()
        if self._display.version == before:
            return False
        self._screen = None
        return True

    def screen(self) -> Screen:
        """The screen as it is now; the same object until something changes."""
        if self._screen is None:
            display = self._display
            if self._nvt is None:
                self._screen = snapshot(display, self.codepage, connected=self.ready)
            else:
                self._screen = self._nvt.screen(version=display.version, unlocks=display.unlocks)
        return self._screen

    def type(self, text: str) -> None:
        """Type text at the cursor, as an operator: autoskip, MDT.

        Raises:
            OperatorError: the keyboard is locked, or the terminal refuses a character (protected,
                numeric, full, not in the code page); the characters before it stand.
        """
        self._screen = None
        if self._nvt is not None:
            self._nvt.type(text)
            return
        self._need_unlocked()
        self._keyboard.type(text)

    def move_cursor(self, row: int, column: int) -> None:
        """Put the cursor at a 1-based place.

        Raises:
            OperatorError: the place is outside the screen, or the keyboard is locked.
        """
        if self._nvt is not None:
            self._nvt.move_cursor(row, column)
            return
        self._need_unlocked()
        buffer = self._display.buffer
        if not (1 <= row <= buffer.rows and 1 <= column <= buffer.columns):
            size = f"{buffer.rows} x {buffer.columns}"
            raise OperatorError(problem=f"row {row} column {column} is outside {size}")
        self._screen = None
        self._display.cursor = (row - 1) * buffer.columns + column - 1

    def key(self, name: str) -> None:
        """Press a key by its name in `KEYS`, in any case; attention keys write to the host.

        Raises:
            OperatorError: no such key, the keyboard is locked, or the terminal refuses the key.
        """
        if self._nvt is not None and name.casefold() not in _LINE_NAMES:
            self._screen = None
            self._nvt.key(name)
            return
        known = key_name(name)
        if known is None:
            raise OperatorError(problem=f"there is no key named {name}")
        if known in _LINE_KEYS:
            _LINE_KEYS[known](self)
            return
        if known != "Reset":
            self._need_unlocked()
        self._screen = None
        aid = AIDS[known] if known in AIDS else self._keyboard.press(known)
        if aid is not None:
            self._call_host(aid)

    def tls_started(self) -> None:
        """TLS has begun; what was said in the clear is forgotten."""
        self._negotiation.tls_started()
        self._end_session()

    @property
    def ready(self) -> bool:
        """A first screen or unlock has arrived from the host, or text to answer."""
        return self._nvt is not None or not self._display.awaiting

    @property
    def faults(self) -> tuple[HostDataError, ...]:
        """The last records the host should not have sent; `fault_count` counts all."""
        return tuple(self._faults)

    @property
    def nvt(self) -> str:
        """The last text the host sent as NVT data, such as a banner before the session."""
        return self._banner

    def __repr__(self) -> str:
        state = "locked" if self._display.locked else "unlocked"
        how = self.negotiated or "negotiating"
        lu = f" LU {self.lu_name}" if self.lu_name else ""
        return f"<Terminal3270 {self.device_type} {how}{lu} {state}, {self.fault_count} faults>"

    def _need_unlocked(self) -> None:
        if self._display.locked:
            raise OperatorError(problem="the keyboard is locked: it is the host's turn")

    def _flush(self) -> None:
        out = self._negotiation.telnet.out
        if out:
            data = bytes(out)
            out.clear()
            self._write(data)

    def _take(self, event: telnet.Event) -> None:
        negotiation = self._negotiation
        match event:
            case telnet.TelnetRecord(data):
                self._record(data)
            case telnet.TelnetText(data):
                self._show_nvt(data)
            case telnet.OptionChanged():
                was = negotiation.in_3270
                negotiation.option_changed(event)
                if was and not negotiation.in_3270:
                    self._end_session()
            case telnet.Subnegotiation():
                negotiation.subnegotiation(event)
            case telnet.Overflow(what):
                self._fault(DataStreamError(0, f"{what} too long"), "telnet")

    def _record(self, record: bytes) -> None:
        if not self._negotiation.extended:
            self._data(record, None)
        elif len(record) < HEADER:
            self._fault(DataStreamError(0, "record is shorter than its header"), "TN3270E")
        elif self._negotiation.agreed:
            header = header_of(record)
            handler = _KINDS.get(header.kind)
            if handler is not None:
                handler(self, record[HEADER:], header)

    def _data(self, record: bytes, header: Header | None) -> None:
        """3270 data, with the answer its header asks for."""
        if header is not None and self._negotiation.has(BIND_IMAGE) and not self._bound:
            return  # RFC 2355 section 10.3: not before BIND
        self._sscp, self._nvt = False, None
        code = None
        try:
            answer = obey(self._display, record, self._device)
        except DataStreamError as error:
            self._fault(error, "3270")
            answer, code = b"", error.code
        if header is not None and self._negotiation.has(CONTENTION_RESOLUTION):
            self._resolve(header.request)
        if header is not None:
            self._negotiation.respond(header, code)  # also before data that answer (as s3270)
        if answer:
            self._negotiation.send(answer)

    def _bind(self, data: bytes, header: Header) -> None:
        self._display.reset()
        self._apply(read_bind(data, self._display.largest))
        self._bound, self._sscp = True, False
        self._negotiation.respond(header, None)

    def _apply(self, bind: Bind) -> None:
        display = self._display
        display.default = bind.default or display.default
        display.alternate = bind.alternate or display.alternate
        self._application = bind.application

    def _unbind(self, _data: bytes, header: Header) -> None:
        self._end_session()
        self._negotiation.respond(header, None)

    def _end_session(self) -> None:
        self._bound = self._sscp = False
        self._application, self._nvt = "", None
        self._display.reset()

    def _sscp_data(self, data: bytes, header: Header) -> None:
        if not self._sscp:
            self._display.erase((self._display.buffer.rows, self._display.buffer.columns))
            self._sscp, self._nvt = True, None
        write_sscp(self._display, data)
        self._negotiation.respond(header, None)

    def _nvt_data(self, data: bytes, header: Header) -> None:
        self._show_nvt(data)
        self._negotiation.respond(header, None)

    def _bid(self, _data: bytes, header: Header) -> None:
        """The host is going to send: the keyboard waits until it says SEND-DATA."""
        if self._negotiation.has(CONTENTION_RESOLUTION):
            self._display.bid = True
            self._display.version += 1
        self._negotiation.respond(header, None)

    def _resolve(self, flags: int) -> None:
        """Request flags of 3270 data (draft-ietf-tn3270e-extensions-04)."""
        display = self._display
        if flags & SEND_DATA and display.bid:
            display.bid = False
            display.version += 1
        if flags & KEYBOARD_RESTORE and display.waiting:
            display.unlock()
            display.version += 1

    def _show_nvt(self, data: bytes) -> None:
        self._banner = (self._banner + data.decode("latin-1"))[-KEPT_NVT:]
        if self._nvt is None:
            self._nvt = Nvt(self._send_nvt, self._display.largest)
        self._nvt.remote_echo = self._negotiation.telnet.is_on(telnet.ECHO, ours=False)
        self._nvt.feed(data)
        self._display.version += len(data)  # the same however the bytes are split

    def _send_nvt(self, data: bytes) -> None:
        if self._negotiation.extended:
            self._negotiation.send(data, NVT_DATA)
        else:
            self._negotiation.telnet.send_text(data)
        self._flush()

    def _fault(self, error: DataStreamError, stream: str) -> None:
        self.fault_count += 1
        self._faults.append(error.as_host_error(stream))

    def _call_host(self, aid: int) -> None:
        """Send what an attention key sends, and lock the keyboard."""
        display = self._display
        if aid == AID_CLEAR:
            display.erase((display.buffer.rows, display.buffer.columns))
        display.insert = display.stale = False
        if self._sscp:
            self._call_sscp(aid)
        else:
            display.aid, display.waiting = aid, True
            self._negotiation.send(read_modified(display, aid))
        self._flush()

    def _call_sscp(self, aid: int) -> None:
        if aid == AID_ENTER:
            self._display.aid, self._display.waiting = aid, True
            self._negotiation.send(sscp_input(self._display), SSCP_LU_DATA)
        elif aid != AID_CLEAR:
            raise OperatorError(problem="no application is bound: only Enter and Clear work")

    def _attn(self) -> None:
        """RFC 2355 section 10.6: IP; hosts of classic TN3270 take BREAK."""
        extended = self._negotiation.extended
        self._negotiation.telnet.send_command(telnet.IP if extended else telnet.BREAK)
        self._flush()

    def _sysreq(self) -> None:
        """RFC 2355 section 10.5: AO if SYSREQ is agreed on; else a test request."""
        if self._negotiation.has(SYSREQ):
            self._negotiation.telnet.send_command(telnet.AO)
            self._flush()
        else:
            self._need_unlocked()
            self._screen = None
            self._call_host(AID_SYSREQ)


_LINE_KEYS: Final[dict[str, Callable[[Terminal3270], None]]] = {
    "Attn": Terminal3270._attn,  # noqa: SLF001 - a table of this class's own methods
    "SysReq": Terminal3270._sysreq,  # noqa: SLF001 - as above
}
_LINE_NAMES: Final = frozenset(name.casefold() for name in _LINE_KEYS)
_KINDS: Final[dict[int, Callable[[Terminal3270, bytes, Header], None]]] = {
    DATA_3270: Terminal3270._data,  # noqa: SLF001 - as above
    BIND: Terminal3270._bind,  # noqa: SLF001 - as above
    UNBIND: Terminal3270._unbind,  # noqa: SLF001 - as above
    SSCP_LU_DATA: Terminal3270._sscp_data,  # noqa: SLF001 - as above
    NVT_DATA: Terminal3270._nvt_data,  # noqa: SLF001 - as above
    BID: Terminal3270._bid,  # noqa: SLF001 - as above
}
