"""Clients that send many requests ahead take a turn of the reactor from all others."""

import pytest
from twisted.internet.task import Clock

from gateway.http import HttpServer
from gateway.http.connection import PER_TURN, SHARE
from gateway.http.http_server import FREE
from gateway.settings import Settings
from tests.support.gateway import Connection


class Slow:
    """Answers at once; each request takes this long."""

    def __init__(self, clock):
        self.clock = clock
        self.seconds = 0.0
        self.served = []

    def render(self, request):
        self.clock.rightNow += self.seconds
        self.served.append(request.path)
        request.answer(b"x")


class Turns(Clock):
    """A clock whose `turn` runs what is due now, and not what that makes due."""

    def turn(self):
        due = [call for call in self.calls if call.getTime() <= self.seconds()]
        for call in due:
            self.calls.remove(call)
            call.called = 1
            call.func(*call.args, **call.kw)
        return len(due)


@pytest.fixture
def bench():
    clock = Turns()
    resource = Slow(clock)
    server = HttpServer(resource, Settings(None, clock), clock)
    opened = []

    def connect(*host):
        opened.append(Connection(server, *host))
        line = opened[-1]
        line.channel._at_once = lambda data: line.wire.write(data) or len(data)
        return line

    yield connect, clock, resource
    for line in opened:
        line.lose()


def get(path, times=1):
    return b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % path * times


def test_a_single_request_is_served_in_the_turn_it_arrives_in_whoever_sends_ahead(bench):
    """Thousands of requests in one read (RFC 9112, section 9.3.2: pipelining) are one client's."""
    connect, clock, resource = bench
    for _ in range(20):
        connect().send(get(b"/flood", 1_000))
    clock.turn()
    resource.served.clear()

    connect().send(get(b"/other"))
    clock.turn()

    assert resource.served.index(b"/other") == 0
    assert resource.served.count(b"/flood") <= 20 * PER_TURN


def test_requests_that_take_long_use_up_the_share_of_a_turn(bench):
    connect, clock, resource = bench
    resource.seconds = SHARE * 2
    for _ in range(5):
        connect().send(get(b"/flood", 100))
    clock.turn()
    resource.served.clear()

    clock.turn()

    assert len(resource.served) == 1


def test_many_connections_of_one_client_do_not_take_the_turn_of_another(bench):
    """Faults C1: 600 calls at once on as many connections."""
    connect, clock, resource = bench
    resource.seconds = 0.001
    for number in range(100):
        connect("192.0.2.1").send(get(b"/%d" % number))
    connect("192.0.2.2").send(get(b"/other"))
    clock.turn()
    assert b"/other" in resource.served
    assert len(resource.served) <= FREE + 2

    for _ in range(100):
        clock.turn()
    assert len(resource.served) == 101
    resource.served.remove(b"/other")
    assert resource.served == [b"/%d" % number for number in range(100)]


def test_connections_that_send_ahead_are_served_in_rotation(bench):
    connect, clock, resource = bench
    resource.seconds = SHARE * 2
    for name in (b"/a", b"/b", b"/c"):
        connect().send(get(name, 100))
    clock.turn()
    resource.served.clear()

    for _ in range(6):
        clock.turn()

    assert resource.served == [b"/b", b"/c", b"/a"] * 2


def test_everything_sent_ahead_is_served_in_the_end(bench):
    connect, clock, resource = bench
    lines = [connect() for _ in range(3)]
    for line in lines:
        line.send(get(b"/", 100) + b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    for _ in range(100):
        clock.turn()

    assert len(resource.served) == 303
    assert all(line.wire.value().count(b"HTTP/1.1 200") == 101 for line in lines)
    assert all(line.wire.disconnecting for line in lines)


def test_a_client_that_leaves_while_its_requests_wait_is_forgotten(bench):
    connect, clock, resource = bench
    line = connect()
    line.send(get(b"/", 100))
    clock.turn()
    served = len(resource.served)
    line.lose()

    assert [clock.turn() for _ in range(3)][-1] == 0
    assert len(resource.served) == served
