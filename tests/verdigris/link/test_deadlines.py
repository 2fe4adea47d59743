"""What is live at its moment is told, once, in order; one timer serves them all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from verdigris.link.deadlines import SPARE, Deadlines


class Many:
    def __init__(self):
        self.clock, self.live, self.passed = Clock(), {}, []
        self.due = Deadlines(self.clock, self.live, self._passed)

    def _passed(self, number):
        self.passed.append(number)
        del self.live[number]

    def add(self, number, seconds):
        self.live[number] = object()
        self.due.add(number, seconds)


@pytest.fixture
def many():
    return Many()


@given(
    st.lists(st.integers(0, 20), max_size=12),
    st.sets(st.integers(0, 11)),
    st.sets(st.integers(0, 11)),
)
def test_each_is_told_at_its_moment_unless_it_ended_before(seconds, ended, again):
    it = Many()
    for number, wait in enumerate(seconds):
        it.add(number, wait)
    for number in ended & set(it.live):
        del it.live[number]
    for number in again & ended:
        it.add(number, 30)  # the number of one that has ended is used again
    for moment in range(21):
        it.clock.advance(1 if moment else 0)
        told = {number for number in it.passed if number < len(seconds)}
        assert told == {n for n, wait in enumerate(seconds) if wait <= moment} - ended
    it.clock.advance(10)
    assert set(it.passed) == set(range(len(seconds))) - ended | again & ended
    assert len(it.passed) == len(set(it.passed))


def test_they_are_told_in_the_order_of_their_moments(many):
    for number, seconds in enumerate((3, 1, 2)):
        many.add(number, seconds)
    many.clock.advance(5)
    assert many.passed == [1, 2, 0]


def test_one_timer_serves_any_number(many):
    for number in range(100):
        many.add(number, 100 - number)
    assert len(many.clock.getDelayedCalls()) == 1
    many.due.clear()
    many.clock.advance(200)
    assert many.passed == []


def test_ended_ones_do_not_pile_up(many):
    for number in range(10 * SPARE):
        many.add(number, 30)
        del many.live[number]
    assert len(many.due._heap) <= SPARE + 1
