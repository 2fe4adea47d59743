"""The trace of a session hides passwords, and can be played back to another terminal."""

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from hostemul.protocol import ds5250
from hostemul.replay.player import Stage
from hostemul.replay.recording import parse
from sesssrvr.hosts.connection import HostConnection, TerminalFactory
from sesssrvr.terminal.tn5250 import SignOn, Terminal5250
from sesssrvr.traces.traffic_buffer import TrafficBuffer


def visit(it):
    it.sign_on(7)
    it.key("Enter", (19, 15, "1"))
    return it.screen.characters


def said(text):
    """All that a trace holds, in both directions."""
    return b"".join(step.data for step in parse(text, "trace").steps)


def test_a_masked_trace_plays_back(desk):
    traffic = TrafficBuffer(lambda: 0.0)
    it = desk(traffic=traffic)
    shown = visit(it)
    text = traffic.text("cp037", it.terminal)
    assert "ORDER07".encode("cp037") not in said(text)
    assert "CLERK07".encode("cp037") in said(text)
    reports = []
    again = desk(Stage(parse(text, "trace"), Clock(), report=reports.append))
    assert visit(again) == shown
    assert reports == []  # a masked password is equal to every other


@pytest.mark.parametrize("coding", ["clear", "des"])
def test_an_automatic_sign_on_is_masked(desk, coding):
    traffic = TrafficBuffer(lambda: 0.0)
    it = desk(traffic=traffic, sign_on=SignOn("CLERK07", "ORDER07", coding, b"12345678"))
    assert it.id == ("ORD010" if coding == "clear" else "ORD000")
    data = said(traffic.text("cp037", it.terminal))
    assert b"ORDER07" not in data
    assert b"CLERK07" in data
    assert b"IBMSUBSPW\x01" + b"*" * (7 if coding == "clear" else 8) in data


@pytest.mark.parametrize("page", ["cp273", "cp1140", "cp500"])
def test_a_secret_is_found_in_the_hosts_code_page(page):
    """A host that says a password in clear, in letters that are others in other pages."""
    connection = HostConnection(
        TerminalFactory(lambda write: Terminal5250(write, codepage=page)), None, Clock()
    )
    connection.makeConnection(StringTransport())
    connection.traffic.hide("GEHÄ!#")
    told = b"\x04\x11\0\0\x11\x01\x01" + "SIE SIND GEHÄ!#".encode(page)
    connection.traffic.received(ds5250.record(told) + b"\xff\xef")
    trace = connection.trace()
    assert "GEHÄ!#".encode(page) not in said(trace)
    assert "SIE SIND ".encode(page) in said(trace)
