"""One run on a host session: its steps are performed until it ends.

Law: a run ends with its result, with one coded error, or by cancellation, and its generator is
closed in every case. When the time is up, the run learns it first (as the end of its wait), so that
its error can name what was awaited; what it does after that is not performed any more.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from twisted.internet.defer import Deferred

from sesssrvr.hosts.wait import TimeLimit
from sesssrvr.model.steps import Answer, Run, Step, Wait
from sesssrvr.terminal.screen import Screen
from verdigris.errors import (
    HostConnectionLost,
    HostDataError,
    MethodTimedOut,
    OperatorError,
    VerdigrisError,
)


T = TypeVar("T")


class Session(Protocol):
    """The session that a run is performed on; `sesssrvr.hosts.host_session.HostSession` is one."""

    lost: str

    @property
    def fault(self) -> HostDataError | None:
        """The latest record that could not be obeyed."""

    def perform(self, step: Step, over: TimeLimit) -> "Answer | Deferred[Answer]":
        """Perform one step."""

    def hide(self, screen: Screen) -> None:
        """Mask in traces what the secret areas of this screen show."""

    def picture(self) -> str:
        """The text of the screen for people."""


class HostRun(Generic[T]):
    """A run and the time it has.

    Args:
        session: performs the steps.
        run: the steps.
        over: the end of its time.
        seen: called with each screen that was waited for.
        own_error: when the time is up it ends with its own error, not with `MethodTimedOut`.
    """

    def __init__(
        self,
        session: Session,
        run: Run[T],
        over: TimeLimit,
        seen: Callable[[Screen], None] | None,
        *,
        own_error: bool,
    ) -> None:
        self._session = session
        self._run = run
        self._over = over
        self._seen = seen
        self._own_error = own_error

    async def result(self) -> T:
        """Perform the run to its end.

        Raises:
            VerdigrisError: as of `HostSession.run`.
        """
        session = self._session
        try:
            return await self._steps()
        except VerdigrisError as problem:
            if (fault := session.fault) is not None:
                problem.details.setdefault("host_data", str(fault))
            if self._own_error or session.lost or not self._over.passed:
                raise
            raise self._timed_out(problem) from problem
        finally:
            self._run.close()

    async def _steps(self) -> T:
        run, over = self._run, self._over
        try:
            step = next(run)
            while True:
                if over.passed:
                    late = self._timed_out(None)
                    run.throw(late)  # its error then shows the screen, secrets masked
                    raise late
                try:
                    answer = self._session.perform(step, over)
                    if isinstance(answer, Deferred):
                        answer = await answer
                except (OperatorError, HostConnectionLost) as problem:
                    step = run.throw(problem)
                else:
                    if isinstance(step, Wait) and isinstance(answer, Screen):
                        self._passed(answer)
                    step = run.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def _passed(self, screen: Screen) -> None:
        self._session.hide(screen)
        if self._seen is not None:
            self._seen(screen)

    def _timed_out(self, problem: VerdigrisError | None) -> MethodTimedOut:
        over = self._over
        details: dict[str, object] = {"awaited": over.awaited, "seconds": round(over.seconds, 3)}
        if problem is not None:
            named = ("operation", "nearest", "difference")
            details.update({name: problem.facts[name] for name in named if name in problem.facts})
            details.update(problem.details)
            details["cause"] = str(problem)
            if picture := self._session.picture():
                details.setdefault("screen", picture)
        return MethodTimedOut(details)
