"""The session of one slot: its host session, and the client that uses it.

Only the methods here change a `LiveSession`, and only `sesssrvr.sessions.session_manager` calls
those that change who has it (`tests/sesssrvr/sessions/test_live_session.py` holds both).
"""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from sesssrvr.admission.session_user import NO_USER, SessionUser
from sesssrvr.caller import Caller
from sesssrvr.deployment.deployed_pool import DeployedPool
from sesssrvr.deployment.program import SessionVariables
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.model import Interaction
from sesssrvr.terminal.screen import Screen
from verdigris.errors import VerdigrisError
from verdigris.link import Link


log = Logger()


class LiveSession:
    """One session. Small: there are as many as slots, and most of them are idle.

    Attributes:
        number: of the slot.
        pool: what it runs.
        row: of the variable lists; -1 for none.
        host: the host session; None before the first connect.
        job: the connect or return under way.
        connecting: the job is a connect.
        queued: a connect will follow when it is the slot's turn.
        key: the secret part of the session id, while a client has it; "" otherwise.
        link: the connection of the client that has it.
        variables: the model variables, while a client has it.
        interaction: what its client does with it besides procedures; None before the first session call.
        owner: the user who has it.
        request_id: of the client, for lists and logs.
        minutes: of the latest suspension.
        busy: a call is running.
    """

    __slots__ = (
        "_pool_variables",
        "_waiters",
        "busy",
        "connecting",
        "host",
        "interaction",
        "job",
        "key",
        "link",
        "minutes",
        "number",
        "owner",
        "pool",
        "queued",
        "request_id",
        "row",
        "variables",
    )

    def __init__(self, number: int, pool: DeployedPool, row: int) -> None:
        self.number = number
        self.pool = pool
        self.row = row
        self.host: HostSession | None = None
        self.job: Deferred[None] | None = None
        self.connecting = self.queued = False
        self.key = ""
        self.link: Link | None = None
        self.variables: SessionVariables | None = None
        self.interaction: Interaction | None = None
        self.owner = NO_USER
        self.request_id = ""
        self.minutes = 0.0
        self.busy = False
        self._pool_variables: dict[str, str] | None = None
        self._waiters: list[Deferred[None]] = []

    def __repr__(self) -> str:
        kind, name = self.pool.key
        return f"<LiveSession {self.number} of {kind} {name!r}{' busy' if self.busy else ''}>"

    # ---- reading -----------------------------------------------------------------------------

    @property
    def at_startup(self) -> bool:
        """Whether the host session is at its startup entity, and its screen can be believed."""
        program, startup, host = self.pool.program, self.pool.startup, self.host
        return host is not None and host.stands(lambda screen: program.rests(screen, startup))

    @property
    def pool_variables(self) -> dict[str, str]:
        """The variables its pool gives it, by its row of the lists."""
        if self._pool_variables is None:
            self._pool_variables = self.pool.variables(self.row)
        return self._pool_variables

    def picture(self, screen: Screen) -> str:
        """The text of a screen for people: hidden fields blank, secrets masked."""
        typed = () if self.host is None else self.host.typed_secrets
        values = self.pool_variables if self.variables is None else self.variables
        return self.pool.program.picture(screen, values, typed)

    # ---- its client --------------------------------------------------------------------------

    def lend(self, key: str, user: SessionUser, caller: Caller) -> None:
        """Note the client that has it now."""
        self.key, self.owner = key, user
        self.link, self.request_id = caller.link, caller.request_id

    def set_variables(self, variables: SessionVariables) -> None:
        """Begin with these model variables."""
        self.variables = variables

    def suspend(self, minutes: float) -> None:
        """Keep client and variables, without the client's connection."""
        self.link, self.minutes = None, minutes

    def release(self) -> None:
        """Forget the client."""
        self.key, self.owner, self.link, self.variables = "", NO_USER, None, None
        self.interaction = None

    def interact(self) -> Interaction:
        """What its client does with it besides procedures, begun now or before.

        Raises:
            HostConnectionLost: the host session has ended.
        """
        if self.interaction is None:
            assert self.host is not None  # noqa: S101 - lent sessions have one
            assert self.variables is not None  # noqa: S101 - and variables
            self.interaction = self.pool.program.interact(self.host.screen(), self.variables)
        return self.interaction

    @contextmanager
    def call(self, request_id: str) -> Iterator[None]:
        """Be busy with a call."""
        self.busy, self.request_id = True, request_id
        try:
            yield
        finally:
            self.busy = False

    # ---- its host session --------------------------------------------------------------------

    def queue(self) -> None:
        """Wait for a connect that comes when it is the slot's turn."""
        self.queued = True

    def expect_connect(self) -> None:
        """It is the slot's turn: a connect begins now, or with the client's variables."""
        self.connecting, self.queued = True, False

    def connect(self, host: HostSession, work: Coroutine[Any, Any, None]) -> None:
        """Run a connect of this host session."""
        self.host = host
        self.run(work)

    def connect_ended(self) -> None:
        """The connect is over; `wake` tells those who wait for it how it ended."""
        self.connecting, self.job = False, None

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a job that reports by itself; what it should have caught is logged at least."""
        job = Deferred.fromCoroutine(work)
        job.addErrback(lambda why: log.failure("a job of the session server failed", why))
        self.job = None if job.called else job

    def job_ended(self) -> None:
        """The job under way is over."""
        self.job = None

    def close(self) -> None:
        """End the job under way and the host session."""
        job, self.job = self.job, None
        if job is not None:
            job.cancel()
        if self.host is not None:
            self.host.close()

    def connected(self) -> Deferred[None]:
        """Fires when the connect under way has succeeded; fails with its error."""
        wanted: Deferred[None] = Deferred(self._forget)
        self._waiters.append(wanted)
        return wanted

    def wake(self, problem: VerdigrisError | None) -> None:
        """Tell everyone who waits for the connect how it ended."""
        waiters, self._waiters = self._waiters, []
        for wanted in waiters:
            if problem is None:
                wanted.callback(None)
            else:
                wanted.errback(problem)

    def _forget(self, wanted: Deferred[None]) -> None:
        if wanted in self._waiters:
            self._waiters.remove(wanted)
