"""The token that opens one reserved session on one session server, checked there without asking anybody."""

from dataclasses import dataclass
from typing import Final

import msgspec

from verdigris.errors import TokenRefused
from verdigris.rights import Principal
from verdigris.tokens.keys import Keys, SigningKey
from verdigris.tokens.signed import sign, verify


KIND: Final = "verdigris-session"

LONGEST: Final = 60
"""Seconds that it may be good for: a claim follows an allocation at once."""


@dataclass(frozen=True, slots=True)
class SessionRight:
    """The right of a user to claim a reservation.

    A claim consumes the reservation, so that the token counts once.

    Attributes:
        user: for whom.
        server: the session server.
        session: the id of the reserved session.
        request: the id of the request that it was reserved for.
        domain: the domain it came by, "" for none.
        model: that the session is to run.
        issued: seconds since 1970.
        expires: seconds since 1970; `LONGEST` later at most.
        on_behalf_of: for whom the user acts, by the user's own word; "" for nobody else.
    """

    user: Principal
    server: str
    session: str
    request: str
    domain: str
    model: str
    issued: int
    expires: int
    on_behalf_of: str = ""


class _SessionClaims(msgspec.Struct, frozen=True, omit_defaults=True):
    iss: str
    aud: str
    sub: str
    dir: str
    sid: str
    req: str
    dom: str
    mdl: str
    iat: int
    exp: int
    obo: str = ""


def sign_session_right(right: SessionRight, installation: str, key: SigningKey) -> str:
    """The token of a right."""
    claims = _SessionClaims(
        installation, right.server, right.user.name, right.user.directory, right.session,
        right.request, right.domain, right.model, right.issued, right.expires, right.on_behalf_of,
    )  # fmt: skip
    return sign(claims, KIND, key)


def read_session_right(
    token: str, installation: str, server: str, session: str, keys: Keys, now: float
) -> SessionRight:
    """The right to claim a session that a token proves.

    Args:
        token: as it came.
        installation: of the reader.
        server: the reader.
        session: that is to be claimed.
        keys: of the management servers.
        now: seconds since 1970.

    Raises:
        TokenRefused: it proves none for this session on this server.
    """
    claims = verify(
        token, KIND, _SessionClaims, keys, issuer=installation, audience=server, now=now
    )
    if claims.sid != session:
        raise TokenRefused(why="it was made for another session")
    if claims.exp - claims.iat > LONGEST:
        raise TokenRefused(why="it is good for too long")
    user = Principal(claims.sub, claims.dir)
    return SessionRight(
        user, server, claims.sid, claims.req, claims.dom, claims.mdl, claims.iat,
        claims.exp, claims.obo,
    )  # fmt: skip
