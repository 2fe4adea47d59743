"""Answers about users that count a while, so that a burst of calls does not ask a management server each time."""

import hmac
from collections import OrderedDict
from typing import Final

import msgspec
from msgspec.structs import replace

from sesssrvr.admission.session_user import SessionUser
from verdigris.wire import Authenticate


KEPT_SECONDS: Final = 60.0
"""Seconds that an answer counts: a right that was taken away may be used as long."""

KEPT: Final = 10_000
"""Answers; the oldest gives way."""


class RecentAnswers:
    """Questions that were answered with yes. Pure: time and key are arguments.

    Args:
        key: of the marks of questions; without it nothing can be found out from a mark.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._found: OrderedDict[bytes, tuple[SessionUser, float]] = OrderedDict()

    def __repr__(self) -> str:
        return f"<RecentAnswers [{len(self._found)}]>"

    def mark(self, question: Authenticate) -> bytes:
        """A mark of a question, wherever it comes from."""
        data = msgspec.msgpack.encode(replace(question, location=""))
        return hmac.digest(self._key, data, "sha256")

    def find(self, mark: bytes, now: float) -> SessionUser | None:
        """The user, if the question was answered lately."""
        user, at = self._found.get(mark, (None, 0.0))
        return user if user is not None and now - at < KEPT_SECONDS else None

    def add(self, mark: bytes, user: SessionUser, now: float) -> None:
        """Remember an answer."""
        self._found[mark] = user, now
        self._found.move_to_end(mark)
        while len(self._found) > KEPT or next(iter(self._found.values()))[1] < now - KEPT_SECONDS:
            self._found.popitem(last=False)
