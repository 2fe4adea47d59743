"""Back-off on guessed passwords: wrong ones of a user and from an address are counted.

Law (tests/mgmtsrvr/directories/test_guesses.py): after `free` wrong passwords of a user from an address each
further one doubles the time in which nothing of that user from that address is checked; after
`FREE_OF_ADDRESS` nothing from that address; a right one ends it. A user alone is never locked:
anybody could lock others out. Guesses at one user from ever new addresses are slowed down by
`FREE_OF_USER`, which does not apply to addresses from which that user has logged in.
What is remembered is bounded. Pure: the time is an argument.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


FREE: Final = 5
"""Wrong passwords of one user from one address without a pause: typing errors."""

FREE_OF_ADDRESS: Final = 30
"""Wrong passwords from one address without a pause: several people may share it."""

FREE_OF_USER: Final = 100
"""Wrong passwords of one user from all addresses without a pause: nobody types as many."""

LONGEST: Final = 60.0
"""Seconds of the longest pause."""

FORGOTTEN: Final = 900.0
"""Seconds after the last wrong password in which it still counts."""

KEPT: Final = 10_000
"""Users and addresses that are remembered; the ones guessed at longest ago give way."""

_Key = tuple[str, str, str]


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    latest: float = 0.0
    until: float = 0.0


class Guesses:
    """Wrong passwords of the last minutes.

    Args:
        free: wrong passwords of one user from one address without a pause.
        longest: seconds of the longest pause.
        forgotten: seconds after the last wrong password in which it still counts.
    """

    def __init__(
        self, free: int = FREE, longest: float = LONGEST, forgotten: float = FORGOTTEN
    ) -> None:
        self.free = free
        self.longest = longest
        self.forgotten = forgotten
        self._counts: OrderedDict[_Key, _Count] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Guesses [{len(self._counts)}]>"

    def pause(self, user: str, address: str, now: float) -> float:
        """Seconds until credentials of this user from this address are checked again; 0 is now."""
        found = (self._counts.get(key) for key, _ in self._limits(user, address))
        pauses = (count.until - now for count in found if count is not None)
        return max(0.0, *pauses, 0.0)

    def wrong(self, user: str, address: str, now: float) -> None:
        """Count a wrong password."""
        for key, free in self._limits(user, address):
            count = self._counts.setdefault(key, _Count())
            if now - count.latest > self.forgotten:
                count.wrong = 0
            count.wrong += 1
            count.latest = now
            if count.wrong > free:
                count.until = now + min(self.longest, 2.0 ** min(count.wrong - free - 1, 10))
            self._counts.move_to_end(key)
        while len(self._counts) > KEPT:
            self._counts.popitem(last=False)

    def right(self, user: str, address: str) -> None:
        """Forget the wrong passwords of this user from this address, and remember the address."""
        self._counts.pop(("pair", user, address), None)
        self._known[user, address] = None
        self._known.move_to_end((user, address))
        while len(self._known) > KEPT:
            self._known.popitem(last=False)

    def undo(self, user: str, address: str) -> None:
        """Count a password no longer that was counted before it was checked, and was not wrong."""
        for key, free in self._limits(user, address):
            count = self._counts.get(key)
            if count is not None:
                count.wrong = max(0, count.wrong - 1)
                if count.wrong <= free:
                    count.until = 0.0

    def _limits(self, user: str, address: str) -> Iterator[tuple[_Key, int]]:
        """What a password of this user from this address is counted as, and how many are free."""
        yield ("pair", user, address), self.free
        yield ("address", "", address), FREE_OF_ADDRESS
        if (user, address) not in self._known:
            yield ("user", user, ""), FREE_OF_USER
