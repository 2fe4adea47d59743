"""A reactor of our own in a thread, for programs that have none.

Law: at most one thread and one reactor per process, started when first needed; the program's own
reactor, event loop and signal handlers are not touched. A wait that is interrupted (Ctrl-C) cancels
what it waited for.
"""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, cast

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from verdigris.link.clock import steady


class ReactorThread:
    """A running reactor and its thread."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.reactor = _new_reactor()
        self._thread = threading.Thread(
            target=self.reactor.run, args=(False,), name="verdigris-connector", daemon=True
        )
        started = threading.Event()
        self.reactor.callWhenRunning(started.set)
        self._thread.start()
        started.wait()
        atexit.register(self._stop)

    def wait(self, job: Callable[[], Any]) -> Any:
        """Run a job on the reactor and wait for what it, or the Deferred it returns, gives.

        Raises:
            RuntimeError: called on the reactor's own thread, which would wait for ever.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a blocking call was made inside a callback of the connector")
        result: Future[Any] = Future()
        running: list[Deferred[Any]] = []
        self.reactor.callFromThread(_start, job, result, running)
        try:
            return result.result()
        except BaseException:
            self.reactor.callFromThread(_cancel, running)
            raise

    def _stop(self) -> None:
        if os.getpid() == self.process:
            self.reactor.callFromThread(self.reactor.stop)
            self._thread.join(timeout=2)


_LOCK: Final = threading.Lock()
_only: ReactorThread | None = None


def in_thread() -> ReactorThread:
    """The process's reactor thread; a forked child gets one of its own."""
    global _only  # noqa: PLW0603 - one per process is the point
    with _LOCK:
        if _only is None or _only.process != os.getpid():
            _only = ReactorThread()
        return _only


def _start(job: Callable[[], Any], result: "Future[Any]", running: list[Deferred[Any]]) -> None:
    try:
        found = job()
    except Exception as problem:  # noqa: BLE001 - handed to the thread that waits
        result.set_exception(problem)
        return
    if not isinstance(found, Deferred):
        result.set_result(found)
        return
    running.append(found)

    def failed(why: Failure) -> None:
        result.set_exception(cast(BaseException, why.value))

    found.addCallbacks(result.set_result, failed)


def _cancel(running: list[Deferred[Any]]) -> None:
    for job in running:
        job.cancel()


def _new_reactor() -> Any:
    """A reactor that is not installed as the program's; its clock does not jump with the wall's."""
    reactor: ReactorBase
    if sys.platform.startswith("linux"):
        from twisted.internet.epollreactor import EPollReactor  # noqa: PLC0415 - Linux only

        reactor = EPollReactor()
    else:
        from twisted.internet.selectreactor import SelectReactor  # noqa: PLC0415 - the others

        reactor = SelectReactor()
    steady(reactor)
    return reactor
