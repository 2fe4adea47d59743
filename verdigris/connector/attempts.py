"""One call's patience: its request ids, its deadline, its tries. Pure.

Law: every try carries an id that is the call's own; an unanswered try is repeated under the same
id and the next attempt number, a final answer ends the id (decision 0200). What is
decided here is carried out elsewhere: an attempts yields steps and is sent what came of them.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar

from msgspec import Struct

from verdigris.connector.waiting_line import Waiter
from verdigris.errors import VerdigrisError
from verdigris.values import Endpoint
from verdigris.wire import Login, Request, Response


CONNECT: Final = 1.0
"""Seconds for one connection with its hello (decision 0200)."""

FIRST_PAUSE: Final = 0.02
"""Seconds before the second round; doubles each time (decision 0200)."""

LEAST: Final = 0.05
"""Seconds that have to be left for a request out of a line: one that cannot be answered in time would
make a management server look dead."""

TICK: Final = 0.001
"""Seconds that are no time at all, so that a sum of floating point numbers is not waited for."""

LONGEST_PAUSE: Final = 0.5
"""Seconds between rounds at most (decision 0200)."""

KEPT_TRIES: Final = 20
"""Tries kept for error details; 30 seconds of half-second pauses make about 65."""


Role: TypeAlias = Literal["management server", "session server"]
"""A part that is called."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Look up what the names stand for; is sent `Addresses`."""

    names: tuple[Endpoint, ...]


class Ask(Struct, frozen=True):
    """Call a peer; is sent an `Outcome`.

    Attributes:
        role: what the peer has to be, as its hello says; a call to another part is not sent.
        login: whose session it is about, to give it back: a claim may have a token in place of it.
    """

    address: Endpoint
    body: Request
    request_id: str
    connect: float
    answer: float
    grace: float = 0.0
    role: Role = "session server"
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Call a peer whose answer nobody waits for."""

    message: Ask


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait in a line until woken, no longer than so many seconds."""

    waiter: Waiter
    seconds: float


@dataclass(frozen=True, slots=True)
class Addresses:
    """What names stand for; empty if nothing was found."""

    found: tuple[Endpoint, ...]


class Answered(Struct, frozen=True):
    """The peer answered."""

    body: Response


@dataclass(frozen=True, slots=True)
class Rejected:
    """The peer answered with an error.

    Attributes:
        error: the error.
        peer: names the run of the peer's process, whatever address it was asked at; "" if it is not known.
    """

    error: VerdigrisError
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Unsent:
    """The call never left: no connection. Nothing was begun."""

    error: VerdigrisError


@dataclass(frozen=True, slots=True)
class Lost:
    """The call left and no answer came: connection lost, or silence. It may have been begun."""

    error: VerdigrisError


Outcome: TypeAlias = Answered | Rejected | Unsent | Lost
Step: TypeAlias = Resolve | Ask | Send | Pause | Wait
Reply: TypeAlias = Outcome | Addresses | None
T = TypeVar("T")
Plan: TypeAlias = Generator[Step, Reply, T]
"""A decision in the making: yields steps, is sent replies, returns what was decided."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a call, for logs and error details.

    Attributes:
        at: seconds since the call began.
        peer: the address asked.
        request_id: under which id.
        asked: the kind of message.
        outcome: "answered", or the error in words.
        seconds: how long it took.
    """

    at: float
    peer: str
    request_id: str
    asked: str
    outcome: str
    seconds: float


class Attempts:
    """The state of one call.

    Args:
        request_id: the call's own; later ids are `<id>.2`, `<id>.3` ...
        connection_timeout: seconds to keep trying; 0 is one try only.
        now: the clock.
        jitter: a factor for each pause, 0.5 to 1.5.
        noted: told every try, for the log.

    Attributes:
        problem: what the call was answered last.
        said: what those were answered behind whom it waited.
    """

    def __init__(
        self,
        request_id: str,
        connection_timeout: float,
        now: Callable[[], float],
        jitter: Callable[[], float],
        noted: Callable[[Attempt], None] | None = None,
    ) -> None:
        self.base = request_id
        self.request_id = request_id
        self.attempt = 0
        self.problem: VerdigrisError | None = None
        self.unheard = ""
        self.said: VerdigrisError | None = None
        self.tries: deque[Attempt] = deque(maxlen=KEPT_TRIES)
        self.count = 0
        self.timeout = connection_timeout
        self.now = now
        self._jitter = jitter
        self._noted = noted
        self.began = now()
        self._ids = 1
        self._pause = FIRST_PAUSE

    @property
    def left(self) -> float:
        """Seconds left for connecting; a call that may try once only has no hurry."""
        return self.began + self.timeout - self.now() if self.timeout else CONNECT

    def renew(self) -> None:
        """The id got its final answer; what follows is a new request."""
        self._ids += 1
        self.attempt = 0
        self.request_id = f"{self.base}.{self._ids}"

    def ask(
        self,
        address: Endpoint,
        body: Request,
        answer: float,
        grace: float = 0.0,
        role: Role = "session server",
        connect: float = CONNECT,
        login: Login | None = None,
    ) -> Plan[Outcome]:
        """Call a peer and note what came of it."""
        began = self.now()
        connect = min(connect, max(self.left, 0.05))
        reply = yield Ask(address, body, self.request_id, connect, answer, grace, role, login)
        assert isinstance(reply, Outcome)  # noqa: S101 - who drives keeps to Step's contract
        outcome = "answered" if isinstance(reply, Answered) else str(reply.error)
        self._note(began, str(address), type(body).__name__, outcome)
        return reply

    def resolve(self, names: tuple[Endpoint, ...]) -> Plan[tuple[Endpoint, ...]]:
        """Look names up and note if nothing was found."""
        began = self.now()
        reply = yield Resolve(names)
        assert isinstance(reply, Addresses)  # noqa: S101 - who drives keeps to Step's contract
        if names and not reply.found:
            self._note(began, ", ".join(map(str, names)), "Resolve", "no address found")
        return reply.found

    def _note(self, began: float, peer: str, asked: str, outcome: str) -> None:
        at, seconds = round(began - self.began, 3), round(self.now() - began, 3)
        tried = Attempt(at, peer, self.request_id, asked, outcome, seconds)
        self.count += 1
        self.tries.append(tried)
        if self._noted is not None:
            self._noted(tried)

    def again(self, problem: VerdigrisError) -> Plan[None]:
        """Wait before the next round.

        Raises:
            VerdigrisError: the problem, when the time is over.
        """
        self.problem = problem
        seconds = self.next_pause()
        if self.timeout == 0 or seconds >= self.left:
            raise problem
        yield Pause(seconds)

    def next_pause(self) -> float:
        """Seconds before the next round; longer each time."""
        seconds = self._pause * self._jitter()
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return seconds

    def turn(self, waiter: Waiter) -> Plan[bool]:
        """Wait in a line until this call may ask; whether it came to that before its time was over.

        A call that may try only once asks whoever waits.
        """
        if not self.timeout:
            waiter.asks()
            return True
        while not waiter.begins():
            self.said = waiter.problem
            left = self.left - LEAST
            seconds = self.next_pause() if waiter.first else left
            yield Wait(waiter, max(0.0, min(seconds, left)))
            if self.left < LEAST + TICK:
                return False
        return True
