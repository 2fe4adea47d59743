"""Watching what is deployed: every change once, whatever the servers do."""

import msgspec
import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs

from verdigris.connector import Connector, planner
from verdigris.connector.attempts import Attempt
from verdigris.connector.fakes.memory_network import FakeNetwork
from verdigris.errors import ConnectionLost, NoManagementServer, NotOffered
from verdigris.values import Endpoint
from verdigris.wire import AllocationTable, Offer, Offers, WatchOffers


A, B = Endpoint("192.0.2.1", 9641), Endpoint("192.0.2.2", 9641)


def state(revision, *names):
    return Offers(
        revision, tuple((Offer("model", name, name, ""), ("192.0.2.9:1",)) for name in names)
    )


class Server:
    """Answers watches when the test says so."""

    def __init__(self):
        self.waiting = []
        self.known = []
        self.tables = []

    def __call__(self, body, request_id, seconds):
        assert isinstance(body, WatchOffers)
        self.known.append(body.known)
        self.tables.append(body.table)
        wait = Deferred()
        self.waiting.append(wait)
        return wait

    def say(self, offers):
        self.waiting.pop(0).callback(offers)


class World:
    def __init__(self):
        self.clock, self.network = Clock(), FakeNetwork()
        self.server = self.network.peers[A] = Server()
        self.connector = Connector(
            self.clock,
            management_servers=[A, B],
            dialer=self.network,
            connection_timeout=1.0,
            lookup=lambda name: Deferred(),
        )
        self.seen, self.failed = [], []

    def watch(self, **options):
        return self.connector.watch_offers(self.seen.append, failed=self.failed.append, **options)


@pytest.fixture
def world():
    return World()


def test_the_present_state_comes_first_then_every_change(world):
    watch = world.watch()
    world.server.say(state("1", "X"))
    world.server.say(state("2", "X", "Y"))
    assert world.seen == [state("1", "X"), state("2", "X", "Y")]
    assert world.server.known == ["", "1", "2"]
    assert watch.offers == state("2", "X", "Y")
    assert repr(watch) == "<Watch [2 offers]>"


def test_the_table_is_told_with_each_answer_and_asked_for_by_its_revision(world):
    told = []
    watch = world.watch(told_table=told.append)
    new, same = AllocationTable("t1", "test"), AllocationTable("t1")
    for table in (new, same, None):  # the last is of an earlier version
        world.server.say(msgspec.structs.replace(state("1", "X"), table=table))
    assert told == [new, same]
    assert world.server.tables == ["", "t1", "t1", "t1"]
    assert world.seen == [msgspec.structs.replace(state("1", "X"), table=new)]
    assert not watch.alone


def test_who_wants_no_table_asks_for_none(world):
    world.watch()
    assert world.server.tables == [None]


def test_it_knows_when_no_management_server_answers(world):
    watch = world.watch()
    world.server.say(state("1", "X"))
    world.network.peers.clear()
    world.server.waiting.pop().errback(ConnectionLost(peer="m", reason="killed"))
    for _ in range(50):
        world.clock.advance(0.01)
    assert watch.alone
    world.network.peers[B] = again = Server()
    for _ in range(100):
        world.clock.advance(0.01)
    again.say(state("1", "X"))
    assert not watch.alone


def test_a_question_that_has_to_be_answered_at_once_is_not_waited_for_long(world):
    """So that a management server that is frozen does not hide one that came back."""
    seconds = []
    world.network.peers[A] = lambda body, request_id, within: seconds.append(within) or Deferred()
    world.watch()
    assert seconds == [1.0]


def test_the_same_state_again_is_no_change(world):
    world.watch()
    world.server.say(state("1", "X"))
    world.server.say(state("1", "X"))
    world.server.say(state("other-server-1", "X"))
    assert world.seen == [state("1", "X")]


def test_one_server_can_be_watched_alone(world):
    world.network.peers[Endpoint("192.0.2.9", 9623)] = alone = Server()
    world.watch(server="192.0.2.9")
    alone.say(state("1", "X"))
    assert len(world.seen) == 1
    assert world.server.known == []


def test_failures_are_told_and_the_watch_goes_on(world):
    watch = world.watch()
    world.server.say(state("1", "X"))
    del world.network.peers[A]
    world.server.waiting.pop().errback(NotOffered(kind="k", name="n", where="w"))
    for _ in range(400):
        world.clock.advance(0.01)
    assert isinstance(world.failed[0], NotOffered)
    assert any(isinstance(problem, NoManagementServer) for problem in world.failed)
    assert repr(watch) == "<Watch [1 offers, failing]>"
    again = world.network.peers[B] = Server()
    for _ in range(100):
        world.clock.advance(0.01)
    assert again.known == [""]
    again.say(state("7", "X", "Z"))
    assert world.seen[-1] == state("7", "X", "Z")
    assert watch.problem is None


def test_a_watcher_that_fails_does_not_end_the_watch(world):
    calls = []

    def broken(offers):
        calls.append(offers)
        raise KeyError("mine")

    world.connector.watch_offers(broken)
    world.server.say(state("1", "X"))
    world.server.say(state("2", "Y"))
    assert len(calls) == 2


def test_stopped_it_is_silent(world):
    watch = world.watch()
    watch.stop()
    world.clock.advance(60)
    assert world.seen == world.failed == []
    assert world.clock.getDelayedCalls() == []


def test_each_try_of_a_call_is_logged_but_not_each_look_at_what_is_deployed():
    with capturedLogs() as events:
        for asked in ("Reserve", "WatchOffers"):
            planner._log(Attempt(0.0, "m:9641", "r1", asked, "refused", 0.1))
    told = [event["asked"] for event in events if event["log_level"] >= LogLevel.info]
    assert told == ["Reserve"]
