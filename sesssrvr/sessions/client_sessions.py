"""What clients do with sessions: open, claim, resume, perform, suspend, release.

A session belongs to the connection it was opened on, carries one call at a time, and is given back
in every case: by release, with its connection, or at the end of a failed opening
(`tests/sesssrvr/sessions/test_client_sessions.py`). Only its client knows a session's id; what is
written of it elsewhere is too little to use it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from twisted.logger import Logger

from sesssrvr.admission.authenticator import Authenticator
from sesssrvr.admission.session_user import SessionUser
from sesssrvr.caller import Caller, abbreviated, variable_texts
from sesssrvr.model import ProcedureCall
from sesssrvr.pool import (
    Claimed,
    Denied,
    InUse,
    OpenRequested,
    PoolKey,
    ReservationCancelled,
    Resumed,
)
from sesssrvr.sessions.call_batch import CallBatch
from sesssrvr.sessions.lent_sessions import LentSessions
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.sessions.ready import at_startup
from sesssrvr.sessions.refusal import refusal
from sesssrvr.sessions.screen_log import ScreenLog
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.errors import (
    ClaimExpired,
    HostConnectionLost,
    NotOffered,
    SessionBusy,
    SessionGone,
    SessionOfAnother,
    VerdigrisError,
)
from verdigris.link import Link
from verdigris.logs import debugging
from verdigris.metadata import Value
from verdigris.values import SessionId
from verdigris.wire import (
    CallSession,
    Claim,
    GetVariables,
    Login,
    Open,
    Opened,
    Perform,
    Ran,
    Resume,
    Rows,
    Run,
    SessionCalled,
    Values,
    Variables,
)


log = Logger()


class ClientSessions:
    """The sessions of all clients.

    Args:
        name: of this session server.
        manager: lends the sessions and takes them back.
        authenticator: decides on logins.
        new_key: makes the secret part of a session id.
    """

    def __init__(
        self,
        name: str,
        manager: SessionManager,
        authenticator: Authenticator,
        new_key: Callable[[], str],
    ) -> None:
        self._name = name
        self._manager = manager
        self._authenticator = authenticator
        self._new_key = new_key
        self._lent = LentSessions()

    def __repr__(self) -> str:
        return f"<ClientSessions of {self._name} {self._lent!r}>"

    # ---- one call from opening to release ------------------------------------------------------

    async def run(self, body: Run, caller: Caller) -> Ran:
        """Open a session, perform, and let it go; it returns to its startup entity afterwards."""
        session = await self.start(body.opening, caller)
        opened, key = self.opened(session), session.key
        suspend = isinstance(body.opening, Resume)  # what goes wrong leaves it as it was
        try:
            answer: Rows | Variables | SessionCalled | None = None
            if isinstance(body.perform, Perform):
                answer = await self.perform(session, body.perform, caller)
            elif isinstance(body.perform, CallSession):
                answer = await self.call(session, body.perform, caller)
            elif isinstance(body.perform, GetVariables):
                answer = self.variables(session)
            suspend = body.after == "suspend"
        finally:
            if suspend:
                self.suspend(session, key, body.minutes or session.minutes)
            else:
                self.take_back(session, key)
        return Ran(opened, answer)

    # ---- opening -----------------------------------------------------------------------------

    async def start(self, body: Open | Claim | Resume, caller: Caller) -> LiveSession:
        """Open, claim or resume a session.

        Raises:
            VerdigrisError: the client has no session; one that was lent has been taken back.
        """
        if isinstance(body, Open):
            return await self._open(body, caller)
        if isinstance(body, Claim):
            return await self._claim(body, caller)
        return await self._resume(body, caller)

    async def _open(self, body: Open, caller: Caller) -> LiveSession:
        pool = PoolKey(body.kind, body.name)
        deployed = self._manager.deployed.get(pool)
        model = "" if deployed is None else deployed.program.name
        user = await self._authenticator.use(
            body.login, pool, model, caller, location=body.location
        )
        deployed = self._manager.deployed.get(pool)  # the answer may have taken a while
        if deployed is not None and deployed.program.name != model:
            raise NotOffered(kind=body.kind, name=body.name, where=self._name)
        if deployed is not None:  # bad variables are refused before they cost a session
            deployed.program.resolve(variable_texts(body.variables), {})
        reply = self._manager.lend(OpenRequested(pool, self._new_key(), str(user)), user, caller)
        if isinstance(reply, Denied):
            raise refusal(self._name, self._manager.state, pool, reply)
        return await self._ready(_lent(reply), body.variables, caller)

    async def _claim(self, body: Claim, caller: Caller) -> LiveSession:
        key = self._key(body.session)
        number = self._manager.state.keys.get(key)
        pool = None if number is None else self._manager.deployed_pool(number)
        if pool is None:
            raise self._not_kept(key, body)
        try:
            user = self._authenticator.claim(body, pool.program.name, caller)
        except VerdigrisError:  # refused: others may
            self.give_back(body.session, body.claim)
            raise
        reply = self._manager.lend(Claimed(key, body.claim, str(user)), user, caller)
        if not isinstance(reply, LiveSession):
            raise ClaimExpired(session=abbreviated(body.session))
        return await self._ready(reply, body.variables, caller)

    def give_back(self, session_id: str, claim: str) -> None:
        """Cancel a reservation whose client does not come; one that was claimed stays."""
        state = self._manager.state
        number = state.keys.get(self._key(session_id))
        slot = None if number is None else state.slot(number)
        if slot is not None and claim and slot.claim == claim and slot.attempt is not None:
            self._manager.decide(ReservationCancelled(*slot.attempt))

    def _not_kept(self, key: str, body: Claim) -> VerdigrisError:
        """The error of a claim for which there is no reservation."""
        broken = self._manager.state.broken.get(key)
        if broken is None or broken.claim != body.claim:
            return ClaimExpired(session=abbreviated(body.session))
        reason = broken.reason.rstrip(".")
        return HostConnectionLost(host=broken.pool.name, reason=reason)

    async def _resume(self, body: Resume, caller: Caller) -> LiveSession:
        key = self._key(body.session)
        number = self._manager.state.keys.get(key)
        session = None if number is None else self._manager.session(number)
        if session is None:
            raise SessionGone(session=abbreviated(body.session), server=self._name)
        user = await self._admit(session, body.login, caller)
        reply = self._manager.lend(Resumed(key), user, caller)
        if isinstance(reply, InUse):
            raise SessionBusy(session=abbreviated(body.session))
        if not isinstance(reply, LiveSession):
            raise SessionGone(session=abbreviated(body.session), server=self._name)
        self._enter(session, caller)
        try:
            self.set_variables(session, body.variables)
        except BaseException:
            self.suspend(session, key, session.minutes)
            raise
        return session

    async def _admit(self, session: LiveSession, login: Login, caller: Caller) -> SessionUser:
        """The user who comes back to a session; a session id that was overheard is of no use.

        Raises:
            SessionOfAnother: the session was made with other credentials.
        """
        pool, owner, key = session.pool, session.owner, session.key
        user = await self._authenticator.use(
            login, pool.key, pool.program.name, caller, domain=owner.domain
        )
        if session.key != key:  # it has ended meanwhile, and is another client's
            raise SessionGone(session="asked for", server=self._name)
        if not self._authenticator.may_resume(owner, user):
            raise SessionOfAnother
        return user

    def _enter(self, session: LiveSession, caller: Caller) -> None:
        self._lent.add(session)
        if debugging():
            log.debug("session {number} of {name} is lent to {user}", number=session.number, name=session.pool.key.name, user=session.owner.words, request_id=caller.request_id)  # fmt: skip

    async def _ready(self, session: LiveSession, values: Values, caller: Caller) -> LiveSession:
        """Bring the lent session to its startup entity, with the client's variables."""
        self._enter(session, caller)
        key, program = session.key, session.pool.program
        try:
            variables = program.resolve(variable_texts(values), session.pool_variables)
            session.set_variables(variables)
            await at_startup(self._manager, session, caller)
        except BaseException:
            self.take_back(session, key)
            raise
        return session

    def opened(self, session: LiveSession) -> Opened:
        """The description of a session for its client."""
        pool, host = session.pool, session.host
        assert host is not None  # noqa: S101 - it is connected
        described = pool.program.metadata(pool.version, pool.namespace)
        return Opened(
            session=str(SessionId(self._name, session.key)),
            server=self._name,
            model=pool.program.name,
            version=pool.version,
            session_type=described.session_type,
            entity=pool.program.entity(host.screen()),
            id=session.number,
        )

    # ---- using -------------------------------------------------------------------------------

    def find(self, session_id: str, caller: Caller) -> LiveSession:
        """The caller's session of this id.

        Raises:
            SessionGone: the caller does not have it, or does not have it any more.
        """
        session = self._lent.get(self._key(session_id))
        if session is None or session.link is not caller.link:
            raise SessionGone(session=abbreviated(session_id), server=self._name)
        return session

    async def perform(self, session: LiveSession, body: Perform, caller: Caller) -> Rows:
        """Run a procedure.

        Raises:
            SessionBusy: another call is running.
            VerdigrisError: the procedure failed; its effect says whether the host had been sent
                anything of a procedure that writes.
        """
        if session.busy:
            raise SessionBusy(session=abbreviated(f"{self._name}~{session.key}"))
        host, variables, program = session.host, session.variables, session.pool.program
        assert host is not None  # noqa: S101 - lent sessions have one
        assert variables is not None  # noqa: S101 - and variables
        call = ProcedureCall(
            body.table,
            body.procedure,
            body.filters,
            body.data,
            body.columns,
            body.max_rows,
            body.case_sensitive,
        )
        writes = program.writes(call)
        clock = self._manager.clock
        started = clock.seconds()
        screens = None
        if body.watch:
            screens = ScreenLog(body.watch, program.entity, session.picture, clock)
        sent = host.sent
        with session.call(caller.request_id), _effect(lambda: writes and host.sent != sent):
            result = await host.run(
                lambda screen: program.perform(screen, call, variables),
                caller.left(started),
                None if screens is None else screens.add,
            )
        milliseconds = round((clock.seconds() - started) * 1000, 3)
        if debugging():
            log.debug("session {number} performed {procedure}: {rows} rows in {milliseconds} ms", number=session.number, procedure=body.procedure, rows=len(result.rows), milliseconds=milliseconds, request_id=caller.request_id)  # fmt: skip
        return Rows(
            result.columns,
            [list(row) for row in result.rows],
            result.affected,
            result.path,
            self._name,
            milliseconds,
            () if screens is None else screens.passed,
        )

    async def call(self, session: LiveSession, body: CallSession, caller: Caller) -> SessionCalled:
        """Perform session calls, in order up to the first that fails.

        Raises:
            SessionBusy: another call is running.
            BadSessionCall: one of them is not valid; none was begun.
        """
        if session.busy:
            raise SessionBusy(session=abbreviated(f"{self._name}~{session.key}"))
        return await CallBatch(session, body, caller, self._manager.clock).result()

    def variables(self, session: LiveSession) -> Variables:
        """What the client may read of the session's variables."""
        return Variables({**session.pool.program.readable(session.variables or {})})

    def set_variables(self, session: LiveSession, values: Mapping[str, Value]) -> None:
        """Set variables.

        Raises:
            UnknownVariable: one does not exist, or clients may not set it; then none is set.
        """
        if session.variables is not None:
            session.pool.program.change(session.variables, variable_texts(values))

    # ---- giving back -------------------------------------------------------------------------

    def suspend(self, session: LiveSession, key: str, minutes: float) -> None:
        """Detach the client and keep the session.

        Args:
            session: the session.
            key: the secret part of the id it was lent under; a later client's session is left alone.
            minutes: how long to keep it; 0 is as long as the server allows.
        """
        if self._lent.get(key) is not session:
            return
        self._lent.remove(session)
        self._manager.suspend(session, minutes)

    def detach(self, session_id: str, minutes: float, caller: Caller) -> None:
        """Suspend the caller's session.

        Raises:
            SessionGone: the caller has no such session.
            SessionBusy: a call is running.
        """
        session = self.find(session_id, caller)
        if session.busy:
            raise SessionBusy(session=abbreviated(session_id))
        self.suspend(session, session.key, minutes)

    async def release(self, session_id: str, login: Login, caller: Caller) -> None:
        """End the use of the caller's own session, or of a suspended one.

        Args:
            session_id: its id.
            login: credentials of the caller, for a suspended one.
            caller: the client.

        Raises:
            SessionGone: there is no such session.
            SessionBusy: a call is running.
            SessionOfAnother: it is suspended, and was made with other credentials.
        """
        key = self._key(session_id)
        number = self._manager.state.keys.get(key)
        suspended = None if number is None else self._manager.session(number)
        session = self._lent.get(key) or suspended
        if session is None or session.link not in (None, caller.link):
            raise SessionGone(session=abbreviated(session_id), server=self._name)
        if session.busy:
            raise SessionBusy(session=abbreviated(session_id))
        if session.link is None:
            await self._admit(session, login, caller)
            if session.link is not None:  # its user has resumed it meanwhile
                raise SessionBusy(session=abbreviated(session_id))
        self.take_back(session, key)

    def take_back(self, session: LiveSession, key: str) -> None:
        """Take back the session that was lent, or suspended, under this key."""
        if session.key == key != "":
            self._lent.remove(session)
            self._manager.release(session)

    def link_closed(self, link: Link) -> None:
        """Take back every session of a client whose connection has ended."""
        for key, session in self._lent.of(link):
            self.take_back(session, key)

    def _key(self, session_id: str) -> str:
        """The secret part of a session id of this server."""
        try:
            found = SessionId.parse(session_id)
        except ValueError:
            raise SessionGone(session=abbreviated(session_id), server=self._name) from None
        if found.server != self._name:
            raise SessionGone(session=abbreviated(session_id), server=self._name)
        return found.key


@contextmanager
def _effect(acted: Callable[[], bool]) -> Iterator[None]:
    """Have an error say whether the host may have acted: its client must not repeat a booking."""
    try:
        yield
    except VerdigrisError as problem:
        problem.effect = "unknown" if acted() else "none"
        raise


def _lent(reply: object) -> LiveSession:
    assert isinstance(reply, LiveSession)  # noqa: S101 - other answers to the event do not exist
    return reply
