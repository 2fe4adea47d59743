"""What open pages watch: addresses of the API, asked once a second for all of them together.

Law (tests/mgmtsrvr/console/test_watches.py): equal watches of one user cost one question; an answer is sent only
when it differs from the last; a question that is not answered yet is not asked again.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure


log = Logger()

EVERY: Final = 1.0
"""Seconds between two questions."""

MOST: Final = 2000
"""Different watches of one management server."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a watched address.

    Attributes:
        body: JSON: of the reply, or the problem document.
        total: rows on all pages of a list, if it is one.
    """

    status: int
    body: bytes
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, by whom: two users may see different things at one address."""

    user: str
    target: str


Ask = Callable[[], Awaitable[Answer]]
Listener = Callable[[Answer], None]


@dataclass(slots=True)
class _Watch:
    ask: Ask
    listeners: list[Listener] = field(default_factory=list)
    last: Answer | None = None
    digest: bytes = b""
    asking: bool = False


class Watches:
    """All watches of a management server.

    Args:
        clock: Twisted's, for the pace.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._watches: dict[Watched, _Watch] = {}
        self._loop = LoopingCall(self.look)
        self._loop.clock = clock

    def __repr__(self) -> str:
        return f"<Watches {len(self._watches)}>"

    def __len__(self) -> int:
        return len(self._watches)

    @property
    def full(self) -> bool:
        """Whether there are as many different watches as there may be."""
        return len(self._watches) >= MOST

    def add(self, what: Watched, ask: Ask, listener: Listener) -> Callable[[], None]:
        """Watch something; the listener hears at once, and when it changes.

        Returns:
            what ends it.
        """
        watch = self._watches.setdefault(what, _Watch(ask))
        watch.listeners.append(listener)
        if watch.last is not None:
            listener(watch.last)
        else:
            self._look_at(watch)
        if not self._loop.running:
            self._loop.start(EVERY, now=False)

        def end() -> None:
            if listener in watch.listeners:
                watch.listeners.remove(listener)
            if not watch.listeners:
                if self._watches.get(what) is watch:
                    del self._watches[what]
                if not self._watches and self._loop.running:
                    self._loop.stop()

        return end

    def look(self) -> None:
        """Ask for everything that is watched."""
        for watch in list(self._watches.values()):
            self._look_at(watch)

    def _look_at(self, watch: _Watch) -> None:
        if watch.asking:
            return
        watch.asking = True
        asked = Deferred.fromCoroutine(_awaited(watch.ask))
        asked.addCallback(lambda answer: _heard(watch, answer))
        asked.addErrback(_failed)
        asked.addBoth(lambda _: setattr(watch, "asking", False))


async def _awaited(ask: Ask) -> Answer:
    return await ask()


def _heard(watch: _Watch, answer: Answer) -> None:
    digest = hashlib.sha256(b"%d " % answer.status + answer.body).digest()
    if digest == watch.digest:
        return
    watch.digest, watch.last = digest, answer
    for listener in list(watch.listeners):
        listener(answer)


def _failed(caught: Failure) -> None:
    log.failure("a watched address could not be asked", caught)
