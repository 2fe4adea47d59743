"""Kept sessions: made by one call, used by many, through any gateway, and ended."""

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from zeep.exceptions import Fault


pytestmark = pytest.mark.processes

SESSION_GONE = 9107
SHORT = '<sessions suspend-minutes="0.08"/>'
"""4.8 seconds: longer than a busy machine keeps a call waiting."""
TELLER = {"userID": "TELLER185", "password": "BANK185"}


def create(town, gateway="gateway", **environment):
    found = town.call("wsResourceCreate", gateway=gateway, environment=environment)
    assert found.ok, (found.code, found.text)
    (session,) = found.all("SessionID")
    return session


def use(town, session, gateway="gateway", **more):
    return town.call(gateway=gateway, environment={"SessionID": session}, **more)


def destroy(town, session, gateway="gateway"):
    return town.call("wsResourceDestroy", gateway=gateway, environment={"SessionID": session})


def suspended(town, server):
    return town.pools()[server]["suspended"]


def test_a_session_is_made_used_and_ended(town):
    session = create(town)
    server, tilde, key = session.partition("~")
    assert server in {"vs1", "vs2"}
    assert (tilde, bool(re.fullmatch(r"[0-9a-f]{16,}", key))) == ("~", True)
    town.until(lambda: suspended(town, server) == 1, "it is kept")
    for _ in range(4):
        answer = use(town, session)
        assert (answer.ok, answer.server) == (True, server)
    assert destroy(town, session).ok
    town.until(lambda: suspended(town, server) == 0, "it is given back")
    answer = use(town, session)
    assert (answer.code, answer.status) == (SESSION_GONE, 500)
    assert destroy(town, session).code == SESSION_GONE
    assert key not in answer.body.decode()


def test_it_is_the_same_host_session_all_the_time(town):
    session = create(town)
    users = set()
    for _ in range(3):
        said = town.zeep().getModelVariables(environment={"SessionID": session})
        users.add(said.userID)
    assert len(users) == 1
    destroy(town, session)


def test_variables_live_as_long_as_the_session(town):
    service, here = town.zeep(), None
    session = create(town)
    here = {"environment": {"SessionID": session}}
    assert not service.getModelVariables(**here).newAccount
    service.openAccount(
        openAccountData={"CustomerNumber": 100005, "AccountType": "CUR", "Currency": "GBP"}, **here
    )
    number = service.getModelVariables(**here).newAccount
    assert int(number) > 40004108
    assert service.closeAccount(closeAccountFilters={"AccountNumber": int(number)}, **here) == 1
    destroy(town, session)


def test_another_gateway_carries_it_on(town):
    session = create(town)
    for gateway in ("gateway2", "gateway", "gateway2"):
        answer = use(town, session, gateway)
        assert answer.ok, (answer.code, answer.text)
        assert answer.server == session.partition("~")[0]
    assert destroy(town, session, "gateway2").ok
    assert use(town, session).code == SESSION_GONE


def test_the_session_id_wins_over_a_domain(town):
    session = create(town, DomainName="")
    answer = town.call(environment={"SessionID": session, "DomainName": "nowhere"})
    assert (answer.ok, answer.server) == (True, "vs1")
    destroy(town, session)


def test_a_session_of_a_model_has_its_own_user(town):
    service = town.zeep("model")
    session = service.wsResourceCreate(modelVariables=TELLER)
    here = {"SessionID": session}
    assert service.getModelVariables(environment=here).userID == "TELLER185"
    assert len(service.customerSearch(here, None, {"LastName": "JONES"})) == 42
    service.wsResourceDestroy(environment=here)
    with pytest.raises(Fault, match="does not exist"):
        service.getModelVariables(environment=here)


def test_a_failed_call_keeps_the_session(town):
    session = create(town)
    transfer = {
        "filters": {"FromAccount": 40000002},
        "data": {"ToAccount": 40000004, "Amount": "999999"},
    }
    answer = use(town, session, operation="transfer", **transfer)
    assert answer.code == 9404, answer.text
    assert use(town, session).ok
    assert use(town, session, filters={"LastName": "X" * 30}).code // 100 == 91
    assert use(town, session).ok
    destroy(town, session)


def test_two_calls_at_once_are_refused_and_the_session_lives(town):
    session = create(town)
    with ThreadPoolExecutor(6) as clients:
        many = {"filters": {"LastName": "SMITH"}}
        answers = list(clients.map(lambda _: use(town, session, **many), range(12)))
    codes = {it.code for it in answers}
    assert codes <= {0, 9110}, [(it.code, it.text) for it in answers]
    assert 0 in codes
    assert use(town, session).ok
    assert destroy(town, session).ok


@pytest.mark.parametrize(
    "session",
    [
        "vs1~00000000000000000000000000000000",
        "vs9~00000000000000000000000000000000",
        "no session at all",
        "~",
        "vs1",
        "../../x~1",
        "x" * 500,
    ],
)
def test_an_unknown_id_is_a_clear_fault(town, session):
    answer = use(town, session)
    assert answer.status == 500
    assert answer.code in {SESSION_GONE, 9112}, answer.text
    assert answer.root.findtext(".//faultcode").endswith("Client")
    assert answer.seconds < 2
    assert destroy(town, session).code in {SESSION_GONE, 9112}


def test_a_session_id_belongs_to_the_calls_that_take_one(town):
    assert town.call("wsResourceDestroy").code == 9100
    session = create(town)
    assert town.call("wsResourceCreate", environment={"SessionID": session}).code == 9100
    assert destroy(town, session).ok


# ---- what happens to servers and time ------------------------------------------------------------


@pytest.fixture(scope="module")
def short(start, names):
    """A town whose servers are killed and whose kept sessions live for a short time."""
    return start(members=names.SEED_DOMAIN[:2], gateways=2, settings=SHORT)


@pytest.fixture
def fragile(short):
    """It, whole again after each test."""
    yield short
    short.fleet["vs1"].signal(signal.SIGCONT)
    if not short.fleet["vs1"].running:
        short.fleet.start_part("vs1")
    short.ready()


def test_a_kept_session_expires(fragile):
    session = create(fragile)
    server = session.partition("~")[0]
    assert use(fragile, session).ok
    fragile.until(lambda: suspended(fragile, server) == 1, "it is kept")
    fragile.until(lambda: suspended(fragile, server) == 0, "it expires")
    answer = use(fragile, session)
    assert answer.code == SESSION_GONE, answer.text
    fragile.quiet()


def test_every_call_begins_the_time_anew(fragile):
    session = create(fragile)
    began = time.monotonic()
    while time.monotonic() - began < 6:  # longer than it is kept
        answer = use(fragile, session)
        assert answer.ok, (time.monotonic() - began, answer.text)
        time.sleep(0.5)  # what is tested is that time passes
    assert destroy(fragile, session).ok


def test_the_sessions_of_a_killed_server_are_gone_and_the_fault_says_so(fragile):
    session = create(fragile, DomainName="")
    fragile.fleet["vs1"].kill()
    answer = fragile.call(environment={"SessionID": session, "ConnectionTimeout": 1})
    assert answer.code in {SESSION_GONE, 9202}, answer.text
    assert "vs1" in answer.text
    assert answer.seconds < 4
    for gateway in ("gateway", "gateway2"):
        assert fragile.call(gateway=gateway).ok  # others go on
    fragile.fleet.start_part("vs1")
    fragile.ready()
    answer = use(fragile, session)
    assert answer.code == SESSION_GONE, answer.text
    assert destroy(fragile, session).code == SESSION_GONE


def test_the_sessions_of_a_frozen_server_wait_for_it(fragile):
    session = create(fragile, DomainName="")
    vs1 = fragile.fleet["vs1"]
    vs1.signal(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as client:
        waiting = client.submit(use, fragile, session)
        fragile.until(lambda: fragile.state("vs1") in {"suspect", "offline"}, "it is noticed")
        vs1.signal(signal.SIGCONT)
        answer = waiting.result(30)
    assert answer.ok or answer.code in {SESSION_GONE, 9206}, (answer.code, answer.text)
    assert answer.seconds < 5
    fragile.ready()
    fragile.quiet()
