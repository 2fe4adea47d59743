"""The users file, read and edited by commands as a management server would: checked, compared and swapped."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from mgmtsrvr.store import FileStore, revision_of
from verdigris.config.users import Users, parse
from verdigris.config.users_edit import UsersDocument
from verdigris.config.watch import read_file


T = TypeVar("T")


def look(path: Path) -> Users:
    """What a users file says.

    Raises:
        ConfigurationError: it cannot be used.
    """
    return parse(read_file(path), str(path))


def edit(path: Path, change: Callable[[UsersDocument], None]) -> None:
    """Edit a users file: a management server that watches it takes the edit at once.

    Raises:
        ConfigurationError: the file cannot be used, before or after the change.
        Conflict: somebody else changed it meanwhile.
        CannotWrite: it is unchanged.
        VerdigrisError: of the change.
    """
    watches_nothing = Clock()
    store = FileStore(path, lambda data: parse(data, str(path)), watches_nothing)
    before = read_file(path)
    parse(before, str(path))
    document = UsersDocument(before)
    change(document)
    if document.data != before:
        _now(store.publish(document.data, revision_of(before)))


def _now(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of a coroutine that waits for nothing: the file system is called here and now."""
    found: list[T | Failure] = []
    Deferred.fromCoroutine(work).addBoth(found.append)
    (outcome,) = found
    if isinstance(outcome, Failure):
        outcome.raiseException()
    return outcome
