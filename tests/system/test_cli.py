"""`verdigris` as operators use it: a process of its own against a running installation."""

import json
import os
import signal
import subprocess
import time

import pytest

from tests.support.lines import next_line


pytestmark = pytest.mark.processes


@pytest.fixture
def verdigris(town):
    """Run the command line; gives (exit status, standard output, standard error)."""

    def run(*arguments, api=True, **environment):
        found = subprocess.run(
            [town.verdigris, *map(str, arguments)],
            capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                **({"VERDIGRIS_API": town.fleet.api} if api else {}),
                "VERDIGRIS_MANAGEMENT": f"127.0.0.1:{town.fleet.port('mgmtsrvr')}",
                **environment,
            },
        )  # fmt: skip
        assert "Traceback" not in found.stderr, found.stderr
        return found.returncode, found.stdout, found.stderr

    return run


@pytest.fixture
def told(verdigris):
    """The JSON a command prints."""

    def run(*arguments):
        status, out, err = verdigris(*arguments, "--json")
        assert status == 0, err
        return json.loads(out)

    return run


def test_servers_are_listed_with_their_sessions(verdigris, told):
    status, out, _ = verdigris("servers")
    assert status == 0
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert {"vs1", "vs2", "vs3"} <= set(lines)
    assert "online" in lines["vs1"]
    assert "mydomain1" in lines["vs1"]
    assert "\x1b" not in out  # a pipe gets no colours
    found = {it["name"]: it for it in told("servers")}
    assert found["vs2"]["state"] == "online"
    assert {offer["name"] for offer in found["vs2"]["offers"]} == {
        "BankDemo",
        "BankPool",
        "SignOnPool",
    }
    assert [it["name"] for it in told("servers", "vs3")] == ["vs3"]


def test_domains_show_weights_and_priorities(verdigris, told):
    (found,) = told("domains")
    assert [(it["server"], it["weight"], it["priority"], it["percent"]) for it in found["members"]] == [
        ("vs1", 80, 1, 80.0), ("vs2", 20, 1, 20.0), ("vs3", 100, 2, 100.0),
    ]  # fmt: skip
    status, out, _ = verdigris("domains", "mydomain1")
    assert status == 0
    assert "80" in out


def test_pools_and_sessions_are_listed(verdigris, told, town):
    found = {(it["server"], it["name"]): it for it in told("pools")}
    assert found["vs1", "BankPool"]["maximum"] == 50
    assert found["vs1", "SignOnPool"]["started"] is False
    sessions = told("sessions", "vs1")
    assert sessions
    assert {it["model"] for it in sessions} == {"BankDemo"}
    assert {it["entity"] for it in sessions if it["state"] == "idle"} == {"MainMenu"}
    status, out, _ = verdigris("sessions", "vs1", "--screens")
    assert status == 0
    assert "BNK010" in out
    assert "BANK0" not in out


def test_a_pool_is_started_and_stopped(verdigris, told, town):
    assert verdigris("pools", "start", "SignOnPool", "--server", "vs3")[0] == 0

    def started():
        return {it["server"]: it["started"] for it in told("pools") if it["name"] == "SignOnPool"}

    town.until(lambda: started() == {"vs1": False, "vs2": False, "vs3": True}, "it is started")
    assert verdigris("pools", "stop", "SignOnPool", "--server", "vs3")[0] == 0
    town.until(lambda: not any(started().values()), "it is stopped")


def test_a_call_prints_rows(verdigris):
    call = ("call", "BankPool", "CustomerSearch", "LastName=MÜLLER")
    status, out, err = verdigris(*call)
    assert status == 0, err
    assert out.count("MÜLLER") == 4
    status, out, _ = verdigris(*call, "--csv", "--columns", "Number,City")
    assert status == 0
    assert out.splitlines()[0] == "Number,City"
    assert len(out.splitlines()) == 5
    status, out, _ = verdigris(*call, "--json", "--max-rows", "2")
    assert (
        len(json.loads(out)["rows"] if isinstance(json.loads(out), dict) else json.loads(out)) == 2
    )


def test_a_call_of_a_model_takes_variables_and_secrets_unseen(verdigris):
    status, out, err = verdigris(
        "call", "BankDemo", "Loans.CalcCostLoan", "AmtToBorrow=10000", "IntRate=6.5",
        "NumOfMonths=48", "--var", "userID=TELLER183", "--var", "password=BANK183",
    )  # fmt: skip
    assert status == 0, err
    assert "237.15" in out


def test_direct_and_by_domain(verdigris, town):
    call = ("call", "BankPool", "CustomerSearch", "LastName=ABERNATHY")
    assert verdigris(*call, "--server", f"127.0.0.1:{town.fleet.port('vs3')}")[0] == 0
    assert verdigris(*call, "--domain", "mydomain1")[0] == 0
    status, _, err = verdigris(*call, "--domain", "nowhere")
    assert status == 4
    assert "9108" in err


def test_what_can_be_called_is_listed(verdigris):
    status, out, _ = verdigris("call", "--list")
    assert status == 0
    assert "CustomerSearch" in out
    status, out, _ = verdigris("call", "BankDemo", "--list")
    assert status == 0
    assert "LastName" in out


def test_errors_of_a_call_have_numbers_and_statuses(verdigris):
    status, out, err = verdigris("call", "BankPool", "CustomerSearch")
    assert (status, out) == (4, "")
    assert "9103" in err
    status, _, err = verdigris("call", "BankPool", "NoSuch", "A=B")
    assert status == 4
    assert "9102" in err
    status, _, err = verdigris(
        "call", "BankPool", "Transfer", "FromAccount=40000002", "-d", "ToAccount=40000004",
        "-d", "Amount=999999",
    )  # fmt: skip
    assert status == 1
    assert "E307" in err


def test_a_request_is_explained(verdigris, told, town):
    answer = town.call(request_id="explain-me")
    assert answer.ok
    (found,) = told("explain", "explain-me")
    assert (found["outcome"], found["server"]) == ("granted", answer.server)
    (step,) = found["trail"]
    assert step["candidates"] == [["vs1", 80], ["vs2", 20]]
    assert (step["draw"] <= 80) == (answer.server == "vs1")
    status, out, _ = verdigris("explain", "explain-me")
    assert status == 0
    assert "from 1 to 100" in out
    assert answer.server in out
    assert verdigris("explain", "never-heard-of")[0] == 1
    assert len(told("explain", "--last", "3")) == 3


def test_a_server_is_drained_until_it_is_empty_and_resumed(verdigris, town):
    kept = town.call("wsResourceCreate", environment={"DomainName": ""}).all("SessionID")[0]
    command = [town.verdigris, "drain", "vs1", "--wait", "--within", "30", "--api", town.fleet.api]
    try:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as drain:
            town.until(lambda: town.state("vs1") == "draining", "it drains")
            assert drain.poll() is None  # a session is kept there
            assert town.call("wsResourceDestroy", environment={"SessionID": kept}).ok
            out, _ = drain.communicate(timeout=20)
        assert drain.returncode == 0
        assert "no sessions left" in out
        assert {it.server for it in town.many(12, at_once=2)} == {"vs2"}
    finally:
        status, out, _ = verdigris("resume", "vs1")
    assert status == 0
    assert "takes new sessions" in out
    town.until(lambda: town.state("vs1") == "online", "it is back")


def test_everything_is_checked(verdigris, town, names, tmp_path):
    folder = town.fleet.folder
    files = [
        folder / it
        for it in ("plugin-cfg.xml", "installation.xml", "mgmtsrvr.xml", "vs1/sesssrvr.xml")
    ]
    status, out, err = verdigris("check", *files, names.EXAMPLE, api=False)
    assert status == 0, (out, err)
    broken = tmp_path / "installation.xml"
    broken.write_text(
        (folder / "installation.xml").read_text()
        .replace('server="vs1" weight="80"', 'server="vs9" weight="eighty"')
    )  # fmt: skip
    status, out, err = verdigris("check", broken, api=False)
    assert status == 1
    assert "installation.xml:" in out + err
    assert "eighty" in out + err
    status, out, _ = verdigris("check", broken, "--json", api=False)
    assert status == 1
    assert json.loads(out)


def test_nobody_there_is_an_exit_status_of_its_own(verdigris):
    dead = "http://127.0.0.1:9"
    for command in (("servers",), ("domains",), ("explain", "x")):
        status, out, err = verdigris(*command, VERDIGRIS_API=dead)
        assert (status, out) == (3, ""), err
        assert "9215" in err
    status, _, err = verdigris(
        "call", "BankPool", "CustomerSearch", "LastName=X", "--connection-timeout", "1",
        VERDIGRIS_MANAGEMENT="127.0.0.1:9",
    )  # fmt: skip
    assert status == 3, err
    assert "9203" in err


def test_wrong_words_are_a_usage_error_with_a_hint(verdigris):
    status, _, err = verdigris("servres")
    assert status == 2
    assert "servers" in err


def test_watching_repeats_until_interrupted(town):
    command = [
        town.verdigris,
        "servers",
        "--watch",
        "--every",
        "0.2",
        "--json",
        "--api",
        town.fleet.api,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        lines = [next_line(watch) for _ in range(3)]
        watch.send_signal(signal.SIGINT)
        began = time.monotonic()
        watch.wait(10)
        assert time.monotonic() - began < 5
    assert all(len(json.loads(line)) == 3 for line in lines)


def test_questions_are_answered_by_status_code(town):
    assert town.ask("/live")[0] == 200
    assert town.ask("/ready")[0] == 200
    assert town.ask("/domains/mydomain1/can-serve?model=BankDemo")[0] == 200
    assert town.ask("/domains/mydomain1/can-serve?model=NoSuch")[0] == 503
    assert town.ask("/domains/nowhere/can-serve?model=BankDemo")[0] == 404
    assert town.get("/live")[0] == town.get("/ready")[0] == 200
    assert "/servers/{server}/drain" in town.api("/openapi.json")["paths"]
