"""What the server holds for one slot: the host session and whoever uses it."""

from twisted.internet.defer import Deferred

from sesssrvr.deployment.deployed_pool import DeployedPool
from sesssrvr.deployment.program import SessionVariables
from sesssrvr.hosts.host_session import HostSession
from sesssrvr.terminal.screen import Screen
from verdigris.errors import VerdigrisError
from verdigris.link import Link


class LiveSession:
    """One slot's host session. Small: there are as many as sessions, and most of them wait.

    Attributes:
        number: of the slot.
        place: what it runs.
        row: of the variable lists; -1 is none.
        host: the host session; None before the first connect.
        job: the connect or walk under way.
        connecting: the job is a connect.
        queued: a connect will come.
        key: the secret part of the session id, while a client has it.
        link: the client's connection.
        values: the model variables, while a client has it.
        user, request_id: of the client, for lists and logs.
        minutes: of the latest suspension.
        busy: a call is running.
    """

    __slots__ = (
        "_own",
        "_waiters",
        "busy",
        "connecting",
        "host",
        "job",
        "key",
        "link",
        "minutes",
        "number",
        "place",
        "queued",
        "request_id",
        "row",
        "user",
        "values",
    )

    def __init__(self, number: int, place: DeployedPool, row: int) -> None:
        self.number = number
        self.place = place
        self.row = row
        self.host: HostSession | None = None
        self.job: Deferred[None] | None = None
        self.connecting = self.queued = False
        self.key = ""
        self.link: Link | None = None
        self.values: SessionVariables | None = None
        self.user = ""
        self.request_id = ""
        self.minutes = 0.0
        self.busy = False
        self._own: dict[str, str] | None = None
        self._waiters: list[Deferred[None]] = []

    def __repr__(self) -> str:
        kind, name = self.place.key
        return f"<LiveSession {self.number} of {kind} {name!r}{' busy' if self.busy else ''}>"

    @property
    def rests(self) -> bool:
        """Whether the host session is at its startup entity, and can be believed."""
        program, startup, host = self.place.program, self.place.startup, self.host
        return host is not None and host.stands(lambda it: program.rests(it, startup))

    @property
    def own(self) -> dict[str, str]:
        """The variables its pool gives it, by its row of the lists."""
        if self._own is None:
            self._own = self.place.variables(self.row)
        return self._own

    def picture(self, screen: Screen) -> str:
        """The text of a screen for people: hidden fields blank, secrets masked."""
        typed = () if self.host is None else self.host.typed_secrets
        values = self.own if self.values is None else self.values
        return self.place.program.picture(screen, values, typed)

    def connected(self) -> Deferred[None]:
        """Fires when the connect under way has ended well; fails with its error."""
        wanted: Deferred[None] = Deferred(self._forget)
        self._waiters.append(wanted)
        return wanted

    def wake(self, problem: VerdigrisError | None) -> None:
        """Tell whoever waits how the connect ended."""
        waiters, self._waiters = self._waiters, []
        for wanted in waiters:
            if problem is None:
                wanted.callback(None)
            else:
                wanted.errback(problem)

    def _forget(self, wanted: Deferred[None]) -> None:
        if wanted in self._waiters:
            self._waiters.remove(wanted)
