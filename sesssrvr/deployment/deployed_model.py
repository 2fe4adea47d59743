"""A model with its pools, as its descriptors put them: ready to be put in force."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sesssrvr.deployment.deployed_pool import DeployedPool, HostOverride
from sesssrvr.deployment.program import Program
from sesssrvr.model import DeploymentDescriptor, PoolConfiguration, VariableList
from sesssrvr.model.row_identity import SharedRows
from sesssrvr.pool import Limits, PoolKey, PoolSettings


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """A model with its pools, ready to be put in force.

    Attributes:
        pools: settings and program of each pool, those of direct connects first.
        package: SHA-256 of its package's bytes.
        follows: whether it follows the installation.
    """

    name: str
    digest: str
    pools: tuple[tuple[PoolSettings, DeployedPool], ...]
    warnings: tuple[str, ...] = ()
    package: str = ""
    follows: bool = False

    def at(self, version: str) -> "DeployedModel":
        """The model, deployed at this time."""
        pools = tuple(
            (settings, replace(deployed, version=version)) for settings, deployed in self.pools
        )
        return replace(self, pools=pools)


@dataclass(frozen=True, slots=True)
class ModelPools:
    """The pools of one model, made from its descriptors.

    Attributes:
        program: of the model.
        deployment: the model's deployment descriptor.
        version: when it is deployed, "" before that is known.
        override: its host in this environment.
    """

    program: Program
    deployment: DeploymentDescriptor
    version: str
    override: HostOverride

    def direct(self, limits: Limits) -> tuple[PoolSettings, DeployedPool]:
        """The pool of direct connects to the model, within the limits of the server."""
        program, deployment = self.program, self.deployment
        key = PoolKey("model", program.name)
        settings = PoolSettings(
            key, program.name, limits.maximum, maximum_pending=limits.maximum_pending
        )
        deployed = DeployedPool(
            key,
            program,
            self.version,
            program.metadata(self.version, deployment.namespace).digest,
            deployment.namespace,
            host=deployment.host,
            port=deployment.port,
            override=self.override,
            connect_within=deployment.connect_timeout,
            values=deployment.variables,
        )
        return replace(settings, host=deployed.address), deployed

    def session(
        self, pool: PoolConfiguration, lists: Mapping[str, VariableList], shared: SharedRows
    ) -> tuple[PoolSettings, DeployedPool]:
        """A session pool.

        Args:
            pool: its configuration.
            lists: variable lists by name, case-folded.
            shared: how its rows are known.
        """
        program, deployment = self.program, self.deployment
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
            row_keys=shared.keys,
            row_group=shared.group,
        )
        namespace = pool.namespace or deployment.namespace
        deployed = DeployedPool(
            settings.key,
            program,
            self.version,
            program.metadata(self.version, namespace).digest,
            namespace,
            pool.startup_entity,
            pool.host or deployment.host,
            pool.port or deployment.port,
            self.override,
            pool.connect_timeout or deployment.connect_timeout,
            {**deployment.variables, **pool.variables},
            tuple(mine),
        )
        return replace(settings, host=deployed.address), deployed
