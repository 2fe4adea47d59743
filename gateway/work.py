"""The answering of one request: a coroutine that is driven here.

Law: the outcome is told exactly once: the result, or what the coroutine ended with. Every step runs
in the context (`contextvars`) the work was begun in. Twisted's `Deferred.fromCoroutine` does the
same at nearly three times the cost: docs/decisions/0242-hot-path.md.
"""

from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


T = TypeVar("T")


class Work(Generic[T]):
    """A coroutine under way.

    Args:
        coroutine: what is done; it waits for Deferreds only.
        done: told the result, or the exception it ended with.
    """

    __slots__ = ("_context", "_coroutine", "_done", "_waits")

    def __init__(
        self, coroutine: Coroutine[Any, Any, T], done: Callable[[T | Exception], None]
    ) -> None:
        self._coroutine = coroutine
        self._done = done
        self._context = copy_context()
        self._waits: Deferred[Any] | None = None

    def __repr__(self) -> str:
        return f"<Work {'waiting' if self._waits else 'at work or over'}>"

    def start(self) -> None:
        """Begin; everything up to the first wait happens before this returns."""
        self._next(None)

    def cancel(self) -> None:
        """Nobody wants the result: the wait under way ends with Twisted's `CancelledError`."""
        if self._waits is not None:
            self._waits.cancel()

    def _next(self, outcome: Any) -> None:
        self._context.run(self._step, outcome)

    def _step(self, outcome: Any) -> None:
        self._waits = None
        error = outcome.value if isinstance(outcome, Failure) else None
        try:
            waits = self._coroutine.send(None) if error is None else self._coroutine.throw(error)
        except StopIteration as end:
            self._done(end.value)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is the outcome
            self._done(problem)
        else:
            if not isinstance(waits, Deferred):
                self._step(Failure(TypeError(f"{waits!r} is no Deferred")))
                return
            self._waits = waits
            waits.addBoth(self._next)


async def awaited(found: Deferred[T]) -> T:
    """A Deferred as a coroutine."""
    return await found
