"""Checks of passwords that guessing cannot hurry: counted first, made once for all who ask the same, remembered if right."""

import math
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from verdigris.credential_checks.guesses import Guesses
from verdigris.credential_checks.recent import RecentlyRight
from verdigris.errors import CredentialsWrong, TooManyGuesses, VerdigrisError


T = TypeVar("T")


class CountedChecks(Generic[T]):
    """The checks of one process.

    Law (tests/verdigris/credential_checks/test_counted_checks.py): a guess counts before it is checked, so
    that many at once are not free, and whether or not its client waits for the answer. What was not
    found wrong, because a directory was away, counts no longer.

    Args:
        guesses: counts.
        clock: for pauses, and how long what was right is remembered.
    """

    def __init__(self, guesses: Guesses, clock: IReactorTime) -> None:
        self.guesses = guesses
        self._clock = clock
        self._recent: RecentlyRight[T] = RecentlyRight()
        self._running: dict[bytes, list[Deferred[T]]] = {}

    def __repr__(self) -> str:
        return f"<CountedChecks {self._recent!r} [{len(self._running)} running]>"

    def forget(self) -> None:
        """Ask again for everything that was right; what is being checked now is not remembered."""
        self._recent = RecentlyRight()

    def drop(self, user: str, password: str) -> None:
        """Ask again for these credentials: what was found out does not hold any more."""
        self._recent.drop(self._recent.mark(user, password))

    def known(self, user: str, password: str) -> T | None:
        """Whose these credentials are, if they were right a moment ago."""
        return self._recent.find(self._recent.mark(user, password), self._clock.seconds())

    async def check(
        self, user: str, password: str, address: str, ask: Callable[[], Awaitable[T]]
    ) -> T:
        """Whose these credentials are, without looking whether they are known.

        Args:
            user: the name as it was typed.
            password: the same.
            address: of the client.
            ask: checks; it raises `CredentialsWrong` if they are wrong.

        Raises:
            CredentialsWrong: nobody's.
            TooManyGuesses: too many from there were wrong lately.
            Exception: what `ask` raises.
        """
        self.refuse_guesses(user, address)
        mark = self._recent.mark(user, password)
        answer: Deferred[T] = Deferred()
        waiting = self._running.get(mark)
        if waiting is not None:
            waiting.append(answer)
        else:
            self._running[mark] = [answer]
            # On its own: a client that closes its connection does not make its guess uncounted.
            Deferred.fromCoroutine(self._count(mark, user, address, ask))
        return await answer

    def refuse_guesses(self, user: str, address: str) -> None:
        """Refuse to check anything of a user from an address that has guessed.

        Raises:
            TooManyGuesses: too many were wrong lately.
        """
        pause = self.guesses.pause(user, address, self._clock.seconds())
        if pause > 0:
            seconds = math.ceil(pause)
            raise TooManyGuesses({"retry after": seconds}, seconds=seconds)

    async def _count(
        self, mark: bytes, user: str, address: str, ask: Callable[[], Awaitable[T]]
    ) -> None:
        """Check, count, and answer all who wait for it."""
        recent = self._recent
        self.guesses.wrong(user, address, self._clock.seconds())
        try:
            whose = await ask()
        except CredentialsWrong as wrong:
            for one in self._running.pop(mark):
                one.errback(_own(wrong))
        except Exception as problem:  # noqa: BLE001 - it is the outcome of those who wait
            self.guesses.undo(user, address)  # it was not found wrong
            for one in self._running.pop(mark):
                one.errback(_own(problem))
        else:
            self.guesses.undo(user, address)
            self.guesses.right(user, address, self._clock.seconds())
            recent.add(mark, whose, self._clock.seconds())
            for one in self._running.pop(mark):
                one.callback(whose)


def _own(problem: Exception) -> Exception:
    """A copy for one of those who wait: what is added to its details is no other's."""
    mine = copy(problem)
    if isinstance(mine, VerdigrisError):
        mine.details = dict(mine.details)
    return mine
