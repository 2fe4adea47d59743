"""Whether a user may let parts join: one of any directory, with the permission `join`.

Law: a password is checked by the one door of the management server (`mgmtsrvr.directories`), so that
guesses by joining count like those by logging in.
"""

from collections.abc import Callable

from mgmtsrvr.access import Logins
from verdigris.errors import CredentialsWrong, JoinRefused
from verdigris.rights import ActTarget, Permission


class UserAdmission:
    """Checks users who let parts join.

    Args:
        logins: gives the logins of this management server; None without users.
    """

    def __init__(self, logins: Callable[[], Logins | None]) -> None:
        self._logins = logins

    async def require(self, part: str, user: str, password: str, address: str) -> None:
        """Refuse a user who may not let parts join.

        Args:
            part: that wants to join, for people.
            user: the user's name.
            password: the user's password.
            address: from which it wants to.

        Raises:
            JoinRefused: wrong credentials, or no permission.
            VerdigrisError: they could not be checked; see `Authenticator.password`.
        """
        logins = self._logins()
        if logins is None:
            raise JoinRefused(part=part, reason="the installation has no users")
        try:
            found = await logins.authenticator.password(user, password, address)
        except CredentialsWrong:
            reason = "user name or password is wrong"
            raise JoinRefused(part=part, reason=reason) from None
        if not logins.may(found.subject, Permission.JOIN, ActTarget()):
            reason = f"user {found.subject} does not have the permission join"
            raise JoinRefused(part=part, reason=reason)
