"""Management servers and operators are answered; what nobody should see is not told."""

import pytest

from mgmtsrvr.store import MemoryStore
from sesssrvr.pool import PoolKey, PoolSettings, Released, SlotIsFree, Stopping
from sesssrvr.traces.trace_store import TraceStore
from verdigris.errors import (
    AtLimit,
    BadRequest,
    Cancelled,
    Draining,
    ForeignServer,
    NotOffered,
    PoolStopped,
    ProtocolError,
    StaleLease,
    VariableListExhausted,
)
from verdigris.link import Link, Silent
from verdigris.wire import (
    Allocate,
    CancelReservation,
    Done,
    GetStatus,
    Hello,
    ListSessions,
    ListTraces,
    Login,
    Offer,
    Offers,
    Open,
    Perform,
    PoolStatus,
    PoolValues,
    ReadTrace,
    Release,
    Reserve,
    Reserved,
    Run,
    SetAdminState,
    SetPool,
    SlotFreed,
    Suspend,
    WakeUp,
    WatchOffers,
)
from verdigris.wire import Traces as TracesAre


class Notices(Silent):
    """Remembers what the peer tells."""

    def __init__(self, found):
        self.found = found

    def told(self, link, notice):
        self.found.append(notice)


OPEN = Open("pool", "P", Login("ops", "s3cret"), {})
RESERVE = Reserve("pool", "P", "ops", "here", "d")


def pool(maximum=3, **more):
    return PoolSettings(PoolKey("pool", "P"), "M", maximum, maximum_idle=maximum, **more)


@pytest.fixture
def served(front):
    """A server with a pool of two ready sessions, and somebody on a link."""
    it = front(pool(initial=2))
    return it, it.client()


def test_status_counts_every_session_by_its_state(served):
    it, client = served
    client.ask(RESERVE)
    session = client.ask(OPEN).session
    client.ask(Suspend(session, 1))
    client.ask(Open("model", "M", Login(), {}))
    status = client.ask(GetStatus()).status
    assert (status.boot, status.maximum, status.draining) == ("boot1", 1000, False)
    assert (status.reserved, status.suspended, status.active) == (1, 1, 1)
    values = PoolValues(*it.sessions.state.pools[PoolKey("pool", "P")].settings.numbers)
    assert status.pools == (
        PoolStatus(
            "P",
            "M",
            started=True,
            suspended=1,
            reserved=1,
            maximum=3,
            packaged=values,
            in_force=values,
        ),
    )


def test_the_session_list_names_users_and_entities_and_no_keys(served):
    _it, client = served
    opened = client.ask(OPEN, request="r7")
    listed = client.ask(ListSessions(screens=True)).sessions
    assert [(one.id, one.state, one.user, one.entity) for one in listed] == [
        (1, "active", "ops", "HOME"),
        (2, "idle", "", "HOME"),
    ]
    assert listed[0].request_id == "r7"
    assert listed[0].screen.startswith("HOME")
    key = opened.session.partition("~")[2]
    assert key not in str([(one.problem, one.screen, one.name) for one in listed])
    assert client.ask(ListSessions()).sessions[0].screen == ""


def test_traces_are_listed_and_read_by_request_and_name(served, tmp_path):
    it, client = served
    assert client.ask(ListTraces()) == TracesAre(())
    problem = client.ask(ReadTrace("r9"))
    assert (problem.code, problem.facts["what"]) == (9123, "r9")
    it.sessions.traces = TraceStore(tmp_path, lambda: 1_000.0)
    name = it.sessions.traces.save("// 1\n", "r9", problem)
    (kept,) = client.ask(ListTraces()).traces
    assert (kept.name, kept.time, kept.request_id) == (name, 1_000.0, "r9")
    assert kept.error.startswith("9123 ")
    for wanted in ("r9", name):
        found = client.ask(ReadTrace(wanted))
        assert (found.name, found.text.splitlines()[-1]) == (name, "// 1")
    assert client.ask(ReadTrace("r8")).code == 9123


def test_the_traffic_of_a_live_session_is_read_by_its_number(served):
    _it, client = served
    client.ask(OPEN)
    found = client.ask(ReadTrace(session=1))
    assert found.name == "session-1"
    assert "< 0x0" in found.text
    assert client.ask(ReadTrace(session=99)).code == 9123


def test_the_same_attempt_has_the_same_answer_and_a_cancelled_one_none(served):
    _, client = served
    first = client.ask(RESERVE, request="r1")
    again = client.ask(RESERVE, request="r1")
    assert isinstance(first, Reserved)
    assert (again.session, again.claim) == (first.session, first.claim)
    assert client.ask(CancelReservation("r1", 1)) == Done()
    assert isinstance(client.ask(RESERVE, request="r1"), Cancelled)


def test_a_drained_server_refuses_new_sessions_and_says_so(served):
    _it, client = served
    assert client.ask(SetAdminState("drain")) == Done()
    refused = client.ask(RESERVE)
    assert (refused.reason, refused.limit) == ("draining", "")
    assert isinstance(client.ask(OPEN), Draining)
    assert client.ask(GetStatus()).status.draining
    client.ask(SetAdminState("up"))
    assert isinstance(client.ask(RESERVE), Reserved)
    assert isinstance(client.ask(SetAdminState("sideways")), BadRequest)


@pytest.mark.parametrize(("role", "told"), [("gateway", [SlotFreed()]), ("management server", [])])
def test_a_gateway_that_was_refused_a_reservation_is_told_too(front, role, told):
    """Management servers are told on the links of the registration."""
    it = front(pool(maximum=1, initial=1))
    it.sessions.on_slot_free = it.handler.slot_freed
    first, second, heard = it.client(), it.client(role), []
    second.here._handler = Notices(heard)
    opened = first.ask(OPEN)
    assert second.ask(RESERVE).reason == "busy"
    first.ask(Release(opened.session))
    it.go(0.5)
    second.pump()
    assert heard == told


def test_a_client_that_was_refused_directly_is_told_when_a_session_is_free(front):
    it = front(pool(maximum=1, initial=1))
    it.sessions.on_slot_free = it.handler.slot_freed
    first, second, third = it.client(), it.client(), it.client()
    told = {name: [] for name in ("second", "third")}
    for name, client in (("second", second), ("third", third)):
        client.here._handler = Notices(told[name])
    opened = first.ask(OPEN)
    assert isinstance(second.ask(OPEN), AtLimit)
    first.ask(Release(opened.session))
    it.go(0.5)
    second.pump()
    third.pump()
    assert told == {"second": [SlotFreed()], "third": []}
    second.leave()
    assert "0" in repr(it.handler._waiting)


def test_a_stopping_server_says_that_it_is_stopping(served):
    it, client = served
    it.sessions.decide(Stopping())
    assert "it is stopping" in str(client.ask(OPEN))


def test_a_pool_is_stopped_and_started(served):
    it, client = served
    assert client.ask(SetPool("P", started=False)) == Done()
    assert it.counts() == {}
    assert isinstance(client.ask(OPEN), PoolStopped)
    assert client.ask(RESERVE).reason == "not offered"
    client.ask(SetPool("P", started=True))
    it.go()
    assert it.counts() == {"idle": 2}
    assert isinstance(client.ask(SetPool("Q", started=True)), NotOffered)


def test_a_command_under_a_lost_lease_is_refused(served):
    """The holder that was frozen wakes up after another has taken over (product facts 11.3)."""
    it, client = served
    store = MemoryStore(b"<x/>", lambda _: None)
    first = lease(store)
    client.ask(SetPool("P", started=False, lease=first.number))
    it.go()
    store._leases["pools"].held = False  # its time is over, and it does not know
    second = lease(store)
    assert client.ask(SetPool("P", started=True, lease=second.number)) == Done()
    refused = client.ask(SetPool("P", started=False, lease=first.number))
    assert isinstance(refused, StaleLease)
    it.go()
    assert it.counts() == {"idle": 2}
    assert client.ask(SetPool("P", started=False)) == Done()  # a person needs no lease


def lease(store):
    """What a management server gets for the job of pools."""
    try:
        store.lease("pools", 2.0).send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


def test_a_pool_stopped_by_force_ends_calls_under_way_with_an_error(served):
    it, client = served
    it.host.script["Enter:x"] = lambda call: None
    sent = client.send(Run(OPEN, Perform("", "T", "Search", {}, {})))
    it.go()
    it.client().ask(SetPool("P", started=False, force=True))
    assert "was lost" in str(sent.outcome())
    assert it.sessions.state.pools[PoolKey("pool", "P")].slots == {}


def test_a_list_without_free_rows_refuses_like_a_limit(front):
    it = front(pool(rows=1, row_list="Users"), lists=[Rows()])
    client = it.client()
    client.ask(OPEN)
    error = client.ask(OPEN)
    assert isinstance(error, VariableListExhausted)
    assert "Variable list Users of pool P" in str(error)
    assert client.ask(RESERVE).limit == "pool"


class Rows:
    def row(self, index):
        return {"user": "ops"}


def test_offers_are_watched_until_they_change(served):
    it, client = served
    first = client.ask(WatchOffers())
    it.offering.set((Offer("model", "M", "M", "d1"),))
    now = client.ask(WatchOffers(first.revision))
    assert now.offers == ((Offer("model", "M", "M", "d1"), ("127.0.0.1:9623",)),)
    watch = client.send(WatchOffers(now.revision), seconds=20)
    it.go(5)
    client.pump()
    assert watch.found == []
    it.offering.set(())
    assert isinstance(watch.outcome(1), Offers)
    again = client.send(WatchOffers(watch.found[0].revision), seconds=4)
    assert again.outcome(5).revision == watch.found[0].revision  # before the deadline: no error


def test_a_wake_up_call_is_heard(served):
    it, client = served
    assert client.ask(WakeUp("m1")) == Done()
    assert it.wake_ups == ["m1"]


def test_what_is_for_management_servers_is_refused_in_words(served):
    _, client = served
    assert isinstance(client.ask(Allocate("d", "pool", "P", "u", "l")), ProtocolError)


def test_a_part_of_another_installation_is_refused(served):
    it, _ = served
    link = Link(Hello("x", "y"), Silent(), it.clock)
    it.handler.hello(link, Hello("connector", "c"))
    it.handler.hello(link, Hello("management server", "m", "inst"))
    with pytest.raises(ForeignServer, match="vs1 belongs to installation inst, not to other"):
        it.handler.hello(link, Hello("management server", "m", "other"))


def test_a_free_slot_is_announced_after_a_refusal(front):
    it = front(pool(maximum=1))
    announced = []
    it.sessions.on_slot_free = lambda: announced.append(SlotIsFree())
    client = it.client()
    session = client.ask(OPEN)
    assert client.ask(RESERVE).reason == "busy"
    it.sessions.decide(Released(session.id))
    it.go()
    assert len(announced) == 1
