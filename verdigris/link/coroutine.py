"""The answering of one call: a coroutine that is driven here.

Law: the outcome is told exactly once: the result, or the error the coroutine ended with. A
coroutine that waits for nothing ends within `start`. Twisted's `Deferred.fromCoroutine` does the
same and costs several times as much for each call, for features no call needs.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure as Caught


T = TypeVar("T")


class Job(Generic[T]):
    """A coroutine under way.

    Args:
        work: what is done; it may wait for Deferreds only.
        done: told the result and no error, or no result and the error.
    """

    __slots__ = ("_done", "_waits", "_work")

    def __init__(
        self, work: Coroutine[Any, Any, T], done: Callable[[T | None, Exception | None], None]
    ) -> None:
        self._work = work
        self._done = done
        self._waits: Deferred[Any] | None = None

    def __repr__(self) -> str:
        return f"<Job {getattr(self._work, '__qualname__', 'unnamed')}>"

    def start(self) -> None:
        """Begin; everything up to the first wait happens before this returns."""
        self._go(None)

    def cancel(self) -> None:
        """Nobody wants the result: the wait under way ends with Twisted's `CancelledError`."""
        if self._waits is not None:
            self._waits.cancel()

    def _go(self, outcome: Any) -> None:
        self._waits = None
        work, error = self._work, outcome.value if isinstance(outcome, Caught) else None
        try:
            waits = work.send(None) if error is None else work.throw(error)
        except StopIteration as end:
            self._done(end.value, None)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is the outcome
            self._done(None, problem)
        else:
            if not isinstance(waits, Deferred):
                self._go(Caught(TypeError(f"{waits!r} is no Deferred")))
                return
            self._waits = waits
            waits.addBoth(self._go)
