"""Tells a service manager that a process is ready, alive, or ending (sd_notify(3)).

A datagram of NAME=VALUE lines to the socket that NOTIFY_SOCKET names. A library would be a
dependency for thirty lines. The watchdog's messages are sent by the event loop itself: a loop that
is stuck sends none, and systemd restarts the process. Without NOTIFY_SOCKET nothing is sent.
"""

import os
import socket
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from twisted.internet.task import LoopingCall


SOCKET: Final = "NOTIFY_SOCKET"
INTERVAL: Final = "WATCHDOG_USEC"
PROCESS: Final = "WATCHDOG_PID"


class ServiceManager:
    """The service manager that started this process, if there is one.

    Args:
        address: of its socket; "" sends nothing. "@" begins a name in the abstract namespace.
        watchdog: microseconds within which it expects a sign of life; 0 expects none.
        send: sends a datagram to an address.
    """

    def __init__(
        self, address: str, watchdog: int, send: Callable[[str, bytes], None] | None = None
    ) -> None:
        self._address = address
        self._watchdog = watchdog
        self._send = send or _datagram
        self._signs: LoopingCall | None = None

    def __repr__(self) -> str:
        return f"<ServiceManager {self._address or 'none'} watchdog {self._watchdog} us>"

    @classmethod
    def of(cls, environment: MutableMapping[str, str]) -> "ServiceManager":
        """The one that the environment names.

        The variables are taken out of it: processes started by this one must not speak for it.
        """
        address, interval = environment.pop(SOCKET, ""), environment.pop(INTERVAL, "0")
        process = environment.pop(PROCESS, "")
        ours = not process or process == str(os.getpid())
        return cls(address, int(interval) if ours and interval.isdecimal() else 0)

    def ready(self, line: str, clock: Any) -> None:
        """The process serves; signs of life begin.

        Args:
            line: shown as the state of the unit.
            clock: for the signs of life.
        """
        self._tell(f"READY=1\nSTATUS={line}")
        if self._address and self._watchdog:
            self._signs = LoopingCall(self._tell, "WATCHDOG=1")
            self._signs.clock = clock
            self._signs.start(
                self._watchdog / 2_000_000
            )  # half of it, as sd_watchdog_enabled(3) says

    def stopping(self) -> None:
        """The process is ending; draining may take its time, so signs of life go on."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if self._address:
            self._send(self._address, text.encode())


def _datagram(address: str, data: bytes) -> None:
    """Send, or let it be: a service manager that does not listen harms nobody."""
    path = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as one:
            one.settimeout(0)
            one.sendto(data, path)
    except OSError:
        return
