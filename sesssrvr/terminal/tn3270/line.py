"""What a 3270 terminal and its host have agreed on, for whoever asks.

Law: nothing is said here that the host has not said.
"""

from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.redact import mask_received, mask_sent
from sesssrvr.terminal.tn3270.tn3270e import HEADER, Negotiation3270


class Line:
    """The line of a 3270 terminal: a part of `Terminal3270`."""

    __slots__ = ("_application", "_negotiation")

    _negotiation: Negotiation3270
    _application: str
    _display: Display3270

    def mask_sent(self, data: bytes) -> bytes:
        """What has just been sent, hidden fields masked: for traces."""
        return mask_sent(self._display.buffer, data, HEADER if self._negotiation.extended else 0)

    def mask_received(self, data: bytes) -> bytes:
        """What came from the host, hidden fields masked: for traces."""
        return mask_received(data, HEADER if self._negotiation.extended else 0)

    @property
    def tls_wanted(self) -> bool:
        """The next bytes in both directions are TLS: begin it, and say `tls_started`."""
        return self._negotiation.tls_wanted

    @property
    def tls_missing(self) -> bool:
        """START_TLS is required and the host goes on without it."""
        return self._negotiation.tls_missing

    @property
    def last_refusal(self) -> str:
        """What the host said no to, in words; "" when it has not, or has a session all the same."""
        return "" if self._negotiation.in_3270 else self._negotiation.last_refusal

    @property
    def lu_name(self) -> str:
        """The LU the host assigned; empty if it has not said."""
        return self._negotiation.lu_name

    @property
    def device_type(self) -> str:
        """What the terminal is to the host, such as "IBM-3278-2-E"."""
        return self._negotiation.device_type

    @property
    def application(self) -> str:
        """The name of the application the host bound the session to; empty if it has not said."""
        return self._application

    @property
    def negotiated(self) -> str:
        """For people: "TN3270E", "TN3270", or "" while nothing is agreed on."""
        negotiation = self._negotiation
        if not negotiation.in_3270:
            return ""
        return "TN3270E" if negotiation.extended else "TN3270"
