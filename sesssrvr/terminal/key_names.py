"""The sentence about a key that a keyboard does not have, and the list of those it has."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from verdigris.suggestion import nearest


def listed(keys: Iterable[str]) -> str:
    """Names of keys in one line, numbered ones as a range: "Enter, PF1 to PF24"."""
    return ", ".join(_ranges(keys))


def unknown_key(name: str, keys: Iterable[str]) -> str:
    """What is said about a key that does not exist.

    Args:
        name: as it was written.
        keys: the keys of the keyboard.
    """
    names = tuple(keys)
    near = nearest(name, names)
    meant = f" Did you mean {near}?" if near else ""
    return f"there is no key named {name}.{meant} Keys are {listed(names)}"


def _ranges(keys: Iterable[str]) -> Iterator[str]:
    names = list(dict.fromkeys(keys))
    # Neighbours whose numbers follow each other differ from their places by the same amount.
    series = groupby(enumerate(names), lambda it: _series(it[1], it[0]))
    for _, members in series:
        run = [name for _, name in members]
        yield from run if len(run) < 3 else [f"{run[0]} to {run[-1]}"]  # noqa: PLR2004 - two are listed


def _series(name: str, place: int) -> tuple[str, int]:
    if found := re.fullmatch(r"(.*?)([0-9]+)", name):
        return found[1], int(found[2]) - place
    if found := re.fullmatch(r"(.+-)([A-Z])", name):
        return found[1], ord(found[2]) - place
    return name, 0
