"""The monitor of the session servers: silence, active checks, the warming phase.

Law (tests/mgmtsrvr/test_handler.py): silence counts only over time in which this process itself
ran: while it or its machine was stopped, heartbeats waited in the sockets and no server was silent.
A check without an answer makes a server suspect, as a request without an answer does.
"""

from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from mgmtsrvr import health
from mgmtsrvr.registry import Registry
from mgmtsrvr.session_server import Server
from verdigris.allocation.random_source import Uniform
from verdigris.errors import MethodTimedOut, VerdigrisError
from verdigris.link.periodic import steadily
from verdigris.wire import GetStatus, StatusIs


PER_HEARTBEAT: Final = 5
"""Looks at the clock per heartbeat: silence is noticed at most a fifth of a heartbeat late."""
CHECK_WITHIN: Final = 2.0
"""Seconds a check may take: longer than a request for a session, since no client waits for it."""


class Monitor:
    """The monitor.

    Args:
        registry: the session servers.
        clock: the time.
        check: seconds between active checks of a server; 0 disables them.
        warming: seconds after the start in which servers may still report.
        uniform: gives fractions that spread the checks.
    """

    def __init__(
        self,
        registry: Registry,
        clock: IReactorTime,
        *,
        check: float,
        warming: float,
        uniform: Uniform,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._check = check
        self._warming = warming
        self._uniform = uniform
        self._period = registry.rules.heartbeat / PER_HEARTBEAT
        self._last = 0.0
        self._started = 0.0
        self._loop = steadily(self._tick, "monitoring the session servers", clock)

    def start(self) -> None:
        """Start monitoring."""
        self._started = self._last = self._clock.seconds()
        self._registry.set_warming(warming=self._warming > 0)
        self._loop.start(self._period, now=False)

    def stop(self) -> None:
        """Stop monitoring."""
        if self._loop.running:
            self._loop.stop()

    def _tick(self) -> None:
        now = self._clock.seconds()
        late = now - self._last - self._period
        self._last = now
        overslept = late if late > self._registry.rules.heartbeat else 0.0
        self._registry.sweep(overslept)
        self._warm(now)
        if self._check > 0:
            self._check_due(now)

    def _warm(self, now: float) -> None:
        """End the warming phase when every server has reported, or when its time is over."""
        if not self._registry.warming:
            return
        over = now - self._started >= self._warming
        if over or next(self._registry.waiting_for(), None) is None:
            self._registry.set_warming(warming=False)

    def _check_due(self, now: float) -> None:
        for server in self._registry.connected():
            if server.next_check == 0.0:  # the first is spread over the whole interval
                server.next_check = now + self._uniform() * self._check
            elif server.next_check <= now:
                server.next_check = now + self._check * (0.9 + 0.2 * self._uniform())
                Deferred.fromCoroutine(self.check_server(server))

    async def check_server(self, server: Server) -> None:
        """Check a server actively (docs/allocation.md, step 1)."""
        link = server.link
        if link is None:
            return
        try:
            response = await link.call(GetStatus(), request_id="check", seconds=CHECK_WITHIN)
        except MethodTimedOut:
            if server.link is link:
                self._registry.apply(server, health.Unanswered("a check"))
        except VerdigrisError:
            pass  # if the connection ended, it reports that itself
        else:
            if isinstance(response, StatusIs):
                self._registry.heard(link, response.status, None)
