"""Wake-up calls to offline servers before a refusal, instead of asking servers known to be offline.

Law (tests/mgmtsrvr/test_handler.py): at most three servers are called for one request, each at most
once a second over all requests, and no request waits longer than the wake-up time. A server that
receives the call registers at once; only the registration makes it online.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime

from mgmtsrvr.health import State
from mgmtsrvr.registry import Registry
from mgmtsrvr.session_server import Server
from verdigris.errors import VerdigrisError
from verdigris.link import Dialer
from verdigris.values import Endpoint
from verdigris.wire import WakeUp


AT_ONCE: Final = 3
"""Servers called for one request (decision 0181)."""
EVERY: Final = 1.0
"""Seconds between calls to one server, so that many refusals do not make many connections."""


@dataclass(slots=True)
class WakeUpCaller:
    """The caller of offline servers.

    Attributes:
        registry: the session servers.
        dialer: opens connections to their addresses.
        clock: for the time limit.
        seconds: the longest time to call and wait; 0 disables the calls.
        name: of this management server.
    """

    registry: Registry
    dialer: Dialer
    clock: IReactorTime
    seconds: float
    name: str
    _last: dict[str, float] = field(default_factory=dict)

    async def __call__(self, names: Sequence[str], left: float) -> None:
        """Call some of these servers; return when one came online or the time is over.

        Args:
            names: the servers, the most wanted first.
            left: seconds that the client still waits.
        """
        now = self.clock.seconds()
        calls = self._worth_calling(names, now)[:AT_ONCE]
        seconds = min(self.seconds, left)
        if not calls or seconds <= 0:
            return
        for server, _ in calls:
            self._last[server.name] = now
        arrival = self.registry.arrival()
        timer = self.clock.callLater(seconds, self.registry.give_up, arrival)
        made = [Deferred.fromCoroutine(self._call(where, seconds)) for _, where in calls]
        DeferredList(made).addCallback(self._give_up_if_unheard, arrival)
        try:
            await arrival
        finally:
            if timer.active():
                timer.cancel()

    def _worth_calling(self, names: Sequence[str], now: float) -> list[tuple[Server, Endpoint]]:
        """Servers without a connection, with an address, not called just now; longest ago first."""
        found = []
        for name in names:
            server = self.registry.servers.get(name)
            where = address_of(server) if server is not None else None
            if server is None or where is None or server.health.state is not State.OFFLINE:
                continue
            if server.link is None and now - self._last.get(name, -EVERY) >= EVERY:
                found.append((server, where))
        return sorted(found, key=lambda pair: self._last.get(pair[0].name, -EVERY))

    async def _call(self, where: Endpoint, seconds: float) -> bool:
        """Whether the server received the call."""
        try:
            link = await self.dialer.to(where, seconds=seconds)
            await link.call(WakeUp(self.name), request_id="wake-up", seconds=seconds)
        except VerdigrisError:
            return False
        link.close()
        return True

    def _give_up_if_unheard(
        self, results: list[tuple[bool, bool]], arrival: "Deferred[None]"
    ) -> None:
        """If no server received the call, none will arrive."""
        if not any(heard for _, heard in results):
            self.registry.give_up(arrival)


def address_of(server: Server) -> Endpoint | None:
    """The address to call a server at: the installation's, else the one it last registered."""
    if server.configured is not None and server.configured.address is not None:
        return server.configured.address
    try:
        return Endpoint.parse(server.address)
    except ValueError:
        return None
