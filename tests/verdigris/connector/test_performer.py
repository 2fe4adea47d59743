"""Steps carried out: outcomes tell what happened, cancelling leaves nothing behind."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from verdigris.connector.attempts import (
    Addresses,
    Answered,
    Ask,
    Lost,
    Pause,
    Rejected,
    Resolve,
    Unsent,
    Wait,
)
from verdigris.connector.fakes.memory_network import FakeNetwork
from verdigris.connector.performer import Listener, Network, own
from verdigris.connector.waiting_line import Waiter, WaitingLines
from verdigris.errors import ConnectionLost, MethodTimedOut, NotOffered, ServerUnreachable
from verdigris.values import Endpoint
from verdigris.wire import Done, GetStatus, Heartbeat, SlotFreed


HERE = Endpoint("192.0.2.1", 1)
ASK = Ask(HERE, GetStatus(), "r", 1.0, 1.0)


class World:
    def __init__(self):
        self.clock, self.peers = Clock(), FakeNetwork()
        self.lookups = []
        self.network = Network(self.clock, self.peers, self.lookup)

    def lookup(self, name):
        self.lookups.append(wait := Deferred())
        return wait

    def go(self, *steps):
        replies = []

        def plan():
            for step in steps:
                replies.append((yield step))  # noqa: PERF401 - a generator cannot yield inside a list
            return replies

        return Deferred.fromCoroutine(self.network.carry_out(plan()))


@pytest.fixture
def world():
    return World()


def raises(problem):
    def answer(body, request_id, seconds):
        raise problem

    return answer


def test_an_answer(world, result):
    world.peers.peers[HERE] = lambda *_: Done()
    assert result(world.go(ASK)) == [Answered(Done())]


def test_no_connection_is_unsent(world, result):
    (outcome,) = result(world.go(ASK))
    assert isinstance(outcome, Unsent)
    assert isinstance(outcome.error, ServerUnreachable)


def test_a_connection_that_closed_in_between_is_unsent(world, result):
    world.peers.peers[HERE] = lambda *_: Done()
    dial = world.peers.to

    def closing(address, *, seconds=1.0):
        link = dial(address)
        world.peers.cut(address)
        return link

    world.peers.to = closing
    (outcome,) = result(world.go(ASK))
    assert isinstance(outcome, Unsent)


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (ConnectionLost(peer="p", reason="r"), Lost),
        (MethodTimedOut(), Lost),
        (NotOffered(kind="k", name="n", where="w"), Rejected),
    ],
)
def test_errors_by_whether_the_work_may_have_been_begun(world, result, problem, kind):
    world.peers.peers[HERE] = raises(problem.with_details(screen="S"))
    (outcome,) = result(world.go(ASK))
    assert type(outcome) is kind
    assert outcome.error is not problem
    assert (str(outcome.error), outcome.error.details) == (str(problem), {"screen": "S"})


def test_a_pause_takes_its_time(world, result):
    done = world.go(Pause(0.5))
    world.clock.advance(0.4)
    assert not done.called
    world.clock.advance(0.1)
    assert result(done) == [None]


class TestWaiting:
    @pytest.fixture
    def line(self):
        return WaitingLines()

    @pytest.fixture
    def waiter(self, line):
        """The place of a call that was refused."""
        made = Waiter(line, ("P",), 1.0)
        made.refused(NotOffered(kind="k", name="n", where="w"))
        return made

    def test_it_ends_when_a_session_has_become_free(self, world, result, line, waiter):
        done = world.go(Wait(waiter, 30.0))
        Listener(line).told(None, Heartbeat())
        assert not done.called
        Listener(line).told(None, SlotFreed())
        assert result(done) == [None]
        assert world.clock.getDelayedCalls() == []
        assert waiter.begins()

    def test_it_ends_after_its_pause(self, world, result, waiter):
        done = world.go(Wait(waiter, 0.5))
        world.clock.advance(0.5)
        assert result(done) == [None]
        assert waiter.begins()

    def test_cancelled_it_leaves_nothing_behind(self, world, result, line, waiter):
        def plan():
            try:
                yield Wait(waiter, 30.0)
            finally:
                waiter.leave()

        done = Deferred.fromCoroutine(world.network.carry_out(plan()))
        done.cancel()
        result(done)
        line.notice()
        assert world.clock.getDelayedCalls() == []
        assert repr(line) == "<WaitingLines []>"


def test_addresses_are_not_looked_up_and_names_are(world, result):
    done = world.go(Resolve((HERE, Endpoint("::1", 2), Endpoint("vhi", 3))))
    assert len(world.lookups) == 1
    world.lookups[0].callback([Endpoint("10.0.0.1", 3), Endpoint("10.0.0.2", 3)])
    (found,) = result(done)
    assert found == Addresses(
        (HERE, Endpoint("::1", 2), Endpoint("10.0.0.1", 3), Endpoint("10.0.0.2", 3))
    )


def test_a_lookup_without_an_answer_finds_nothing_after_two_seconds(world, result):
    done = world.go(Resolve((Endpoint("vhi", 3),)))
    world.clock.advance(2)
    assert result(done) == [Addresses(())]


def test_cancelled_it_closes_the_plan_and_cancels_the_call(world, result):
    cancelled, closed = [], []
    wait = Deferred(cancelled.append)
    world.peers.peers[HERE] = lambda *_: wait

    def plan():
        try:
            yield ASK
        finally:
            closed.append(True)

    done = Deferred.fromCoroutine(world.network.carry_out(plan()))
    done.cancel()
    result(done)
    assert cancelled == [wait]
    assert closed == [True]


def test_the_reactors_resolver_gives_every_address_of_a_name(result):
    from twisted.internet.testing import MemoryReactorClock  # noqa: PLC0415 - only here

    reactor = MemoryReactorClock()
    network = Network(reactor, FakeNetwork())

    def plan():
        return (yield Resolve((Endpoint("example.com", 9641),)))

    found = result(Deferred.fromCoroutine(network.carry_out(plan()))).found
    assert len(found) == 1
    assert found[0].port == 9641


def test_a_copy_of_an_error_keeps_what_it_says():
    error = NotOffered({"a": 1}, kind="model", name="n", where="w")
    error.request_id = "r"
    copy = own(error)
    assert copy is not error
    assert (repr(copy), copy.details, copy.request_id) == (repr(error), {"a": 1}, "r")
