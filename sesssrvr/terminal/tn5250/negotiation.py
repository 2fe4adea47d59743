"""TN5250: from telnet events to 5250 records.

Law: whatever the host asks, in whatever order and however often, the answer keeps the
session. Records are records only while terminal type, end of record and binary are agreed on, both
ways. RFC 1205 section 2.
Tested in `tests/sesssrvr/terminal/tn5250/test_negotiation.py`.
"""

from typing import Final

from sesssrvr.terminal import block_mode, telnet
from sesssrvr.terminal.new_environ import SEND
from sesssrvr.terminal.telnet import Telnet
from sesssrvr.terminal.tn5250.environment import Environment5250
from sesssrvr.terminal.tn5250.record import build


_SEND_TYPE: Final = b"\x01"
_TYPE_IS: Final = b"\x00"


class Negotiation5250:
    """The state of the negotiation: what the two ends have agreed on.

    Attributes:
        telnet: the option layer below.
        environment: the variables sent to the host.
        device_type: the terminal type sent to the host.
    """

    __slots__ = ("device_type", "environment", "telnet")

    def __init__(
        self, device_type: str, environment: Environment5250, *, new_environ: bool
    ) -> None:
        ours = block_mode.OURS if new_environ else block_mode.OURS - {telnet.NEW_ENVIRON}
        self.telnet = Telnet(ours, block_mode.THEIRS)
        self.environment = environment
        self.device_type = device_type

    @property
    def in_5250(self) -> bool:
        """Records of 5250 data may come."""
        return block_mode.agreed(self.telnet)

    def option_changed(self) -> None:
        """An option of either side went on or off."""
        self.telnet.record_mode = self.in_5250

    def subnegotiation(self, event: telnet.Subnegotiation) -> None:
        """The host said something within an option that is on."""
        if not self.telnet.is_on(event.option, ours=True):
            return
        if event.option == telnet.TERMINAL_TYPE and event.data[:1] == _SEND_TYPE:
            answer = _TYPE_IS + self.device_type.encode("ascii")
            self.telnet.send_subnegotiation(telnet.TERMINAL_TYPE, answer)
        elif event.option == telnet.NEW_ENVIRON and event.data[:1] == bytes((SEND,)):
            answer = self.environment.answer(event.data[1:])
            self.telnet.send_subnegotiation(telnet.NEW_ENVIRON, answer)

    def send(self, operation: int, data: bytes, flags: int = 0) -> None:
        """Send a record of ours."""
        self.telnet.send_record(build(operation, data, flags))
