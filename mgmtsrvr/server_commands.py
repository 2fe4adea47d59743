"""Administrative commands to session servers, over the connections they registered with.

Law (tests/mgmtsrvr/test_api.py): a command goes to exactly one server and ends with the server's
answer or an error that names the server.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mgmtsrvr.registry import Registry
from mgmtsrvr.session_server import Server
from verdigris.errors import InternalError, ServerUnreachable, VerdigrisError
from verdigris.wire import (
    Deploy,
    Deployed,
    Done,
    GetStatus,
    ListSessions,
    ListTraces,
    PoolOverride,
    ReadTrace,
    Request,
    Response,
    Revoke,
    RevokedPart,
    Sessions,
    SessionSecurity,
    SetAdminState,
    SetPool,
    SetPools,
    SetSecurity,
    StatusIs,
    TraceIs,
    Traces,
    Undeploy,
)


log = Logger()

COMMAND: Final = 10.0
"""Seconds for a command that is carried out at once."""
DEPLOYMENT: Final = 60.0
"""Seconds for a deployment: reading and checking a model of 500 screens, connecting its pools not
included."""

R = TypeVar("R", bound=Response)


@dataclass(frozen=True, slots=True)
class ServerCommands:
    """The sender of commands.

    Attributes:
        registry: the session servers and their connections.
    """

    registry: Registry

    async def sessions(self, server: str, *, screens: bool, request_id: str) -> Sessions:
        """Every session of a server; with their (masked) screens if wanted.

        Raises:
            VerdigrisError: the server is unknown, unreachable, or refuses.
        """
        return await self._send(server, ListSessions(screens), Sessions, COMMAND, request_id)

    async def traces(self, server: str, *, request_id: str) -> Traces:
        """The traces a server keeps.

        Raises:
            VerdigrisError: the server is unknown, unreachable, or refuses.
        """
        return await self._send(server, ListTraces(), Traces, COMMAND, request_id)

    async def trace(
        self, server: str, *, trace: str = "", session: int = 0, request_id: str
    ) -> TraceIs:
        """A trace by its name or request id, or the traffic of a session up to now.

        Raises:
            VerdigrisError: the server or trace is unknown, or the server unreachable.
        """
        return await self._send(server, ReadTrace(trace, session), TraceIs, COMMAND, request_id)

    async def set_pool(
        self, server: str, pool: str, *, started: bool, force: bool, request_id: str
    ) -> None:
        """Start or stop a pool.

        Raises:
            VerdigrisError: the server or pool is unknown, unreachable, or refuses.
        """
        await self._send(server, SetPool(pool, started, force), Done, COMMAND, request_id)

    async def deploy(self, server: str, order: Deploy, *, request_id: str) -> Deployed:
        """Deploy a package, or have it checked.

        Raises:
            VerdigrisError: the server is unknown, unreachable, or refuses the package.
        """
        return await self._send(server, order, Deployed, DEPLOYMENT, request_id)

    async def undeploy(
        self, server: str, model: str, *, follows: bool = False, request_id: str
    ) -> None:
        """Remove a model; `follows`: since the installation does not name it any more.

        Raises:
            VerdigrisError: the server or model is unknown, unreachable, or refuses.
        """
        await self._send(server, Undeploy(model, follows), Done, COMMAND, request_id)

    def send_pools(self, pools: tuple[PoolOverride, ...]) -> None:
        """Tell all session servers the pool overrides; one that cannot be told registers again."""
        for server in tuple(self.registry.servers.values()):
            if server.link is not None and server.follows:
                sent = server.link.call(SetPools(pools), request_id="pools", seconds=COMMAND)
                sent.addErrback(_untold, server.name, "pool overrides")

    def send_revocations(self, revoked: tuple[RevokedPart, ...]) -> None:
        """Tell all session servers which parts were removed; one that cannot be told registers again."""
        for server in tuple(self.registry.servers.values()):
            if server.link is not None:
                sent = server.link.call(Revoke(revoked), request_id="revoke", seconds=COMMAND)
                sent.addErrback(_untold, server.name, "who was removed")

    def send_security(self, of_server: Callable[[str], SessionSecurity]) -> None:
        """Tell the session servers for which it has changed what session server security is to be."""
        for server in tuple(self.registry.servers.values()):
            wanted = of_server(server.name)
            if server.link is not None and server.can_check_users and server.security != wanted:
                server.security = wanted
                command = SetSecurity(wanted)
                sent = server.link.call(command, request_id="security", seconds=COMMAND)
                sent.addErrback(_unsecured, server.name)

    def send_admin_state(self, server: Server) -> None:
        """Send a server its administrative state, and read its status afterwards."""
        if server.link is not None:
            Deferred.fromCoroutine(self._send_admin_state(server))

    async def _send_admin_state(self, server: Server) -> None:
        request = "admin-state"
        state = SetAdminState(server.admin_state)
        try:
            await self._send(server.name, state, Done, COMMAND, request)
            now = await self._send(server.name, GetStatus(), StatusIs, COMMAND, request)
        except VerdigrisError as problem:
            log.warn("session server {server} could not be sent its administrative state: {problem}",
                     server=server.name, problem=str(problem))  # fmt: skip
            return
        if server.link is not None:
            self.registry.heard(server.link, now.status, None)

    async def _send(
        self, name: str, command: Request, kind: type[R], seconds: float, request_id: str
    ) -> R:
        server = self.registry.server(name)
        if server.link is None:
            raise ServerUnreachable(
                server=name, address=server.address or "?", reason=server.health.reason
            )
        answer = await server.link.call(command, request_id=request_id, seconds=seconds)
        if not isinstance(answer, kind):
            raise InternalError(what=f"{name} answered {type(command).__name__} with {answer!r}")
        return answer


def _unsecured(why: Failure, server: str) -> None:
    log.warn("session server {server} could not be told what its session server security is: {problem}",
             server=server, problem=why.getErrorMessage())  # fmt: skip


def _untold(why: Failure, server: str, what: str) -> None:
    log.warn("session server {server} could not be told {what}: {problem}",
             server=server, what=what, problem=why.getErrorMessage())  # fmt: skip
