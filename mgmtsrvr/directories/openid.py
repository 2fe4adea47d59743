"""Bearer tokens of an OpenID Connect issuer: JSON Web Tokens, verified with the keys that it publishes.

Law (tests/mgmtsrvr/directories/test_openid.py): the algorithm is one of the settings' and fits the key;
issuer, audience and expiry are checked; a token without one of them is refused. A token cannot
make us fetch anything but the keys of an issuer in the settings, and that not more often than `SELDOM`.
OpenID Connect Core 1.0, 3.1.3.7 and RFC 8725.
"""

import json
import ssl
import urllib.request
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from verdigris.config.directories import OpenIdSettings
from verdigris.credential_checks.threads import CheckThreads
from verdigris.errors import DirectoryAway, TokenRefused
from verdigris.rights import Principal, Subject


log = Logger()

LEEWAY: Final = 60
"""Seconds by which the issuer's clock may differ from ours."""

MAX_TOKEN: Final = 16 * 1024
"""Characters of a token."""

MAX_DOCUMENT: Final = 1024 * 1024
"""Bytes of a document of the issuer."""

FRESH: Final = 600.0
"""Seconds after which keys are fetched again: one that was withdrawn counts no longer."""

STALE: Final = 86_400.0
"""Seconds that keys count while the issuer does not answer."""

SELDOM: Final = 30.0
"""Seconds between two fetches because of a key that is not known: tokens can name any."""

LONGEST_NAME: Final = 256


SOON: Final = 1.0
"""Seconds between two fetches while there are no keys at all."""

KINDS: Final = {
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"), "EdDSA": ("OKP", "Ed25519"),
}  # fmt: skip
"""The type and curve of key that an algorithm takes (RFC 7518, 3.1 and 6.2; RFC 8037); RSA for the others."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A key that an issuer publishes.

    Attributes:
        key: for the library.
        kind: its type and curve, "" for none.
        algorithm: the only one it is for; "" for any of its kind.
    """

    key: Any
    kind: tuple[str, str]
    algorithm: str

    def fits(self, algorithm: str) -> bool:
        """Whether a signature of this algorithm may be made with it."""
        return self.algorithm in {"", algorithm} and self.kind == KINDS.get(algorithm, ("RSA", ""))


def issuer_of(token: str) -> str:
    """The issuer that a token says it is of; "" if it is no JSON Web Token. Nothing is verified."""
    if len(token) > MAX_TOKEN:
        return ""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError):
        return ""
    return str(claims.get("iss", ""))


class OpenIdDirectory:
    """An issuer of OpenID Connect.

    Args:
        settings: from users.xml.
        clock: for the age of keys.
        threads: that fetch them.
    """

    def __init__(
        self, settings: OpenIdSettings, clock: IReactorTime, threads: CheckThreads
    ) -> None:
        self.name = settings.name
        self.issuer = settings.issuer
        self._settings = settings
        self._clock = clock
        self._threads = threads
        self._keys: dict[str, IssuerKey] = {}
        self._fetched = -STALE - 1
        self._tried = -SELDOM - 1
        self._problem = ""
        self._waiting: list[Deferred[None]] = []

    def __repr__(self) -> str:
        return f"<OpenIdDirectory {self.name!r} {self.issuer} [{len(self._keys)} keys]>"

    async def check(self, token: str) -> Subject:
        """Who a token is about.

        Raises:
            TokenRefused: it is not valid.
            DirectoryAway: the issuer's keys cannot be fetched.
        """
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.InvalidTokenError, ValueError):
            raise TokenRefused(why="it is not a token") from None
        algorithm = header.get("alg")
        if algorithm not in self._settings.algorithms:
            raise TokenRefused(why="its signature algorithm is not accepted here")
        key = await self._key(str(header.get("kid", "")))
        if not key.fits(str(algorithm)):
            raise TokenRefused(why="its signature algorithm does not fit the key")
        return self._subject(self._claims(token, key, str(algorithm)))

    def _claims(self, token: str, key: IssuerKey, algorithm: str) -> dict[str, Any]:
        settings = self._settings
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key.key, algorithms=[algorithm], audience=settings.audience,
                issuer=settings.issuer, leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", settings.user_claim]},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            raise TokenRefused(why="it has expired") from None
        except jwt.InvalidAudienceError:
            raise TokenRefused(why="it was made for another audience") from None
        except (jwt.InvalidTokenError, ValueError, TypeError) as problem:
            log.debug(
                "a token of {issuer}: {problem}", issuer=settings.issuer, problem=str(problem)
            )
            raise TokenRefused(why="its signature or form is not valid") from None
        return claims

    def _subject(self, claims: dict[str, Any]) -> Subject:
        settings = self._settings
        user = claims.get(settings.user_claim)
        if not isinstance(user, str) or not 0 < len(user) <= LONGEST_NAME or not user.isprintable():
            raise TokenRefused(why=f"its claim {settings.user_claim} is not the name of a user")
        if settings.user_claim == "email" and claims.get("email_verified") is not True:
            raise TokenRefused(why="its issuer has not verified the mail address")
        listed = claims.get(settings.groups_claim)
        groups = listed if isinstance(listed, list) else []
        found = frozenset(Principal(it, self.name) for it in groups if isinstance(it, str))
        return Subject(Principal(user, self.name), found)

    # ---- the issuer's keys ---------------------------------------------------------------------

    async def _key(self, wanted: str) -> IssuerKey:
        """The key of an id; without an id the only one.

        Raises:
            TokenRefused: there is none.
            DirectoryAway: the keys cannot be fetched.
        """
        now = self._clock.seconds()
        if now - self._fetched > FRESH or self._find(wanted) is None:
            await self._fetch(now)
        if now - self._fetched > STALE:
            raise DirectoryAway(directory=self.name, reason=self._problem)
        key = self._find(wanted)
        if key is None:
            raise TokenRefused(why="it is signed with a key that its issuer does not publish")
        return key

    def _find(self, wanted: str) -> IssuerKey | None:
        if not wanted and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(wanted)

    async def _fetch(self, now: float) -> None:
        """Fetch the keys, once for all who wait and not too often; those at hand stay if that fails."""
        if self._waiting:
            waiting: Deferred[None] = Deferred()
            self._waiting.append(waiting)
            return await waiting
        if now - self._tried < (SELDOM if self._keys else SOON):
            return None
        self._tried = now
        done: Deferred[None] = Deferred()
        self._waiting.append(done)
        # On its own: a client that closes its connection does not stop it for the others.
        Deferred.fromCoroutine(self._fetch_now(now))
        return await done

    async def _fetch_now(self, now: float) -> None:
        settings = self._settings
        try:
            self._keys = await self._threads.run(lambda: published_keys(settings))
            self._fetched = now
        except Exception as problem:  # noqa: BLE001 - whatever an issuer sends; those who wait have to go on
            self._problem = (str(problem) or type(problem).__name__)[:200]
            log.warn("the keys of {issuer} cannot be fetched: {reason}",
                     issuer=self.issuer, reason=self._problem)  # fmt: skip
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)


def published_keys(settings: OpenIdSettings) -> dict[str, IssuerKey]:
    """The issuer's keys for signatures, by their ids. It blocks.

    Raises:
        OSError: the issuer cannot be reached.
        ValueError: what it sends is not what the standard says.
    """
    where = settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
    about = _json(where, settings)
    if about.get("issuer") != settings.issuer:
        raise ValueError(f"the document at {where} is about another issuer")
    listed = _json(str(about.get("jwks_uri", "")), settings).get("keys")
    found: dict[str, IssuerKey] = {}
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") == "oct":
            continue
        try:
            key = jwt.PyJWK(one).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue  # a kind of key that is newer than the library
        kind = str(one.get("kty", "")), str(one.get("crv", ""))
        found[str(one.get("kid", ""))] = IssuerKey(key, kind, str(one.get("alg", "")))
    return found


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow none: an issuer that sends somebody elsewhere is not the one in the settings."""


def _json(url: str, settings: OpenIdSettings) -> dict[str, Any]:
    if urlsplit(url).scheme != "https":
        raise ValueError(f"{url!r:.100} is not an https URL")
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=context), _NoRedirects()
    )  # fmt: skip
    with opener.open(url, timeout=settings.timeout) as answer:
        data = answer.read(MAX_DOCUMENT + 1)
    if len(data) > MAX_DOCUMENT:
        raise ValueError(f"the document at {url} is larger than {MAX_DOCUMENT} bytes")
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError(f"the document at {url} is not a JSON object")  # noqa: TRY004 - of the document, not of a program
    return found
