"""The token of a login: who somebody is, for the management servers of one installation."""

from dataclasses import dataclass
from typing import Final

import msgspec

from verdigris.rights import Principal, Subject
from verdigris.tokens.keys import Keys, SigningKey
from verdigris.tokens.signed import sign, verify


KIND: Final = "verdigris-login"
AUDIENCE: Final = "verdigris-login"


@dataclass(frozen=True, slots=True)
class UserLogin:
    """A login.

    It says who somebody is, not what they may do: that is asked of the rights in force at each act.

    Attributes:
        subject: the user, with the groups that some right depended on at the login.
        issued: seconds since 1970.
        expires: seconds since 1970.
        id: of this login, to end it.
        stamp: of the user's password, "" for users who are not native: with another one the login ends.
    """

    subject: Subject
    issued: int
    expires: int
    id: str
    stamp: str = ""


class _LoginClaims(msgspec.Struct, frozen=True, omit_defaults=True):
    iss: str
    aud: str
    sub: str
    dir: str
    iat: int
    exp: int
    jti: str
    grp: tuple[tuple[str, str], ...] = ()
    stamp: str = ""


def sign_login(login: UserLogin, installation: str, key: SigningKey) -> str:
    """The token of a login."""
    user, groups = login.subject.user, sorted(login.subject.groups)
    claims = _LoginClaims(
        installation, AUDIENCE, user.name, user.directory, login.issued, login.expires, login.id,
        tuple((it.name, it.directory) for it in groups), login.stamp,
    )  # fmt: skip
    return sign(claims, KIND, key)


def read_login(token: str, installation: str, keys: Keys, now: float) -> UserLogin:
    """The login that a token proves.

    Raises:
        TokenRefused: it proves none.
    """
    claims = verify(
        token, KIND, _LoginClaims, keys, issuer=installation, audience=AUDIENCE, now=now,
    )  # fmt: skip
    groups = frozenset(Principal(*it) for it in claims.grp)
    subject = Subject(Principal(claims.sub, claims.dir), groups)
    return UserLogin(subject, claims.iat, claims.exp, claims.jti, claims.stamp)
