"""Queries: domains, session servers, pools, sessions, traces, allocations."""

from typing import Final

import msgspec
from twisted.internet.interfaces import IReactorTime

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import (
    DomainView,
    ListView,
    MemberView,
    PoolView,
    RowsView,
    ServerView,
    SessionView,
    TraceView,
    server_view,
    state_of,
)
from mgmtsrvr.decision_log import DecisionLog
from mgmtsrvr.registry import Registry
from mgmtsrvr.row_shares.book import RowBook
from mgmtsrvr.server_commands import ServerCommands
from mgmtsrvr.session_server import Server
from verdigris.allocation.domain import Domain
from verdigris.errors import NoSuchPage, UnknownServer, UnknownTrace


TRACE: Final = "text/plain; charset=us-ascii"
LONGEST_NUMBER: Final = 19
"""Digits at which a number may no longer fit the 64 bits of the wire."""


class Queries:
    """The queries of administrators.

    Args:
        registry: the session servers and domains.
        commands: asks session servers.
        decisions: the log of allocations.
        clock: for ages in seconds.
        rows: who has which rows of variable lists.
    """

    def __init__(
        self,
        registry: Registry,
        commands: ServerCommands,
        decisions: DecisionLog,
        clock: IReactorTime,
        rows: RowBook,
    ) -> None:
        self._rows = rows
        self._registry = registry
        self._commands = commands
        self._decisions = decisions
        self._clock = clock

    async def domains(self, request: ApiRequest) -> ApiReply:
        """Every domain with its members."""
        del request
        return ApiReply([self._domain(domain) for domain in self._registry.domains.values()])

    async def domain(self, request: ApiRequest) -> ApiReply:
        """One domain."""
        return ApiReply(self._domain(self._registry.domain(request.names["domain"])))

    async def servers(self, request: ApiRequest) -> ApiReply:
        """Every session server, configured or registered, and those refused as foreign."""
        del request
        known = [self._view(server) for server in self._registry.servers.values()]
        foreign = [
            self._foreign(name) for name in self._registry.foreign
            if name not in self._registry.servers
        ]  # fmt: skip
        return ApiReply([*known, *foreign])

    async def server(self, request: ApiRequest) -> ApiReply:
        """One session server."""
        return ApiReply(self._view(self._registry.server(request.names["server"])))

    async def pools(self, request: ApiRequest) -> ApiReply:
        """Every session pool of every session server."""
        del request
        return ApiReply(
            [
                PoolView.of(server.name, pool)
                for server in self._registry.servers.values()
                if server.status is not None and server.link is not None
                for pool in server.status.pools
            ]
        )

    async def lists(self, request: ApiRequest) -> ApiReply:
        """Every variable list that session servers share, and who has which of its rows."""
        del request
        ledger, found = self._rows.ledger, []
        for group in ledger.groups():
            servers = [RowsView.of(holding) for holding in self._rows.holdings(group)]
            keys, taken = len(ledger.keys(group)), sum(len(view.rows) for view in servers)
            found.append(ListView(name=group, rows=keys, free=keys - taken, servers=servers))
        return ApiReply(found)

    async def sessions(self, request: ApiRequest) -> ApiReply:
        """The sessions of one server, read from it now."""
        screens = request.flag("screens") if "screens" in request.query else False
        answer = await self._commands.sessions(
            request.names["server"], screens=screens, request_id=request.request_id
        )
        return ApiReply([SessionView.of(session) for session in answer.sessions])

    async def traces(self, request: ApiRequest) -> ApiReply:
        """The traces of one server, read from it now."""
        name = request.names["server"]
        answer = await self._commands.traces(name, request_id=request.request_id)
        return ApiReply([TraceView.of(name, one) for one in answer.traces])

    async def trace(self, request: ApiRequest) -> ApiReply:
        """One trace, by its name or the id of the request that failed."""
        answer = await self._commands.trace(
            request.names["server"], trace=request.names["trace"], request_id=request.request_id
        )
        return ApiReply(answer.text.encode(), media_type=TRACE)

    async def session_trace(self, request: ApiRequest) -> ApiReply:
        """The traffic of one session up to now."""
        number = request.names["session"]
        if not (number.isdecimal() and number.isascii() and len(number) < LONGEST_NUMBER):
            raise UnknownTrace(server=request.names["server"], what=f"session {number}")
        answer = await self._commands.trace(
            request.names["server"], session=int(number), request_id=request.request_id
        )
        return ApiReply(answer.text.encode(), media_type=TRACE)

    async def allocations(self, request: ApiRequest) -> ApiReply:
        """The last allocations with their trails, newest first."""
        return ApiReply(self._decisions.last(request.number("last", 50)))

    async def allocation(self, request: ApiRequest) -> ApiReply:
        """The allocations of one request, with their trails."""
        found = self._decisions.of(request.names["request_id"])
        if not found:
            raise NoSuchPage(path=request.path)
        return ApiReply(found)

    def _view(self, server: Server) -> ServerView:
        domains = [
            domain.name
            for domain in self._registry.domains.values()
            if any(member.server == server.name for member in domain.members)
        ]
        return server_view(server, domains, self._clock.seconds())

    def _foreign(self, name: str) -> ServerView:
        view = server_view(Server(name), [], self._clock.seconds())
        reason = f"other installation: {self._registry.foreign[name]}"
        return msgspec.structs.replace(view, reason=reason)

    def _domain(self, domain: Domain) -> DomainView:
        totals: dict[int, int] = {}
        for member in domain.members:
            totals[member.priority] = totals.get(member.priority, 0) + member.weight
        members = []
        for member in domain.members:
            server = self._registry.servers.get(member.server)
            if server is None:
                raise UnknownServer(server=member.server)
            state, reason = state_of(server)
            status = server.status
            members.append(
                MemberView(
                    server=member.server,
                    weight=member.weight,
                    priority=member.priority,
                    percent=round(100 * member.weight / max(1, totals[member.priority]), 2),
                    state=state,
                    reason="weight 0" if member.weight == 0 and not reason else reason,
                    active=status.active if status else 0,
                    reserved=status.reserved if status else 0,
                    maximum=status.maximum if status else 0,
                )
            )
        return DomainView(name=domain.name, spill_on_busy=domain.spill_on_busy, members=members)
