"""Two gateway processes behind one port, before real session servers and the demo bank."""

import base64
import http.client
import json
import os
import signal
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from prometheus_client.parser import text_string_to_metric_families
from zeep.wsse.username import UsernameToken

from sesssrvr.cli.model_files import files_of
from sesssrvr.model.package import build_package


pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def shared(start, tmp_path_factory):
    """VHI's documented example, its gateway of two workers, with a user it knows."""
    users = tmp_path_factory.mktemp("users") / "users"
    users.write_text("ops:clear:s3cret\n")
    return start(workers=2, plugin={"usersFile": str(users)})


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


def in_turn(town, path, body, headers, times=16):
    """(status, text) of the same POST on a new connection each time: both workers get some."""
    found = []
    for _ in range(times):
        line = http.client.HTTPConnection("127.0.0.1", town.fleet.port("gateway"), timeout=60)
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        found.append((answer.status, answer.read().decode()))
        line.close()
    return found


BALANCE = "/vhi-rs/session/BankPool/accountDetail?AccountNumber=40002990"


def test_a_key_is_performed_once_whichever_worker_gets_the_repetition(shared):
    def balance():
        return Decimal(json.loads(shared.get(BALANCE)[1])["rows"][0]["Balance"])

    before = balance()
    body = {"filters": {"FromAccount": 40002990}, "data": {"ToAccount": 40002989, "Amount": 10}}
    headers = {"Content-Type": "application/json", "Idempotency-Key": "once"}
    path = "/vhi-rs/session/BankPool/transfer"
    with ThreadPoolExecutor(4) as clients:
        jobs = [
            clients.submit(in_turn, shared, path, json.dumps(body), headers, 4) for _ in range(4)
        ]
        answers = {answer for job in jobs for answer in job.result()}

    assert answers == {(200, '{"affected":1}')}
    assert before - balance() == 10
    other = json.dumps(body).replace("10}", "11}")
    assert {status for status, _ in in_turn(shared, path, other, headers, 8)} == {409}


def test_a_password_digest_is_taken_once_whichever_worker_gets_it_again(shared):
    root = etree.fromstring(shared.envelope("customerSearch", {"LastName": "ABERNATHY"}))
    UsernameToken("ops", "s3cret", use_digest=True).apply(root, {})
    path, headers = "/vhi-ws/session/BankPool", {"Content-Type": "text/xml"}

    answers = in_turn(shared, path, etree.tostring(root), headers)

    assert answers[0][0] == 200, answers[0]
    assert {status for status, _ in answers[1:]} == {500}
    assert all("has been used before" in text for _, text in answers[1:])


def test_under_load_a_killed_worker_costs_only_the_calls_it_was_in(shared):
    lost, done = [], []
    shared.ready()

    def call(_):
        try:
            done.append(shared.call())
        except (OSError, http.client.HTTPException) as problem:
            lost.append(problem)

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


def test_a_model_that_is_deployed_is_served_by_every_worker_and_then_by_none(shared, names):
    def seen():
        """What new connections, which the workers share, are told."""
        return {shared.get("/vhi-ws/model/Calendar?wsdl") for _ in range(16)}

    assert {status for status, _ in seen()} == {404}
    data = build_package(files_of(names.EXAMPLE.with_name("Calendar")))
    shared.api("/servers/vs1/deploy", "POST", data, Content_Type="application/zip")
    shared.until(lambda: {status for status, _ in seen()} == {200}, "every worker serves it")
    assert len(seen()) == 1, "every worker says the same"
    shared.api("/servers/vs1/models/Calendar", "DELETE")
    shared.until(lambda: {status for status, _ in seen()} == {404}, "no worker serves it")


def test_what_a_killed_worker_was_performing_under_a_key_is_not_performed_again(shared):
    body = {"filters": {"FromAccount": 40002990}, "data": {"ToAccount": 40002989, "Amount": 10}}
    headers = {"Content-Type": "application/json", "Idempotency-Key": "cut-off"}
    given = ("/vhi-rs/session/BankPool/transfer", json.dumps(body), headers)
    shared.ready()
    servers = [shared.fleet[member.name].pid for member in shared.fleet.members]
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as client:
            job = client.submit(in_turn, shared, *given, 1)
            shared.until(
                lambda: figure(shared, "verdigris_gateway_calls_in_flight") == 1, "it is at work"
            )
            for pid in workers(shared):
                os.kill(pid, signal.SIGKILL)
            with pytest.raises((OSError, http.client.HTTPException)):
                job.result()
    finally:
        for pid in servers:
            os.kill(pid, signal.SIGCONT)
    shared.until(lambda: len(workers(shared)) == 2, "the workers are replaced")
    shared.ready()

    answers = in_turn(shared, *given, 8)

    assert {status for status, _ in answers} == {409}
    assert all(json.loads(text)["code"] == 9221 for _, text in answers)
    other = headers | {"Idempotency-Key": "another"}
    assert in_turn(shared, *given[:2], other, 1) == [(200, '{"affected":1}')]


def away(town):
    try:
        town.get("/live")
    except OSError:
        return True
    return False


def test_a_gateway_that_is_told_to_end_finishes_the_calls_it_has(shared):
    shared.ready()
    servers = [shared.fleet[member.name].pid for member in shared.fleet.members]
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor(8) as clients:
        calls = [clients.submit(shared.call) for _ in range(8)]
        try:
            shared.until(
                lambda: figure(shared, "verdigris_gateway_calls_in_flight") == 8, "all are at work"
            )
            shared.fleet["gateway"].ask_to_end()
            shared.until(lambda: away(shared), "it takes nothing new")
        finally:
            for pid in servers:
                os.kill(pid, signal.SIGCONT)
        assert [job.result().status for job in calls] == [200] * 8
    shared.fleet["gateway"].stop()
    shared.fleet.start_part("gateway")
    shared.ready()
