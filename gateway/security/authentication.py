"""Authentication of clients: which credentials count, and whether they are right.

Law: exactly one identity counts for a request, the nearest to the call: the environment's, else the
UsernameToken's, else the Authorization header's (Basic or bearer), else that of the client certificate; that
one is checked and carried on, no other. Credentials in any form are refused over plain HTTP unless the
settings allow them. A users file checks them, or else a management server; without either nothing is
judged here: the session server does.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from twisted.internet.interfaces import IReactorTime

from gateway.call import Client
from gateway.security.caller_identity import ANYBODY, CallerIdentity
from gateway.security.gateway_account import GatewayAccount
from gateway.security.in_thread import InThread, run_here
from gateway.security.installation_users import AsksCallers, InstallationUsers
from gateway.security.username_token import Nonces, Token, is_fresh
from gateway.security.users import Users
from gateway.workers.shared_state import LocalState, SharedState
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.config.watch import Elsewhere, at_once
from verdigris.credential_checks import CountedChecks, Guesses
from verdigris.credential_checks.guesses import FREE
from verdigris.errors import (
    CredentialsRefused,
    CredentialsRequired,
    CredentialsWrong,
    DigestNotChecked,
    GatewayAccountRefused,
    NobodyChecksUsers,
    TokenRefused,
    VerdigrisError,
)
from verdigris.values import NOBODY, Credentials


_NO_DIGEST: Final = " (a PasswordDigest is checked only for users kept with a clear password)"


E = TypeVar("E", bound=Exception)


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
        ask: asks a management server who a caller is; None where the gateway has no identity.
    """

    def __init__(
        self,
        clock: IReactorTime,
        in_thread: InThread = run_here,
        wall: Callable[[], float] = time.time,
        shared: SharedState | None = None,
        elsewhere: Elsewhere = at_once,
        in_check_thread: InThread = run_here,
        workers: int = 1,
        ask: AsksCallers | None = None,
    ) -> None:
        self._in_check_thread = in_check_thread
        self._elsewhere = elsewhere
        self._clock = clock
        self.in_thread = in_thread
        self.wall = wall
        self.shared = shared or LocalState(clock)
        self._nonces = Nonces(self.shared)
        self.guesses = Guesses(self.shared.wrong, self.shared.known, free=FREE + workers - 1)
        self._checks: CountedChecks[CallerIdentity] = CountedChecks(self.guesses, clock)
        self._installation = InstallationUsers(ask, self._checks, clock) if ask else None
        self._account = GatewayAccount(self._installation, in_thread, clock)
        self._users: Users | None = None

    def __repr__(self) -> str:
        return f"<Authentication [{self._users or self._installation}]>"

    def prepare(self, config: PluginConfig) -> None:
        """Read and watch the users file the settings name.

        Raises:
            ConfigurationError: it cannot be used.
        """
        wanted = Path(config.users_file) if config.users_file else None
        if (self._users.path if self._users is not None else None) == wanted:
            return
        users = None
        if wanted is not None:
            users = Users(wanted, self._clock, self._elsewhere, self._checks.forget)
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
        """What goes on with a call; `NOBODY` if it comes without credentials and needs none.

        Args:
            client: the sender of the request.
            inband: the credentials of its environment.
            token: its UsernameToken, if it has one.

        Raises:
            CredentialsRefused: there are credentials, over plain HTTP.
            CredentialsRequired: `authnService` asks for credentials.
            CredentialsWrong, TokenRefused: they are not right.
            TooManyGuesses: too many were not right lately.
            VerdigrisError: they cannot be checked.
        """
        config = client.config
        if (
            inband is NOBODY and token is None and client.authorization is NOBODY
            and not client.certificate_user and not config.authn_service
            and config.gateway_user_for == "identified"
        ):  # fmt: skip
            return NOBODY  # most calls; an empty one that is another object comes to the same
        found = await self._identify(client, inband, token, required=config.authn_service)
        return found.credentials

    async def reader(self, client: Client) -> CallerIdentity:
        """A client that reads a WSDL or a page; errors as `identify`."""
        if not client.config.authn_metadata:
            return ANYBODY
        return await self._identify(client, NOBODY, None, required=True)

    async def _identify(
        self, client: Client, inband: Credentials, token: Token | None, *, required: bool
    ) -> CallerIdentity:
        sent = client.authorization
        if sent.token and not self.asks(client.config):
            sent = NOBODY  # nobody here reads tokens: it is for somebody else, such as a proxy
        given = bool(inband) or token is not None or bool(sent)
        if not client.may_send_credentials and (given or required):
            raise CredentialsRefused(where="over plain HTTP")
        if not given:
            return await self._without(client, required=required)
        self.prepare(client.config)
        try:
            found = await self._check_nearest(inband, token, sent, client)
        except (CredentialsWrong, TokenRefused) as wrong:
            raise self._refusal(wrong, client, inband=bool(inband), token=token) from None
        if required and not found.checked and self._installation is not None:
            raise NobodyChecksUsers
        return found

    async def _check_nearest(
        self, inband: Credentials, token: Token | None, sent: Credentials, client: Client
    ) -> CallerIdentity:
        if inband or token is None:
            return await self._check(inband or sent, client)
        return await self._check_token(token, client)

    async def _without(self, client: Client, *, required: bool) -> CallerIdentity:
        """A caller without credentials, who may have a certificate."""
        config, name = client.config, client.certificate_user
        if not name and required:
            raise CredentialsRequired({"challenge": self._challenge(client)}, where="here")
        if config.gateway_user and (name or config.gateway_user_for == "everyone"):
            return await self._account.acting_for(name, client)
        return CallerIdentity(Credentials(name), checked=True) if name else ANYBODY

    def asks(self, config: PluginConfig) -> bool:
        """Whether a management server says who callers are; then tokens are accepted."""
        return (
            self._installation is not None
            and not config.users_file
            and bool(config.management_servers)
        )

    def _challenge(self, client: Client) -> str:
        """What a client without credentials is asked for."""
        return "bearer too" if self.asks(client.config) else "basic"

    def _refusal(
        self, wrong: VerdigrisError, client: Client, *, inband: bool, token: Token | None
    ) -> VerdigrisError:
        """A refusal, with what tells its client which of the credentials it was."""
        if inband:
            return wrong
        if token is not None:
            return wrong.with_details(wsse="FailedAuthentication")
        challenge = "bearer" if isinstance(wrong, TokenRefused) else self._challenge(client)
        return wrong.with_details(challenge=challenge)

    def explained(self, problem: E, client: Client) -> E | VerdigrisError:
        """An error of a call, as this gateway tells it.

        What the parts behind refuse for want of credentials asks for them, where they would be taken.
        """
        if isinstance(problem, CredentialsRequired):
            if not client.may_send_credentials:
                return CredentialsRefused(where="over plain HTTP")
            return problem.with_details(challenge=self._challenge(client))
        if isinstance(problem, TokenRefused):
            return self._ended(problem, client)
        return problem

    def _ended(self, problem: TokenRefused, client: Client) -> VerdigrisError:
        """A login that counts no longer: the caller's own token, or the one that was made for a password."""
        sent, config = client.authorization, client.config
        if config.gateway_user and (
            self._users is not None or (client.certificate_user and not sent)
        ):
            self._account.drop(config)
            return GatewayAccountRefused()
        if not sent.user:
            return problem.with_details(challenge="bearer")
        self._checks.drop(sent.user, sent.password)
        return CredentialsWrong(why="").with_details(challenge=self._challenge(client))

    async def _check(self, credentials: Credentials, client: Client) -> CallerIdentity:
        users = self._users
        if users is None:
            if self._installation is None or not self.asks(client.config):
                return CallerIdentity(credentials)
            return await self._installation.identify(credentials, client)
        name, password = credentials.user, credentials.password
        found = self._checks.known(name, password)
        if found is None:

            async def ask() -> CallerIdentity:
                if await self._in_check_thread(lambda: users.check(name, password)):
                    return CallerIdentity(credentials, checked=True)
                raise CredentialsWrong(why="")

            found = await self._checks.check(name, password, client.location, ask)
        return await self._own(found, client)

    async def _own(self, found: CallerIdentity, client: Client) -> CallerIdentity:
        """A user of the gateway's own file: where there is an account, calls run under it."""
        if not client.config.gateway_user:
            return found
        return await self._account.acting_for(found.credentials.user, client)

    async def _check_token(self, token: Token, client: Client) -> CallerIdentity:
        if not token.digest:
            return await self._check(Credentials(token.user, token.password), client)
        if self._users is None and self.asks(client.config):
            raise DigestNotChecked({"wsse": "UnsupportedSecurityToken"})
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
        return await self._own(
            CallerIdentity(Credentials(token.user, password), checked=True), client
        )
