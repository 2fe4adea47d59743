"""The real chain in memory: wire, pool, interpreter, 3270 terminal, demo bank; time is simulated."""

import pytest

from hostemul.faults import QUIET, Faults
from sesssrvr.pool import PoolKey
from verdigris.errors import VerdigrisError
from verdigris.wire import (
    Claim,
    Deploy,
    Deployed,
    Describe,
    ListSessions,
    Login,
    Open,
    Perform,
    Ran,
    Reserve,
    Reserved,
    Run,
    Undeploy,
)


POOL = Open("pool", "BankPool", Login(), {})
SEARCH = Perform("", "", "CustomerSearch", {"LastName": "SMITH"}, {})
RUN = Run(POOL, SEARCH)


@pytest.fixture
def served(bank_front, bank_package):
    """A server with BankDemo, its pool filled, and a client."""
    it = bank_front()
    client = it.client()
    assert isinstance(client.ask(Deploy(bank_package)), Deployed)
    it.go(2)
    return it, client


@pytest.mark.parametrize("described", [True, False])
def test_no_call_fails_while_the_model_is_deployed_anew(
    bank_front, bank_package, without_descriptors, described
):
    it = bank_front()
    clients = [it.client() for _ in range(8)]
    clients[0].ask(Deploy(bank_package))
    it.go(2)
    again = bank_package if described else without_descriptors(bank_package)
    failed, done = [], 0
    calls = {}
    for turn in range(45):
        if turn in (10, 20, 21):
            assert isinstance(it.client().ask(Deploy(again)), Deployed)
        for client in clients:
            call = calls.get(client)
            if call is None or call.found:
                done += call is not None and isinstance(call.found[0], Ran)
                failed += [call.found[0]] if call and not isinstance(call.found[0], Ran) else []
                got = client.ask(
                    Reserve("pool", "BankPool", "u", "l", "d", turn), request=repr(client)
                )
                if not isinstance(got, Reserved):
                    failed.append(got)
                    continue
                claim = Claim(got.session, got.claim, Login(), {})
                calls[client] = client.send(Run(claim, SEARCH), seconds=20)
        it.go(0.05)
        for client in clients:
            client.pump()
    assert failed == []
    assert done > 30


def idle(it):
    return it.counts("BankPool").get("idle", 0)


def test_a_pool_signs_on_and_a_procedure_returns_typed_rows(served):
    it, client = served
    assert it.counts("BankPool") == {"idle": 2}
    listed = client.ask(ListSessions()).sessions
    assert {one.entity for one in listed} == {"MainMenu"}
    ran = client.ask(RUN)
    assert isinstance(ran, Ran), ran.details
    names = [name for name, _ in ran.answer.columns]
    assert names == ["Number", "LastName", "FirstName", "City", "Accounts"]
    assert len(ran.answer.rows) > 14  # more than a page of the bank's list
    assert {row[1] for row in ran.answer.rows} == {"SMITH"}
    assert isinstance(ran.answer.rows[0][0], int)
    it.go(1)
    assert it.counts("BankPool") == {"idle": 2}


def test_every_pooled_session_is_signed_on_as_another_teller(served):
    it, client = served
    for _ in range(6):
        client.send(POOL)
        it.go(0.1)
    it.go(2)
    client.pump()
    assert it.control.sign_ons >= 6
    ran = client.ask(RUN)
    assert isinstance(ran, Ran)
    assert it.counts("BankPool").get("quarantined", 0) == 0


def test_a_model_connect_signs_on_for_each_client_and_leaves(served):
    it, client = served
    opening = Open("model", "BankDemo", Login(), {"userID": "TELLER150", "password": "BANK150"})
    ran = client.ask(Run(opening, SEARCH))
    assert isinstance(ran, Ran), ran.details
    it.go(1)
    assert it.control.sessions == 2


def test_a_refused_sign_on_is_the_hosts_word_and_no_secret_is_told(served):
    it, client = served
    opening = Open("model", "BankDemo", Login(), {"userID": "TELLER150", "password": "WR0NG"})
    error = client.ask(Run(opening, SEARCH))
    assert isinstance(error, VerdigrisError)
    assert "WR0NG" not in f"{error} {error.details}"
    assert error.details["screen"]
    assert it.sessions.state.size == 2


def test_an_undeployed_model_takes_its_sessions_along(served):
    it, client = served
    client.ask(Undeploy("BankDemo"))
    it.go(1)
    assert it.control.sessions == 0
    assert client.ask(Reserve("pool", "BankPool", "u", "l", "d")).reason == "not offered"
    assert "no session pool named BankPool" in str(client.ask(Describe("pool", "BankPool")))


FAULTS = {
    "dropped": lambda record: Faults(drop_after=record),
    "garbled": lambda record: Faults(garble_record=record + 1),
    "stalled": lambda record: Faults(stall_after=record),
    "unknown": lambda record: Faults(unknown_after=record),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("record", range(12))
def test_a_host_that_fails_at_any_record_costs_bounded_time_and_at_most_the_session(
    bank_front, bank_package, fault, record
):
    """Records 0 to 3 are the sign-on, the rest the search and its pages (in a session of its own)."""
    it = bank_front(maximum=4)
    client = it.client()
    client.ask(Deploy(bank_package))
    it.control.faults = FAULTS[fault](record)
    it.go(1)
    began = it.clock.seconds()
    outcome = client.ask(RUN, seconds=40)
    assert it.clock.seconds() - began <= 40.1
    if isinstance(outcome, Exception):
        assert isinstance(outcome, VerdigrisError)
        assert outcome.code not in (9000, 9001), outcome
        assert "BANK0" not in f"{outcome} {outcome.details}"
    it.control.faults = QUIET
    it.go(420)  # the pool heals by itself: quarantine over, connects tried again
    assert idle(it) >= 1
    assert it.sessions.state.pools[PoolKey("pool", "BankPool")].counts.get("quarantined", 0) == 0
    ran = client.ask(RUN)
    assert isinstance(ran, Ran), (ran, ran.details)
    it.go(1)
    assert it.control.sessions == it.sessions.state.size


def test_a_host_that_restarts_gets_its_sessions_back(served):
    it, client = served
    it.control.drop_all()
    it.go(3)
    assert it.counts("BankPool") == {"idle": 2}
    assert isinstance(client.ask(RUN), Ran)


def test_a_sign_on_that_the_host_refuses_names_the_user_and_is_not_tried_again_at_once(served):
    it, client = served
    wrong = Open("model", "BankDemo", Login(), {"userID": "TELLER150", "password": "WRONG"})
    said = []
    for _ in range(2):
        said.append(str(client.ask(wrong)))
        it.go(10)
    assert "not valid (user TELLER150); this user is not tried again for 60 s" in said[0]
    assert "not valid (user TELLER150); this user is not tried again for 50 s" in said[1]
    right = Open("model", "BankDemo", Login(), {"userID": "TELLER150", "password": "BANK150"})
    assert not isinstance(client.ask(right), VerdigrisError)
