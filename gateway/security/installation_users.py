"""The users of the installation, as a management server knows them (decision 0262).

Law (tests/gateway/security/test_installation_users.py): nobody is let in because nobody can be asked. What was
right counts for 60 seconds; guesses at passwords are counted before anybody is asked.
"""

from collections.abc import Awaitable
from typing import Final, Protocol

from twisted.internet.interfaces import IReactorTime

from gateway.call import Client
from gateway.security.caller_identity import CallerIdentity
from verdigris.credential_checks import CountedChecks, RecentlyRight
from verdigris.errors import TokenRefused
from verdigris.rights import ActTarget, Principal
from verdigris.values import Credentials
from verdigris.wire import CallerIs, Login


MAX_TOKEN: Final = 16 * 1024
"""Characters of a token that is passed on."""


class AsksCallers(Protocol):
    """Asks a management server who sends this."""

    def __call__(self, login: Login, client: Client, location: str, /) -> Awaitable[CallerIs]:
        """The caller.

        Args:
            login: what was sent.
            client: whose request it is for.
            location: where it was sent from; "" is this gateway.

        Raises:
            VerdigrisError: the credentials are not accepted, or cannot be checked.
        """


class InstallationUsers:
    """Users of the installation.

    Args:
        ask: asks a management server.
        checks: count guesses, and remember what was right.
        clock: for how long tokens are remembered.
    """

    def __init__(
        self, ask: AsksCallers, checks: CountedChecks[CallerIdentity], clock: IReactorTime
    ) -> None:
        self._ask = ask
        self._checks = checks
        self._clock = clock
        self._tokens: RecentlyRight[CallerIdentity] = RecentlyRight()

    def __repr__(self) -> str:
        return f"<InstallationUsers {self._checks!r}>"

    async def identify(self, given: Credentials, client: Client) -> CallerIdentity:
        """Who has this password or token.

        Raises:
            VerdigrisError: nobody, or it cannot be found out.
        """
        if given.token:
            return await self._token(given.token, client)
        user, password = given.user, given.password
        known = self._checks.known(user, password)
        if known is not None:
            return known

        async def ask() -> CallerIdentity:
            return _identity(await self._ask(Login(user, password), client, client.location), given)

        return await self._checks.check(user, password, client.location, ask)

    async def log_in(self, own: Credentials, client: Client) -> CallerIdentity:
        """The gateway itself, as one of the users; nothing is remembered.

        Args:
            own: the gateway's user and password.
            client: whose request it is for.

        Raises:
            VerdigrisError: as `identify`.
        """
        return _identity(await self._ask(Login(own.user, own.password), client, ""), own)

    async def _token(self, token: str, client: Client) -> CallerIdentity:
        if len(token) > MAX_TOKEN or token.count(".") != 2:  # noqa: PLR2004 - RFC 7515, 3.1
            raise TokenRefused(why="it is not a token")
        mark, now = self._tokens.mark("", token), self._clock.seconds()
        found = self._tokens.find(mark, now)
        if found is None:
            given = Credentials(token=token)
            found = _identity(await self._ask(Login(token=token), client, client.location), given)
            self._tokens.add(mark, found, now)
        return found


def _identity(said: CallerIs, given: Credentials) -> CallerIdentity:
    """What a management server says; where its installation has security off, what was given."""
    if not said.name:
        return CallerIdentity(given)
    name = str(Principal(said.name, said.directory))
    limits = tuple(ActTarget(model, pool) for model, pool in said.metadata)
    return CallerIdentity(
        Credentials(name, token=said.token or given.token), checked=True, metadata=limits
    )
