"""The users in force: read from the store, checked, followed, edited."""

from collections.abc import Callable
from typing import Final

from twisted.logger import Logger

from mgmtsrvr.store import Document, Note, Store
from mgmtsrvr.store.base import NO_NOTE
from verdigris.config.users import Users, load
from verdigris.config.users_edit import UsersDocument
from verdigris.errors import Conflict, VerdigrisError


log = Logger()

TRIES: Final = 5
"""Attempts to edit the document while others edit it."""

Follower = Callable[[Users], None]
"""Is called with the users that come into force."""


class UsersInForce:
    """The users document of a store.

    Args:
        name: the document's name, for problems; the files it names are relative to it.

    Attributes:
        document: the document in force.
        followers: called when another document comes into force, and once at the start.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.document = Document(b"")
        self.followers: list[Follower] = []
        self._store: Store | None = None
        self._users: Users | None = None

    def __repr__(self) -> str:
        return f"<UsersInForce {self._users!r}>"

    @property
    def users(self) -> Users:
        """The users in force."""
        assert self._users is not None  # noqa: S101 - `start` comes first
        return self._users

    @property
    def store(self) -> Store:
        """The store of the document."""
        assert self._store is not None  # noqa: S101 - `start` comes first
        return self._store

    @property
    def problem(self) -> VerdigrisError | None:
        """What is wrong with the stored document, if an older one is in force."""
        return self._store.problem if self._store is not None else None

    def check(self, data: bytes) -> Users:
        """Read a document and check it; the check of the store.

        Raises:
            ConfigurationError: it cannot be used.
        """
        return load(data, self.name)

    async def start(self, store: Store) -> None:
        """Put the stored document into force, and follow its changes.

        Raises:
            ConfigurationError: there is no document that can be used.
        """
        self._store = store
        self.changed(await store.load())
        store.watch(self)

    def changed(self, document: Document) -> None:
        """Put another good document into force; called by the store."""
        self._users, self.document = self.check(document.data), document
        log.info("{users} are in force, revision {revision}",
                 users=self._users, revision=document.revision[:12])  # fmt: skip
        for problem in self._users.warnings:
            log.warn("{problem}", problem=str(problem))
        for follower in tuple(self.followers):
            follower(self._users)

    def broken(self, problem: VerdigrisError) -> None:
        """Do nothing: the store has logged that its document cannot be used."""

    async def publish(self, data: bytes, expected: str, note: Note = NO_NOTE) -> str:
        """Write a document if the current one has the revision `expected`; returns the new revision.

        Raises:
            Conflict: the document was changed in between.
            ConfigurationError: it cannot be used.
            VerdigrisError: of the store, see `Store.publish`.
        """
        return (await self.store.publish(data, expected, note)).revision

    async def edit(self, change: Callable[[UsersDocument], None], note: Note = NO_NOTE) -> None:
        """Edit the document in force.

        Raises:
            VerdigrisError: of the change, or as `publish`.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._edit(change, note)
            except Conflict:
                continue
        return await self._edit(change, note)

    async def _edit(self, change: Callable[[UsersDocument], None], note: Note) -> None:
        stored = await self.store.load()
        if self.store.problem is not None:
            raise self.store.problem
        document = UsersDocument(stored.data)
        change(document)
        if document.data != stored.data:
            await self.publish(document.data, stored.revision, note)
