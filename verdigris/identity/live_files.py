"""Several files that belong together, such as a key and its certificate, read again when they change.

Law: they are read together once all of them have stood still; what cannot be used changes nothing
but a line in the log, and is tried again at the next change.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from verdigris.config.watch import Elsewhere, Settling, at_once, signature_of
from verdigris.errors import ConfigurationError


T = TypeVar("T")
log = Logger()

LOOK: Final = 1.0
"""Seconds between looks at the files."""

SETTLED: Final = 1.0
"""Seconds all files stay the same before they are read: they are renewed one after the other."""


class LiveFiles(Generic[T]):
    """A value made of several files while a process runs.

    Args:
        paths: of the files.
        read: makes the value; raises `ConfigurationError` if they cannot be used.
        take: called with each further value.
        what: they are together, for the log.
        clock: for looking at the files.
        elsewhere: runs the calls of the file system, and `read`.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        read: Callable[[], T],
        take: Callable[[T], None],
        what: str,
        clock: IReactorTime,
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self._paths, self._read, self._take, self._what = tuple(paths), read, take, what
        self._clock, self._elsewhere = clock, elsewhere
        self._settling = Settling(self._signature(), SETTLED)
        self._looking = False
        self._loop = LoopingCall(self._look)
        self._loop.clock = clock

    def __repr__(self) -> str:
        return f"<LiveFiles {self._what} {self._settling!r}>"

    def start(self) -> None:
        """Begin to look at the files, if there are any."""
        if self._paths and not self._loop.running:
            self._loop.start(LOOK, now=False)

    def stop(self) -> None:
        """Look no longer."""
        if self._loop.running:
            self._loop.stop()

    def _look(self) -> None:
        if self._looking:
            return  # the file system has not answered the last look yet
        self._looking = True
        asked = self._elsewhere(self._changed).addCallback(self._found)
        asked.addErrback(
            lambda why: log.failure("{what} cannot be looked at", why, what=self._what)
        )
        asked.addBoth(self._looked)

    def _looked(self, _: object) -> None:
        self._looking = False

    def _changed(self) -> tuple[T] | ConfigurationError | None:
        """The value of changed files, or why they cannot be used; asks the file system."""
        if not self._settling.due(self._signature(), self._clock.seconds()):
            return None
        try:
            return (self._read(),)
        except ConfigurationError as problem:
            return problem

    def _signature(self) -> tuple[int, int, int]:
        return hash(tuple(signature_of(path) for path in self._paths)), 0, 0

    def _found(self, found: tuple[T] | ConfigurationError | None) -> None:
        if isinstance(found, ConfigurationError):
            log.error("{problem}; {what} stays as it was", problem=str(found), what=self._what)
        elif found is not None:
            self._take(found[0])
