"""Coroutine methods that can be called from callbacks too."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred


P = ParamSpec("P")
R = TypeVar("R")


def deferred(method: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Deferred[R]]:
    """Make a coroutine function return a Deferred: it starts at once and can be awaited."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> Deferred[R]:
        return Deferred.fromCoroutine(method(*args, **kwargs))

    call.__annotations__["return"] = f"Deferred[{method.__annotations__.get('return')}]"
    return call
