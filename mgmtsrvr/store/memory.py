"""A store in memory, for tests: the contract in its shortest form."""

from collections.abc import Callable

from mgmtsrvr.store.base import NO_NOTE, Document, DocumentVersion, Lease, Note, Watcher
from mgmtsrvr.store.local_lease import LocalLease
from verdigris.config.installation import Check
from verdigris.errors import Conflict, VerdigrisError


class MemoryStore:
    """The store in memory.

    Args:
        data: the first document.
        check: raises `ConfigurationError` for a document that cannot be used.
        keep: the number of versions to keep.
    """

    def __init__(self, data: bytes, check: Check, *, keep: int = 20) -> None:
        check(data)
        self._check = check
        self._keep = keep
        self._versions = [DocumentVersion(Document(data))]
        self._leases: dict[str, LocalLease] = {}
        self._number = 0
        self._watchers: list[Watcher] = []
        self._problem: VerdigrisError | None = None

    async def load(self) -> Document:
        """See `Store.load`."""
        return self._versions[-1].document

    async def publish(self, data: bytes, expected: str, note: Note = NO_NOTE) -> Document:
        """See `Store.publish`."""
        self._check(data)
        actual = self._versions[-1].revision
        if actual != expected:
            raise Conflict(actual=actual, expected=expected)
        self._accept(Document(data), note)
        return self._versions[-1].document

    async def versions(self) -> tuple[DocumentVersion, ...]:
        """See `Store.versions`."""
        return tuple(self._versions)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """See `Store.watch`."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    async def lease(self, name: str, ttl: float) -> Lease | None:
        """See `Store.lease`; one that lives as long as its process needs no time."""
        del ttl
        if name in self._leases and self._leases[name].held:
            return None
        self._number += 1
        lease = self._leases[name] = LocalLease(self._number, lambda: None)
        return lease

    @property
    def problem(self) -> VerdigrisError | None:
        """See `Store.problem`."""
        return self._problem

    def edited(self, data: bytes) -> None:
        """Replace the document without a publish, as an editor does with a file."""
        try:
            self._check(data)
        except VerdigrisError as problem:
            self._problem = problem
            for watcher in tuple(self._watchers):
                watcher.broken(problem)
        else:
            self._accept(Document(data))

    def _accept(self, document: Document, note: Note = NO_NOTE) -> None:
        self._problem = None
        if document == self._versions[-1].document:
            return
        self._versions = [*self._versions, DocumentVersion(document, note=note)][-self._keep :]
        for watcher in tuple(self._watchers):
            watcher.changed(document)
