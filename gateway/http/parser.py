"""HTTP/1.1 parser: the bytes of a connection as requests, by llhttp, within limits.

Law (tests/gateway/http/test_hostile.py): every reader of the same bytes finds the same requests. What
could be read in two ways (two lengths, a length and chunks, folded headers, bare line feeds, a second
Host) is refused, and nothing after it is read (RFC 9112, section 11.2). Every part of a request has a
limit, and an incomplete request never takes more memory than that.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
)
from twisted.logger import Logger

from gateway.http.request import Request
from gateway.http.spool import Spool
from verdigris.cross_site import split_host
from verdigris.errors import BadRequest, NoRoomForBody, TooLarge, VerdigrisError


log = Logger()

MAX_URI: Final = 16 * 1024
"""Bytes of a request's target; ours have under 200, a SELECT by REST can have some thousand."""

MAX_HEAD: Final = 64 * 1024
"""Bytes of all headers, and of anything between two pieces of a body."""

MAX_HEADERS: Final = 200

SLICE: Final = 4 * 1024
"""Bytes read at once: what follows a complete request is left until that is served, so that few of
those a client sends ahead are there at a time."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the bytes of a connection are read no further.

    Attributes:
        status: of HTTP.
        sentence: for the sender.
        error: the same as an error with a number, where there is one.
        request: the request that is refused, if its head was read.
    """

    status: int
    sentence: str
    error: VerdigrisError | None = None
    request: Request | None = None


MALFORMED: Final = Refusal(400, "This is not an HTTP/1.1 request.")
_NO_HOST: Final = Refusal(400, "A request of HTTP/1.1 has one Host header.")
_BAD_HOST: Final = Refusal(400, "The value of the Host header is not a host name or address.")
_LONG_URI: Final = Refusal(414, f"The request's target has more than {MAX_URI} bytes.")
_LONG_HEAD: Final = Refusal(
    431, f"The request's headers have more than {MAX_HEAD} bytes, or are more than {MAX_HEADERS}."
)
_VERSION: Final = Refusal(505, "HTTP/1.1 and HTTP/1.0 are served.")
_CODING: Final = Refusal(501, "The only transfer coding that is accepted is chunked.")


class _Stop(Exception):
    """Ends the parser's work from within a callback."""


class RequestParser:
    """Parser of the requests of one connection.

    Args:
        make: makes an empty request.
        limit: gives the limit of a body, in bytes.

    Attributes:
        ready: requests that are complete, in order.
        refusal: the reply after those; nothing more is read.
        closed: the last of `ready` ends the connection; nothing more is read.
        arriving: a request has begun and is not complete.
        expects: its client waits for 100 (Continue) before it sends the body.
    """

    def __init__(self, make: Callable[[], Request], limit: Callable[[], int]) -> None:
        self.ready: deque[Request] = deque()
        self.refusal: Refusal | None = None
        self.closed = False
        self.arriving = False
        self.expects = False
        self._make = make
        self._limit = limit
        self._parser = HttpRequestParser(self)
        self._request: Request = make()
        self._size = 0
        self._count = 0
        self._headed = False
        self._upgrading = False
        self._resumed = False
        self._quiet = 0
        self._moved = False
        self._whole = b""
        self._taken = self._most = 0
        self._spool: Spool | None = None
        self._released = False

    def __repr__(self) -> str:
        state = "arriving" if self.arriving else "between requests"
        return f"<RequestParser [{state}, {len(self.ready)} ready]>"

    @property
    def over(self) -> bool:
        """Whether nothing more is read."""
        return self.closed or self.refusal is not None

    def feed(self, data: bytes) -> bytes:
        """Take bytes, as they come; see the attributes for what they were.

        Returns:
            What is to be fed again when `ready` is empty.
        """
        if len(data) <= SLICE:
            self._read(data)
            return b""
        for start in range(0, len(data), SLICE):
            self._read(data[start : start + SLICE])
            if self.ready or self.over:
                return data[start + SLICE :]
        return b""

    def _read(self, data: bytes) -> None:
        self._moved = False
        while data and not self.over:
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as found:
                data = data[found.args[0] :]
                self._go_on()
                continue
            except HttpParserCallbackError as found:
                if not isinstance(found.__context__, _Stop):
                    raise
            except HttpParserError:
                if not self.closed:
                    self.refusal = MALFORMED
            break
        if self.arriving and not self._moved and not self.over:
            self._quiet += len(data)
            if self._quiet > MAX_HEAD:
                self.refusal = _LONG_HEAD

    def close(self) -> None:
        """Release what was not complete, and what leads back to here: nothing is read any more."""
        self.closed = True
        if not self._released:
            self._released = True
            del self._parser, self._make, self._request
        if self._spool is not None:
            self._spool.close()
            self._spool = None

    # ---- what llhttp calls ---------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if self._resumed:
            return
        self._request = self._make()
        self.arriving = self._moved = True
        self.expects = self._headed = self._upgrading = False
        self._size = self._count = self._quiet = self._taken = 0
        self._whole = b""

    def on_url(self, piece: bytes) -> None:
        """A piece of the target."""
        if self._resumed:
            return
        self._request.uri += piece
        if len(self._request.uri) > MAX_URI:
            self._refuse(_LONG_URI)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; or a trailer, which is ignored (RFC 9110, section 6.5.1)."""
        if self._headed:
            return
        self._count += 1
        self._size += len(name) + len(value)
        if self._size > MAX_HEAD or self._count > MAX_HEADERS:
            self._refuse(_LONG_HEAD)
        key = name.decode("ascii").lower()
        headers = self._request.headers
        if key in headers:
            self._request.repeated = True
            headers[key].append(value.rstrip(b" \t"))
        else:
            headers[key] = [value.rstrip(b" \t")]

    def on_headers_complete(self) -> None:
        """Judge the head: everything here is refused before a byte of the body is taken."""
        if self._resumed:
            return
        request, parser, self._headed = self._request, self._parser, True
        headers = request.headers
        version = parser.get_http_version()
        if version != "1.1":
            if version != "1.0":
                self._refuse(_VERSION)
            request.old = True
        hosts = headers.get("host", ())
        if len(hosts) != 1 and (hosts or not request.old):
            self._refuse(_NO_HOST)
        if hosts and not _is_host(hosts[0]):
            self._refuse(_BAD_HOST)
        request.method = parser.get_method()
        request.path = _path(request.uri)
        request.persistent = parser.should_keep_alive()
        self._upgrading = parser.should_upgrade()
        if "content-length" in headers:
            self._most = self._limit()
            if int(headers["content-length"][0]) > self._most:
                self._too_large()
        elif "transfer-encoding" in headers:
            if request.old:
                self._refuse(MALFORMED)
            if [value.lower() for value in headers["transfer-encoding"]] != [b"chunked"]:
                self._refuse(_CODING)
            self._most = self._limit()
        else:
            return
        if "expect" in headers and not request.old:
            expected = [value.lower() for value in headers["expect"]]
            self.expects = expected == [b"100-continue"]

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        self._moved, self._quiet, self.expects = True, 0, False
        self._taken += len(piece)
        if self._taken > self._most:
            self._too_large()
        if not self._whole:
            self._whole = piece
            return
        try:
            if self._spool is None:
                self._spool = Spool()
                self._spool.write(self._whole)
            self._spool.write(piece)
        except OSError as problem:
            self._no_room(problem)

    def on_message_complete(self) -> None:
        """The last byte of a request."""
        if self._upgrading:
            return
        request, self.arriving, self.expects, self._resumed = self._request, False, False, False
        request.body = self._whole
        if self._spool is not None:
            try:
                request.body = self._spool.read()
            except OSError as problem:
                self._no_room(problem)
            self._spool.close()
            self._spool = None
        self._whole = b""
        self.closed = not request.persistent
        self.ready.append(request)

    # ---- within --------------------------------------------------------------------------------

    def _too_large(self) -> NoReturn:
        error = TooLarge(limit=self._most, unit="bytes")
        self._refuse(Refusal(413, str(error), error, self._request))

    def _no_room(self, problem: OSError) -> NoReturn:
        error = NoRoomForBody(reason=problem.strerror or problem)
        log.error("a request is refused: {problem}", problem=str(error))
        self._refuse(Refusal(503, str(error), error, self._request))

    def _refuse(self, refusal: Refusal) -> NoReturn:
        self.refusal = refusal
        raise _Stop

    def _go_on(self) -> None:
        """Stay with HTTP/1.1 if the client offers another protocol (RFC 9110, section 7.8).

        The parser stops after the headers then, whether the request has a body or not; another
        parser, which is given headers that describe the body, reads on.
        """
        self._upgrading, self._resumed = False, True
        self._parser = HttpRequestParser(self)
        headers = self._request.headers
        how = b""
        if "content-length" in headers:
            how = b"Content-Length: %d\r\n" % int(headers["content-length"][0])
        elif "transfer-encoding" in headers:
            how = b"Transfer-Encoding: chunked\r\n"
        stay = b"" if self._request.persistent else b"Connection: close\r\n"
        self._parser.feed_data(b"POST / HTTP/1.1\r\nHost: h\r\n%b%b\r\n" % (how, stay))


def _path(uri: bytes) -> bytes:
    """The path of a target in any of its forms (RFC 9112, section 3.2)."""
    path = uri.partition(b"?")[0]
    if path[:1] == b"/":
        return path
    scheme, found, rest = path.partition(b"://")
    if found and scheme.lower() in (b"http", b"https"):
        return b"/" + rest.partition(b"/")[2]
    return path


def _is_host(value: bytes) -> bool:
    """Whether a Host header has the form of a host (RFC 9112, 3.2)."""
    try:
        split_host(value.decode("latin-1"))
    except BadRequest:
        return False
    return True
