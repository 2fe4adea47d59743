"""Calling at offline servers before a refusal: instead of a panic mode that asks known dead ones.

Law: at most three servers are called for one request, each at most once a second whoever asks, and
a request waits no longer than the knock time. A server that hears it registers at once; only that
makes it online.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime

from mgmtsrvr.health import State
from mgmtsrvr.registry import Registry, Server
from verdigris.errors import VerdigrisError
from verdigris.link import Dialer
from verdigris.values import Endpoint
from verdigris.wire import Knock


AT_ONCE: Final = 3
"""Servers called for one request (decision 0181)."""
EVERY: Final = 1.0
"""Seconds between calls at one server, so that a storm of refusals is no storm of connections."""


@dataclass(slots=True)
class Knocker:
    """Calls at offline servers.

    Attributes:
        dialer: for connections to their addresses.
        seconds: how long to call and wait; 0 is not at all.
        name: of this management server.
    """

    registry: Registry
    dialer: Dialer
    clock: IReactorTime
    seconds: float
    name: str
    _last: dict[str, float] = field(default_factory=dict)

    async def __call__(self, names: Sequence[str], left: float) -> None:
        """Call at some of these servers; return when one came online or the time is over."""
        now = self.clock.seconds()
        calls = self._worth(names, now)[:AT_ONCE]
        seconds = min(self.seconds, left)
        if not calls or seconds <= 0:
            return
        for server, _ in calls:
            self._last[server.name] = now
        arrival = self.registry.arrival()
        timer = self.clock.callLater(seconds, self.registry.give_up, arrival)
        knocks = [Deferred.fromCoroutine(self._knock(where, seconds)) for _, where in calls]
        DeferredList(knocks).addCallback(self._hopeless, arrival)
        try:
            await arrival
        finally:
            if timer.active():
                timer.cancel()

    def _worth(self, names: Sequence[str], now: float) -> list[tuple[Server, Endpoint]]:
        """Those without a connection, with an address, not called just now; longest ago first."""
        found = []
        for name in names:
            server = self.registry.servers.get(name)
            where = address_of(server) if server is not None else None
            if server is None or where is None or server.health.state is not State.OFFLINE:
                continue
            if server.link is None and now - self._last.get(name, -EVERY) >= EVERY:
                found.append((server, where))
        return sorted(found, key=lambda pair: self._last.get(pair[0].name, -EVERY))

    async def _knock(self, where: Endpoint, seconds: float) -> bool:
        """Whether the server heard it."""
        try:
            link = await self.dialer.to(where, seconds=seconds)
            await link.call(Knock(self.name), request_id="knock", seconds=seconds)
        except VerdigrisError:
            return False
        link.close()
        return True

    def _hopeless(self, results: list[tuple[bool, bool]], arrival: "Deferred[None]") -> None:
        """If nobody heard it there is nobody to wait for."""
        if not any(heard for _, heard in results):
            self.registry.give_up(arrival)


def address_of(server: Server) -> Endpoint | None:
    """Where to call at a server: what the installation says, else where it last was."""
    if server.configured is not None and server.configured.address is not None:
        return server.configured.address
    try:
        return Endpoint.parse(server.address)
    except ValueError:
        return None
