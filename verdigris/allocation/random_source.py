"""Random sources: one per domain.

Law: two domains never share a source, and no source is used for anything else. Without a seed it is
seeded by the operating system; with one, the same numbers come again (tests/verdigris/allocation/test_odds.py).
"""

import os
from collections.abc import Callable
from random import Random

from verdigris.allocation.allocator import RandomSource


Uniform = Callable[[], float]
"""Gives a fraction of at least 0 and less than 1."""


class CountingSource:
    """A domain's random source that counts its draws.

    Args:
        source: draws a whole number from 1 to a total.

    Attributes:
        given: the number of draws so far.
    """

    def __init__(self, source: RandomSource) -> None:
        self._source = source
        self.given = 0

    def __call__(self, total: int) -> int:
        """A number from 1 to the total."""
        self.given += 1
        return self._source(total)


def generator(seed: int | None, name: str) -> Random:
    """A generator of random numbers of its own.

    Args:
        seed: None for numbers that cannot be foreseen; a number for tests.
        name: its purpose; with one seed, different names give different numbers.
    """
    return Random(os.urandom(32) if seed is None else f"{seed}:{name}")  # noqa: S311 - spreads load, protects nothing


def integers(random: Random) -> RandomSource:
    """A source of whole numbers from 1 to a total, each with exactly the same chance."""
    return lambda total: random.randrange(total) + 1
