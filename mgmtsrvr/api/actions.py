"""Administrative actions: administrative states, pools, deployments."""

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import Changed, DeployedView
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.server_commands import ServerCommands
from verdigris.config.installation import AdminState
from verdigris.errors import BadRequest
from verdigris.wire import Deploy


ZIP = "application/zip"


class Actions:
    """The actions of administrators.

    Args:
        configuration: the installation, which keeps administrative states.
        commands: sends commands to session servers.
    """

    def __init__(self, configuration: Configuration, commands: ServerCommands) -> None:
        self._configuration = configuration
        self._commands = commands

    async def drain(self, request: ApiRequest) -> ApiReply:
        """Take a server out of use for new sessions; written to the installation."""
        return await self._state(request, "drain")

    async def resume(self, request: ApiRequest) -> ApiReply:
        """Take new sessions again."""
        return await self._state(request, "up")

    async def maintenance(self, request: ApiRequest) -> ApiReply:
        """Take no new sessions, and close the idle ones."""
        return await self._state(request, "maintenance")

    async def start_pool(self, request: ApiRequest) -> ApiReply:
        """Start a pool."""
        return await self._pool(request, started=True)

    async def stop_pool(self, request: ApiRequest) -> ApiReply:
        """Stop a pool; used sessions finish first, unless forced."""
        return await self._pool(request, started=False)

    async def deploy(self, request: ApiRequest) -> ApiReply:
        """Deploy a model package on a server by hand, or replace the deployed package of its model."""
        server = request.names["server"]
        if not request.body:
            raise BadRequest(problem="the body has to be a model package")
        order = Deploy(request.body, request.query.get("model", ""))
        done = await self._commands.deploy(server, order, request_id=request.request_id)
        return ApiReply(
            DeployedView(
                server=server,
                model=done.model,
                version=done.version,
                warnings=list(done.warnings),
            )
        )

    async def undeploy(self, request: ApiRequest) -> ApiReply:
        """Remove a model and its pools from a server; running sessions finish first."""
        server, model = request.names["server"], request.names["model"]
        await self._commands.undeploy(server, model, request_id=request.request_id)
        return ApiReply(Changed(server=server, done=f"model {model} is undeployed"))

    async def _state(self, request: ApiRequest, state: AdminState) -> ApiReply:
        server = request.names["server"]
        revision = await self._configuration.set_state(server, state)
        return ApiReply(Changed(server=server, done=state, revision=revision))

    async def _pool(self, request: ApiRequest, *, started: bool) -> ApiReply:
        server, pool = request.names["server"], request.names["pool"]
        force = request.flag("force") if "force" in request.query else False
        await self._commands.set_pool(
            server, pool, started=started, force=force, request_id=request.request_id
        )
        word = "started" if started else "stopped"
        return ApiReply(Changed(server=server, done=f"pool {pool} is {word}"))
