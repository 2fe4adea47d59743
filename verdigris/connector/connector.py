"""The asynchronous connector: sessions of models and pools, through domains or directly.

Deciding is in `plans` and `catalogue`, doing in `performer`: this module only translates calls and
answers. Every method that talks to a server returns a Deferred, to be awaited or given callbacks.
"""

import random
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

from verdigris.connector import catalogue
from verdigris.connector._deferred import deferred
from verdigris.connector.attempts import Attempts
from verdigris.connector.call_options import CallOptions, Options, login_of
from verdigris.connector.convert import Given, to_wire
from verdigris.connector.offers import Watch
from verdigris.connector.own_allocation import OwnAllocation
from verdigris.connector.performer import Dials, Listener, Lookup, Network
from verdigris.connector.planner import Dispatch
from verdigris.connector.results import CallReport, ResultSet
from verdigris.connector.session import Session
from verdigris.connector.session_calls import results_of
from verdigris.connector.targets import Suspended, Target
from verdigris.connector.waiting_line import WaitingLines
from verdigris.errors import ProtocolError, VerdigrisError
from verdigris.identity import Security
from verdigris.link import Dialer
from verdigris.metadata import Model, Value
from verdigris.values import Endpoint
from verdigris.wire import (
    AllocationTable,
    CallSession,
    GetVariables,
    Hello,
    Kind,
    Login,
    Offers,
    Opened,
    Perform,
    Ran,
    Resume,
    Rows,
    Run,
    ScreenWatch,
    SessionCalled,
    Variables,
)
from verdigris.wire import session_calls as calls


class Connector:
    """Connects to models and session pools.

    Args:
        reactor: for connections, names and time.
        management_servers: addresses `host:port` (port 9641 if left out); tried in turn.
        connection_timeout: seconds a connect keeps trying (product facts 2.5); 0 is one try.
        method_timeout: seconds a procedure may take (product facts 9.3).
        name: who this is, for the servers' logs; this machine's name by default. A part with a
            certificate has the name in it.
        role: "connector", or "gateway".
        location: where the client is, for message 2643; this machine's name by default.
        chance: which management server is first, and how long pauses are.
        security: TLS: whom to trust, and who this is; None speaks plain text.
        dialer: gives connections instead, such as a test's.
        lookup: what a host name stands for, instead of the reactor's resolver.
        new_id: makes request ids.
        own_allocation: chooses session servers while no management server answers, for a gateway.

    Every call takes the keyword arguments of `Options`.
    """

    def __init__(
        self,
        reactor: object,
        *,
        management_servers: Sequence[Endpoint | str] = (),
        connection_timeout: float = 30.0,
        method_timeout: float = 30.0,
        name: str = "",
        role: str = "connector",
        location: str = "",
        chance: random.Random | None = None,
        security: Security | None = None,
        dialer: Dials | None = None,
        lookup: Lookup | None = None,
        new_id: Callable[[], str] | None = None,
        own_allocation: OwnAllocation | None = None,
    ) -> None:
        here = socket.gethostname()
        chance = chance or random.Random()  # noqa: S311 - spreads load, guards nothing
        jitter = chance.uniform
        lines = WaitingLines()
        part = security.part if security else None
        me = (part.name, part.installation) if part else (name or here, "")
        self._dialer = dialer or Dialer(
            reactor, Hello(role, *me), Listener(lines), security=security
        )
        self._dispatch = Dispatch(
            Network(reactor, self._dialer, lookup),
            lines,
            management_servers,
            connection_timeout,
            method_timeout,
            location or here,
            chance.randrange,
            lambda: jitter(0.5, 1.5),
            new_id or (lambda: secrets.token_hex(8)),
            own_allocation,
            secured=security is not None,
        )

    def __repr__(self) -> str:
        return f"<Connector [management servers {self._dispatch.own}]>"

    def close(self) -> None:
        """Close every connection; sessions that were not suspended end."""
        self._dialer.close()

    # ---- the four ways to connect (product facts 9.2) ------------------------------------------

    @deferred
    async def connect_to_model(
        self, server: Endpoint | str, model: str, **options: Unpack[Options]
    ) -> Session:
        """A session of a model, directly from a session server: the host is connected anew.

        Args:
            server: `host:port`, a host name, or the server's name in the installation.
            model: the model's name.
            options: see `Options`.

        Raises:
            NotOffered: no such model there.
            AtLimit: the server is at its limit, for the whole connection timeout.
            ServerUnreachable: no connection, for the whole connection timeout.
            VerdigrisError: what the session server answered, such as `HostUnreachable`.
        """
        return await self._connect(Target("model", model, server=server), CallOptions.of(options))

    @deferred
    async def connect_to_model_via_domain(
        self, domain: str, model: str, **options: Unpack[Options]
    ) -> Session:
        """A session of a model from a session server of a domain, chosen by its allocator.

        Args:
            domain: the load distribution domain.
            model: the model's name.
            options: see `Options`; `management_servers` replaces the connector's own.

        Raises:
            NoServerAvailable: 2643, with the allocation trail in its details.
            NoManagementServer: none answered for the whole connection timeout.
            UnknownDomain: no such domain.
            VerdigrisError: what the session server answered.
        """
        return await self._connect(Target("model", model, domain), CallOptions.of(options))

    @deferred
    async def connect_to_session(
        self, server: Endpoint | str, pool: str, **options: Unpack[Options]
    ) -> Session:
        """A session of a pool, directly from a session server: it is connected already.

        Arguments and errors are those of `connect_to_model`.
        """
        return await self._connect(Target("pool", pool, server=server), CallOptions.of(options))

    @deferred
    async def connect_to_session_via_domain(
        self, domain: str, pool: str, **options: Unpack[Options]
    ) -> Session:
        """A session of a pool from a session server of a domain.

        Arguments and errors are those of `connect_to_model_via_domain`.
        """
        return await self._connect(Target("pool", pool, domain), CallOptions.of(options))

    @deferred
    async def resume(
        self, session_id: str, *, server: Endpoint | str = "", **options: Unpack[Options]
    ) -> Session:
        """Attach to a suspended session, whoever suspended it (product facts 9.5).

        Args:
            session_id: what `Session.suspend` gave; it names the session server.
            server: that server's address; otherwise a management server is asked.
            options: see `Options`.

        Raises:
            SessionGone: the session ended.
            UnknownServer: nobody knows the server that the id names.
        """
        return await self._connect(Suspended(session_id, server=server), CallOptions.of(options))

    # ---- whole calls in one round trip to the session server -----------------------------------

    @deferred
    async def call(
        self,
        target: Target | Suspended,
        table: str,
        procedure: str,
        filters: Mapping[str, Given] | None = None,
        data: Mapping[str, Given] | None = None,
        columns: Sequence[str] = (),
        max_rows: int = 0,
        case_sensitive: bool = True,  # noqa: FBT001, FBT002 - the documented argument (product facts 6.2)
        *,
        repeatable: bool = False,
        watch: ScreenWatch = "",
        **options: Unpack[Options],
    ) -> ResultSet:
        """Connect, perform a procedure and let go: two round trips via a domain, else one.

        Args:
            target: the model or pool, or a suspended session (which is suspended again).
            table: the procedure's table; "" finds it in any.
            procedure: its name.
            filters: what selects the rows.
            data: what is written.
            columns: wanted output columns; none is all.
            max_rows: at most so many rows; 0 is all.
            case_sensitive: whether filters compare case-sensitively.
            repeatable: doing it twice is harmless (a read-only procedure), so that a connection
                lost in the middle is followed by another try.
            watch: "times" or "screens": have the screens passed told in `CallReport.screens`.
            options: see `Options`.

        Raises:
            MethodTimedOut: 2820.
            ConnectionLost: the work may or may not have been done; not tried again, and its
                `effect` is "unknown" (as that of every error after which this is so).
            VerdigrisError: as of the connects, or what the session server answered.
        """
        wanted = Perform(
            "",
            table,
            procedure,
            to_wire(filters),
            to_wire(data),
            tuple(columns),
            max_rows,
            case_sensitive,
            watch,
        )
        return ResultSet(*await self.call_raw(target, wanted, repeatable=repeatable, **options))

    @deferred
    async def call_raw(
        self,
        target: Target | Suspended,
        perform: Perform,
        *,
        repeatable: bool = False,
        **options: Unpack[Options],
    ) -> tuple[Rows, CallReport]:
        """Do what `call` does with values as they travel: for programs that pass them on.

        Args:
            target: the model or pool, or a suspended session (which is suspended again).
            perform: the message for the session server; its session is "".
            repeatable: as for `call`.
            options: see `Options`.

        Returns:
            The rows, in which decimals and dates are text (see `verdigris.metadata.Value`), and
            where and how the procedure ran.

        Raises:
            VerdigrisError: as of `call`.
        """
        answer, report = await self._batch(
            target, perform, CallOptions.of(options), repeatable=repeatable
        )
        if not isinstance(answer, Rows):
            wrong = ProtocolError(peer=f"session server {report.server}", problem="no rows")
            raise wrong.settle(writes=not repeatable)
        return answer, report

    @deferred
    async def perform_calls(
        self,
        target: Target | Suspended,
        wanted: Sequence[calls.AnyCall],
        **options: Unpack[Options],
    ) -> tuple[list[Any], CallReport]:
        """Connect, perform session calls and let go, in one round trip to the session server.

        Args:
            target: the model or pool, or a suspended session (which is suspended again).
            wanted: session calls, of `verdigris.wire.session_calls`.
            options: see `Options`.

        Returns:
            The result of each, and where they were performed.

        Raises:
            VerdigrisError: as of `call` and of `Session.perform_calls`.
        """
        listed = tuple(wanted)
        answer, report = await self._batch(
            target,
            CallSession.of("", listed),
            CallOptions.of(options),
            repeatable=not calls.acts(listed),
        )
        if not isinstance(answer, SessionCalled):
            wrong = ProtocolError(peer=f"session server {report.server}", problem="no results")
            raise wrong.settle(writes=calls.acts(listed))
        try:
            return results_of(listed, answer, report.server), report
        except VerdigrisError as error:
            error.request_id = error.request_id or report.request_id
            raise error.settle(writes=calls.acts(listed))  # noqa: B904 - it is the same error

    @deferred
    async def read_variables(
        self, target: Target | Suspended, **options: Unpack[Options]
    ) -> dict[str, Value]:
        """The model variables clients may read, from a session of the target; secret ones are None.

        Raises:
            VerdigrisError: as of `call`.
        """
        wanted = GetVariables("")
        answer, report = await self._batch(target, wanted, CallOptions.of(options), repeatable=True)
        if not isinstance(answer, Variables):
            raise ProtocolError(peer=f"session server {report.server}", problem="no variables")
        return answer.values

    @deferred
    async def open_suspended(
        self, target: Target, minutes: float = 20.0, **options: Unpack[Options]
    ) -> CallReport:
        """Open a session and suspend it at once: the start of stateful calls.

        Args:
            target: the model or pool.
            minutes: how long it is kept between calls.
            options: see `Options`.

        Returns:
            Where it is; `session_id` makes a `Suspended` target.

        Raises:
            VerdigrisError: as of the connects.
        """
        return (await self._batch(target, None, CallOptions.of(options), keep=minutes))[1]

    @deferred
    async def release_suspended(
        self, session_id: str, *, server: Endpoint | str = "", **options: Unpack[Options]
    ) -> None:
        """End a suspended session.

        Raises:
            SessionGone: it had ended before.
            SessionOfAnother: the credentials are not those it was made with.
            VerdigrisError: its session server cannot be found or reached.
        """
        chosen = CallOptions.of(options)
        attempts = self._dispatch.attempts(chosen)
        where = self._dispatch.holder(attempts, chosen, Suspended(session_id, server=server))
        login = await self._session_login(attempts, chosen)
        # Resumed to be released: the session server sees whose it is, and that it is not in use.
        plan = catalogue.ask_server(attempts, where, Run(Resume(session_id, login, {}), None))
        await self._dispatch.run(attempts, plan)

    # ---- what there is -------------------------------------------------------------------------

    @deferred
    async def offers(self, *, server: Endpoint | str = "", **options: Unpack[Options]) -> Offers:
        """Every model and pool, with the addresses of the session servers that have them.

        Args:
            server: ask only this session server; otherwise a management server is asked.
            options: see `Options`.

        Raises:
            VerdigrisError: nobody answered.
        """
        chosen = CallOptions.of(options)
        attempts = self._dispatch.attempts(chosen)
        return await self._dispatch.run(attempts, self._dispatch.offers(attempts, chosen, server))

    @deferred
    async def describe(
        self, kind: Kind, name: str, *, server: Endpoint | str = "", **options: Unpack[Options]
    ) -> Model:
        """What a model or pool offers: tables, procedures, variables.

        Args:
            kind: "model" or "pool".
            name: its name.
            server: ask this session server; otherwise one that has it is found out.
            options: see `Options`.

        Raises:
            NotOffered: no session server has it.
            VerdigrisError: nobody could be asked.
        """
        chosen = CallOptions.of(options)
        attempts = self._dispatch.attempts(chosen)
        plan = self._dispatch.described(attempts, chosen, server, kind, name)
        return await self._dispatch.run(attempts, plan)

    def watch_offers(
        self,
        changed: Callable[[Offers], None],
        *,
        server: Endpoint | str = "",
        failed: Callable[[VerdigrisError], None] | None = None,
        told_table: Callable[[AllocationTable], None] | None = None,
        **options: Unpack[Options],
    ) -> Watch:
        """Call `changed` with what is deployed, now and whenever it changes.

        Args:
            changed: called with every new state.
            server: watch only this session server; otherwise a management server is asked.
            failed: called when nobody answered for the connection timeout; the watch goes on.
            told_table: called with the allocation table at each answer that has one; the content is left
                out while it is the one before. None wants no table.
            options: see `Options`.
        """
        return Watch(self._dispatch, CallOptions.of(options), server, changed, failed, told_table)

    async def _session_login(self, attempts: Attempts, chosen: CallOptions) -> Login:
        """The credentials of a call, for a session server."""
        plan = self._dispatch.session_login(attempts, chosen, login_of(chosen.credentials))
        return await self._dispatch.run(attempts, plan)

    # ---- inside --------------------------------------------------------------------------------

    async def _connect(self, target: Target | Suspended, chosen: CallOptions) -> Session:
        wanted = self._dispatch.wanted(chosen)
        reached, attempts = await self._dispatch.obtain(target, chosen, wanted)
        if not isinstance(reached.body, Opened):
            raise ProtocolError(peer=f"session server at {reached.address}", problem="no session")
        link = await self._dialer.to(reached.address)

        async def login() -> Login:
            return await self._session_login(self._dispatch.attempts(chosen), chosen)

        return Session(link, reached.body, reached.report(attempts), wanted.method_timeout, login)

    async def _batch(
        self,
        target: Target | Suspended,
        wanted: Perform | GetVariables | CallSession | None,
        chosen: CallOptions,
        *,
        keep: float | None = None,
        repeatable: bool = False,
    ) -> tuple[Rows | Variables | SessionCalled | None, CallReport]:
        if isinstance(target, Suspended):
            keep = target.minutes
        batch = self._dispatch.wanted(
            chosen, batch=True, perform=wanted, keep=keep, repeatable=repeatable
        )
        reached, attempts = await self._dispatch.obtain(target, chosen, batch)
        if not isinstance(reached.body, Ran):
            wrong = ProtocolError(peer=f"session server at {reached.address}", problem="no result")
            raise wrong.settle(writes=batch.writes)
        return reached.body.answer, reached.report(attempts, kept=bool(keep))
