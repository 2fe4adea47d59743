"""The time a run on a host session may take."""

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime


class Bound:
    """The time of one run.

    Attributes:
        seconds: how much it is.
        passed: whether it is over.
        awaited: what the run waits for, or waited for last.
    """

    __slots__ = ("_timer", "_when_over", "awaited", "passed", "seconds")

    def __init__(self, clock: IReactorTime, seconds: float, when_over: Callable[[], None]) -> None:
        self.seconds = seconds
        self.passed = False
        self.awaited = ""
        self._when_over = when_over
        self._timer = clock.callLater(max(0.0, seconds), self._over)

    def stop(self) -> None:
        """The run has ended."""
        if self._timer.active():
            self._timer.cancel()

    def _over(self) -> None:
        self.passed = True
        self._when_over()
