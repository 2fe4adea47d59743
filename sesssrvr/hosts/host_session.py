"""One live host session: a terminal and its connection to a host.

Law: one run at a time; every await has a bound in seconds.
Tested in `tests/sesssrvr/hosts/test_host_session.py`.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.error import TimeoutError as ConnectTimedOut
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory

from sesssrvr.hosts.connection import HostConnection, TerminalFactory
from sesssrvr.hosts.host_run import HostRun
from sesssrvr.hosts.session_trace import Keep, SessionTrace
from sesssrvr.hosts.wait import ScreenWait, TimeLimit
from sesssrvr.model.steps import Answer, Press, Run, SetCursor, Step, TimedOut, Type, Wait
from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.screen import Screen
from sesssrvr.traces.traffic_buffer import SIZE
from verdigris.errors import (
    HostConnectionLost,
    HostDataError,
    HostUnreachable,
    UnknownScreen,
    VerdigrisError,
)


T = TypeVar("T")


class HostSession:
    """A terminal and its connection to a host.

    Args:
        address: the host as people know it, for errors.
        clock: for the bounds of waits.
        on_lost: called with the reason when the host ends the session.
        keep: keeps the trace of an error; its name.
        kept: bytes of traffic that are kept for it.
        picture: makes the text of a screen for people, secrets masked.
        secret_texts: what the secret areas of a screen show; masked in traces.

    Attributes:
        lost: why the session has ended; "" while it lives.
        sent: steps of runs that sent something to the host: keys that it is asked by, and every
            character on a host that takes them one by one. What is typed into a block-mode screen
            stays here until such a key.
    """

    __slots__ = (
        "_address",
        "_asked",
        "_clock",
        "_connection",
        "_kept",
        "_keys",
        "_on_lost",
        "_picture",
        "_trace",
        "_trusted",
        "_waiting",
        "lost",
        "sent",
    )

    def __init__(
        self,
        address: str,
        clock: IReactorTime,
        on_lost: Callable[["HostSession", str], None],
        keep: Keep | None = None,
        kept: int = SIZE,
        *,
        picture: Callable[[Screen], str] = str,
        secret_texts: Callable[[Screen], Iterable[str]] = lambda _: (),
    ) -> None:
        self._picture = picture
        self._trace = SessionTrace(keep, secret_texts)
        self._kept = kept
        self._address = address
        self._clock = clock
        self._on_lost = on_lost
        self._connection: HostConnection | None = None
        self._trusted = 0
        self._keys = 0
        self._asked = False
        self._waiting: ScreenWait | None = None
        self.lost = ""
        self.sent = 0

    def __repr__(self) -> str:
        state = f"lost: {self.lost}" if self.lost else "up" if self._connection else "down"
        return f"<HostSession with {self._address} {state}>"

    # ---- life ------------------------------------------------------------------------------

    async def connect(
        self, endpoint: IStreamClientEndpoint, make: TerminalFactory, seconds: float
    ) -> None:
        """Connect and negotiate, until the host has taken the terminal.

        Raises:
            HostUnreachable: no connection within the time, or none that became a terminal session.
            HostError: what the endpoint itself knows better (SSH).
        """
        factory = Factory.forProtocol(lambda: HostConnection(make, self, self._clock, self._kept))
        factory.noisy = False
        started = self._clock.seconds()
        dialling: Deferred[Any] = endpoint.connect(factory)
        dialling.addTimeout(seconds, self._clock)
        try:
            self._connection = self._trace.connection = await dialling
        except CancelledError:
            raise
        except (WaitedTooLong, ConnectTimedOut, ConnectingCancelledError) as problem:
            if isinstance(problem, ConnectingCancelledError) and self._spent(started) < seconds:
                raise CancelledError from None
            reason = f"no connection within {seconds:g} seconds"
            raise HostUnreachable(host=self._address, reason=reason) from None
        except VerdigrisError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever the network said becomes our sentence
            reason = str(problem).rstrip(".") or type(problem).__name__
            raise HostUnreachable(host=self._address, reason=reason) from None
        await self._negotiated(seconds - self._spent(started), seconds)

    def _spent(self, started: float) -> float:
        return self._clock.seconds() - started

    async def _negotiated(self, left: float, seconds: float) -> None:
        wait = Wait(lambda _: self._terminal.ready or bool(self._refusal), left, "the host")
        try:
            answer = await self._wait(wait)
        except HostConnectionLost:
            raise self._unreachable(self._refusal or self.lost) from None
        reason = self._refusal
        if isinstance(answer, TimedOut) and not reason:
            reason = f"it took the connection, and no terminal session came of it in {seconds:g} s"
            refusal = self._terminal.last_refusal
            reason = f"{refusal}; then {reason}" if refusal else reason
        if reason:
            problem = self._unreachable(reason)
            self.close("no terminal session")
            raise problem

    def _unreachable(self, reason: str) -> HostUnreachable:
        """The error of a connection that became no terminal session, with its trace."""
        problem = HostUnreachable(host=self._address, reason=reason)
        self._trace.keep(problem)
        return problem

    def trace(self) -> str:
        """The last traffic, masked, in a form that can be played back; "" before there is any."""
        return self._trace.text()

    @property
    def typed_secrets(self) -> tuple[str, ...]:
        """The latest texts that runs typed as secrets."""
        return self._trace.typed_secrets

    @property
    def _refusal(self) -> str:
        """Why the host gives no session, as far as its protocol says so (5250)."""
        connection = self._connection
        if connection is None or connection.terminal is None:
            return ""
        return connection.terminal.refusal

    def close(self, reason: str = "closed by the session server") -> None:
        """End the session; a run under way ends with `HostConnectionLost`."""
        self.lost = self.lost or reason
        if self._connection is not None:
            self._connection.leave()
        if self._waiting is not None:
            self._waiting.fail(self._gone())

    # ---- what the connection reports ---------------------------------------------------------

    def changed(self) -> None:
        """The screen may have changed."""
        self._asked = False
        if self._waiting is not None:
            self._waiting.look()

    def ended(self, reason: str) -> None:
        """The host, or the network, ended the connection."""
        if self.lost:
            return
        self.lost = reason
        if self._waiting is not None:
            self._waiting.fail(self._gone())
        self._on_lost(self, reason)

    def _gone(self) -> HostConnectionLost:
        return HostConnectionLost(host=self._address, reason=self.lost)

    # ---- looking and doing -------------------------------------------------------------------

    @property
    def _terminal(self) -> Terminal:
        connection = self._connection
        if connection is None or connection.terminal is None:
            raise self._gone()
        return connection.terminal

    def screen(self) -> Screen:
        """The screen as it is now, hidden fields blank."""
        return self._terminal.screen()

    def heard(self, text: str) -> bool:
        """Whether the host has sent this text since the last key; true of no text at all."""
        return not text or self._terminal.heard(text)

    @property
    def fault(self) -> HostDataError | None:
        """The latest record that could not be obeyed since the session was `trust`ed.

        After one the screen is not what the host thinks it is: an old one may look like an entity.
        """
        connection = self._connection
        terminal = None if connection is None else connection.terminal
        if terminal is None or terminal.fault_count <= self._trusted:
            return None
        return terminal.faults[-1]

    def trust(self) -> None:
        """The session is where it should be: what the host sent before does not count any more."""
        self._asked = False
        self._trusted = self._terminal.fault_count

    def stands(self, at: Callable[[Screen], bool]) -> bool:
        """Whether the session is up, its screen can be trusted, and the screen fits."""
        return not self.lost and self.fault is None and not self._asked and at(self.screen())

    def check(self) -> None:
        """Check that the screen can be trusted.

        Raises:
            HostDataError: it cannot: `fault`.
            UnknownScreen: a character host owes the answer to a key: it locks no keyboard, so the
                screen looks as if nothing were under way.
        """
        if (fault := self.fault) is not None:
            raise fault
        if self._asked:
            raise UnknownScreen(nearest="none", difference="the host has not answered the last key")

    async def run(
        self,
        begin: Callable[[Screen], Run[T]],
        seconds: float,
        seen: Callable[[Screen], None] | None = None,
        *,
        own_error: bool = False,
        answered: bool = True,
    ) -> T:
        """Perform a run to its end.

        Args:
            begin: makes the run, given the current screen.
            seconds: for the whole run.
            seen: called with each screen that was waited for.
            own_error: a run whose time is up ends with its own error: what the host did not do says
                more than that.
            answered: a run that got to its end has seen the host's answer to its keys; not so one that
                only presses a key.

        Raises:
            MethodTimedOut: the time is up; details hold what was awaited and the screen, its cause
                is the run's own error.
            HostConnectionLost: the host ended the session, before or during the run.
            VerdigrisError: what the run itself raised.
        """
        if self.lost:
            raise self._gone()
        keys = self._keys
        over = TimeLimit(self._clock, seconds)
        run = HostRun(self, begin(self.screen()), over, seen, own_error=own_error)
        try:
            result = await run.result()
        except VerdigrisError as problem:
            self._trace.keep(problem)
            raise
        if answered and self._keys != keys:
            self._asked = False  # a run that got to its end has seen what it wanted
        return result

    def hide(self, screen: Screen) -> None:
        """Mask in traces what the secret areas of this screen show."""
        self._trace.hide(screen)

    def picture(self) -> str:
        """The text of the screen for people, secrets masked; "" without a connection."""
        return "" if self._connection is None else self._picture(self.screen())

    def perform(self, step: Step, over: TimeLimit) -> "Answer | Deferred[Answer]":
        """Perform one step of a run.

        Raises:
            HostConnectionLost: the session has ended.
            OperatorError: the terminal does not take the key or the text.
        """
        if self.lost:
            raise self._gone()
        if isinstance(step, Wait):
            over.awaited = step.what
            screen = self.screen()
            if not step.quiet and step.until(screen) and self.heard(step.heard):
                return screen
            return self._wait(step, over)
        terminal = self._terminal
        self._keys += 1
        self._asked = terminal.character_host
        written = self._written
        try:
            if isinstance(step, Press):
                with self._trace.pressing(step.key):
                    terminal.key(step.key)
            elif isinstance(step, SetCursor):
                terminal.move_cursor(step.row, step.column)
            else:
                with self._trace.typing(step):
                    _type(terminal, step)
        finally:
            self.sent += self._written != written
        return self.screen()

    @property
    def _written(self) -> int:
        """Messages written to the host so far, by the terminal itself or for a step."""
        return 0 if self._connection is None else self._connection.written

    def _wait(self, step: Wait, over: TimeLimit | None = None) -> "Deferred[Answer]":
        waiting = self._waiting = ScreenWait(self, step, self._clock, over)

        def done(answer: Any) -> Any:
            if self._waiting is waiting:
                self._waiting = None
            return answer

        waiting.result.addBoth(done)
        waiting.look()
        return waiting.result


def _type(terminal: Terminal, step: Type) -> None:
    if step.row:
        terminal.move_cursor(step.row, step.column)
    if step.erase:
        terminal.key("EraseEOF")
    terminal.type(step.text)
