"""The stream: one WebSocket of each open page, over which it hears of what it watches.

    {"watch": "/servers?limit=100", "id": 1}     begins; the answer comes at once and when it changes
    {"unwatch": 1}                               ends

    {"id": 1, "status": 200, "body": ..., "total": 104}
    {"id": 1, "status": 403, "problem": ...}

Who may watch what is asked of the API, as for a GET. Origin and login are checked before the upgrade: a page of
another site gets no socket (cross-site WebSocket hijacking).
"""

from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET, Request
from twisted.web.websocket import WebSocketResource, WebSocketTransport
from zope.interface import implementer

from mgmtsrvr.api.route import Caller
from mgmtsrvr.console.door import Door
from mgmtsrvr.console.watches import Answer, Watched, Watches
from verdigris.errors import VerdigrisError


log = Logger()

SOCKETS: Final = 200
OF_ONE_USER: Final = 32
WATCHES: Final = 32
"""Of one socket."""

LONGEST: Final = 8192
"""Characters of a message from a page."""

PING: Final = 20.0
"""Seconds between pings; the socket of a page that has not answered two of them is closed."""


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of a page: `watch` with an `id`, or `unwatch`."""

    watch: str = ""
    id: int = 0
    unwatch: int = 0


class StreamResource:
    """The resource /stream.

    Args:
        door: to the administration API.
        watches: of all pages.
    """

    def __init__(self, door: Door, watches: Watches) -> None:
        self._door = door
        self._watches = watches
        self._open: list[Stream] = []

    def __repr__(self) -> str:
        return f"<StreamResource {len(self._open)} open>"

    def render(self, given: object) -> int:
        """Upgrade a request, or refuse it."""
        request = cast("Request", given)
        admitted = Deferred.fromCoroutine(self._door.admit(request))
        admitted.addCallback(lambda caller: self._upgrade(request, caller))
        admitted.addErrback(lambda caught: _refuse(request, caught))
        return NOT_DONE_YET

    def _upgrade(self, request: Request, caller: Caller) -> None:
        of_one = sum(1 for it in self._open if it.caller.name == caller.name)
        if len(self._open) >= SOCKETS or of_one >= OF_ONE_USER:
            _plain(request, 503, "Too many pages are open.")
            return
        stream = Stream(self._door, self._watches, caller, self._open)
        answered = WebSocketResource(_Factory(stream)).render_GET(request)
        if isinstance(answered, bytes):
            _plain(request, 400, "This is a WebSocket.")


class _Factory:
    def __init__(self, stream: "Stream") -> None:
        self._stream = stream

    def buildProtocol(self, request: Request) -> "Stream":  # noqa: N802 - Twisted's name
        """The protocol of the request that was admitted."""
        del request
        return self._stream


@implementer(IPushProducer)
class Stream:
    """The server's side of one page's socket.

    A page that reads slowly is told the newest answer to each of its watches, and none in between.

    Args:
        door: to the administration API.
        watches: of all pages.
        caller: who looks.
        others: the open streams, among them this one while it is open.
    """

    def __init__(
        self, door: Door, watches: Watches, caller: Caller, others: "list[Stream]"
    ) -> None:
        self.caller = caller
        self._door = door
        self._all = watches
        self._others = others
        self._mine: dict[int, Callable[[], None]] = {}
        self._paused = False
        self._waiting: dict[int, Answer] = {}
        self._silent = 0
        self._pings = LoopingCall(self._ping)

    def negotiationStarted(self, transport: WebSocketTransport) -> None:  # noqa: N802 - Twisted's name
        """Keep the transport."""
        self._transport = transport
        transport._textBuffer = _Bounded()  # type: ignore[attr-defined] # noqa: SLF001 - Twisted bounds no message

    def negotiationFinished(self) -> None:  # noqa: N802 - as above
        """Begin."""
        self._others.append(self)
        self._transport.detachProducer()  # the HTTP connection's
        self._transport.attachProducer(self)
        self._pings.clock = self._door.clock
        self._pings.start(PING, now=False)

    def textMessageReceived(self, message: str) -> None:  # noqa: N802 - as above
        """Begin or end a watch."""
        try:
            said = msgspec.json.decode(message, type=Watch)
        except msgspec.MsgspecError:
            self._transport.loseConnection(1008)
            return
        self._waiting.pop(said.unwatch or said.id, None)
        end = self._mine.pop(said.unwatch or said.id, None)
        if end is not None:
            end()
        if not said.watch:
            return
        if len(self._mine) >= WATCHES or self._all.full:
            self._transport.loseConnection(1013)
            return
        what = Watched(self.caller.name, said.watch)
        self._mine[said.id] = self._all.add(what, self._asking(said.watch), self._telling(said.id))

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:  # noqa: N802 - as above
        """Refuse what no page of ours sends."""
        del data
        self._transport.loseConnection(1003)

    def pongReceived(self, payload: bytes) -> None:  # noqa: N802 - as above
        """Note that the page is there."""
        del payload
        self._silent = 0

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - as above
        """End what was watched."""
        del reason
        if self._pings.running:
            self._pings.stop()
        for end in self._mine.values():
            end()
        self._mine.clear()
        if self in self._others:
            self._others.remove(self)

    def _asking(self, target: str) -> Callable[[], Any]:
        return lambda: self._door.look(target, self.caller)

    def _telling(self, watch: int) -> Callable[[Answer], None]:
        def tell(answer: Answer) -> None:
            if self._paused:
                self._waiting[watch] = answer
            else:
                self._send(watch, answer)

        return tell

    def _send(self, watch: int, answer: Answer) -> None:
        good = answer.status < 400  # noqa: PLR2004 - the statuses of problems (RFC 9110, 15)
        message = {"id": watch, "status": answer.status,
                   "body" if good else "problem": msgspec.Raw(answer.body)}  # fmt: skip
        if answer.total is not None:
            message["total"] = answer.total
        self._transport.sendTextMessage(msgspec.json.encode(message).decode())

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        """Keep what is new: the page does not read."""
        self._paused = True

    def resumeProducing(self) -> None:  # noqa: N802 - as above
        """Tell what was kept, as long as the page reads."""
        self._paused = False
        while self._waiting and not self._paused:
            watch = next(iter(self._waiting))
            self._send(watch, self._waiting.pop(watch))

    def stopProducing(self) -> None:  # noqa: N802 - as above
        """Nothing is left to do: `connectionLost` ends what is watched."""

    def _ping(self) -> None:
        """Ask whether the page is there, and whether its user is still logged in."""
        self._silent += 1
        if self._silent > 2:  # noqa: PLR2004 - see PING
            self._transport.loseConnection(1001)
            return
        self._transport.ping()
        again = Deferred.fromCoroutine(self._door.still(self.caller))
        again.addErrback(lambda _: self._transport.loseConnection(4401))


class _Bounded:
    """The pieces of a message, as long as they are not more than a page of ours sends."""

    def __init__(self) -> None:
        self._data = ""

    def add(self, new: str) -> None:
        """Take a piece."""
        self._data = (self._data + new)[: LONGEST + 1]

    def done(self) -> str:
        """The message, which is not JSON if it was too long."""
        result, self._data = self._data, ""
        return result


def _refuse(request: Request, caught: Failure) -> None:
    problem = caught.value
    if isinstance(problem, VerdigrisError):
        _plain(request, problem.http, str(problem))
    else:
        log.failure("a stream could not be opened", caught)
        _plain(request, 500, "The stream could not be opened.")


def _plain(request: Request, status: int, text: str) -> None:
    if request.finished or request.channel is None:
        return
    request.setResponseCode(status)
    request.setHeader("Content-Type", "text/plain; charset=utf-8")
    request.write(text.encode())
    request.finish()
