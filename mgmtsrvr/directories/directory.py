"""The interface of directories that check passwords, and what they answer."""

from dataclasses import dataclass
from typing import Protocol

from verdigris.rights import Subject


@dataclass(frozen=True, slots=True)
class Refused:
    """The directory knows the user, and the password is wrong or the user may not log in."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The directory does not know the user: the next one is asked."""


Answer = Subject | Refused | Unknown


class PasswordDirectory(Protocol):
    """A directory that is asked with a name and a password."""

    @property
    def name(self) -> str:
        """Its name in users.xml."""

    async def check(self, user: str, password: str) -> Answer:
        """Who this is.

        Raises:
            DirectoryAway: it cannot say.
            LoginsBusy: too many are being checked already.
        """
