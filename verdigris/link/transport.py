"""One connection that speaks the wire protocol: calls, answers, cancels, notices, pings.

Law: every call made on a link ends exactly once, with an answer, an error or a cancellation, and
at its deadline at the latest; every call received is answered unless it was cancelled. A link
carries any number of calls at once in both directions. Nothing here knows what the messages mean.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IDelayedCall, IReactorTime, ITCPTransport
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure as Caught

from verdigris.errors import (
    ConnectionLost,
    ProtocolError,
    ServerUnreachable,
    VerdigrisError,
)
from verdigris.identity import Part, Security
from verdigris.link.framing import PREFIX, Pieces, TooLong
from verdigris.link.intake import Intake
from verdigris.link.own_calls import OwnCalls
from verdigris.link.peer_calls import PeerCalls
from verdigris.link.peer_trust import PeerTrust, other_language
from verdigris.link.refusals import Refusals
from verdigris.link.strangers import language_of
from verdigris.wire import (
    MAX_FRAME,
    VERSION,
    Answer,
    Call,
    Cancel,
    Failure,
    Frame,
    Hello,
    Notice,
    Ping,
    Pong,
    Request,
    Response,
    Tell,
    decode,
    encode,
)


log = Logger()

MAX_HELLO: Final = 64 * 1024
"""Bytes of a frame before the hello: anyone may connect, and what comes is kept until it is whole."""

HELLO_WITHIN: Final = 5.0
"""Seconds a new connection has to say hello, so that port scanners do not hold connections."""

REFUSED_WITHIN: Final = 5.0
"""Seconds a refused peer has to take the reason; then the connection ends without it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call that arrived: what is asked, by whom, for which request, and how long they wait."""

    body: Request
    request_id: str
    seconds: float
    link: "Link"


class Handler(Protocol):
    """What stands behind a link. One handler may serve many links."""

    def hello(self, link: "Link", peer: Hello) -> None:
        """The peer said who it is. Raise a VerdigrisError to refuse it."""

    async def handle(self, call: Incoming) -> Response:
        """Answer a call, or raise a VerdigrisError. Cancelled when nobody waits any more."""

    def told(self, link: "Link", notice: Notice) -> None:
        """A notice arrived."""

    def closed(self, link: "Link", reason: str) -> None:
        """The connection ended; called once, only after `hello`."""


class Link(TwistedProtocol):
    """A connection between two parts.

    Args:
        me: what this side says of itself.
        handler: who answers calls.
        clock: for deadlines and pings.
        initiator: this side dialled and says hello first; the other side answers with its own
            hello once it has accepted this one, so that `ready` means "accepted".
        ping_every: seconds between pings on a silent link; 0 is never.
        misses: pings in a row that may stay unanswered before the peer counts as gone.
        security: TLS of this side; None is plain text, on which nobody's identity is known.
        dialled: the host this side has connected to.
        refusals: the log of peers that are refused; one of its own by default.

    Attributes:
        open: both sides have accepted each other, and the connection has not ended.
        suspect: a call or ping stayed unanswered and nothing at all has arrived since it was sent:
            the network may be cut. The next frame that arrives ends the suspicion.
        tls_problem: with the peer's certificate, told by the TLS layer.
    """

    def __init__(
        self,
        me: Hello,
        handler: Handler,
        clock: IReactorTime,
        *,
        initiator: bool = True,
        ping_every: float = 10.0,
        misses: int = 3,
        security: Security | None = None,
        dialled: str = "",
        refusals: Refusals | None = None,
    ) -> None:
        self.me = me
        self.peer: Hello | None = None
        self.tls_problem = ""
        self._trust = PeerTrust(security, dialled, self.abort)
        self.address = ""
        self._initiator = initiator
        self._handler = handler
        self._clock = clock
        self._ping_every = ping_every
        self._misses = misses
        self._refusals = refusals or Refusals(clock)
        self._silent = 0
        self._own_calls = OwnCalls(clock, self._write, self._overdue, self._leave_if_retired)
        self._peer_calls = PeerCalls(clock, self._handle, self._pass, self._who)
        self._pieces = Pieces(MAX_HELLO)
        self._intake = Intake(clock, self._pieces.feed, self._frame, self._failed)
        self._awaited: list[Deferred[Link]] = []
        self._timer: IDelayedCall | None = None
        self._refusal: VerdigrisError | None = None
        self._unheard_call = False
        self._closing = self._retired = False
        self.open = False
        self.suspect = False

    def __repr__(self) -> str:
        who = f"{self.peer.role} {self.peer.name}" if self.peer else "nobody yet"
        return f"<Link to {who} at {self.address} [{len(self._own_calls)} waiting, {len(self._peer_calls)} working]>"

    @property
    def part(self) -> Part | None:
        """Who the peer has proved to be; None for a client without a certificate."""
        return self._trust.part

    @property
    def secured(self) -> bool:
        """Whether the connection is TLS: then a role with certificates is proved, not claimed."""
        return self._trust.secured

    @property
    def peer_name(self) -> str:
        """What the peer says it is, such as "session server vs1"; "" before its hello."""
        return f"{self.peer.role} {self.peer.name}" if self.peer else ""

    def peer_is(self, role: str) -> bool:
        """Whether the peer says that it is such a part."""
        return self.peer is not None and self.peer.role == role

    def call_late(self, give_back: Callable[[Request, Response], None]) -> None:
        """Have this called with what was asked and the answer, when one crosses its call's cancellation.

        What the peer has granted can be given back.
        """
        self._own_calls.late = give_back

    def spare(self) -> None:
        """Let the connection outlive a revocation of its peer: a part that leaves gets its answer."""
        self._trust.end()

    def ready(self) -> "Deferred[Link]":
        """Fires with the link once both sides accepted each other; fails if the peer refused or left."""
        wanted: Deferred[Link] = Deferred(self._awaited.remove)
        if self.open:
            wanted.callback(self)
        elif self._refusal is not None:
            wanted.errback(self._refusal)
        else:
            self._awaited.append(wanted)
        return wanted

    # ---- calling ---------------------------------------------------------------------------

    def call(
        self, body: Request, *, request_id: str, seconds: float, grace: float = 0.0
    ) -> Deferred[Response]:
        """Ask the peer; cancelling the Deferred tells the peer that nobody waits.

        Args:
            body: what is asked.
            request_id: of the client's call this is part of.
            seconds: how long the peer may take; then the Deferred fails with `MethodTimedOut`.
            grace: seconds to wait on top, so that the peer's own account of a timeout arrives.

        The Deferred fails with the error the peer answered, `ConnectionLost`, or `MethodTimedOut`.
        """
        if not self.open:
            closed = ConnectionLost(peer=self._who(), reason="the connection is closed")
            return fail(closed.settle(writes=False))
        self._unheard_call = True
        return self._own_calls.make(body, request_id, seconds, grace)

    def tell(self, body: Notice) -> None:
        """Send a notice; silently nothing on a closed link."""
        self._send(Tell(body))

    def retire(self) -> None:
        """End the connection once the calls made on it have ended: another one has taken its place."""
        self._retired = True
        self._leave_if_retired()

    def close(self) -> None:
        """End the connection once what was written is sent."""
        self._closing = True
        if self.transport is not None:
            self._intake.release()
            self.transport.loseConnection()

    def abort(self) -> None:
        """End the connection at once."""
        if self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()

    def _leave_if_retired(self) -> None:
        if self._retired and not self._own_calls:
            self.close()

    def _overdue(self) -> None:
        self.suspect = self.suspect or self._unheard_call

    def _write(self, string: bytes) -> None:
        """One frame's bytes behind their length."""
        if self.transport is not None:
            self.transport.write(len(string).to_bytes(PREFIX) + string)

    # ---- Twisted's hooks -------------------------------------------------------------------

    def connectionMade(self) -> None:
        """Say hello and give the peer a bounded time to do the same."""
        transport = self.transport
        assert transport is not None  # noqa: S101 - Twisted sets it before this hook
        peer = transport.getPeer()
        self.address = f"{getattr(peer, 'host', '')}:{getattr(peer, 'port', '')}"
        if ITCPTransport.providedBy(transport):
            transport.setTcpNoDelay(True)
            transport.setTcpKeepAlive(True)
        self._intake.begin(transport)
        self._timer = self._clock.callLater(HELLO_WITHIN, self._late)
        if self._initiator:
            self._write(encode(self.me))

    def dataReceived(self, data: bytes) -> None:
        """Take bytes, and the frames they complete."""
        self._unheard_call = self.suspect = False
        self._intake.received(data)

    def _frame(self, string: bytes) -> None:
        self._silent = 0
        self._take(decode(string, self._who()))

    def _failed(self, problem: Exception) -> None:
        match problem:
            case TooLong() if not self.open and (
                wrong := other_language(self._who(), problem.length)
            ):
                self._refuse(wrong)
            case TooLong():
                self._too_long(problem.length)
            case VerdigrisError():
                self._refuse(problem)
            case _:
                log.failure(
                    "a frame of {peer} could not be taken", Caught(problem), peer=self._who()
                )
                self.abort()

    def connectionLost(self, reason: Caught = Caught(ConnectionError("closed"))) -> None:  # noqa: B008 - Twisted's signature
        """End every call: ours with an error, the peer's by cancellation."""
        was_open, self.open = self.open, False
        self._intake.end()
        _stop(None, self._timer)
        self._trust.end()
        words = self._why_lost(reason)
        failed = self._trust.failure(self._who(), reason, self.tls_problem)
        lost = self._refusal or failed or ConnectionLost(peer=self._who(), reason=words)
        waiting, working = self._own_calls.drain(), self._peer_calls.drain()
        for result in waiting:
            result.errback(lost)
        for job in working:
            job.cancel()
        if was_open:
            self._handler.closed(self, words)
        self._refusal = lost
        awaited, self._awaited = self._awaited, []
        for wanted in awaited:
            wanted.errback(lost)

    def _why_lost(self, reason: Caught) -> str:
        """Twisted's words, but for an end it calls clean: a killed peer's system ends connections so too."""
        if reason.check(ConnectionDone) is None:
            return reason.getErrorMessage().rstrip(".")
        return "this side closed it" if self._closing else "the peer closed it"

    # ---- frames ----------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        match frame:
            case Hello():
                self._hello(frame)
            case _ if not self.open and not (isinstance(frame, Failure) and frame.id == 0):
                raise ProtocolError(peer=self._who(), problem="a frame before the hello")
            case Call():
                self._peer_calls.take(frame)
            case Answer(id=number, body=body):
                self._own_calls.settle(number, body)
            case Failure(id=0):
                self._refusal = frame.error()
                self.close()
            case Failure(id=number):
                self._own_calls.settle(number, frame.error())
            case Cancel(id=number):
                self._peer_calls.cancel(number)
            case Tell(body=body):
                if self._trust.permits(body):
                    self._handler.told(self, body)
            case Ping():
                self._send(Pong())
            case Pong():
                pass

    def _hello(self, peer: Hello) -> None:
        if self.open:
            raise ProtocolError(peer=self._who(), problem="a second hello")
        self.peer = peer
        if peer.version != VERSION:
            raise ProtocolError(
                peer=self._who(),
                problem=f"protocol version {peer.version}; this side speaks {VERSION}",
            )
        self._trust.admit(self.transport, peer)
        self._handler.hello(self, peer)
        self.open = True
        self._pieces.longest = MAX_FRAME
        _stop(None, self._timer)
        if self._ping_every:
            self._timer = self._clock.callLater(self._ping_every, self._tick)
        if not self._initiator:
            self._write(encode(self.me))
        awaited, self._awaited = self._awaited, []
        for wanted in awaited:
            wanted.callback(self)

    def _handle(self, call: Call) -> Coroutine[Any, Any, Response]:
        incoming = Incoming(call.body, call.request_id, call.deadline_ms / 1000, self)
        return self._permitted(incoming) if self._trust.secured else self._handler.handle(incoming)

    async def _permitted(self, incoming: Incoming) -> Response:
        self._trust.permit(incoming.body)
        return await self._handler.handle(incoming)

    # ---- being alive -----------------------------------------------------------------------

    def _tick(self) -> None:
        if self._silent >= self._misses:
            deaf = "; it does not read what it asks for" if self._intake.deaf else ""
            self._refusal = ConnectionLost(
                peer=self._who(), reason=f"no response to {self._silent} pings{deaf}"
            )
            log.warn("{problem}", problem=str(self._refusal))
            self.abort()
            return
        self.suspect = self.suspect or self._silent > 0
        self._silent += 1
        self._send(Ping())
        self._timer = self._clock.callLater(self._ping_every, self._tick)

    def _late(self) -> None:
        self._refuse(
            ProtocolError(peer=self._who(), problem=f"no hello within {HELLO_WITHIN:g} seconds")
        )

    def _too_long(self, length: int) -> None:
        """Refuse a frame by its length, which is something else when it comes from a peer that is not a part."""
        spoken = "" if self.peer else language_of(length.to_bytes(PREFIX))
        if not spoken:
            said = f"a frame of {length} bytes; the limit is {self._pieces.longest}"
            self._refuse(ProtocolError(peer=self._who(), problem=said))
            return
        if self._initiator:
            reason = f"it speaks {spoken}, not the protocol between the parts; check the port"
            host = self.address.rpartition(":")[0]
            self._refusal = ServerUnreachable(server=host, address=self.address, reason=reason)
        else:
            said = f"it speaks {spoken}; this port is for the other parts"
            self._refusal = ProtocolError(peer=self._who(), problem=said)
            self._tell(said)
        self.abort()  # it would not understand a refusal

    def _refuse(self, problem: VerdigrisError) -> None:
        self._tell(str(problem))
        self._refusal = problem
        if self.transport is not None:
            self._write(encode(Failure.of(0, problem)))
            self.close()
            _stop(None, self._timer)
            self._timer = self._clock.callLater(REFUSED_WITHIN, self.abort)

    def _tell(self, problem: str) -> None:
        self._refusals.tell(self.peer_name, self.address.rpartition(":")[0], problem)

    def _send(self, frame: Frame) -> None:
        if self.open:
            self._pass(encode(frame))

    def _pass(self, string: bytes) -> None:
        """One frame's bytes, counted as asked for by the peer; nothing on a closed link."""
        if self.open:
            self._write(string)
            self._intake.wrote(len(string))

    def _who(self) -> str:
        return self.peer_name or f"the peer at {self.address or 'an unknown address'}"


def _stop(result: Any, timer: IDelayedCall | None) -> Any:
    """Stop a timer, pass the result on: made for `addBoth`."""
    if timer is not None and timer.active():
        timer.cancel()
    return result
