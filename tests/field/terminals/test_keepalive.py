"""Idle telnet connections say something before firewalls forget them.

Sources: evennia/evennia#641 and x3270's nopSeconds; KEEPALIVE and TIMEMARK of z/OS TN3270E servers; RFC 854
(NOP), RFC 860 (TIMING-MARK: every telnet host answers, WONT if it has no such option).
"""

import socket

import pytest
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from sesssrvr.hosts.connection import HostConnection
from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import HostSettings
from verdigris.errors import HostUnreachable


NOP, MARK, ANSWER = b"\xff\xf1", b"\xff\xfd\x06", b"\xff\xfc\x06"
MODELS = {"3270": "IBM-3278-2-E", "5250": "IBM-3179-2", "VT": "VT220"}


class Watcher:
    ended_with = ""

    def changed(self):
        pass

    def ended(self, reason):
        self.ended_with = reason


@pytest.fixture(params=MODELS)
def idle(request):
    """A connection of each kind in memory: `idle(keepalive=...)`."""

    def make(**options):
        found = tuple((name.replace("_", "-"), value) for name, value in options.items())
        settings = HostSettings(type=request.param, model=MODELS[request.param], options=found)
        clock, transport, watcher = Clock(), StringTransport(), Watcher()
        transport.abortConnection = transport.loseConnection
        connection = HostConnection(RealHosts(clock).terminal(settings), watcher, clock)
        connection.makeConnection(transport)
        transport.clear()
        return connection, transport, clock

    return make


def test_a_nop_is_sent_in_each_silent_interval(idle):
    _, transport, clock = idle(keepalive="60", keepalive_by="nop")
    for _ in range(3599):
        clock.advance(1)
    assert transport.value() == NOP * 59


def test_a_host_that_talks_is_left_alone(idle):
    connection, transport, clock = idle(keepalive="60", keepalive_by="nop")
    for _ in range(100):
        clock.advance(50)
        connection.dataReceived(NOP)
    assert transport.value() == b""


def test_a_host_that_answers_the_mark_stays_and_is_not_answered_again(idle):
    connection, transport, clock = idle(keepalive="60", keepalive_by="timing-mark")
    for _ in range(20):
        clock.advance(60)
        for answer in (ANSWER, b"\xff\xfb\x06"):
            connection.dataReceived(answer)
    assert set(transport.value().split(MARK)) == {b""}
    assert not transport.disconnecting


def test_a_host_that_answers_no_mark_is_lost(idle):
    _, transport, clock = idle(keepalive="60", keepalive_by="timing-mark")
    for _ in range(180):
        assert not transport.disconnecting
        clock.advance(1)
    clock.advance(60)
    assert transport.disconnecting


@pytest.mark.parametrize("options", [{"keepalive": "0", "keepalive_by": "nop"}, {}])
def test_nothing_is_said_where_that_is_asked_or_tcp_does_it(idle, options):
    _, transport, clock = idle(**options)
    clock.pump([60] * 100)
    assert transport.value() == b""
    assert clock.getDelayedCalls() == []


def test_a_connection_that_is_over_has_no_timer(idle):
    connection, _, clock = idle(keepalive="60", keepalive_by="nop")
    connection.leave()
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("name", "value"), [("keepalive", "soon"), ("keepalive", "100000"), ("keepalive-by", "bell")]
)
def test_an_option_that_cannot_be_is_refused_in_words(name, value):
    with pytest.raises(HostUnreachable, match=f"option {name} is '{value}', not"):
        RealHosts(None).terminal(HostSettings(options=((name, value),)))


@pytest.mark.sockets
@pytest.mark.parametrize(("option", "seconds"), [((), 60), ((("keepalive", "90"),), 90)])
def test_tcps_own_keepalive_begins_within_a_minute_by_default(
    on_reactor,
    _reactor_thread,  # noqa: PT019 - its value is used
    option,
    seconds,
):
    reactor = _reactor_thread

    async def there():
        factory = Factory.forProtocol(Greeter)
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        settings = HostSettings(
            type="VT", model="VT220", host="127.0.0.1", port=port.getHost().port, options=option
        )
        session = HostSession("h", reactor, lambda *_: None)
        hosts = RealHosts(reactor)
        try:
            endpoint = hosts.endpoint(settings, 5, tls=False)
            await session.connect(endpoint, hosts.terminal(settings), 5)
            handle = session._connection.transport.getHandle()
            return handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        finally:
            session.close()
            await port.stopListening()

    assert on_reactor(there) == seconds


class Greeter(Protocol):
    def connectionMade(self):  # noqa: N802 - Twisted's hook
        self.transport.write(b"login: ")
