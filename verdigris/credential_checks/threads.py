"""Threads for checks that take long: few, with a bounded queue, and daemons, so that one that hangs ends with the process."""

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from verdigris.errors import LoginsBusy


T = TypeVar("T")


class CheckThreads:
    """Runs calls in a bounded number of threads.

    Args:
        reactor: hands the results back to the event loop.
        threads: that run at most.
        waiting: calls that wait for one at most.
        name: of the threads.
    """

    def __init__(self, reactor: Any, threads: int, waiting: int, name: str) -> None:
        self._reactor = reactor
        self._most = threads
        self._waiting = waiting
        self._name = name
        self._calls: deque[tuple[Callable[[], Any], Deferred[Any]]] = deque()
        self._changed = Condition()
        self._free = 0
        self._started = 0
        self._stopped = False

    def __repr__(self) -> str:
        return f"<CheckThreads {self._name!r} [{self._started - self._free} busy, {len(self._calls)} wait]>"

    def run(self, call: Callable[[], T]) -> "Deferred[T]":
        """Run a call; the Deferred fires in the event loop with its result or error.

        Raises:
            LoginsBusy: too many wait already.
        """
        with self._changed:
            if len(self._calls) >= self._waiting + self._free:
                raise LoginsBusy
            result: Deferred[T] = Deferred()
            self._calls.append((call, result))
            if len(self._calls) > self._free and self._started < self._most:
                self._started += 1
                Thread(target=self._work, name=self._name, daemon=True).start()
            self._changed.notify()
        return result

    def stop(self) -> None:
        """Begin no further call; those that run are left alone."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._free += 1
                self._changed.wait_for(lambda: self._calls or self._stopped)
                self._free -= 1
                if self._stopped:
                    return
                call, result = self._calls.popleft()
            found: Any
            try:
                found = call()
            except Exception:  # noqa: BLE001 - whatever it is, it is the outcome
                found = Failure()
            self._reactor.callFromThread(result.callback, found)  # a Failure fires the errbacks
