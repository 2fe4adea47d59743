"""Where commands find the users: at a management server, or in the file on the machine it lies on.

Law: an edit is checked, compared and swapped either way, as a management server does it.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from mgmtsrvr.store import FileStore, revision_of
from verdigris.cli.api import Api
from verdigris.config.users import Users, parse
from verdigris.config.users_edit import UsersDocument
from verdigris.config.watch import read_file
from verdigris.errors import Conflict


T = TypeVar("T")


TRIES: Final = 5
"""Attempts to edit the users while others edit them."""


@dataclass(frozen=True, slots=True)
class UsersPlace:
    """Where the users are.

    Attributes:
        api: of a management server.
        file: the file instead, None for none.
    """

    api: Api
    file: Path | None = None

    def look(self) -> Users:
        """The users.

        Raises:
            ConfigurationError: the document cannot be used.
            VerdigrisError: what the API answered.
        """
        return parse(self._read(), self._name)

    def edit(self, change: Callable[[UsersDocument], None]) -> None:
        """Edit the users; a management server takes the edit at once.

        Raises:
            ConfigurationError: the document cannot be used, before or after the change.
            Conflict: somebody else changed it meanwhile, several times.
            CannotWrite: it is unchanged.
            VerdigrisError: of the change, or what the API answered.
        """
        for _ in range(TRIES - 1):
            try:
                return self._edit(change)
            except Conflict:
                continue
        return self._edit(change)

    def _edit(self, change: Callable[[UsersDocument], None]) -> None:
        before = self._read()
        parse(before, self._name)
        document = UsersDocument(before)
        change(document)
        if document.data == before:
            return
        parse(document.data, self._name)
        if self.file is not None:
            watches_nothing = Clock()
            store = FileStore(self.file, lambda data: parse(data, self._name), watches_nothing)
            _now(store.publish(document.data, revision_of(before)))
        else:
            headers = {"If-Match": f'"{revision_of(before)}"', "Content-Type": "application/xml"}
            self.api.put("users", body=document.data, query={}, headers=headers)

    @property
    def _name(self) -> str:
        return str(self.file or "users.xml")

    def _read(self) -> bytes:
        return read_file(self.file) if self.file is not None else self.api.data("users")


def _now(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of a coroutine that waits for nothing: the file system is called here and now."""
    found: list[T | Failure] = []
    Deferred.fromCoroutine(work).addBoth(found.append)
    (outcome,) = found
    if isinstance(outcome, Failure):
        outcome.raiseException()
    return outcome
