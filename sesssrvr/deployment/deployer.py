"""Deploying packages: from bytes to pools that fill themselves.

Law: a package is checked completely before anything changes, and is on the disk before it is in
force; a package that cannot be used changes nothing. A redeployment replaces a model's whole
configuration (product facts 5.4); sessions in use finish on what they began with.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from twisted.logger import Logger

from sesssrvr.deployment.deployed_pool import DeployedPool, HostOverride
from sesssrvr.deployment.model_program import ModelProgram
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.package_store import PackageStore
from sesssrvr.deployment.program import Program
from sesssrvr.model import (
    DeploymentDescriptor,
    Package,
    PoolConfiguration,
    VariableList,
    read_package,
)
from sesssrvr.pool import PoolKey, PoolSettings
from sesssrvr.sessions.session_manager import SessionManager
from verdigris import metadata
from verdigris.errors import BadPackage, NotOffered, Problem, UnknownVariable, VerdigrisError
from verdigris.values import is_name
from verdigris.wire import Deployed, Kind, Offer


log = Logger()

Read = Callable[[bytes, str], Package]
"""Reads a package or raises BadPackage; an argument so that tests need no real models."""


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """A deployed model: what it brings, ready to be put in force."""

    name: str
    digest: str
    places: tuple[tuple[PoolSettings, DeployedPool], ...]
    warnings: tuple[str, ...] = ()


class Deployer:
    """The models and pools of this server.

    Args:
        server: its name, for errors.
        shelf: where packages are kept.
        sessions: whose pools follow.
        offering: what clients are told follows too.
        overrides: hosts of this environment, by model name.
        read: reads packages.
        program: makes a program of a package's model.
    """

    def __init__(
        self,
        server: str,
        shelf: PackageStore,
        sessions: SessionManager,
        offering: Offering,
        overrides: Mapping[str, HostOverride],
        read: Read = read_package,
        program: Callable[[Package], Program] = lambda package: ModelProgram(package.model),
    ) -> None:
        self._server = server
        self._shelf = shelf
        self._sessions = sessions
        self._offering = offering
        self._overrides = overrides
        self._read = read
        self._program = program
        self._units: dict[str, DeployedModel] = {}

    def __repr__(self) -> str:
        return f"<Deployer {', '.join(self._units) or 'none'}>"

    def load(self) -> None:
        """Put in force what is on the shelf; what cannot be used is reported and left out."""
        for name in self._shelf.models():
            try:
                data, file = self._shelf.package(name), f"{name}.zip"
                package = self._read(data, file)
                unit = self._unit(package, self._kept(name, package), self._shelf.deployed(name))
            except (VerdigrisError, OSError) as problem:
                log.error(  # noqa: TRY400 - Twisted's Logger; the sentence is the whole story
                    "model {model} is not deployed: {problem}", model=name, problem=str(problem)
                )
                continue
            self._enforce(unit)
            log.info("model {model} is deployed from the disk", model=name)

    def deploy(self, data: bytes, file: str = "package") -> Deployed:
        """Deploy a package, or deploy it anew.

        Raises:
            BadPackage: with every problem found.
            CannotWrite: it could not be kept.
        """
        package = self._read(data, file)
        name = package.name
        if not is_name(name):
            raise BadPackage.of(file, [Problem(file, 0, f"{name!r} is no name for a model")])
        before = self._kept(name, package)
        unit = self._unit(package, before, "", file)
        keep = None
        if package.deployment is None and before is not None:
            keep = self._shelf.descriptor(name) or self._shelf.package(name)
        self._shelf.put(name, data, keep)
        version = self._shelf.deployed(name)
        self._enforce(_at(unit, version))
        log.info("model {model} is deployed", model=name, version=version)
        warnings = [*map(str, package.warnings), *unit.warnings]
        return Deployed(name, version, tuple(warnings))

    def take(self, data: bytes, file: str) -> None:
        """Deploy a package of the watched folder, unless it is in force already.

        Raises:
            BadPackage: with every problem found.
            CannotWrite: it could not be kept.
        """
        name = self._read(data, file).name
        if name not in self._units or self._shelf.package(name) != data:
            self.deploy(data, file)

    def undeploy(self, model: str) -> None:
        """Take a model and its pools away; sessions in use finish.

        Raises:
            NotOffered: there is no such model.
        """
        unit = self._units.get(model)
        if unit is None:
            raise NotOffered(kind="model", name=model, where=self._server)
        self._shelf.remove(model)
        del self._units[model]
        for settings, _ in unit.places:
            self._sessions.undeploy(settings.key)
        self.refresh()
        log.info("model {model} is undeployed", model=model)

    def describe(self, kind: Kind, name: str) -> metadata.Model:
        """What clients see of a model or pool.

        Raises:
            NotOffered: there is none.
        """
        place = self._sessions.places.get(PoolKey(kind, name))
        if place is None:
            said = "session pool" if kind == "pool" else "model"
            raise NotOffered(kind=said, name=name, where=self._server)
        return place.program.metadata(place.version, place.namespace)

    def refresh(self) -> bool:
        """Tell who watches what is offered now; whether it has changed."""
        return self._offering.set(tuple(self._offers()))

    def _offers(self) -> Iterator[Offer]:
        for key, place in sorted(self._sessions.places.items()):
            started = self._sessions.state.pools[key].started
            name = place.program.name
            yield Offer(key.kind, key.name, name, place.digest, place.namespace, started)

    # ---- making and enforcing a unit -----------------------------------------------------------

    def _kept(self, name: str, package: Package) -> Package | None:
        """The package whose descriptors go on to hold when the new one has none (6.x)."""
        if package.deployment is not None or name not in self._shelf.models():
            return None
        data = self._shelf.descriptor(name) or self._shelf.package(name)
        return self._read(data, f"{name}.zip")

    def _unit(
        self, package: Package, before: Package | None, version: str, file: str = "package"
    ) -> DeployedModel:
        source = package if before is None else before
        deployment = source.deployment or DeploymentDescriptor(package.name)
        lists = {one.name.casefold(): one for one in source.variable_lists}
        program = self._program(package)
        places = [self._model_place(program, deployment, version)]
        places.extend(
            self._pool_place(program, deployment, pool, lists, version)
            for pool in deployment.pools
            if pool.model.casefold() == package.name.casefold()
        )
        problems = [Problem(file, 0, said) for said in self._problems(package.name, places)]
        if problems:
            raise BadPackage.of(file, problems)
        warnings = [said for settings, _ in places for said in self._doubts(settings)]
        return DeployedModel(package.name, package.digest, tuple(places), tuple(warnings))

    def _model_place(
        self, program: Program, deployment: DeploymentDescriptor, version: str
    ) -> tuple[PoolSettings, DeployedPool]:
        key, limits = PoolKey("model", program.name), self._sessions.state.limits
        settings = PoolSettings(
            key, program.name, limits.maximum, maximum_pending=limits.maximum_pending
        )
        place = DeployedPool(
            key,
            program,
            version,
            program.metadata(version, deployment.namespace).digest,
            deployment.namespace,
            host=deployment.host,
            port=deployment.port,
            override=self._overrides.get(program.name, HostOverride()),
            connect_within=deployment.connect_timeout,
            values=deployment.variables,
        )
        return settings, place

    def _pool_place(
        self,
        program: Program,
        deployment: DeploymentDescriptor,
        pool: PoolConfiguration,
        lists: Mapping[str, VariableList],
        version: str,
    ) -> tuple[PoolSettings, DeployedPool]:
        mine = [lists[name.casefold()] for name in pool.variable_lists]
        shortest = min(mine, key=len, default=None)
        settings = PoolSettings(
            PoolKey("pool", pool.name),
            program.name,
            maximum=pool.max_concurrent,
            initial=pool.initial_idle,
            minimum_idle=pool.min_idle,
            maximum_idle=pool.max_idle,
            maximum_pending=pool.max_pending,
            rows=None if shortest is None else len(shortest),
            row_list="" if shortest is None else shortest.name,
            start=pool.start,
        )
        namespace = pool.namespace or deployment.namespace
        place = DeployedPool(
            settings.key,
            program,
            version,
            program.metadata(version, namespace).digest,
            namespace,
            pool.startup_entity,
            pool.host or deployment.host,
            pool.port or deployment.port,
            self._overrides.get(program.name, HostOverride()),
            pool.connect_timeout or deployment.connect_timeout,
            {**deployment.variables, **pool.variables},
            tuple(mine),
        )
        return settings, place

    def _problems(
        self, model: str, places: list[tuple[PoolSettings, DeployedPool]]
    ) -> Iterator[str]:
        """What stands against putting the places in force."""
        for settings, place in places:
            kind, name = settings.key
            owner = self._sessions.places.get(settings.key)
            if owner is not None and owner.program.name != model:
                yield f"session pool {name} belongs to model {owner.program.name} already"
            if not is_name(name):
                yield f"{name!r} is no name for a session pool"
            try:
                place.program.resolve({}, place.variables(0 if settings.rows else -1))
            except UnknownVariable as problem:
                yield f"{kind} {name}: {problem}"

    def _doubts(self, settings: PoolSettings) -> Iterator[str]:
        """What is allowed and will be met one day."""
        limit = self._sessions.state.limits.maximum
        name = settings.key.name
        if settings.key.kind == "model":
            return
        if settings.maximum > limit:
            yield f"warning: session pool {name}: {settings.maximum} sessions are more than the server's {limit}"
        if settings.rows is not None and settings.rows < settings.maximum:
            yield _FEW_ROWS.format(pool=name, list=settings.row_list, rows=settings.rows, maximum=settings.maximum)  # fmt: skip

    def _enforce(self, unit: DeployedModel) -> None:
        before = self._units.get(unit.name)
        self._units[unit.name] = unit
        now = {settings.key for settings, _ in unit.places}
        for settings, _ in before.places if before else ():
            if settings.key not in now:
                self._sessions.undeploy(settings.key)
        for settings, place in unit.places:
            self._sessions.deploy(settings, place)
        self.refresh()


_FEW_ROWS: Final = "warning: session pool {pool}: variable list {list} has {rows} rows for up to {maximum} sessions"


def _at(unit: DeployedModel, version: str) -> DeployedModel:
    """The unit, deployed at this time."""
    places = tuple((settings, replace(place, version=version)) for settings, place in unit.places)
    return replace(unit, places=places)
