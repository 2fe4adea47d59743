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
    """A document and its revision.

    Attributes:
        revision: see `revision_of`; worked out once, since that of the largest takes milliseconds.
    """

    data: bytes = field(repr=False)
    revision: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "revision", revision_of(self.data))


@dataclass(frozen=True, slots=True)
class Note:
    """What is kept with a version beside its bytes.

    Attributes:
        author: who published it; "" if nobody was named, as for an edit of the file.
        comment: why, in the author's words.
    """

    author: str = ""
    comment: str = ""


NO_NOTE = Note()


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A document that was in use once, or is.

    Attributes:
        time: when it was published or noticed, UTC, ISO 8601; "" if that is not known.
    """

    document: Document
    time: str = ""
    note: Note = NO_NOTE

    @property
    def data(self) -> bytes:
        """The document's bytes."""
        return self.document.data

    @property
    def revision(self) -> str:
        """The document's revision."""
        return self.document.revision


class Watcher(Protocol):
    """The interface of those that follow a store's document."""

    def changed(self, document: Document) -> None:
        """Take another document, which can be used."""

    def broken(self, problem: VerdigrisError) -> None:
        """Take the problem of another document, which cannot be used; the last good one stays."""


class Lease(Protocol):
    """The right to a job that only one management server may do at a time.

    Attributes:
        number: the fencing number: greater than that of every earlier holder. It is sent with each
            command of the job; session servers refuse a smaller one than they have seen.
    """

    @property
    def number(self) -> int:
        """See the class."""

    @property
    def held(self) -> bool:
        """Whether it is held still, as far as is known here; a command is sent only while it is."""

    async def release(self) -> None:
        """Give it up; the next may take it at once."""


class Store(Protocol):
    """A document with compare-and-swap. Methods are coroutines, since a store may be remote."""

    async def load(self) -> Document:
        """The document; the newest good earlier version if the current one is broken.

        Raises:
            ConfigurationError: there is no document that can be used.
        """

    async def publish(self, data: bytes, expected: str, note: Note = NO_NOTE) -> Document:
        """Replace the document of revision `expected`, durably, before this returns.

        Raises:
            Conflict: the current revision is a different one.
            ConfigurationError: the new document cannot be used.
            CannotWrite: the old one is intact.
            StoreUnavailable: a store on other machines does not answer; nothing was changed.
            ChangeUnknown: it fell silent during the change.
            NotPrimary: this is a replica.
        """

    async def versions(self) -> tuple[DocumentVersion, ...]:
        """Earlier good documents and the current one, oldest first."""

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Report every further change to the watcher, also those made here; call the result to stop."""

    async def lease(self, name: str, ttl: float) -> Lease | None:
        """The right to a job; None while another holds it.

        Args:
            name: of the job.
            ttl: seconds after which it ends by itself if its holder stops answering.

        Raises:
            VerdigrisError: as of `publish`.
        """

    @property
    def problem(self) -> VerdigrisError | None:
        """What is wrong with the current document or its store, if the last good one is used."""
