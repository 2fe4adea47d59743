"""The event loop that sends at the end of a turn: real sockets, a loop of our own."""

import subprocess
import sys
import time

import pytest
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory

from verdigris.link.reactor import turning


pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's"),
]

LIMIT = 10.0
"""Seconds after which something does not happen any more."""


class Near(Protocol):
    """Keeps what comes; a server that sends back what it gets, or a client."""

    def __init__(self, *, echo):
        self.echo, self.got, self.ended = echo, bytearray(), None

    def dataReceived(self, data):  # noqa: N802 - Twisted's name
        self.got += data
        if self.echo:
            self.transport.write(data)

    def connectionLost(self, reason):  # noqa: N802 - Twisted's name
        self.ended = reason


class Pair:
    """A loop, a port, a client connected to it."""

    def __init__(self):
        self.loop = turning()
        self.loop.startRunning(installSignalHandlers=False)
        self.server, self.client, self.failed = Near(echo=True), Near(echo=False), None
        serving, asking = ServerFactory(), ClientFactory()
        serving.buildProtocol = lambda _: self.server
        asking.buildProtocol = lambda _: self.client
        asking.clientConnectionFailed = lambda _, reason: setattr(self, "failed", reason)
        self.asking = asking
        self.port = self.loop.listenTCP(0, serving, interface="127.0.0.1")

    def connect(self, port=None):
        self.loop.connectTCP("127.0.0.1", port or self.port.getHost().port, self.asking)

    def connected(self):
        self.connect()
        self.until(lambda: self.client.transport and self.server.transport)
        return self.client.transport, self.server.transport

    def until(self, done):
        end = time.monotonic() + LIMIT
        while not done():
            assert time.monotonic() < end, "it did not happen"
            self.loop.iterate(0.01)

    def close(self):
        for one in self.loop.removeAll():
            if hasattr(one, "socket"):
                one.socket.close()


@pytest.fixture
def pair():
    made = Pair()
    yield made
    made.close()


def test_what_is_written_arrives_and_is_answered_without_asking_epoll_for_writing(pair):
    client, _ = pair.connected()
    before = pair.loop._poller

    class Watching:
        asked = 0

        def __getattr__(self, name):
            if name == "modify":
                type(self).asked += 1
            return getattr(before, name)

    pair.loop._poller = Watching()
    client.write(b"one ")
    client.write(b"two")
    pair.until(lambda: pair.client.got == b"one two")
    assert Watching.asked == 0
    assert pair.loop.getWriters() == []


def test_nothing_is_sent_before_the_turn_is_over(pair):
    client, _ = pair.connected()
    client.write(b"now")
    assert client in pair.loop.getWriters()
    assert len(client.dataBuffer) + client._tempDataLen == len(b"now")


def test_more_than_the_system_takes_at_once_arrives_whole(pair):
    client, _ = pair.connected()
    much = bytes(range(256)) * 40_000
    client.write(much)
    pair.until(lambda: len(pair.client.got) >= len(much))
    assert pair.client.got == much


def test_what_was_written_before_a_connection_is_closed_still_arrives(pair):
    client, _ = pair.connected()
    client.write(b"last words")
    client.loseConnection()
    pair.until(lambda: pair.server.ended and pair.client.ended)
    assert pair.server.got == b"last words"


def test_a_connection_aborted_with_something_to_send_is_gone(pair):
    client, _ = pair.connected()
    client.write(b"never")
    client.abortConnection()
    pair.until(lambda: pair.client.ended)
    assert pair.loop.getWriters() == []


def test_a_producer_is_asked_for_more_as_it_is_sent(pair):
    client, _ = pair.connected()

    class Producer:
        left = 50

        def resumeProducing(self):  # noqa: N802 - Twisted's name
            if self.left:
                self.left -= 1
                client.write(b"x" * 100_000)
            else:
                client.unregisterProducer()

        def stopProducing(self):  # noqa: N802 - Twisted's name
            pass

    client.registerProducer(Producer(), streaming=False)
    pair.until(lambda: len(pair.server.got) == 5_000_000)


def test_a_refused_connection_fails(pair):
    number = pair.port.getHost().port
    pair.port.stopListening()
    pair.loop.iterate(0)
    pair.connect(number)
    pair.until(lambda: pair.failed)
    assert pair.failed.check(Refused)


def test_a_failure_of_one_connection_leaves_the_others(pair, monkeypatch):
    _client, server = pair.connected()

    def failing(_reason):
        raise ZeroDivisionError

    monkeypatch.setattr(pair.client, "connectionLost", failing)
    server.loseConnection()
    pair.until(lambda: pair.server.ended)
    pair.client = Near(echo=False)
    pair.server = Near(echo=True)
    again, _ = pair.connected()
    again.write(b"still here")
    pair.until(lambda: pair.client.got == b"still here")


@pytest.mark.processes
def test_a_process_that_installs_it_runs_it_and_one_that_chose_before_keeps_its_own():
    first = "from verdigris.link.reactor import install; install()"
    shown = "from twisted.internet import reactor; print(type(reactor).__name__)"
    for code, name in ((f"{first}; {shown}", "TurningReactor"), (f"{shown}; {first}", "EPoll")):
        ran = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
        )
        assert ran.stdout.startswith(name), ran.stderr
