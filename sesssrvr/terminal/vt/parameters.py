"""The parameters of a control sequence.

A missing parameter is 0, as ECMA-48 section 5.4.2 has it; none is larger than `LARGEST`, so
that no function works longer than a screen asks for. Subparameters belong to SGR alone.
"""

from functools import lru_cache
from typing import Final


LARGEST: Final = 16_383  # DEC STD 070 section 3: what a terminal has to accept at least


@lru_cache(maxsize=4096)  # a few hundred positions make up the screens of an application
def numbers(raw: str) -> tuple[int, ...]:
    """All parameters; there is at least one."""
    return tuple(_number(text.partition(":")[0]) for text in raw.split(";"))


@lru_cache(maxsize=512)
def first(raw: str) -> int:
    """The first parameter."""
    return numbers(raw)[0]


@lru_cache(maxsize=512)
def count(raw: str) -> int:
    """The first parameter where it says how often: 1 if it is missing or 0."""
    return numbers(raw)[0] or 1


def at_least(raw: str, length: int) -> tuple[int, ...]:
    """The parameters, filled up with missing ones."""
    found = numbers(raw)
    return found + (0,) * (length - len(found))


def _number(text: str) -> int:
    return min(int(text), LARGEST) if text else 0
