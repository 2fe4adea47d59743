"""Whether a user may let parts join: a native user of users.xml with the permission `join`.

Law: one check at a time, in a thread, and a pause after each that failed: who guesses learns one
password a second from a management server, and no event loop waits for a hash.
"""

from pathlib import Path
from typing import Final

from twisted.internet.defer import DeferredLock
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from verdigris.config.users import load
from verdigris.config.watch import Elsewhere, read_file
from verdigris.errors import ConfigurationError, JoinRefused, TooManyCalls
from verdigris.passwords import NOBODY, matches
from verdigris.rights import NATIVE, Permission, Principal, Subject, may


PAUSE: Final = 1.0
"""Seconds after a wrong password before the next one is looked at."""

MOST: Final = 5
"""Checks that may wait for their turn."""


class UserAdmission:
    """Checks users against the users file.

    Args:
        file: users.xml.
        clock: for the pause.
        elsewhere: runs the check.
    """

    def __init__(self, file: Path, clock: IReactorTime, elsewhere: Elsewhere) -> None:
        self._file = file
        self._clock = clock
        self._elsewhere = elsewhere
        self._turn = DeferredLock()

    async def require(self, part: str, user: str, password: str) -> None:
        """Refuse a user who may not let parts join.

        Args:
            part: that wants to join, for people.
            user: the user's name.
            password: the user's password.

        Raises:
            JoinRefused: wrong credentials, or no permission.
            TooManyCalls: too many checks wait for their turn.
        """
        if len(self._turn.waiting) >= MOST:
            raise TooManyCalls(peer="The management server", limit=MOST)
        await self._turn.acquire()
        try:
            reason = await self._elsewhere(lambda: self._problem(user, password))
            if reason:
                await deferLater(self._clock, PAUSE)
                raise JoinRefused(part=part, reason=reason)
        finally:
            self._turn.release()

    def _problem(self, name: str, password: str) -> str:
        try:
            users = load(read_file(self._file), str(self._file))
        except ConfigurationError:
            return "the management server has no users file that can be used"
        user = users.users.get(name)
        known = matches(password, user.password if user else NOBODY)
        if user is None or not known or user.locked:
            return "user name or password is wrong"
        if not may(users.rights, Subject(Principal(name, NATIVE)), Permission.JOIN):
            return f"user {name} does not have the permission join"
        return ""
