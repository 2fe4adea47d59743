"""Session server security as a management server decides it: who somebody is, and what they may use.

Law (tests/mgmtsrvr/access/test_session_access.py): a password is checked by the one door of this
management server and goes no further; what is permitted is asked of the users in force, each time.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from mgmtsrvr.access.logins import Logins
from mgmtsrvr.access.token_keys import TokenKeys
from mgmtsrvr.directories import Authenticated
from verdigris.config.installation import Installation
from verdigris.errors import ConnectRefused, CredentialsRequired, NotPermitted
from verdigris.rights import ActTarget, Permission, Subject, permissions_of
from verdigris.tokens import SessionRight, UserLogin, sign_login, sign_session_right
from verdigris.tokens.session_token import LONGEST
from verdigris.wire import Kind, Login, LoginToken, SessionSecurity, TokenKey


EXCHANGED: Final = 600
"""Seconds that the token is good for which a connector gets for a password."""


@dataclass(frozen=True, slots=True)
class SessionUser:
    """Somebody who wants a session.

    Attributes:
        subject: who it is.
        on_behalf_of: for whom the user acts, by the user's own word.
    """

    subject: Subject
    on_behalf_of: str = ""

    def __str__(self) -> str:
        return str(self.subject)


class SessionAccess:
    """Answers for sessions and metadata.

    Args:
        installation: gives the installation in force.
        logins: of this management server.
        keys: sign tokens.
        wall: seconds since 1970.
    """

    def __init__(
        self,
        installation: Callable[[], Installation],
        logins: Logins,
        keys: TokenKeys,
        wall: Callable[[], float],
    ) -> None:
        self._installation = installation
        self._logins = logins
        self._keys = keys
        self._wall = wall

    def __repr__(self) -> str:
        return f"<SessionAccess {self._logins!r}>"

    def of_server(self, server: str) -> SessionSecurity:
        """What a session server has to know."""
        keys = sorted(self._keys.public.items())
        return SessionSecurity(
            self._installation().checks_users(server),
            tuple(TokenKey(key.raw, key.until) for _, key in keys),
        )

    # ---- who ---------------------------------------------------------------------------------

    async def identify(self, login: Login, location: str) -> SessionUser:
        """Who has these credentials.

        Args:
            login: as they came.
            location: where the client is: wrong passwords are counted by it.

        Raises:
            CredentialsRequired: there are none.
            VerdigrisError: see `Authenticator.password` and `Logins.identify`.
        """
        if login.token:
            subject = (await self._logins.identify(login.token)).subject
        else:
            subject = (await self._password(login, location)).subject
        return SessionUser(subject, login.on_behalf_of)

    async def _password(self, login: Login, location: str) -> Authenticated:
        if not login.user:
            raise CredentialsRequired(where="here")
        return await self._logins.authenticator.password(login.user, login.password, location)

    async def log_in(self, login: Login, location: str) -> LoginToken:
        """A token for a password, good for ten minutes; none where no session server checks users.

        A token is not exchanged: it would live on behind its end.

        Raises:
            VerdigrisError: see `identify`.
            NoSigningKey: tokens cannot be signed.
        """
        if login.token or not self._installation().checks_some_users:
            return LoginToken()
        found = await self._password(login, location)
        now = int(self._wall())
        seconds = min(EXCHANGED, self._logins.users.users.login_seconds)
        made = UserLogin(found.subject, now, now + seconds, secrets.token_urlsafe(12), found.stamp)
        return LoginToken(sign_login(made, self._installation().id, self._keys.signing), seconds)

    # ---- what --------------------------------------------------------------------------------

    def may(self, user: SessionUser, permission: Permission, target: ActTarget) -> bool:
        """Whether somebody has a permission for a model or pool now."""
        return self._logins.may(user.subject, permission, target)

    def may_somewhere(self, user: SessionUser, permission: Permission) -> bool:
        """Whether somebody has a permission for something."""
        rights = self._logins.users.users.rights
        return permission in permissions_of(rights, user.subject)

    def mark(self, user: SessionUser) -> str:
        """Changes when other rights come into force, and is another one for each user."""
        text = f"{self._logins.users.document.revision} {user.subject.user!r}"
        return sha256(text.encode()).hexdigest()[:16]

    def is_native(self, name: str) -> bool:
        """Whether a native user has this name: other names may be passwords, and are not written down."""
        return name in self._logins.users.users.users

    def limits(self, user: SessionUser, permission: Permission) -> frozenset[ActTarget]:
        """What somebody's rights to a permission are limited to; none at all is no right."""
        held = self._logins.users.users.rights.held(user.subject)
        return frozenset(it.limits for it in held if permission in it.permissions)

    def require(
        self,
        user: SessionUser,
        permission: Permission,
        target: ActTarget,
        *,
        name: str,
        location: str,
    ) -> None:
        """Refuse what is not permitted.

        Raises:
            ConnectRefused: somebody may not use a model or pool.
            NotPermitted: somebody may not read its metadata.
        """
        if self.may(user, permission, target):
            return
        if permission is Permission.USE:
            raise refusal(user, name, target.domain, location)
        raise NotPermitted(user=user, permission=permission.value, target=f" for {target}")

    def sign(
        self, user: SessionUser, server: str, session: str, request: str, target: ActTarget
    ) -> str:
        """The token with which somebody claims a session that is reserved.

        Raises:
            NoSigningKey: tokens cannot be signed.
        """
        now = int(self._wall())
        right = SessionRight(
            user.subject.user, server, session, request, target.domain, target.model,
            now, now + LONGEST, user.on_behalf_of,
        )  # fmt: skip
        return sign_session_right(right, self._installation().id, self._keys.signing)


def refusal(user: SessionUser, name: str, domain: str, location: str) -> ConnectRefused:
    """The error of a connect that is not permitted, in the form of message 2643."""
    where = f" in domain {domain}" if domain else ""
    return ConnectRefused(user=user, location=location, name=name, where=where)


def target_of(kind: Kind, name: str, model: str, domain: str) -> ActTarget:
    """What a session of a model or pool is about."""
    return ActTarget(model, name if kind == "pool" else "", domain)
