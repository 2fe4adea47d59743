"""Answers what other parts ask of this session server.

One entry per message; an answer is what the message names, or a coded error. A link that
closes gives back all the sessions that were opened on it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.logger import Logger, LogLevel

from sesssrvr import reporting
from sesssrvr.admission.authenticator import AnyUser, Authenticator
from sesssrvr.admission.security_in_force import SecurityInForce
from sesssrvr.caller import Caller
from sesssrvr.deployment.deployer import Deployer
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.order import Order
from sesssrvr.metadata_reader import MetadataReader
from sesssrvr.pool import (
    AdminStateSet,
    Denied,
    Granted,
    PoolKey,
    ReservationCancelled,
    ReservationRequested,
    Started,
    Stopped,
)
from sesssrvr.sessions.client_sessions import ClientSessions
from sesssrvr.sessions.refusal import refused
from sesssrvr.sessions.session_manager import SessionManager
from verdigris import wire
from verdigris.errors import (
    AtLimit,
    BadRequest,
    Cancelled,
    ForeignServer,
    HostAway,
    NotOffered,
    ProtocolError,
    StaleLease,
    UnknownTrace,
    VariableListExhausted,
    VerdigrisError,
)
from verdigris.identity import Role, Security
from verdigris.identity.revocation import revocations_of
from verdigris.link import Incoming, Link, WaitingPeers
from verdigris.values import SessionId, is_renewed


log = Logger()

Answer = Callable[[Any, Incoming], Awaitable[wire.Response]]
"""Answers one kind of message: its body (of that kind), and the call around it."""

_WAITS = (AtLimit, HostAway, VariableListExhausted)
"""Refusals after which clients that connect directly ask again when a session becomes free."""


class SessionServerHandler:
    """Handler of everything that arrives on the links of a session server.

    Args:
        me: what this server says of itself: name, installation, boot.
        sessions: all of them.
        clients: sessions in use by clients.
        deployments: models and pools.
        offering: what is offered.
        new_secret: makes session keys and claims.
        on_wake_up: called with the name of a management server that sent a wake-up call.
        waiting: the clients that were refused a moment ago.
        security: TLS of this server; None on plain text.
        in_force: session server security.
        authenticator: decides who may read metadata.
    """

    def __init__(
        self,
        me: wire.Hello,
        sessions: SessionManager,
        clients: ClientSessions,
        deployments: Deployer,
        offering: Offering,
        new_secret: Callable[[], str],
        on_wake_up: Callable[[str], None],
        waiting: WaitingPeers,
        security: Security | None = None,
        in_force: SecurityInForce | None = None,
        authenticator: Authenticator | None = None,
    ) -> None:
        self._metadata = MetadataReader(offering, deployments, clients, authenticator or AnyUser())
        self._in_force = in_force
        self._security = security
        self._me = me
        self._sessions = sessions
        self._clients = clients
        self._deployments = deployments
        self._offering = offering
        self._new_secret = new_secret
        self._on_wake_up = on_wake_up
        self._waiting = waiting
        self._newest_lease = 0
        self._answers = self._table()

    def __repr__(self) -> str:
        return f"<SessionServerHandler of {self._me.name}>"

    def _table(self) -> dict[type, Answer]:
        return {
            wire.GetStatus: self._get_status,
            wire.WatchOffers: self._watch_offers,
            wire.Describe: self._describe,
            wire.Reserve: self._reserve,
            wire.CancelReservation: self._cancel,
            wire.SetAdminState: self._set_admin,
            wire.ListSessions: self._list,
            wire.ListTraces: self._list_traces,
            wire.ReadTrace: self._read_trace,
            wire.Deploy: self._deploy,
            wire.Undeploy: self._undeploy,
            wire.SetPool: self._set_pool,
            wire.SetPools: self._set_pools,
            wire.WakeUp: self._wake_up,
            wire.Revoke: self._revoke,
            wire.SetSecurity: self._set_security,
            wire.Open: self._start,
            wire.Claim: self._start,
            wire.Resume: self._start,
            wire.Perform: self._perform,
            wire.CallSession: self._call_session,
            wire.Run: self._run,
            wire.GetVariables: self._get_variables,
            wire.SetVariables: self._set_variables,
            wire.Suspend: self._suspend,
            wire.Release: self._release,
        }

    # ---- links -------------------------------------------------------------------------------

    def hello(self, link: Link, peer: wire.Hello) -> None:  # noqa: ARG002 - the handler's signature
        """Refuse servers of other installations; clients belong to none."""
        ours, theirs = self._me.installation, peer.installation
        if theirs and ours and theirs != ours:
            raise ForeignServer(server=self._me.name, theirs=ours, ours=theirs)

    def told(self, link: Link, notice: wire.Notice) -> None:
        """Clients have nothing to tell."""

    def closed(self, link: Link, reason: str) -> None:
        """Take back what was opened on the link."""
        log.debug("{link} closed: {reason}", link=link, reason=reason)
        self._waiting.gone(link)
        self._clients.link_closed(link)

    async def handle(self, call: Incoming) -> wire.Response:
        """Answer a call.

        Raises:
            VerdigrisError: its error, logged under the request id.
        """
        answer = self._answers.get(type(call.body))
        if answer is None:
            problem = f"{type(call.body).__name__}, which a session server does not answer"
            raise ProtocolError(peer=repr(call.link), problem=problem)
        try:
            return await answer(call.body, call)
        except VerdigrisError as problem:
            problem.request_id = problem.request_id or call.request_id
            problem.effect = problem.effect or "none"  # only `ClientSessions.perform` sends keys
            if isinstance(problem, _WAITS):
                self._waiting.refused(call.link)
            log.info(
                "{kind} failed: {code} {problem}",
                kind=type(call.body).__name__,
                code=problem.code,
                problem=str(problem),
                awaited=problem.details.get("awaited", ""),
                request_id=call.request_id,
            )
            raise

    def slot_freed(self) -> None:
        """Tell the clients that were refused a session that one may have become free."""
        self._waiting.freed()

    def _caller(self, call: Incoming) -> Caller:
        return Caller(call.link, call.request_id, self._sessions.clock.seconds() + call.seconds)

    def _status(self) -> wire.Status:
        return reporting.status(self._sessions.state, self._me.boot)

    # ---- every peer --------------------------------------------------------------------------

    async def _get_status(self, _body: wire.GetStatus, _call: Incoming) -> wire.StatusIs:
        return wire.StatusIs(self._status())

    async def _watch_offers(self, body: wire.WatchOffers, call: Incoming) -> wire.Offers:
        return await self._metadata.watch(body, self._caller(call), call.seconds)

    async def _describe(self, body: wire.Describe, call: Incoming) -> wire.Described:
        return await self._metadata.describe(body, self._caller(call))

    # ---- management servers ------------------------------------------------------------------

    async def _reserve(self, body: wire.Reserve, call: Incoming) -> wire.Response:
        key = PoolKey(body.kind, body.name)
        reply = self._sessions.decide(
            ReservationRequested(
                key,
                call.request_id,
                body.attempt,
                self._new_secret(),
                self._new_secret(),
                body.user,
            )
        )
        if isinstance(reply, Granted):
            session = SessionId(self._me.name, reply.key)
            return wire.Reserved(str(session), reply.claim, reply.seconds)
        if isinstance(reply, Denied):
            if call.link.peer_is(Role.GATEWAY.words):  # it has no registration to be told by
                self._waiting.refused(call.link)
            answer = refused(self._me.name, self._sessions.state, key, reply)
            # A connector that waits asks again and again, each time under the next id.
            level = LogLevel.debug if is_renewed(call.request_id) else LogLevel.info
            log.emit(
                level,
                "user {user} at {location} is refused {kind} {name}: {text}",
                user=body.user,
                location=body.location,
                kind=body.kind,
                name=body.name,
                domain=body.domain,
                text=answer.text,
                request_id=call.request_id,
            )
            return answer
        raise Cancelled

    async def _cancel(self, body: wire.CancelReservation, _call: Incoming) -> wire.Done:
        if body.session:
            self._clients.give_back(body.session, body.claim)
        else:
            self._sessions.decide(ReservationCancelled(body.request, body.attempt))
        return wire.Done()

    async def _set_admin(self, body: wire.SetAdminState, _call: Incoming) -> wire.Done:
        self.set_admin(body.state)
        return wire.Done()

    def set_admin(self, state: str) -> None:
        """What the installation says of this server.

        Raises:
            BadRequest: no such state.
        """
        if state not in ("up", "drain", "maintenance"):
            raise BadRequest(problem=f"{state!r} is not an administrative state")
        if state != self._sessions.state.admin:
            log.info("administrative state is now {state}", state=state)
            self._sessions.decide(AdminStateSet(state))

    async def _wake_up(self, body: wire.WakeUp, _call: Incoming) -> wire.Done:
        self._on_wake_up(body.management)
        return wire.Done()

    async def _revoke(self, body: wire.Revoke, _call: Incoming) -> wire.Done:
        self.revoke(body.revoked)
        return wire.Done()

    def revoke(self, revoked: tuple[wire.RevokedPart, ...]) -> None:
        """Refuse parts that were removed; their connections end."""
        if self._security is not None:
            self._security.revoke(revocations_of(revoked))

    async def _set_security(self, body: wire.SetSecurity, call: Incoming) -> wire.Done:
        self.secure(call.link, body.security)
        return wire.Done()

    def secure(self, link: Link, said: wire.SessionSecurity | None) -> None:
        """Take session server security from a management server that has proved to be one."""
        name = link.peer.name if link.peer is not None else ""
        if link.secured and self._in_force is not None:
            # Management servers of earlier versions say nothing, and check nobody.
            self._in_force.take(name, said or wire.SessionSecurity(checks_users=False))

    # ---- operators ---------------------------------------------------------------------------

    async def _list(self, body: wire.ListSessions, _call: Incoming) -> wire.Sessions:
        return wire.Sessions(tuple(reporting.sessions(self._sessions, screens=body.screens)))

    async def _list_traces(self, _body: wire.ListTraces, _call: Incoming) -> wire.Traces:
        traces = self._sessions.traces
        found = () if traces is None else traces.all()
        return wire.Traces(tuple(wire.TraceStatus(*one) for one in found))

    async def _read_trace(self, body: wire.ReadTrace, _call: Incoming) -> wire.TraceIs:
        found = reporting.trace(self._sessions, body.trace, body.session)
        if found is None:
            what = f"session {body.session}" if body.session else body.trace or "nothing"
            raise UnknownTrace(server=self._me.name, what=what)
        return wire.TraceIs(*found)

    async def _deploy(self, body: wire.Deploy, _call: Incoming) -> wire.Deployed:
        order = Order(body.model, body.digest, body.check)
        return await self._deployments.deploy(body.package, order=order)

    async def _undeploy(self, body: wire.Undeploy, _call: Incoming) -> wire.Done:
        self._deployments.undeploy(body.model, follows=body.follows)
        return wire.Done()

    async def _set_pool(self, body: wire.SetPool, _call: Incoming) -> wire.Done:
        self._refuse_stale(body.lease)
        key = PoolKey("pool", body.pool)
        if key not in self._sessions.deployed:
            raise NotOffered(kind="session pool", name=body.pool, where=self._me.name)
        event = Started(key) if body.started else Stopped(key, force=body.force)
        self._sessions.decide(event)
        self._deployments.refresh()
        words = "started" if body.started else "stopped by force" if body.force else "stopped"
        log.info("session pool {pool} is {words}", pool=body.pool, words=words)
        return wire.Done()

    async def _set_pools(self, body: wire.SetPools, _call: Incoming) -> wire.Done:
        self._deployments.override(body.pools)
        return wire.Done()

    def _refuse_stale(self, lease: int) -> None:
        """Refuse a command of a management server that has lost its lease to another.

        Raises:
            StaleLease: a greater number has been seen in this run.
        """
        if 0 < lease < self._newest_lease:
            raise StaleLease(server=self._me.name, number=lease, newest=self._newest_lease)
        self._newest_lease = max(self._newest_lease, lease)

    # ---- clients -----------------------------------------------------------------------------

    async def _start(
        self, body: wire.Open | wire.Claim | wire.Resume, call: Incoming
    ) -> wire.Opened:
        session = await self._clients.start(body, self._caller(call))
        return self._clients.opened(session)

    async def _run(self, body: wire.Run, call: Incoming) -> wire.Ran:
        return await self._clients.run(body, self._caller(call))

    async def _perform(self, body: wire.Perform, call: Incoming) -> wire.Rows:
        caller = self._caller(call)
        return await self._clients.perform(self._clients.find(body.session, caller), body, caller)

    async def _call_session(self, body: wire.CallSession, call: Incoming) -> wire.SessionCalled:
        caller = self._caller(call)
        return await self._clients.call(self._clients.find(body.session, caller), body, caller)

    async def _get_variables(self, body: wire.GetVariables, call: Incoming) -> wire.Variables:
        return self._clients.variables(self._clients.find(body.session, self._caller(call)))

    async def _set_variables(self, body: wire.SetVariables, call: Incoming) -> wire.Done:
        session = self._clients.find(body.session, self._caller(call))
        self._clients.set_variables(session, body.values)
        return wire.Done()

    async def _suspend(self, body: wire.Suspend, call: Incoming) -> wire.Done:
        self._clients.detach(body.session, body.minutes, self._caller(call))
        return wire.Done()

    async def _release(self, body: wire.Release, call: Incoming) -> wire.Done:
        await self._clients.release(body.session, body.login, self._caller(call))
        return wire.Done()
