"""All management servers killed or frozen: the gateway chooses session servers itself, within their limits."""

import re
import signal
import time

import pytest

from tests.support.connections import Peak
from verdigris.errors import NoServerAvailable


pytestmark = pytest.mark.processes

MANAGERS = ("mgmtsrvr", "mgmtsrvr2")
POOL_LIMIT, SERVERS = 4, 2
CLIENTS = 8
"""As many as there are sessions: those that find none wait for one."""

BEGAN = "no management server answers: session servers are chosen here"
ENDED = "a management server answers again"


@pytest.fixture(scope="module")
def town(start, names, bank_here):
    bank = bank_here()
    bank.control.lines = Peak(bank.address[1])
    changes = [
        names.pool_setting("max-concurrent-sessions", POOL_LIMIT),
        names.pool_setting("max-idle-sessions", POOL_LIMIT),
        names.pool_setting("max-pending-sessions", POOL_LIMIT),
    ]
    made = start(
        {"deploy/deploy_desc.xml": changes},
        bank=bank,
        ready=False,
        secure=True,
        managers=len(MANAGERS),
        workers=2,
        members=names.SEED_DOMAIN[:SERVERS],
        plugin={"maxClientSessions": "1000"},
    )
    made.until(lambda: made.call().ok, "calls are served")
    made.until(lambda: "allocation table" in made.get("/ready")[1], "it has the table")
    return made


@pytest.fixture(autouse=True)
def _all_are_back(town):
    """However a test ended: every part runs, and the management servers decide."""
    yield
    for name in town.fleet.names():
        town.fleet[name].signal(signal.SIGCONT)
        if not town.fleet[name].running:
            town.fleet.start_part(name)
    town.until(lambda: figure(town, "autonomous") == 0, "the management servers decide")
    town.until(lambda: town.call().ok, "calls are served")


def figure(town, name):
    """A figure of the gateway: the largest of its workers."""
    found = re.search(rf"^verdigris_gateway_{name} (\S+)$", town.get("/metrics")[1], re.MULTILINE)
    return float(found[1])


def kill(town):
    for name in MANAGERS:
        town.fleet[name].kill()


def freeze(town):
    for name in MANAGERS:
        town.fleet[name].signal(signal.SIGSTOP)


def start_again(town):
    for name in MANAGERS:
        town.fleet.start_part(name)


def thaw(town):
    for name in MANAGERS:
        town.fleet[name].signal(signal.SIGCONT)


def failed(answers):
    return [(it.code, it.text) for it in answers if not it.ok]


@pytest.mark.parametrize(("away", "back"), [(kill, start_again), (freeze, thaw)])
def test_under_load_no_call_is_lost_and_no_limit_passed(town, away, back):
    with town.load(CLIENTS) as answers:
        town.until(lambda: len(answers) > 40, "the load runs")
        began = time.monotonic()
        away(town)
        town.until(lambda: figure(town, "autonomous") == 1, "the figure says so")
        before = len(answers)
        town.until(lambda: len(answers) > before + 100, "calls go on")
        ready = town.get("/ready")
        assert ready[0] == 200
        assert BEGAN in ready[1]
        assert "s old)" in ready[1]
        assert 0 <= figure(town, "allocation_table_age_seconds") < 60
        back(town)
        town.until(lambda: figure(town, "autonomous") == 0, "they decide again")
        before = len(answers)
        town.until(lambda: len(answers) > before + 50, "calls go on")
    assert not failed(answers)
    assert BEGAN in town.log("gateway")
    assert ENDED in town.log("gateway")
    assert 0 < town.host.control.lines.highest <= SERVERS * POOL_LIMIT
    late = [it for it in answers if it.at - it.seconds > began]
    assert {it.server for it in late} == {"vs1", "vs2"}


def test_the_first_calls_wait_for_about_a_second_and_the_others_for_nothing(town):
    freeze(town)
    town.until(lambda: figure(town, "autonomous") == 1, "the gateway is alone")
    answers = [town.call() for _ in range(20)]
    assert not failed(answers)
    assert sorted(it.seconds for it in answers)[10] < 0.9  # those of the worker that knows


def test_sessions_that_run_do_not_notice(town):
    created = town.call("wsResourceCreate", environment={})
    (session,) = created.all("SessionID")
    kill(town)
    town.until(lambda: figure(town, "autonomous") == 1, "the gateway is alone")
    for _ in range(6):  # both workers: also the one that has to look up where it is
        found = town.call(environment={"SessionID": session})
        assert found.ok, (found.code, found.text)
        assert found.server == session.partition("~")[0]
    new = town.call("wsResourceCreate", environment={})
    assert new.ok, (new.code, new.text)
    for it in (session, *new.all("SessionID")):
        assert town.call("wsResourceDestroy", environment={"SessionID": it}).ok


def test_full_is_2643_as_a_management_server_would_say(town):
    kill(town)
    town.until(lambda: figure(town, "autonomous") == 1, "the gateway is alone")
    kept = []
    for _ in range(SERVERS * POOL_LIMIT):
        created = town.call("wsResourceCreate", environment={"ConnectionTimeout": 20})
        assert created.ok, (created.code, created.text)
        kept += created.all("SessionID")
    refused = town.call(environment={"ConnectionTimeout": 1})
    assert refused.code == NoServerAvailable.code
    assert "pool limit of 4" in refused.body.decode() or "busy" in refused.text
    for it in kept:
        assert town.call("wsResourceDestroy", environment={"SessionID": it}).ok
    assert town.call().ok


def test_a_session_server_that_is_away_meanwhile_is_left_out(town):
    kill(town)
    town.until(lambda: figure(town, "autonomous") == 1, "the gateway is alone")
    vs1 = town.fleet["vs1"]
    vs1.signal(signal.SIGSTOP)
    answers = [town.call() for _ in range(20)]
    assert not failed(answers)
    assert answers[-1].server == "vs2"
    vs1.signal(signal.SIGCONT)
    town.until(lambda: town.call().server == "vs1", "it gets calls again")
    vs1.kill()  # it will have no rows of its variable list before a management server gives it some
    answers = [town.call() for _ in range(20)]
    assert not failed(answers)
    assert {it.server for it in answers} == {"vs2"}


def test_a_gateway_that_starts_alone_serves(town):
    kill(town)
    town.fleet["gateway"].kill()
    town.fleet.start_part("gateway")
    town.until(lambda: town.call().ok, "it serves")
    assert "the allocation table that is kept is" in town.log("gateway")
    town.until(lambda: figure(town, "autonomous") == 1, "it says so")
    assert all(it.ok for it in town.many(20))
