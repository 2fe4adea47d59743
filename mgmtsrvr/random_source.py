"""Chance: one random source per domain.

Law: two domains never share a source, and none is shared with anything else; seeded from the
operating system unless a seed is given, and then the same draws come again.
"""

import os
from collections.abc import Callable
from random import Random

from mgmtsrvr.allocator import Draw


Uniform = Callable[[], float]
"""Gives a fraction: 0 <= it < 1."""


def source(seed: int | None, name: str) -> Random:
    """A random source of its own.

    Args:
        seed: None for one that cannot be foreseen; a number for tests.
        name: of what it is for; with one seed, different names draw differently.
    """
    return Random(os.urandom(32) if seed is None else f"{seed}:{name}")  # noqa: S311 - spreads load, guards nothing


def draws(random: Random) -> Draw:
    """Exact whole numbers of 1..total from a source."""
    return lambda total: random.randrange(total) + 1
