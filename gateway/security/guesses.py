"""Back-off on guessed passwords: wrong ones of a user and from an address are counted.

Law (tests/gateway/security/test_guesses.py): after `FREE` wrong passwords each further one doubles the
time in which nothing of that user from that address is checked, and after `FREE_OF_ADDRESS` nothing
from that address; a right one ends it. A user alone is never locked: anybody could lock others out.
What is remembered is bounded. Pure: the time is an argument.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final


FREE: Final = 5
"""Wrong passwords of one user from one address without a pause: typing errors."""

FREE_OF_ADDRESS: Final = 30
"""Wrong passwords from one address without a pause: several people may share it."""

LONGEST: Final = 60.0
"""Seconds of the longest pause."""

FORGOTTEN: Final = 900.0
"""Seconds after the last wrong password in which it still counts."""

KEPT: Final = 10_000
"""Users and addresses that are remembered; the ones guessed at longest ago give way."""


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    latest: float = 0.0
    until: float = 0.0


class Guesses:
    """Wrong passwords of the last minutes."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Guesses [{len(self._counts)}]>"

    def pause(self, user: str, address: str, now: float) -> float:
        """Seconds until credentials of this user from this address are checked again; 0 is now."""
        found = (self._counts.get(key) for key in _keys(user, address))
        pauses = (count.until - now for count in found if count is not None)
        return max(0.0, *pauses, 0.0)

    def wrong(self, user: str, address: str, now: float) -> None:
        """Count a wrong password."""
        for key, free in zip(_keys(user, address), (FREE, FREE_OF_ADDRESS), strict=True):
            count = self._counts.setdefault(key, _Count())
            if now - count.latest > FORGOTTEN:
                count.wrong = 0
            count.wrong += 1
            count.latest = now
            if count.wrong > free:
                count.until = now + min(LONGEST, 2.0 ** min(count.wrong - free - 1, 10))
            self._counts.move_to_end(key)
        while len(self._counts) > KEPT:
            self._counts.popitem(last=False)

    def right(self, user: str, address: str) -> None:
        """Forget the wrong passwords of this user from this address."""
        self._counts.pop((user, address), None)


def _keys(user: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (user, address), ("", address)
