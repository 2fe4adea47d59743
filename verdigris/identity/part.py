"""A part of an installation, by its identity: `verdigris://<installation>/<role>/<name>`.

Law: installation, role and name are read from the URI as a whole or not at all; none of them can
hold a character that would make one identity read as another.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from verdigris.values import NAME


class Role(StrEnum):
    """What a part is; the values are those of identities, those of a hello have a blank."""

    MANAGEMENT_SERVER = "management-server"
    SESSION_SERVER = "session-server"
    GATEWAY = "gateway"
    CONNECTOR = "connector"
    TOOL = "tool"

    @classmethod
    def of_hello(cls, said: str) -> "Role | None":
        """The role a hello names; None if there is no such role."""
        try:
            return cls(said.replace(" ", "-"))
        except ValueError:
            return None

    @property
    def words(self) -> str:
        """As people and hellos write it."""
        return self.value.replace("-", " ")


WITH_CERTIFICATES: Final = frozenset({Role.MANAGEMENT_SERVER, Role.SESSION_SERVER, Role.GATEWAY})
"""Roles that have a certificate; connectors and tools are clients, which need none."""

_URI: Final = re.compile(r"verdigris://([^/]+)/([^/]+)/([^/]+)\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has a certificate."""

    installation: str
    role: Role
    name: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Read what `uri` wrote.

        Raises:
            ValueError: it is no identity of a part.
        """
        found = _URI.match(uri)
        if found is None or not NAME.match(found[1]) or not NAME.match(found[3]):
            raise ValueError(f"{uri!r:.200} is not an identity of a part of Verdigris")
        role = Role(found[2])
        if role not in WITH_CERTIFICATES:
            raise ValueError(f"{role.words}s have no certificates")
        return cls(found[1], role, found[3])

    @property
    def uri(self) -> str:
        """The identity as a URI, in the subjectAltName of a certificate."""
        return f"verdigris://{self.installation}/{self.role}/{self.name}"

    def __str__(self) -> str:
        return f"{self.role.words} {self.name} of installation {self.installation}"
