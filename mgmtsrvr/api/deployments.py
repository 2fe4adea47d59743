"""Deployments by the installation: named, rolled out, taken back; and pools with other values.

Law (tests/mgmtsrvr/deployments/test_api_deployments.py): a package is kept, and a session server that is to have it has
found it good, before the installation names it; what is refused changes nothing.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypedDict

import msgspec

from mgmtsrvr.api.route import ApiReply, ApiRequest
from mgmtsrvr.api.schemas import (
    DeploymentView,
    Named,
    PoolSettingsView,
    PoolValueView,
    Revision,
    ServerPackageView,
)
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.deployment_steps import Origin, Task
from mgmtsrvr.deployments.packages import Packages
from mgmtsrvr.deployments.rollouts import Rollouts
from mgmtsrvr.registry import Registry
from mgmtsrvr.server_commands import ServerCommands
from mgmtsrvr.store import Note
from verdigris.config.deployment import SETTINGS, Deployment
from verdigris.config.installation import Installation
from verdigris.config.installation_edit import InstallationDocument, Target
from verdigris.errors import (
    BadRequest,
    NotDeployed,
    NothingBefore,
    UnknownDomain,
    UnknownServer,
    VerdigrisError,
)
from verdigris.values import is_name
from verdigris.wire import Deploy


MOST: Final = 1000
"""Session servers that may be changed at once (installation.xsd)."""
MOST_SESSIONS: Final = 100_000
"""Sessions (installation.xsd)."""


class DeploymentActions:
    """Questions and orders about deployments.

    Args:
        configuration: the installation.
        packages: of this management server.
        rollouts: what is under way.
        registry: the session servers.
        commands: asks them.
    """

    def __init__(
        self,
        configuration: Configuration,
        packages: Packages,
        rollouts: Rollouts,
        registry: Registry,
        commands: ServerCommands,
    ) -> None:
        self._configuration = configuration
        self._packages = packages
        self._rollouts = rollouts
        self._registry = registry
        self._commands = commands

    async def deployments(self, request: ApiRequest) -> ApiReply:
        """What the installation names, and which session server has it."""
        del request
        return ApiReply([self._view(it) for it in self._installation.deployments])

    async def deploy_to(self, request: ApiRequest) -> ApiReply:
        """Name a package of the model for domains and session servers, and roll it out."""
        model = request.names["model"]
        if not request.body:
            raise BadRequest(problem="the body has to be a model package")
        if not is_name(model):
            raise BadRequest(problem=f"{model!r:.80} is not a name for a model")
        targets, terms = self._targets(request), _terms(request)
        if not targets:
            raise BadRequest(problem="the parameter `to` has to name a domain or a session server")
        digest = await self._packages.keep(request.body, request.request_id)
        order = Deploy(request.body, model, digest, check=True)
        warnings = await self._checked(order, targets, request.request_id)

        def change(document: InstallationDocument) -> None:
            document.deploy(model, digest, targets, **terms)

        revision = await self._changed(change, request, f"deploys {model} {digest[:12]}")
        return ApiReply(Named(model=model, package=digest, revision=revision, warnings=warnings))

    async def deploy_back(self, request: ApiRequest) -> ApiReply:
        """Name the package before again, and roll it out."""
        model, terms = request.names["model"], _terms(request)
        targets = self._targets(request)
        found = [it for it in self._named(model, targets) if it.previous]
        if not found:
            raise NothingBefore(model=model)
        packages = sorted({it.previous for it in found})
        for package in packages:
            await self._packages.get(package)

        def change(document: InstallationDocument) -> None:
            for one in found:
                document.deploy(model, one.previous, _targets_of(one), **terms)

        said = ", ".join(it[:12] for it in packages)
        revision = await self._changed(change, request, f"goes back to {model} {said}")
        return ApiReply(Named(model=model, package=packages[0], revision=revision))

    async def undeploy_from(self, request: ApiRequest) -> ApiReply:
        """Name the model no longer; session servers that followed the installation lose it."""
        model, targets = request.names["model"], self._targets(request)
        self._named(model, targets)

        def change(document: InstallationDocument) -> None:
            document.undeploy(model, targets or None)

        revision = await self._changed(change, request, f"undeploys {model}")
        return ApiReply(Revision(revision=revision))

    async def pool_settings(self, request: ApiRequest) -> ApiReply:
        """The values of a pool: those of its packages, the override, and what is in force."""
        return ApiReply(self._settings(request.names["pool"]))

    async def set_pool(self, request: ApiRequest) -> ApiReply:
        """Override values of a pool on all session servers; null is the package's value again."""
        pool, values = request.names["pool"], _values(request.body)
        if not is_name(pool):
            raise BadRequest(problem=f"{pool!r:.80} is not a name for a session pool")

        def change(document: InstallationDocument) -> None:
            document.override_pool(pool, values)

        said = " ".join(f"{name}={value}" for name, value in values.items())
        await self._changed(change, request, f"pool {pool}: {said}")
        return ApiReply(self._settings(pool))

    # ---- inside ------------------------------------------------------------------------------

    @property
    def _installation(self) -> Installation:
        return self._configuration.installation

    async def _changed(
        self, change: Callable[[InstallationDocument], None], request: ApiRequest, comment: str
    ) -> str:
        note = Note(request.caller.name, comment[:400])
        return await self._configuration.edit(change, note=note)

    def _targets(self, request: ApiRequest) -> list[Target]:
        """What `to` names: domains and session servers, with commas between.

        Raises:
            UnknownDomain: it is neither, or said to be a domain.
            UnknownServer: it is said to be a session server.
            BadRequest: a name is both.
        """
        named = [it.strip() for it in request.query.get("to", "").split(",")]
        domains = {it.name for it in self._installation.domains}
        servers = {it.name for it in self._installation.servers}
        found: list[Target] = []
        for said in filter(None, named):
            kind, _, name = said.rpartition(":")
            if kind not in {"", "domain", "server"}:
                raise BadRequest(problem=f"{said!r:.80} is neither domain:NAME nor server:NAME")
            if not kind and name in domains & servers:
                raise BadRequest(
                    problem=f"{name} is a domain and a session server: say domain:{name} or server:{name}"
                )
            if kind == "server" and name not in servers:
                raise UnknownServer(server=name)
            if kind != "server" and name not in domains and (kind or name not in servers):
                raise UnknownDomain(domain=name)
            found.append((kind or ("domain" if name in domains else "server"), name))
        return found

    def _named(self, model: str, targets: list[Target]) -> list[Deployment]:
        """The deployments of a model that name one of these targets; all without targets.

        Raises:
            NotDeployed: there are none.
        """
        found = [
            it
            for it in self._installation.deployments
            if it.model == model and (not targets or {*targets} & {*_targets_of(it)})
        ]
        if not found:
            said = ", ".join(" ".join(it) for it in targets)
            raise NotDeployed(model=model, where=f" to {said}" if said else "")
        return found

    async def _checked(self, order: Deploy, targets: list[Target], request_id: str) -> list[str]:
        """The warnings of a session server that is to have a package.

        Raises:
            BadPackage: it cannot be used.
            WrongPackage: it is of another model.
        """
        members = self._installation.members
        names = [
            server
            for kind, name in targets
            for server in (members.get(name, ()) if kind == "domain" else (name,))
        ]
        for name in names:
            server = self._registry.servers.get(name)
            if server is None or server.link is None or not server.follows:
                continue
            try:
                done = await self._commands.deploy(name, order, request_id=request_id)
            except VerdigrisError as problem:
                if problem.http < 500:  # noqa: PLR2004 - what the package is refused for
                    raise
                continue
            return list(done.warnings)
        return ["no session server could check the package: the first one to get it will"]

    def _view(self, deployment: Deployment) -> DeploymentView:
        found = [*self._servers(deployment)]
        return DeploymentView(
            model=deployment.model,
            package=deployment.package,
            previous=deployment.previous,
            to=[f"{kind}:{name}" for kind, name in _targets_of(deployment)],
            at_a_time=deployment.at_a_time,
            stop_on_error=deployment.stop_on_error,
            rollout=deployment.rollout or "over",
            problem=deployment.problem,
            servers=found,
        )

    def _servers(self, deployment: Deployment) -> Iterator[ServerPackageView]:
        progress = self._rollouts.progress
        for server, models in self._registry.assignments.items():
            if models.get(deployment.model) is not deployment:
                continue
            known, task = self._registry.servers.get(server), Task(server, deployment.model)
            origin = (known.packages() if known else {}).get(
                deployment.model, Origin("", follows=False)
            )
            refused = progress.refused.get(task)
            problem = "" if refused is None else refused.problem
            if known is None or known.link is None:
                state = "offline"
            elif origin == Origin(deployment.package, follows=True):
                state, problem = "in force", ""
            elif not known.follows:
                state, problem = "unable", "its version does not follow the installation"
            elif task in progress.under_way:
                state = "under way"
            else:
                state = "failed" if problem else "waiting"
            yield ServerPackageView(
                server=server, package=origin.package, state=state, problem=problem
            )

    def _settings(self, pool: str) -> PoolSettingsView:
        overrides = next((it.values for it in self._installation.pools if it.name == pool), {})
        found = [
            (server.name, it)
            for server in self._registry.servers.values()
            if server.status is not None and server.link is not None
            for it in server.status.pools
            if it.name == pool and it.packaged is not None and it.in_force is not None
        ]
        values = [
            PoolValueView(
                name=attribute,
                override=overrides.get(name),
                package={server: getattr(it.packaged, name) for server, it in found},
                in_force={server: getattr(it.in_force, name) for server, it in found},
            )
            for name, attribute in SETTINGS.items()
        ]
        return PoolSettingsView(name=pool, values=values)


def _targets_of(deployment: Deployment) -> list[Target]:
    domains: list[Target] = [("domain", it) for it in deployment.domains]
    return domains + [("server", it) for it in deployment.servers]


class _Terms(TypedDict):
    at_a_time: int
    stop_on_error: bool


def _terms(request: ApiRequest) -> _Terms:
    """How a package is rolled out."""
    at_a_time = request.number("at-a-time", 1)
    if not 1 <= at_a_time <= MOST:
        raise BadRequest(problem=f"at-a-time has to be a number from 1 to {MOST}")
    keep_going = request.flag("keep-going") if "keep-going" in request.query else False
    return {"at_a_time": at_a_time, "stop_on_error": not keep_going}


def _values(body: bytes) -> dict[str, int | None]:
    """The values of a pool, by the names of deploy_desc.xml.

    Raises:
        BadRequest: they are something else.
    """
    try:
        found = msgspec.json.decode(body, type=dict[str, int | None])
    except msgspec.MsgspecError:
        problem = 'the body has to be an object of numbers, such as {"max-concurrent-sessions": 20}'
        raise BadRequest(problem=problem) from None
    for name, value in found.items():
        if name not in SETTINGS.values():
            raise BadRequest(problem=f"{name!r:.80} is none of {', '.join(SETTINGS.values())}")
        if value is not None and not 0 <= value <= MOST_SESSIONS:
            raise BadRequest(problem=f"{name} has to be a number from 0 to {MOST_SESSIONS:,}")
    return found
