"""The client that makes a call, the time it allows, and what may be logged of its session id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from verdigris.link import Link
from verdigris.metadata import Value


MARGIN: Final = 0.1
"""Part of a call's time that is kept for sending the answer: the error of a call whose time is up
(with what was awaited, and the screen) arrives before its caller stops listening."""

LONGEST_MARGIN: Final = 0.25
"""Seconds, at most: a round trip and a busy machine."""


def work_seconds(seconds: float) -> float:
    """The time for work in a call whose caller waits for so many seconds."""
    return max(0.0, seconds - min(LONGEST_MARGIN, seconds * MARGIN))


def abbreviated(session: str) -> str:
    """A session id as it may be logged: too little of it to use the session."""
    server, tilde, key = session.strip().partition("~")
    return f"{server[:63]}~{key[:6]}..." if tilde else "without a server name"


@dataclass(frozen=True, slots=True)
class Caller:
    """The client of one call.

    Attributes:
        link: its connection.
        request_id: of the request that the call is part of.
        until: when it stops waiting, in seconds of the server's clock.
    """

    link: Link
    request_id: str
    until: float

    def left(self, now: float) -> float:
        """Seconds for work until the answer has to go."""
        return work_seconds(self.until - now)


def variable_texts(values: Mapping[str, Value]) -> dict[str, str]:
    """Model variables as the text they are on the host."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
