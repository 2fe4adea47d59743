"""Peers on the wire that flood, that read nothing, and that send much before they say who they are."""

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from verdigris.link import Link
from verdigris.link.intake import SHARE, UNREAD
from verdigris.link.transport import MAX_HELLO
from verdigris.wire import Call, Hello, Locate, Located, Pong, encode


PEER = Hello("gateway", "peer")


class Side:
    """Answers each call at once, with so many bytes, after so many seconds of the event loop."""

    def __init__(self, clock):
        self.clock = clock
        self.seconds = 0.0
        self.size = 10
        self.taken = 0
        self.ended = []

    def hello(self, link, peer):
        pass

    async def handle(self, call):
        self.taken += 1
        self.clock.rightNow += self.seconds
        return Located("x" * self.size, "127.0.0.1:1")

    def told(self, link, notice):
        pass

    def closed(self, link, reason):
        self.ended.append(reason)


class Line(StringTransport):
    """A transport whose peer reads when the test says so."""

    aborted = False

    def __init__(self):
        super().__init__()
        self.reads = True

    def write(self, data):
        super().write(data)
        if not self.reads and len(self.value()) > 64 * 1024:
            self.producer.pauseProducing()

    def read(self):
        self.reads = True
        self.clear()
        self.producer.resumeProducing()

    def abortConnection(self):  # noqa: N802 - Twisted's name
        self.aborted = True


@pytest.fixture
def bench():
    clock = Clock()
    side = Side(clock)
    link = Link(Hello("session server", "vs1"), side, clock, initiator=False, ping_every=10)
    line = Line()
    link.makeConnection(line)
    return clock, side, link, line


def framed(*frames):
    return b"".join(len(one).to_bytes(4) + one for one in map(encode, frames))


def calls(count, first=1):
    return framed(*(Call(n, "r", 60_000, Locate("x")) for n in range(first, first + count)))


def test_no_more_than_64_kb_are_kept_of_a_peer_that_has_not_said_hello(bench):
    _, _, link, line = bench
    link.dataReceived((MAX_HELLO + 1).to_bytes(4))

    assert line.disconnecting
    assert b"limit is 65536" in line.value()


def test_a_peer_that_said_hello_may_send_more(bench):
    _, _, link, line = bench
    link.dataReceived(framed(PEER) + (MAX_HELLO + 1).to_bytes(4))

    assert not line.disconnecting


def test_nothing_more_is_taken_from_a_peer_that_does_not_read_its_answers(bench):
    """Answers to one who asks and reads nothing grew without bound, 4 to 6 MB a second."""
    _, side, link, line = bench
    link.dataReceived(framed(PEER))
    side.size, line.reads = 10_000, False
    for n in range(1_000):
        if line.producerState == "paused":
            break
        link.dataReceived(calls(1, n + 1))

    assert UNREAD < len(line.value()) < UNREAD + 200_000

    line.read()
    assert line.producerState == "producing"
    link.dataReceived(calls(1, 2_000))
    assert len(line.value()) > 10_000


def test_a_peer_that_never_reads_is_ended_however_much_it_asks(bench):
    clock, side, link, line = bench
    link.dataReceived(framed(PEER))
    side.size, line.reads = 10_000, False
    link.dataReceived(calls(100))
    assert line.producerState == "paused"

    clock.pump([10] * 5)

    assert line.aborted
    assert "does not read what it asks for" in str(link._refusal)


def test_what_this_side_asks_for_does_not_stop_its_reading(bench):
    """Two peers with much to send must not wait for each other."""
    _, _, link, line = bench
    link.dataReceived(framed(PEER))
    line.reads = False
    for _ in range(50):
        link.call(Locate("x" * 10_000), request_id="r", seconds=60).addErrback(lambda _: None)

    assert len(line.value()) > UNREAD
    assert line.producerState == "producing"
    link.connectionLost()


def test_a_flood_of_calls_leaves_others_their_turn(bench):
    clock, side, link, line = bench
    link.dataReceived(framed(PEER))
    side.seconds = SHARE / 4
    link.dataReceived(calls(50))
    assert side.taken <= 6
    assert line.producerState == "paused"
    link.dataReceived(calls(1, 51))  # such as from TLS, whose bytes have been read already

    clock.advance(0)

    assert side.taken == 51
    assert line.producerState == "producing"
    assert side.ended == []


def test_a_link_that_ends_in_the_middle_of_a_flood_takes_no_more(bench):
    clock, side, link, _ = bench
    link.dataReceived(framed(PEER))
    side.seconds = SHARE * 2
    link.dataReceived(calls(50))
    link.connectionLost()

    clock.advance(60)

    assert side.taken == 1
    assert len(side.ended) == 1
    assert clock.getDelayedCalls() == []


def test_an_unreadable_frame_after_others_ends_the_link(bench):
    clock, side, link, line = bench
    link.dataReceived(framed(PEER))
    side.seconds = SHARE * 2
    link.dataReceived(calls(3) + b"\0\0\0\3abc" + framed(Pong()))
    clock.advance(0)

    assert side.taken == 3
    assert line.disconnecting
