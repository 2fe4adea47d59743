"""Rate limit: how often one client address may send requests."""

from twisted.internet.interfaces import IReactorTime

from gateway.workers.shared_state import SharedState
from verdigris.errors import TooOften
from verdigris.values import client_at


class RateLimit:
    """The token buckets of clients, one for each address, the same for all workers of a gateway.

    Args:
        clock: for the filling of buckets.
        shared: where they are counted.
    """

    def __init__(self, clock: IReactorTime, shared: SharedState) -> None:
        self._clock = clock
        self._shared = shared

    def __repr__(self) -> str:
        return f"<RateLimit {self._shared!r}>"

    def admit(self, location: str, rate: int) -> None:
        """Count a request of a client address.

        Args:
            location: the address.
            rate: requests a second, and at once; 0 is no limit.

        Raises:
            TooOften: it sends more.
        """
        if rate and not self._shared.take(client_at(location), rate, self._clock.seconds()):
            raise TooOften({"retry after": 1}, limit=rate, client=location)
