"""What operators see: figures, spans, the access log, and screens on request."""

import base64
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.defer import Deferred

from gateway.call import Call
from gateway.http.routing import GET, Route
from gateway.settings import Settings
from gateway.telemetry.access_log import Telemetry
from gateway.telemetry.measured_caller import MeasuredCaller
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.request_context import LONGEST, packed
from gateway.telemetry.tracing import Tracing
from gateway.workers.parent import forget
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.connector import CallReport
from verdigris.errors import NoServerAvailable, UnknownScreen
from verdigris.wire import Passed, Rows, Try


CALC = (
    '<calcCostLoan xmlns="urn:xmlns:attachmate:vhi-ws:BankDemo"><calcCostLoanFilters>'
    "<UserId>secretpe</UserId><Password>secretpw</Password></calcCostLoanFilters>"
    "</calcCostLoan>"
)
TRAIL = [
    Try(1, (("vs1", 80), ("vs2", 20)), 100, 5, "vs1", "busy", "", 2.0),
    Try(1, (("vs2", 20),), 20, 1, "vs2", "granted", "", 3.0),
]
SCREENS = (Passed("SignOn", 4.0, "SIGN ON\n******"), Passed("", 9.0, "MENU"))
ANSWER = Rows((("ResultMonthPmt", "decimal"),), [["1"]], 0, ("SignOn",), "vs2", 10.0, SCREENS)


@pytest.fixture
def watched(start: Callable[..., Any], bank_model: Any) -> Any:
    """A gateway with telemetry; `.telemetry`, and `.spans()` as OpenTelemetry finished them."""
    found = start(PluginConfig(), bank_model)
    telemetry = Telemetry(found.settings, found.clock)
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry.tracing = Tracing(provider)
    service = found.services.find("model", "BankDemo")
    inner = service._caller
    measured = telemetry.measured(inner)

    class Telling:
        async def call(self, call: Call) -> Any:
            result = await inner.call(call)
            measured.ran(call, CallReport("vs2", call.request_id, tuple(TRAIL)))
            return result

    measured._caller = Telling()
    service._caller = measured
    telemetry.watch(found.site)
    found.resource.add((Route("/metrics", GET, telemetry.page),))
    found.caller.reply = ANSWER
    found.telemetry = telemetry
    found.spans = exporter.get_finished_spans
    return found


def figures(page: str) -> dict[tuple[str, ...], float]:
    """Samples by name and sorted label values."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_calls_are_counted_by_service_operation_and_outcome(watched: Any, message: Any) -> None:
    assert watched.post(message(CALC), host="127.0.0.1").status == 200
    watched.caller.reply = UnknownScreen(nearest="Menu", difference="row 1")
    assert watched.post(message(CALC)).status == 500
    page = watched.http("GET", "/metrics", Host="localhost").text
    found = figures(page)
    what = ("model", "CalcCostLoan")
    name = "verdigris_gateway_calls_total"
    assert found[name, *what, "ok", "BankDemo"] == 1
    assert found[name, *what, str(UnknownScreen.code), "BankDemo"] == 1
    assert found["verdigris_gateway_call_seconds_count", *what, "BankDemo"] == 2
    assert found["verdigris_gateway_session_seconds_count", *what, "BankDemo"] == 1
    assert found["verdigris_gateway_calls_in_flight",] == 0
    assert found["verdigris_gateway_http_requests_total", "POST", "200"] == 1
    assert "secret" not in page


def test_a_call_at_work_is_in_flight_and_one_whose_client_left_is_cancelled(
    watched: Any, message: Any
) -> None:
    watched.caller.reply = Deferred()
    body = message(CALC).encode()
    connection = watched.connect()
    connection.send(
        b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )
    page = watched.http("GET", "/metrics", Host="localhost").text
    assert figures(page)["verdigris_gateway_calls_in_flight",] == 1
    connection.lose()
    found = figures(watched.http("GET", "/metrics", Host="localhost").text)
    assert found["verdigris_gateway_calls_in_flight",] == 0
    name = "verdigris_gateway_calls_total"
    assert found[name, "model", "CalcCostLoan", "cancelled", "BankDemo"] == 1


def test_answers_to_the_allocator_are_counted_by_reason(watched: Any, message: Any) -> None:
    header = (
        '<environment xmlns="urn:xmlns:attachmate:vhi-ws:BankDemo">'
        "<DomainName>d1</DomainName></environment>"
    )
    watched.post(message(CALC, header))
    refused = NoServerAvailable(
        user="u", location="l", domain="d1", kind="model", name="BankDemo", trail=""
    )
    refused.details["trail"] = TRAIL[:1]
    watched.caller.reply = refused
    watched.post(message(CALC, header))
    found = figures(watched.http("GET", "/metrics", Host="localhost").text)
    name = "verdigris_gateway_allocation_answers_total"
    assert found[name, "busy", "d1"] == 2
    assert found[name, "granted", "d1"] == 1


def test_a_broken_edit_and_the_revision_show(watched: Any, tmp_path: Path) -> None:
    found = figures(watched.http("GET", "/metrics", Host="localhost").text)
    assert found["verdigris_gateway_config_broken",] == 0
    assert found["verdigris_gateway_request_path_compiled",] == 1
    file = tmp_path / "plugin-cfg.xml"
    file.write_text("<properties/>")
    other = Settings(file, watched.clock)
    assert other.revision != watched.settings.revision
    file.write_text("<nonsense/>")
    other.start()
    watched.clock.pump([0.1] * 5)
    other.stop()
    metrics = Metrics(other)
    metrics.observe(0)
    shown = figures(metrics.page("")[1].decode())
    assert shown["verdigris_gateway_config_broken",] == 1
    assert shown["verdigris_gateway_config_revision",] == other.revision


def test_prometheus_gets_openmetrics_when_it_asks_for_it(watched: Any) -> None:
    got = watched.http(
        "GET", "/metrics", Host="localhost", Accept="application/openmetrics-text;version=1.0.0"
    )
    assert got.headers["content-type"].startswith("application/openmetrics-text")
    assert got.text.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("who", "client", "name", "status"),
    [
        ("loopback", "127.0.0.1", "localhost:9680", 200),
        ("loopback", "127.0.0.1", "127.0.0.1", 200),
        ("loopback", "::1", "[::1]:9680", 200),
        ("loopback", "127.0.0.1", "evil.example", 404),  # DNS rebinding
        ("loopback", "10.0.0.9", "localhost", 404),
        ("always", "10.0.0.9", "gateway.example", 200),
        ("never", "127.0.0.1", "localhost", 404),
    ],
)
def test_figures_are_for_whom_the_settings_say(
    watched: Any, who: Any, client: str, name: str, status: int
) -> None:
    watched.settings.config = PluginConfig(metrics=who, allowed_hosts=("*",))
    connection = watched.connect(client)
    connection.send(f"GET /metrics HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
    assert connection.response().status == status


def test_workers_figures_add_up_also_those_of_one_that_has_ended(tmp_path: Path) -> None:
    program = (
        "from gateway.telemetry.metrics import *; from gateway.call import Call; import sys;"
        "from twisted.internet.task import Clock;"
        "m = Metrics(Settings(None, Clock())); call = Call('perform', 'model', 'M', 'r', procedure='P');"
        "m.began(); m.began(); m.ended(call, 'ok', 0.1, 0.05);"
        "m.observe(3); sys.stdout.write(m.page('')[1].decode())"
    )
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for ended in range(3):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=env,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        if ended < 2:
            for file in tmp_path.glob("gauge_live*.db"):
                forget(tmp_path, int(file.stem.rpartition("_")[2]))
    found = figures(done.stdout)
    assert found["verdigris_gateway_calls_total", "model", "P", "ok", "M"] == 3
    assert found["verdigris_gateway_call_seconds_count", "model", "P", "M"] == 3
    assert found["verdigris_gateway_connections",] == 3
    assert found["verdigris_gateway_workers",] == 1
    assert found["verdigris_gateway_calls_in_flight",] == 1


# ---- spans -----------------------------------------------------------------------------------


def test_a_call_is_a_span_of_the_clients_trace_with_a_child_per_server_and_screen(
    watched: Any, message: Any
) -> None:
    trace_id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    watched.post(message(CALC), traceparent=f"00-{trace_id}-{parent}-01")
    spans = {span.name: span for span in watched.spans()}
    assert set(spans) == {
        "BankDemo CalcCostLoan", "allocate vs1", "allocate vs2", "session", "SignOn", "(no entity)",
    }  # fmt: skip
    own = spans["BankDemo CalcCostLoan"]
    assert f"{own.context.trace_id:032x}" == trace_id
    assert f"{own.parent.span_id:016x}" == parent
    for name in ("allocate vs1", "allocate vs2", "session"):
        assert spans[name].parent.span_id == own.context.span_id
    for name in ("SignOn", "(no entity)"):
        assert spans[name].parent.span_id == spans["session"].context.span_id
    lengths = {n: (s.end_time - s.start_time) / 1e6 for n, s in spans.items()}
    assert lengths["allocate vs1"] == 2
    assert lengths["allocate vs2"] == 3
    assert lengths["session"] == 10
    assert lengths["SignOn"] == 4
    assert lengths["(no entity)"] == 5
    assert "secret" not in " ".join(span.to_json() for span in watched.spans())


def test_with_tracing_the_session_server_is_asked_for_times_and_not_for_pictures(
    watched: Any, message: Any
) -> None:
    watched.post(message(CALC))
    assert watched.caller.last.watch == "times"
    watched.telemetry.tracing = Tracing()
    watched.services.find("model", "BankDemo")._caller._tracing = Tracing()
    watched.post(message(CALC))
    assert watched.caller.last.watch == ""


def test_a_failed_call_is_an_error_in_its_trace(watched: Any, message: Any) -> None:
    watched.caller.reply = UnknownScreen(nearest="Menu", difference="row 1")
    watched.post(message(CALC))
    (span,) = watched.spans()
    assert span.attributes["error.type"] == str(UnknownScreen.code)
    assert not span.status.is_ok


# ---- screens and the access log --------------------------------------------------------------


def unpacked(header: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(header)))


def test_screens_passed_come_with_the_reply_when_they_are_asked_for(
    watched: Any, message: Any
) -> None:
    got = watched.post(message(CALC), Host="localhost:9680", X_Verdigris_Screens="1")
    assert watched.caller.last.watch == "screens"
    shown = unpacked(got.headers["x-verdigris-screens"])
    assert shown == [
        {"entity": "SignOn", "milliseconds": 4.0, "screen": "SIGN ON\n******"},
        {"entity": "", "milliseconds": 9.0, "screen": "MENU"},
    ]


@pytest.mark.parametrize("who", ["never", "loopback"])
def test_screens_are_not_for_whom_the_explorer_is_not_for(
    watched: Any, message: Any, who: Any
) -> None:
    watched.settings.config = PluginConfig(explorer=who, allowed_hosts=("*",))
    got = watched.post(message(CALC), host="10.0.0.9", X_Verdigris_Screens="1")
    assert got.status == 200
    assert "x-verdigris-screens" not in got.headers
    assert watched.caller.last.watch == "times"


def test_more_screens_than_a_header_holds_lose_the_first() -> None:
    noise = [os.urandom(1_500).hex() for _ in range(40)]
    found = packed(tuple(Passed(str(n), 1.0, text) for n, text in enumerate(noise)))
    assert LONGEST / 2 < len(found) <= LONGEST
    shown = unpacked(found.decode())
    assert shown[-1]["entity"] == "39"
    assert int(shown[0]["entity"]) > 0


def test_the_access_log_has_a_line_for_each_request_without_its_query(
    watched: Any, message: Any, logged: Callable[[], list[str]]
) -> None:
    watched.http("GET", "/live")
    assert not [line for line in logged() if "/live" in line]
    watched.settings.config = PluginConfig(access_log=True, allowed_hosts=("*",))
    watched.post(message(CALC), path="/vhi-ws/model/BankDemo?wsse=verysecret")
    lines = [line for line in logged() if "POST" in line]
    assert len(lines) == 1
    assert re.fullmatch(r'127\.0\.0\.1 "POST /vhi-ws/model/BankDemo" 200 \d+', lines[0])
    assert "secret" not in "".join(logged())


def test_what_fails_in_a_call_fails_the_same_when_it_is_measured(watched: Any) -> None:
    assert isinstance(watched.services.find("model", "BankDemo")._caller, MeasuredCaller)
