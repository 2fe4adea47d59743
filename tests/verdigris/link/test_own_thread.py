"""Calls that may hang run in a thread of their own."""

import threading

from verdigris.link.own_thread import OwnThread


class Loop:
    """Takes calls from threads, as a reactor does, and runs them when asked."""

    def __init__(self):
        self._calls = []
        self._more = threading.Condition()

    def callFromThread(self, call, *args):  # noqa: N802 - Twisted's name
        with self._more:
            self._calls.append((call, args))
            self._more.notify()

    def turn(self, count=1):
        with self._more:
            assert self._more.wait_for(lambda: len(self._calls) >= count, timeout=10)
            calls, self._calls = self._calls, []
        for call, args in calls:
            call(*args)


def test_results_and_errors_arrive_in_the_event_loop_in_order():
    loop, told = Loop(), []
    own = OwnThread(loop)
    own(threading.get_ident).addCallback(told.append)
    own(lambda: 1 / 0).addErrback(lambda caught: told.append(caught.type))
    assert told == []
    loop.turn(2)
    assert told[0] != threading.get_ident()
    assert told[1] is ZeroDivisionError


def test_a_call_that_hangs_holds_up_nobody_and_not_the_end_of_the_process():
    loop, told, hang = Loop(), [], threading.Event()
    own = OwnThread(loop)
    own(lambda: hang.wait(30)).addCallback(told.append)
    assert told == []
    assert own._thread.daemon
    hang.set()
    loop.turn()
    assert told == [True]
