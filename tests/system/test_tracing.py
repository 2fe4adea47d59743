"""Traces as a collector gets them: OTLP over HTTP from real gateway processes, a real host behind."""

import gzip
import http.client
import http.server
import os
import secrets
import threading
from types import SimpleNamespace

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from verdigris_command.demo.fleet import SEED_DOMAIN


pytestmark = pytest.mark.processes


class Collector(http.server.ThreadingHTTPServer):
    """Takes spans at /v1/traces as the OTLP specification says, and keeps them."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiving)
        self.spans = []
        self.refused = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def of(self, trace):
        """The spans of a trace, by their ids."""
        return {it.span.span_id: it for it in list(self.spans) if it.span.trace_id == trace}


class Receiving(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        if (self.path, self.headers["Content-Type"]) != ("/v1/traces", "application/x-protobuf"):
            self.server.refused.append(self.path)
        for group in ExportTraceServiceRequest.FromString(data).resource_spans:
            service = {it.key: it.value.string_value for it in group.resource.attributes}
            for scope in group.scope_spans:
                self.server.spans += [
                    SimpleNamespace(service=service["service.name"], span=it) for it in scope.spans
                ]
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture(scope="module")
def collector():
    with Collector() as found:
        yield found
        found.shutdown()


@pytest.fixture(scope="module")
def traced(start, collector):
    """An installation whose gateway has two workers, and was told where to send spans."""
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setitem(os.environ, name, value)
        yield start(members=SEED_DOMAIN[:1], workers=2)


def call(town, trace, parent, path="", operation="customerSearch", filters=None, **how):
    """A call of a client that traces; its span is the parent."""
    line = http.client.HTTPConnection("127.0.0.1", town.fleet.port("gateway"), timeout=60)
    body = town.envelope(operation, filters or {"LastName": "ABERNATHY"}, **how)
    names = {
        "Content-Type": "text/xml",
        "traceparent": f"00-{trace.hex()}-{parent.hex()}-01",
        "X-Request-Id": f"traced-{trace.hex()[:8]}",
    }
    line.request("POST", path or f"/vhi-ws/session/{town.pool}", body, names)
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status


def facts(span):
    return {it.key: it.value.string_value for it in span.attributes}


def test_spans_of_a_call_hang_together_from_the_clients_on(traced, collector):
    trace, parent = secrets.token_bytes(16), secrets.token_bytes(8)

    assert call(traced, trace, parent) == 200

    traced.until(lambda: any(it.span.kind == Span.SPAN_KIND_SERVER for it in collector.of(trace).values()), "its spans arrive")  # fmt: skip
    spans = collector.of(trace)
    assert {it.service for it in spans.values()} == {"verdigris-gateway"}
    (gateway,) = [it.span for it in spans.values() if it.span.parent_span_id == parent]
    children = [it.span for it in spans.values() if it.span.parent_span_id == gateway.span_id]
    allocate, session = sorted(children, key=lambda it: it.name)
    screens = [it.span for it in spans.values() if it.span.parent_span_id == session.span_id]
    assert len(spans) == 3 + len(screens)
    assert (gateway.name, gateway.kind) == ("BankPool CustomerSearch", Span.SPAN_KIND_SERVER)
    assert facts(gateway)["verdigris.request_id"] == f"traced-{trace.hex()[:8]}"
    assert (allocate.name, session.name) == ("allocate vs1", "session")
    assert facts(allocate)["verdigris.answer"] == "granted"
    assert {"MainMenu", "CustomerSearch", "CustomerList"} <= {it.name for it in screens}
    for inner, outer in [(session, gateway), *((it, session) for it in screens)]:
        assert outer.start_time_unix_nano <= inner.start_time_unix_nano + 1_000_000
        assert inner.end_time_unix_nano <= outer.end_time_unix_nano + 1_000_000
    assert collector.refused == []
    assert b"ABERNATHY" not in b"".join(it.span.SerializeToString() for it in spans.values())


def test_a_call_that_fails_is_a_span_with_the_error(traced, collector):
    trace, parent = secrets.token_bytes(16), secrets.token_bytes(8)

    status = call(traced, trace, parent, environment={"DomainName": "nowhere"})

    assert status == 500
    traced.until(lambda: collector.of(trace), "its span arrives")
    (found,) = collector.of(trace).values()
    assert found.span.parent_span_id == parent
    assert found.span.status.code == 2
    assert facts(found.span)["error.type"] == "9108"


def test_what_was_not_sent_yet_is_sent_at_the_end(traced, collector):
    trace, parent = secrets.token_bytes(16), secrets.token_bytes(8)
    assert call(traced, trace, parent) == 200
    traced.fleet["gateway"].stop()
    assert len(collector.of(trace)) >= 4
