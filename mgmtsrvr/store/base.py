"""The interface of stores; one contract test suite covers all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol

from verdigris.errors import VerdigrisError


def revision_of(data: bytes) -> str:
    """The revision of a document: the SHA-256 of its bytes, in hexadecimal."""
    return sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Document:
    """A document and its revision."""

    data: bytes = field(repr=False)

    @property
    def revision(self) -> str:
        """See `revision_of`."""
        return revision_of(self.data)


class Watcher(Protocol):
    """The interface of those that follow a store's document."""

    def changed(self, document: Document) -> None:
        """Take another document, which can be used."""

    def broken(self, problem: VerdigrisError) -> None:
        """Take the problem of another document, which cannot be used; the last good one stays."""


class Store(Protocol):
    """A document with compare-and-swap. Methods are coroutines, since a store may be remote."""

    async def load(self) -> Document:
        """The document; the newest good earlier version if the current one is broken.

        Raises:
            ConfigurationError: there is no document that can be used.
        """

    async def publish(self, data: bytes, expected: str) -> Document:
        """Replace the document of revision `expected`, durably, before this returns.

        Raises:
            Conflict: the current revision is a different one.
            ConfigurationError: the new document cannot be used.
            CannotWrite: the old one is intact.
        """

    async def versions(self) -> tuple[Document, ...]:
        """Earlier good documents and the current one, oldest first."""

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Report every further change to the watcher, also those made here; call the result to stop."""

    @property
    def problem(self) -> VerdigrisError | None:
        """What is wrong with the current document, if the last good one is used instead."""
