"""A thread of its own for calls that may hang, such as those of a network file system, or take long.

From then on the interpreter changes threads more often (`SWITCH`): the event loop waits that long
for each of its turns at the interpreter while a call runs, and it needs several for one answer.

The reactor's thread pool is not used: its threads are few, and a process waits for them at its end.
"""

import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


SWITCH: Final = 0.0001
"""Seconds after which a running thread lets others run; Python's own is 0.005."""


class OwnThread:
    """Runs calls in one daemon thread, in order; it is started with the first call.

    Args:
        reactor: hands the results back to the event loop.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._calls: SimpleQueue[tuple[Callable[[], object], Deferred[Any]]] = SimpleQueue()
        self._thread: Thread | None = None

    def __repr__(self) -> str:
        return f"<OwnThread [{self._calls.qsize()} calls wait]>"

    def __call__(self, call: Callable[[], object]) -> "Deferred[Any]":
        """Run a call; the Deferred fires in the event loop with its result or error."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="files", daemon=True)
            sys.setswitchinterval(min(SWITCH, sys.getswitchinterval()))
            self._thread.start()
        result: Deferred[Any] = Deferred()
        self._calls.put((call, result))
        return result

    def _run(self) -> None:
        while True:
            call, result = self._calls.get()
            found: object
            try:
                found = call()
            except Exception:  # noqa: BLE001 - whatever it is, it is the outcome
                found = Failure()
            self._reactor.callFromThread(result.callback, found)  # a Failure fires the errbacks
