"""Who acts, and upon what."""

from dataclasses import dataclass
from typing import Final, NamedTuple


NATIVE: Final = "native"
"""The directory of the users that users.xml lists itself."""


class Principal(NamedTuple):
    """A user or a group of one directory: `alice` of one is nobody in another.

    Attributes:
        name: as the directory spells it.
        directory: its name in users.xml.
    """

    name: str
    directory: str = NATIVE

    def __str__(self) -> str:
        return self.name if self.directory == NATIVE else f"{self.name}@{self.directory}"


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who has been authenticated.

    Attributes:
        user: who it is.
        groups: the user's groups, as far as the user's directory says.
    """

    user: Principal
    groups: frozenset[Principal] = frozenset()

    def __str__(self) -> str:
        return str(self.user)


@dataclass(frozen=True, slots=True)
class ActTarget:
    """What an act is about; "" where it is about none.

    A call of a pool names the pool and the pool's model, and the domain if it came by one.
    """

    model: str = ""
    pool: str = ""
    domain: str = ""

    def within(self, limits: "ActTarget") -> bool:
        """Whether this has every name that the limits have."""
        pairs = (
            (limits.model, self.model), (limits.pool, self.pool), (limits.domain, self.domain),
        )  # fmt: skip
        return all(wanted in {"", name} for wanted, name in pairs)

    def __str__(self) -> str:
        named = (("model", self.model), ("pool", self.pool), ("domain", self.domain))
        return ", ".join(f"{kind} {name}" for kind, name in named if name)
