"""Looking at domains, session servers, pools and sessions."""

from typing import TYPE_CHECKING

import msgspec

from mgmtsrvr.api.routes import Asked, Reply
from mgmtsrvr.api.views import (
    DomainView,
    MemberView,
    PoolView,
    ServerView,
    SessionView,
    server_view,
    state_of,
)
from mgmtsrvr.domain import Domain
from mgmtsrvr.registry import Server
from verdigris.errors import UnknownServer


if TYPE_CHECKING:
    from mgmtsrvr.service import ManagementServer


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
