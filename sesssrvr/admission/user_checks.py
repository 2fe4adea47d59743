"""Users that are checked: session server security is on (decision 0261).

Law (tests/sesssrvr/admission/test_attacks.py): no session and no metadata without an encrypted
connection and proof of a user who may have it. A claim is proved by its token, which is checked here;
everything else is asked of a management server. Its refusal is final: another one is asked only while
one does not answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Literal, Protocol

from twisted.internet.interfaces import IReactorTime

from sesssrvr.admission.recent_answers import RecentAnswers
from sesssrvr.admission.security_in_force import SecurityInForce
from sesssrvr.admission.session_user import SessionUser
from sesssrvr.caller import Caller
from sesssrvr.pool import PoolKey
from verdigris.errors import (
    ChannelNotEncrypted,
    ConnectionLost,
    CredentialsRequired,
    DirectoryAway,
    LoginsBusy,
    MethodTimedOut,
    NoManagementServer,
    ProtocolError,
    TokenRefused,
    VerdigrisError,
)
from verdigris.identity import Role
from verdigris.link import Link
from verdigris.rights import Principal
from verdigris.tokens import read_session_right
from verdigris.values import SessionId
from verdigris.wire import Authenticate, Claim, Hello, Login, Response, UserIs


ASK: Final = 5.0
"""Seconds that one management server has: a directory behind it may be slow."""

NEXT_SERVER: Final = (ConnectionLost, MethodTimedOut, DirectoryAway, LoginsBusy)
"""After these another management server is asked: nobody has said anything of the user."""


class Asks(Protocol):
    """A management server that can be asked about users."""

    def ask(self, body: Authenticate, request_id: str, seconds: float) -> Awaitable[Response]:
        """Its answer.

        Raises:
            VerdigrisError: its refusal, or there is no connection.
        """


class UserChecks:
    """The checks of one session server.

    Args:
        me: its name and installation.
        in_force: the keys of tokens.
        management: gives the management servers that are connected and can be asked.
        clock: for deadlines and what is remembered.
        wall: seconds since 1970.
        key: of what is remembered, made by chance at each start.
    """

    def __init__(
        self,
        me: Hello,
        in_force: SecurityInForce,
        management: Callable[[], Sequence[Asks]],
        clock: IReactorTime,
        wall: Callable[[], float],
        key: bytes,
    ) -> None:
        self._me = me
        self._in_force = in_force
        self._management = management
        self._clock = clock
        self._wall = wall
        self._recent = RecentAnswers(key)

    def __repr__(self) -> str:
        return f"<UserChecks of {self._me.name} {self._recent!r}>"

    async def use(
        self,
        login: Login,
        pool: PoolKey,
        model: str,
        caller: Caller,
        *,
        domain: str = "",
        location: str = "",
    ) -> SessionUser:
        """See `Authenticator.use`."""
        return await self._checked("use", login, pool, model, caller, domain, location)

    async def read(self, login: Login, pool: PoolKey, model: str, caller: Caller) -> None:
        """See `Authenticator.read`. Parts that prove who they are may: they show only what their callers may see."""
        if caller.link.part is None:
            await self._checked("metadata", login, pool, model, caller, "", "")

    def claim(self, body: Claim, model: str, caller: Caller) -> SessionUser:
        """See `Authenticator.claim`."""
        self._require_encryption(caller.link)
        token = body.login.token
        if not token:
            raise CredentialsRequired(where="to claim a session")
        home, name, now = self._me.installation, self._me.name, self._wall()
        session = str(SessionId.parse(body.session))
        right = read_session_right(token, home, name, session, self._in_force.keys, now)
        if right.model != model:
            raise TokenRefused(why="it was made for a session of another model")
        return SessionUser(right.user, right.on_behalf_of, right.domain)

    def may_resume(self, owner: SessionUser, user: SessionUser) -> bool:
        """A session belongs to its user alone."""
        return owner.is_also(user)

    async def _checked(
        self,
        permission: Literal["use", "metadata"],
        login: Login,
        pool: PoolKey,
        model: str,
        caller: Caller,
        domain: str,
        location: str,
    ) -> SessionUser:
        self._require_encryption(caller.link)
        if not login.user and not login.token:
            raise CredentialsRequired(where=f"for {pool.kind} {pool.name}")
        where = _location(caller.link, location)
        question = Authenticate(login, permission, pool.kind, pool.name, model, domain, where)
        mark = self._recent.mark(question)
        found = self._recent.find(mark, self._clock.seconds())
        if found is None:
            answer = await self._answer(question, caller)
            user = Principal(answer.name, answer.directory)
            found = SessionUser(user, login.on_behalf_of, domain)
            self._recent.add(mark, found, self._clock.seconds())
        return found

    async def _answer(self, question: Authenticate, caller: Caller) -> UserIs:
        began = self._clock.seconds()
        problem: VerdigrisError | None = None
        for management in self._management():
            left = caller.left(self._clock.seconds())
            if left <= 0:
                break
            try:
                answer = await management.ask(question, caller.request_id, min(ASK, left))
            except NEXT_SERVER as away:
                problem = away
                continue
            if isinstance(answer, UserIs):
                return answer
            problem = ProtocolError(peer="a management server", problem=f"{answer!r} as answer")
        if isinstance(problem, DirectoryAway | LoginsBusy | ProtocolError):
            raise problem
        seconds = self._clock.seconds() - began
        raise NoManagementServer(
            addresses=f"of session server {self._me.name}", seconds=f"{seconds:.1f}"
        )

    def _require_encryption(self, link: Link) -> None:
        if not link.secured:
            raise ChannelNotEncrypted(server=self._me.name)


def _location(link: Link, said: str) -> str:
    """Where a client is: a gateway of this installation is believed where its own clients are."""
    is_gateway = link.part is not None and link.part.role is Role.GATEWAY
    return said if is_gateway and said else link.address.rpartition(":")[0]
