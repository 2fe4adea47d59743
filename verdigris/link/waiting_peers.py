"""Peers that were refused a session a moment ago, and are told when one may have become free.

Law (tests/verdigris/link/test_waiting_peers.py): a peer is told of every session that becomes free
within `WAITS` after its latest refusal, the one refused first at first, and of none after that.
"""

from typing import Final

from twisted.internet.interfaces import IReactorTime

from verdigris.link.transport import Link
from verdigris.wire import SlotFreed


WAITS: Final = 2.0
"""Seconds: a connector in which calls wait asks at least every 0.75 s (decision 0200)."""


class WaitingPeers:
    """The links on which somebody waits for a session.

    Args:
        clock: the time.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._until: dict[Link, float] = {}

    def __repr__(self) -> str:
        return f"<WaitingPeers {len(self._until)}>"

    def refused(self, link: Link) -> None:
        """A request of this peer was refused, and it may ask again."""
        self._until[link] = self._clock.seconds() + WAITS

    def freed(self) -> None:
        """Tell all of them that a session may have become free."""
        now = self._clock.seconds()
        for link, until in tuple(self._until.items()):
            if until < now:
                del self._until[link]
            else:
                link.tell(SlotFreed())

    def gone(self, link: Link) -> None:
        """The connection has ended."""
        self._until.pop(link, None)
