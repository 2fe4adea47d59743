"""A wait ends once: with the screen, with its own time, with that of the run, or with an error."""

import pytest
from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from sesssrvr.hosts.wait import ScreenWait, TimeLimit
from sesssrvr.model.steps import TimedOut, Wait
from sesssrvr.terminal.screen import Screen
from verdigris.errors import HostConnectionLost


class Host:
    """A host session that shows a text, and has sent another."""

    def __init__(self):
        self.shows, self.sent = "", ""

    def screen(self):
        return Screen(1, 10, self.shows.ljust(10))

    def heard(self, text):
        return text in self.sent


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def host():
    return Host()


@pytest.fixture
def begin(clock, host):
    def make(seconds=5.0, limit=None, **more):
        step = Wait(lambda screen: screen.characters.startswith("HOME"), seconds, "HOME", **more)
        wait = ScreenWait(host, step, clock, limit)
        ends = []
        wait.result.addBoth(ends.append)
        return wait, ends

    return make


def test_a_screen_that_fits_ends_it_and_stops_its_timers(begin, clock, host):
    wait, ends = begin()
    wait.look()
    assert ends == []
    host.shows = "HOME"
    wait.look()
    wait.look()
    assert [str(screen) for screen in ends] == ["HOME"]
    assert clock.getDelayedCalls() == []


def test_its_time_ends_it_with_what_is_shown(begin, clock, host):
    _, ends = begin(seconds=3)
    host.shows = "MENU"
    clock.advance(3)
    [end] = ends
    assert isinstance(end, TimedOut)
    assert (str(end.screen), end.seconds) == ("MENU", 3)


def test_the_time_of_the_run_ends_it_and_is_noted(begin, clock):
    limit = TimeLimit(clock, 2)
    _, ends = begin(seconds=3, limit=limit)
    clock.advance(2)
    assert isinstance(ends[0], TimedOut)
    assert (limit.passed, limit.left) == (True, 0)


def test_its_own_time_does_not_pass_for_that_of_the_run(begin, clock):
    limit = TimeLimit(clock, 9)
    _, ends = begin(seconds=3, limit=limit)
    clock.advance(3)
    assert len(ends) == 1
    assert (limit.passed, limit.left) == (False, 6)


def test_quiet_begins_anew_with_each_change(begin, clock, host):
    wait, ends = begin(quiet=1.0)
    host.shows = "HOME 1"
    wait.look()
    clock.advance(0.8)
    host.shows = "HOME 2"
    wait.look()
    clock.advance(0.8)
    assert ends == []
    clock.advance(0.2)
    assert [str(screen) for screen in ends] == ["HOME 2"]


def test_a_text_that_is_waited_for_has_to_be_heard_too(begin, host):
    wait, ends = begin(heard="ready")
    host.shows = "HOME"
    wait.look()
    assert ends == []
    host.sent = "ready."
    wait.look()
    assert len(ends) == 1


def test_a_condition_that_fails_is_the_error_of_the_run(clock, host):
    wait = ScreenWait(host, Wait(lambda _: 1 // 0 > 0, 5, "x"), clock)
    ends = []
    wait.result.addBoth(ends.append)
    wait.look()
    assert isinstance(ends[0], Failure)
    assert ends[0].check(ZeroDivisionError)
    assert clock.getDelayedCalls() == []


def test_a_lost_host_ends_it_once(begin, clock):
    wait, ends = begin()
    wait.fail(HostConnectionLost(host="h:23", reason="gone"))
    wait.expire()
    assert len(ends) == 1
    assert ends[0].check(HostConnectionLost)


def test_cancelling_it_stops_its_timers(begin, clock):
    wait, ends = begin()
    wait.result.cancel()
    assert ends[0].check(CancelledError)
    assert clock.getDelayedCalls() == []
