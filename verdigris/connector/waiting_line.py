"""Who asks next while there are no sessions: a line for each pool and way to it. Pure.

Law (tests/verdigris/connector/test_waiting_line.py): first come, first served: who comes while others
wait, waits behind them, and who was refused goes back to its place; but of several clients each has
its turn before one has its second. Only the first asks, when a
session may have become free or after its own pause; each grant lets the next one ask. One asks at a
time, more only after a row of grants: then there are sessions, and the round trips would make the
line. A call that leaves, for whatever reason, leaves nothing behind, and never keeps the others from
asking.
Source: decision 0200.
"""

from bisect import insort
from collections.abc import Callable, Hashable
from typing import Final, TypeAlias

from verdigris.errors import VerdigrisError, revive


Key: TypeAlias = tuple[Hashable, ...]
"""What is waited for: the way (management servers and domain, or session server), kind and name."""


ROW: Final = 4
"""Grants in a row for each further one who may ask at the same time: as few as show that it is no
accident, so that a line over a slow network grows shorter within some round trips."""


class WaitingLines:
    """All lines of one connector; one exists only while somebody waits in it.

    Attributes:
        notices: how often a session was said to have become free.
    """

    def __init__(self) -> None:
        self.notices = 0
        self._lines: dict[Key, _Line] = {}

    def __repr__(self) -> str:
        return f"<WaitingLines {[line.waiting for line in self._lines.values()]}>"

    def notice(self) -> None:
        """A session may have become free: the first of each line asks."""
        self.notices += 1
        for line in tuple(self._lines.values()):
            line.allow(1)

    def get(self, key: Key) -> "_Line | None":
        """The line, if anybody waits in it."""
        return self._lines.get(key)

    def enter(self, waiter: "Waiter", problem: VerdigrisError) -> "_Line":
        """Put a refused call in its place."""
        line = self._lines.get(waiter.key)
        if line is None:
            line = self._lines[waiter.key] = _Line(problem)
        line.problem = problem
        line.enter(waiter)
        return line

    def tidy(self, key: Key) -> None:
        """Forget a line in which nobody waits."""
        line = self._lines.get(key)
        if line is not None and not line.waiting:
            del self._lines[key]


class _Line:
    """Those who wait for the same sessions: each client's by their arrival, the clients by turns.

    Attributes:
        waiting: how many.
        credit: how many of the first may ask now.
        asking: how many of its calls ask at the moment, and have been answered soon so far.
        row: grants since the latest refusal.
        problem: what the latest who asked was answered.
    """

    def __init__(self, problem: VerdigrisError) -> None:
        self.waiting = 0
        self.credit = 0
        self.asking = 0
        self.row = 0
        self.problem = problem
        self._turns: dict[str, list[Waiter]] = {}
        self._told: Waiter | None = None
        self._settling = False

    @property
    def first(self) -> "Waiter | None":
        """Whose turn it is; a client of which all ask at the moment keeps its place."""
        return next((calls[0] for calls in self._turns.values() if calls), None)

    @property
    def lets_ask(self) -> bool:
        """Whether the first may ask now."""
        return self.credit > 0 and self.asking <= self.row // ROW

    def enter(self, waiter: "Waiter") -> None:
        """Put a call in its place."""
        insort(self._turns.setdefault(waiter.client, []), waiter, key=lambda it: it.arrived)
        self.waiting += 1

    def remove(self, waiter: "Waiter") -> None:
        """Take a call out of its place."""
        self._turns[waiter.client].remove(waiter)
        self.waiting -= 1

    def served(self, client: str) -> None:
        """A client was given a session: its next turn comes after those of the others."""
        calls = self._turns.pop(client, None)
        if calls:
            self._turns[client] = calls

    def left(self, client: str) -> None:
        """A client does not want a session any more: its place is kept for its other calls only."""
        if not self._turns.get(client, True):
            del self._turns[client]

    def allow(self, more: int) -> None:
        """Let as many more ask."""
        self.credit = min(self.credit + more, self.waiting)
        self.settle()

    def settle(self) -> None:
        """Wake who may ask, and who has become the first: it has a pause of its own."""
        if self._settling:  # by one that was woken here
            return
        self._settling = True
        told: Waiter | None = None
        while (first := self.first) is not None and first is not told:
            if not self.lets_ask and first is self._told:
                break
            told = self._told = first
            first.wake()
        self._settling = False


class Waiter:
    """The place of one call.

    Args:
        lines: of the connector.
        key: what it waits for.
        arrived: when the call began; decides on its place.
        client: whose call it is.
        soon: its requests are answered at once, whatever the answer: the next waits for that.

    Attributes:
        wake: called when `begins` is to be asked again; set by who waits.
    """

    __slots__ = (
        "_asked_at",
        "_asked_in",
        "_asking",
        "_lines",
        "_waiting",
        "arrived",
        "client",
        "key",
        "soon",
        "wake",
    )

    def __init__(
        self,
        lines: WaitingLines,
        key: Key,
        arrived: float,
        client: str = "",
        *,
        soon: bool = True,
    ) -> None:
        self.key = key
        self.arrived = arrived
        self.client = client
        self.soon = soon
        self.wake: Callable[[], None] = _nobody
        self._lines = lines
        self._asked_at = 0
        self._asked_in: _Line | None = None
        self._asking = self._waiting = False

    @property
    def first(self) -> bool:
        """Whether nobody waits before it."""
        line = self._lines.get(self.key)
        return line is None or line.first is self

    @property
    def problem(self) -> VerdigrisError | None:
        """What the latest in the line was answered; None if nobody waits."""
        line = self._lines.get(self.key)
        return None if line is None else line.problem

    def begins(self) -> bool:
        """Whether it asks now; otherwise it waits in its place."""
        line = self._lines.get(self.key)
        if line is not None:
            if not self._waiting:
                line.enter(self)
                self._waiting = True
            if not line.lets_ask or line.first is not self:
                return False
            line.credit -= 1
            if self.soon:
                line.asking += 1
                self._asked_in = line
        self.asks()
        return True

    def asks(self) -> None:
        """It asks now, whoever waits."""
        if self._waiting:
            self._step_out(gone=False)
        self._asking = True
        self._asked_at = self._lines.notices

    def pause_is_over(self) -> None:
        """It has heard nothing for a while: the first asks, in case a notice was lost."""
        line = self._lines.get(self.key)
        if line is not None and line.first is self:
            line.credit = max(line.credit, 1)
            line.asking = 0  # those who ask are not answered soon
        self.wake()

    def refused(self, problem: VerdigrisError) -> None:
        """It was answered that there is no session: it goes back to its place."""
        copy = revive(problem.code, problem.facts, problem.details)  # its own will be another's too
        line = self._lines.enter(self, copy)
        self._answered()
        line.row, self._waiting = 0, True
        # A session that became free after the request was sent is not what was answered.
        missed = self._lines.notices > self._asked_at
        line.credit = max(line.credit, 1) if missed else 0
        line.settle()

    def granted(self) -> None:
        """It was given a session; there may be more."""
        self._answered()
        line = self._lines.get(self.key)
        if line is not None:
            line.row += 1
            line.served(self.client)
            line.allow(1)

    def leave(self) -> None:
        """It wants no session any more, or has one."""
        if self._waiting:
            self._step_out(gone=True)
        elif self._asking:
            self._answered()
            line = self._lines.get(self.key)
            if line is not None:
                line.left(self.client)
                line.allow(1)

    def _answered(self) -> None:
        line, self._asked_in, self._asking = self._asked_in, None, False
        if line is not None:
            line.asking = max(0, line.asking - 1)

    def _step_out(self, *, gone: bool) -> None:
        """Leave the line; the next becomes the first."""
        self._waiting = False
        line = self._lines.get(self.key)
        if line is not None:
            line.remove(self)
            if gone:
                line.left(self.client)
            self._lines.tidy(self.key)
            line.settle()


def _nobody() -> None:
    """Nobody waits at the moment."""
