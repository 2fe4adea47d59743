"""Looking at domains, session servers, pools and sessions."""

from typing import TYPE_CHECKING, Final

import msgspec

from mgmtsrvr.api.route import Asked, Reply
from mgmtsrvr.api.schemas import (
    DomainView,
    MemberView,
    PoolView,
    ServerView,
    SessionView,
    TraceView,
    server_view,
    state_of,
)
from mgmtsrvr.domain import Domain
from mgmtsrvr.registry import Server
from verdigris.errors import UnknownServer, UnknownTrace


if TYPE_CHECKING:
    from mgmtsrvr.service import ManagementServer


TRACE: Final = "text/plain; charset=us-ascii"
LONGEST_NUMBER: Final = 19  # digits of what the wire carries, and one


class Directory:
    """Answers from the registry, and from the session servers themselves."""

    def __init__(self, server: "ManagementServer") -> None:
        self._server = server
        self._registry = server.registry

    async def domains(self, asked: Asked) -> Reply:
        """Every domain with its members."""
        del asked
        return Reply([self._domain(domain) for domain in self._registry.domains.values()])

    async def domain(self, asked: Asked) -> Reply:
        """One domain."""
        return Reply(self._domain(self._registry.domain(asked.names["domain"])))

    async def servers(self, asked: Asked) -> Reply:
        """Every session server, configured or registered; refused strangers too."""
        del asked
        known = [self._view(server) for server in self._registry.servers.values()]
        strangers = [
            self._stranger(name) for name in self._registry.strangers
            if name not in self._registry.servers
        ]  # fmt: skip
        return Reply([*known, *strangers])

    async def server(self, asked: Asked) -> Reply:
        """One session server."""
        return Reply(self._view(self._registry.server(asked.names["server"])))

    async def pools(self, asked: Asked) -> Reply:
        """Every session pool of every session server."""
        del asked
        return Reply(
            [
                PoolView.of(server.name, pool)
                for server in self._registry.servers.values()
                if server.status is not None and server.link is not None
                for pool in server.status.pools
            ]
        )

    async def sessions(self, asked: Asked) -> Reply:
        """The sessions of one server, asked of it now."""
        screens = asked.flag("screens") if "screens" in asked.query else False
        said = await self._server.fleet.sessions(
            asked.names["server"], screens=screens, request_id=asked.request_id
        )
        return Reply([SessionView.of(session) for session in said.sessions])

    async def traces(self, asked: Asked) -> Reply:
        """The traces of one server, asked of it now."""
        name = asked.names["server"]
        said = await self._server.fleet.traces(name, request_id=asked.request_id)
        return Reply([TraceView.of(name, one) for one in said.traces])

    async def trace(self, asked: Asked) -> Reply:
        """One trace, by its name or the id of the request that failed."""
        said = await self._server.fleet.trace(
            asked.names["server"], trace=asked.names["trace"], request_id=asked.request_id
        )
        return Reply(said.text.encode(), media_type=TRACE)

    async def session_trace(self, asked: Asked) -> Reply:
        """The traffic of one session up to now."""
        number = asked.names["session"]
        if not (number.isdecimal() and number.isascii() and len(number) < LONGEST_NUMBER):
            raise UnknownTrace(server=asked.names["server"], what=f"session {number}")
        said = await self._server.fleet.trace(
            asked.names["server"], session=int(number), request_id=asked.request_id
        )
        return Reply(said.text.encode(), media_type=TRACE)

    def _view(self, server: Server) -> ServerView:
        domains = [
            domain.name
            for domain in self._registry.domains.values()
            if any(member.server == server.name for member in domain.members)
        ]
        return server_view(server, domains, self._server.reactor.seconds())

    def _stranger(self, name: str) -> ServerView:
        made = server_view(Server(name), [], self._server.reactor.seconds())
        reason = f"other installation: {self._registry.strangers[name]}"
        return msgspec.structs.replace(made, reason=reason)

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
