"""From a wish to an open session: whom to ask, what to try again, what is final. Pure.

Law: work that may have been begun is never begun a second time (unless the caller says that
repeating it is harmless); whatever surely was not begun is tried again until the connection
timeout. How management servers are asked is in `consultation`.
Source: docs/allocation.md; decision 0200; product facts 2.5.
"""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from verdigris.connector.attempts import (
    Answered,
    Attempts,
    Lost,
    Outcome,
    Plan,
    Rejected,
    Unsent,
)
from verdigris.connector.consultation import (
    ANSWER,
    NEXT_SERVER,
    expect,
    nobody,
    one_round,
    reason,
    session_server_at,
)
from verdigris.connector.management_servers import ManagementServers
from verdigris.connector.own_allocation import OwnAllocation, Way
from verdigris.connector.results import CallReport
from verdigris.connector.waiting_line import Waiter
from verdigris.errors import (
    AtLimit,
    ClaimExpired,
    Draining,
    HostAway,
    MethodTimedOut,
    NoManagementServer,
    NoServerAvailable,
    PoolStopped,
    ProtocolError,
    ServerUnreachable,
    TooManyCalls,
    VariableListExhausted,
    VerdigrisError,
    revive,
)
from verdigris.values import Endpoint
from verdigris.wire import (
    Allocate,
    Allocated,
    CallSession,
    Claim,
    GetVariables,
    Kind,
    Login,
    Open,
    Opened,
    Perform,
    Ran,
    Request,
    Response,
    Resume,
    Rows,
    Run,
    Try,
    Values,
)


OPENING: Final = 5.0
"""Seconds a session server has to open a session at least, however late the connect succeeded."""

GRACE: Final = 1.0
"""Seconds to wait behind a method timeout for the server's own account of it (entity, screen)."""

NOT_BEGUN: Final = (
    AtLimit,
    ClaimExpired,
    Draining,
    HostAway,
    PoolStopped,
    TooManyCalls,
    VariableListExhausted,
)
"""Answers of a session server that prove that no session was opened, and may change."""

Opening: TypeAlias = Open | Claim | Resume


class SessionRequest(Struct, frozen=True):
    """What a session is wanted for.

    Attributes:
        login: credentials, for a management server.
        user, location: for message 2643.
        variables: model variables set when the session is opened.
        batch: open, perform and let go in one round trip; otherwise only open.
        perform: what to perform in the batch.
        after, minutes: what becomes of the session after the batch.
        method_timeout: seconds.
        repeatable: running it twice is harmless.
    """

    login: Login
    user: str
    location: str
    variables: Values
    batch: bool = False
    perform: Perform | GetVariables | CallSession | None = None
    after: Literal["release", "suspend"] = "release"
    minutes: float = 0.0
    method_timeout: float = 30.0
    repeatable: bool = False

    @property
    def writes(self) -> bool:
        """Whether a procedure or session call is performed that may change something at the host."""
        return isinstance(self.perform, Perform | CallSession) and not self.repeatable

    def body(self, opening: Opening) -> Request:
        """The message for a session server."""
        if not self.batch:
            return opening
        return Run(opening, self.perform, self.after, self.minutes)

    def seconds(self, attempts: Attempts) -> float:
        """How long the session server may take."""
        if self.batch or not attempts.timeout:
            return self.method_timeout
        return max(attempts.left, OPENING)


class Reached(Struct, frozen=True):
    """An open session, or the answer of a batch, and how it was come by."""

    body: Opened | Ran
    address: Endpoint
    trail: tuple[Try, ...] = ()

    def report(self, attempts: Attempts, *, kept: bool = True) -> CallReport:
        """Where and how it ran.

        Args:
            attempts: the tries of the call.
            kept: the session can be resumed.
        """
        body = self.body
        opened = body.opened if isinstance(body, Ran) else body
        rows = body.answer if isinstance(body, Ran) and isinstance(body.answer, Rows) else None
        return CallReport(
            opened.server,
            attempts.base,
            self.trail,
            tuple(attempts.tries),
            rows.path if rows else (),
            rows.milliseconds if rows else 0.0,
            opened.session if kept else "",
            opened.id,
            opened.model,
            opened.version,
            rows.screens if rows else (),
        )


def via_domain(
    attempts: Attempts,
    book: ManagementServers,
    waiter: Waiter,
    domain: str,
    kind: Kind,
    name: str,
    wanted: SessionRequest,
    own: OwnAllocation | None = None,
) -> Plan[Reached]:
    """A session of a domain (docs/allocation.md, steps 2 to 12).

    Args:
        attempts: the patience of the call.
        book: the management servers.
        waiter: its place among those that wait for the same.
        domain: to be asked for a session.
        kind: of what is wanted.
        name: of the model or pool.
        wanted: for what.
        own: chooses the session server where no management server decides; None is nobody.

    Raises:
        NoServerAvailable: 2643, until the connection timeout.
        NoManagementServer: none answered.
        VerdigrisError: a final refusal, or what the session server answered.
    """
    try:
        while True:
            yield from _turn(attempts, waiter, wanted)
            answer = yield from _allocated(attempts, book, (domain, kind, name), wanted, own)
            if isinstance(answer, NoServerAvailable) and final(answer):
                raise answer
            if isinstance(answer, VerdigrisError):
                _refused(attempts, waiter, answer)
                continue
            waiter.granted()
            granted = expect(answer, Allocated, "management server")
            claim = Claim(granted.session, granted.claim, _proof(granted, wanted), wanted.variables)
            reached = yield from _enter(
                attempts, session_server_at(granted.address), claim, wanted, granted.trail
            )
            if isinstance(reached, Reached):
                return reached
            yield from attempts.again(reached)
    finally:
        waiter.leave()


def _proof(granted: Allocated, wanted: SessionRequest) -> Login:
    """What a claim shows: the token for this one session, where the management server has checked the user.

    No session server has a use for the password.
    """
    return Login(wanted.login.user, "", granted.token, wanted.login.on_behalf_of)


def _allocated(
    attempts: Attempts,
    book: ManagementServers,
    way: Way,
    wanted: SessionRequest,
    own: OwnAllocation | None,
) -> Plan[Response | VerdigrisError]:
    """The decision of a management server, or of this client while none decides."""

    def asked() -> Request:
        return Allocate(*way, wanted.user, wanted.location, attempts.attempt, wanted.login)

    if own is None or not own.ready(attempts.now()):
        return (yield from one_round(attempts, book, asked))
    answer: Response | VerdigrisError = nobody(attempts, book, ANSWER)
    if not book.silent:
        answer = yield from one_round(attempts, book, asked, patience=ANSWER)
    if isinstance(answer, (NoManagementServer, *NEXT_SERVER)):
        return (yield from own.allocate(attempts, way, wanted, answer))
    return answer


def direct(
    attempts: Attempts,
    where: Callable[[], Plan[Endpoint]],
    opening: Opening,
    wanted: SessionRequest,
    waiter: Waiter,
) -> Plan[Reached]:
    """A session of one session server, a new or a suspended one.

    Raises:
        VerdigrisError: ServerUnreachable or AtLimit, until the connection timeout; or what the
            session server answered.
    """
    try:
        while True:
            yield from _turn(attempts, waiter, wanted)
            address = yield from where()
            reached = yield from _enter(attempts, address, opening, wanted, ())
            if isinstance(reached, Reached):
                waiter.granted()
                return reached
            _refused(attempts, waiter, reached)
    finally:
        waiter.leave()


def _turn(attempts: Attempts, waiter: Waiter, wanted: SessionRequest) -> Plan[None]:
    """Wait until it is this call's turn to ask.

    Raises:
        VerdigrisError: its time is over; what it was answered, or those before it.
    """
    asks = yield from attempts.turn(waiter)
    if attempts.problem is None and (said := attempts.said) is not None:
        own = {"user": wanted.user, "location": wanted.location, "seconds": f"{attempts.timeout:g}"}
        facts = {name: own.get(name, fact) for name, fact in said.facts.items()}
        attempts.problem = revive(said.code, facts, said.details).settle(writes=False)
    if not asks and attempts.problem is not None:
        raise attempts.problem


def _refused(attempts: Attempts, waiter: Waiter, problem: VerdigrisError) -> None:
    """Take a refusal that may pass.

    Raises:
        VerdigrisError: the refusal, if the call may try only once.
    """
    attempts.problem = problem
    if not attempts.timeout:
        raise problem
    waiter.refused(problem)


def _enter(
    attempts: Attempts,
    address: Endpoint,
    opening: Opening,
    wanted: SessionRequest,
    trail: tuple[Try, ...],
) -> Plan[Reached | VerdigrisError]:
    """One try at a session server; an error that is returned, not raised, may be tried again."""
    outcome: Outcome = yield from attempts.ask(
        address, wanted.body(opening), wanted.seconds(attempts), GRACE, login=wanted.login
    )
    if isinstance(outcome, Rejected | Unsent | Lost):
        outcome.error.settle(writes=wanted.writes and not isinstance(outcome, Unsent))
    match outcome:
        case Answered(Opened() | Ran() as body):
            return Reached(body, address, trail)
        case Answered(body):
            wrong = ProtocolError(
                peer=f"session server at {address}", problem=f"{body!r} as answer"
            )
            raise wrong.settle(writes=wanted.writes)
        case Unsent(error):
            error = _named(error, opening)
            if not error.transient:
                raise error
        case Rejected(error):
            if not isinstance(error, NOT_BEGUN):
                raise error
        case Lost(error):
            harmless = wanted.repeatable or (not wanted.batch and not isinstance(opening, Resume))
            if isinstance(error, MethodTimedOut) or not harmless:
                raise error
    attempts.renew()
    return error


def _named(error: VerdigrisError, opening: Opening) -> VerdigrisError:
    """The error with the session server's name: dialling knows an address, a session id the name."""
    if isinstance(opening, Open) or not isinstance(error, ServerUnreachable):
        return error
    server = opening.session.partition("~")[0]
    named = ServerUnreachable(error.details, **{**error.facts, "server": server})
    return named.settle(writes=False)


def final(refusal: NoServerAvailable) -> bool:
    """Whether waiting cannot help: every server is known, and none has the model or pool."""
    return reason(refusal) in {"not offered", "no servers configured"}
