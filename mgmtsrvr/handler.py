"""The request handler of the management server's links: a table from request to method."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from msgspec import structs
from twisted.logger import Logger

from mgmtsrvr.access import SessionAccess
from mgmtsrvr.access.callers import identify_caller
from mgmtsrvr.access.session_access import target_of
from mgmtsrvr.audit import Entry
from mgmtsrvr.broker import Broker
from mgmtsrvr.deployments.packages import Packages
from mgmtsrvr.membership import Membership
from mgmtsrvr.offers import OfferList
from mgmtsrvr.registry import Registry, pool_overrides
from mgmtsrvr.row_shares.book import RowBook
from mgmtsrvr.session_permits import NO_LOGIN, SessionPermits, location_of
from verdigris.errors import (
    BadRequest,
    CredentialsWrong,
    ForeignServer,
    JoinRefused,
    NoServerAvailable,
    ProtocolError,
    ServerUnreachable,
    UnknownPart,
    Warming,
)
from verdigris.identity import Role
from verdigris.link import Incoming, Link, WaitingPeers
from verdigris.rights import Permission
from verdigris.wire import (
    Allocate,
    AskPeer,
    Authenticate,
    CallerIs,
    FetchPackage,
    Heartbeat,
    Hello,
    IdentifyCaller,
    Join,
    KeepPackage,
    Leave,
    Locate,
    Located,
    LogIn,
    Login,
    LoginToken,
    Notice,
    Register,
    Registered,
    Renew,
    RenewRows,
    Response,
    SessionSecurity,
    SetAuthorities,
    SlotFreed,
    UserIs,
    WatchDocument,
    WatchOffers,
)


log = Logger()
T = TypeVar("T")

SESSION_SERVER: Final = "session server"
MANAGEMENT_SERVER: Final = "management server"
LONGEST: Final = 1_000
"""Characters of a name in a request: the decision log keeps 1,000 requests and must stay small."""


BY_TOKEN: Final = "a token"  # noqa: S105 - it says so, and is none
"""Stands in the audit log for whoever made the token that let a part in."""


async def _nowhere(_: Entry) -> None:
    """Record nothing: without security there is no audit log."""


class RequestHandler:
    """The handler of requests by connectors, gateways, tools and session servers.

    Args:
        registry: the session servers.
        broker: allocates sessions.
        offers: the list of models and pools.
        waiting: the connectors that were refused a moment ago.
        rows: shares out the rows of variable lists.
        membership: lets parts in and out; None without TLS.
        answer_peer: answers a question of another management server.
        record: writes to the audit log.
        packages: those of the installation; None where nobody asks for them.
        answer_document: answers the other one of two machines that keep a document.
        sessions: gives session server security; None where the installation has security off.
    """

    def __init__(
        self,
        registry: Registry,
        broker: Broker,
        offers: OfferList,
        waiting: WaitingPeers,
        answer_peer: Callable[[AskPeer, str], Awaitable[Response]],
        rows: RowBook,
        answer_document: Callable[[WatchDocument, float], Awaitable[Response]],
        membership: Membership | None = None,
        record: Callable[[Entry], Awaitable[None]] = _nowhere,
        sessions: Callable[[], SessionAccess | None] = lambda: None,
        packages: Packages | None = None,
    ) -> None:
        self._packages = packages
        self._sessions = sessions
        self._permits = SessionPermits(registry, sessions)
        self._rows = rows
        self._membership = membership
        self._record = record
        self._answer_peer = answer_peer
        self._answer_document = answer_document
        self._registry = registry
        self._broker = broker
        self._offers = offers
        self._waiting = waiting
        self._answers: dict[type, Callable[[Incoming, Any], Awaitable[Response]]] = {
            Allocate: self._allocate,
            Locate: self._locate,
            Register: self._register,
            RenewRows: self._renew_rows,
            WatchOffers: self._watch,
            Join: self._join,
            Renew: self._renew,
            Leave: self._leave,
            AskPeer: self._peer,
            WatchDocument: self._document,
            SetAuthorities: self._set_authorities,
            LogIn: self._log_in,
            IdentifyCaller: self._identify_caller,
            Authenticate: self._authenticate,
            FetchPackage: self._give_package,
            KeepPackage: self._take_package,
        }

    def hello(self, link: Link, peer: Hello) -> None:
        """Accept every peer but a session server of another installation.

        Raises:
            ForeignServer: the peer is one.
        """
        del link
        if peer.role == SESSION_SERVER:
            self._registry.check_home(peer.name, peer.installation)

    async def handle(self, call: Incoming) -> Response:
        """The response to a request.

        Raises:
            ProtocolError: requests of this kind are not for a management server.
        """
        answer = self._answers.get(type(call.body))
        if answer is None:
            kind = type(call.body).__name__
            raise ProtocolError(peer="the caller", problem=f"{kind} is not for a management server")
        return await answer(call, call.body)

    def told(self, link: Link, notice: Notice) -> None:
        """Take a notice; a heartbeat is answered with one, so that the session server hears us too."""
        match notice:
            case Heartbeat(status=status, offers=offers):
                if self._registry.heard(link, status, offers) is not None:
                    link.tell(Heartbeat())
            case SlotFreed():
                if self._registry.heard(link, None, None) is not None:
                    self._waiting.freed()

    def closed(self, link: Link, reason: str) -> None:
        """A connection has ended; a session server is offline without one."""
        self._waiting.gone(link)
        self._registry.lost(link, reason)

    async def _allocate(self, call: Incoming, body: Allocate) -> Response:
        names = (
            body.domain, body.name, body.user, body.location, call.request_id, body.login.on_behalf_of,
        )  # fmt: skip
        if max(map(len, names)) > LONGEST:
            raise BadRequest(problem=f"names have at most {LONGEST} characters")
        user = await self._identified(call, body.login, self._permits.identify(call, body))
        if user is not None:
            body = structs.replace(body, user=str(user), login=NO_LOGIN)
        try:
            return await self._broker.allocate(call, body, user)
        except (NoServerAvailable, Warming):
            self._waiting.refused(call.link)
            raise

    async def _locate(self, call: Incoming, body: Locate) -> Response:
        del call
        server = self._registry.server(body.server)
        configured = server.configured.address if server.configured else None
        address = server.address or str(configured or "")
        if not address:
            raise ServerUnreachable(server=server.name, address="?", reason="never registered")
        return Located(server.name, address)

    async def _register(self, call: Incoming, body: Register) -> Response:
        peer = call.link.peer
        if peer is None or peer.role != SESSION_SERVER:
            raise ProtocolError(peer="the caller", problem="only session servers register")
        server = self._registry.register(call.link, body)
        sessions = self._sessions()
        server.security = (
            sessions.of_server(server.name) if sessions else SessionSecurity(checks_users=False)
        )
        if server.security.checks_users and not server.can_check_users:
            log.warn("session server {server} is of a version that cannot check users, and gives sessions to all clients", server=server.name)  # fmt: skip
        return Registered(
            self._registry.installation.id,
            self._registry.rules.heartbeat,
            server.admin_state,
            self._membership.revoked if self._membership else (),
            gives_rows=True,
            security=server.security,
            pools=pool_overrides(self._registry.installation),
        )

    async def _log_in(self, call: Incoming, body: LogIn) -> Response:
        sessions = self._sessions()
        if sessions is None:
            return LoginToken()
        location = location_of(call.link, body.location)
        return await self._identified(call, body.login, sessions.log_in(body.login, location))

    async def _identify_caller(self, call: Incoming, body: IdentifyCaller) -> Response:
        sessions = self._sessions()
        if sessions is None:
            return CallerIs()
        work = identify_caller(sessions, body.login, location_of(call.link, body.location))
        return await self._identified(call, body.login, work)

    async def _authenticate(self, call: Incoming, body: Authenticate) -> Response:
        sessions = self._sessions()
        peer = call.link.peer
        if sessions is None or peer is None or peer.role != SESSION_SERVER:
            raise ProtocolError(
                peer="the caller", problem="only session servers may ask about users"
            )
        work = sessions.identify(body.login, body.location)
        user = await self._identified(call, body.login, work)
        target = target_of(body.kind, body.name, body.model, body.domain)
        permission = Permission(body.permission)
        sessions.require(user, permission, target, name=body.name, location=body.location)
        return UserIs(*user.subject.user)

    async def _identified(self, call: Incoming, login: Login, work: Awaitable[T]) -> T:
        """What comes of checking credentials; wrong ones are recorded, as those of logins are."""
        try:
            return await work
        except CredentialsWrong as problem:
            sessions = self._sessions()
            known = sessions is not None and sessions.is_native(login.user)
            entry = Entry("login", login.user if known else "", outcome=str(problem.code))
            address, request = call.link.address, call.request_id
            await self._record(replace(entry, address=address, request_id=request))
            raise

    async def _renew_rows(self, call: Incoming, body: RenewRows) -> Response:
        return await self._rows.renew(call.link, body)

    async def _join(self, call: Incoming, body: Join) -> Response:
        part = f"{body.role} {body.name}"
        joined = self._members().join(call, body)
        return await self._recorded(call, joined, Entry("join", body.user or BY_TOKEN, about=part))

    async def _renew(self, call: Incoming, body: Renew) -> Response:
        return await self._members().renew(call, body)

    async def _leave(self, call: Incoming, body: Leave) -> Response:
        left = self._members().leave(call, body)
        return await self._recorded(call, left, Entry("leave", str(call.link.part)))

    async def _set_authorities(self, call: Incoming, body: SetAuthorities) -> Response:
        del call
        return await self._members().set_authorities(body)

    async def _recorded(self, call: Incoming, work: Awaitable[Response], entry: Entry) -> Response:
        """What comes of a change, recorded.

        A name that let nobody in is not: it may be a password. Wrong tokens are not: strangers
        could fill the disk; passwords are paced.
        """
        entry = replace(entry, address=call.link.address, request_id=call.request_id)
        try:
            reply = await work
        except (JoinRefused, UnknownPart) as problem:
            if entry.who != BY_TOKEN:
                await self._record(replace(entry, who="", outcome=str(problem.code)))
            raise
        await self._record(entry)
        return reply

    def _members(self) -> Membership:
        if self._membership is None:
            raise JoinRefused(part="A part", reason="the installation speaks plain text")
        return self._membership

    async def _peer(self, call: Incoming, body: AskPeer) -> Response:
        self._require_management_server(call)
        return await self._answer_peer(body, call.request_id)

    async def _document(self, call: Incoming, body: WatchDocument) -> Response:
        self._require_management_server(call)
        return await self._answer_document(body, call.seconds)

    async def _give_package(self, call: Incoming, body: FetchPackage) -> Response:
        self._require_management_server(call)
        return await self._its_packages().give(body)

    async def _take_package(self, call: Incoming, body: KeepPackage) -> Response:
        self._require_management_server(call)
        return await self._its_packages().take(body)

    def _its_packages(self) -> Packages:
        if self._packages is None:
            raise ProtocolError(peer="the caller", problem="there are no packages here")
        return self._packages

    def _require_management_server(self, call: Incoming) -> None:
        """Refuse a caller that is not a management server of this installation.

        Raises:
            ProtocolError: it is another part.
            ForeignServer: it is one of another installation.
        """
        peer = call.link.peer
        if peer is None or peer.role != MANAGEMENT_SERVER:
            raise ProtocolError(peer="the caller", problem="only management servers ask this")
        if peer.installation != self._registry.installation.id:
            raise ForeignServer(
                server=peer.name, theirs=peer.installation, ours=self._registry.installation.id
            )

    async def _watch(self, call: Incoming, body: WatchOffers) -> Response:
        part = call.link.part
        may_have_table = not call.link.secured or (part is not None and part.role is Role.GATEWAY)
        table = body.table if may_have_table else None
        user = await self._identified(call, body.login, self._permits.reader(call, body))
        if user is None:
            return await self._offers.after(body.known, call.seconds, table)
        known, _, mark = body.known.partition("-")
        known = known if mark == self._permits.mark(user) else ""
        return self._permits.shown(user, await self._offers.after(known, call.seconds))
