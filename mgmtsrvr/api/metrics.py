"""Figures for Prometheus: the installation as this management server sees it.

Law: labels are names from the configuration and from registered servers, and words of ours; a name a
client asked for and nobody has makes no series. Session servers have no HTTP of their own: their
figures are those of their heartbeats.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mgmtsrvr.api.route import Asked, Reply
from mgmtsrvr.api.schemas import state_of


if TYPE_CHECKING:
    from mgmtsrvr.service import ManagementServer


TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"

STATES: Final = ("idle", "active", "pending", "suspended", "quarantined", "reserved")
"""Of sessions (product facts 4.3)."""

PREFIX: Final = "verdigris_"


class Figures(Collector):
    """Collects them when they are asked for."""

    def __init__(self, server: "ManagementServer") -> None:
        self._server = server
        self._registry = CollectorRegistry()
        self._registry.register(self)

    async def page(self, asked: Asked) -> Reply:
        """The figures as Prometheus reads them."""
        del asked
        text = generate_latest(self._registry)
        return Reply(text, media_type=TEXT)

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        yield from self._servers()
        yield from self._pools()
        yield from self._allocations()
        configuration = self._server.configuration
        yield GaugeMetricFamily(
            PREFIX + "config_broken",
            "1 while the last edit of the installation cannot be used.",
            float(configuration.problem is not None),
        )
        revision = GaugeMetricFamily(
            PREFIX + "config_info",
            "The installation in force.",
            labels=("installation", "revision"),
        )
        revision.add_metric((configuration.installation.id, configuration.revision), 1.0)
        yield revision
        yield GaugeMetricFamily(
            PREFIX + "warming",
            "1 while session servers have time to report after a start.",
            float(self._server.registry.warming),
        )

    def _servers(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            PREFIX + "server_up",
            "1 for a session server that is online and takes new sessions.",
            labels=("server", "state"),
        )
        sessions = GaugeMetricFamily(
            PREFIX + "sessions", "Sessions of a server by state.", labels=("server", "state")
        )
        maximum = GaugeMetricFamily(
            PREFIX + "sessions_maximum", "A server's limit.", labels=("server",)
        )
        for server in self._server.registry.servers.values():
            state, _ = state_of(server)
            up.add_metric((server.name, state), float(state == "online"))
            if server.status is None or server.link is None:
                continue
            for name in STATES:
                sessions.add_metric((server.name, name), getattr(server.status, name))
            maximum.add_metric((server.name,), server.status.maximum)
        yield from (up, sessions, maximum)

    def _pools(self) -> Iterator[Metric]:
        sessions = GaugeMetricFamily(
            PREFIX + "pool_sessions",
            "Sessions of a pool by state.",
            labels=("server", "pool", "state"),
        )
        maximum = GaugeMetricFamily(
            PREFIX + "pool_sessions_maximum", "A pool's limit.", labels=("server", "pool")
        )
        started = GaugeMetricFamily(
            PREFIX + "pool_started", "1 for a started pool.", labels=("server", "pool")
        )
        for server in self._server.registry.servers.values():
            if server.status is None or server.link is None:
                continue
            for pool in server.status.pools:
                for name in STATES:
                    sessions.add_metric((server.name, pool.name, name), getattr(pool, name))
                maximum.add_metric((server.name, pool.name), pool.maximum)
                started.add_metric((server.name, pool.name), float(pool.started))
        yield from (sessions, maximum, started)

    def _allocations(self) -> Iterator[Metric]:
        trails = self._server.trails
        decisions = CounterMetricFamily(
            PREFIX + "allocations", "Allocations by how they ended.", labels=("outcome",)
        )
        for outcome, count in trails.counts.items():
            decisions.add_metric((outcome,), count)
        asks = CounterMetricFamily(
            PREFIX + "asks",
            "Session servers asked for a session, by what they answered.",
            labels=("server", "answer"),
        )
        for (server, answer), count in trails.answers.items():
            asks.add_metric((server, answer), count)
        yield from (decisions, asks)
