"""Sessions in the hands of clients: open, claim, resume, perform, suspend, release.

Law: a session belongs to the link it was opened on, carries one call at a time, and is given back
in every case: by release, with its link, or at the end of a failed opening. A session id is
known to its client only; what is written of it elsewhere is too little to use it.
"""

from collections.abc import Callable, Mapping

from twisted.logger import Logger

from sesssrvr.auth import Authenticator
from sesssrvr.model import ProcedureCall
from sesssrvr.pool import (
    Claimed,
    Denied,
    InUse,
    Lent,
    NotFound,
    OpenRequested,
    PoolKey,
    Released,
    Reply,
    Resumed,
    Suspended,
)
from sesssrvr.sessions.caller import Caller, abbreviated, variable_texts
from sesssrvr.sessions.live_session import LiveSession
from sesssrvr.sessions.ready import at_startup
from sesssrvr.sessions.refusal import refusal
from sesssrvr.sessions.screen_log import ScreenLog
from sesssrvr.sessions.session_manager import SessionManager
from verdigris.errors import (
    ClaimExpired,
    HostConnectionLost,
    SessionBusy,
    SessionGone,
    SessionOfAnother,
    VerdigrisError,
)
from verdigris.link import Link
from verdigris.logs import debugging
from verdigris.metadata import Value
from verdigris.values import ANONYMOUS, ServerName, SessionId
from verdigris.wire import (
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
    Values,
    Variables,
)


log = Logger()


class ClientSessions:
    """What clients do with sessions.

    Args:
        name: of this session server.
        sessions: all of them.
        authenticator: decides on logins.
        new_key: makes the secret part of a session id.
    """

    def __init__(
        self,
        name: str,
        sessions: SessionManager,
        authenticator: Authenticator,
        new_key: Callable[[], str],
    ) -> None:
        self._name = name
        self._sessions = sessions
        self._authenticator = authenticator
        self._new_key = new_key
        self._lent: dict[str, LiveSession] = {}
        self._by_link: dict[Link, set[str]] = {}

    def __repr__(self) -> str:
        return f"<ClientSessions of {self._name} [{len(self._lent)} sessions, {len(self._by_link)} clients]>"

    # ---- opening -----------------------------------------------------------------------------

    async def start(self, body: Open | Claim | Resume, asker: Caller) -> tuple[Opened, LiveSession]:
        """Open, claim or resume.

        Raises:
            VerdigrisError: and then the session, if there was one, is given back.
        """
        if isinstance(body, Open):
            return await self._open(body, asker)
        if isinstance(body, Claim):
            return await self._claim(body, asker)
        return await self._resume(body, asker)

    async def _open(self, body: Open, asker: Caller) -> tuple[Opened, LiveSession]:
        user = await self._authenticator.admit(body.login, body.kind, body.name)
        pool, key = PoolKey(body.kind, body.name), self._new_key()
        place = self._sessions.places.get(pool)
        if place is not None:
            place.program.resolve(
                variable_texts(body.variables), {}
            )  # refused before it costs a session
        reply = self._sessions.decide(OpenRequested(pool, key, user))
        if isinstance(reply, Denied):
            raise refusal(self._name, self._sessions.state, pool, reply)
        held = self._take(reply, key, user, asker)
        return await self._ready(held, body.variables, asker)

    async def _claim(self, body: Claim, asker: Caller) -> tuple[Opened, LiveSession]:
        key = self._key(body.session)
        number = self._sessions.state.keys.get(key)
        place = None if number is None else self._sessions.place(number)
        if place is None:
            raise self._unkept(key, body)
        user = await self._authenticator.admit(body.login, place.key.kind, place.key.name)
        reply = self._sessions.decide(Claimed(key, body.claim, user))
        if isinstance(reply, NotFound):
            raise ClaimExpired(session=abbreviated(body.session))
        held = self._take(reply, key, user, asker)
        return await self._ready(held, body.variables, asker)

    def _unkept(self, key: str, body: Claim) -> VerdigrisError:
        """Why there is nothing to claim."""
        broken = self._sessions.state.broken.get(key)
        if broken is None or broken.claim != body.claim:
            return ClaimExpired(session=abbreviated(body.session))
        reason = broken.reason.rstrip(".")
        return HostConnectionLost(host=broken.pool.name, reason=reason)

    async def _resume(self, body: Resume, asker: Caller) -> tuple[Opened, LiveSession]:
        key = self._key(body.session)
        number = self._sessions.state.keys.get(key)
        held = None if number is None else self._sessions.held(number)
        if held is None:
            raise SessionGone(session=abbreviated(body.session), server=self._name)
        user = await self._admit(held, body.login)
        reply = self._sessions.decide(Resumed(key))
        if isinstance(reply, InUse):
            raise SessionBusy(session=abbreviated(body.session))
        if isinstance(reply, NotFound):
            raise SessionGone(session=abbreviated(body.session), server=self._name)
        held = self._take(reply, key, user, asker)
        try:
            if held.values is not None:
                held.place.program.change(held.values, variable_texts(body.variables))
        except BaseException:
            self.suspend(held, key, held.minutes)
            raise
        return self._opened(held), held

    async def _admit(self, held: LiveSession, login: Login) -> str:
        """The user who comes back to a session; an id that was overheard is of no use.

        Raises:
            SessionOfAnother: it was made with other credentials.
        """
        place = held.place.key
        user = await self._authenticator.admit(login, place.kind, place.name)
        if held.user not in ("", ANONYMOUS, user):
            raise SessionOfAnother
        return user

    def _take(self, reply: Reply | None, key: str, user: str, asker: Caller) -> LiveSession:
        assert isinstance(reply, Lent)  # noqa: S101 - every other answer was handled by the caller
        held = self._sessions.held(reply.number)
        assert held is not None  # noqa: S101 - a lent slot connects or is connected
        held.key, held.user, held.request_id = key, user, asker.request_id
        held.link = asker.link
        self._lent[key] = held
        if debugging():
            log.debug("session {number} of {name} is lent to {user}", number=held.number, name=held.place.key.name, user=user, request_id=asker.request_id)  # fmt: skip
        self._by_link.setdefault(asker.link, set()).add(key)
        return held

    async def _ready(
        self, held: LiveSession, variables: Values, asker: Caller
    ) -> tuple[Opened, LiveSession]:
        """Bring the lent session to its startup entity, with the client's variables."""
        place, key = held.place, held.key
        try:
            held.values = place.program.resolve(variable_texts(variables), held.own)
            if place.key.kind == "model":
                ended = held.connected()
                self._sessions.begin_connect(
                    held, held.values, asker.left(self._sessions.clock.seconds()), asker.request_id
                )
                await ended
            else:
                await at_startup(self._sessions, held, asker)
        except BaseException:
            self.free(held, key)
            raise
        if held.host is None or held.host.lost:
            self.free(held, key)
            raise HostConnectionLost(host=place.key.name, reason="the session was ended")
        return self._opened(held), held

    def _opened(self, held: LiveSession) -> Opened:
        program, host = held.place.program, held.host
        assert host is not None  # noqa: S101 - it is up
        described = program.metadata(held.place.version, held.place.namespace)
        return Opened(
            session=str(SessionId(ServerName(self._name), held.key)),
            server=self._name,
            model=program.name,
            version=held.place.version,
            session_type=described.session_type,
            entity=program.entity(host.screen()),
            id=held.number,
        )

    # ---- using -------------------------------------------------------------------------------

    def find(self, session: str, asker: Caller) -> LiveSession:
        """The session, if it is the asker's.

        Raises:
            SessionGone: it is not, or not any more.
        """
        held = self._lent.get(self._key(session))
        if held is None or held.link is not asker.link:
            raise SessionGone(session=abbreviated(session), server=self._name)
        return held

    async def perform(self, held: LiveSession, body: Perform, asker: Caller) -> Rows:
        """Run a procedure.

        Raises:
            SessionBusy: another call is running.
            VerdigrisError: whatever the call came to.
        """
        if held.busy:
            raise SessionBusy(session=abbreviated(f"{self._name}~{held.key}"))
        host, values, program = held.host, held.values, held.place.program
        assert host is not None  # noqa: S101 - lent sessions have one
        assert values is not None  # noqa: S101 - and variables
        call = ProcedureCall(
            body.table,
            body.procedure,
            body.filters,
            body.data,
            body.columns,
            body.max_rows,
            body.case_sensitive,
        )
        clock = self._sessions.clock
        started = clock.seconds()
        held.busy, held.request_id = True, asker.request_id
        passing = ScreenLog(body.watch, program.entity, held.picture, clock) if body.watch else None
        try:
            result = await host.run(
                lambda screen: program.perform(screen, call, values),
                asker.left(self._sessions.clock.seconds()),
                passing.seen if passing is not None else None,
            )
        finally:
            held.busy = False
        milliseconds = round((clock.seconds() - started) * 1000, 3)
        if debugging():
            log.debug("session {number} performed {procedure}: {rows} rows in {milliseconds} ms", number=held.number, procedure=body.procedure, rows=len(result.rows), milliseconds=milliseconds, request_id=asker.request_id)  # fmt: skip
        return Rows(
            result.columns,
            [list(row) for row in result.rows],
            result.affected,
            result.path,
            self._name,
            milliseconds,
            passing.told() if passing is not None else (),
        )

    def variables(self, held: LiveSession) -> Variables:
        """What the client may read of the session's variables."""
        return Variables({**held.place.program.readable(held.values or {})})

    def set_variables(self, held: LiveSession, values: Mapping[str, Value]) -> None:
        """Set variables.

        Raises:
            UnknownVariable: there is none, or clients may not set it; none is set then.
        """
        if held.values is not None:
            held.place.program.change(held.values, variable_texts(values))

    async def run(self, body: Run, asker: Caller) -> Ran:
        """Open, perform and let go in one; the session walks back after the answer."""
        opened, held = await self.start(body.opening, asker)
        key, resumed = held.key, isinstance(body.opening, Resume)
        try:
            answer: Rows | Variables | None = None
            if isinstance(body.perform, Perform):
                answer = await self.perform(held, body.perform, asker)
            elif isinstance(body.perform, GetVariables):
                answer = self.variables(held)
        except BaseException:
            if resumed:
                self.suspend(held, key, body.minutes or held.minutes)
            else:
                self.free(held, key)
            raise
        if body.after == "suspend":
            self.suspend(held, key, body.minutes or held.minutes)
        else:
            self.free(held, key)
        return Ran(opened, answer)

    # ---- giving back -------------------------------------------------------------------------

    def suspend(self, held: LiveSession, key: str, minutes: float) -> None:
        """Detach the client and keep the session; 0 minutes is as long as the server allows.

        Args:
            held: the session.
            key: the secret part of the id it was lent under: nothing happens to a later client's.
            minutes: how long to keep it.
        """
        if self._lent.get(key) is not held:
            return
        longest = self._sessions.state.limits.suspend_minutes
        held.minutes = minutes if minutes > 0 else longest
        self._forget(held)
        self._sessions.decide(Suspended(held.number, held.minutes))

    def detach(self, session: str, minutes: float, asker: Caller) -> None:
        """Suspend the asker's session.

        Raises:
            SessionGone: it is not the asker's.
            SessionBusy: a call is running.
        """
        held = self.find(session, asker)
        if held.busy:
            raise SessionBusy(session=abbreviated(session))
        self.suspend(held, held.key, minutes)

    async def release(self, session: str, login: Login, asker: Caller) -> None:
        """The session is done with: the client's own, or a suspended one by its id.

        Args:
            session: its id.
            login: of whoever ends a suspended one.
            asker: who asks.

        Raises:
            SessionGone: there is none.
            SessionBusy: a call is running.
            SessionOfAnother: it is suspended, and was made with other credentials.
        """
        key = self._key(session)
        number = self._sessions.state.keys.get(key)
        held = self._lent.get(key) or (None if number is None else self._sessions.held(number))
        if held is None or held.link not in (None, asker.link):
            raise SessionGone(session=abbreviated(session), server=self._name)
        if held.busy:
            raise SessionBusy(session=abbreviated(session))
        if held.link is None:
            await self._admit(held, login)
        self.free(held, key)

    def free(self, held: LiveSession, key: str) -> None:
        """Take back the session that was lent, or suspended, under this key."""
        if held.key == key != "":
            self._forget(held)
            held.key, held.values, held.user = "", None, ""
            self._sessions.decide(Released(held.number))

    def link_closed(self, link: Link) -> None:
        """A client is gone: take back what it had."""
        for key in tuple(self._by_link.pop(link, ())):
            held = self._lent.get(key)
            if held is not None:
                self.free(held, key)

    def _forget(self, held: LiveSession) -> None:
        """The session is no client's any more."""
        self._lent.pop(held.key, None)
        link, held.link = held.link, None
        keys = None if link is None else self._by_link.get(link)
        if link is not None and keys is not None:
            keys.discard(held.key)
            if not keys:
                del self._by_link[link]

    def _key(self, session: str) -> str:
        try:
            found = SessionId.parse(session)
        except ValueError:
            raise SessionGone(session=abbreviated(session), server=self._name) from None
        if found.server != self._name:
            raise SessionGone(session=abbreviated(session), server=self._name)
        return found.key
