"""Logins: a password for a token, and a token for who somebody is."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import jwt
from twisted.logger import Logger

from mgmtsrvr.access.ended_logins import EndedLogins
from mgmtsrvr.access.token_keys import TokenKeys
from mgmtsrvr.access.users import UsersInForce
from mgmtsrvr.directories import Authenticated, Authenticator
from mgmtsrvr.directories.native import stamp_of
from mgmtsrvr.store import Note
from verdigris.credential_checks.threads import CheckThreads
from verdigris.errors import TokenRefused, VerdigrisError
from verdigris.passwords import hashed
from verdigris.rights import NATIVE, ActTarget, Permission, Subject, may
from verdigris.tokens import UserLogin, read_login, sign_login
from verdigris.tokens.login_token import KIND


log = Logger()


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody who is known, and how long that lasts.

    Attributes:
        subject: who.
        login: the login; None for a token of another issuer.
    """

    subject: Subject
    login: UserLogin | None = None


class Logins:
    """The logins of one management server.

    Args:
        installation: its id.
        authenticator: checks passwords.
        keys: sign tokens and verify them.
        users: in force.
        threads: compute hashes.
        ended: logins that were ended before their time.
        wall: seconds since 1970.

    Attributes:
        share: tells the other management servers; gives the names of those that did not answer.
    """

    def __init__(
        self,
        installation: str,
        authenticator: Authenticator,
        keys: TokenKeys,
        users: UsersInForce,
        threads: CheckThreads,
        ended: EndedLogins,
        wall: Callable[[], float],
    ) -> None:
        self.authenticator = authenticator
        self.users = users
        self._installation = installation
        self._keys = keys
        self._threads = threads
        self._wall = wall
        self._ended = ended
        self.share: Callable[[], Awaitable[list[str]]] = _nobody

    def __repr__(self) -> str:
        return f"<Logins {self.authenticator!r}>"

    async def login(self, user: str, password: str, address: str) -> tuple[str, UserLogin]:
        """Check a password; returns the token of a new login.

        Raises:
            VerdigrisError: see `Authenticator.password`.
            NoSigningKey: tokens cannot be signed.
        """
        key = self._keys.signing
        found = await self.authenticator.password(user, password, address)
        found = await self._strengthened(found, password)
        now = int(self._wall())
        expires = now + self.users.users.login_seconds
        login = UserLogin(found.subject, now, expires, secrets.token_urlsafe(12), found.stamp)
        return sign_login(login, self._installation, key), login

    async def identify(self, token: str) -> LoggedIn:
        """Who a token says somebody is.

        Raises:
            TokenRefused: it is not valid, or its login has ended.
            DirectoryAway: the keys of its issuer cannot be fetched.
        """
        if not _is_ours(token):
            return LoggedIn(await self.authenticator.bearer(token))
        login = read_login(token, self._installation, self._keys.public, self._wall())
        if login.id in self._ended:
            raise TokenRefused(why="its user has logged out")
        if not self.authenticator.good_stamp(login.subject.user, login.stamp):
            raise TokenRefused(why="its user or the user's password has changed")
        return LoggedIn(login.subject, login)

    async def end(self, login: UserLogin) -> list[str]:
        """Refuse a login from now on, here and at the other management servers.

        Returns:
            the names of those that did not answer; they are told when they do.
        """
        self._ended.add({login.id: login.expires})
        await self._ended.keep()
        return await self.share()

    def may(self, subject: Subject, permission: Permission, target: ActTarget) -> bool:
        """Whether somebody has a permission now."""
        return may(self.users.users.rights, subject, permission, target)

    async def _strengthened(self, found: Authenticated, password: str) -> Authenticated:
        """Make the hash of a native user anew if it is weaker than those made now."""
        name = found.subject.user.name
        user = self.authenticator.native.user(name)
        if found.subject.user.directory != NATIVE or user is None or not user.password.weak:
            return found
        weak = user.password
        try:
            better = await self._threads.run(lambda: hashed(password))
            note = Note("", f"a stronger hash of {name}'s password")
            await self.users.edit(lambda it: it.replace_password(name, weak, better), note)
        except VerdigrisError as problem:
            log.warn("the hash of {user} stays weak: {problem}", user=name, problem=str(problem))
            return found
        now = self.authenticator.native.user(name)
        return Authenticated(found.subject, stamp_of(now.password)) if now else found


async def _nobody() -> list[str]:
    """Tell nobody: there is one management server."""
    return []


def _is_ours(token: str) -> bool:
    """Whether a token says that it is of our kind; nothing is verified."""
    try:
        return jwt.get_unverified_header(token).get("typ") == KIND
    except (jwt.InvalidTokenError, ValueError):
        return False
