"""Passwords that were right a moment ago, so that a burst of calls does not ask a directory each time."""

import hmac
import secrets
from collections import OrderedDict
from typing import Final

from verdigris.rights import Subject


KEPT_SECONDS: Final = 60.0
"""Seconds that a right password counts without asking again: a user who is removed may act as long."""

KEPT: Final = 10_000
"""Users that are remembered; the ones found right longest ago give way."""


class RecentlyRight:
    """Users and marks of their right passwords. Pure but for the key of the marks: the time is an argument."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._found: OrderedDict[bytes, tuple[Subject, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<RecentlyRight [{len(self._found)}]>"

    def mark(self, user: str, password: str) -> bytes:
        """A mark of a user with a password; nothing can be found out from it without the key."""
        text = f"{len(user)}:{user}{password}"  # the length: no two pairs have one text
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")

    def find(self, mark: bytes, now: float) -> Subject | None:
        """Whose mark it is, if it was right lately."""
        subject, at = self._found.get(mark, (None, 0.0))
        return subject if subject is not None and now - at < KEPT_SECONDS else None

    def add(self, mark: bytes, subject: Subject, now: float) -> None:
        """Remember a right password."""
        self._found[mark] = subject, now
        self._found.move_to_end(mark)
        while len(self._found) > KEPT or next(iter(self._found.values()))[1] < now - KEPT_SECONDS:
            self._found.popitem(last=False)
