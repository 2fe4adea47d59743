"""WS-Security UsernameToken (OASIS WSS UsernameToken Profile 1.1): read, and its digest checked.

Law: what is compared is compared in constant time; a digest counts once, and only near the time it
was made; nothing of a token is ever in a text. What a Security header demands and is not done here
is refused, never passed over.
"""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from lxml import etree

from gateway.workers.shared_state import SharedState
from verdigris.errors import BadRequest, CredentialsWrong, NotUnderstood


WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
SECURITY: Final = f"{{{WSSE}}}Security"

_DIGEST: Final = "#PasswordDigest"
_TEXT: Final = "#PasswordText"
_READ: Final = frozenset({f"{{{WSSE}}}UsernameToken", f"{{{WSU}}}Timestamp"})

WINDOW: Final = 300.0
"""Seconds a digest may be old, or a client's clock ahead: the profile recommends five minutes."""


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """One UsernameToken.

    Attributes:
        user: the user's name.
        password: in clear; "" if there is a digest instead.
        digest: SHA-1 of nonce, created and password; b"" if there is none.
        nonce, created: as they were sent, decoded from base64 and not.
    """

    user: str
    password: str = ""
    digest: bytes = b""
    nonce: bytes = b""
    created: str = ""

    def __repr__(self) -> str:
        return f"<Token {self.user!r} {'digest' if self.digest else 'password'}=hidden>"

    def proves(self, password: str) -> bool:
        """Whether the digest is of this password."""
        made = hashlib.sha1(self.nonce + self.created.encode() + password.encode()).digest()  # noqa: S324 - the profile's own
        return hmac.compare_digest(made, self.digest)


class Nonces:
    """Digests that were used, for as long as they could be used again.

    Args:
        shared: where they are remembered.
    """

    def __init__(self, shared: SharedState) -> None:
        self._shared = shared

    def __repr__(self) -> str:
        return f"<Nonces {self._shared!r}>"

    def first(self, token: Token, now: float) -> bool:
        """Whether this token's nonce is new; it is not any more afterwards.

        Args:
            token: whose digest is right.
            now: seconds since 1970.
        """
        name = msgspec.msgpack.encode((token.user, token.nonce, token.created))
        return self._shared.first(name, now, now + 2 * WINDOW)


def is_fresh(token: Token, now: float) -> bool:
    """Whether a digest's Created is near enough to now."""
    created = _time(token.created)
    return created is not None and abs(now - created) <= WINDOW


def token_of(headers: Sequence[etree._Element], must: str, now: float) -> Token | None:
    """The one UsernameToken of a message, if it has any.

    Args:
        headers: the header blocks addressed to us.
        must: the qualified name of mustUnderstand.
        now: seconds since 1970.

    Raises:
        BadRequest: there are several, or one that cannot be read.
        CredentialsWrong: the message's own Timestamp is over.
        NotUnderstood: the header must be understood and holds a signature or the like.
    """
    found: list[etree._Element] = []
    for block in headers:
        if block.tag != SECURITY:
            continue
        for child in block:
            if child.tag in _READ:
                continue
            if block.get(must, "").strip() in ("1", "true"):
                name = f"Security/{etree.QName(child).localname}"
                raise NotUnderstood({"header": block.tag}, header=name)
        _check_timestamp(block, now)
        found += block.findall(f"{{{WSSE}}}UsernameToken")
    if len(found) > 1:
        raise BadRequest(problem="the message holds several UsernameTokens")
    return _token(found[0]) if found else None


def _token(element: etree._Element) -> Token:
    names = [child.tag for child in element if isinstance(child.tag, str)]
    for name in names:
        if names.count(name) > 1:
            local = etree.QName(name).localname
            raise BadRequest(problem=f"{local} comes twice in a UsernameToken")
    user = (element.findtext(f"{{{WSSE}}}Username") or "").strip()
    password = element.find(f"{{{WSSE}}}Password")
    if not user or password is None:
        raise BadRequest(problem="a UsernameToken holds a Username and a Password")
    kind, text = (password.get("Type") or _TEXT).strip(), password.text or ""
    if kind.endswith(_TEXT):
        return Token(user, password=text)
    if not kind.endswith(_DIGEST):
        raise BadRequest(problem="the Type of a Password is PasswordText or PasswordDigest")
    return Token(
        user,
        digest=_decoded(text, "Password"),
        nonce=_decoded(element.findtext(f"{{{WSSE}}}Nonce") or "", "Nonce"),
        created=(element.findtext(f"{{{WSU}}}Created") or "").strip(),
    )


def _decoded(text: str, name: str) -> bytes:
    try:
        found = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        raise BadRequest(problem=f"the {name} of a password digest is not valid base64")
    return found


def _check_timestamp(security: etree._Element, now: float) -> None:
    expires = security.findtext(f"{{{WSU}}}Timestamp/{{{WSU}}}Expires")
    if expires is None:
        return
    end = _time(expires)
    if end is None:
        raise BadRequest(problem="the Expires of a Timestamp is not a date and time")
    if end + WINDOW < now:
        raise CredentialsWrong(why=": the message's Timestamp is over")


def _time(text: str) -> float | None:
    """Seconds since 1970 of an xs:dateTime; one without a zone is UTC (WSS 1.1, section 10)."""
    try:
        found = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()
