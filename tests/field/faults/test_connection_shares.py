"""One client address takes the connections of all others."""

import socket
import time
from collections import Counter

import pytest
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock

from gateway.http import HttpServer
from gateway.http.admission import AT_ONCE, LINGER
from gateway.settings import Settings
from tests.support.gateway import Connection
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.link import take_few
from verdigris.link.accepting import MOST
from verdigris.values import client_at


@pytest.fixture
def server():
    clock = Clock()
    settings = Settings(None, clock)
    settings.config = PluginConfig(max_connections=20)
    found = HttpServer(
        type("Nothing", (), {"render": lambda self, request: None})(), settings, clock
    )
    opened = []
    yield lambda host: opened.append(Connection(found, host)) or opened[-1], clock, settings
    for connection in opened:
        connection.lose()
    assert found.count == 0
    assert repr(found.admission) == "<Admission [0 clients, 0 being refused]>"
    assert clock.getDelayedCalls() == []


def open_of(connections):
    return sum(one.channel is not None and b"503" not in one.wire.value() for one in connections)


def test_one_address_gets_three_quarters_of_the_connections_and_others_the_rest(server):
    """RFC 9110, section 15.6.4: 503 with Retry-After tells a client to come back later."""
    connect, _, _ = server

    assert open_of([connect("192.0.2.1") for _ in range(30)]) == 15
    assert open_of([connect("192.0.2.2") for _ in range(30)]) == 5


def test_the_share_of_an_address_can_be_set(server):
    connect, _, settings = server
    settings.config = PluginConfig(max_connections=20, max_client_connections=2)

    assert open_of([connect("192.0.2.1") for _ in range(5)]) == 2


def test_a_refused_client_reads_why_before_its_connection_ends(server):
    connect, clock, settings = server
    settings.config = PluginConfig(max_client_connections=1)
    connect("192.0.2.1")
    refused = connect("192.0.2.1")

    found = refused.response()
    assert (found.status, found.headers["retry-after"]) == (503, "1")
    refused.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert not refused.wire.aborted
    clock.advance(LINGER)
    assert refused.wire.aborted


def test_few_refused_connections_linger(server):
    connect, _, settings = server
    settings.config = PluginConfig(max_client_connections=1)
    lines = [connect("192.0.2.1") for _ in range(AT_ONCE + 10)]

    assert sum(line.channel is None for line in lines) == 9


def test_a_connection_that_ends_makes_room(server):
    connect, _, settings = server
    settings.config = PluginConfig(max_client_connections=1)
    connect("192.0.2.1").lose()

    assert open_of([connect("192.0.2.1")]) == 1


def test_a_network_of_ipv6_is_one_client():
    """RFC 6177: a site is given a /64 at least, so its addresses cost an attacker nothing."""
    assert client_at("2001:db8::1") == client_at("2001:db8::ffff") != client_at("2001:db8:0:1::1")
    assert client_at("::ffff:192.0.2.1") != client_at("::ffff:192.0.2.2")


@pytest.mark.sockets
def test_few_new_connections_are_taken_in_one_turn(on_reactor):
    """One client that connected as fast as it could held the event loop for 140 ms at a time."""
    turns, arrived = [0], []

    class Noted(Factory):
        noisy = False

        def buildProtocol(self, _):  # noqa: N802 - Twisted's name
            arrived.append(turns[0])

    def tick():
        turns[0] += 1
        if len(arrived) < 200:
            reactor.callLater(0, tick)

    async def listen():
        endpoint = TCP4ServerEndpoint(reactor, 0, backlog=1024, interface="127.0.0.1")
        return take_few(await endpoint.listen(Noted()))

    port = on_reactor(listen)
    address = ("127.0.0.1", port.getHost().port)

    async def connect_all():
        """In one turn, so that all wait when the port has its turn, and every turn of it is counted."""
        reactor.callLater(0, tick)
        return [socket.create_connection(address) for _ in range(200)]

    lines = on_reactor(connect_all)
    end = time.monotonic() + 30
    while len(arrived) < 200:
        assert time.monotonic() < end
        time.sleep(0.01)
    on_reactor(port.stopListening)
    for line in lines:
        line.close()
    assert max(Counter(arrived).values()) <= MOST
