"""Signs of life on idle connections to hosts.

Firewalls and terminal servers forget a connection that is silent for minutes, and a host that has
gone away without a word is noticed only by asking. TCP's own keepalive begins after two hours
unless the socket says otherwise. SSH has a keepalive of its own (`sesssrvr.hosts.ssh`).
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.protocols.tls import TLSMemoryBIOProtocol

from sesssrvr.model import HostSettings
from sesssrvr.terminal.telnet import DO, IAC, NOP, TIMING_MARK
from verdigris.errors import HostUnreachable


SECONDS: Final = 60
"""Of silence before the first sign, unless the option `keepalive` says otherwise."""
LONGEST: Final = 86_400
PROBES: Final = 3
"""Signs of TCP's that a host leaves unanswered before the connection is over."""

How = Literal["tcp", "nop", "timing-mark"]
_HOW: Final[dict[str, How]] = {"tcp": "tcp", "nop": "nop", "timing-mark": "timing-mark"}
_SAID: Final[dict[How, bytes]] = {
    "nop": bytes((IAC, NOP)),
    "timing-mark": bytes((IAC, DO, TIMING_MARK)),
}


@dataclass(frozen=True, slots=True)
class Keepalive:
    """How a silent connection is kept.

    Attributes:
        seconds: of silence before a sign is given, and between two of them; 0 gives none.
        how: TCP's keepalive; or telnet's NOP (RFC 854), which hosts do not answer; or DO TIMING-MARK
            (RFC 860), which every telnet host answers: after two that it does not, it is lost.
    """

    seconds: int = SECONDS
    how: How = "tcp"

    @classmethod
    def of(cls, host: HostSettings) -> Self:
        """The options `keepalive` and `keepalive-by` of the host settings.

        Raises:
            HostUnreachable: an option has a value it cannot have.
        """
        text, how = host.option("keepalive") or str(SECONDS), host.option("keepalive-by") or "tcp"
        if not text.isdecimal() or int(text) > LONGEST:
            problem = f"option keepalive is {text!r}, not 0 to {LONGEST} seconds"
        elif how not in _HOW:
            problem = f"option keepalive-by is {how!r}, not one of {', '.join(_HOW)}"
        else:
            return cls(int(text), _HOW[how])
        raise HostUnreachable(host=f"{host.host}:{host.port}", reason=problem)

    def apply(self, transport: Any) -> None:
        """Set TCP's keepalive of a connection, whatever is above it; other transports have none."""
        while isinstance(transport, TLSMemoryBIOProtocol):
            transport = transport.transport
        if not self.seconds or not ITCPTransport.providedBy(transport):
            return
        transport.setTcpKeepAlive(True)
        handle = getattr(transport, "getHandle", lambda: None)()
        if not isinstance(handle, socket.socket):
            return
        for name, value in (
            ("TCP_KEEPIDLE", self.seconds),
            ("TCP_KEEPINTVL", max(1, self.seconds // PROBES)),
            ("TCP_KEEPCNT", PROBES),
        ):
            if (option := getattr(socket, name, None)) is not None:  # not on every system
                handle.setsockopt(socket.IPPROTO_TCP, option, min(value, 32_767))


class KeepaliveTimer:
    """Gives signs of telnet's on a connection that is silent.

    Args:
        clock: for the time.
        keepalive: how, and how often.
        send: takes what is to be sent beside the terminal's bytes.
        lost: called with the reason when the host gives no sign.
    """

    __slots__ = ("_clock", "_heard", "_keepalive", "_lost", "_send", "_timer")

    def __init__(
        self,
        clock: IReactorTime,
        keepalive: Keepalive,
        send: Callable[[bytes], None],
        lost: Callable[[str], None],
    ) -> None:
        self._clock, self._keepalive, self._send, self._lost = clock, keepalive, send, lost
        self._heard = clock.seconds()
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """Begin; without a sign of telnet's there is nothing to do."""
        if self._keepalive.seconds and self._keepalive.how in _SAID and self._timer is None:
            self.heard()
            self._timer = self._clock.callLater(self._keepalive.seconds, self._look)

    def heard(self) -> None:
        """The host has sent something."""
        self._heard = self._clock.seconds()

    def stop(self) -> None:
        """End."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _look(self) -> None:
        self._timer = None
        every, silent = self._keepalive.seconds, self._clock.seconds() - self._heard
        if self._keepalive.how == "timing-mark" and silent > 2 * every:
            self._lost(f"the host has given no sign of life for {silent:.0f} seconds")
            return
        left = every - silent
        if left <= 0:
            self._send(_SAID[self._keepalive.how])
        self._timer = self._clock.callLater(left if left > 0 else every, self._look)
