"""The store in a file: one XML file that people edit too.

Law: the file is replaced as a whole or not at all, and an acknowledged write is on the disk
(`verdigris.config.atomic`). What cannot be used is reported and never given out; the last good
version stays in use, over a restart too (tests/mgmtsrvr/store/test_file.py).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr.store.base import NO_NOTE, Document, DocumentVersion, Lease, Note, Watcher
from mgmtsrvr.store.local_lease import take_lease
from mgmtsrvr.store.versions import Versions
from verdigris.config.atomic import write_file
from verdigris.config.installation import Check
from verdigris.config.watch import (
    Elsewhere,
    Signature,
    WatchedFile,
    at_once,
    read_file,
    signature_of,
)
from verdigris.config.writable import why_not_writable
from verdigris.errors import CannotWrite, ConfigurationError, Conflict, VerdigrisError


try:
    import fcntl
except ImportError:  # Windows: two writers on one machine do not exclude each other there
    fcntl = None  # type: ignore[assignment] # the module is optional


log = Logger()


class FileStore:
    """A document in a file.

    Args:
        path: the file; earlier versions are in the folder `<name>.versions` beside it.
        check: raises `ConfigurationError` for a document that cannot be used.
        clock: for watching.
        keep: the number of versions to keep.
        elsewhere: runs the calls of the file system, one after the other, and `check`.
    """

    def __init__(
        self,
        path: Path,
        check: Check,
        clock: IReactorTime,
        *,
        keep: int = 20,
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self.path = path
        self._check = check
        self._elsewhere = elsewhere
        self._kept = Versions(path.with_name(path.name + ".versions"), keep)
        self._watchers: list[Watcher] = []
        self._good: Document | None = None
        self._problem: VerdigrisError | None = None
        self._file = WatchedFile(
            path, self._checked, self._accept, clock, broken=self._broken, elsewhere=elsewhere
        )

    async def load(self) -> Document:
        """See `Store.load`."""
        if reason := why_not_writable(self.path.parent):
            log.warn("{file} cannot be changed by the administration API: {reason}", file=str(self.path), reason=reason)  # fmt: skip
        try:
            document = self._file.read()
        except ConfigurationError as problem:
            self._problem = problem
            earlier = self._good or self._kept.newest(self._check)
            if earlier is None:
                raise
            log.error("{problem}; an earlier version is used", problem=str(problem))  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
            self._good = earlier
            return earlier
        self._accept(document)
        return document

    async def publish(self, data: bytes, expected: str, note: Note = NO_NOTE) -> Document:
        """See `Store.publish`."""
        # Elsewhere: seconds for the check of the largest, and some 20 ms for each sync of the disk.
        await self._elsewhere(lambda: self._check(data))
        document: Document
        document, signature = await self._elsewhere(lambda: self._swap(data, expected, note))
        self._file.seen(signature)
        self._accept(document, kept=True)
        return document

    def _swap(self, data: bytes, expected: str, note: Note) -> tuple[Document, Signature]:
        """Replace the file if it has the revision `expected`."""
        with self._alone():
            try:
                actual = Document(read_file(self.path)).revision
            except ConfigurationError:
                actual = ""
            if actual != expected:
                raise Conflict(actual=actual, expected=expected)
            document = Document(data)
            write_file(self.path, data)
            signature = signature_of(self.path)
        self._kept.add(document, note)
        return document, signature

    async def versions(self) -> tuple[DocumentVersion, ...]:
        """See `Store.versions`."""
        found: tuple[DocumentVersion, ...] = await self._elsewhere(self._kept.all)
        return found

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """See `Store.watch`."""
        self._watchers.append(watcher)
        self._file.start()

        def stop() -> None:
            self._watchers.remove(watcher)
            if not self._watchers:
                self._file.stop()

        return stop

    async def lease(self, name: str, ttl: float) -> Lease | None:
        """See `Store.lease`; the system ends it with its process, so it needs no time."""
        del ttl
        return take_lease(self.path.with_name(f"{self.path.name}.lease-{name}"))

    @property
    def problem(self) -> VerdigrisError | None:
        """See `Store.problem`."""
        return self._problem

    # ---- watching --------------------------------------------------------------------------

    def _checked(self, data: bytes) -> Document:
        self._check(data)
        return Document(data)

    def _broken(self, problem: VerdigrisError) -> None:
        self._problem = problem
        for watcher in tuple(self._watchers):
            watcher.broken(problem)

    def _accept(self, document: Document, *, kept: bool = False) -> None:
        mended, self._problem = self._problem is not None, None
        if document == self._good and not mended:
            return
        self._good = document
        if not kept:
            self._elsewhere(lambda: self._kept.add(document))
        for watcher in tuple(self._watchers):
            watcher.changed(document)

    # ---- the file --------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Exclude other writers of this product between comparing and swapping."""
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
