"""Coroutine driver: runs one coroutine that waits for Deferreds, and hands over its outcome.

Twisted's `Deferred.fromCoroutine` does the same at nearly three times the cost for each call, for
features no call needs: docs/performance.md.
"""

from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure as Caught


T = TypeVar("T")


class Job(Generic[T]):
    """A coroutine under way.

    Law: `done` is called exactly once (tests/verdigris/link/test_coroutine.py). A coroutine that
    waits for nothing ends within `start`.

    Args:
        work: the coroutine; it may wait for Deferreds only.
        done: called with the result, or with the exception the coroutine ended with.
        context: every step runs in it; None runs each step in the context of whatever ended the
            wait, which is a tenth cheaper.
    """

    __slots__ = ("_context", "_done", "_waits", "_work")

    def __init__(
        self,
        work: Coroutine[Any, Any, T],
        done: Callable[[T | Exception], None],
        context: Context | None = None,
    ) -> None:
        self._work = work
        self._done = done
        self._context = context
        self._waits: Deferred[Any] | None = None

    def __repr__(self) -> str:
        state = "waiting" if self._waits else "running or ended"
        return f"<Job {getattr(self._work, '__qualname__', 'unnamed')} {state}>"

    def start(self) -> None:
        """Begin; everything up to the first wait happens before this returns."""
        self._resume(None)

    def cancel(self) -> None:
        """End the wait under way with Twisted's `CancelledError`: the result is not wanted."""
        if self._waits is not None:
            self._waits.cancel()

    def _resume(self, outcome: Any) -> None:
        if self._context is None:
            self._step(outcome)
        else:
            self._context.run(self._step, outcome)

    def _step(self, outcome: Any) -> None:
        self._waits = None
        work, error = self._work, outcome.value if isinstance(outcome, Caught) else None
        try:
            waits = work.send(None) if error is None else work.throw(error)
        except StopIteration as end:
            self._done(end.value)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is the outcome
            self._done(problem)
        else:
            if not isinstance(waits, Deferred):
                self._step(Caught(TypeError(f"{waits!r} is not a Deferred")))
                return
            self._waits = waits
            waits.addBoth(self._resume)


async def awaited(found: Deferred[T]) -> T:
    """A Deferred as a coroutine."""
    return await found
