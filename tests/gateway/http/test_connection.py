"""One connection: the order of requests and replies, clients that do not read, and ends of all kinds."""

import gc
import re
import weakref

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from gateway.http import HttpServer
from gateway.http.body import BodyStreamer
from gateway.http.connection import STALLED
from gateway.settings import Settings


class Script:
    """A resource whose requests are answered by the test."""

    def __init__(self):
        self.requests = []
        self.do = None

    def render(self, request):
        self.requests.append(request)
        if self.do is not None:
            self.do(request)


class Bench:
    """A server with this resource, and one connection."""

    def __init__(self, connection):
        self.clock = Clock()
        self.script = Script()
        self.settings = Settings(None, self.clock)
        self.server = HttpServer(self.script, self.settings, self.clock, lambda: 0.0)
        self.answered = []
        self.server.answered.append(self.answered.append)
        self.line = connection(self.server)

    @property
    def requests(self):
        return self.script.requests

    def send(self, data):
        self.line.send(data)

    def sent(self):
        found = self.line.wire.value()
        self.line.wire.clear()
        return found


@pytest.fixture
def bench(connection):
    found = Bench(connection)
    yield found
    found.line.lose()
    found.clock.advance(0)
    assert found.clock.getDelayedCalls() == []
    assert found.server.count == 0


def get(path=b"/", *headers, version=b"1.1", method=b"GET"):
    return b"\r\n".join(
        [method + b" " + path + b" HTTP/" + version, b"Host: h", *headers, b"", b""]
    )


def answered(request):
    request.setHeader(b"content-type", b"text/plain")
    request.answer(b"body")


HEAD = b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"


# ---- replies -------------------------------------------------------------------------------------


def test_a_whole_reply_has_its_length(bench):
    bench.script.do = answered
    bench.send(get())

    assert bench.sent() == HEAD + b"Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody"
    assert [it.sent for it in bench.answered] == [4]


def test_a_reply_in_pieces_is_chunked(bench):
    bench.send(get())
    request = bench.requests[0]
    request.write(b"one")
    request.write(b"")
    request.write(b"three")
    request.finish()

    assert (
        bench.sent()
        == HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n"
    )
    assert bench.answered[0].sent == 8


def test_a_reply_in_pieces_to_http_1_0_ends_with_the_connection(bench):
    bench.send(get(b"/", b"Connection: keep-alive", version=b"1.0"))
    bench.requests[0].write(b"one")
    bench.requests[0].finish()

    assert bench.sent() == HEAD + b"Connection: close\r\n\r\none"
    assert bench.line.wire.disconnecting


def test_a_client_of_http_1_0_that_asks_for_it_keeps_its_connection(bench):
    bench.script.do = answered
    bench.send(get(b"/", b"Connection: keep-alive", version=b"1.0"))

    assert b"Connection: keep-alive\r\n" in bench.sent()
    assert not bench.line.wire.disconnecting


@pytest.mark.parametrize("whole", [True, False])
def test_a_head_has_no_body(bench, whole):
    bench.send(get(method=b"HEAD"))
    if whole:
        bench.requests[0].answer(b"body")
    else:
        bench.requests[0].write(b"body")
        bench.requests[0].finish()

    assert bench.sent().endswith(b"\r\n\r\n")
    bench.send(get())
    assert len(bench.requests) == 2


@pytest.mark.parametrize("code", [204, 304])
def test_a_reply_without_a_body_has_no_length(bench, code):
    bench.send(get())
    bench.requests[0].setResponseCode(code)
    bench.requests[0].finish()

    assert not re.search(rb"(?i)length|chunked", bench.sent())


def test_an_empty_reply_says_so(bench):
    bench.send(get())
    bench.requests[0].finish()

    assert b"Content-Length: 0\r\n" in bench.sent()


def test_no_value_begins_another_header(bench):
    bench.send(get())
    bench.requests[0].setHeader(b"x-server", b"a\r\nSet-Cookie: b")
    bench.requests[0].answer(b"")

    assert b"X-Server: a Set-Cookie: b\r\n" in bench.sent()


def test_a_reply_is_finished_once(bench):
    bench.script.do = answered
    bench.send(get())

    for again in (bench.requests[0].finish, lambda: bench.requests[0].write(b"x")):
        with pytest.raises(RuntimeError):
            again()
    with pytest.raises(RuntimeError):
        bench.requests[0].answer(b"x")


# ---- order ---------------------------------------------------------------------------------------


def test_a_request_sent_ahead_waits_for_the_reply_before_it(bench):
    bench.send(get(b"/1") + get(b"/2"))
    bench.send(get(b"/3"))
    assert [it.path for it in bench.requests] == [b"/1"]

    answered(bench.requests[0])
    assert [it.path for it in bench.requests] == [b"/1", b"/2"]
    bench.script.do = answered
    answered(bench.requests[1])
    assert [it.path for it in bench.requests] == [b"/1", b"/2", b"/3"]


def test_thousands_of_requests_answered_at_once_do_not_pile_up(bench):
    bench.script.do = answered
    for _ in range(100):
        bench.send(get() * 50)
        bench.clock.advance(0)

    assert len(bench.requests) == 5_000


def test_reading_stops_while_a_request_is_at_work(bench):
    bench.send(get())
    for _ in range(40):
        bench.send(get() * 30)
        if bench.line.wire.producerState == "paused":
            break
    assert bench.line.wire.producerState == "paused"

    bench.script.do = answered
    answered(bench.requests[0])
    bench.clock.advance(0)

    assert bench.line.wire.producerState == "producing"


def test_a_refusal_waits_for_the_reply_before_it(bench):
    bench.send(get() + b"nonsense\r\n\r\n")
    assert bench.sent() == b""

    answered(bench.requests[0])

    first, _, second = bench.sent().partition(b"body")
    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert bench.line.wire.disconnecting


def test_leave_to_send_waits_for_the_reply_before_it(bench):
    bench.send(get() + get(b"/", b"Expect: 100-continue", b"Content-Length: 1", method=b"POST"))
    assert bench.sent() == b""

    answered(bench.requests[0])

    assert bench.sent().endswith(b"bodyHTTP/1.1 100 Continue\r\n\r\n")
    bench.send(b"x")
    assert bench.requests[1].body == b"x"


def test_nobody_is_asked_for_what_has_come(bench):
    bench.send(get(b"/", b"Expect: 100-continue", b"Content-Length: 1", method=b"POST") + b"x")

    assert bench.sent() == b""
    assert bench.requests[0].body == b"x"


def test_nothing_is_served_behind_the_last_request(bench):
    bench.script.do = answered
    bench.send(get(b"/", b"Connection: close") + get())
    bench.send(get())

    assert len(bench.requests) == 1
    assert b"Connection: close\r\n" in bench.sent()
    assert bench.line.wire.disconnecting


# ---- clients that do not read --------------------------------------------------------------------


def test_no_request_is_begun_while_a_client_does_not_read(bench):
    bench.send(get(b"/1"))
    bench.line.channel.pauseProducing()
    answered(bench.requests[0])
    bench.send(get(b"/2"))
    assert len(bench.requests) == 1

    bench.line.channel.resumeProducing()

    assert len(bench.requests) == 2


def test_reading_stops_while_a_client_does_not_read(bench):
    bench.script.do = answered
    bench.line.channel.pauseProducing()
    bench.send(get() * 10)
    assert bench.requests == []
    for _ in range(40):
        bench.send(get() * 30)
        if bench.line.wire.producerState == "paused":
            break
    assert bench.line.wire.producerState == "paused"

    bench.line.channel.resumeProducing()
    bench.clock.advance(0)

    assert len(bench.requests) > 500
    assert bench.line.wire.producerState == "producing"


def test_a_client_that_never_reads_is_left(bench):
    bench.send(get())
    bench.line.channel.pauseProducing()
    answered(bench.requests[0])

    bench.clock.advance(STALLED - 1)
    assert not bench.line.wire.aborted
    bench.clock.pump([60] * int(STALLED / 60 + 2))

    assert bench.line.wire.aborted


def test_pieces_are_made_as_they_are_taken(bench):
    made = []

    def pieces():
        for n in range(5):
            made.append(n)
            yield b"x"

    bench.send(get())
    request = bench.requests[0]
    request.write(b"begin")
    bench.line.channel.pauseProducing()
    BodyStreamer(request, pieces()).start()
    assert len(made) <= 1

    bench.line.channel.resumeProducing()

    assert len(made) == 5
    assert bench.sent().endswith(b"0\r\n\r\n")


def test_a_body_that_cannot_be_finished_is_not_taken_for_whole(bench, logged):
    def pieces():
        yield b"x"
        raise ValueError

    bench.send(get())
    bench.requests[0].write(b"begin")
    BodyStreamer(bench.requests[0], pieces()).start()

    assert not bench.sent().endswith(b"0\r\n\r\n")
    assert bench.line.wire.disconnecting


# ---- ends ----------------------------------------------------------------------------------------


def test_a_request_is_told_once_how_it_ended(bench):
    ends = []
    bench.send(get(b"/1") + get(b"/2"))
    bench.requests[0].ends.append(lambda lost: ends.append(("1", lost)))
    answered(bench.requests[0])
    bench.requests[1].ends.append(lambda lost: ends.append(("2", lost)))
    bench.line.lose()

    assert ends == [("1", False), ("2", True)]
    bench.requests[1].write(b"nobody reads this")
    bench.requests[1].finish()
    bench.requests[1].answer(b"nor this")
    assert b"nobody" not in bench.sent()


def test_a_producer_is_told_that_its_client_went_away(bench):
    bench.send(get())
    request = bench.requests[0]
    request.write(b"begin")
    bench.line.channel.pauseProducing()
    BodyStreamer(request, iter([b"x"] * 10)).start()

    bench.line.lose()

    assert request.lost


def test_a_resource_that_fails_is_an_internal_error(bench, logged):
    def fail(request):
        raise ValueError("why")

    bench.script.do = fail
    bench.send(get())

    assert bench.sent().startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert "a request was not answered" in "".join(logged())


def test_a_resource_that_fails_in_mid_reply_ends_the_connection(bench, logged):
    def fail(request):
        request.write(b"one")
        raise ValueError("why")

    bench.script.do = fail
    bench.send(get())

    assert not bench.sent().endswith(b"0\r\n\r\n")
    assert bench.line.wire.disconnecting


def test_idle_time_counts_from_the_last_reply(bench):
    bench.script.do = answered
    for _ in range(10):
        bench.clock.advance(30)
        bench.send(get())
    assert not bench.line.wire.disconnecting

    bench.clock.pump([10] * 7)

    assert bench.line.wire.disconnecting


def test_a_call_may_take_longer_than_idle_time(bench):
    bench.send(get())
    bench.clock.pump([30] * 20)
    assert not bench.line.wire.disconnecting

    answered(bench.requests[0])
    bench.clock.advance(30)

    assert not bench.line.wire.disconnecting


def test_a_request_that_waits_is_not_late(bench):
    bench.send(get() + get()[:10])
    bench.clock.pump([10] * 3)
    assert bench.sent() == b""

    answered(bench.requests[0])
    bench.clock.pump([5] * 4)

    assert b"408 Request Timeout" in bench.sent()


def test_the_limit_counts_connections(bench, connection):
    bench.settings.config = type(bench.settings.config)(max_connections=1)

    refused = connection(bench.server)

    assert refused.response().status == 503
    refused.lose()


@pytest.mark.parametrize("last", [b"", b"GET /x HTTP/1.1\r\n", b"no request\r\n\r\n"])
def test_a_connection_that_ended_leaves_nothing_to_the_garbage_collector(bench, connection, last):
    """The garbage of 20,000 connections of one client held the event loop for 0.3 seconds."""
    bench.script.do = lambda request: request.finish()
    line = connection(bench.server)
    line.send(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n" + last)
    gone = weakref.ref(line.channel)
    bench.script.requests.clear()
    bench.answered.clear()
    gc.disable()
    try:
        line.lose()
        line.wire.producer = None  # as a transport does that has ended
        line.channel = None
        assert gone() is None
    finally:
        gc.enable()


def test_a_call_of_a_client_that_left_is_cancelled(bank):
    waits = []

    def later(call):
        waits.append(Deferred(lambda it: waits.append("cancelled")))
        return waits[0]

    bank.caller.reply = later
    line = bank.connect()
    line.send(b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: h\r\nContent-Length: 192\r\n\r\n")
    body = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        b'<ping xmlns="urn:xmlns:attachmate:vhi-ws:BankDemo"/></e:Body></e:Envelope>'
    )
    line.send(body + b" " * (192 - len(body)))
    assert len(waits) == 1
    line.lose()

    assert waits[1:] == ["cancelled"]


# ---- one turn of the reactor ---------------------------------------------------------------------


@pytest.fixture
def together(bench, connection):
    """Three connections whose transports take bytes at once, as plain sockets do."""
    lines = [connection(bench.server) for _ in range(3)]
    for line in lines:
        plain(line)
    yield lines
    for line in lines:
        line.lose()


def plain(line, room=10**9):
    line.taken = []

    def take(data):
        kept = data[:room]
        line.taken.append(kept)
        line.wire.write(kept)
        return len(kept)

    line.channel._at_once = take


def test_what_arrives_in_one_turn_is_served_and_sent_together(bench, together):
    bench.script.do = answered
    for line in together:
        line.send(get())
    assert bench.requests == []

    bench.clock.advance(0)

    assert len(bench.requests) == 3
    assert [len(line.taken) for line in together] == [1, 1, 1]
    assert bench.server._due is False


def test_replies_made_later_are_sent_together(bench, together):
    for line in together:
        line.send(get())
    bench.clock.advance(0)
    for request in bench.requests:
        answered(request)
    assert [line.taken for line in together] == [[], [], []]

    bench.clock.advance(0)

    assert [len(line.taken) for line in together] == [1, 1, 1]


def test_replies_to_requests_sent_ahead_are_one_write(bench, together):
    bench.script.do = answered
    together[0].send(get() * 5)
    bench.clock.advance(0)

    assert len(together[0].taken) == 1
    assert together[0].taken[0].count(b"HTTP/1.1 200") == 5


def test_replies_that_wait_are_bounded(bench, together):
    bench.script.do = lambda request: request.answer(b"x" * 30_000)
    together[0].send(get() * 20)
    bench.clock.advance(0)

    assert max(map(len, together[0].taken)) < 130_000
    assert sum(map(len, together[0].taken)) > 600_000


def test_pieces_follow_the_reply_before_them(bench, together):
    line = together[0]
    line.send(get(b"/1") + get(b"/2"))
    bench.clock.advance(0)
    answered(bench.requests[0])
    bench.requests[1].write(b"piece")
    bench.requests[1].finish()

    sent = b"".join(line.taken)
    assert sent.index(b"body") < sent.index(b"piece")


def test_the_last_reply_of_a_connection_leaves_before_it_ends(bench, together):
    bench.script.do = answered
    together[0].send(get(b"/", b"Connection: close"))
    bench.clock.advance(0)

    assert len(together[0].taken) == 1
    assert together[0].wire.disconnecting


def test_a_client_that_leaves_in_the_turn_is_not_served(bench, together):
    together[0].send(get())
    together[1].send(get())
    together[0].lose()
    bench.clock.advance(0)

    assert len(bench.requests) == 1


def test_a_client_that_leaves_before_its_reply_is_sent_disturbs_nobody(bench, together):
    for line in together:
        line.send(get())
    bench.clock.advance(0)
    for request in bench.requests:
        answered(request)
    together[0].lose()
    bench.clock.advance(0)

    assert [len(line.taken) for line in together] == [0, 1, 1]


def test_a_connection_that_fails_costs_the_others_nothing(bench, together, logged, monkeypatch):
    bench.script.do = answered
    monkeypatch.setattr(together[0].channel, "take", lambda data: 1 / 0)
    for line in together:
        line.send(get())
    bench.clock.advance(0)

    assert together[0].wire.aborted
    assert len(bench.requests) == 2
    assert "a connection failed" in "".join(logged())


def test_what_a_socket_does_not_take_waits_in_order(bench, together):
    line = together[0]
    plain(line, room=100)
    bench.script.do = lambda request: request.answer(request.path * 100)
    line.send(get(b"/a"))
    line.send(get(b"/b"))
    bench.clock.advance(0)
    line.send(get(b"/c"))

    sent = line.wire.value()
    assert sent.index(b"/a") < sent.index(b"/b") < sent.index(b"/c")
    assert (sent.count(b"/a"), sent.count(b"/b"), sent.count(b"/c")) == (100, 100, 100)


def test_a_server_that_ends_sends_what_is_answered(bench, together):
    together[0].send(get())
    bench.server.turn()
    answered(bench.requests[0])
    bench.server.turn()

    assert len(together[0].taken) == 1
    bench.clock.advance(0)
