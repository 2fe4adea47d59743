"""Watching files that people edit: polled, read once they have settled, last good version kept.

Law: a broken edit changes nothing but `problem` (tests/verdigris/config/test_watch.py). A file that
is being copied slowly is not read half-way (decision 0183: 56 half reads in 10 edits without
this). Nothing but a regular file is read, and never more than its limit: a FIFO cannot hold up the
event loop, nor can a large file fill the memory.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from verdigris.config.xmlfile import MAX_BYTES
from verdigris.errors import ConfigurationError, Problem


T = TypeVar("T")
log = Logger()

POLL: Final = 0.1
"""Seconds between looks at a file: one stat call, 2 us. An edit is in force in under 0.4 s."""

SETTLED: Final = 0.2
"""Seconds a changed file must stay the same before it is read: editors write in several steps."""

UNANSWERED: Final = 5.0
"""Seconds without an answer of the file system after which that is reported as a problem."""

Signature = tuple[int, int, int] | None
"""Inode, size and time of change; None if there is no file."""

NEVER: Final = (-1, -1, -1)
"""A signature that no file has."""

Elsewhere = Callable[[Callable[[], object]], "Deferred[Any]"]
"""Runs a file system call that may hang, such as `verdigris.link.OwnThread`."""


def at_once(call: Callable[[], object]) -> "Deferred[Any]":
    """Run a call here and now: `Elsewhere` for tests, and for files that never hang."""
    return maybeDeferred(call)


def signature_of(path: Path) -> Signature:
    """What changes when a file is edited; follows symbolic links."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def read_file(path: Path, limit: int = MAX_BYTES, *, name: str = "") -> bytes:
    """A regular file's content.

    Args:
        path: the file.
        limit: bytes; a longer file is refused before it is read.
        name: of the file, in the error; its path if absent.

    Raises:
        ConfigurationError: it cannot be read, is too large, or is not a regular file.
    """
    shown = name or str(path)
    try:
        return _read(path, limit)
    except OSError as problem:
        said = f"it cannot be read: {problem.strerror or problem}"
        raise ConfigurationError.of(shown, [Problem(shown, 0, said)]) from None


def _read(path: Path, limit: int) -> bytes:
    # O_NONBLOCK: opening a FIFO for reading would wait until somebody writes to it
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError(0, "it is not a regular file")
        if about.st_size > limit:
            raise OSError(0, f"it is larger than {limit} bytes")
        data = file.read(limit + 1)
    if len(data) > limit:  # it grew meanwhile, or does not say its size
        raise OSError(0, f"it is larger than {limit} bytes")
    return data


class Settling:
    """Decides when a changed file is to be read; knows neither file nor clock.

    Args:
        seen: the signature of what is in use.
        settled: seconds a changed file must stay the same.
    """

    def __init__(self, seen: Signature = None, settled: float = SETTLED) -> None:
        self.seen = seen
        self._settled = settled
        self._changed: tuple[Signature, float] | None = None

    def __repr__(self) -> str:
        return f"<Settling {'changed' if self._changed else 'quiet'}>"

    def due(self, signature: Signature, now: float) -> bool:
        """Whether the file has changed and settled; True once for each change.

        Args:
            signature: of the file at this look.
            now: seconds.
        """
        if signature == self.seen:
            self._changed = None
            return False
        if self._changed is None or self._changed[0] != signature:
            self._changed = signature, now
            return False
        if now - self._changed[1] < self._settled:
            return False
        self.seen, self._changed = signature, None
        return True


class WatchedFile(Generic[T]):
    """A file whose edits are taken while the process runs.

    Args:
        path: of the file.
        parse: makes a value of the content; raises `ConfigurationError` if it cannot be used.
        taken: called with the value of each further content that can be used.
        clock: for polling.
        broken: called with the problem of each further content that cannot be used.
        elsewhere: runs the calls of the file system, and `parse`.
        name: of the file, in errors; its path if absent.

    Attributes:
        problem: why the file as it is now is not used; None if it is.
    """

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes], T],
        taken: Callable[[T], None],
        clock: IReactorTime,
        *,
        broken: Callable[[ConfigurationError], None] = lambda _: None,
        elsewhere: Elsewhere = at_once,
        name: str = "",
    ) -> None:
        self.path = path
        self.problem: ConfigurationError | None = None
        self._parse, self._taken, self._broken = parse, taken, broken
        self._clock = clock
        self._elsewhere = elsewhere
        self._name = name or str(path)
        self._settling = Settling()
        self._asked: float | None = None
        self._hangs = False
        self._loop = LoopingCall(self.look)
        self._loop.clock = clock

    def __repr__(self) -> str:
        state = "broken edit, last good version in use" if self.problem else "good"
        return f"<WatchedFile {self._name} [{state}]>"

    def read(self) -> T:
        """The value of the file now; later looks find what changed since.

        Raises:
            ConfigurationError: it cannot be used.
        """
        self.seen(signature_of(self.path))
        return self._parse(read_file(self.path, name=self._name))

    def seen(self, signature: Signature) -> None:
        """Take a file of this signature for known, such as after a write of one's own."""
        self._settling.seen = signature

    def start(self) -> None:
        """Begin to watch."""
        if not self._loop.running:
            self._loop.start(POLL, now=False)

    def stop(self) -> None:
        """Watch no longer."""
        if self._loop.running:
            self._loop.stop()

    def look(self) -> None:
        """Look at the file once; take it if it changed and has settled."""
        now = self._clock.seconds()
        if self._asked is not None:
            if not self._hangs and now - self._asked >= UNANSWERED:
                self._hangs = True
                said = f"it cannot be read: its file system has not answered for {UNANSWERED:g} s"
                self._refuse(ConfigurationError.of(self._name, [Problem(self._name, 0, said)]))
            return
        self._asked = now
        self._elsewhere(lambda: signature_of(self.path)).addCallback(self._compare).addErrback(
            self._failed
        ).addBoth(self._answered)

    def _answered(self, _: object) -> None:
        self._asked = None
        if self._hangs:
            self._hangs = False
            self._settling.seen = NEVER  # to be read again: only that ends the problem

    def _compare(self, signature: Signature) -> "Deferred[None] | None":
        if not self._settling.due(signature, self._clock.seconds()):
            return None
        # parsed there too: a large file takes as long as many calls of clients
        read = self._elsewhere(lambda: self._parse(read_file(self.path, name=self._name)))
        taken: Deferred[None] = read.addCallbacks(
            self._take, self._misread, callbackArgs=(signature,), errbackArgs=(signature,)
        )
        return taken

    def _misread(self, caught: Failure, signature: Signature) -> "Failure | None":
        return caught if self._settling.seen == signature else None

    def _take(self, value: T, signature: Signature) -> None:
        if self._settling.seen != signature:
            return  # this process has written the file meanwhile: what was read is the old content
        self.problem = None
        self._taken(value)

    def _failed(self, caught: Failure) -> None:
        if isinstance(caught.value, ConfigurationError):
            self._refuse(caught.value)
        else:
            log.failure("watching {file} failed", caught, file=self._name)

    def _refuse(self, problem: ConfigurationError) -> None:
        """Keep the last good version; the same problem is reported once."""
        if str(problem) != str(self.problem):
            log.error("{problem}; the last good version stays in use", problem=str(problem))
        self.problem = problem
        self._broken(problem)
