"""What both kinds of tokens have in common: JSON, signed, with a type and an expiry."""

from typing import Final, Protocol, TypeVar

import jwt
import msgspec

from verdigris.errors import TokenRefused
from verdigris.tokens.keys import Keys, SigningKey


MAX_LENGTH: Final = 16 * 1024
"""Characters of a token: a login with 200 groups of a directory is 10 KiB."""

LEEWAY: Final = 60
"""Seconds by which the clocks of two machines may differ."""

_JWS: Final = jwt.PyJWS(algorithms=["EdDSA"])


class Claims(Protocol):
    """What every token says, in the names of RFC 7519.

    Attributes:
        iss: the installation.
        aud: who may read it.
        iat, exp: seconds since 1970 at which it was made, and after which it is nothing.
    """

    @property
    def iss(self) -> str:
        """See above."""

    @property
    def aud(self) -> str:
        """See above."""

    @property
    def iat(self) -> int:
        """See above."""

    @property
    def exp(self) -> int:
        """See above."""


C = TypeVar("C", bound=Claims)


def sign(claims: object, kind: str, key: SigningKey) -> str:
    """The token of these claims."""
    headers = {"typ": kind, "kid": key.id}
    return _JWS.encode(msgspec.json.encode(claims), key.key, "EdDSA", headers)


def verify(
    token: str, kind: str, form: type[C], keys: Keys, *, issuer: str, audience: str, now: float
) -> C:
    """What a token says.

    Args:
        token: as it came.
        kind: its type.
        form: of its claims.
        keys: the public keys that count.
        issuer: the installation.
        audience: who reads it.
        now: seconds since 1970.

    Raises:
        TokenRefused: anything is not as it has to be.
    """
    claims = _claims(token, kind, form, keys, now)
    if claims.iss != issuer:
        raise TokenRefused(why="it belongs to another installation")
    if claims.aud != audience:
        raise TokenRefused(why="it was made for another server or purpose")
    if now > claims.exp + LEEWAY:
        raise TokenRefused(why="it has expired")
    if claims.iat > now + LEEWAY:
        raise TokenRefused(why="it was made in the future: compare the clocks of the servers")
    return claims


def _claims(token: str, kind: str, form: type[C], keys: Keys, now: float) -> C:
    if len(token) > MAX_LENGTH:
        raise TokenRefused(why="it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError):
        raise TokenRefused(why="it is not a token") from None
    known = keys.get(str(header.get("kid", "")))
    if header.get("typ") != kind:
        raise TokenRefused(why="it is a token of another kind")
    if known is None or now > known.until + LEEWAY:
        raise TokenRefused(why="it is signed with a key that does not count here")
    try:
        payload = _JWS.decode_complete(token, known.key, ["EdDSA"])["payload"]
        return msgspec.json.decode(payload, type=form)
    except (jwt.InvalidTokenError, ValueError):  # msgspec's errors are ValueErrors
        raise TokenRefused(why="its signature or form is not valid") from None
