"""A store in memory, for tests: the contract in its shortest form."""

from collections.abc import Callable

from mgmtsrvr.store.base import Document, Watcher
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
        self._versions = [Document(data)]
        self._watchers: list[Watcher] = []
        self._problem: VerdigrisError | None = None

    async def load(self) -> Document:
        """See `Store.load`."""
        return self._versions[-1]

    async def publish(self, data: bytes, expected: str) -> Document:
        """See `Store.publish`."""
        self._check(data)
        actual = self._versions[-1].revision
        if actual != expected:
            raise Conflict(actual=actual, expected=expected)
        self._accept(Document(data))
        return self._versions[-1]

    async def versions(self) -> tuple[Document, ...]:
        """See `Store.versions`."""
        return tuple(self._versions)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """See `Store.watch`."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

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

    def _accept(self, document: Document) -> None:
        self._problem = None
        if document == self._versions[-1]:
            return
        self._versions = [*self._versions, document][-self._keep :]
        for watcher in tuple(self._watchers):
            watcher.changed(document)
