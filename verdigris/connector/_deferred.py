"""Coroutine methods that can be called from callbacks too."""

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred

from verdigris.link.coroutine import Job


P = ParamSpec("P")
R = TypeVar("R")


def deferred(method: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Deferred[R]]:
    """Make a coroutine function return a Deferred: it starts at once and can be awaited."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> Deferred[R]:
        result: Deferred[R] = Deferred(lambda _: job.cancel())
        job = Job(method(*args, **kwargs), partial(_settle, result))
        job.start()
        return result

    call.__annotations__["return"] = f"Deferred[{method.__annotations__.get('return')}]"
    return call


def _settle(result: Deferred[R], outcome: R | Exception) -> None:
    if isinstance(outcome, Exception):
        result.errback(outcome)
    else:
        result.callback(outcome)
