"""Changing things: administrative states, pools, deployments, the installation itself."""

from typing import TYPE_CHECKING

from mgmtsrvr.api.route import Asked, Reply
from mgmtsrvr.api.schemas import Changed, DeployedView, Revision
from mgmtsrvr.decision_log import Decision
from verdigris.config.installation import AdminState
from verdigris.errors import BadRequest, NoSuchPage


if TYPE_CHECKING:
    from mgmtsrvr.service import ManagementServer


XML = "application/xml"
ZIP = "application/zip"


class Orders:
    """Carries out what administrators want."""

    def __init__(self, server: "ManagementServer") -> None:
        self._server = server

    async def drain(self, asked: Asked) -> Reply:
        """Take no new sessions on a server; what runs goes on. Written to the installation."""
        return await self._state(asked, "drain")

    async def resume(self, asked: Asked) -> Reply:
        """Take new sessions again."""
        return await self._state(asked, "up")

    async def maintenance(self, asked: Asked) -> Reply:
        """Take no new sessions, and close the idle ones."""
        return await self._state(asked, "maintenance")

    async def start_pool(self, asked: Asked) -> Reply:
        """Start a pool."""
        return await self._pool(asked, started=True)

    async def stop_pool(self, asked: Asked) -> Reply:
        """Stop a pool; used sessions finish first, unless forced."""
        return await self._pool(asked, started=False)

    async def deploy(self, asked: Asked) -> Reply:
        """Deploy a model package on a server, or replace what is deployed of its model."""
        server = asked.names["server"]
        if not asked.body:
            raise BadRequest(problem="the body has to be a model package")
        said = await self._server.fleet.deploy(server, asked.body, request_id=asked.request_id)
        return Reply(
            DeployedView(
                server=server,
                model=said.model,
                version=said.version,
                warnings=list(said.warnings),
            )
        )

    async def undeploy(self, asked: Asked) -> Reply:
        """Take a model and its pools from a server; running sessions finish first."""
        server, model = asked.names["server"], asked.names["model"]
        await self._server.fleet.undeploy(server, model, request_id=asked.request_id)
        return Reply(Changed(server=server, done=f"model {model} is undeployed"))

    async def installation(self, asked: Asked) -> Reply:
        """The installation in force, as XML; its revision is the ETag."""
        del asked
        document = self._server.configuration.document
        return Reply(document.data, headers={"ETag": f'"{document.revision}"'}, media_type=XML)

    async def put_installation(self, asked: Asked) -> Reply:
        """Replace the installation, if it is still the one that If-Match names."""
        expected = asked.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
        if not expected:
            raise BadRequest(problem="say in If-Match which revision is replaced (ETag of the GET)")
        configuration = self._server.configuration
        if expected == "*":
            expected = configuration.revision
        force = asked.flag("force") if "force" in asked.query else False
        revision = await configuration.publish(asked.body, expected, force=force)
        return Reply(Revision(revision=revision), headers={"ETag": f'"{revision}"'})

    async def allocations(self, asked: Asked) -> Reply:
        """The last allocations with their trails, newest first."""
        return Reply(self._server.trails.last(asked.number("last", 50)))

    async def allocation(self, asked: Asked) -> Reply:
        """The allocations of one request: why it went where it went."""
        found: list[Decision] = self._server.trails.of(asked.names["request_id"])
        if not found:
            raise NoSuchPage(path=asked.path)
        return Reply(found)

    async def _state(self, asked: Asked, state: AdminState) -> Reply:
        server = asked.names["server"]
        revision = await self._server.configuration.set_state(server, state)
        return Reply(Changed(server=server, done=state, revision=revision))

    async def _pool(self, asked: Asked, *, started: bool) -> Reply:
        server, pool = asked.names["server"], asked.names["pool"]
        force = asked.flag("force") if "force" in asked.query else False
        await self._server.fleet.set_pool(
            server, pool, started=started, force=force, request_id=asked.request_id
        )
        word = "started" if started else "stopped"
        return Reply(Changed(server=server, done=f"pool {pool} is {word}"))
