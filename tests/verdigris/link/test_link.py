"""A link ends every call exactly once, whatever happens to the peer."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import formatEvent, globalLogPublisher
from twisted.python.failure import Failure as Caught

from verdigris.errors import (
    ConnectionLost,
    ForeignServer,
    MethodTimedOut,
    NotOffered,
    ProtocolError,
    ServerUnreachable,
    VerdigrisError,
)
from verdigris.link import Incoming, Link
from verdigris.link.refusals import Refusals
from verdigris.wire import Done, GetStatus, Heartbeat, Hello, Locate, Located, Notice, Response


class Side:
    """A handler that answers from a table of functions."""

    def __init__(self):
        self.calls: list[Incoming] = []
        self.notices: list[Notice] = []
        self.ended: list[str] = []
        self.pending: list[Deferred[Response]] = []
        self.refuse: VerdigrisError | None = None
        self.cancelled = 0

    def hello(self, link, peer):
        if self.refuse:
            raise self.refuse

    async def handle(self, call):
        self.calls.append(call)
        if isinstance(call.body, Locate):
            return Located(call.body.server, "127.0.0.1:1")
        if isinstance(call.body, GetStatus):
            wait: Deferred[Response] = Deferred(self._count)
            self.pending.append(wait)
            return await wait
        raise NotOffered(kind="model", name="X", where="here")

    def _count(self, _):
        self.cancelled += 1

    def told(self, link, notice):
        self.notices.append(notice)

    def closed(self, link, reason):
        self.ended.append(reason)


class Pair:
    """Two links joined in memory; `pump` carries the bytes."""

    def __init__(self):
        self.clock = Clock()
        self.sides = Side(), Side()
        self.links = tuple(
            Link(Hello(role, role), side, self.clock, ping_every=10, initiator=role == "gateway")
            for role, side in zip(("gateway", "session server"), self.sides, strict=True)
        )
        self.wires = StringTransport(), StringTransport()

    def open(self):
        for link, wire in zip(self.links, self.wires, strict=True):
            link.makeConnection(wire)
        self.pump()

    def pump(self):
        moved = True
        while moved:
            moved = False
            for here, there in ((0, 1), (1, 0)):
                data = self.wires[here].value()
                self.wires[here].clear()
                if data:
                    self.links[there].dataReceived(data)
                    moved = True


@pytest.fixture
def pair():
    it = Pair()
    it.open()
    return it


def outcome(deferred):
    found = []
    deferred.addBoth(found.append)
    if not found:
        return None
    return found[0].value if isinstance(found[0], Caught) else found[0]


def test_a_call_is_answered(pair):
    answer = pair.links[0].call(Locate("vs1"), request_id="r1", seconds=1)
    pair.pump()
    assert outcome(answer) == Located("vs1", "127.0.0.1:1")
    assert pair.sides[1].calls[0].request_id == "r1"
    pair.clock.advance(2)
    assert len(pair.clock.getDelayedCalls()) == 2  # the pings of both sides; no deadline is left


def test_what_is_no_request_ends_the_connection_with_the_peers_reason(pair):
    answer = pair.links[0].call(Done(), request_id="r2", seconds=1)
    pair.pump()
    pair.links[0].connectionLost(Caught(ConnectionDone()))
    assert isinstance(outcome(answer), ProtocolError)


def test_a_coded_error_arrives_as_itself(pair):
    from verdigris.wire import Undeploy  # noqa: PLC0415 - only here

    answer = pair.links[0].call(Undeploy("X"), request_id="r3", seconds=1)
    pair.pump()
    error = outcome(answer)
    assert isinstance(error, NotOffered)
    assert (str(error), error.request_id) == ("There is no model named X at here.", "r3")


def test_a_deadline_fails_the_call_and_cancels_the_work(pair):
    answer = pair.links[0].call(GetStatus(), request_id="r", seconds=2)
    pair.pump()
    pair.clock.advance(2.1)
    pair.pump()
    assert isinstance(outcome(answer), MethodTimedOut)
    assert pair.sides[1].cancelled == 1


def test_cancelling_a_call_cancels_the_work_and_sends_no_answer(pair):
    answer = pair.links[0].call(GetStatus(), request_id="r", seconds=2)
    answer.addErrback(lambda _: None)
    pair.pump()
    answer.cancel()
    pair.pump()
    assert pair.sides[1].cancelled == 1
    assert pair.wires[1].value() == b""


def test_a_lost_connection_ends_the_calls_of_both_sides(pair):
    answer = pair.links[0].call(GetStatus(), request_id="r", seconds=2)
    pair.pump()
    for link in pair.links:
        link.connectionLost(Caught(ConnectionDone()))
    assert isinstance(outcome(answer), ConnectionLost)
    assert pair.sides[1].cancelled == 1
    assert len(pair.sides[0].ended) == len(pair.sides[1].ended) == 1
    late = pair.links[0].call(GetStatus(), request_id="r", seconds=2)
    assert isinstance(outcome(late), ConnectionLost)


def test_a_refused_hello_reaches_the_caller_in_words():
    pair = Pair()
    pair.sides[1].refuse = ForeignServer(server="vs9", theirs="b", ours="a")
    ready = outcome(pair.links[0].ready())
    assert ready is None
    pair.open()
    pair.links[0].connectionLost(Caught(ConnectionDone()))
    pair.links[1].connectionLost(Caught(ConnectionDone()))
    assert isinstance(pair.links[0]._refusal, ForeignServer)
    assert "belongs to installation b" in str(pair.links[0]._refusal)


def test_a_silent_peer_is_dropped_after_the_missed_pings(pair):
    for _ in range(5):
        pair.clock.advance(10)
    assert pair.wires[0].disconnecting or pair.wires[0].disconnected
    assert "no response to" in str(pair.links[0]._refusal)


def test_pings_keep_a_living_link(pair):
    for _ in range(10):
        pair.clock.advance(10)
        pair.pump()
    assert pair.links[0].open
    assert pair.links[1].open


def test_rubbish_is_refused_in_words_and_ends_the_connection(pair):
    pair.links[1].dataReceived(b"\x00\x00\x00\x03abc")
    assert pair.wires[1].disconnecting
    assert isinstance(pair.links[1]._refusal, ProtocolError)


def test_an_oversized_frame_is_refused_before_it_is_read(pair):
    pair.links[1].dataReceived(b"\x7f\xff\xff\xff")
    assert pair.wires[1].disconnecting
    assert "the limit is" in str(pair.links[1]._refusal)


@pytest.mark.parametrize(
    ("said", "spoken"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"OPTIONS / HTTP/1.0\r\n\r\n", "HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"\xff\xfd\x18\xff\xfb\x01", "telnet"),
    ],
)
@pytest.mark.parametrize("dialled", [True, False])
def test_a_peer_that_is_no_part_is_told_from_one_that_breaks_the_protocol(said, spoken, dialled):
    pair = Pair()
    link, wire = pair.links[not dialled], pair.wires[not dialled]
    link.makeConnection(wire)
    wire.clear()
    wire.abortConnection = wire.loseConnection
    link.dataReceived(said)
    assert f"it speaks {spoken}" in str(link._refusal)
    assert isinstance(link._refusal, ServerUnreachable if dialled else ProtocolError)
    assert wire.value() == b""  # it would not understand us
    assert wire.disconnecting


def test_a_peer_that_is_refused_again_and_again_is_logged_once_a_minute():
    seen, clock = [], Clock()
    refusals = Refusals(clock)
    globalLogPublisher.addObserver(watch := lambda event: seen.append(formatEvent(event)))
    try:
        for _ in range(180):
            refusals.tell("gateway gw", "192.0.2.1", "protocol version 0")
            clock.advance(1)
        refusals.tell("gateway gw", "192.0.2.2", "protocol version 0")
    finally:
        globalLogPublisher.removeObserver(watch)
    told = "gateway gw at 192.0.2.{} was refused: protocol version 0"
    assert seen == [told.format(1)] * 3 + [told.format(2)]


def test_a_notice_arrives(pair):
    pair.links[0].tell(Heartbeat())
    pair.pump()
    assert pair.sides[1].notices == [Heartbeat()]


def test_a_link_on_which_nothing_arrives_is_suspect_until_something_does(pair):
    asked = pair.links[0].call(Locate("vs1"), request_id="r", seconds=1)
    pair.clock.advance(1.1)
    assert isinstance(outcome(asked), MethodTimedOut)
    assert pair.links[0].suspect
    pair.pump()
    assert not pair.links[0].suspect


def test_a_slow_answer_on_a_living_link_is_no_suspicion(pair):
    asked = pair.links[0].call(GetStatus(), request_id="r", seconds=1)
    pair.pump()
    pair.links[1].tell(Heartbeat())
    pair.pump()
    pair.clock.advance(1.1)
    assert isinstance(outcome(asked), MethodTimedOut)
    assert not pair.links[0].suspect


def test_an_unanswered_ping_makes_a_link_suspect(pair):
    pair.clock.advance(10)
    assert not pair.links[0].suspect
    pair.clock.advance(10)
    assert pair.links[0].suspect


def test_a_retired_link_ends_with_its_last_call(pair):
    asked = pair.links[0].call(Locate("vs1"), request_id="r", seconds=1)
    pair.links[0].retire()
    assert not pair.wires[0].disconnecting
    pair.pump()
    assert outcome(asked) == Located("vs1", "127.0.0.1:1")
    assert pair.wires[0].disconnecting


def test_the_end_of_a_killed_peer_is_not_reported_as_clean(pair):
    """The system of a killed process ends its connections in good order."""
    pair.links[0].connectionLost(Caught(ConnectionDone()))
    pair.links[1].close()
    pair.links[1].connectionLost(Caught(ConnectionDone()))
    assert [side.ended for side in pair.sides] == [["the peer closed it"], ["this side closed it"]]


def test_an_answer_that_crosses_the_cancellation_of_its_call_is_told(pair):
    told = []
    pair.links[0].call_late(lambda asked, answer: told.append((asked, answer)))
    for body in (GetStatus(), Locate("vs2")):
        call = pair.links[0].call(body, request_id="r", seconds=1)
        call.addErrback(lambda _: None)
        pair.links[1].dataReceived(pair.wires[0].value())  # the peer answers at once, if it can
        pair.wires[0].clear()
        call.cancel()
        pair.pump()
    assert pair.sides[1].cancelled == 1
    assert told == [(Locate("vs2"), Located("vs2", "127.0.0.1:1"))]
