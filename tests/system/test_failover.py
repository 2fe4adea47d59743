"""Weights, priorities, kill -9, frozen processes, a management server that goes away: from outside."""

import signal
import subprocess
import time
from math import comb

import pytest


pytestmark = pytest.mark.processes

LOST = 9206
"""The call had left for a server that died: nobody knows what it did (docs/reference/errors.md)."""


@pytest.fixture(scope="module")
def town(start, names):
    """Servers are killed more often here than anywhere: nobody shall be held for flapping. Pools
    are roomy from their start: it is about who is asked, not about who is full."""
    changes = [names.pool_setting("max-pending-sessions", 50)]
    return start({"deploy/deploy_desc.xml": changes}, management='<flapping falls="100"/>')


@pytest.fixture(autouse=True)
def _all_are_back(town):
    """However a test ended: every part runs, every server is up and serving."""
    yield
    for name in town.fleet.names():
        town.fleet[name].signal(signal.SIGCONT)
        if not town.fleet[name].running:
            town.fleet.start_part(name)
    town.until(town.servers, "the management server answers")
    for name, it in town.servers().items():
        if it["admin_state"] != "up":
            town.api(f"/servers/{name}/resume", "POST")
    town.ready()


def failed(answers):
    return [(it.code, it.text) for it in answers if not it.ok]


def share(answers):
    servers = [it.server for it in answers]
    return {name: servers.count(name) for name in sorted(set(servers))}


def tail(count, calls, chance):
    """The chance of at least this many of so many calls, exactly."""
    return sum(
        comb(calls, k) * chance**k * (1 - chance) ** (calls - k) for k in range(count, calls + 1)
    )


# ---- weights -------------------------------------------------------------------------------------


def test_calls_are_shared_by_weight_and_the_standby_gets_none(town):
    calls = 400
    answers = town.many(calls)
    assert not failed(answers)
    counted = share(answers)
    assert set(counted) == {"vs1", "vs2"}, counted
    # a fair 80/20 fails this once in a thousand million runs; 90/10 and 70/30 practically always
    assert tail(counted["vs1"], calls, 0.8) > 1e-9, counted
    assert tail(counted["vs2"], calls, 0.2) > 1e-9, counted


# ---- kill -9 -------------------------------------------------------------------------------------


def test_no_call_is_lost_that_was_not_running_on_the_killed_server(town):
    vs1 = town.fleet["vs1"]
    with town.load(8) as answers:
        town.until(lambda: len(answers) > 60, "the load runs")
        vs1.kill()
        killed = time.monotonic()
        town.until(lambda: town.state("vs1") == "offline", "the death is noticed", seconds=1)
        noticed = time.monotonic() - killed
        before = len(answers)
        town.until(lambda: len(answers) > before + 100, "calls go on")
    lost = failed(answers)
    assert {code for code, _ in lost} <= {LOST, 9302}, lost
    assert len(lost) <= 8, lost  # one for each client that had one running
    assert noticed < 1
    # whatever ended after the death was noticed ran elsewhere
    late = [it for it in answers if it.at - it.seconds > killed + noticed]
    assert late
    assert not failed(late)
    assert set(share(late)) == {"vs2"}


def test_a_killed_server_comes_back_and_gets_its_share(town):
    town.fleet["vs1"].kill()
    town.until(lambda: town.state("vs1") == "offline", "it is gone")
    town.fleet.start_part("vs1")
    with town.load(4) as answers:
        town.until(lambda: "vs1" in town.serving(), "it is back")
        town.until(lambda: [it for it in answers if it.server == "vs1"], "it gets calls")
    assert not failed(answers)
    answers = town.many(150)
    assert not failed(answers)
    assert tail(share(answers)["vs1"], 150, 0.8) > 1e-9
    assert tail(share(answers)["vs2"], 150, 0.2) > 1e-9


def test_killed_again_and_again_under_load_nothing_else_is_lost(town):
    kills = 3
    with town.load(6) as answers:
        for number in range(kills):
            name = ("vs1", "vs2")[number % 2]
            before = len(answers)
            town.until(lambda n=before: len(answers) > n + 20, "calls go on")
            town.fleet[name].kill()
            town.fleet.start_part(name)
            town.until(lambda n=name: n in town.serving(), f"{name} is back")
    lost = failed(answers)
    assert {code for code, _ in lost} <= {LOST, 9302}, lost
    assert len(lost) <= 6 * kills


def test_the_standby_takes_over_when_its_betters_are_gone_and_gives_back(town):
    for name in ("vs1", "vs2"):
        town.fleet[name].kill()
    answers = town.many(40)
    assert not failed(answers)
    assert share(answers) == {"vs3": 40}
    town.fleet.start_part("vs2")
    town.until(lambda: "vs2" in town.serving(), "vs2 is back")
    answers = town.many(40)
    assert not failed(answers)
    assert share(answers) == {"vs2": 40}


def test_when_all_are_gone_it_is_2643_with_the_trail(town):
    for name in ("vs1", "vs2", "vs3"):
        town.fleet[name].kill()
    town.until(lambda: {town.state(n) for n in ("vs1", "vs2", "vs3")} == {"offline"}, "gone")
    answer = town.call(environment={"ConnectionTimeout": 1}, request_id="nobody-there")
    assert (answer.status, answer.code) == (500, 2643)
    assert answer.text == (
        "User anonymous at 127.0.0.1 was refused a connection to BankPool. No servers in domain "
        "mydomain1 are able to provide a session because they are either busy or offline."
    )
    assert answer.root.findtext(".//faultcode").endswith("Server")
    left = answer.all("notAsked")
    assert {word for line in left for word in line.split() if word in {"vs1", "vs2", "vs3"}} == {
        "vs1", "vs2", "vs3",
    }, left  # fmt: skip
    assert answer.all("requestId") == ["nobody-there"]
    assert 0.5 < answer.seconds < 10
    status, said = town.ask("/domains/mydomain1/can-serve?pool=BankPool")
    assert status == 503
    assert "vs1" in said["reason"]


def test_a_call_waits_out_its_connection_timeout_for_a_server(town):
    """Product facts 2.5: the connector keeps trying."""
    for name in ("vs1", "vs2", "vs3"):
        town.fleet[name].kill()
    with town.load(3, environment={"ConnectionTimeout": 20}) as answers:
        town.until(lambda: town.state("vs3") == "offline", "all are gone")
        town.fleet.start_part("vs3")
        town.until(lambda: len(answers) > 6, "calls are answered")
    assert not failed(answers)
    assert share(answers).keys() == {"vs3"}


# ---- frozen --------------------------------------------------------------------------------------


def test_a_frozen_server_is_noticed_and_only_calls_in_flight_wait(town):
    with town.load(6) as answers:
        town.until(lambda: len(answers) > 40, "the load runs")
        frozen = time.monotonic()
        town.fleet["vs1"].signal(signal.SIGSTOP)
        town.until(lambda: town.state("vs1") in {"suspect", "offline"}, "it is noticed", seconds=2)
        noticed = time.monotonic()
        before = len(answers)
        town.until(lambda: len(answers) > before + 60, "calls go on")
        assert [it.server for it in answers if it.at - it.seconds > noticed + 0.1].count("vs1") == 0
        town.fleet["vs1"].signal(signal.SIGCONT)
        town.until(lambda: town.state("vs1") == "online", "it is back")
        before = len(answers)
        town.until(lambda: len(answers) > before + 40, "calls go on")
    assert noticed - frozen < 2
    assert not failed(answers)  # those in flight were answered when it went on
    slow = [it for it in answers if it.seconds > 1.5]
    assert len(slow) <= 6, slow  # one for each client
    assert all(it.server == "vs1" for it in slow), slow


def test_a_frozen_server_without_load_is_offline_in_under_two_seconds(town):
    frozen = time.monotonic()
    town.fleet["vs2"].signal(signal.SIGSTOP)
    town.until(lambda: town.state("vs2") == "offline", "it is noticed", seconds=5)
    assert time.monotonic() - frozen < 2.2  # and the time of the question
    assert town.servers()["vs2"]["reason"]
    town.fleet["vs2"].signal(signal.SIGCONT)
    town.until(lambda: town.state("vs2") == "online", "it is back")


def test_nobody_flaps_while_all_is_well(town):
    seen = len(town.log("mgmtsrvr"))
    with town.load(8, pause=0) as answers:
        town.until(lambda: len(answers) > 300, "a while of full load")
    told = town.log("mgmtsrvr")[seen:]
    assert "offline" not in told
    assert "suspect" not in told


# ---- the management server -----------------------------------------------------------------------


def test_sessions_go_on_without_the_management_server_and_new_calls_resume(town):
    kept = town.zeep().wsResourceCreate()
    here = {"SessionID": kept}
    town.fleet["mgmtsrvr"].kill()
    for _ in range(5):
        answer = town.call(environment=here)
        assert answer.ok, (answer.code, answer.text)
    direct = town.call(environment={"DomainName": ""})
    assert (direct.ok, direct.server) == (True, "vs1")
    assert town.get("/vhi-ws/session/BankPool?wsdl")[0] == 200
    with town.load(3, environment={"ConnectionTimeout": 20}) as answers:
        town.fleet.start_part("mgmtsrvr")
        town.until(lambda: len(answers) > 30, "new calls are answered")
    assert not failed(answers)
    answer = town.call(environment=here)
    assert answer.ok
    assert answer.server == kept.partition("~")[0]
    town.zeep().wsResourceDestroy(environment=here)


def test_without_a_management_server_a_call_by_domain_says_so_in_time(town):
    town.fleet["mgmtsrvr"].kill()
    answer = town.call(environment={"ConnectionTimeout": 2})
    assert answer.code == 9203, answer.text
    assert 1 < answer.seconds < 10
    assert str(town.fleet.port("mgmtsrvr")) in answer.text


def test_a_restarted_management_server_warms_up_without_a_false_2643(town):
    for _ in range(2):
        with town.load(4, environment={"ConnectionTimeout": 1}) as answers:
            town.until(lambda: len(answers) > 10, "the load runs")
            town.fleet["mgmtsrvr"].kill()
            town.fleet.start_part("mgmtsrvr")
            before = len(answers)
            town.until(lambda n=before: len(answers) > n + 20, "calls go on")
        codes = {code for code, _ in failed(answers)}
        assert 2643 not in codes, failed(answers)
        # a start takes longer than the second these clients wait
        assert codes <= {9203, 9204}, failed(answers)
        town.ready()


def test_a_server_started_without_a_management_server_registers_later(town):
    town.fleet["mgmtsrvr"].kill()
    town.fleet["vs1"].kill()
    town.fleet.start_part("vs1")
    teller = {"userID": "TELLER184", "password": "BANK184"}
    direct = {"kind": "model", "environment": {"DomainName": ""}, "variables": teller}
    town.until(lambda: town.call(**direct).ok, "direct calls are served")
    refused = town.call(environment={"DomainName": "", "ConnectionTimeout": 1})
    assert "session server vs1 has none of its 200 rows at the moment" in refused.text
    town.fleet.start_part("mgmtsrvr")
    town.until(lambda: town.state("vs1") == "online", "it is registered")
    town.ready()
    assert "vs1" in share(town.many(30))


def test_a_frozen_management_server_costs_a_wait_and_no_call(town):
    with town.load(3, environment={"ConnectionTimeout": 20}) as answers:
        town.until(lambda: len(answers) > 10, "the load runs")
        town.fleet["mgmtsrvr"].signal(signal.SIGSTOP)
        time.sleep(2)  # longer than every heartbeat and every answer
        town.fleet["mgmtsrvr"].signal(signal.SIGCONT)
        before = len(answers)
        town.until(lambda: len(answers) > before + 30, "calls go on")
    assert not failed(answers)


# ---- draining ------------------------------------------------------------------------------------


def by_command(town, order):
    command = [town.verdigris, order, "vs1", "--api", town.fleet.api]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def by_rest(town, order):
    assert town.api(f"/servers/vs1/{order}", "POST")["server"] == "vs1"


@pytest.mark.parametrize("tell", [by_command, by_rest])
def test_a_server_is_drained_and_resumed_under_load_without_a_failed_call(town, tell):
    kept = town.zeep().wsResourceCreate(environment={"DomainName": ""})  # on vs1
    with town.load(6) as answers:
        town.until(lambda: len(answers) > 30, "the load runs")
        tell(town, "drain")
        drained = time.monotonic()
        before = len(answers)
        town.until(lambda: len(answers) > before + 40, "calls go on")
        assert town.state("vs1") == "draining"
        assert town.call(environment={"SessionID": kept}).ok
        resumed = time.monotonic()
        tell(town, "resume")
        town.until(
            lambda: [it for it in answers if it.server == "vs1" and it.at > resumed], "it is back"
        )
    assert not failed(answers)
    meanwhile = [it for it in answers if it.at - it.seconds > drained and it.at < resumed]
    assert meanwhile
    assert set(share(meanwhile)) == {"vs2"}
    town.zeep().wsResourceDestroy(environment={"SessionID": kept})


def test_a_drained_server_stays_drained_over_restarts_of_everything(town):
    town.api("/servers/vs1/drain", "POST")
    for name in ("mgmtsrvr", "vs1"):
        town.fleet[name].kill()
        town.fleet.start_part(name)
    town.until(lambda: town.state("vs1") == "draining", "it is drained again")
    town.until(lambda: town.state("vs2") == "online", "the others are back")
    answers = town.many(30)
    assert not failed(answers)
    assert set(share(answers)) == {"vs2"}
    direct = town.call(environment={"DomainName": "", "ConnectionTimeout": 1})
    assert direct.code == 9205, direct.text
