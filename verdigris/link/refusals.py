"""Peers that were refused, in the log: each once a minute, since they try again and again."""

from typing import Final

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger


log = Logger()

AGAIN: Final = 60.0
"""Seconds after which the same refusal is written again."""

KEPT: Final = 1_000
"""Refusals remembered; anyone may connect, and say to be anybody."""


class Refusals:
    """The log of one listener.

    Args:
        clock: for the time between two lines.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str, str], float] = {}

    def tell(self, peer: str, host: str, problem: str) -> None:
        """Write a refusal, unless it was written a moment ago.

        Args:
            peer: what it says it is; "" if it has not said.
            host: where it is.
            problem: why it is refused.
        """
        now, key = self._clock.seconds(), (peer, host, problem)
        if now - self._told.get(key, now - AGAIN) < AGAIN:
            return
        if len(self._told) >= KEPT:
            self._told.clear()
        self._told[key] = now
        log.warn("{peer} at {host} was refused: {problem}", peer=peer or "a peer", host=host, problem=problem)  # fmt: skip
