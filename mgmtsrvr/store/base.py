"""What a store is. The file and the memory store pass one contract test suite; so will others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from verdigris.errors import VerdigrisError


def revision_of(data: bytes) -> str:
    """The revision of a document: sha256 of its bytes, in hex."""
    return sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """A document and the revision that names it."""

    data: bytes = field(repr=False)

    @property
    def revision(self) -> str:
        """See `revision_of`."""
        return revision_of(self.data)


class Watcher(Protocol):
    """Who wants to know."""

    def changed(self, document: Document) -> None:
        """There is another document, and it is a good one."""

    def broken(self, problem: VerdigrisError) -> None:
        """There is another document, and it cannot be used; the last good one goes on."""


class Store(Protocol):
    """One document behind compare-and-swap. Methods are coroutines: a store may be far away."""

    async def load(self) -> Document:
        """The document; the newest good earlier version if the current one is broken.

        Raises:
            ConfigurationError: there is none that can be used.
        """

    async def publish(self, data: bytes, expected: str) -> Document:
        """Replace the document of revision `expected`, durably, before this returns.

        Raises:
            Conflict: the current revision is another one.
            ConfigurationError: the new document cannot be used.
            CannotWrite: the old one is intact.
        """

    async def versions(self) -> tuple[Document, ...]:
        """Earlier good documents and the current one, oldest first."""

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell the watcher of every further change, own ones included; call the result to stop."""

    @property
    def problem(self) -> VerdigrisError | None:
        """What is wrong with the current document, if the last good one is used in its stead."""
