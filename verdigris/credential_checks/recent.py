"""Passwords and tokens that were right a moment ago, so that a burst of calls does not ask a directory each time."""

import hmac
import secrets
from collections import OrderedDict
from typing import Final, Generic, TypeVar


KEPT_SECONDS: Final = 60.0
"""Seconds that a right password counts without asking again: a user who is removed may act as long."""

KEPT: Final = 10_000
"""Users that are remembered; the ones found right longest ago give way."""

T = TypeVar("T")


class RecentlyRight(Generic[T]):
    """Marks of right passwords and whose they are. Pure but for the key of the marks: the time is an argument."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._found: OrderedDict[bytes, tuple[T, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<RecentlyRight [{len(self._found)}]>"

    def mark(self, user: str, password: str) -> bytes:
        """A mark of a user with a password; nothing can be found out from it without the key."""
        text = f"{len(user)}:{user}{password}"  # the length: no two pairs have one text
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")

    def find(self, mark: bytes, now: float) -> T | None:
        """Whose mark it is, if it was right lately."""
        kept = self._found.get(mark)
        return kept[0] if kept is not None and now - kept[1] < KEPT_SECONDS else None

    def drop(self, mark: bytes) -> None:
        """Ask again for these credentials."""
        self._found.pop(mark, None)

    def add(self, mark: bytes, whose: T, now: float) -> None:
        """Remember what was right."""
        self._found[mark] = whose, now
        self._found.move_to_end(mark)
        while len(self._found) > KEPT or next(iter(self._found.values()))[1] < now - KEPT_SECONDS:
            self._found.popitem(last=False)
