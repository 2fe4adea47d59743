"""Credentials for session servers: tokens that passwords were exchanged for, so that none sees a password. Pure.

Law (tests/verdigris/connector/test_credentials.py): a token is found with the password it was given for and no
other; what is kept tells nothing of the password to a reader who does not have the key. A password goes to a
session server only where no management server is known.
"""

import hmac
from collections import OrderedDict
from typing import Final

from verdigris.connector.attempts import Attempts, Plan
from verdigris.connector.consultation import expect, one_round
from verdigris.connector.management_servers import ManagementServers
from verdigris.errors import VerdigrisError
from verdigris.wire import LogIn, Login, LoginToken


KEPT: Final = 10_000
"""Users; the one exchanged longest ago gives way."""

FRESH: Final = 0.5
"""The part of its time after which a token is exchanged anew, if a management server answers."""

UNCHECKED: Final = 60.0
"""Seconds that it is believed that no session server checks users."""


class SessionLogins:
    """The tokens of one connector.

    Args:
        key: made by chance; 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._found: OrderedDict[bytes, tuple[str, float, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<SessionLogins [{len(self._found)}]>"

    def exchanged(
        self, attempts: Attempts, book: ManagementServers, login: Login, location: str
    ) -> Plan[Login]:
        """What goes to a session server: a token for the password, where that can be had.

        Args:
            attempts: the patience of the call.
            book: the management servers.
            login: the credentials.
            location: where the client is.

        Raises:
            CredentialsWrong: the password is not right.
            VerdigrisError: what a management server answered besides.
        """
        if not login.password or not book.names:
            return login
        found = self._find(login, attempts.now(), fresh=True)
        if found is not None:
            return found
        if not book.silent:
            answer = yield from one_round(attempts, book, lambda: LogIn(login, location))
            if not isinstance(answer, VerdigrisError):
                given = expect(answer, LoginToken, "management server")
                return self._add(login, given, attempts.now())
        # No management server: what was given before, or the name alone, for those that check nobody.
        return self._find(login, attempts.now(), fresh=False) or instead(login, "")

    def forget(self) -> None:
        """Exchange all anew: a token was refused."""
        self._found.clear()

    def _find(self, login: Login, now: float, *, fresh: bool) -> Login | None:
        known = self._found.get(self._mark(login))
        if known is None or now >= (known[1] if fresh else known[2]):
            return None
        return instead(login, known[0])

    def _add(self, login: Login, given: LoginToken, now: float) -> Login:
        mark, seconds = self._mark(login), given.seconds or UNCHECKED
        self._found[mark] = given.token, now + seconds * FRESH, now + seconds
        self._found.move_to_end(mark)
        if len(self._found) > KEPT:
            self._found.popitem(last=False)
        return instead(login, given.token)

    def _mark(self, login: Login) -> bytes:
        text = f"{len(login.user)}:{login.user}{login.password}"  # the length: no two pairs have one text
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")


def instead(login: Login, token: str) -> Login:
    """A login with a token in place of the password; without one the name alone, or the token it has."""
    return Login("" if token else login.user, "", token or login.token, login.on_behalf_of)
