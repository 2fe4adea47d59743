"""Bytes to requests: what is one, what is refused, and that nobody reads the same bytes otherwise."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.parser import MAX_HEAD, SLICE, RequestParser
from gateway.http.request import Request


LIMIT = 1_000


def reader():
    return RequestParser(lambda: Request(None), lambda: LIMIT)


def read(data, *, step=0):
    """The reader of these bytes, fed whole or in steps."""
    found = reader()
    for start in range(0, len(data), step or len(data)):
        _fed(found, data[start : start + (step or len(data))])
    over = found.closed
    found.close()
    found.closed = over
    return found


def _fed(found, data):
    """Feed all of it."""
    while data:
        ready = list(found.ready)
        found.ready.clear()
        data = found.feed(data) if not found.over else b""
        found.ready.extendleft(reversed(ready))


def told(found):
    """Everything that was read."""
    requests = [
        (it.method, it.uri, it.headers, it.body, it.persistent, it.old) for it in found.ready
    ]
    return requests, found.refusal, found.closed, found.arriving


def post(*headers, body=b"", line=b"POST /a?b HTTP/1.1"):
    return b"\r\n".join([line, b"Host: h", *headers, b"", body])


CHUNKED = b"Transfer-Encoding: chunked"
GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"


# ---- what is a request ---------------------------------------------------------------------------


def test_a_request_is_read_with_its_parts():
    (found,) = read(post(b"X-A:  one \t", b"x-a: two", b"Content-Length: 3", body=b"abc")).ready

    assert (found.method, found.uri, found.path) == (b"POST", b"/a?b", b"/a")
    assert found.headers == {"host": [b"h"], "x-a": [b"one", b"two"], "content-length": [b"3"]}
    assert found.getHeader("x-a") == "two"
    assert found.getHeader("x-b") is None
    assert (found.body, found.persistent, found.old) == (b"abc", True, False)


def test_chunks_are_one_body_and_trailers_are_left_out():
    chunks = b"3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: x\r\n\r\n"
    (found,) = read(post(CHUNKED, body=chunks)).ready

    assert found.body == b"abc0123456789"
    assert "x-trailer" not in found.headers


@pytest.mark.parametrize(
    ("line", "connection", "persistent"),
    [(b"GET / HTTP/1.1", b"X: y", True), (b"GET / HTTP/1.1", b"Connection: close", False),
     (b"GET / HTTP/1.0", b"X: y", False), (b"GET / HTTP/1.0", b"Connection: keep-alive", True)],
)  # fmt: skip
def test_a_connection_is_kept_as_its_client_says(line, connection, persistent):
    (found,) = read(post(connection, line=line)).ready

    assert found.persistent == persistent
    assert read(post(connection, line=line) + GET).closed != persistent


@pytest.mark.parametrize(
    ("target", "path"),
    [(b"/a/b?c=/d", b"/a/b"), (b"http://h:1/a?b", b"/a"), (b"HTTPS://h", b"/"), (b"*", b"*")],
)
def test_a_target_in_any_form_has_its_path(target, path):
    (found,) = read(post(line=b"OPTIONS " + target + b" HTTP/1.1")).ready

    assert found.path == path


def test_empty_lines_before_a_request_are_passed_over():
    assert len(read(b"\r\n\r\n" + GET + b"\r\n" + GET).ready) == 2


@pytest.mark.parametrize(
    "how", [[b"Content-Length: 3"], [CHUNKED], []], ids=["length", "chunks", "none"]
)
@pytest.mark.parametrize("step", [0, 1, 7])
def test_an_offer_of_another_protocol_is_passed_over(how, step):
    body = b"abc" if how == [b"Content-Length: 3"] else b"3\r\nabc\r\n0\r\n\r\n" if how else b""
    offer = [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"]
    found = read(post(*offer, *how, body=body) + GET, step=step)

    first, second = found.ready
    assert (first.method, first.uri, first.body) == (b"POST", b"/a?b", b"abc" if how else b"")
    assert (second.method, second.uri) == (b"GET", b"/")
    assert found.refusal is None


def test_a_body_may_be_as_large_as_the_limit():
    whole = post(b"Content-Length: 1000", body=b"x" * LIMIT)

    assert len(read(whole, step=100).ready[0].body) == LIMIT


# ---- what is refused -----------------------------------------------------------------------------

REFUSED = {
    "length and chunks": (post(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunks and length": (post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n"), 400),
    "two lengths": (post(b"Content-Length: 3", b"Content-Length: 4", body=b"abcd"), 400),
    "the same length twice": (post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"), 400),
    "a list of lengths": (post(b"Content-Length: 3, 3", body=b"abc"), 400),
    "a signed length": (post(b"Content-Length: +3", body=b"abc"), 400),
    "a negative length": (post(b"Content-Length: -3", body=b"abc"), 400),
    "a length in hexadecimal": (post(b"Content-Length: 0x3", body=b"abc"), 400),
    "an empty length": (post(b"Content-Length:", body=b"abc"), 400),
    "a length beyond 64 bits": (post(b"Content-Length: 99999999999999999999"), 400),
    "blank before the colon": (post(b"Content-Length : 3", body=b"abc"), 400),
    "a folded header": (post(b"X: a", b" b"), 400),
    "a header that begins with a tab": (post(b"\tX: a"), 400),
    "bare line feeds": (GET.replace(b"\r\n", b"\n"), 400),
    "one bare line feed": (b"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", 400),
    "a bare carriage return": (b"GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400),
    "a zero in a value": (post(b"X: a\0b"), 400),
    "a header without a colon": (post(b"nonsense"), 400),
    "a header without a name": (post(b": a"), 400),
    "chunks of bare line feeds": (post(CHUNKED, body=b"3\nabc\n0\n\n"), 400),
    "a chunk longer than its size": (post(CHUNKED, body=b"3\r\nabcd\r\n0\r\n\r\n"), 400),
    "a size with a blank": (post(CHUNKED, body=b"3 \r\nabc\r\n0\r\n\r\n"), 400),
    "a size in hexadecimal notation": (post(CHUNKED, body=b"0x3\r\nabc\r\n0\r\n\r\n"), 400),
    "a size beyond 64 bits": (post(CHUNKED, body=b"11111111111111111\r\n"), 400),
    "an unknown coding": (post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 501),
    "two codings": (post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 501),
    "chunked twice": (post(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunks in HTTP/1.0": (post(CHUNKED, body=b"0\r\n\r\n", line=b"POST / HTTP/1.0"), 400),
    "no Host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (post(b"Host: other"), 400),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    "HTTP/0.9": (b"GET /\r\n\r\n", 505),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 400),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "an unknown method": (b"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "a target that is too long": (post(line=b"GET /" + b"a" * 20_000 + b" HTTP/1.1"), 414),
    "a header that is too long": (post(b"X: " + b"a" * 70_000), 431),
    "headers that are too many": (post(*(b"X: a" for _ in range(201))), 431),
    "headers that are too long together": (post(*(b"X: " + b"a" * 400 for _ in range(170))), 431),
    "a body that is too large": (post(b"Content-Length: 1001"), 413),
    "chunks that are too large": (post(CHUNKED, body=b"3E9\r\n" + b"x" * 1001), 413),
    "a trailer without end": (post(CHUNKED, body=b"0\r\nX: " + b"a" * 210_000), 431),
    "a chunk extension without end": (post(CHUNKED, body=b"3;" + b"a" * 210_000), 431),
}  # fmt: skip


@pytest.mark.parametrize(("data", "status"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("step", [65_536, 1, 1000], ids=["reads", "bytes", "pieces"])
def test_a_doubtful_request_is_refused_and_nothing_behind_it_is_read(data, status, step):
    if step == 1 and len(data) > 5_000:
        step = 997
    found = read(data + GET, step=step)

    assert found.refusal is not None
    assert found.refusal.status == status
    assert not found.ready
    found.feed(GET)
    assert not found.ready


def test_what_came_before_a_doubtful_request_is_served():
    found = read(GET + GET + b"nonsense\r\n\r\n")

    assert len(found.ready) == 2
    assert found.refusal.status == 400


def test_a_header_without_end_is_refused_before_it_fills_memory():
    found = reader()
    found.feed(b"GET / HTTP/1.1\r\nHost: h\r\nX: ")
    fed = 0
    while found.refusal is None:
        found.feed(b"a" * 1_000)
        fed += 1_000
    assert fed <= MAX_HEAD + SLICE
    assert found.refusal.status == 431


def test_what_follows_the_last_request_of_a_connection_is_dropped():
    found = read(post(b"Connection: close") + GET)

    assert (len(found.ready), found.refusal, found.closed) == (1, None, True)


def test_few_of_the_requests_sent_ahead_are_read_at_a_time():
    found, left, read_ = reader(), GET * 1_000, 0
    while left:
        left = found.feed(left)
        assert len(found.ready) <= SLICE // len(GET) + 1
        read_ += len(found.ready)
        found.ready.clear()

    assert read_ == 1_000


def test_a_client_that_waits_for_leave_to_send_is_known():
    found = reader()
    found.feed(post(b"Expect: 100-Continue", b"Content-Length: 3"))
    assert found.expects
    found.feed(b"a")
    assert not found.expects
    found.close()
    assert not read(post(b"Expect: 100-continue")).expects


# ---- however it comes ----------------------------------------------------------------------------

PIECES = [
    GET,
    post(b"Content-Length: 3", body=b"abc"),
    post(CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"),
    post(b"Connection: Upgrade", b"Upgrade: h2c", b"Content-Length: 3", body=b"abc"),
    post(b"Expect: 100-continue", b"Content-Length: 1", body=b"x"),
    post(b"Connection: close"),
    post(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"),
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"\r\n",
    b"nonsense",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4), st.lists(st.integers(1, 40)))
def test_how_the_network_cuts_bytes_changes_nothing(pieces, cuts):
    data = b"".join(pieces)
    whole, cut = read(data), reader()
    places = [0, *itertools.takewhile(lambda it: it < len(data), itertools.accumulate(cuts))]
    for start, end in itertools.pairwise([*places, len(data)]):
        _fed(cut, data[start:end])

    assert told(cut) == told(whole)


@given(st.binary(max_size=300), st.sampled_from(PIECES))
def test_any_bytes_are_read_or_refused(data, piece):
    found = read(piece + data)

    assert all(it.method for it in found.ready)
    found.close()
