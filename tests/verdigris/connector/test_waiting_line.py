"""The line of calls that wait for a session: its order, who asks, and that nothing stays behind."""

from itertools import count

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from verdigris.connector.waiting_line import Waiter, WaitingLines
from verdigris.errors import AtLimit, NoServerAvailable


BUSY = AtLimit(server="vs1", name="pool P", limit="pool", maximum=1)
KEY = ("domain", "pool", "P")


class Call:
    """A call as a plan makes it: begins when it may, otherwise waits to be woken."""

    def __init__(self, lines, arrived, asking, key=KEY, client=""):
        self.waiter = Waiter(lines, key, arrived, client)
        self.arrived = arrived
        self.asking = asking
        self.state = "waiting"

    def turn(self):
        """Ask if it may; else wait."""
        self.state = "waiting"
        if self.waiter.begins():
            self.waiter.wake = lambda: None
            self.state = "asking"
            self.asking.append(self)
        else:
            self.waiter.wake = self.turn

    def refused(self):
        self.asking.remove(self)
        self.waiter.refused(BUSY)
        self.turn()

    def granted(self):
        self.asking.remove(self)
        self.state = "has"
        self.waiter.granted()
        self.waiter.leave()

    def leave(self):
        if self in self.asking:
            self.asking.remove(self)
        self.state = "gone"
        self.waiter.wake = lambda: None
        self.waiter.leave()


class Line:
    """One line and its calls, for the examples."""

    def __init__(self):
        self.lines, self.asking, self.numbers = WaitingLines(), [], count()
        self.calls = []

    def arrive(self, key=KEY, client=""):
        call = Call(self.lines, next(self.numbers), self.asking, key, client)
        self.calls.append(call)
        call.turn()
        return call

    def refused(self, number):
        """So many calls of which each was refused."""
        made = [self.arrive() for _ in range(number)]
        for call in list(self.asking):
            call.refused()
        return made


@pytest.fixture
def line():
    return Line()


def test_while_nobody_waits_everybody_asks(line):
    for _ in range(100):
        line.arrive()
    assert len(line.asking) == 100
    assert repr(line.lines) == "<WaitingLines []>"


def test_who_comes_while_others_wait_waits_behind_them_without_asking(line):
    (first,) = line.refused(1)
    late = line.arrive()
    assert line.asking == []
    line.lines.notice()
    assert line.asking == [first]
    first.granted()
    assert line.asking == [late]


def test_a_notice_lets_one_ask_and_a_refusal_ends_it(line):
    calls = line.refused(5)
    line.lines.notice()
    assert line.asking == calls[:1]
    calls[0].refused()
    assert line.asking == []
    line.lines.notice()
    assert line.asking == calls[:1]  # it has kept its place


def test_one_asks_at_a_time_and_more_after_a_row_of_grants(line):
    calls = line.refused(30)
    line.lines.get(KEY).allow(30)
    assert line.asking == calls[:1]
    for expected in (1, 1, 1, 2, 2, 2, 2, 3):
        line.asking[0].granted()
        assert len(line.asking) == expected
    line.asking[0].refused()
    line.lines.notice()
    assert len(line.asking) == 2  # the others are to be answered first
    line.asking[0].refused()
    line.asking[0].refused()
    assert line.asking == calls[8:9]


def test_who_is_not_answered_soon_does_not_stop_the_others(line):
    calls = line.refused(3)
    line.lines.notice()
    line.lines.notice()
    assert line.asking == calls[:1]
    calls[1].waiter.pause_is_over()
    assert line.asking == calls[:2]


def test_requests_that_take_as_long_as_the_call_are_not_waited_for(line):
    calls = line.refused(3)
    for call in calls:
        call.waiter.soon = False
    line.lines.notice()
    line.lines.notice()
    assert line.asking == calls[:2]


def test_a_session_that_became_free_while_a_request_was_under_way_is_not_missed(line):
    (one,) = line.refused(1)
    line.lines.notice()
    line.lines.notice()  # crosses the refusal
    one.refused()
    assert line.asking == [one]
    one.refused()
    assert line.asking == []


def test_of_those_who_wait_only_the_first_asks_after_its_pause(line):
    calls = line.refused(3)
    calls[1].waiter.pause_is_over()
    assert line.asking == []
    calls[0].waiter.pause_is_over()
    assert line.asking == calls[:1]


def test_the_next_is_told_when_it_becomes_the_first(line):
    calls = line.refused(3)
    told = []
    calls[1].waiter.wake = lambda: told.append(1)
    calls[0].leave()
    assert told == [1]
    assert line.asking == []
    assert calls[1].waiter.first


def test_one_who_leaves_while_asking_lets_the_next_ask(line):
    calls = line.refused(2)
    line.lines.notice()
    calls[0].leave()
    assert line.asking == calls[1:]


def test_each_pool_has_a_line_of_its_own(line):
    line.refused(1)
    other = line.arrive(("domain", "pool", "Q"))
    assert line.asking == [other]


def test_of_several_clients_each_has_its_turn_before_one_has_its_second(line):
    greedy = line.refused(20)
    others = [line.arrive(client=name) for name in ("b", "c", "b")]
    late = line.arrive()
    line.lines.get(KEY).allow(100)
    served = []
    while line.asking:
        served.append(line.asking[0])
        line.asking[0].granted()
    first, second, third = others
    assert served == [greedy[0], first, second, greedy[1], third, *greedy[2:], late]


def test_a_client_that_comes_late_has_no_turns_of_the_past(line):
    line.refused(20)
    line.lines.get(KEY).allow(100)
    for _ in range(10):
        line.asking[0].granted()
    others = [line.arrive(client="b") for _ in range(3)]
    served = []
    while line.asking:
        served.append(line.asking[0])
        line.asking[0].granted()
    a, b, c = others
    assert [call for call in served if call in others] == [a, b, c]
    assert served.index(c) > 3


def test_what_those_before_were_answered_is_told_but_is_not_theirs(line):
    (one,) = line.refused(1)
    error = NoServerAvailable({"trail": []}, user="u", location="l", name="n", domain="d")
    line.lines.notice()
    line.asking.clear()
    one.waiter.refused(error)
    late = line.arrive()
    error.details["tries"] = ["of another"]
    assert late.waiter.problem.details == {"trail": []}
    assert str(late.waiter.problem) == str(error)


def test_thousands_are_served_in_a_row_without_recursion(line):
    calls = line.refused(3000)
    for call in calls:
        call.waiter.soon = False
    line.lines.get(KEY).allow(3000)
    assert line.asking == calls


class Sessions(RuleBasedStateMachine):
    """Calls, sessions that become free, notices of it: some are lost, all in any order."""

    lossless = True

    def __init__(self):
        super().__init__()
        self.lines = WaitingLines()
        self.asking = []
        self.calls = []
        self.free = 2
        self.lost = False
        self.number = 0

    def of(self, *states):
        return [call for call in self.calls if call.state in states]

    @rule(client=st.sampled_from("ab"))
    def arrive(self, client):
        self.number += 1
        call = Call(self.lines, self.number, self.asking, client=client)
        self.calls.append(call)
        call.turn()

    @precondition(lambda self: self.asking)
    @rule(which=st.integers(0, 50))
    def answer(self, which):
        call = self.asking[which % len(self.asking)]
        if self.free:
            self.free -= 1
            call.granted()
        else:
            call.refused()

    @precondition(lambda self: self.of("has"))
    @rule(which=st.integers(0, 50), lost=st.booleans())
    def end(self, which, lost):
        having = self.of("has")
        having[which % len(having)].state = "gone"
        self.free += 1
        if lost and not self.lossless:
            self.lost = True
        else:
            self.lines.notice()

    @precondition(lambda self: self.of("waiting", "asking"))
    @rule(which=st.integers(0, 50))
    def leave(self, which):
        there = self.of("waiting", "asking")
        there[which % len(there)].leave()

    @precondition(lambda self: self.of("waiting"))
    @rule(which=st.integers(0, 50))
    def pause_is_over(self, which):
        waiting = self.of("waiting")
        waiting[which % len(waiting)].waiter.pause_is_over()

    @invariant()
    def in_order(self):
        line = self.lines.get(KEY)
        waiting = [] if line is None else [it for calls in line._turns.values() for it in calls]
        assert len(waiting) == (line.waiting if line else 0)
        assert {id(it) for it in waiting} == {id(call.waiter) for call in self.of("waiting")}
        for client in "ab":
            places = [waiter.arrived for waiter in waiting if waiter.client == client]
            assert places == sorted(places)

    @invariant()
    def no_line_without_waiting(self):
        assert (self.lines.get(KEY) is None) == (not self.of("waiting"))

    def teardown(self):
        """Whatever happened: nobody waits while there is a session, and nothing stays behind."""
        turns = 0
        while self.asking or (self.free and self.of("waiting")):
            if self.asking:
                self.answer(0)
            else:
                assert not self.lossless, "a session is free, somebody waits, nobody asks"
                for call in self.of("waiting"):
                    call.waiter.pause_is_over()
            turns += 1
            assert turns < 10_000
        for call in self.of("waiting"):
            call.leave()
        assert repr(self.lines) == "<WaitingLines []>"


class SessionsWithLostNotices(Sessions):
    lossless = False


TestSessions = Sessions.TestCase
TestSessionsWithLostNotices = SessionsWithLostNotices.TestCase
TestSessions.settings = TestSessionsWithLostNotices.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None
)
