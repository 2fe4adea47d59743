"""Makes plans of wishes and has them carried out; remembers what was learned on the way.

Law: an error that leaves here carries the id of the call it belongs to, and, if there was more than
one, the tries that were made.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final, Literal, TypeVar

from msgspec.structs import replace
from twisted.logger import Logger

from verdigris.config import ports
from verdigris.connector import catalogue, consultation, plans
from verdigris.connector.attempts import Attempt, Attempts, Plan
from verdigris.connector.call_options import CallOptions, address, login_of
from verdigris.connector.convert import to_wire
from verdigris.connector.management_servers import Draw, ManagementServers
from verdigris.connector.own_allocation import OwnAllocation
from verdigris.connector.performer import Network
from verdigris.connector.plans import Opening, Reached, SessionRequest
from verdigris.connector.session_logins import SessionLogins, instead
from verdigris.connector.targets import Suspended, Target
from verdigris.connector.waiting_line import Waiter, WaitingLines
from verdigris.errors import (
    NoManagementServer,
    SessionGone,
    TokenRefused,
    UnknownServer,
    VerdigrisError,
)
from verdigris.logs import debugging
from verdigris.metadata import Model
from verdigris.values import ANONYMOUS, Endpoint, SessionId, is_name
from verdigris.wire import (
    CallSession,
    GetVariables,
    Kind,
    Login,
    Offers,
    Open,
    Opened,
    Perform,
    Ran,
    Response,
    Resume,
    WatchOffers,
)


log = Logger()
T = TypeVar("T")

KNOWN: Final = 10_000
"""Addresses of session servers remembered; as many servers as an installation may have."""


class Dispatch:
    """What all calls of one connector share.

    Args:
        network: carries plans out.
        lines: of calls that wait for a session.
        management_servers: asked when a call names none.
        connection_timeout, method_timeout: seconds, when a call says nothing.
        location: where the client is, when a call says nothing.
        draw, jitter: chance.
        new_id: makes request ids.
        own_allocation: chooses session servers while no management server answers; None is nobody.
        secured: whether connections are encrypted.
    """

    def __init__(
        self,
        network: Network,
        lines: WaitingLines,
        management_servers: Sequence[Endpoint | str],
        connection_timeout: float,
        method_timeout: float,
        location: str,
        draw: Draw,
        jitter: Callable[[], float],
        new_id: Callable[[], str],
        own_allocation: OwnAllocation | None = None,
        *,
        secured: bool = False,
    ) -> None:
        self.secured = secured
        self._logins = SessionLogins(secrets.token_bytes(32))
        self.own_allocation = own_allocation
        self.network = network
        self._lines = lines
        self.connection_timeout = connection_timeout
        self.method_timeout = method_timeout
        self._location = location
        self._draw = draw
        self._jitter = jitter
        self._new_id = new_id
        self._books: dict[tuple[Endpoint, ...], ManagementServers] = {}
        self._last: tuple[tuple[Endpoint | str, ...], ManagementServers] | None = None
        self._known: dict[str, Endpoint] = {}
        self.own = self._book(management_servers)

    # ---- what a plan is made of --------------------------------------------------------------

    def attempts(self, chosen: CallOptions, connection_timeout: float | None = None) -> Attempts:
        """The patience for one call."""
        timeout = chosen.connection_timeout if connection_timeout is None else connection_timeout
        return Attempts(
            chosen.request_id or self._new_id(),
            self.connection_timeout if timeout is None else max(0.0, timeout),
            self.network.clock.seconds,
            self._jitter,
            _log,
        )

    def book(self, chosen: CallOptions) -> ManagementServers:
        """The management servers of one call."""
        return self._book(chosen.management_servers) if chosen.management_servers else self.own

    def wanted(
        self,
        chosen: CallOptions,
        *,
        batch: bool = False,
        perform: Perform | GetVariables | CallSession | None = None,
        keep: float | None = None,
        repeatable: bool = False,
    ) -> SessionRequest:
        """What a session is wanted for; `keep` minutes suspend it after a batch."""
        after: Literal["release", "suspend"] = "suspend" if keep else "release"
        timeout = self.method_timeout if chosen.method_timeout is None else chosen.method_timeout
        who = chosen.credentials
        return SessionRequest(
            login=login_of(who),
            user=who.user or ANONYMOUS,
            location=chosen.location or self._location,
            variables=to_wire(chosen.model_variables),
            batch=batch,
            perform=perform,
            after=after,
            minutes=keep or 0.0,
            method_timeout=timeout,
            repeatable=repeatable,
        )

    def reach(
        self,
        target: Target | Suspended,
        chosen: CallOptions,
        wanted: SessionRequest,
        attempts: Attempts,
    ) -> Plan[Reached]:
        """The plan to get a session, or to run a batch in one."""
        if isinstance(target, Suspended):
            return self._resume(target, chosen, wanted, attempts)
        if target.domain:
            book = (
                self._book(target.management_servers)
                if target.management_servers
                else self.book(chosen)
            )
            way = (target.domain, target.kind, target.name)
            if not self.secured:  # on plain text nobody checks a password
                wanted = replace(wanted, login=instead(wanted.login, ""))
            waiter = Waiter(self._lines, (book.names, *way), attempts.began, wanted.location)
            return plans.via_domain(attempts, book, waiter, *way, wanted, self.own_allocation)
        here = (target.server, target.kind, target.name)
        waiter = Waiter(self._lines, here, attempts.began, wanted.location, soon=False)
        where = self.where(attempts, chosen, target.server)

        def opening(login: Login) -> Opening:
            return Open(target.kind, target.name, login, wanted.variables, wanted.location)

        return self._direct(attempts, chosen, where, opening, wanted, waiter)

    def _direct(
        self,
        attempts: Attempts,
        chosen: CallOptions,
        where: Callable[[], Plan[Endpoint]],
        opening: Callable[[Login], Opening],
        wanted: SessionRequest,
        waiter: Waiter,
    ) -> Plan[Reached]:
        """A session of one session server, which sees no password that a management server can exchange."""
        login = yield from self.session_login(attempts, chosen, wanted.login)
        return (yield from plans.direct(attempts, where, opening(login), wanted, waiter))

    def session_login(self, attempts: Attempts, chosen: CallOptions, login: Login) -> Plan[Login]:
        """The credentials for a session server: a token for the password, where that can be had.

        Raises:
            CredentialsWrong: the password is not right.
            VerdigrisError: what a management server answered besides.
        """
        if not self.secured:
            return login
        location = chosen.location or self._location
        return (yield from self._logins.exchanged(attempts, self.book(chosen), login, location))

    def where(
        self, attempts: Attempts, chosen: CallOptions, server: Endpoint | str
    ) -> Callable[[], Plan[Endpoint]]:
        """The plan to find a session server: an address is taken as it is, a name is located.

        Raises:
            ValueError: neither an address nor a name.
        """
        book = self.book(chosen)
        if isinstance(server, str) and is_name(server) and "." not in server and book.names:
            return lambda: consultation.locate(attempts, book, server, self.own_allocation)
        there = address(server, ports.SESSION_SERVER)
        return lambda: _at_once(there)

    def _resume(
        self, target: Suspended, chosen: CallOptions, wanted: SessionRequest, attempts: Attempts
    ) -> Plan[Reached]:
        alone = ("", target.session_id)  # nobody else waits for it
        waiter = Waiter(self._lines, alone, attempts.began, soon=False)
        where = self.holder(attempts, chosen, target)

        def opening(login: Login) -> Opening:
            return Resume(target.session_id, login, wanted.variables)

        return self._direct(attempts, chosen, where, opening, wanted, waiter)

    def holder(
        self, attempts: Attempts, chosen: CallOptions, target: Suspended
    ) -> Callable[[], Plan[Endpoint]]:
        """The plan to find the session server that holds a session: its id names it.

        Raises:
            SessionGone: the id is none.
        """
        try:
            name = SessionId.parse(target.session_id).server
        except ValueError:
            raise SessionGone(session="with this id", server="any session server") from None
        if target.server:
            return self.where(attempts, chosen, target.server)
        book = self.book(chosen)
        return lambda: self._holder(attempts, book, name)

    def offers(
        self,
        attempts: Attempts,
        chosen: CallOptions,
        server: Endpoint | str,
        known: str = "",
        seconds: float = consultation.ANSWER,
        table: str | None = None,
    ) -> Plan[Offers]:
        """The plan to learn what is deployed, once its revision is not `known`.

        Args:
            attempts: the patience.
            chosen: the options of the call.
            server: asked instead of the management servers.
            known: the revision that is known.
            seconds: for each answer.
            table: the revision of the allocation table that is known; None wants none.
        """
        login = login_of(chosen.credentials)
        if server:
            plan = self._offers_of(attempts, chosen, server, known, seconds)
        else:
            asked = WatchOffers(known, table, login)
            plan = consultation.consult(attempts, self.book(chosen), lambda: asked, seconds)
        return _offers(plan)

    def _offers_of(
        self,
        attempts: Attempts,
        chosen: CallOptions,
        server: Endpoint | str,
        known: str,
        seconds: float,
    ) -> Plan[Response]:
        login = yield from self.session_login(attempts, chosen, login_of(chosen.credentials))
        body = WatchOffers(known, None, login)
        where = self.where(attempts, chosen, server)
        return (yield from catalogue.ask_server(attempts, where, body, seconds))

    def described(
        self, attempts: Attempts, chosen: CallOptions, server: Endpoint | str, kind: Kind, name: str
    ) -> Plan[Model]:
        """The plan to learn what a model or pool offers."""
        login = yield from self.session_login(attempts, chosen, login_of(chosen.credentials))
        where = self.describers(attempts, chosen, server, kind, name)
        return (yield from catalogue.describe(attempts, where, kind, name, login))

    def describers(
        self, attempts: Attempts, chosen: CallOptions, server: Endpoint | str, kind: Kind, name: str
    ) -> Callable[[], Plan[tuple[Endpoint, ...]]]:
        """The plan to find session servers that can describe a model or pool."""

        def one() -> Plan[tuple[Endpoint, ...]]:
            return ((yield from self.where(attempts, chosen, server)()),)

        def all_of_them() -> Plan[tuple[Endpoint, ...]]:
            return catalogue.having((yield from self.offers(attempts, chosen, "")), kind, name)

        return one if server else all_of_them

    def _holder(self, attempts: Attempts, book: ManagementServers, name: str) -> Plan[Endpoint]:
        """The address of the server that holds a session: the one known, or what is located."""
        known = self._known.pop(name, None)
        if known is not None:
            return known
        if not book.names:
            raise UnknownServer(server=name)
        return (yield from consultation.locate(attempts, book, name, self.own_allocation))

    # ---- carrying out ------------------------------------------------------------------------

    async def run(self, attempts: Attempts, plan: Plan[T]) -> T:
        """Carry a plan out.

        Raises:
            VerdigrisError: with the call's id, and the tries that were made.
        """
        try:
            return await self.network.carry_out(plan)
        except VerdigrisError as problem:
            problem.request_id = attempts.base
            if isinstance(problem, TokenRefused):
                self._logins.forget()
            problem.settle(writes=bool(problem.effect))  # what has none was raised before the work
            if attempts.count > 1 or isinstance(problem, NoManagementServer):
                problem.details.setdefault("tries", [asdict(tried) for tried in attempts.tries])
            log.info(
                "call {request_id} failed after {count} tries: {code} {problem}",
                request_id=attempts.base,
                count=attempts.count,
                code=problem.code,
                problem=str(problem),
            )
            raise

    async def obtain(
        self, target: Target | Suspended, chosen: CallOptions, wanted: SessionRequest
    ) -> tuple[Reached, Attempts]:
        """Get a session, or run a batch in one, and remember where it was.

        Raises:
            VerdigrisError: as of `run`.
        """
        attempts = self.attempts(chosen)
        reached = await self.run(attempts, self.reach(target, chosen, wanted, attempts))
        self.learn(reached)
        return reached, attempts

    def learn(self, reached: Reached) -> Opened:
        """Remember where a session server is."""
        opened = reached.body.opened if isinstance(reached.body, Ran) else reached.body
        if len(self._known) >= KNOWN:
            self._known.pop(next(iter(self._known)))
        self._known[opened.server] = reached.address
        return opened

    def _book(self, servers: Sequence[Endpoint | str]) -> ManagementServers:
        if self._last is not None and servers is self._last[0]:
            return self._last[1]
        names = tuple(address(server, ports.MANAGEMENT_SERVER) for server in servers)
        if names not in self._books:
            self._books[names] = ManagementServers(names, self._draw)
        book = self._books[names]
        if isinstance(servers, tuple):  # those of a gateway's settings come with every call
            self._last = servers, book
        return book


def _at_once(there: Endpoint) -> Plan[Endpoint]:
    """A plan that has nothing to find out."""
    return there
    yield  # makes this a generator


def _offers(plan: Plan[Response]) -> Plan[Offers]:
    return consultation.expect((yield from plan), Offers, "the peer")


def _log(tried: Attempt) -> None:
    """Every try, with its time (product facts 2.5).

    Watching what is deployed goes on for ever, and `offers` says once that it fails.
    """
    quiet = tried.outcome == "answered" or tried.asked == WatchOffers.__name__
    if quiet and not debugging():
        return
    emit = log.debug if quiet else log.info
    emit(
        "call {request_id}: {asked} to {peer} at {at} s took {seconds} s: {outcome}",
        request_id=tried.request_id,
        asked=tried.asked,
        peer=tried.peer,
        at=tried.at,
        seconds=tried.seconds,
        outcome=tried.outcome,
    )
