"""Calls this side of a link has made and waits for.

Law: every call ends exactly once, with an answer, an error or a cancellation, and at its deadline at
the latest.
"""

from collections.abc import Callable
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from verdigris.errors import MethodTimedOut, ProtocolError, VerdigrisError
from verdigris.link.deadlines import Deadlines
from verdigris.wire import MAX_FRAME, Call, Cancel, Request, Response, encode


MAX_GIVEN_UP: Final = 1_000
"""Cancelled calls whose answers are still looked for; one that crossed comes within a round trip."""


class OwnCalls:
    """What this side has asked and not been told yet.

    Args:
        clock: for deadlines.
        send: takes an encoded frame; nothing happens on a closed link.
        overdue: told when a call's time is up.
        ended: told when a call has ended, before whoever made it.

    Attributes:
        late: called with what was asked and the answer, when an answer crosses the cancellation of
            its call.
    """

    __slots__ = (
        "_asked", "_due", "_ended", "_given_up", "_next_id", "_overdue", "_send", "_waiting", "late",
    )  # fmt: skip

    def __init__(
        self,
        clock: IReactorTime,
        send: Callable[[bytes], None],
        overdue: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self._send = send
        self._overdue = overdue
        self._ended = ended
        self._next_id = 0
        self._waiting: dict[int, Deferred[Response]] = {}
        self._asked: dict[int, Request] = {}
        self._given_up: dict[int, Request] = {}
        self._due = Deadlines(clock, self._waiting, self._deadline)
        self.late: Callable[[Request, Response], None] = lambda _asked, _answer: None

    def __repr__(self) -> str:
        return f"<OwnCalls [{len(self._waiting)} waiting]>"

    def __len__(self) -> int:
        return len(self._waiting)

    def make(
        self, body: Request, request_id: str, seconds: float, grace: float
    ) -> Deferred[Response]:
        """Ask; the Deferred fails with the peer's error, `MethodTimedOut`, or the end of the link.

        Args:
            body: what is asked.
            request_id: of the client's call this is part of.
            seconds: how long the peer may take.
            grace: seconds to wait on top.
        """
        self._next_id += 1
        number = self._next_id
        result: Deferred[Response] = Deferred(lambda _: self._give_up(number))
        frame = encode(Call(number, request_id, max(1, int(seconds * 1000)), body))
        if len(frame) > MAX_FRAME:
            large = ProtocolError(peer="this side", problem=f"a frame of {len(frame)} bytes")
            result.errback(large.settle(writes=False))
            return result
        self._waiting[number], self._asked[number] = result, body
        self._due.add(number, max(0.0, seconds + grace))
        self._send(frame)
        return result

    def settle(self, number: int, outcome: Response | VerdigrisError) -> None:
        """End a call with what the peer says; one that was cancelled is told as late."""
        result = self._waiting.pop(number, None)
        asked = self._asked.pop(number, None) or self._given_up.pop(number, None)
        if result is None:
            if asked is not None and not isinstance(outcome, VerdigrisError):
                self.late(asked, outcome)
            return
        self._ended()
        if isinstance(outcome, VerdigrisError):
            result.errback(outcome)
        else:
            result.callback(outcome)

    def drain(self) -> tuple[Deferred[Response], ...]:
        """Forget all calls; those that wait, to be failed."""
        waiting = tuple(self._waiting.values())
        for one in (self._waiting, self._asked, self._given_up, self._due):
            one.clear()
        return waiting

    def _give_up(self, number: int) -> None:
        if self._waiting.pop(number, None) is not None:
            self._cancelled(number)
            self._ended()

    def _deadline(self, number: int) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            self._overdue()
            self._cancelled(number)
            self._ended()
            waiting.errback(MethodTimedOut())

    def _cancelled(self, number: int) -> None:
        """Tell the peer that nobody waits; it may have answered already."""
        self._send(encode(Cancel(number)))
        self._given_up[number] = self._asked.pop(number)
        while len(self._given_up) > MAX_GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]
