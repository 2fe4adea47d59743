"""The host's side of a 3270 terminal: telnet events and TN3270E records become changes of a display.

Law: whatever the bytes, nothing is raised; a record that is not valid is counted, kept in `faults`
and refused where the protocol has a refusal (`tests/sesssrvr/terminal/test_fuzz.py`,
`tests/sesssrvr/terminal/tn3270/test_tn3270e.py`). No socket, no clock, no chance.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from sesssrvr.terminal import telnet
from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.tn3270.bind import Bind, read_bind
from sesssrvr.terminal.tn3270.commands import obey
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.inbound import read_modified
from sesssrvr.terminal.tn3270.keys import AID_CLEAR, AID_ENTER
from sesssrvr.terminal.tn3270.nvt import Nvt
from sesssrvr.terminal.tn3270.query import Device3270
from sesssrvr.terminal.tn3270.sscp import make_room, sscp_input, write_sscp
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
    header_of,
)
from verdigris.errors import HostDataError, OperatorError


KEPT_FAULTS: Final = 8
KEPT_NVT: Final = 4096  # characters; a banner, for people to read


class Session3270:
    """One host session of a 3270 terminal, from the first negotiation to the last record.

    Args:
        write: takes bytes for the host.
        negotiation: the options and functions agreed on.
        display: changed by the host's records.
        device: described in query replies.

    Attributes:
        negotiation, display: as given.
        nvt: the VT that draws NVT data; None while 3270 data is shown.
        banner: the last NVT text, such as a greeting before the session.
        application: the application the host bound the session to; "" if it has not said.
        faults: the latest records that were not valid.
        fault_count: number of all of them.
    """

    __slots__ = (
        "_bound",
        "_device",
        "_sscp",
        "_write",
        "application",
        "banner",
        "display",
        "fault_count",
        "faults",
        "negotiation",
        "nvt",
    )

    def __init__(
        self,
        write: Callable[[bytes], None],
        negotiation: Negotiation3270,
        display: Display3270,
        device: Device3270,
    ) -> None:
        self._write = write
        self.negotiation, self.display, self._device = negotiation, display, device
        self._bound = self._sscp = False
        self.application = self.banner = ""
        self.nvt: Nvt | None = None
        self.faults: deque[HostDataError] = deque(maxlen=KEPT_FAULTS)
        self.fault_count = 0

    def __repr__(self) -> str:
        bound = f" bound to {self.application}" if self.application else ""
        return f"<Session3270{bound}, {self.fault_count} faults>"

    # ---- from the host -----------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take bytes from the host and send the answers they ask for."""
        for event in self.negotiation.telnet.receive(data):
            self._take(event)
        self._flush()

    def end(self) -> None:
        """Go back to the state before the first record: the display is empty and waits."""
        self._bound = self._sscp = False
        self.application, self.nvt = "", None
        self.display.reset()

    def _take(self, event: telnet.Event) -> None:
        negotiation = self.negotiation
        match event:
            case telnet.TelnetRecord(data):
                self._record(data)
            case telnet.TelnetText(data):
                self._show_nvt(data)
            case telnet.OptionChanged():
                was = negotiation.in_3270
                negotiation.option_changed(event)
                if was and not negotiation.in_3270:
                    self.end()
            case telnet.Subnegotiation():
                negotiation.subnegotiation(event)
            case telnet.Overflow(what):
                self._fault(DataStreamError(0, f"{what} too long"), "telnet")

    def _record(self, record: bytes) -> None:
        if not self.negotiation.extended:
            self._data(record, None)
        elif len(record) < HEADER:
            self._fault(DataStreamError(0, "record is shorter than its header"), "TN3270E")
        elif self.negotiation.agreed:  # RFC 2355 section 7: no data before FUNCTIONS
            header = header_of(record)
            handler = _KINDS.get(header.kind)
            if handler is not None:
                handler(self, record[HEADER:], header)

    def _data(self, record: bytes, header: Header | None) -> None:
        """Obey 3270 data, and send the response its header asks for."""
        if header is not None and self.negotiation.has(BIND_IMAGE) and not self._bound:
            return  # RFC 2355 section 10.3: not before BIND
        self._sscp, self.nvt = False, None
        contention = header is not None and self.negotiation.has(CONTENTION_RESOLUTION)
        if header is not None and contention:
            self._turn(header.request)
        code = None
        try:
            answer = obey(self.display, record, self._device)
        except DataStreamError as error:
            self._fault(error, "3270")
            answer, code = b"", error.code
        if header is not None:
            if contention and header.request & KEYBOARD_RESTORE and self.display.waiting:
                self.display.unlock()
                self.display.version += 1
            self.negotiation.respond(header, code)  # also before data that answer (as s3270)
        if answer:
            self.negotiation.send(answer)

    def _turn(self, flags: int) -> None:
        """Whose turn it is by the request flags of 3270 data (draft-ietf-tn3270e-extensions-04).

        Decided before the data are obeyed, so that a keyboard they restore is free only with
        SEND-DATA (as x3270 since 4.2).
        """
        if flags & SEND_DATA:
            self.display.give_turn()
        else:
            self.display.take_turn()

    def _bind(self, data: bytes, header: Header) -> None:
        self.display.reset()
        self._apply(read_bind(data, self.display.largest))
        self._bound, self._sscp = True, False
        self.negotiation.respond(header, None)

    def _apply(self, bind: Bind) -> None:
        display = self.display
        display.default = bind.default or display.default
        display.alternate = bind.alternate or display.alternate
        self.application = bind.application

    def _unbind(self, _data: bytes, header: Header) -> None:
        self.end()
        self.negotiation.respond(header, None)

    def _sscp_data(self, data: bytes, header: Header) -> None:
        if not self._sscp:
            self.display.erase((self.display.buffer.rows, self.display.buffer.columns))
            self._sscp, self.nvt = True, None
        self.display.give_turn()  # the SSCP's session has no contention to resolve
        write_sscp(self.display, data)
        self.negotiation.respond(header, None)

    def _nvt_data(self, data: bytes, header: Header) -> None:
        self._show_nvt(data)
        self.negotiation.respond(header, None)

    def _bid(self, _data: bytes, header: Header) -> None:
        """The host is going to send: the keyboard waits until it says SEND-DATA."""
        if self.negotiation.has(CONTENTION_RESOLUTION):
            self.display.take_turn()
        self.negotiation.respond(header, None)

    def _show_nvt(self, data: bytes) -> None:
        self.banner = (self.banner + data.decode("latin-1"))[-KEPT_NVT:]
        if self.nvt is None:
            self.nvt = Nvt(self._send_nvt, self.display.largest)
        self.nvt.remote_echo = self.negotiation.telnet.is_on(telnet.ECHO, ours=False)
        self.nvt.feed(data)
        # By the bytes, not by the call: the count is the same however the stream is split.
        self.display.version += len(data)

    def _fault(self, error: DataStreamError, stream: str) -> None:
        self.fault_count += 1
        self.faults.append(error.as_host_error(stream))

    # ---- to the host -------------------------------------------------------------------------

    def call_host(self, aid: int) -> None:
        """Send what an attention key sends, and lock the keyboard.

        Raises:
            OperatorError: no application is bound, and the key is not Enter or Clear.
        """
        display = self.display
        if aid == AID_CLEAR:
            display.erase((display.buffer.rows, display.buffer.columns))
        display.insert = display.stale = False
        if self._sscp:
            self._call_sscp(aid)
        else:
            display.call(aid)
            self.negotiation.send(read_modified(display, aid))
        self._flush()

    def expect(self, cells: int) -> None:
        """Make room for text about to be typed, where the screen scrolls: in an SSCP-LU session."""
        if self._sscp:
            make_room(self.display, cells)

    def _call_sscp(self, aid: int) -> None:
        if aid == AID_ENTER:
            self.display.call(aid)
            self.negotiation.send(sscp_input(self.display), SSCP_LU_DATA)
        elif aid != AID_CLEAR:
            raise OperatorError(problem="no application is bound: only Enter and Clear work")

    def attention(self) -> None:
        """Send Attn: IP (RFC 2355 section 10.6); hosts of classic TN3270 take BREAK."""
        extended = self.negotiation.extended
        self.negotiation.telnet.send_command(telnet.IP if extended else telnet.BREAK)
        self._flush()

    def system_request(self) -> bool:
        """Send SysReq as AO (RFC 2355 section 10.5); False where SYSREQ is not agreed on."""
        if not self.negotiation.has(SYSREQ):
            return False
        self.negotiation.telnet.send_command(telnet.AO)
        self._flush()
        return True

    def _send_nvt(self, data: bytes) -> None:
        if self.negotiation.extended:
            self.negotiation.send(data, NVT_DATA)
        else:
            self.negotiation.telnet.send_text(data)
        self._flush()

    def _flush(self) -> None:
        out = self.negotiation.telnet.out
        if out:
            data = bytes(out)
            out.clear()
            self._write(data)


_KINDS: Final[dict[int, Callable[[Session3270, bytes, Header], None]]] = {
    DATA_3270: Session3270._data,  # noqa: SLF001 - a table of this class's own methods
    BIND: Session3270._bind,  # noqa: SLF001 - as above
    UNBIND: Session3270._unbind,  # noqa: SLF001 - as above
    SSCP_LU_DATA: Session3270._sscp_data,  # noqa: SLF001 - as above
    NVT_DATA: Session3270._nvt_data,  # noqa: SLF001 - as above
    BID: Session3270._bid,  # noqa: SLF001 - as above
}
