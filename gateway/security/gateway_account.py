"""The gateway's own account, for callers who are not users of the installation (decision 0262).

Law (tests/gateway/security/test_gateway_account.py): it is used where plugin-cfg.xml says so and nowhere else;
every call under it names the caller.
"""

from pathlib import Path

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from gateway.call import Client
from gateway.security.caller_identity import CallerIdentity
from gateway.security.in_thread import InThread
from gateway.security.installation_users import InstallationUsers
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.config.watch import read_file
from verdigris.credential_checks import CountedChecks, Guesses
from verdigris.errors import (
    ConfigurationError,
    CredentialsWrong,
    GatewayAccountRefused,
    Problem,
    TooManyGuesses,
)
from verdigris.values import ANONYMOUS, Credentials


log = Logger()


class GatewayAccount:
    """The account.

    Args:
        users: check its password; None where the gateway has no identity: then it is carried.
        in_thread: reads its file.
        clock: for how long it counts without being checked again.
    """

    def __init__(
        self, users: InstallationUsers | None, in_thread: InThread, clock: IReactorTime
    ) -> None:
        self._users = users
        self._in_thread = in_thread
        self._checks: CountedChecks[CallerIdentity] = CountedChecks(Guesses(), clock)

    def __repr__(self) -> str:
        return f"<GatewayAccount {self._checks!r}>"

    async def acting_for(self, name: str, client: Client) -> CallerIdentity:
        """The account's credentials, on behalf of a caller; "" is one without credentials.

        Raises:
            GatewayAccountRefused: it cannot be used.
            VerdigrisError: it cannot be found out whether it can.
        """
        config = client.config
        user, file = config.gateway_user, config.gateway_password_file
        found = self._checks.known(user, file)
        if found is None:
            try:
                # The same at the same time is checked once, and refused ones are slowed down.
                found = await self._checks.check(
                    user, file, "", lambda: self._log_in(config, client)
                )
            except (CredentialsWrong, TooManyGuesses):
                raise GatewayAccountRefused from None
        log.debug("{user} acts on behalf of {name}",
                  user=user, name=name or ANONYMOUS, request_id=client.request_id)  # fmt: skip
        own = found.credentials
        carried = Credentials(own.user, own.password, own.token, on_behalf_of=name)
        return CallerIdentity(carried, checked=bool(name), metadata=found.metadata)

    def drop(self, config: PluginConfig) -> None:
        """Log in again: the login of the account has ended."""
        self._checks.drop(config.gateway_user, config.gateway_password_file)

    async def _log_in(self, config: PluginConfig, client: Client) -> CallerIdentity:
        path = Path(config.gateway_password_file)
        try:
            password = await self._in_thread(lambda: password_in(path))
        except ConfigurationError as problem:
            log.warn("the gateway's own account: {problem}", problem=str(problem))
            raise GatewayAccountRefused from None
        own = Credentials(config.gateway_user, password)
        if self._users is None:
            return CallerIdentity(own)
        try:
            return await self._users.log_in(own, client)
        except CredentialsWrong:
            log.warn("gatewayUser {user} and the password in {file} were not accepted",
                      user=config.gateway_user, file=path.name)  # fmt: skip
            raise


def password_in(path: Path) -> str:
    """The password in a file: its first line.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        lines = read_file(path).decode().splitlines()
    except UnicodeDecodeError:
        lines = []
    if not lines or not lines[0].strip():
        said = Problem(str(path), 0, "it has no password in its first line")
        raise ConfigurationError.of(str(path), [said])
    return lines[0]
