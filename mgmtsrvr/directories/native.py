"""The users that users.xml lists itself."""

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from mgmtsrvr.directories.directory import Answer, Refused, Unknown
from verdigris.config.users import NativeUser, Users
from verdigris.credential_checks.threads import CheckThreads
from verdigris.passwords import NOBODY, PasswordHash, matches
from verdigris.rights import NATIVE, Principal, Subject


def stamp_of(password: PasswordHash) -> str:
    """A mark of a password's hash, which changes with it and tells nothing of it."""
    return sha256(password.encode()).hexdigest()[:16]


THREADS: Final = 2
"""Threads that compute hashes: each takes a core and 19 MiB."""

WAITING: Final = 100
"""Checks that wait: 100 of 27 ms on two threads are 1.4 s."""


class NativeDirectory:
    """The native users.

    Law: an unknown user, and one who is locked, cost as much time as a wrong password.

    Args:
        users: gives the users in force.
        threads: compute hashes.
    """

    name = NATIVE

    def __init__(self, users: Callable[[], Users], threads: CheckThreads) -> None:
        self._users = users
        self._threads = threads

    def __repr__(self) -> str:
        return f"<NativeDirectory {self._users()!r}>"

    async def check(self, user: str, password: str) -> Answer:
        """See `PasswordDirectory.check`."""
        found = self._users().users.get(user)
        known = found.password if found is not None else NOBODY
        right = await self._threads.run(lambda: matches(password, known))
        if found is None:
            return Unknown()
        if not right or found.locked:
            return Refused()
        return Subject(Principal(user))

    def user(self, name: str) -> NativeUser | None:
        """A user who may log in now."""
        found = self._users().users.get(name)
        return None if found is None or found.locked else found
