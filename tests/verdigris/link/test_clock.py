"""Processes measure time by a clock that nobody sets."""

import time

from twisted.internet.selectreactor import SelectReactor

from verdigris.link.clock import steady


def test_a_reactor_measures_time_by_the_monotonic_clock(monkeypatch):
    reactor = SelectReactor()
    steady(reactor)
    call = reactor.callLater(10, lambda: None)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 9 < call.getTime() - time.monotonic() <= 10
    assert abs(reactor.seconds() - time.monotonic()) < 1
