"""Deadlines of many calls behind one timer of the reactor.

Law: what is still live at its moment is told, once, in the order of the moments; what has ended by
then is not. A timer of the reactor for each call would cost more than the call's own bytes.
"""

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from typing import Final, Generic, TypeVar

from twisted.internet.interfaces import IDelayedCall, IReactorTime


T = TypeVar("T")

SPARE: Final = 256
"""Ended entries that may lie around whatever the number of live ones."""


class Deadlines(Generic[T]):
    """Moments at which something has to be over.

    Args:
        clock: the time.
        live: what is not over, by number; watched, never changed.
        passed: told the number of what should be over and is not.
    """

    __slots__ = ("_clock", "_count", "_heap", "_live", "_passed", "_timer")

    def __init__(
        self, clock: IReactorTime, live: Mapping[int, T], passed: Callable[[int], None]
    ) -> None:
        self._clock = clock
        self._live = live
        self._passed = passed
        self._heap: list[tuple[float, int, int, T]] = []
        self._count = 0
        self._timer: IDelayedCall | None = None

    def __repr__(self) -> str:
        return f"<Deadlines [{len(self._live)} live]>"

    def add(self, number: int, seconds: float) -> None:
        """The live thing of this number has to be over in so many seconds."""
        if len(self._heap) > 2 * len(self._live) + SPARE:
            self._heap = [one for one in self._heap if self._is_live(one)]
            heapify(self._heap)
        self._count += 1
        moment = self._clock.seconds() + seconds
        heappush(self._heap, (moment, self._count, number, self._live[number]))
        if self._heap[0][1] == self._count:
            self._arm()

    def clear(self) -> None:
        """Nothing has to be over any more."""
        self._heap.clear()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _is_live(self, one: tuple[float, int, int, T]) -> bool:
        return self._live.get(one[2]) is one[3]  # numbers are used again

    def _arm(self) -> None:
        """One timer, at the first moment."""
        wait = max(0.0, self._heap[0][0] - self._clock.seconds())
        if self._timer is not None and self._timer.active():
            self._timer.reset(wait)
        else:
            self._timer = self._clock.callLater(wait, self._fire)

    def _fire(self) -> None:
        now = self._clock.seconds()
        while self._heap and (self._heap[0][0] <= now or not self._is_live(self._heap[0])):
            one = heappop(self._heap)
            if self._is_live(one):
                self._passed(one[2])
        if self._heap:
            self._arm()
