"""Back-off on guessed passwords: wrong ones of a user and from an address are counted.

Law (tests/verdigris/credential_checks/test_guesses.py): after `free` wrong passwords of a user from an
address each further one doubles the time in which nothing of that user from that address is checked;
after `FREE_OF_ADDRESS` nothing from that address; a right one ends it. A user alone is never locked:
anybody could lock others out. Guesses at one user from ever new addresses are slowed down by
`FREE_OF_USER`, which does not apply to addresses from which that user has logged in.
What is remembered is bounded. Pure but for the counts, which processes may keep together: the time
is an argument.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final
from unicodedata import normalize

from verdigris.credential_checks.tallies import LocalTallies, Tallies
from verdigris.values import client_at


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

LONGEST_NAME: Final = 256
"""Characters of a user's name that are told apart; LDAP's have 64 or 20, mail addresses 254."""

_FOREVER: Final = float("inf")


class Guesses:
    """Wrong passwords of the last minutes.

    Names of users are counted however they were typed, and all of an IPv6 network of /64 is one address.

    Args:
        wrong: counts wrong passwords; in the memory of this process if absent.
        known: counts logins by user and address; likewise.
        free: wrong passwords of one user from one address without a pause.
        longest: seconds of the longest pause.
        forgotten: seconds after the last wrong password in which it still counts.
    """

    def __init__(
        self,
        wrong: Tallies | None = None,
        known: Tallies | None = None,
        *,
        free: int = FREE,
        longest: float = LONGEST,
        forgotten: float = FORGOTTEN,
    ) -> None:
        self.free = free
        self.longest = longest
        self.forgotten = forgotten
        self._wrong = wrong if wrong is not None else LocalTallies()
        self._known = known if known is not None else LocalTallies()

    def __repr__(self) -> str:
        return f"<Guesses {self._wrong!r}>"

    def pause(self, user: str, address: str, now: float) -> float:
        """Seconds until credentials of this user from this address are checked again; 0 is now."""
        longest = 0.0
        for name, free in self._limits(user, address):
            wrong, latest = self._wrong.tallied(name)
            if wrong > free:
                pause = min(self.longest, 2.0 ** min(wrong - free - 1, 10))
                longest = max(longest, latest + pause - now)
        return longest

    def wrong(self, user: str, address: str, now: float) -> None:
        """Count a wrong password."""
        for name, _ in self._limits(user, address):
            self._wrong.tally(name, now, self.forgotten)

    def right(self, user: str, address: str, now: float) -> None:
        """Forget the wrong passwords of this user from this address, and remember the address."""
        pair = _pair(user, address)
        self._wrong.untally(pair)
        self._known.tally(pair, now, _FOREVER)

    def undo(self, user: str, address: str) -> None:
        """Count a password no longer that was counted before it was checked, and was not wrong."""
        for name, _ in self._limits(user, address):
            self._wrong.recant(name)

    def _limits(self, user: str, address: str) -> Iterator[tuple[bytes, int]]:
        """What a password of this user from this address is counted as, and how many are free."""
        pair = _pair(user, address)
        yield pair, self.free
        yield _name("address", client_at(address)), FREE_OF_ADDRESS
        if not self._known.tallied(pair)[0]:
            yield _name("user", _folded(user)), FREE_OF_USER


def _pair(user: str, address: str) -> bytes:
    return _name("pair", f"{client_at(address)}\0{_folded(user)}")


def _folded(user: str) -> str:
    """One spelling of a name for all that some directory takes for the same (RFC 4518)."""
    return " ".join(normalize("NFKC", user[:LONGEST_NAME]).casefold().split())


def _name(kind: str, what: str) -> bytes:
    """A digest: a user is what a stranger wrote, of any length."""
    return blake2b(
        what.encode("utf-8", "surrogatepass"), person=kind.encode(), digest_size=16
    ).digest()
