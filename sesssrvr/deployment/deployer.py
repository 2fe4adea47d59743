"""Deployment of model packages: from bytes to pools that fill themselves.

A package is checked completely before anything changes, and is on the disk before it is in force;
a package that cannot be used changes nothing. A redeployment replaces a model's whole
configuration (product facts 5.4); sessions in use finish on what they began with.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger

from sesssrvr.deployment.deployed_model import DeployedModel, ModelPools
from sesssrvr.deployment.deployed_pool import DeployedPool, HostOverride
from sesssrvr.deployment.judgement import Judgement
from sesssrvr.deployment.model_program import ModelProgram
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.order import BY_HAND, Order
from sesssrvr.deployment.package_store import PackageStore
from sesssrvr.deployment.pool_overrides import PoolOverrides
from sesssrvr.deployment.program import Program
from sesssrvr.model import (
    DeploymentDescriptor,
    Package,
    read_package,
)
from sesssrvr.model.names import same
from sesssrvr.model.row_identity import SharedRows, shared_rows
from sesssrvr.pool import PoolKey, PoolSettings, ServerState
from sesssrvr.pool.health import why_unable
from verdigris import metadata
from verdigris.config.watch import Elsewhere, at_once
from verdigris.errors import (
    BadPackage,
    FollowsInstallation,
    NotOffered,
    Problem,
    VerdigrisError,
    WrongPackage,
)
from verdigris.values import is_name
from verdigris.wire import Deployed, Kind, Offer, PoolOverride


log = Logger()

T = TypeVar("T")

Read = Callable[[bytes, str], Package]
"""Reads a package or raises BadPackage; an argument so that tests need no real models."""


@dataclass(frozen=True, slots=True)
class OpenedPackage:
    """A package that has been read.

    Attributes:
        before: the package whose descriptors stay in force, if it has none itself.
        program: of its model.
        digest: SHA-256 of its bytes.
    """

    package: Package
    before: Package | None
    program: Program
    digest: str


class Sessions(Protocol):
    """The sessions of the server, as far as deployment is concerned with them."""

    @property
    def state(self) -> ServerState:
        """The present pool state."""

    @property
    def deployed(self) -> Mapping[PoolKey, DeployedPool]:
        """What is deployed now."""

    def deploy(self, settings: PoolSettings, pool: DeployedPool) -> None:
        """Deploy a pool or model, or deploy it anew."""

    def undeploy(self, key: PoolKey) -> None:
        """Take a pool or model away; sessions in use finish."""

    def override(self, settings: PoolSettings) -> None:
        """Give a pool other settings; its sessions go on."""


class Deployer:
    """The models and pools of this server.

    Args:
        server: its name, for errors.
        store: keeps the packages.
        sessions: the sessions, whose pools are deployed.
        offering: the list of offers, which follows every deployment.
        hosts: of this environment, by model name.
        pools: what the installation says of pools, above their packages.
        read: reads packages.
        program: makes a program of a package's model.
        elsewhere: runs what takes long: reading packages, and keeping them.
    """

    def __init__(
        self,
        server: str,
        store: PackageStore,
        sessions: Sessions,
        offering: Offering,
        hosts: Mapping[str, HostOverride],
        pools: PoolOverrides,
        read: Read = read_package,
        program: Callable[[Package], Program] = lambda package: ModelProgram(package.model),
        elsewhere: Elsewhere = at_once,
    ) -> None:
        self._server = server
        self._store = store
        self._sessions = sessions
        self._offering = offering
        self._hosts = hosts
        self._pools = pools
        self._read = read
        self._program = program
        self._elsewhere = elsewhere
        self._turn = DeferredLock()
        self._models: dict[str, DeployedModel] = {}

    def __repr__(self) -> str:
        return f"<Deployer {', '.join(self._models) or 'none'}>"

    def load(self) -> None:
        """Put in force what is in the store; what cannot be used is reported and left out."""
        for name in self._store.models():
            try:
                data, file = self._store.package(name), f"{name}.zip"
                made = self._made(self._opened(data, file), self._store.deployed(name))
            except (VerdigrisError, OSError) as problem:
                log.error(  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
                    "model {model} is not deployed: {problem}", model=name, problem=str(problem)
                )
                continue
            self._enforce(replace(made, follows=self._store.follows(name)))
            log.info("model {model} is deployed from the disk", model=name)

    async def deploy(self, data: bytes, file: str = "package", order: Order = BY_HAND) -> Deployed:
        """Deploy a package, or deploy it anew; one after the other.

        Raises:
            BadPackage: with every problem found.
            WrongPackage: it is not the one that was ordered.
            FollowsInstallation: it is ordered by hand, and its model follows the installation.
            CannotWrite: it could not be kept.
        """
        deployed = await _whatever_the_caller_does(self._in_turn(data, file, order))
        assert deployed is not None  # noqa: S101 - only an unchanged package is left
        return deployed

    async def _in_turn(
        self, data: bytes, file: str, order: Order = BY_HAND, *, changed: bool = False
    ) -> Deployed | None:
        """Deploy a package after those before it; leave one that is settled, if it should be `changed`."""
        await self._turn.acquire()
        try:
            if order.package and (had := await self._had(data, order)):
                return had
            opened = await self._elsewhere(lambda: self._opened(data, file))
            name = opened.package.name
            if changed and self._is_settled(name, data, file):
                return None
            self._judge(opened.package, file, order)
            if order.check:
                made = self._made(opened, "", file)
                return Deployed(name, "", (*map(str, opened.package.warnings), *made.warnings))
            return await self._deploy(opened, data, file, follows=bool(order.package))
        finally:
            self._turn.release()

    async def _had(self, data: bytes, order: Order) -> Deployed | None:
        """What is deployed already, if it is the very package that the installation names.

        Raises:
            WrongPackage: these are not the bytes that it names.
        """
        found = await self._elsewhere(lambda: sha256(data).hexdigest())
        if found != order.package:
            raise WrongPackage(reason=f"its SHA-256 is {found}, not {order.package}")
        model = self._models.get(order.model)
        if order.check or model is None or model.package != found:
            return None
        if not model.follows:
            await self._elsewhere(lambda: self._store.set_follows(order.model, follows=True))
            self._models[order.model] = replace(model, follows=True)
            self.refresh()
        return Deployed(order.model, self._store.deployed(order.model))

    def _judge(self, package: Package, file: str, order: Order) -> None:
        """Refuse a package that is not what was ordered."""
        name = package.name
        if order.model and order.model != name:
            raise WrongPackage(reason=f"it is of model {name}, not of {order.model}")
        if not order.package and not order.check:
            self._require_free(name)
        if order.package and package.deployment is None:
            said = "there is none, which a package for the installation needs"
            raise BadPackage.of(file, [Problem("deploy/deploy_desc.xml", 0, said)])

    def _require_free(self, name: str) -> None:
        """Refuse what people order of a model that follows the installation."""
        model = self._models.get(name)
        if model is not None and model.follows:
            raise FollowsInstallation(model=name, server=self._server)

    def _is_settled(self, name: str, data: bytes, file: str) -> bool:
        """Whether this very package is in force, or was undeployed."""
        if name in self._models:
            return self._store.package(name) == data
        undeployed = self._store.was_undeployed(name, data)
        if undeployed:
            log.info(
                "{file} stays undeployed: `verdigris deploy` deploys it, as does a newer package",
                file=file,
            )
        return undeployed

    def _opened(self, data: bytes, file: str) -> OpenedPackage:
        """Everything that takes long: seconds for a large model."""
        package = self._read(data, file)
        if not is_name(package.name):
            said = f"{package.name!r} is not a name for a model"
            raise BadPackage.of(file, [Problem(file, 0, said)])
        before = self._descriptors_kept(package.name, package)
        return OpenedPackage(package, before, self._program(package), sha256(data).hexdigest())

    async def _deploy(
        self, opened: OpenedPackage, data: bytes, file: str, *, follows: bool
    ) -> Deployed:
        package, name = opened.package, opened.package.name
        made = self._made(opened, "", file)
        keep = None
        if package.deployment is None and opened.before is not None:
            keep = self._store.descriptor(name) or self._store.package(name)

        def write() -> None:
            self._store.put(name, data, keep)
            self._store.set_follows(name, follows=follows)

        await self._elsewhere(write)
        version = self._store.deployed(name)
        self._enforce(replace(made.at(version), follows=follows))
        log.info("model {model} is deployed", model=name, version=version)
        warnings = [*map(str, package.warnings), *made.warnings]
        return Deployed(name, version, tuple(warnings))

    async def take(self, data: bytes, file: str) -> None:
        """Deploy a package of the watched folder, unless it is in force already or was undeployed.

        Raises:
            BadPackage: with every problem found.
            CannotWrite: it could not be kept.
        """
        await _whatever_the_caller_does(self._in_turn(data, file, changed=True))

    def undeploy(self, model: str, *, follows: bool = False) -> None:
        """Take a model and its pools away; sessions in use finish.

        Args:
            model: its name.
            follows: it is the installation that does not name it any more.

        Raises:
            NotOffered: it is not deployed here.
            FollowsInstallation: it is a person's order, and the model follows the installation.
        """
        made = self._models.get(model)
        if made is None:
            raise NotOffered(kind="model", name=model, where=self._server)
        if not follows:
            self._require_free(model)
        self._store.remove(model)
        del self._models[model]
        for settings, _ in made.pools:
            self._sessions.undeploy(settings.key)
        self.refresh()
        log.info("model {model} is undeployed", model=model)

    def override(self, told: tuple[PoolOverride, ...]) -> None:
        """Take the pool overrides of the installation; sessions go on where there is room for them."""
        if not self._pools.set(told):
            return
        for name, model in tuple(self._models.items()):
            pools = tuple(
                (self._overridden(settings), deployed) for settings, deployed in model.pools
            )
            for (settings, _), (before, _) in zip(pools, model.pools, strict=True):
                if settings != before:
                    self._sessions.override(settings)
                    log.info("session pool {pool} has other settings", pool=settings.key.name)
            self._models[name] = replace(model, pools=pools)
        self.refresh()

    def _overridden(self, settings: PoolSettings) -> PoolSettings:
        if settings.key.kind != "pool":
            return settings
        return settings.overridden(self._pools.of(settings.key.name))

    def describe(self, kind: Kind, name: str) -> metadata.Model:
        """Metadata of a model or pool, as clients see it.

        Raises:
            NotOffered: it is not deployed here.
        """
        deployed = self._sessions.deployed.get(PoolKey(kind, name))
        if deployed is None:
            said = "session pool" if kind == "pool" else "model"
            raise NotOffered(kind=said, name=name, where=self._server)
        return deployed.program.metadata(deployed.version, deployed.namespace)

    def model_of(self, key: PoolKey) -> str:
        """The model that a model or pool runs, as far as names say; "" if it is not deployed here."""
        deployed = self._sessions.deployed.get(key)
        return "" if deployed is None else deployed.program.name

    def refresh(self) -> bool:
        """Bring the list of offers up to date; whether it has changed."""
        return self._offering.set(tuple(self._offers()))

    def _offers(self) -> Iterator[Offer]:
        now, pools = self._offering.clock.seconds(), self._sessions.state.pools
        problems = {key: why_unable(pools[key], now) for key in self._sessions.deployed}
        for key, deployed in sorted(self._sessions.deployed.items()):
            problem = problems[key] or self._why_its_pools_are_unable(key, problems)
            yield Offer(
                key.kind,
                key.name,
                deployed.program.name,
                deployed.digest,
                deployed.namespace,
                pools[key].started,
                problem,
                deployed.version,
                min(pools[key].settings.maximum, self._sessions.state.limits.maximum),
                *self._origin(deployed.program.name),
            )

    def _origin(self, model: str) -> tuple[str, bool]:
        """The SHA-256 of a model's package, and whether it follows the installation."""
        found = self._models.get(model)
        return ("", False) if found is None else (found.package, found.follows)

    def _why_its_pools_are_unable(self, model: PoolKey, problems: Mapping[PoolKey, str]) -> str:
        """What the pools at a model's host found out, if all of them have a problem."""
        if model.kind != "model":
            return ""
        mine, pools = self._sessions.deployed[model], self._sessions.state.pools
        found = [
            problems[key]
            for key, other in self._sessions.deployed.items()
            if key.kind == "pool"
            and pools[key].started
            and (other.program.name, other.host, other.port)
            == (mine.program.name, mine.host, mine.port)
        ]
        return found[0] if found and all(found) else ""

    # ---- putting a model in force --------------------------------------------------------------

    def _descriptors_kept(self, name: str, package: Package) -> Package | None:
        """The package whose descriptors stay in force when the new one has none (6.x)."""
        if package.deployment is not None or name not in self._store.models():
            return None
        data = self._store.descriptor(name) or self._store.package(name)
        return self._read(data, f"{name}.zip")

    def _made(self, opened: OpenedPackage, version: str, file: str = "package") -> DeployedModel:
        package, program = opened.package, opened.program
        source = opened.before or package
        deployment = source.deployment or DeploymentDescriptor(package.name)
        lists = {one.name.casefold(): one for one in source.variable_lists}
        override = self._hosts.get(program.name, HostOverride())
        make = ModelPools(program, deployment, version, override)
        pools = [make.direct(self._sessions.state.limits)]
        mine = [pool for pool in deployment.pools if same(pool.model, package.name)]
        shared = shared_rows(package.name, mine, lists)
        for it in mine:
            settings, deployed = make.session(it, lists, shared.get(it.name, SharedRows()))
            pools.append((settings.overridden(self._pools.of(it.name)), deployed))
        judgement = Judgement(self._sessions.deployed, self._models, self._sessions.state.limits)
        problems = [Problem(file, 0, said) for said in judgement.problems(package.name, pools)]
        if problems:
            raise BadPackage.of(file, problems)
        warnings = [said for settings, _ in pools for said in judgement.warnings(settings)]
        return DeployedModel(
            package.name, package.digest, tuple(pools), tuple(warnings), opened.digest
        )

    def _enforce(self, made: DeployedModel) -> None:
        before = self._models.get(made.name)
        self._models[made.name] = made
        now = {settings.key for settings, _ in made.pools}
        for settings, _ in before.pools if before else ():
            if settings.key not in now:
                self._sessions.undeploy(settings.key)
        for settings, deployed in made.pools:
            self._sessions.deploy(settings, deployed)
        self.refresh()


def _whatever_the_caller_does(job: Coroutine[Any, Any, T]) -> "Deferred[T]":
    """A job's outcome; the job goes on if the caller no longer waits: half of it would be worse."""
    outcome: Deferred[T] = Deferred()
    Deferred.fromCoroutine(job).addBoth(
        lambda found: None if outcome.called else outcome.callback(found)
    )
    return outcome
