"""Calls worked on for the peer of one link.

Law: every call received is answered exactly once, unless it was cancelled or the link ended; at its
deadline, or when nobody waits, its work is cancelled.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure as Caught

from verdigris.errors import (
    InternalError,
    MethodTimedOut,
    ProtocolError,
    TooManyCalls,
    VerdigrisError,
)
from verdigris.link.coroutine import Job
from verdigris.link.deadlines import Deadlines
from verdigris.wire import MAX_FRAME, Answer, Call, Failure, Response, encode


log = Logger()

MAX_CALLS: Final = 10_000
"""Calls being worked on for one peer at once; twice the sessions VHI allows a server (5,000)."""


class PeerCalls:
    """What the peer has asked and not been told yet.

    Args:
        clock: for deadlines.
        handle: begins the work of a call.
        send: takes an encoded frame; nothing happens on a closed link.
        who: the peer, for messages.
    """

    __slots__ = ("_handle", "_overdue", "_send", "_who", "_working")

    def __init__(
        self,
        clock: IReactorTime,
        handle: Callable[[Call], Coroutine[Any, Any, Response]],
        send: Callable[[bytes], None],
        who: Callable[[], str],
    ) -> None:
        self._handle = handle
        self._send = send
        self._who = who
        self._working: dict[int, Job[Response]] = {}
        self._overdue = Deadlines(clock, self._working, lambda it: self._working[it].cancel())

    def __repr__(self) -> str:
        return f"<PeerCalls [{len(self._working)} working]>"

    def __len__(self) -> int:
        return len(self._working)

    def take(self, call: Call) -> None:
        """Begin to work on a call; it may have been answered when this returns."""
        if len(self._working) >= MAX_CALLS:
            refusal = TooManyCalls(peer=self._who(), limit=MAX_CALLS).settle(writes=False)
            self._send(encode(Failure.of(call.id, refusal)))
            return
        job = Job(self._handle(call), lambda outcome: self._done(call, outcome))
        self._working[call.id] = job
        job.start()
        if self._working.get(call.id) is job:
            self._overdue.add(call.id, call.deadline_ms / 1000)

    def cancel(self, number: int) -> None:
        """Stop working on a call nobody waits for; it may have been answered already."""
        if (job := self._working.pop(number, None)) is not None:
            job.cancel()

    def drain(self) -> tuple[Job[Response], ...]:
        """Forget all calls: what their work still says goes nowhere. The jobs, to be cancelled."""
        jobs = tuple(self._working.values())
        self._working.clear()
        self._overdue.clear()
        return jobs

    def _done(self, call: Call, outcome: Response | Exception) -> None:
        if self._working.pop(call.id, None) is None:
            return
        if isinstance(outcome, Exception):
            self._fail(outcome, call)
            return
        try:
            self._answer(outcome, call)
        except Exception as problem:  # noqa: BLE001 - the caller has to hear of it
            log.failure("answer to {kind} cannot be sent", kind=type(call.body).__name__)
            if isinstance(problem, VerdigrisError):
                problem.details.clear()
            self._fail(problem, call)

    def _answer(self, body: Response, call: Call) -> None:
        frame = encode(Answer(call.id, body))
        if len(frame) > MAX_FRAME:
            raise ProtocolError(peer="this side", problem=f"an answer of {len(frame)} bytes")
        self._send(frame)

    def _fail(self, error: Exception, call: Call) -> None:
        if isinstance(error, CancelledError):
            error = MethodTimedOut()
        if not isinstance(error, VerdigrisError):
            log.failure("call {kind} failed", Caught(error), kind=type(call.body).__name__, request_id=call.request_id)  # fmt: skip
            error = InternalError(what=type(error).__name__)
        error.request_id = error.request_id or call.request_id
        self._send(encode(Failure.of(call.id, error)))
