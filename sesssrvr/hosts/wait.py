"""The waits of a run: for a screen that is as wanted, and quiet where that is asked, within a time.

Law: a wait ends exactly once, with the screen, with `TimedOut`, or with the error that ended it;
whatever ends it stops its timers (`tests/sesssrvr/hosts/test_host_session.py`).
"""

from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from sesssrvr.model.steps import Answer, TimedOut, Wait
from sesssrvr.terminal.screen import Screen
from verdigris.errors import VerdigrisError


class ScreenSource(Protocol):
    """The part of a host session that a wait looks at."""

    def screen(self) -> Screen:
        """The screen as it is now."""

    def heard(self, text: str) -> bool:
        """Whether the host has sent this text since the last key."""


class TimeLimit:
    """The time one run on a host session may take.

    It passes only while the run waits: steps that do not wait take none.

    Args:
        clock: for the time.
        seconds: length of the limit.

    Attributes:
        seconds: as given.
        passed: a wait has ended because the time was over.
        awaited: what the run waits for, or waited for last, in words.
    """

    __slots__ = ("_clock", "_until", "awaited", "passed", "seconds")

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self.awaited = ""
        self._clock = clock
        self._until = clock.seconds() + seconds

    @property
    def left(self) -> float:
        """Seconds left, 0 when it is over."""
        return max(0.0, self._until - self._clock.seconds())


class ScreenWait:
    """A wait under way.

    Args:
        source: the host session.
        step: the condition and its time.
        clock: for the timers.
        limit: the time of the whole run, if it has one; it may end the wait earlier.

    Attributes:
        step: as given.
        result: fires with the screen, with `TimedOut`, or with an error.
    """

    __slots__ = (
        "_clock",
        "_holds",
        "_limit",
        "_quiet",
        "_source",
        "_started",
        "_timer",
        "result",
        "step",
    )

    def __init__(
        self,
        source: ScreenSource,
        step: Wait,
        clock: IReactorTime,
        limit: TimeLimit | None = None,
    ) -> None:
        self.step = step
        self.result: Deferred[Answer] = Deferred(lambda _: self.stop())
        self._source = source
        self._clock = clock
        self._started = clock.seconds()
        self._quiet: IDelayedCall | None = None
        self._holds = False
        left = step.seconds if limit is None else limit.left
        # The run's limit has passed only if it, and not the wait's own time, ends the wait.
        self._limit = limit if left <= step.seconds else None
        self._timer = clock.callLater(max(0.0, min(left, step.seconds)), self.expire)

    def look(self) -> None:
        """Judge the screen, which may have changed."""
        if self.result.called:
            return
        screen = self._source.screen()
        try:
            holds = self._holds = self.step.until(screen) and self._source.heard(self.step.heard)
        except Exception as problem:  # noqa: BLE001 - the model's condition failed: the run's error
            self._end(problem)
            return
        if self._quiet is not None and self._quiet.active():
            self._quiet.cancel()  # the screen has changed: quiet begins anew
        if holds and self.step.quiet:
            self._quiet = self._clock.callLater(self.step.quiet, self._end, screen)
        elif holds:
            self._end(screen)

    def expire(self) -> None:
        """End it, as its time or that of the whole run is over."""
        if self._limit is not None:
            self._limit.passed = True
        restless = self._holds and self.step.quiet > 0
        waited = self._clock.seconds() - self._started
        self._end(TimedOut(self._source.screen(), waited, restless))

    def fail(self, problem: VerdigrisError) -> None:
        """End it with an error: the host is gone."""
        self._end(problem)

    def stop(self) -> None:
        """Stop the timers."""
        for timer in (self._timer, self._quiet):
            if timer is not None and timer.active():
                timer.cancel()

    def _end(self, outcome: "Answer | Exception") -> None:
        if self.result.called:
            return
        self.stop()
        if isinstance(outcome, Exception):
            self.result.errback(outcome)
        else:
            self.result.callback(outcome)
