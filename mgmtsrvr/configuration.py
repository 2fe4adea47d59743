"""The configuration in force: an installation, read from the store, checked, followed, edited.

Law (tests/mgmtsrvr/test_configuration.py): a document is in force only after it was checked; a
broken one leaves the last good one in force. The id of an installation does not change while it
runs, and no single edit removes more than half of the session servers unless it is forced.
"""

from collections.abc import Callable
from typing import Final

from twisted.logger import Logger

from mgmtsrvr.store import Document, Note, Store
from mgmtsrvr.store.base import NO_NOTE
from verdigris.config.installation import (
    AdminState,
    Installation,
    parse,
    removed,
    with_state,
)
from verdigris.config.installation_edit import InstallationDocument
from verdigris.errors import ConfigurationError, Conflict, Problem, VerdigrisError


log = Logger()

TRIES: Final = 5
"""Attempts to edit one value while others edit the document."""

Follower = Callable[[Installation, str], None]
"""Is called with a new installation and its revision."""


class Configuration:
    """The installation of a store.

    Args:
        name: the document's name, for problems.

    Attributes:
        name: the same.
        document: the document in force.
        followers: called when another document comes into force.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._store: Store | None = None
        self._forced: list[bytes] = []
        self._checked: tuple[bytes, Installation] | None = None
        self._current: Installation | None = None
        self.document = Document(b"")
        self.followers: list[Follower] = []

    @property
    def installation(self) -> Installation:
        """The installation in force."""
        assert self._current is not None  # noqa: S101 - `start` comes first
        return self._current

    @property
    def revision(self) -> str:
        """The revision of the document in force."""
        return self.document.revision

    @property
    def problem(self) -> VerdigrisError | None:
        """What is wrong with the stored document, if an older one is in force."""
        return self._store.problem if self._store is not None else None

    @property
    def store(self) -> Store:
        """The store of the document."""
        assert self._store is not None  # noqa: S101 - `start` comes first
        return self._store

    def check(self, data: bytes) -> Installation:
        """Read a document and check it, also against the one in force; the check of the store.

        It may be called in another thread: a large document takes long.

        Raises:
            ConfigurationError: it cannot be used.
        """
        new = parse(data, self.name)
        self._checked = data, new
        old = self._current
        if old is None:
            return new
        found: list[Problem] = []
        if new.id != old.id:
            message = f"the id was {old.id}: stop all processes before changing it to {new.id}"
            found.append(Problem(self.name, 1, message))
        gone = removed(old, new)
        if len(gone) * 2 > len(old.servers) and not (new.force or data in self._forced):
            message = (
                f"{len(gone)} of {len(old.servers)} session servers would be removed "
                f"({', '.join(gone[:10])}); use force if this is intended"
            )
            found.append(Problem(self.name, 1, message))
        if found:
            raise ConfigurationError.of(self.name, found)
        return new

    def judge(self, data: bytes, *, force: bool = False) -> Installation:
        """Read a document and check it as `publish` would; nothing is changed.

        Raises:
            ConfigurationError: it cannot be used.
        """
        forced = [data] if force else []
        self._forced += forced
        try:
            return self.check(data)
        finally:
            for one in forced:
                self._forced.remove(one)

    async def start(self, store: Store) -> None:
        """Put the stored document into force, and follow its changes.

        Raises:
            ConfigurationError: there is no document that can be used.
        """
        self._store = store
        document = await store.load()
        self._current, self.document = self.check(document.data), document
        self._warn()
        store.watch(self)

    def changed(self, document: Document) -> None:
        """Put another good document into force; called by the store."""
        data, new = self._checked or (b"", None)
        if new is None or data != document.data:
            new = parse(document.data, self.name)
        self._current, self.document = new, document
        log.info("{installation} is in force, revision {revision}",
                 installation=self._current, revision=document.revision[:12])  # fmt: skip
        self._warn()
        for follower in tuple(self.followers):
            follower(self._current, document.revision)

    def broken(self, problem: VerdigrisError) -> None:
        """Do nothing: the store has logged that its document cannot be used."""

    async def publish(
        self, data: bytes, expected: str, *, force: bool = False, note: Note = NO_NOTE
    ) -> str:
        """Write a document if the current one has the revision `expected`; returns the new revision.

        Raises:
            Conflict: the document was changed in between.
            ConfigurationError: it cannot be used.
            CannotWrite: the old one is intact.
        """
        forced = [data] if force else []
        self._forced += forced
        try:
            return (await self.store.publish(data, expected, note)).revision
        except ConfigurationError:
            overtaken = self.problem is None and self.revision != expected
            if overtaken:  # and checked against a newer document
                raise Conflict(actual=self.revision, expected=expected) from None
            raise
        finally:
            for one in forced:
                self._forced.remove(one)

    async def edit(
        self,
        change: Callable[[InstallationDocument], object],
        *,
        force: bool = False,
        note: Note = NO_NOTE,
    ) -> str:
        """Edit the document, again on a newer version if others edit it meanwhile; returns the revision.

        Raises:
            ConfigurationError: the stored document is broken; it is not overwritten.
            Conflict: the document was changed in between, several times.
            CannotWrite: nothing is changed.
            VerdigrisError: of the change.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._edit(change, force=force, note=note)
            except Conflict:
                continue
        return await self._edit(change, force=force, note=note)

    async def _edit(
        self, change: Callable[[InstallationDocument], object], *, force: bool, note: Note
    ) -> str:
        document = await self.store.load()
        if self.store.problem is not None:
            raise self.store.problem
        edited = InstallationDocument(document.data)
        change(edited)
        if edited.data == document.data:
            return document.revision
        return await self.publish(edited.data, document.revision, force=force, note=note)

    async def set_state(self, server: str, state: AdminState) -> str:
        """Change the administrative state of a server in the document; returns the revision.

        Raises:
            UnknownServer: the document has no such server.
            ConfigurationError: the stored document is broken; it is not overwritten.
            Conflict: the document was changed in between, several times.
            CannotWrite: nothing is changed.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._set_state(server, state)
            except Conflict:
                continue
        return await self._set_state(server, state)

    async def _set_state(self, server: str, state: AdminState) -> str:
        document = await self.store.load()
        if self.store.problem is not None:
            raise self.store.problem
        data = with_state(document.data, server, state)
        if data == document.data:
            return document.revision
        return await self.publish(data, document.revision)

    def _warn(self) -> None:
        for problem in self.installation.warnings:
            log.warn("{problem}", problem=str(problem))
