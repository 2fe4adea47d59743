"""Turns of the event loop for hosts that talk all the time: in each, one of them has a part of it.

Law (tests/field/faults/test_talkative_hosts.py): however many such hosts there are, a turn of the event
loop has one piece of work of one of them, in rotation, so that a call of another client, which takes
several turns, waits for few milliseconds.
"""

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime


class HostTurns:
    """The pieces of work of talkative hosts that wait for their turn; one for all hosts of a process.

    Args:
        clock: gives turns.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: deque[Callable[[], None]] = deque()

    def __repr__(self) -> str:
        return f"<HostTurns [{len(self._waiting)} wait]>"

    def add(self, work: Callable[[], None]) -> None:
        """Have this done in a turn of its own."""
        self._waiting.append(work)
        if len(self._waiting) == 1:
            self._clock.callLater(0, self._turn)

    def drop(self, work: Callable[[], None]) -> None:
        """Forget what has not been done: its host is gone."""
        self._waiting = deque(one for one in self._waiting if one != work)

    def _turn(self) -> None:
        if not self._waiting:
            return
        work = self._waiting.popleft()
        if self._waiting:
            self._clock.callLater(0, self._turn)
        work()
