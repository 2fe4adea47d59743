"""Names as the models write them: kept verbatim, compared in any case (product facts 5.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from verdigris.suggestion import did_you_mean


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """As the model spells it."""


N = TypeVar("N", bound=Named)


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where something is written: the file as the user named it, and the 1-based line."""

    file: str = ""
    line: int = 0


NOWHERE: Final = Origin()


def same(one: str, other: str) -> bool:
    """Whether two names mean the same."""
    return one == other or one.casefold() == other.casefold()


def find(items: Collection[N], name: str) -> N | None:
    """The item of this name, spelled in any case."""
    for item in items:  # as it is spelled, mostly
        if item.name == name:
            return item
    wanted = name.casefold()
    return next((item for item in items if item.name.casefold() == wanted), None)


def meant(items: Collection[Named], name: str) -> str:
    """A guess at what a misspelled name means, to be appended to a message; "" without one."""
    return did_you_mean(name, [item.name for item in items])
