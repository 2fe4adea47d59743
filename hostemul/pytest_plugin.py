"""Hosts for tests of models: `pytest_plugins = ["hostemul.pytest_plugin"]` in your conftest.py.

    def test_sign_on(demo_bank):
        host, port = demo_bank("--seed", "7")

    def test_an_order(order_host):
        host, port = order_host()

    def test_our_host(host_replay):
        host, port = host_replay("recordings/sign-on.trc")
        ...
        assert host_replay.differences() == []

Each host is a process of its own and ends with the test.
"""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest


STARTS_WITHIN: Final = 30.0
"""Seconds until a host listens; a slower one is ended, and the test fails."""
Address = tuple[str, int]
_DIFFERENCE: Final = re.compile(r"step \d+: ")


class HostProcess:
    """`python -m hostemul` with these arguments, on a free port of this machine.

    Raises:
        RuntimeError: it does not start; with its own words.

    Attributes:
        address: where it listens: host and port.
    """

    def __init__(self, *arguments: str) -> None:
        self._begin(*arguments, "--port", "0")

    @classmethod
    def recording(cls, host: Address, file: str | Path, *options: str) -> "HostProcess":
        """A tap before a host, which writes into a file: `hostemul record`."""
        made = cls.__new__(cls)
        place = f"{host[0]}:{host[1]}"
        made._begin("record", "--listen", "0", "--host", place, *options, str(file))  # noqa: SLF001 - its own
        return made

    def _begin(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "hostemul", *arguments]
        self._process = subprocess.Popen(  # noqa: S603  our own program with the test's arguments
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        watchdog = threading.Timer(STARTS_WITHIN, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline().strip() if self._process.stdout else ""
        finally:
            watchdog.cancel()
        if " listening on " not in line:
            raise RuntimeError(self.stop() or f"hostemul {arguments[0]} said nothing")
        host, _, port = line.rpartition(" ")[2].rpartition(":")
        self.address: Address = (host, int(port))

    def __repr__(self) -> str:
        return f"<HostProcess {self._process.pid}>"

    def stop(self) -> str:
        """End it; what it reported: for a replay, what the terminal did otherwise."""
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.communicate()[1]


@pytest.fixture
def _hosts() -> Iterator[Callable[..., Address]]:
    running: list[HostProcess] = []

    def start(*arguments: str) -> Address:
        running.append(HostProcess(*arguments))
        return running[-1].address

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def demo_bank(_hosts: Callable[..., Address]) -> Callable[..., Address]:
    """Start the demo bank: `demo_bank("--codepage", "cp1047")`; host and port."""
    return lambda *options: _hosts("bank", *options)


@pytest.fixture
def order_host(_hosts: Callable[..., Address]) -> Callable[..., Address]:
    """Start the 5250 order host: `order_host("--seed", "7")`; host and port."""
    return lambda *options: _hosts("orders", *options)


class HostReplay:
    """Plays recordings: `replay(file)` is the host and port of one more.

    Recorded delays are left out unless `--pace` says otherwise.
    """

    def __init__(self) -> None:
        self._running: list[HostProcess] = []

    def __repr__(self) -> str:
        return f"<HostReplay {len(self._running)} recordings>"

    def __call__(self, file: str | Path, *options: str) -> Address:
        """Be the host of a recording."""
        pace = () if "--pace" in options else ("--pace", "0")
        self._running.append(HostProcess("replay", str(file), *pace, *options))
        return self._running[-1].address

    def differences(self) -> list[str]:
        """End the hosts; in what terminals did otherwise than recorded, a line each."""
        running, self._running = self._running, []
        said = "".join(one.stop() for one in running)
        return [line for line in said.splitlines() if _DIFFERENCE.match(line)]


@pytest.fixture
def host_replay() -> Iterator[HostReplay]:
    """Be the host of a recording: `host_replay(file)`; host and port. See `HostReplay`."""
    made = HostReplay()
    yield made
    made.differences()
