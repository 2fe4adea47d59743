"""HTTP request, and the reply that is written to it.

Law (tests/gateway/http/test_connection.py): the length of a reply is announced, or it is chunked, or
the connection ends with it, so that a client can always tell whether it is complete. No value of a
header can begin another header.
"""

from typing import Any, Final, Protocol

from twisted.internet.interfaces import IPushProducer


STATUS: Final = {
    100: "Continue",
    200: "OK",
    202: "Accepted",
    204: "No Content",
    302: "Found",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}
"""Reason phrases (RFC 9110, section 15) of the statuses that are used here."""

BODILESS: Final = frozenset({204, 304})
"""Statuses without a body or its length (RFC 9110, sections 15.3.5 and 15.4.5)."""

_LINES: Final = {
    status: f"HTTP/1.1 {status} {reason}\r\n".encode() for status, reason in STATUS.items()
}
_LF, _CR = b"\n\r"
"""As numbers: `in` finds those in a tenth of the time of bytes."""

_SPELLED: Final[dict[bytes, bytes]] = {}
"""Header names as they are sent; they are ours, and few."""


class Ends(Protocol):
    """Called when a request is over."""

    def __call__(self, lost: bool, /) -> None:  # noqa: FBT001 - the one thing there is to tell
        """True if the client went away before its reply was written."""


class Wire(Protocol):
    """What a request needs of its connection."""

    host: Any
    location: str
    client_key: str
    secure: bool

    @property
    def certificate(self) -> bytes:
        """See `Request.certificate`."""

    def send(self, data: bytes) -> None:
        """Write bytes."""

    def reply(self, data: bytes) -> None:
        """Write a whole reply."""

    def date(self) -> bytes:
        """The Date header's line."""

    def replied(self, request: "Request") -> None:
        """The reply is written."""

    def produce(self, producer: IPushProducer | None) -> None:
        """Let this producer be paused and resumed as the client reads; None for no producer."""

    def drop(self) -> None:
        """End the connection."""


class Request:
    """A request that has arrived whole.

    Args:
        wire: its connection.

    Attributes:
        method, uri, path: of its first line; the path is without query and still encoded.
        headers: values by name in lower case, in the order they came.
        repeated: a header comes more than once.
        old: it is one of HTTP/1.0.
        body: whole, without its transfer coding.
        persistent: the connection serves further requests after this one.
        code: the reply's status.
        response: the reply's headers.
        sent: bytes of the reply's body so far.
        begun: a part of the reply is written.
        finished: all of it is.
        lost: the client went away before.
        ends: called once, when either is so.
    """

    __slots__ = (
        "_chunked", "_wire", "begun", "body", "code", "ends", "finished", "headers", "lost", "method",
        "old", "path", "persistent", "repeated", "response", "sent", "uri",
    )  # fmt: skip

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.method = b""
        self.uri = b""
        self.path = b""
        self.headers: dict[str, list[bytes]] = {}
        self.repeated = False
        self.old = False
        self.body = b""
        self.persistent = True
        self.code = 200
        self.response: dict[bytes, bytes] = {}
        self.sent = 0
        self.finished = False
        self.lost = False
        self.ends: list[Ends] = []
        self.begun = False
        self._chunked = False

    def __repr__(self) -> str:
        state = "lost" if self.lost else "answered" if self.finished else "open"
        return f"<Request {self.method.decode('latin-1')} [{state}]>"

    # ---- what was asked ------------------------------------------------------------------------

    def getHeader(self, name: str) -> str | None:
        """The last value of a header; None if there is none.

        Args:
            name: in lower case.
        """
        values = self.headers.get(name)
        return values[-1].decode("latin-1") if values else None

    def getRawHeaders(self, name: str) -> list[bytes]:
        """Every value of a header, in the order they came."""
        return self.headers.get(name, [])

    def joined(self, name: str) -> str:
        """A header as one text; several of one name are a list (RFC 9110, section 5.3).

        Args:
            name: in lower case.
        """
        values = self.headers.get(name)
        return b", ".join(values).decode("latin-1") if values else ""

    @property
    def location(self) -> str:
        """The address of the client, "unknown" if it has none."""
        return self._wire.location

    @property
    def client_key(self) -> str:
        """What the calls of its client are counted under."""
        return self._wire.client_key

    def getHost(self) -> Any:
        """Our end of it."""
        return self._wire.host

    def isSecure(self) -> bool:
        """Whether it came over TLS."""
        return self._wire.secure

    @property
    def certificate(self) -> bytes:
        """The client's certificate as DER, checked in the handshake; b"" if it has shown none."""
        return self._wire.certificate

    # ---- what is answered ----------------------------------------------------------------------

    def setResponseCode(self, code: int) -> None:
        """Set the status of the reply, which is 200 otherwise."""
        self.code = code

    def setHeader(self, name: bytes, value: bytes) -> None:
        """Set a header of the reply; a line break in its value becomes a blank.

        Args:
            name: in lower case.
            value: of it.
        """
        if _LF in value or _CR in value:
            value = b" ".join(value.split())
        self.response[name] = value

    def redirect(self, url: bytes) -> None:
        """Send the client to another URL (302)."""
        self.code = 302
        self.setHeader(b"location", url)

    def write(self, data: bytes) -> None:
        """Write a piece of the reply's body; nothing goes out to a client that is gone.

        Raises:
            RuntimeError: the reply is finished.
        """
        if self.finished:
            raise RuntimeError("a finished reply cannot be continued")
        if self.lost:
            return
        if not self.begun:
            head = self._head(b"content-length" in self.response)
            if self.method == b"HEAD":
                data = b""
            self.sent += len(data)
            self._wire.send(head + self._framed(data))
        elif data and self.method != b"HEAD":
            self.sent += len(data)
            self._wire.send(self._framed(data))

    def finish(self) -> None:
        """The reply is complete.

        Raises:
            RuntimeError: it was already.
        """
        if self.finished:
            raise RuntimeError("a reply can be finished only once")
        if self.lost:
            return
        if not self.begun:
            if self.code not in BODILESS and self.method != b"HEAD":
                self.response.setdefault(b"content-length", b"0")
            self._wire.send(self._head(known=True))
        elif self._chunked:
            self._wire.send(b"0\r\n\r\n")
        self._over()

    def answer(self, body: bytes) -> None:
        """Write the whole body, with its length, and finish.

        Raises:
            RuntimeError: a part of a reply was written before.
        """
        if self.begun:
            raise RuntimeError("a reply can be begun only once")
        if self.lost:
            return
        self.response[b"content-length"] = b"%d" % len(body)
        if self.method == b"HEAD":
            body = b""
        self.sent = len(body)
        self._wire.reply(self._head(known=True) + body)
        self._over()

    def registerProducer(self, producer: IPushProducer) -> None:
        """Pieces come from here, as the client takes them."""
        self._wire.produce(producer)

    def unregisterProducer(self) -> None:
        """No more pieces come."""
        self._wire.produce(None)

    def loseConnection(self) -> None:
        """End the connection, so that the client does not take a part of the reply for all of it."""
        self._wire.drop()

    def gone(self) -> None:
        """The client went away; called by the connection."""
        self.lost = True
        ends, self.ends = self.ends, []
        for tell in ends:
            tell(True)  # noqa: FBT003 - see Ends

    def _over(self) -> None:
        self.finished = True
        self._wire.replied(self)
        ends, self.ends = self.ends, []
        for tell in ends:
            tell(False)  # noqa: FBT003 - see Ends

    def _head(self, known: bool) -> bytes:  # noqa: FBT001 - whether the body's length is known
        """Status line and headers."""
        self.begun = True
        if not known and self.code not in BODILESS:
            if self.old:
                self.persistent = False  # the connection's end is the body's
            else:
                self._chunked = self.method != b"HEAD"
                self.response[b"transfer-encoding"] = b"chunked"
        parts = [_LINES.get(self.code) or b"HTTP/1.1 %d Unknown\r\n" % self.code, self._wire.date()]
        for name, value in self.response.items():
            parts += (_SPELLED.get(name) or _spelled(name), value, b"\r\n")
        if not self.persistent:
            parts.append(b"Connection: close\r\n")
        elif self.old:
            parts.append(b"Connection: keep-alive\r\n")
        parts.append(b"\r\n")
        return b"".join(parts)

    def _framed(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if self._chunked and data else data


def _spelled(name: bytes) -> bytes:
    """A header's name as most servers spell it: some old clients look no further."""
    made = _SPELLED[name] = name.title() + b": "
    return made
