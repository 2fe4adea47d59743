"""One program of ours as a real process on loopback.

Law: it is started with a file for its log, counts as started only when it has printed its ready
line, and is gone when it is stopped or killed.
"""

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from verdigris.errors import NotStarted


READY_WITHIN: Final = 60.0
"""Seconds a process may take to print its ready line; importing everything takes 1-2."""


PORTS: Final = range(20_000, 32_000)
"""Below the range from which systems take ports for outgoing connections (RFC 6335: from 49152,
Linux: from 32768): there, a part that is down for a moment would lose its port to a connection."""

_given: Final[set[int]] = set()


def free_port() -> int:
    """A TCP port of loopback that nobody uses at this moment; never the same one twice."""
    for port in random.sample(PORTS, len(PORTS)):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise NotStarted(name="A process", reason="no TCP port is free", log="none")


def port_or_free(wanted: int) -> int:
    """The wanted port if nobody has it, else a free one."""
    return wanted if _is_free(wanted) else free_port()


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


class Process:
    """One program of the fleet.

    Args:
        name: for people and the log file's name.
        arguments: what follows `python -m`.
        folder: where the log goes.

    Attributes:
        environment: variables besides those of this process.
    """

    def __init__(self, name: str, arguments: Sequence[str], folder: Path) -> None:
        self.name = name
        self.arguments = tuple(arguments)
        self.log = folder / f"{name}.log"
        self.ready_line = ""
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None
        self._before = 0

    def __repr__(self) -> str:
        return f"<Process {self.name} pid {self.pid} {'running' if self.running else 'ended'}>"

    @property
    def pid(self) -> int:
        """The process id, 0 before the first start."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, module: bool = True) -> Self:
        """Start it and wait for its ready line.

        Args:
            module: `arguments` begin with a module's name, not with a script's.

        Raises:
            NotStarted: it ended, or printed nothing within `READY_WITHIN` seconds.
        """
        with self.log.open("a") as log:
            self._before = self.log.stat().st_size
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                # -P: a folder of the working directory that is called `gateway` is not run.
                [sys.executable, *(["-P", "-m"] if module else []), *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.environment},
            )
        self.ready_line = self._first_line()
        return self

    def _first_line(self) -> str:
        process = self._process
        assert process is not None  # noqa: S101 - set by start
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        found: list[str] = []
        reader = threading.Thread(
            target=lambda out: found.append(out.readline()), args=(process.stdout,), daemon=True
        )
        reader.start()
        reader.join(READY_WITHIN)
        if not found or not found[0]:
            in_time = bool(found)  # killing it ends its output too
            if in_time:  # it has closed its output, and may not have ended yet
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5.0)
            self.kill()
            reason = self._last_words() if in_time else f"not ready within {READY_WITHIN:g} seconds"
            raise NotStarted(name=self.name, reason=reason, log=self.log)
        return found[0].strip()

    def _last_words(self) -> str:
        """The last line of its log since this start, else how it ended."""
        with self.log.open(errors="replace") as log:
            log.seek(self._before)
            lines = log.read().strip().splitlines()
        code = self._process.returncode if self._process else None
        how = f"status {code}" if code is None or code >= 0 else f"signal {-code}"
        return lines[-1] if lines else f"it ended with {how} and without a message"

    def port(self, label: str = "listening on") -> int:
        """The port the ready line names behind a label."""
        found = re.search(re.escape(label) + r" \S*?:(\d+)", self.ready_line)
        if found is None:
            raise NotStarted(
                name=self.name,
                reason=f"its ready line {self.ready_line!r} names no port",
                log=self.log,
            )
        return int(found[1])

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, such as SIGSTOP."""
        if self._process is not None and self.running:
            self._process.send_signal(number)

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def ask_to_end(self) -> None:
        """SIGTERM, also for a process that is stopped (SIGSTOP)."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)

    def stop(self, seconds: float = 10.0) -> None:
        """SIGTERM; kill -9 if it has not ended by itself in time."""
        if self._process is None:
            return
        self.ask_to_end()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
