"""What a package's descriptors say: host override, session pools, variable lists.

Frozen and checked where a package is read; printing one never shows a row of a list or the
value of a variable, for they are sign-on accounts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sesssrvr.model.names import NOWHERE, Origin


DEFAULT_MAX_CONCURRENT: Final = 10
"""Sessions of a pool that says nothing: enough to try, few enough for a licence or a test host."""


@dataclass(frozen=True, slots=True, repr=False)
class VariableList:
    """A list of variable values; each session of a pool takes one row (product facts 4.4).

    Attributes:
        shared: "installation": its rows are shared out between the session servers; "server": each
            session server uses all of them.
        identities: what each row is known by, such as its user; never a secret value.
    """

    name: str
    variables: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shared: str = "installation"
    identities: tuple[str, ...] = field(default=(), compare=False)
    origin: Origin = field(default=NOWHERE, compare=False)

    def row(self, index: int) -> dict[str, str]:
        """The values of one row by variable name.

        Raises:
            IndexError: the list has no such row.
        """
        return dict(zip(self.variables, self.rows[index], strict=True))

    def identity(self, index: int) -> str:
        """What a row is known by; its number if nothing else is known."""
        known = self.identities[index] if self.identities else ""
        return known or f"row {index + 1}"

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, str]]:
        return (self.row(index) for index in range(len(self.rows)))

    def __repr__(self) -> str:
        return f"<VariableList {self.name!r} [{', '.join(self.variables)}] {len(self.rows)} rows>"


@dataclass(frozen=True, slots=True, repr=False)
class PoolConfiguration:
    """One session pool (product facts 4.2).

    Attributes:
        model: the model its sessions run.
        start: it starts as soon as it is deployed.
        initial_idle: sessions made at its start.
        min_idle: kept ready at all times.
        max_idle: idle sessions beyond are closed.
        max_concurrent: ceiling on idle + active + quarantined + suspended sessions.
        max_pending: host connects in progress at once.
        startup_entity: where its sessions wait; "" is the model's home entity.
        host, port: override the model's; "" and 0 keep it.
        connect_timeout: seconds from the connect to the startup entity; 0 is the model's.
        namespace: of its service; "" is the model's.
        variables: values for all its sessions.
        variable_lists: names of lists; one row per session.
    """

    name: str
    model: str
    start: bool = True
    initial_idle: int = 0
    min_idle: int = 0
    max_idle: int = DEFAULT_MAX_CONCURRENT
    max_concurrent: int = DEFAULT_MAX_CONCURRENT
    max_pending: int = 5
    startup_entity: str = ""
    host: str = ""
    port: int = 0
    connect_timeout: float = 0.0
    namespace: str = ""
    recording_mode: str = "nothing"
    variables: Mapping[str, str] = field(default_factory=dict)
    variable_lists: tuple[str, ...] = ()
    origin: Origin = field(default=NOWHERE, compare=False)

    def __repr__(self) -> str:
        return (
            f"<PoolConfiguration {self.name!r} of {self.model} [idle {self.initial_idle}/"
            f"{self.min_idle}/{self.max_idle} | max {self.max_concurrent}, "
            f"pending {self.max_pending}]{'' if self.start else ' not started'}>"
        )


@dataclass(frozen=True, slots=True, repr=False)
class DeploymentDescriptor:
    """The deployment descriptor (deploy_desc.xml).

    Attributes:
        model: name of the model it belongs to.
        host, port: override the model's for model connects and for pools that name none.
        namespace: target namespace of the model's service; "" is the model's own.
        connect_timeout: seconds from a connect to the home entity; 0 is the model's.
        variables: values for model connects, below the client's and above the model's.
        recording_mode: kept and shown; recording comes later.
        targets: session servers by target name, for `verdigris deploy -target`.
        pools: its session pools.
    """

    model: str
    host: str = ""
    port: int = 0
    namespace: str = ""
    connect_timeout: float = 0.0
    recording_mode: str = "nothing"
    variables: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[tuple[str, str], ...] = ()
    pools: tuple[PoolConfiguration, ...] = ()
    origin: Origin = field(default=NOWHERE, compare=False)

    def __repr__(self) -> str:
        names = ", ".join(pool.name for pool in self.pools)
        return f"<DeploymentDescriptor of {self.model} [pools {names or 'none'}]>"
