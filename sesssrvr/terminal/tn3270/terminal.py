"""A 3270 terminal without a connection: host bytes in, host bytes out, a screen to read.

`Session3270` is the host's side, `Keyboard3270` the operator's; this joins them to what a host
session drives (`sesssrvr.terminal.contract`).

Law: `feed` raises nothing, whatever the bytes (`tests/sesssrvr/terminal/test_fuzz.py`). Only the
host changes the screen's content between two keys, only the operator's keys send input.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from sesssrvr.terminal.codepage import codepage as find_codepage
from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.key_names import unknown_key
from sesssrvr.terminal.screen import Screen
from sesssrvr.terminal.tn3270.display import Display3270, device_size
from sesssrvr.terminal.tn3270.keyboard import Keyboard3270
from sesssrvr.terminal.tn3270.keys import AID_SYSREQ, AIDS, KEYS, LINE, key_name
from sesssrvr.terminal.tn3270.query import Device3270
from sesssrvr.terminal.tn3270.redact import mask_received, mask_sent
from sesssrvr.terminal.tn3270.session import Session3270
from sesssrvr.terminal.tn3270.snapshot import snapshot
from sesssrvr.terminal.tn3270.tn3270e import (
    FUNCTIONS_BY_NAME,
    HEADER,
    Negotiation3270,
    StartTls,
)
from verdigris.errors import HostDataError, OperatorError


_LINE_NAMES: Final = frozenset(name.casefold() for name in LINE)


class Terminal3270(Terminal):
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
        colour: the terminal is an IBM-3279 in classic TN3270, where old hosts know colour by the
            type; in TN3270E there are IBM-3278 only (RFC 2355, section 7.1).
        without: names of `FUNCTIONS_BY_NAME` that are neither asked for nor agreed to.

    Raises:
        UnknownCodePage: no such code page.
        ValueError: no such model, or an oversize smaller than the model or beyond 16,384 cells.
        KeyError: no such function.
    """

    __slots__ = ("_display", "_keyboard", "_screen", "_session", "codepage")

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
        colour: bool = False,
        without: Collection[str] = (),
    ) -> None:
        size = device_size(model, oversize)
        self.codepage = page = find_codepage(codepage)
        self._display = Display3270(size, wide=bool(page.double))
        self._keyboard = Keyboard3270(
            self._display,
            page,
            numeric_lock=numeric_lock,
            blank_fill=blank_fill,
            graphic_escape=extended,
        )
        kind = "IBM-DYNAMIC" if oversize else f"IBM-3278-{model}" + ("-E" if extended else "")
        negotiation = Negotiation3270(
            kind,
            lu_names,
            tn3270e=tn3270e,
            start_tls=start_tls,
            environment=environment,
            classic_type=kind.replace("3278", "3279") if colour else kind,
            excluded=[FUNCTIONS_BY_NAME[name] for name in without],
        )
        device = Device3270(*size, page.cgcsgid, page.double)
        self._session = Session3270(write, negotiation, self._display, device)
        self._screen: Screen | None = None

    def __repr__(self) -> str:
        state = "locked" if self._display.locked else "unlocked"
        how = self.negotiated or "negotiating"
        lu = f" LU {self.lu_name}" if self.lu_name else ""
        return f"<Terminal3270 {self.device_type} {how}{lu} {state}, {self.fault_count} faults>"

    # ---- the host's side ---------------------------------------------------------------------

    def feed(self, data: bytes) -> bool:
        """Take bytes from the host; True if the screen or the keyboard changed."""
        before = self._display.version
        self._session.receive(data)
        if self._display.version == before:
            return False
        self._screen = None
        return True

    def screen(self) -> Screen:
        """The screen as it is now; the same object until something changes."""
        if self._screen is None:
            display, nvt = self._display, self._session.nvt
            if nvt is None:
                self._screen = snapshot(display, self.codepage, connected=self.ready)
            else:
                self._screen = nvt.screen(version=display.version, unlocks=display.unlocks)
        return self._screen

    # ---- the operator's side -----------------------------------------------------------------

    def type(self, text: str) -> None:
        """Type text at the cursor, as an operator: autoskip, MDT.

        Raises:
            OperatorError: the keyboard is locked, or the terminal refuses a character (protected,
                numeric, full, not in the code page); the characters before it have been typed.
        """
        self._screen = None
        if self._session.nvt is not None:
            self._session.nvt.type(text)
            return
        self._need_unlocked()
        self._session.expect(len(self.codepage.encoded(text)) or len(text))
        self._keyboard.type(text)

    def move_cursor(self, row: int, column: int) -> None:
        """Move the cursor to a 1-based row and column.

        Raises:
            OperatorError: the place is outside the screen, or the keyboard is locked.
        """
        if self._session.nvt is not None:
            self._session.nvt.move_cursor(row, column)
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
        if self._session.nvt is not None and name.casefold() not in _LINE_NAMES:
            self._screen = None
            self._session.nvt.key(name)
            return
        known = key_name(name)
        if known is None:
            raise OperatorError(problem=unknown_key(name, KEYS))
        if known == "Attn":
            self._session.attention()
        elif known == "SysReq":
            self._system_request()
        else:
            if known != "Reset":
                self._need_unlocked()
            self._screen = None
            aid = AIDS[known] if known in AIDS else self._keyboard.press(known)
            if aid is not None:
                self._session.call_host(aid)

    def _system_request(self) -> None:
        """Send SysReq; a host that has not agreed on it gets a test request (GA23-0059)."""
        if not self._session.system_request():
            self._need_unlocked()
            self._screen = None
            self._session.call_host(AID_SYSREQ)

    def _need_unlocked(self) -> None:
        if self._display.locked:
            raise OperatorError(problem="the keyboard is locked: it is the host's turn")

    # ---- the session, for the connection and for people --------------------------------------

    @property
    def ready(self) -> bool:
        """Whether a first screen or unlock has arrived from the host, or text to answer."""
        return self._session.nvt is not None or not self._display.awaiting

    @property
    def faults(self) -> tuple[HostDataError, ...]:
        """The latest records of the host that were not valid; `fault_count` counts all."""
        return tuple(self._session.faults)

    @property
    def fault_count(self) -> int:
        """Number of all records of the host that were not valid."""
        return self._session.fault_count

    @property
    def nvt(self) -> str:
        """The last text the host sent as NVT data, such as a banner before the session."""
        return self._session.banner

    @property
    def last_refusal(self) -> str:
        """What the host refused last, as a sentence; "" for nothing, and once there is a session."""
        negotiation = self._session.negotiation
        if self.ready or (negotiation.in_3270 and not negotiation.device_refused):
            return ""
        return negotiation.last_refusal

    @property
    def lu_name(self) -> str:
        """The LU the host assigned; "" if it has not said."""
        return self._session.negotiation.lu_name

    @property
    def device_type(self) -> str:
        """The terminal type agreed on with the host, such as "IBM-3278-2-E"."""
        return self._session.negotiation.device_type

    @property
    def application(self) -> str:
        """The name of the application the host bound the session to; "" if it has not said."""
        return self._session.application

    @property
    def negotiated(self) -> str:
        """The protocol agreed on: "TN3270E", "TN3270", or "" during negotiation."""
        negotiation = self._session.negotiation
        if not negotiation.in_3270:
            return ""
        return "TN3270E" if negotiation.extended else "TN3270"

    @property
    def tls_wanted(self) -> bool:
        """Whether the next bytes in both directions are TLS; answered by `tls_started`."""
        return self._session.negotiation.tls_wanted

    @property
    def tls_missing(self) -> bool:
        """Whether START_TLS is required and the host goes on without it."""
        return self._session.negotiation.tls_missing

    def tls_started(self) -> None:
        """Take note that TLS has begun; what was said in the clear is forgotten."""
        self._session.negotiation.tls_started()
        self._session.end()

    @property
    def codepage_name(self) -> str:
        """The host's code page, such as "cp037"."""
        return self.codepage.name

    def mask_sent(self, data: bytes) -> bytes:
        """The bytes just sent, with hidden fields masked: for traces."""
        return mask_sent(self._display.buffer, data, self._header)

    def mask_received(self, data: bytes) -> bytes:
        """Bytes of the host, with hidden fields masked: for traces."""
        return mask_received(data, self._header)

    @property
    def _header(self) -> int:
        """Length of the header before a record's data."""
        return HEADER if self._session.negotiation.extended else 0
