"""The process that opens the ports and starts the workers; it serves nothing itself."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred

from gateway.settings import Settings
from gateway.workers.key_store import store_of
from gateway.workers.ports import SharedSockets, listen_addresses
from gateway.workers.shared_state import METRICS_FOLDER, ParentState
from gateway.workers.supervisor import FIRST_SOCKET, LEAVE_WITHIN, Workers


class Parent:
    """Opens ports, starts workers, and cleans up after them.

    Args:
        given: this process's own arguments: the workers get them too.
        count: how many workers.
        ready_line: makes the ready line of host and port.

    Attributes:
        failed: why the workers did not start, as lines.
        status: the exit status of the worker that did not start.
    """

    def __init__(
        self, given: Sequence[str], count: int, ready_line: Callable[[str, int], str]
    ) -> None:
        self.failed: list[str] = []
        self.status = 0
        self._given = tuple(given)
        self._count = count
        self._ready_line = ready_line
        self._shared: SharedSockets | None = None

    def __repr__(self) -> str:
        return f"<Parent of workers on {self._shared!r}>"

    async def start(self, reactor: Any, file: Path | None, port: int | None) -> str:
        """Start everything; returns the ready line when all workers serve.

        Args:
            reactor: for everything.
            file: plugin-cfg.xml, if there is one.
            port: instead of the settings' HTTP port.

        Raises:
            CannotListenError: a port is in use.
            ConfigurationError: plugin-cfg.xml cannot be used.
        """
        config = Settings(file, reactor).config
        wanted = listen_addresses(config, port)
        self._shared = shared = SharedSockets(wanted)
        folder = tempfile.TemporaryDirectory(prefix="verdigris-gateway-")
        store = store_of(reactor, config.data_folder, file)
        reactor.addSystemEventTrigger("after", "shutdown", store.end)
        sharing = ParentState(reactor, Path(folder.name), store)
        command = [sys.executable, "-m", "gateway", *self._given]
        workers = Workers(
            reactor,
            [*command, *_settled(file, folder.name), *_handed(len(wanted), folder.name)],
            lambda number: [*shared.of(number), sharing.line()],
            self._count,
            {**os.environ, METRICS_FOLDER: folder.name},
            lambda pid: forget(Path(folder.name), pid),
            shared.close,
            LEAVE_WITHIN + config.shutdown_pause,
        )
        reactor.addSystemEventTrigger(
            "before", "shutdown", lambda: self._stop(workers).addBoth(lambda _: folder.cleanup())
        )
        await workers.start()
        return self._ready_line(shared.first.interface, shared.first.port)

    def _stop(self, workers: Workers) -> "Deferred[None]":
        if self._shared is not None:
            self._shared.close_all()
        if workers.failed:
            self.failed.append(workers.failed)
            self.status = workers.status
        return maybeDeferred(workers.stop)


def _handed(ports: int, folder: str) -> list[str]:
    """What every worker is told: its descriptors, the last of them its line to the parent."""
    line = FIRST_SOCKET + ports
    sockets = ",".join(map(str, range(FIRST_SOCKET, line)))
    return ["--sockets", sockets, "--shared", folder, "--line", str(line), "--worker"]


def _settled(file: Path | None, folder: str) -> list[str]:
    """Without a plugin-cfg.xml an empty one: its folder is where workers find one certificate."""
    if file is not None:
        return []
    made = Path(folder) / "plugin-cfg.xml"
    made.write_text("<properties/>\n")
    return ["--config", str(made)]


def forget(folder: Path, pid: int) -> None:
    """A dead worker's momentary figures are over; what it has counted stays."""
    for file in folder.glob(f"gauge_live*_{pid}.db"):
        with contextlib.suppress(OSError):
            file.unlink()
