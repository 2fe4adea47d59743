"""Tokens that let a part join: made by an authority, used once, expiring. Pure but for the chance in ids.

A token names what may join with it, and the fingerprint of the authority, so that the newcomer knows
the management server it talks to. It is signed with a key derived from the authority's own, which all
management servers have; that it is used once only is kept in the installation.
"""

import base64
import binascii
import datetime as dt
import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from verdigris.identity.authority import Authority
from verdigris.identity.part import WITH_CERTIFICATES, Role


PREFIX: Final = "vdj1."
"""Of every token: so that people, and searches for secrets, recognise one."""


class JoinToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a token says.

    Attributes:
        id: of the token.
        role: of the part that may join.
        name: of the part; "" is any.
        until: when it expires, seconds since 1970.
        authority: SHA-256 of the authority's certificate.
    """

    id: str
    role: str
    name: str
    until: int
    authority: str

    @property
    def expires(self) -> dt.datetime:
        """When it expires."""
        return dt.datetime.fromtimestamp(self.until, dt.UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wants to join."""

    role: Role
    name: str


def make(authority: Authority, role: Role, name: str, until: dt.datetime) -> str:
    """A token as text.

    Args:
        authority: who lets parts join.
        role: of the part.
        name: of the part; "" is any.
        until: when it expires.
    """
    token = JoinToken(
        secrets.token_hex(8), role.value, name, int(until.timestamp()), authority.fingerprint
    )
    body = msgspec.json.encode(token)
    return PREFIX + _text(body) + "." + _text(_seal(authority, body))


def read(text: str) -> JoinToken:
    """What a token says, unproved: for the newcomer, who has no means to check it.

    Raises:
        ValueError: it is no token.
    """
    return _parts(text)[0]


def checked(authority: Authority, text: str, wanted: Wanted, now: dt.datetime) -> JoinToken:
    """What a token says, if it lets this part join now. Whether it was used is asked elsewhere.

    Raises:
        ValueError: why it does not.
    """
    token, body, seal = _parts(text)
    if not hmac.compare_digest(_seal(authority, body), seal):
        raise ValueError("the token is not of this installation")
    if now >= token.expires:
        raise ValueError(f"the token expired at {token.expires:%Y-%m-%d %H:%M:%S} UTC")
    if token.role != wanted.role or token.name not in ("", wanted.name):
        raise ValueError(f"the token is for a {Role(token.role).words} {token.name}".rstrip())
    return token


def _parts(text: str) -> tuple[JoinToken, bytes, bytes]:
    try:
        body, seal = map(_bytes, text.strip().removeprefix(PREFIX).split("."))
        token = msgspec.json.decode(body, type=JoinToken)
        role = Role(token.role)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise ValueError("it is not a join token") from None
    if not text.strip().startswith(PREFIX) or role not in WITH_CERTIFICATES:
        raise ValueError("it is not a join token")
    return token, body, seal


def _seal(authority: Authority, body: bytes) -> bytes:
    secret = authority.signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = hmac.digest(secret, b"verdigris join token 1", sha256)
    return hmac.digest(key, body, sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
