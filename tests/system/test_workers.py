"""Two gateway processes behind one port, before real session servers and the demo bank."""

import base64
import http.client
import json
import os
import signal
import urllib.request
import zlib
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families


pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def shared(start):
    """The seed's installation, its gateway of two workers."""
    return start(workers=2)


def figure(town, name, **labels):
    """The sum of a figure's samples with these labels."""
    status, page = town.get("/metrics")
    assert status == 200
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def workers(town):
    pid = town.fleet["gateway"].pid
    return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_calls_of_all_workers_add_up_and_their_kill_loses_no_count(shared):
    before = figure(shared, "verdigris_gateway_calls_total", outcome="ok")
    assert all(answer.ok for answer in shared.many(40))
    assert figure(shared, "verdigris_gateway_calls_total", outcome="ok") == before + 40
    assert figure(shared, "verdigris_gateway_workers") == 2
    asked = figure(shared, "verdigris_gateway_allocation_answers_total", answer="granted")
    assert asked >= 40
    os.kill(workers(shared)[0], signal.SIGKILL)
    shared.until(lambda: len(workers(shared)) == 2, "the worker is replaced")
    shared.until(
        lambda: figure(shared, "verdigris_gateway_workers") == 2,
        "the replacement tells its figures",
    )
    shared.ready()
    assert figure(shared, "verdigris_gateway_calls_total", outcome="ok") >= before + 40
    assert figure(shared, "verdigris_gateway_calls_in_flight") == 0


def test_under_load_a_killed_worker_costs_only_the_calls_it_was_in(shared):
    lost, done = [], []
    shared.ready()

    def call(_):
        try:
            done.append(shared.call())
        except (OSError, http.client.HTTPException) as problem:
            lost.append(problem)

    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only here

    with ThreadPoolExecutor(6) as clients:
        jobs = [clients.submit(call, n) for n in range(120)]
        shared.until(lambda: len(done) > 20, "calls run")
        os.kill(workers(shared)[0], signal.SIGKILL)
        for job in jobs:
            job.result()
    assert len(lost) <= 6, lost
    # a replacement has to hear what is deployed before it serves: 404 or 503 would be a loss
    assert [answer.status for answer in done if answer.status != 200] == []
    assert len(done) + len(lost) == 120


def test_the_screens_passed_come_from_the_real_host_masked(shared):
    line = http.client.HTTPConnection("127.0.0.1", shared.fleet.port("gateway"), timeout=60)
    body = shared.envelope(
        "customerSearch", {"LastName": "ABERNATHY"},
        variables={"userID": "TELLER190", "password": "BANK190"},
    )  # fmt: skip
    line.request(
        "POST", f"/vhi-ws/model/{shared.model}", body,
        {"Content-Type": "text/xml", "X-Verdigris-Screens": "1", "X-Request-Id": "screens-1"},
    )  # fmt: skip
    answer = line.getresponse()
    assert answer.status == 200, answer.read()
    answer.read()
    line.close()
    found = json.loads(zlib.decompress(base64.b64decode(answer.headers["X-Verdigris-Screens"])))
    assert len(found) >= 2
    assert all(it["entity"] for it in found)
    assert any("ABERNATHY" in it["screen"] for it in found)
    assert "BANK190" not in json.dumps(found)
    times = [it["milliseconds"] for it in found]
    assert times == sorted(times)


def test_management_server_tells_figures_of_the_same_installation(shared):
    with urllib.request.urlopen(f"{shared.fleet.api}/metrics", timeout=20) as found:  # noqa: S310 - ours
        text = found.read().decode()
    samples = {
        (sample.name, *sample.labels.values())
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert ("verdigris_server_up", "vs1", "online") in samples
    assert ("verdigris_pool_started", "BankPool", "vs1") in samples
    assert ("verdigris_allocations_total", "granted") in samples
