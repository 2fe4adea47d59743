"""The process that opens the ports and starts the workers; it serves nothing itself."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred

from gateway.settings import Settings
from gateway.workers.ports import SharedDoors, doors
from gateway.workers.shared_state import Sharing
from gateway.workers.supervisor import FIRST_SOCKET, Workers


METRICS = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable by which prometheus_client shares figures between processes."""


class Parent:
    """Opens ports, starts workers, and cleans up behind them.

    Args:
        reactor: for everything.
        given: this process's own arguments: the workers get them too.
        ready: told host and port when all workers serve.

    Attributes:
        failed: why the workers did not start, as lines.
    """

    def __init__(
        self, reactor: Any, given: Sequence[str], ready: Callable[[str, int], None]
    ) -> None:
        self.failed: list[str] = []
        self._reactor = reactor
        self._given = tuple(given)
        self._ready = ready
        self._shared: SharedDoors | None = None

    def __repr__(self) -> str:
        return f"<Parent of workers on {self._shared!r}>"

    async def serve(self, reactor: Any, options: argparse.Namespace) -> None:
        """Start everything and say so.

        Raises:
            CannotListenError: a port is taken.
            ConfigurationError: plugin-cfg.xml cannot be used.
        """
        file = _config(options)
        config = Settings(file, reactor).config
        wanted = doors(config, options.port)
        self._shared = shared = SharedDoors(wanted)
        folder = tempfile.TemporaryDirectory(prefix="verdigris-gateway-")
        sharing = Sharing(reactor, Path(folder.name))
        workers = Workers(
            reactor,
            [
                sys.executable,
                "-m",
                "gateway",
                *self._given,
                *_settled(file, folder.name),
                *_handed(len(wanted), folder.name),
            ],
            lambda number: [*shared.of(number), sharing.line()],
            options.workers,
            {**os.environ, METRICS: folder.name},
            lambda pid: forget(Path(folder.name), pid),
            shared.close,
        )
        reactor.addSystemEventTrigger(
            "before", "shutdown", lambda: self._stop(workers).addBoth(lambda _: folder.cleanup())
        )
        await workers.start()
        self._ready(shared.first.interface, shared.first.port)

    def _stop(self, workers: Workers) -> "Deferred[None]":
        if self._shared is not None:
            self._shared.close_all()
        if workers.failed:
            self.failed.append(workers.failed)
        return maybeDeferred(workers.stop)


def _config(options: argparse.Namespace) -> Path | None:
    here = Path("plugin-cfg.xml")
    return options.config or (here if here.exists() else None)


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
