"""plugin-cfg.xml while it is being edited: polled, taken when it has settled, last good one kept.

Law: `config` is always a whole, valid file's content; a broken edit changes nothing but `problem`.
Whoever asks for `config` at the beginning of a request has that snapshot for all of it.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from verdigris.config.plugin_cfg import KEYS, PluginConfig, load
from verdigris.errors import ConfigurationError, Problem


log = Logger()

POLL: Final = 0.1
"""Seconds between looks: a stat costs 2 us, and an edit is seen before its editor can try it."""

SETTLED: Final = 0.2
"""Seconds a changed file must stay the same before it is read: editors write in several steps."""


class Settings:
    """The settings of a running gateway.

    Args:
        path: of plugin-cfg.xml; None runs on defaults, for ever.
        clock: for polling.

    Attributes:
        config: what counts now.
        problem: why the file as it lies there is not used; None if it is.
        on_change: called after `config` changed.

    Raises:
        ConfigurationError: the file cannot be used at the start.
    """

    def __init__(self, path: Path | None, clock: IReactorTime) -> None:
        self.path = path
        self.config = PluginConfig()
        self.problem: ConfigurationError | None = None
        self.on_change: list[Callable[[], None]] = []
        self._clock = clock
        self._signature: object = None
        self._changed_at: float | None = None
        self._digest = sha256(b"").digest()
        self._poll: LoopingCall | None = None
        if path is not None:
            self._signature = self._stat()
            data = self._read()
            self.config = load(data, path.name)
            self._digest = sha256(data).digest()
        self._begun = self.config

    def __repr__(self) -> str:
        state = "broken edit, last good one in use" if self.problem else "good"
        return f"<Settings {self.path or 'defaults'} [{state}]>"

    @property
    def revision(self) -> int:
        """Names the content in use: the first 48 bits of its SHA-256."""
        return int.from_bytes(self._digest[:6], "big")

    @property
    def stale(self) -> tuple[str, ...]:
        """Keys whose values in the file are seen only by a new process."""
        return tuple(
            key.name
            for key in KEYS
            if key.restart and getattr(self.config, key.field) != getattr(self._begun, key.field)
        )

    def start(self) -> None:
        """Begin to watch the file."""
        if self.path is None or self._poll is not None:
            return
        self._poll = LoopingCall(self.look)
        self._poll.clock = self._clock
        self._poll.start(POLL, now=False).addErrback(
            lambda caught: log.failure("watching plugin-cfg.xml ended", caught)
        )

    def stop(self) -> None:
        """Watch no longer."""
        if self._poll is not None and self._poll.running:
            self._poll.stop()
        self._poll = None

    def look(self) -> None:
        """Look at the file once; take it if it changed and has settled."""
        signature = self._stat()
        now = self._clock.seconds()
        if signature != self._signature:
            self._signature = signature
            self._changed_at = now
        elif self._changed_at is not None and now - self._changed_at >= SETTLED:
            self._changed_at = None
            self._take()

    def _take(self) -> None:
        assert self.path is not None  # noqa: S101 - only a file that is there is watched
        try:
            data = self._read()
            digest = sha256(data).digest()
            if digest == self._digest and self.problem is None:
                return
            config = load(data, self.path.name)
        except ConfigurationError as problem:
            self.problem = problem
            log.error("{problem}; the last good one stays in use", problem=str(problem))  # noqa: TRY400 - a sentence for whoever edited, no traceback
            return
        self._digest = digest
        self.problem = None
        changed, self.config = config != self.config, config
        log.info("{file} was read again", file=self.path.name)
        if self.stale:
            log.warn(
                "{keys}: the change needs a restart; what the gateway was started with goes on",
                keys=", ".join(self.stale),
            )
        if changed:
            for tell in tuple(self.on_change):
                tell()

    def _read(self) -> bytes:
        assert self.path is not None  # noqa: S101 - as above
        try:
            return self.path.read_bytes()
        except OSError as problem:
            said = Problem(self.path.name, 0, f"it cannot be read: {problem.strerror}")
            raise ConfigurationError.of(self.path.name, [said]) from None

    def _stat(self) -> object:
        assert self.path is not None  # noqa: S101 - as above
        try:
            found = self.path.stat()
        except OSError:
            return "gone"
        return (found.st_mtime_ns, found.st_size, found.st_ino)
