"""Orders to session servers, over the connections they registered with.

Law: an order goes to exactly one server and ends with its answer or an error that names it.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mgmtsrvr.registry import Registry, Server
from verdigris.errors import InternalError, ServerUnreachable, VerdigrisError
from verdigris.wire import (
    Deploy,
    Deployed,
    Done,
    GetStatus,
    ListSessions,
    ListTraces,
    ReadTrace,
    Request,
    Response,
    Sessions,
    SetAdminState,
    SetPool,
    StatusIs,
    TraceIs,
    Traces,
    Undeploy,
)


log = Logger()

ORDER: Final = 10.0
"""Seconds for an order that is carried out at once."""
DEPLOYMENT: Final = 60.0
"""Seconds for a deployment: reading and checking a model of 500 screens, connecting its pools not
included."""

R = TypeVar("R", bound=Response)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The session servers, as those who take orders."""

    registry: Registry
    clock: IReactorTime

    async def sessions(self, server: str, *, screens: bool, request_id: str) -> Sessions:
        """Every session of a server; with their (masked) screens if wanted.

        Raises:
            VerdigrisError: the server is unknown, unreachable, or refuses.
        """
        return await self._order(server, ListSessions(screens), Sessions, ORDER, request_id)

    async def traces(self, server: str, *, request_id: str) -> Traces:
        """The traces a server keeps.

        Raises:
            VerdigrisError: the server is unknown, unreachable, or refuses.
        """
        return await self._order(server, ListTraces(), Traces, ORDER, request_id)

    async def trace(
        self, server: str, *, trace: str = "", session: int = 0, request_id: str
    ) -> TraceIs:
        """A trace by its name or request id, or the traffic of a session up to now.

        Raises:
            VerdigrisError: the server or trace is unknown, or the server unreachable.
        """
        return await self._order(server, ReadTrace(trace, session), TraceIs, ORDER, request_id)

    async def set_pool(
        self, server: str, pool: str, *, started: bool, force: bool, request_id: str
    ) -> None:
        """Start or stop a pool.

        Raises:
            VerdigrisError: the server or pool is unknown, unreachable, or refuses.
        """
        await self._order(server, SetPool(pool, started, force), Done, ORDER, request_id)

    async def deploy(self, server: str, package: bytes, *, request_id: str) -> Deployed:
        """Deploy a package.

        Raises:
            VerdigrisError: the server is unknown, unreachable, or refuses the package.
        """
        return await self._order(server, Deploy(package), Deployed, DEPLOYMENT, request_id)

    async def undeploy(self, server: str, model: str, *, request_id: str) -> None:
        """Take a model away.

        Raises:
            VerdigrisError: the server or model is unknown, unreachable, or refuses.
        """
        await self._order(server, Undeploy(model), Done, ORDER, request_id)

    def say_state(self, server: Server) -> None:
        """Tell a server what the installation says of it now, and learn what it makes of it."""
        if server.link is not None:
            Deferred.fromCoroutine(self._say_state(server))

    async def _say_state(self, server: Server) -> None:
        request = "admin-state"
        try:
            await self._order(server.name, SetAdminState(server.admin_state), Done, ORDER, request)
            said = await self._order(server.name, GetStatus(), StatusIs, ORDER, request)
        except VerdigrisError as problem:
            log.warn("{server} was not told its state: {problem}",
                     server=server.name, problem=str(problem))  # fmt: skip
            return
        if server.link is not None:
            self.registry.heard(server.link, said.status, None)

    async def _order(
        self, name: str, order: Request, kind: type[R], seconds: float, request_id: str
    ) -> R:
        server = self.registry.server(name)
        if server.link is None:
            raise ServerUnreachable(
                server=name, address=server.address or "?", reason=server.health.reason
            )
        said = await server.link.call(order, request_id=request_id, seconds=seconds)
        if not isinstance(said, kind):
            raise InternalError(what=f"{name} answered {type(order).__name__} with {said!r}")
        return said
