"""The time a run on a host session may take."""

from twisted.internet.interfaces import IReactorTime


class TimeLimit:
    """The time of one run. It passes only while the run waits: what does not wait takes none.

    Args:
        clock: the time.
        seconds: how much it is.

    Attributes:
        passed: whether a wait has ended because it was over.
        awaited: what the run waits for, or waited for last.
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
        """Seconds that are left of it."""
        return max(0.0, self._until - self._clock.seconds())
