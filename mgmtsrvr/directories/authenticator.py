"""The one door: names and passwords of any directory, bearer tokens of any issuer.

Law (tests/mgmtsrvr/directories/test_authenticator.py): the first directory that knows a user decides.
While one does not answer, later ones may say yes to their own users, and nobody is told that a
password is wrong. A refusal says nothing of which part was wrong, nor does its time: refusals are
answered at the next full `PACE`. Guesses are counted before they are checked, so that many at once
are not free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mgmtsrvr.directories.directory import PasswordDirectory, Refused
from mgmtsrvr.directories.native import NativeDirectory, stamp_of
from mgmtsrvr.directories.openid import OpenIdDirectory, issuer_of
from verdigris.credential_checks import CountedChecks, Guesses
from verdigris.credential_checks.guesses import LONGEST_NAME
from verdigris.errors import (
    CredentialsWrong,
    DirectoryAway,
    TokenRefused,
    TooManyGuesses,
    VerdigrisError,
)
from verdigris.passwords import LONGEST
from verdigris.rights import NATIVE, Principal, Rights, Subject


log = Logger()

PACE: Final = 0.5
"""Seconds: a refusal is answered at a multiple of it after the question, whatever it took."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """Somebody whose password was right.

    Attributes:
        subject: who, with the groups that some right depends on.
        stamp: of the password, for native users (`verdigris.tokens.UserLogin`).
    """

    subject: Subject
    stamp: str = ""


class Authenticator:
    """Finds out who somebody is.

    Args:
        native: the native users.
        clock: for pauses and the pace of refusals.
    """

    def __init__(self, native: NativeDirectory, clock: IReactorTime) -> None:
        self.native = native
        self.guesses = Guesses()
        self._clock = clock
        self._checks: CountedChecks[Subject] = CountedChecks(self.guesses, clock)
        self._others: Sequence[PasswordDirectory] = ()
        self._issuers: dict[str, OpenIdDirectory] = {}
        self._rights = Rights()

    def __repr__(self) -> str:
        names = [NATIVE, *(it.name for it in self._others), *(it.name for it in self._issuers.values())]  # fmt: skip
        return f"<Authenticator {', '.join(names)}>"

    def configure(
        self,
        rights: Rights,
        others: Sequence[PasswordDirectory],
        issuers: Sequence[OpenIdDirectory],
    ) -> None:
        """Put other directories and rights into force; what was right before is asked again."""
        self._rights, self._others = rights, tuple(others)
        self._issuers = {it.issuer: it for it in issuers}
        self._checks.forget()

    async def password(self, user: str, password: str, address: str) -> Authenticated:
        """Who has this name and password.

        Args:
            user: the name as it was typed.
            password: the same.
            address: of the client.

        Raises:
            CredentialsWrong: nobody.
            TooManyGuesses: too many from there were wrong lately.
            DirectoryAway: the directory that may know does not answer.
            LoginsBusy: too many are being checked already.
        """
        begun = self._clock.seconds()
        subject = self._checks.known(user, password)
        if subject is None:
            try:
                subject = await self._checks.check(
                    user, password, address, lambda: self._check(user, password)
                )
            except TooManyGuesses:
                raise
            except VerdigrisError:
                await self._keep_pace(begun)
                raise
        return self._authenticated(subject)

    async def bearer(self, token: str) -> Subject:
        """Who a token of an OpenID Connect issuer is about.

        Raises:
            TokenRefused: it is not valid here.
            DirectoryAway: its issuer's keys cannot be fetched.
        """
        issuer = self._issuers.get(issuer_of(token))
        if issuer is None:
            raise TokenRefused(why="its issuer is not known here")
        return self._trimmed(await issuer.check(token))

    async def _check(self, user: str, password: str) -> Subject:
        away: DirectoryAway | None = None
        plausible = _is_plausible(user, password)
        for directory in (self.native, *(self._others if plausible else ())):
            try:
                answer = await directory.check(user if plausible else "", password[:LONGEST])
            except DirectoryAway as problem:
                log.warn("{problem}", problem=str(problem))
                away = away or problem
                continue
            if isinstance(answer, Subject):
                return self._trimmed(answer)
            if isinstance(answer, Refused):
                raise CredentialsWrong(why="")
        if away is not None:
            raise away
        raise CredentialsWrong(why="")

    def _trimmed(self, subject: Subject) -> Subject:
        """The subject with the groups that some right depends on: tokens carry them."""
        return replace(subject, groups=subject.groups & self._rights.named_groups)

    def _authenticated(self, subject: Subject) -> Authenticated:
        if subject.user.directory != NATIVE:
            return Authenticated(subject)
        user = self.native.user(subject.user.name)
        if user is None:
            raise CredentialsWrong(why="")
        return Authenticated(subject, stamp_of(user.password))

    async def _keep_pace(self, begun: float) -> None:
        gone = self._clock.seconds() - begun
        await deferLater(self._clock, PACE - gone % PACE)

    def good_stamp(self, user: Principal, stamp: str) -> bool:
        """Whether a login with this stamp still counts: its user is there, with the same password."""
        if user.directory != NATIVE:
            return user.directory in self._known_directories
        found = self.native.user(user.name)
        return found is not None and stamp_of(found.password) == stamp

    @property
    def _known_directories(self) -> set[str]:
        return {it.name for it in self._others} | {it.name for it in self._issuers.values()}


def _is_plausible(user: str, password: str) -> bool:
    """Whether some directory may be asked: an empty password is a success at some LDAP servers (RFC 4513, 5.1.2)."""
    return (
        0 < len(user) <= LONGEST_NAME
        and 0 < len(password) <= LONGEST
        and user.isprintable()
        and "\0" not in password
    )
