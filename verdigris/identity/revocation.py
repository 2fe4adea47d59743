"""Revoked certificates: of a part that was removed, all those issued up to its removal. Pure.

Law: a part that joins again under the same name has a newer certificate, which is good; the older
ones stay revoked for as long as any of them could be valid.
"""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from cryptography.x509 import Certificate

from verdigris.identity.certificates import issued
from verdigris.identity.part import Part, Role
from verdigris.wire import RevokedPart


LONGEST: Final = dt.timedelta(days=800)
"""How long a certificate of a part is valid at most, and with it a revocation remembered."""


@dataclass(frozen=True, slots=True, order=True)
class Revocation:
    """All certificates of a part issued up to a time, with its time zone."""

    role: Role
    name: str
    at: dt.datetime

    @classmethod
    def parse(cls, role: str, name: str, at: str) -> Self:
        """Read it from text.

        Raises:
            ValueError: no such role, or no time with a zone.
        """
        when = dt.datetime.fromisoformat(at)
        if when.tzinfo is None:
            raise ValueError(f"{at!r} has no time zone: write 2026-12-01T11:30:00Z")
        return cls(Role(role), name, when)

    @property
    def when(self) -> str:
        """The time as text."""
        return self.at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def covers(self, part: Part, certificate: Certificate) -> bool:
        """Whether a certificate is revoked by this."""
        same = (self.role, self.name) == (part.role, part.name)
        return same and issued(certificate) <= self.at

    def over(self, now: dt.datetime) -> bool:
        """Whether no certificate that it covers can be valid any more."""
        return now > self.at + LONGEST


def revocations_of(parts: Iterable[RevokedPart]) -> list[Revocation]:
    """Revocations as a management server has told them; one that cannot be read is left out."""
    found = []
    for one in parts:
        with suppress(ValueError):
            found.append(Revocation.parse(one.role, one.name, one.at))
    return found


def joined(
    old: Iterable[Revocation], new: Iterable[Revocation], now: dt.datetime
) -> tuple[Revocation, ...]:
    """All of both that still matter: a list that misses some un-revokes nothing."""
    return tuple(sorted(one for one in {*old, *new} if not one.over(now)))
