"""Doing something at regular intervals, whatever happens.

Law: an error in one round is logged and the next round comes; Twisted's own `LoopingCall` ends for
good at the first error, and then nobody would watch any more.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger


log = Logger()


def steadily(action: Callable[[], None], what: str, clock: IReactorTime) -> LoopingCall:
    """A loop, not yet started.

    Args:
        action: one round.
        what: it does, for the log.
        clock: for the intervals.
    """

    def once() -> None:
        try:
            action()
        except Exception:  # noqa: BLE001 - the next round has to come
            log.failure("{what} failed", what=what)

    loop = LoopingCall(once)
    loop.clock = clock
    return loop
