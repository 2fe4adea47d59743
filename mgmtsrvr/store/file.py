"""The embedded store: one XML file that people edit too.

Law: the file is replaced as a whole or not at all, and an acknowledged write is on the disk. What
cannot be used is reported and never given out; the last good version goes on, over a restart too.
An edit is read once its size and time have stood still for a moment, so that a file that is being
copied slowly is not read half (decision 0183: 56 half reads in 10 edits without this).
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr.store.base import Document, Watcher
from mgmtsrvr.store.versions import Versions
from verdigris.config.installation import Check
from verdigris.errors import CannotWrite, ConfigurationError, Conflict, Problem, VerdigrisError
from verdigris.link.periodic import steadily


try:
    import fcntl
except ImportError:  # Windows: two writers on one machine are not kept apart there
    fcntl = None  # type: ignore[assignment] # the module is optional


log = Logger()

POLL: Final = 0.1
"""Seconds between looks at the file: one stat call, 2 us. An edit is in force in under 0.4 s."""
SETTLED: Final = 0.2
"""Seconds the file has to stand still before it is read (decision 0183)."""

Signature = tuple[int, int, int] | None


class FileStore:
    """A document in a file.

    Args:
        path: the file. Earlier versions lie beside it, in `<name>.versions`.
        check: raises `ConfigurationError` for what cannot be used.
        clock: for watching.
        keep: how many versions stay.
    """

    def __init__(self, path: Path, check: Check, clock: IReactorTime, *, keep: int = 20) -> None:
        self.path = path
        self._check = check
        self._clock = clock
        self._kept = Versions(path.with_name(path.name + ".versions"), keep)
        self._watchers: list[Watcher] = []
        self._good: Document | None = None
        self._problem: VerdigrisError | None = None
        self._seen: Signature = None
        self._pending: Signature = None
        self._pending_since = 0.0
        self._loop = steadily(self._look, f"watching {path}", clock)

    async def load(self) -> Document:
        """See `Store.load`."""
        self._seen = self._signature()
        try:
            document = self._read()
            self._check(document.data)
        except ConfigurationError as problem:
            self._problem = problem
            earlier = self._good or self._kept.newest(self._check)
            if earlier is None:
                raise
            _report(problem, "an earlier version")
            self._good = earlier
            return earlier
        self._accept(document)
        return document

    async def publish(self, data: bytes, expected: str) -> Document:
        """See `Store.publish`."""
        self._check(data)
        with self._alone():
            try:
                actual = self._read().revision
            except ConfigurationError:
                actual = ""
            if actual != expected:
                raise Conflict(actual=actual, expected=expected)
            document = Document(data)
            self._write(data)
            self._seen = self._signature()
        self._accept(document)
        return document

    async def versions(self) -> tuple[Document, ...]:
        """See `Store.versions`."""
        return self._kept.all()

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """See `Store.watch`."""
        self._watchers.append(watcher)
        if not self._loop.running:
            self._loop.start(POLL, now=False)

        def stop() -> None:
            self._watchers.remove(watcher)
            if not self._watchers and self._loop.running:
                self._loop.stop()

        return stop

    @property
    def problem(self) -> VerdigrisError | None:
        """See `Store.problem`."""
        return self._problem

    # ---- watching --------------------------------------------------------------------------

    def _look(self) -> None:
        """One look: act on a change that has stood still for a moment."""
        now = self._signature()
        if now == self._seen:
            self._pending = None
            return
        if now != self._pending or self._pending_since == 0.0:
            self._pending, self._pending_since = now, self._clock.seconds()
            return
        if self._clock.seconds() - self._pending_since < SETTLED:
            return
        self._seen, self._pending, self._pending_since = now, None, 0.0
        self._changed()

    def _changed(self) -> None:
        try:
            document = self._read()
            self._check(document.data)
        except ConfigurationError as problem:
            _report(problem, "the last good version")
            self._problem = problem
            for watcher in tuple(self._watchers):
                watcher.broken(problem)
        else:
            self._accept(document)

    def _accept(self, document: Document) -> None:
        mended, self._problem = self._problem is not None, None
        if document == self._good and not mended:
            return
        self._good = document
        self._kept.add(document)
        for watcher in tuple(self._watchers):
            watcher.changed(document)

    # ---- the file --------------------------------------------------------------------------

    def _signature(self) -> Signature:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> Document:
        try:
            return Document(self.path.read_bytes())
        except OSError as problem:
            said = Problem(str(self.path), 0, problem.strerror or str(problem))
            raise ConfigurationError.of(str(self.path), [said]) from None

    def _write(self, data: bytes) -> None:
        """Replace the file: temporary file, fsync, rename, fsync of the folder."""
        try:
            replace_file(self.path, data)
        except OSError as problem:
            raise CannotWrite(file=self.path, reason=problem.strerror or str(problem)) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other writers of this product out between comparing and swapping."""
        if fcntl is None:
            yield
            return
        try:
            lock = self.path.with_name(f".{self.path.name}.lock")
            handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as problem:
            raise CannotWrite(file=self.path, reason=problem.strerror or str(problem)) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _report(problem: VerdigrisError, instead: str) -> None:
    log.error("{problem}; {instead} goes on", problem=str(problem), instead=instead)


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file's content so that a reader sees the old or the new one, also after a crash.

    Raises:
        OSError: the old content is intact.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open folders; its rename is journalled
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
