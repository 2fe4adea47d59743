"""The list of models and pools that this session server offers.

The revision is made from the offers themselves: the same offers have the same revision, on
every run; no watcher misses a change.
"""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.interfaces import IReactorTime

from verdigris.wire import Offer, Offers


class Offering:
    """The offers as they stand.

    Args:
        clock: for watches that end without a change.

    Attributes:
        clock: the time.
        address: of this server, as clients know it.
        on_change: called when the offers have changed, before the caller that changed them is answered.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.address = ""
        self.on_change: Callable[[], None] = lambda: None
        self.offers: tuple[Offer, ...] = ()
        self.clock = clock
        self._revision = _revision(())
        self._waiting: list[Deferred[None]] = []

    def __repr__(self) -> str:
        return f"<Offering {len(self.offers)} offers, revision {self._revision}>"

    def set(self, offers: tuple[Offer, ...]) -> bool:
        """The offers are these now; whether that is a change."""
        if offers == self.offers:
            return False
        self.offers = offers
        self._revision = _revision(offers)
        waiting, self._waiting = self._waiting, []
        for wanted in waiting:
            wanted.callback(None)
        self.on_change()
        return True

    async def watch(self, known: str, seconds: float) -> Offers:
        """The offers, as soon as their revision is not the known one, or when the time is up."""
        if known == self._revision:
            change: Deferred[None] = Deferred(self._forget)
            self._waiting.append(change)
            change.addTimeout(seconds, self.clock)
            with suppress(WaitedTooLong):
                await change
        return Offers(self._revision, tuple((offer, (self.address,)) for offer in self.offers))

    def _forget(self, change: Deferred[None]) -> None:
        if change in self._waiting:
            self._waiting.remove(change)


def _revision(offers: tuple[Offer, ...]) -> str:
    return sha256(msgspec.msgpack.encode(offers)).hexdigest()[:16]
