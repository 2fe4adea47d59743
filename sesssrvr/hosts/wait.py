"""One wait of a run: for a screen that is as wanted, and quiet where that is asked, in its time.

Law: a wait ends exactly once, with the screen, with `TimedOut`, or with the error that ended it;
whatever ends it stops its timers.
"""

from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from sesssrvr.hosts.time_limit import TimeLimit
from sesssrvr.model.steps import Answer, TimedOut, Wait
from sesssrvr.terminal.screen import Screen
from verdigris.errors import VerdigrisError


class Watched(Protocol):
    """What is waited for: a host session, as far as a wait knows it."""

    def screen(self) -> Screen:
        """The screen as it stands."""

    def heard(self, text: str) -> bool:
        """Whether the host has sent this since the last key."""


class ScreenWait:
    """A wait under way: fires with the screen, or with `TimedOut`."""

    __slots__ = ("_bound", "_clock", "_host", "_quiet", "_started", "_timer", "result", "step")

    def __init__(
        self, host: "Watched", step: Wait, clock: IReactorTime, over: TimeLimit | None = None
    ) -> None:
        self.step = step
        self.result: Deferred[Answer] = Deferred(lambda _: self.stop())
        self._host = host
        self._clock = clock
        self._started = clock.seconds()
        self._quiet: IDelayedCall | None = None
        left = step.seconds if over is None else over.left
        self._bound = over if left <= step.seconds else None
        self._timer = clock.callLater(max(0.0, min(left, step.seconds)), self.expire)

    def look(self) -> None:
        """The screen may be a new one."""
        if self.result.called:
            return
        screen = self._host.screen()
        try:
            holds = self.step.until(screen) and self._host.heard(self.step.heard)
        except Exception as problem:  # noqa: BLE001 - the model's condition failed: the run's error
            self._end(problem)
            return
        if self._quiet is not None and self._quiet.active():
            self._quiet.cancel()
        if holds and self.step.quiet:
            self._quiet = self._clock.callLater(self.step.quiet, self._end, screen)
        elif holds:
            self._end(screen)

    def expire(self) -> None:
        """The time of the wait is over, or that of the whole run."""
        if self._bound is not None:
            self._bound.passed = True
        self._end(TimedOut(self._host.screen(), self._clock.seconds() - self._started))

    def fail(self, problem: VerdigrisError) -> None:
        """The host is gone."""
        self._end(problem)

    def stop(self) -> None:
        """Nobody waits any more."""
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
