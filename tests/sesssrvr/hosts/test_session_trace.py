"""The trace of a host session: a secret that was typed is in it neither as sent nor as echoed."""

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from sesssrvr.hosts.connection import HostConnection
from sesssrvr.hosts.session_trace import SessionTrace
from sesssrvr.hosts.terminal_vt import make_vt
from sesssrvr.model import HostSettings
from sesssrvr.model.steps import Type


class Listener:
    def changed(self):
        pass

    def ended(self, reason):
        pass


@pytest.fixture
def trace():
    it = SessionTrace(None, lambda _: ())
    terminal = make_vt(HostSettings(type="VT", model="VT220"))
    it.connection = HostConnection(terminal, Listener(), Clock())
    it.connection.makeConnection(StringTransport())
    it.connection.dataReceived(b"\r")
    return it


def typed(trace, text, *, secret):
    with trace.typing(Type(text, secret=secret)):
        trace.connection.terminal.type(text)


@pytest.mark.parametrize("secret", ["PIN42", "Q7"])
def test_a_secret_is_masked_as_it_is_sent_however_short(trace, secret):
    typed(trace, secret, secret=True)
    assert trace.connection.transport.value().endswith(secret.encode())
    assert secret.encode().hex() not in trace.text()


def test_a_secret_is_masked_where_the_host_sends_it_back(trace):
    typed(trace, "PIN42", secret=True)
    trace.connection.dataReceived(b"you are PIN42 of Smith")
    assert b"PIN42".hex() not in trace.text()
    assert b" of Smith".hex() in trace.text()


def test_what_is_typed_after_a_secret_is_not_masked(trace):
    typed(trace, "PIN42", secret=True)
    typed(trace, "Smith", secret=False)
    assert b"Smith".hex() in trace.text()


def test_a_key_is_told_by_its_name(trace):
    with trace.pressing("PF3"):
        trace.connection.terminal.key("F3")
    typed(trace, "Smith", secret=False)
    trace.connection.dataReceived(b"bye")
    remarks = [line for line in trace.text().splitlines() if line.startswith("//")]
    assert [line.partition(" s")[2] for line in remarks].count(", PF3") == 1
    assert trace.text().count("PF3") == 1


def test_there_is_no_trace_before_a_connection():
    assert SessionTrace(None, lambda _: ()).text() == ""
