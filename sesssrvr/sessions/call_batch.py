"""Session calls of one client, performed in order up to the first that fails.

Law: no call is begun if one of the batch is not valid; nobody else's call comes between them; what a
failed call may have done at the host is told (docs/behaviour/failed-writes.md).
"""

from typing import Any

import msgspec
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger, LogLevel

from sesssrvr.caller import Caller
from sesssrvr.model import Interaction, may_write, run_call
from sesssrvr.sessions.live_session import LiveSession
from verdigris.errors import HostConnectionLost, TooLarge, VerdigrisError
from verdigris.wire import CallFailure, CallSession, SessionCalled
from verdigris.wire import session_calls as calls


log = Logger()

MOST = 1000
"""Calls of one batch: a form of a hundred fields, filled, sent and read, takes fewer."""

_TYPING = (calls.PerformAidKey, calls.InsertStringAtCursor, calls.InsertStringAtOffset)
_UNANSWERED = (*_TYPING, calls.InsertStringAtRowColumn, calls.SetAttributes)
"""Calls that do not wait for what the host says to them."""


class CallBatch:
    """The calls of one message.

    Args:
        session: lent to the caller.
        body: the message.
        caller: the client.
        clock: for the time that is left.

    Raises:
        BadSessionCall: one of them is not valid.
        TooLarge: there are too many.
    """

    def __init__(
        self, session: LiveSession, body: CallSession, caller: Caller, clock: IReactorTime
    ) -> None:
        if len(body.calls) > MOST:
            raise TooLarge(limit=MOST, unit="session calls")
        self._calls = [calls.read_call(data, n) for n, data in enumerate(body.calls, 1)]
        self._session, self._caller, self._clock = session, caller, clock
        self._acted = False

    def __repr__(self) -> str:
        return f"<CallBatch of {len(self._calls)} calls on {self._session!r}>"

    async def result(self) -> SessionCalled:
        """Perform the calls; their results, and the error of the one that failed."""
        results: list[msgspec.Raw] = []
        with self._session.call(self._caller.request_id):
            for call in self._calls:
                try:
                    found = await self._one(call)
                except VerdigrisError as problem:
                    self._tell(call, LogLevel.info, f"failed: {problem.code} {problem}")
                    problem.effect = "unknown" if self._acted else "none"
                    return SessionCalled(tuple(results), CallFailure.of(problem))
                results.append(calls.as_sent(found))
        return SessionCalled(tuple(results))

    async def _one(self, call: calls.AnyCall) -> Any:
        session, started = self._session, self._clock.seconds()
        host = session.host
        assert host is not None  # noqa: S101 - lent sessions have one
        if host.lost:  # its last screen is no answer
            raise HostConnectionLost(host=session.pool.key.name, reason=host.lost)
        interaction = session.interact()
        interaction.begin(host.screen(), host.typed_secrets)
        sent = host.sent
        try:
            found = await host.run(
                lambda _: run_call(interaction, call),
                self._caller.left(started),
                answered=not isinstance(call, _UNANSWERED),
            )
        finally:
            self._acted |= host.sent != sent and may_write(interaction, call)
        self._told(interaction, call, started)
        return found

    def _told(self, interaction: Interaction, call: calls.AnyCall, started: float) -> None:
        everything = interaction.logging_level == "LOG_ALL_MESSAGES"
        milliseconds = round((self._clock.seconds() - started) * 1000, 3)
        level = LogLevel.info if everything else LogLevel.debug
        self._tell(call, level, f"took {milliseconds} ms")

    def _tell(self, call: calls.AnyCall, level: Any, outcome: str) -> None:
        """Log a call by its name: its arguments and its result may be secrets."""
        log.emit(
            level,
            "session {number}: {call} {outcome}",
            number=self._session.number,
            call=type(call).__name__,
            outcome=outcome,
            request_id=self._caller.request_id,
        )
