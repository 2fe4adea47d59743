"""Authentication of clients: which credentials count, and whether they are right.

Law: exactly one identity counts for a request, the nearest to the call: the environment's, else the
UsernameToken's, else HTTP Basic's; that one is checked and carried on, no other. Credentials in any
form are refused over plain HTTP unless the settings allow them. Without a users file nothing is
judged here: the session server does.
"""

import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

from twisted.internet.interfaces import IReactorTime

from gateway.call import Client
from gateway.security.username_token import Nonces, Token, is_fresh
from gateway.security.users import Users
from gateway.workers.shared_state import LocalState, SharedState
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.config.watch import Elsewhere, at_once
from verdigris.credential_checks import CountedChecks, Guesses
from verdigris.credential_checks.guesses import FREE
from verdigris.errors import BadRequest, CredentialsRefused, CredentialsRequired, CredentialsWrong
from verdigris.values import NOBODY, Credentials


_NO_DIGEST: Final = " (a PasswordDigest is checked only for users kept with a clear password)"

T = TypeVar("T")


class InThread(Protocol):
    """Runs a slow call elsewhere."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Give the result of the call."""


async def _at_once(call: Callable[[], T], /) -> T:
    return call()


class Authentication:
    """The checks of one gateway.

    Args:
        clock: for watching the users file.
        in_thread: runs a slow check elsewhere.
        wall: seconds since 1970, for the age of digests.
        shared: where used digests and wrong passwords are counted; state of this process alone if absent.
        elsewhere: runs the calls of the file system while the users file is watched.
        in_check_thread: runs a check of a password; it may refuse when too many wait.
        workers: processes of this gateway. Each checks a password that it has not seen, and counts it
            before: those of one user that are checked at once are no guesses.
    """

    def __init__(
        self,
        clock: IReactorTime,
        in_thread: InThread = _at_once,
        wall: Callable[[], float] = time.time,
        shared: SharedState | None = None,
        elsewhere: Elsewhere = at_once,
        in_check_thread: InThread = _at_once,
        workers: int = 1,
    ) -> None:
        self._in_check_thread = in_check_thread
        self._elsewhere = elsewhere
        self._clock = clock
        self.in_thread = in_thread
        self.wall = wall
        self.shared = shared or LocalState(clock)
        self._nonces = Nonces(self.shared)
        self.guesses = Guesses(self.shared.wrong, self.shared.known, free=FREE + workers - 1)
        self._checks: CountedChecks[Credentials] = CountedChecks(self.guesses, clock)
        self._users: Users | None = None

    def __repr__(self) -> str:
        return f"<Authentication [{self._users}]>"

    def prepare(self, config: PluginConfig) -> None:
        """Read and watch the users file the settings name.

        Raises:
            ConfigurationError: it cannot be used.
        """
        wanted = Path(config.users_file) if config.users_file else None
        if self._users is not None and self._users.path == wanted:
            return
        users = (
            None
            if wanted is None
            else Users(wanted, self._clock, self._elsewhere, self._checks.forget)
        )
        self.stop()
        self._checks.forget()
        self._users = users
        if users is not None:
            users.start()

    def stop(self) -> None:
        """Watch the users file no longer."""
        if self._users is not None:
            self._users.stop()
            self._users = None

    async def identify(
        self, client: Client, inband: Credentials = NOBODY, token: Token | None = None
    ) -> Credentials:
        """The identity of a call; `NOBODY` if it comes without credentials and needs none.

        Args:
            client: the sender of the request.
            inband: the credentials of its environment.
            token: its UsernameToken, if it has one.

        Raises:
            CredentialsRefused: there are credentials, over plain HTTP.
            CredentialsRequired: `authnService` asks for credentials.
            CredentialsWrong: they are not right.
            TooManyGuesses: too many were not right lately.
        """
        required = client.config.authn_service
        if inband is NOBODY and client.basic is NOBODY and token is None and not required:
            return NOBODY  # most calls; an empty one that is another object comes to the same
        return await self._identify(client, inband, token, required=required)

    async def reader(self, client: Client) -> Credentials:
        """The identity of a client that reads a WSDL or a page; errors as `identify`."""
        if not client.config.authn_metadata:
            return NOBODY
        return await self._identify(client, NOBODY, None, required=True)

    async def _identify(
        self, client: Client, inband: Credentials, token: Token | None, *, required: bool
    ) -> Credentials:
        basic = client.basic
        given = bool(inband) or token is not None or bool(basic)
        if not _allowed(client) and (given or required):
            raise CredentialsRefused(where="over plain HTTP")
        if not given and required:
            raise CredentialsRequired({"challenge": True}, where="here")
        if not given:
            return inband
        self.prepare(client.config)
        try:
            if inband or token is None:
                return await self._check(inband or basic, client)
            return await self._check_token(token, client)
        except CredentialsWrong as wrong:
            if not inband and token is None:
                raise wrong.with_details(challenge=True) from None
            raise

    async def _check(self, credentials: Credentials, client: Client) -> Credentials:
        users = self._users
        if users is None:
            return credentials
        name, password = credentials.user, credentials.password
        known = self._checks.known(name, password)
        if known is not None:
            return known

        async def ask() -> Credentials:
            if await self._in_check_thread(lambda: users.check(name, password)):
                return credentials
            raise CredentialsWrong(why="")

        return await self._checks.check(name, password, client.location, ask)

    async def _check_token(self, token: Token, client: Client) -> Credentials:
        if not token.digest:
            return await self._check(Credentials(token.user, token.password), client)
        self._checks.refuse_guesses(token.user, client.location)
        now = self.wall()
        if not is_fresh(token, now):
            raise CredentialsWrong(why=": the password digest is too old, or of the future")
        password = self._users.clear_password(token.user) if self._users is not None else None
        proven = token.proves(password if password is not None else "")
        if password is None or not proven:
            self.guesses.wrong(token.user, client.location, self._clock.seconds())
            raise CredentialsWrong(why=_NO_DIGEST)
        if not self._nonces.first(token, now):
            raise CredentialsWrong(why=": the password digest has been used before")
        return Credentials(token.user, password)


def basic_of(header: str | None) -> Credentials:
    """The credentials of an Authorization header; `NOBODY` if it is absent or of another scheme.

    Raises:
        BadRequest: it says Basic and is none.
    """
    if not header:
        return NOBODY
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return NOBODY
    try:
        raw = base64.b64decode(rest.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest(problem="its Authorization header is no HTTP Basic") from None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    user, colon, password = text.partition(":")
    if not colon or not user:
        raise BadRequest(problem="its Authorization header is no HTTP Basic")
    return Credentials(user, password)


def _allowed(client: Client) -> bool:
    word = client.config.credentials_on_plain_http
    return client.secure or word == "always" or (word == "loopback" and client.local)
