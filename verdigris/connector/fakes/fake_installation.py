"""An installation in memory: one management server and one session server. Part of `testing`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from verdigris.config import ports
from verdigris.connector.convert import Given, to_wire
from verdigris.connector.fakes.fake_session_calls import FakeSessionCalls, FakeSessionState
from verdigris.errors import (
    ConnectRefused,
    CredentialsRequired,
    CredentialsWrong,
    NotOffered,
    ProtocolError,
    SessionGone,
    SessionOfAnother,
    TokenRefused,
    UnknownDomain,
    UnknownProcedure,
    UnknownServer,
    VerdigrisError,
)
from verdigris.metadata import Column, ColumnType, Model, Procedure, Table, Value
from verdigris.values import Endpoint
from verdigris.wire import (
    Allocate,
    Allocated,
    CallSession,
    Claim,
    Describe,
    Described,
    Done,
    GetVariables,
    Kind,
    Locate,
    Located,
    LogIn,
    Login,
    LoginToken,
    Offer,
    Offers,
    Open,
    Opened,
    Perform,
    Ran,
    Release,
    Request,
    Response,
    Resume,
    Rows,
    Run,
    SessionCalled,
    SetVariables,
    Suspend,
    Try,
    Variables,
    WatchOffers,
)
from verdigris.wire import session_calls as calls


MANAGEMENT: Final = Endpoint("192.0.2.1", ports.MANAGEMENT_SERVER)
SESSIONS: Final = Endpoint("192.0.2.2", ports.SESSION_SERVER)
"""Addresses of the fakes, from the block kept for documentation (RFC 5737)."""


@dataclass(frozen=True, slots=True)
class FakeCall:
    """A procedure that was performed, as a test wants to look at it.

    Attributes:
        kind, name: the model or pool.
        domain: "" for a direct connect.
        table, procedure, filters, data, columns, max_rows, case_sensitive: as they arrived.
        variables: the model variables of the session.
        user: who; "" if no credentials were given.
        request_id: under which id.
    """

    kind: Kind
    name: str
    domain: str
    table: str
    procedure: str
    filters: Mapping[str, Value]
    data: Mapping[str, Value]
    columns: tuple[str, ...]
    max_rows: int
    case_sensitive: bool
    variables: Mapping[str, Value] = field(repr=False)
    user: str
    request_id: str


T = TypeVar("T")
Answering: TypeAlias = T | VerdigrisError | Callable[[Any], T | VerdigrisError]
"""The result of a session call, its error, or a function of the call that gives one of them."""

Reply = Sequence[Mapping[str, Given]] | VerdigrisError
"""Rows, or the error to end with."""


@dataclass(slots=True)
class _Program:
    columns: tuple[tuple[str, ColumnType], ...]
    reply: Callable[[FakeCall], Reply]
    affected: int


@dataclass(slots=True)
class _Held:
    """A session: what it was opened with."""

    number: int
    kind: Kind
    name: str
    domain: str
    user: str
    variables: dict[str, Value] = field(default_factory=dict)
    suspended: bool = False
    state: FakeSessionState = field(default_factory=FakeSessionState)


class FakeInstallation:
    """What the fake connectors talk to.

    Attributes:
        calls: every procedure performed.
        models: what is deployed, by name in lower case; a program for an unknown model adds it.
        pools: pool name to model name.
        domains: known ones; None knows every name.
        refusals: errors for the next connects, each used once.
        sessions: session id to what is open or suspended.
        session_calls: their session calls; `made` lists them.
        users: user to password: session server security is on if there are any.
        rights: user to the models and pools that the user may use; who is not in it may use all.
    """

    def __init__(self) -> None:
        self.calls: list[FakeCall] = []
        self.models: dict[str, Model] = {}
        self.pools: dict[str, str] = {}
        self.domains: set[str] | None = None
        self.refusals: list[VerdigrisError] = []
        self.sessions: dict[str, _Held] = {}
        self.session_calls = FakeSessionCalls()
        self.users: dict[str, str] = {}
        self.rights: dict[str, set[str]] = {}
        self._programs: dict[tuple[str, str, str], _Program] = {}
        self._claims: dict[str, Allocate] = {}
        self._numbers = count(1)

    def program(
        self,
        model: str,
        table: str,
        procedure: str,
        reply: Reply | Callable[[FakeCall], Reply] = (),
        *,
        columns: Sequence[tuple[str, ColumnType]] = (),
        affected: int = 0,
    ) -> None:
        """Say what a procedure answers.

        Args:
            model: of this model, and of pools that use it.
            table: its table.
            procedure: its name.
            reply: rows as dicts, an error, or a function of the call that gives one of them.
            columns: name and type of each output column; text, named by the first row, if absent.
            affected: records written.
        """
        given = tuple(columns)
        if not given and isinstance(reply, Sequence) and reply:
            given = tuple((name, "text") for name in reply[0])
        answer = reply if callable(reply) else lambda _: reply
        key = (model.lower(), table.lower(), procedure.lower())
        self._programs[key] = _Program(given, answer, affected)
        self._describe(model, table, procedure, given)

    def answer(self, model: str, kind: type[calls.SessionCall[T]], reply: Answering[T]) -> None:
        """Say what a session call answers.

        Args:
            model: of this model, and of pools that use it.
            kind: the call, such as `calls.GetAttributes`.
            reply: its result, an error, or a function of the call that gives one of them.
        """

        def answered(call: calls.AnyCall) -> object:
            found = reply(call) if callable(reply) else reply
            if isinstance(found, VerdigrisError):
                raise found
            return found

        self.session_calls.program(model, kind, answered)
        self.models.setdefault(model.lower(), Model(name=model, version="fake"))

    def _describe(
        self, name: str, table: str, procedure: str, columns: Sequence[tuple[str, ColumnType]]
    ) -> None:
        """Add to the model's metadata what a program shows of it; metadata given stays as it is."""
        model = self.models.get(name.lower(), Model(name=name, version="fake"))
        try:
            model.find(procedure, table)
        except KeyError:
            entry = Procedure(
                name=procedure, kind="select", outputs=tuple(column for column, _ in columns)
            )
            others = tuple(it for it in model.tables if it.name.lower() != table.lower())
            old = next((it for it in model.tables if it not in others), Table(name=table))
            known = {column.name for column in old.columns}
            new = tuple(Column(name=n, type=kind) for n, kind in columns if n not in known)
            grown = Table(
                name=table, columns=old.columns + new, procedures=(*old.procedures, entry)
            )
            model = msgspec.structs.replace(model, tables=(*others, grown))
        self.models[name.lower()] = model

    # ---- the management server -------------------------------------------------------------------

    def management(self, body: Request, request_id: str, seconds: float) -> Response:  # noqa: ARG002 - a peer's signature
        """Answer as a management server."""
        match body:
            case Allocate(domain=domain, kind=kind, name=name):
                user = self._user(body.login, name, body.location)
                self._admit(kind, name)
                if self.domains is not None and domain not in self.domains:
                    raise UnknownDomain(domain=domain)
                session = f"fake1~{next(self._numbers):032x}"
                self._claims[session] = body
                trail = (Try(1, (("fake1", 1),), 1, 1, "fake1", "granted"),)
                return Allocated("fake1", str(SESSIONS), session, "claim", trail, user)
            case LogIn(login=login):
                return LoginToken(self._user(login), 600.0)
            case Locate(server="fake1"):
                return Located("fake1", str(SESSIONS))
            case Locate(server=server):
                raise UnknownServer(server=server)
            case WatchOffers(login=login):
                self._user(login)
                return self._offers()
        raise ProtocolError(peer="this fake", problem=f"{body!r} is not for a management server")

    def _offers(self) -> Offers:
        here = (str(SESSIONS),)
        models = [Offer("model", it.name, it.name, it.digest) for it in self.models.values()]
        pools = [Offer("pool", pool, model, "") for pool, model in self.pools.items()]
        return Offers("1", tuple((offer, here) for offer in (*models, *pools)))

    def _user(self, login: Login, name: str = "", location: str = "here") -> str:
        """The user of these credentials, who is the token as well; "" while users are not checked.

        Raises:
            CredentialsRequired: there are none.
            CredentialsWrong: the password is another one.
            TokenRefused: the token is none of this installation.
            ConnectRefused: the user may not use the model or pool.
        """
        if not self.users:
            return ""
        if not login.user and not login.token:
            raise CredentialsRequired(where="here")
        user = login.token or login.user
        if login.token and user not in self.users:
            raise TokenRefused(why="it is not a token")
        if not login.token and self.users.get(user) != login.password:
            raise CredentialsWrong(why="")
        if name and name not in self.rights.get(user, {name}):
            raise ConnectRefused(user=user, location=location, name=name, where="")
        return user

    def _admit(self, kind: Kind, name: str) -> Model:
        if self.refusals:
            raise self.refusals.pop(0)
        model = name if kind == "model" else self.pools.get(name, "")
        try:
            return self.models[model.lower()]
        except KeyError:
            raise NotOffered(kind=kind, name=name, where="fake1") from None

    # ---- the session server ----------------------------------------------------------------------

    def session_server(self, body: Request, request_id: str, seconds: float) -> Response:  # noqa: ARG002 - a peer's signature
        """Answer as a session server."""
        match body:
            case Open() | Claim() | Resume():
                return self._open(body)
            case Run():
                return self._run(body, request_id)
            case Perform() | GetVariables() | CallSession():
                return self._work(body, body.session, request_id)
            case SetVariables(session=session, values=values):
                self._held(session).variables |= values
            case Suspend(session=session):
                self._held(session).suspended = True
            case Release(session=session):
                self._held(session)
                del self.sessions[session]
            case Describe(kind=kind, name=name, login=login):
                self._user(login, name)
                return Described(self._admit(kind, name))
            case WatchOffers(login=login):
                self._user(login)
                return self._offers()
            case _:
                raise ProtocolError(
                    peer="this fake", problem=f"{body!r} is not for a session server"
                )
        return Done()

    def _held(self, session: str) -> _Held:
        try:
            return self.sessions[session]
        except KeyError:
            raise SessionGone(session="asked for", server="fake1") from None

    def _open(self, body: Open | Claim | Resume) -> Opened:
        match body:
            case Open(kind=kind, name=name):
                self._user(body.login, name, body.location)
                session, domain = f"fake1~{next(self._numbers):032x}", ""
            case Claim(session=session):
                allocated = self._claims.pop(session)
                kind, name, domain = allocated.kind, allocated.name, allocated.domain
                self._user(body.login, name)
            case Resume(session=session):
                held = self._held(session)
                if self._user(body.login, held.name) != (held.user if self.users else ""):
                    raise SessionOfAnother
                if not held.suspended:
                    raise SessionGone(session=held.number, server="fake1")
                held.suspended = False
                held.variables |= body.variables
                return self._opened(session, held)
        model = self._admit(kind, name)
        user = self._user(body.login) or body.login.user
        held = _Held(next(self._numbers), kind, name, domain, user)
        held.variables |= {it.name: it.default for it in model.variables}
        held.variables |= body.variables
        self.sessions[session] = held
        return self._opened(session, held)

    def _opened(self, session: str, held: _Held) -> Opened:
        model = self._model(held)
        return Opened(
            session, "fake1", model.name, model.version, model.session_type, "Home", held.number
        )

    def _model(self, held: _Held) -> Model:
        name = held.name if held.kind == "model" else self.pools[held.name]
        return self.models[name.lower()]

    def _run(self, run: Run, request_id: str) -> Ran:
        opened = self._open(run.opening)
        answer: Rows | Variables | SessionCalled | None = None
        keep = isinstance(run.opening, Resume)
        try:
            if run.perform is not None:
                answer = self._work(run.perform, opened.session, request_id)
            keep = run.after == "suspend"
        finally:
            if keep:
                self.sessions[opened.session].suspended = True
            else:
                del self.sessions[opened.session]
        return Ran(opened, answer)

    def _work(
        self, body: Perform | GetVariables | CallSession, session: str, request_id: str
    ) -> Rows | Variables | SessionCalled:
        held = self._held(session)
        if isinstance(body, CallSession):
            return self.session_calls.perform(body, self._model(held), held.state, held.variables)
        if isinstance(body, GetVariables):
            return Variables(dict(held.variables))
        return self._perform(body, held, request_id)

    def _perform(self, body: Perform, held: _Held, request_id: str) -> Rows:
        model = self._model(held)
        try:
            table, procedure = model.find(body.procedure, body.table)
            known = self._programs[model.name.lower(), table.name.lower(), procedure.name.lower()]
        except KeyError:
            raise UnknownProcedure(
                model=model.name, procedure=body.procedure, table=body.table
            ) from None
        call = FakeCall(
            held.kind, held.name, held.domain, table.name, procedure.name,
            body.filters, body.data, body.columns, body.max_rows, body.case_sensitive,
            dict(held.variables), held.user, request_id,
        )  # fmt: skip
        self.calls.append(call)
        reply = known.reply(call)
        if isinstance(reply, VerdigrisError):
            raise reply
        return _rows(known, reply, body)


def _rows(known: _Program, reply: Sequence[Mapping[str, Given]], body: Perform) -> Rows:
    """The rows as a session server would send them: wanted columns, at most so many."""
    wanted = {name.lower() for name in body.columns}
    columns = tuple(it for it in known.columns if not wanted or it[0].lower() in wanted)
    limited = reply[: body.max_rows] if body.max_rows else reply
    values = [to_wire(row) for row in limited]
    rows = [[row.get(name) for name, _ in columns] for row in values]
    return Rows(columns, rows, known.affected, ("Home",), "fake1")
