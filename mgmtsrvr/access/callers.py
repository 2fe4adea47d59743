"""Who the callers of gateways are, and what gateways may show them (decision 0262).

Law (tests/mgmtsrvr/access/test_callers.py): credentials are checked wherever the installation has security
on, whether or not a session server checks users: a gateway that asks its callers for credentials has
nobody else to ask.
"""

from mgmtsrvr.access.session_access import SessionAccess
from verdigris.rights import Permission
from verdigris.wire import CallerIs, Login


async def identify_caller(sessions: SessionAccess, login: Login, location: str) -> CallerIs:
    """The caller of a gateway.

    Args:
        sessions: check credentials.
        login: what the caller sent.
        location: where the caller is.

    Raises:
        VerdigrisError: as `SessionAccess.identify`.
        NoSigningKey: tokens cannot be signed.
    """
    user = await sessions.identify(login, location)
    token = (
        await sessions.log_in(login, location)
    ).token  # the password is known to be right by now
    limits = sessions.limits(user, Permission.METADATA)
    return CallerIs(
        *user.subject.user, token, tuple(sorted((it.model, it.pool) for it in limits))
    )  # fmt: skip
