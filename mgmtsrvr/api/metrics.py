"""Metrics for Prometheus: the installation as this management server sees it.

Law (tests/mgmtsrvr/test_api.py): labels are names from the configuration and from registered
servers, and fixed words; a name that only a client used makes no series. Session servers have no
HTTP port: their metrics are those of their heartbeats.
"""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import state_of
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.decision_log import DecisionLog
from mgmtsrvr.registry import Registry


TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"

STATES: Final = ("idle", "active", "pending", "suspended", "quarantined", "reserved")
"""The states of sessions (product facts 4.3)."""

PREFIX: Final = "verdigris_"


class Metrics(Collector):
    """The metrics, collected at each request.

    Args:
        registry: the session servers.
        configuration: the installation.
        decisions: the log of allocations.
    """

    def __init__(
        self, registry: Registry, configuration: Configuration, decisions: DecisionLog
    ) -> None:
        self._registry = registry
        self._configuration = configuration
        self._decisions = decisions
        self._collectors = CollectorRegistry()
        self._collectors.register(self)

    async def page(self, request: ApiRequest) -> ApiReply:
        """The metrics in the text format of Prometheus."""
        del request
        return ApiReply(generate_latest(self._collectors), media_type=TEXT)

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield from self._servers()
        yield from self._pools()
        yield from self._allocations()
        configuration = self._configuration
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
            "1 while session servers still have time to report after a start.",
            float(self._registry.warming),
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
        for server in self._registry.servers.values():
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
        for server in self._registry.servers.values():
            if server.status is None or server.link is None:
                continue
            for pool in server.status.pools:
                for name in STATES:
                    sessions.add_metric((server.name, pool.name, name), getattr(pool, name))
                maximum.add_metric((server.name, pool.name), pool.maximum)
                started.add_metric((server.name, pool.name), float(pool.started))
        yield from (sessions, maximum, started)

    def _allocations(self) -> Iterator[Metric]:
        decisions = CounterMetricFamily(
            PREFIX + "allocations", "Allocations by outcome.", labels=("outcome",)
        )
        for outcome, count in self._decisions.counts.items():
            decisions.add_metric((outcome,), count)
        asks = CounterMetricFamily(
            PREFIX + "asks",
            "Requests to session servers for a session, by answer.",
            labels=("server", "answer"),
        )
        for (server, answer), count in self._decisions.answers.items():
            asks.add_metric((server, answer), count)
        yield from (decisions, asks)
