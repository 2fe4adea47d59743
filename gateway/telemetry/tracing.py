"""OpenTelemetry: the spans of a call, as children of whatever the client says it belongs to.

Law: without the extra `verdigris[tracing]` nothing here costs or does anything. No span has a value
of a request or a screen.

    gateway          SERVER   one per call; the client's traceparent is its parent
      allocate       CLIENT   one per session server asked, from the allocation trail
      session        CLIENT   the procedure in the session server, by its own milliseconds
        ENTITY       INTERNAL one per screen passed
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from twisted.logger import Logger

from gateway.call import Call
from gateway.telemetry.request_context import CARRIER
from verdigris.connector import CallReport
from verdigris.errors import VerdigrisError
from verdigris.wire import Rows


try:
    from opentelemetry import propagate, trace
    from opentelemetry.trace import SpanKind, StatusCode
except ImportError:  # the extra is not installed
    trace = None  # type: ignore[assignment] # stands for "no tracing" below


log = Logger()

NANO: Final = 1_000_000_000

_RAN: ContextVar[list[CallReport] | None] = ContextVar("ran", default=None)


class CallSpan:
    """The span of one call; without tracing it does nothing.

    Args:
        tracer: OpenTelemetry's, or None.
        span: the gateway's own.
        began: wall clock, nanoseconds since 1970.
    """

    def __init__(self, tracer: Any, span: Any, began: int) -> None:
        self._tracer = tracer
        self._span = span
        self._began = began

    def end(self, problem: BaseException | None, rows: Rows | None) -> None:
        """The call is over: make the children, and close."""
        if self._span is None:
            return
        now = time.time_ns()
        if isinstance(problem, VerdigrisError):
            self._span.set_attribute("error.type", str(problem.code))
            self._span.set_status(StatusCode.ERROR, type(problem).__name__)
        elif problem is not None:
            self._span.set_status(StatusCode.ERROR, "cancelled")
        within = trace.set_span_in_context(self._span)
        for ran in _RAN.get() or ():
            self._allocation(ran, within)
        if rows is not None:
            self._session(rows, now, within)
        self._span.end(now)

    def _allocation(self, ran: CallReport, within: Any) -> None:
        """One span per server asked, one after the other from the call's beginning.

        Their order and lengths are known, their moments are not.
        """
        at = self._began
        for tried in ran.trail:
            after = at + int(tried.milliseconds * NANO / 1000)
            span = self._tracer.start_span(
                f"allocate {tried.server}", within, SpanKind.CLIENT,
                {"verdigris.server": tried.server, "verdigris.answer": tried.answer,
                 "verdigris.priority": tried.priority}, start_time=at,
            )  # fmt: skip
            span.end(after)
            at = after

    def _session(self, rows: Rows, now: int, within: Any) -> None:
        start = now - int(rows.milliseconds * NANO / 1000)
        facts = {"verdigris.server": rows.server, "verdigris.path": list(rows.path)}
        span = self._tracer.start_span("session", within, SpanKind.CLIENT, facts, start_time=start)
        inside = trace.set_span_in_context(span)
        at = start
        for passed in rows.screens:
            until = start + int(passed.milliseconds * NANO / 1000)
            name = passed.entity or "(no entity)"
            self._tracer.start_span(name, inside, SpanKind.INTERNAL, start_time=at).end(until)
            at = until
        span.end(now)


class Tracing:
    """Makes spans.

    Args:
        provider: OpenTelemetry's TracerProvider; None is the process's own, if the extra is there.
    """

    def __init__(self, provider: Any = None) -> None:
        self._tracer: Any = None
        if trace is not None and (provider is not None or wanted()):
            self._tracer = trace.get_tracer("verdigris.gateway", tracer_provider=provider)

    def __repr__(self) -> str:
        return f"<Tracing {'on' if self.on else 'off'}>"

    @property
    def on(self) -> bool:
        """Whether spans are made."""
        return self._tracer is not None

    @contextmanager
    def call(self, call: Call) -> Iterator[CallSpan]:
        """The span of a call."""
        if self._tracer is None:
            yield CallSpan(None, None, 0)
            return
        began = time.time_ns()
        parent = propagate.extract(CARRIER.get() or {})
        span = self._tracer.start_span(
            f"{call.name} {call.procedure or call.action}", parent, SpanKind.SERVER,
            {"verdigris.request_id": call.request_id, "verdigris.kind": call.kind,
             "verdigris.service": call.name, "verdigris.domain": call.domain}, start_time=began,
        )  # fmt: skip
        token = _RAN.set([])
        try:
            yield CallSpan(self._tracer, span, began)
        finally:
            _RAN.reset(token)

    def ran(self, ran: CallReport) -> None:
        """How the call of the moment came to its session."""
        if (found := _RAN.get()) is not None:
            found.append(ran)


def wanted() -> bool:
    """Whether the environment names a receiver (OpenTelemetry's own variables)."""
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return any(os.environ.get(name) for name in names)


def start_exporting() -> None:
    """Send spans to the receiver the environment names; once per process."""
    if not wanted():
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra
    except ImportError:
        log.warn("traces are wanted and not sent: install verdigris[tracing]")
        return
    provider = TracerProvider(resource=Resource.create({"service.name": "verdigris-gateway"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    log.info("traces are sent to the receiver the environment names")
