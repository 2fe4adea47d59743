"""Back-off on guessed passwords: wrong ones of a user and from an address are counted.

Law (tests/gateway/security/test_guesses.py): after `FREE` wrong passwords each further one doubles the
time in which nothing of that user from that address is checked, and after `FREE_OF_ADDRESS` nothing
from that address; a right one ends it. A user alone is never locked: anybody could lock others out.
All workers of a gateway count together. Pure but for what they keep together: the time is an argument.
"""

from hashlib import blake2b
from typing import Final

from gateway.workers.shared_state import SharedState


FREE: Final = 5
"""Wrong passwords of one user from one address without a pause: typing errors."""

FREE_OF_ADDRESS: Final = 30
"""Wrong passwords from one address without a pause: several people may share it."""

LONGEST: Final = 60.0
"""Seconds of the longest pause."""

FORGOTTEN: Final = 900.0
"""Seconds after the last wrong password in which it still counts."""


class Guesses:
    """Wrong passwords of the last minutes.

    Args:
        shared: where they are counted.
    """

    def __init__(self, shared: SharedState) -> None:
        self._shared = shared

    def __repr__(self) -> str:
        return f"<Guesses {self._shared!r}>"

    def pause(self, user: str, address: str, now: float) -> float:
        """Seconds until credentials of this user from this address are checked again; 0 is now."""
        longest = 0.0
        for name, free in _names(user, address):
            wrong, latest = self._shared.tallied(name)
            if wrong > free:
                pause = min(LONGEST, 2.0 ** min(wrong - free - 1, 10))
                longest = max(longest, latest + pause - now)
        return longest

    def wrong(self, user: str, address: str, now: float) -> None:
        """Count a wrong password."""
        for name, _ in _names(user, address):
            self._shared.tally(name, now, FORGOTTEN)

    def right(self, user: str, address: str) -> None:
        """Forget the wrong passwords of this user from this address."""
        self._shared.untally(_name(user, address))


def _names(user: str, address: str) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
    """What is counted, with what is free of it."""
    return (_name(user, address), FREE), (_name("", address), FREE_OF_ADDRESS)


def _name(user: str, address: str) -> bytes:
    """A digest: the user is what a stranger wrote, of any length."""
    return blake2b(f"{address}\0{user}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
