"""Session calls over the wire: batches, whose session it is, and what a broken call may have done.

The real chain in memory: wire, pool, interpreter, 3270 terminal, demo bank; time is simulated.
"""

import pytest

from hostemul.faults import Faults
from verdigris.errors import (
    BadSessionCall,
    HostConnectionLost,
    MethodTimedOut,
    SessionBusy,
    SessionGone,
    SessionOfAnother,
    TooLarge,
)
from verdigris.wire import (
    CallSession,
    Deploy,
    Done,
    Login,
    Open,
    Perform,
    Ran,
    Release,
    Resume,
    Run,
    SessionCalled,
    Suspend,
)
from verdigris.wire import session_calls as calls


POOL = Open("pool", "BankPool", Login(), {})


class Session:
    """A session of a client, for calls."""

    def __init__(self, client, opening=POOL):
        self.client = client
        opened = client.ask(opening)
        self.id = opened.session

    def send(self, *wanted, seconds=30.0):
        return self.client.send(CallSession.of(self.id, wanted), seconds)

    def __call__(self, *wanted, seconds=30.0):
        """Results of calls, and the error of the one that failed."""
        answer = self.send(*wanted, seconds=seconds).outcome(seconds)
        if not isinstance(answer, SessionCalled):
            return answer
        pairs = zip(wanted, answer.results, strict=False)
        found = [calls.read_result(type(call), data) for call, data in pairs]
        failure = answer.failure
        return found, None if failure is None else failure.error()


@pytest.fixture
def served(bank_front, bank_package):
    """A server with BankDemo and its pool filled."""
    it = bank_front()
    it.client().ask(Deploy(bank_package))
    it.go(2)
    return it


SEARCH = (
    calls.SetCurrentEntity("CustomerSearch"),
    calls.SetAttributes({"LastName": "SMITH"}),
    calls.PerformEntityOperation("Search"),
)


def test_a_batch_is_one_round_trip_and_equals_the_procedure(served):
    session = Session(served.client())
    found, problem = session(*SEARCH, calls.FetchRecords(fields=("Number",)))
    assert problem is None
    assert found[:3] == [None, None, "CustomerList"]
    rows = served.client().ask(
        Run(POOL, Perform("", "", "CustomerSearch", {"LastName": "SMITH"}, {}))
    )
    assert [one["Number"] for one in found[3]] == [str(row[0]) for row in rows.answer.rows]


def test_a_batch_stops_at_the_first_error_and_tells_what_was_done(served):
    session = Session(served.client())
    found, problem = session(
        calls.GetCurrentEntity(),
        calls.SetCurrentEntity("Nowhere"),
        calls.SetCurrentEntity("Transfer"),
    )
    assert found == ["MainMenu"]
    assert (problem.code, problem.effect) == (9125, "none")
    assert session(calls.GetCurrentEntity()) == (["MainMenu"], None)


@pytest.mark.parametrize(
    ("wanted", "effect"),
    [
        ((calls.GetAttributes(("Nothing",)),), "none"),
        ((calls.InsertStringAtCursor("1"), calls.GetAttributes(("Nothing",))), "none"),
        ((calls.SetCurrentEntity("Transfer"), calls.GetAttributes(("Nothing",))), "unknown"),
        ((calls.PerformAidKey("PF3"), calls.WaitForString("NOWHERE", 0, 0, 1)), "unknown"),
        (
            (calls.PerformTableProcedure("", "CustomerSearch", filters={"LastName": "SMITH"}),
             calls.GetAttributes(("Nothing",))),
            "none",
        ),
    ],
    ids=["look", "typed", "gone elsewhere", "key", "read-only procedure"],
)  # fmt: skip
def test_the_error_of_a_batch_says_whether_the_host_may_have_acted(served, wanted, effect):
    _, problem = Session(served.client())(*wanted)
    assert problem.effect == effect


def test_no_call_is_begun_if_one_is_not_valid(served):
    session = Session(served.client())
    raw = CallSession(
        session.id,
        (
            calls.as_sent(calls.SetCurrentEntity("Transfer")),
            calls.as_sent({"call": "SetCurentEntity"}),
        ),
    )
    refused = session.client.ask(raw)
    assert isinstance(refused, BadSessionCall)
    assert refused.details["number"] == 2
    assert session(calls.GetCurrentEntity()) == (["MainMenu"], None)
    many = [calls.GetCurrentEntity()] * 1001
    assert isinstance(session(*many), TooLarge)


# ---- whose session it is ------------------------------------------------------------------------


def test_a_session_is_of_one_client_and_nobody_else_s(served):
    one, other = served.client(), served.client()
    session = Session(one)
    for body in (
        CallSession.of(session.id, (calls.GetScreen(),)),
        Suspend(session.id, 5),
        Release(session.id),
        Resume(session.id, Login(), {}),
    ):
        assert isinstance(other.ask(body), SessionGone | SessionBusy), body
    assert session(calls.GetCurrentEntity()) == (["MainMenu"], None)


def test_one_batch_at_a_time(served):
    session = Session(served.client())
    waiting = session.send(calls.WaitForString("NOWHERE", 0, 0, 5), calls.GetCurrentEntity())
    served.go(0.5)
    assert isinstance(session(calls.GetCurrentEntity()), SessionBusy)
    assert isinstance(
        session.client.ask(Perform(session.id, "", "CustomerSearch", {}, {})), SessionBusy
    )
    answer = waiting.outcome()
    assert answer.failure.code == 9403
    assert answer.results == ()


def test_another_client_goes_on_where_the_first_has_suspended(served):
    first = Session(served.client())
    first(
        *SEARCH,
        calls.FetchRecords(3),
        calls.SetClientState({"step": "chosen"}),
        calls.SetLoggingLevel("LOG_ALL_MESSAGES"),
        calls.EnableTerminalAttributes(enabled=True),
    )
    assert first.client.ask(Suspend(first.id, 5)) == Done()
    second = Session(served.client(), Resume(first.id, Login(), {}))
    assert second(
        calls.GetCurrentEntity(),
        calls.GetCurrentRecordIndex(),
        calls.GetClientState(),
        calls.GetLoggingLevel(),
    ) == (["CustomerList", 3, {"step": "chosen"}, "LOG_ALL_MESSAGES"], None)
    found, _ = second(calls.GetFieldLocations(("Number",)))
    assert found[0]["Number"].attributes is not None


def test_the_next_client_finds_nothing_of_the_one_before(served):
    first = Session(served.client())
    first(
        calls.SetClientState({"step": "1"}),
        calls.SetAttributesDelayed({"LastName": "X"}, "CustomerSearch"),
    )
    first.client.ask(Release(first.id))
    served.go(1)
    for _ in range(2):  # the pool has two sessions
        again = Session(served.client())
        assert again(calls.GetClientState()) == ([{}], None)
        found, _ = again(calls.SetCurrentEntity("CustomerSearch"), calls.GetScreen())
        assert " X " not in "".join(found[1].lines)


def test_a_suspended_session_is_resumed_by_its_user_only(served):
    opening = Open("pool", "BankPool", Login("ops", "s"), {})
    first = Session(served.client(), opening)
    first.client.ask(Suspend(first.id, 5))
    refused = served.client().ask(Resume(first.id, Login("eve", "s"), {}))
    assert isinstance(refused, SessionOfAnother)


# ---- in one round trip --------------------------------------------------------------------------


def test_open_calls_and_close_in_one_message(served):
    ran = served.client().ask(Run(POOL, CallSession.of("", (calls.GetCurrentEntity(),))))
    assert isinstance(ran, Ran)
    assert calls.read_result(calls.GetCurrentEntity, ran.answer.results[0]) == "MainMenu"
    served.go(1)
    assert served.counts("BankPool") == {"idle": 2}


def test_a_batch_that_fails_leaves_a_suspended_session_where_it_is(served):
    client = served.client()
    ran = client.ask(
        Run(POOL, CallSession.of("", (calls.SetCurrentEntity("Transfer"),)), "suspend", 5)
    )
    kept = ran.opened.session
    wanted = (calls.GetCurrentEntity(), calls.PerformEntityOperation("Nothing"))
    again = client.ask(Run(Resume(kept, Login(), {}), CallSession.of("", wanted), "suspend", 5))
    assert again.answer.failure.code == 9125
    assert again.opened.entity == "Transfer"
    assert served.counts("BankPool")["suspended"] == 1
    bad = CallSession("", (calls.as_sent({"call": "X"}),))
    assert isinstance(client.ask(Run(Resume(kept, Login(), {}), bad, "suspend", 5)), BadSessionCall)
    assert served.counts("BankPool")["suspended"] == 1


# ---- a host that goes away ----------------------------------------------------------------------


LOST = {
    "look": calls.GetScreen(),
    "typing": calls.InsertStringAtCursor("1"),
    "key": calls.PerformAidKey("Enter"),
    "navigation": calls.SetCurrentEntity("Transfer"),
    "operation": calls.PerformEntityOperation("ToTransfer"),
    "wait": calls.WaitForString("NOWHERE", 0, 0, 5),
    "attributes": calls.GetAttributes(),
    "records": calls.FetchRecords(),
    "procedure": calls.PerformTableProcedure("", "CustomerSearch", filters={"LastName": "SMITH"}),
}


def drop(served):
    """The bank ends every connection."""
    for _ends, wires in served.bank.lines:
        wires[0].loseConnection()


@pytest.mark.parametrize("kind", LOST)
def test_a_host_that_was_lost_before_a_call(served, kind):
    session = Session(served.client())
    drop(served)
    served.go(0.2)
    found, problem = session(LOST[kind])
    assert found == []
    assert isinstance(problem, HostConnectionLost)
    assert problem.effect == "none"


@pytest.mark.parametrize("kind", ["navigation", "operation", "procedure", "wait"])
def test_a_host_that_is_lost_during_a_call(served, kind):
    session = Session(served.client())
    if kind == "wait":
        sent = session.send(calls.GetCurrentEntity(), LOST[kind])
        served.go(0.2)
        drop(served)
        answer = sent.outcome()
    else:
        served.bank.site.control.faults = Faults(drop_after=1)
        sent = session.send(calls.GetCurrentEntity(), LOST[kind])
        answer = sent.outcome()
    assert len(answer.results) == 1
    assert answer.failure.code == 9302
    expected = "none" if kind in ("wait", "procedure") else "unknown"
    assert answer.failure.effect == expected


def test_a_call_whose_time_is_up_says_what_it_awaited(served):
    session = Session(served.client())
    found, problem = session(
        calls.GetCurrentEntity(), calls.WaitForEntity("Transfer", 60), seconds=3.0
    )
    assert found == ["MainMenu"]
    assert isinstance(problem, MethodTimedOut)
    assert problem.details["awaited"] == "entity Transfer"
    assert problem.details["nearest"] == "MainMenu"
    assert "MAIN MENU" in problem.details["screen"]


def test_a_session_is_of_use_after_its_client_has_pressed_anything(served):
    session = Session(served.client())
    session(calls.PerformAidKey("PF8"), calls.InsertStringAtCursor("9"))
    session.client.leave()
    served.go(3)
    assert served.counts("BankPool") == {"idle": 2}


@pytest.mark.session_call("WaitForHostSilence")
def test_silence_is_waited_for_on_the_server_s_clock(served):
    session = Session(served.client())
    before = served.clock.seconds()
    assert session(calls.WaitForHostSilence(1.5, 5)) == ([None], None)
    assert served.clock.seconds() - before >= 1.5
    _, problem = session(calls.WaitForHostSilence(5, 1))
    assert problem.code == 9403
    assert "silent for 5 seconds" in str(problem)
