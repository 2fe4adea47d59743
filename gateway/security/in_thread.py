"""Slow calls, run elsewhere than in the event loop."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar


T = TypeVar("T")


class InThread(Protocol):
    """Runs a slow call elsewhere."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Give the result of the call."""


async def run_here(call: Callable[[], T], /) -> T:
    """Run it here and now: for tests."""
    return call()
