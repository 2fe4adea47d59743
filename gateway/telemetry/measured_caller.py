"""A caller that counts, times and traces what another one carries out.

Law: it changes no call, no result and no error; what cannot be counted or traced is no reason to
fail.
"""

from contextlib import nullcontext
from typing import Final

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorTime

from gateway.call import Call, Caller, Result
from gateway.problems import trail_of
from gateway.telemetry.metrics import Metrics, outcome_of
from gateway.telemetry.request_context import SHOW
from gateway.telemetry.tracing import CallSpan, Tracing
from verdigris.connector import CallReport
from verdigris.errors import VerdigrisError
from verdigris.wire import Rows


_NO_SPAN: Final = nullcontext(CallSpan(None, None, 0))


class MeasuredCaller:
    """Wraps a caller.

    Args:
        caller: carries out.
        metrics: counts.
        tracing: makes spans.
        clock: for durations.
    """

    def __init__(
        self, caller: Caller, metrics: Metrics, tracing: Tracing, clock: IReactorTime
    ) -> None:
        self._caller = caller
        self._metrics = metrics
        self._tracing = tracing
        self._clock = clock

    async def call(self, call: Call) -> Result:
        """See `gateway.call.Caller`."""
        show = SHOW.get()
        if show is not None:
            call = replace(call, watch="screens")
        elif self._tracing.on:
            call = replace(call, watch="times")
        began = self._clock.seconds()
        problem: BaseException | None = None
        result: Result = None
        self._metrics.began()
        with self._tracing.call(call) if self._tracing.on else _NO_SPAN as span:
            try:
                result = await self._caller.call(call)
            except BaseException as caught:
                problem = caught
                if isinstance(caught, VerdigrisError):
                    self._metrics.asked(call.domain, trail_of(caught.details.get("trail")))
                raise
            finally:
                rows = result if isinstance(result, Rows) else None
                in_session = rows.milliseconds / 1000 if rows else None
                seconds = self._clock.seconds() - began
                self._metrics.ended(call, outcome_of(problem), seconds, in_session)
                span.end(problem, rows)
        if show is not None and isinstance(result, Rows):
            show(result.screens)
        return result

    def ran(self, call: Call, ran: CallReport) -> None:
        """The connector tells how a call came to its session."""
        if call.domain:
            self._metrics.asked(call.domain, list(ran.trail))
        self._tracing.ran(ran)
