"""Figures for Prometheus: what `/metrics` of the gateway says, added up over its workers.

Law: no label has a value a client can make up: services and operations are those of contracts,
outcomes are codes of the registry. Nothing of a request's content is in a figure.
"""

import os
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as OPENMETRICS_TYPE
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from gateway.call import Call
from gateway.http.media_type import elements_of, media_type_of
from gateway.settings import Settings
from gateway.workers.counters import occupy
from gateway.workers.shared_state import METRICS_FOLDER
from verdigris.errors import VerdigrisError
from verdigris.wire import Try


TEXT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

FILE_BYTES: Final = 1024 * 1024
"""Bytes of each file of figures of one process, as the library makes them: thousands of figures."""

SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Buckets: 20 ms is the aim for an immediate host, 30 s the default methodTimeout."""


class Metrics:
    """The figures of this process.

    Args:
        settings: for the configuration's figures.
    """

    def __init__(self, settings: Settings) -> None:
        if folder := os.environ.get(METRICS_FOLDER):
            _occupy_files(Path(folder))
        own = CollectorRegistry()
        self._own = own
        self._settings = settings
        name = "verdigris_gateway_"
        what = ("kind", "service", "operation")
        self._calls = Counter(
            name + "calls_total",
            "Calls carried out, by outcome: ok, an error code, or cancelled (the client went away).",
            (*what, "outcome"),
            registry=own,
        )
        self._seconds = Histogram(
            name + "call_seconds",
            "How long calls took, allocation and host included.",
            what,
            buckets=SECONDS,
            registry=own,
        )
        self._host = Histogram(
            name + "session_seconds",
            "How long procedures took in the session server, of calls that were answered.",
            what,
            buckets=SECONDS,
            registry=own,
        )
        self._running = self._gauge("calls_in_flight", "Calls at work.", "livesum")
        self._connections = self._gauge("connections", "HTTP connections open.", "livesum")
        self._asked = Counter(
            name + "allocation_answers_total",
            "Answers of session servers to the allocator, as far as calls' trails tell.",
            ("domain", "answer"),
            registry=own,
        )
        self._http = Counter(
            name + "http_requests_total",
            "HTTP requests answered.",
            ("method", "status"),
            registry=own,
        )
        self._compiled = self._gauge(
            "request_path_compiled", "1 if requestPath is compiled, 0 if it is spyne.", "livemin"
        )
        self._broken = self._gauge(
            "config_broken", "1 while the last edit of plugin-cfg.xml cannot be used.", "livemax"
        )
        self._revision = self._gauge(
            "config_revision",
            "The configuration in use: the first 48 bits of its SHA-256. Workers that differ show "
            "in a difference to config_revision_max.",
            "livemin",
        )
        self._newest = self._gauge(
            "config_revision_max", "As config_revision, the greatest of all workers.", "livemax"
        )
        self._autonomous = self._gauge(
            "autonomous",
            "1 while no management server answers and session servers are chosen here.",
            "livemax",
        )
        self._table_age = self._gauge(
            "allocation_table_age_seconds",
            "Seconds since a management server last said that the allocation table is right; -1 without one.",
            "livemax",
        )
        self._table_age.set(-1)
        self._workers = self._gauge("workers", "Processes that serve.", "livesum")
        self._workers.set(1)
        # looking a child up by its labels costs more than counting
        self._known: dict[tuple[str, ...], tuple[Counter, Histogram]] = {}
        self._hosts: dict[tuple[str, ...], Histogram] = {}
        self._answers: dict[tuple[str, int], Counter] = {}
        self._tried: dict[tuple[str, str], Counter] = {}

    def __repr__(self) -> str:
        return "<Metrics of the gateway>"

    def _gauge(self, name: str, meaning: str, over: str) -> Gauge:
        return Gauge(
            f"verdigris_gateway_{name}", meaning, registry=self._own, multiprocess_mode=over  # type: ignore[arg-type] # a literal of the library
        )  # fmt: skip

    def began(self) -> None:
        """A call begins."""
        self._running.inc()

    def ended(self, call: Call, outcome: str, seconds: float, in_session: float | None) -> None:
        """A call ended.

        Args:
            call: it.
            outcome: "ok", "cancelled" or an error's code.
            seconds: it took.
            in_session: seconds of them in the session server; None if that is not known.
        """
        what = (call.kind, call.name, call.procedure or call.action, outcome)
        self._running.dec()
        known = self._known.get(what)
        if known is None:
            children = self._calls.labels(*what), self._seconds.labels(*what[:3])
            known = self._known[what] = children
        known[0].inc()
        known[1].observe(seconds)
        if in_session is None:
            return
        host = self._hosts.get(what)
        if host is None:
            host = self._hosts[what] = self._host.labels(*what[:3])
        host.observe(in_session)

    def asked(self, domain: str, trail: list[Try]) -> None:
        """What session servers of a domain answered."""
        for tried in trail:
            what = (domain, tried.answer)
            known = self._tried.get(what)
            if known is None:
                known = self._tried[what] = self._asked.labels(*what)
            known.inc()

    def answered(self, method: str, status: int) -> None:
        """An HTTP request was answered."""
        what = (method if method in ("GET", "HEAD", "POST", "OPTIONS") else "other", status)
        known = self._answers.get(what)
        if known is None:
            known = self._answers[what] = self._http.labels(what[0], str(status))
        known.inc()

    def observe(self, connections: int) -> None:
        """Take the figures of the moment."""
        self._connections.set(connections)
        config = self._settings
        self._compiled.set(config.config.request_path == "compiled")
        self._broken.set(config.problem is not None)
        self._revision.set(config.revision)
        self._newest.set(config.revision)

    def stands_alone(self, alone: bool, table_age: float | None) -> None:  # noqa: FBT001 - what a look tells
        """Whether session servers are chosen here, and the age of the table they are chosen by."""
        self._autonomous.set(alone)
        self._table_age.set(-1 if table_age is None else table_age)

    def page(self, accept: str) -> tuple[str, bytes]:
        """Content type and body of `/metrics`.

        Args:
            accept: the request's header; Prometheus asks for OpenMetrics with it.
        """
        registry = self._own
        if os.environ.get(METRICS_FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library's
        wanted = {media_type_of(element).essence for element in elements_of(accept)}
        if "application/openmetrics-text" in wanted:
            return OPENMETRICS_TYPE, generate_openmetrics(registry)  # type: ignore[no-untyped-call] # the library's
        return TEXT_TYPE, generate_latest(registry)


def _occupy_files(folder: Path) -> None:
    """Give the figures of this process their room on the disk: the library maps sparse files.

    Raises:
        OSError: the disk has no room for them.
    """
    for kind in ("counter", "histogram", "gauge_livesum", "gauge_livemin", "gauge_livemax"):
        path = folder / f"{kind}_{os.getpid()}.db"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            occupy(file, FILE_BYTES)
        finally:
            os.close(file)


def outcome_of(problem: BaseException | None) -> str:
    """The word for how a call ended."""
    if problem is None:
        return "ok"
    return str(problem.code) if isinstance(problem, VerdigrisError) else "cancelled"
