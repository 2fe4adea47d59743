"""A pool, or a model for direct connects, as deployed: the program and everything around it.

It is frozen: a redeployment makes a new one, and sessions of the old one finish on the old one.
Printing it shows no variable's value, because they are sign-on accounts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sesssrvr.deployment.program import Program
from sesssrvr.model import HostSettings
from sesssrvr.pool import PoolKey
from verdigris.errors import VerdigrisError


class RowSource(Protocol):
    """A variable list: one row of values for each session (`sesssrvr.model.deployment_descriptor`)."""

    def row(self, index: int) -> dict[str, str]:
        """The values of one row by variable name."""


@dataclass(frozen=True, slots=True)
class HostOverride:
    """A host's address in this environment; "", 0 and None keep what the model or pool says.

    Attributes:
        options: host options, above the model's.
    """

    host: str = ""
    port: int = 0
    tls: bool | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class DeployedPool:
    """One pool, or a model for direct connects, as deployed.

    Attributes:
        key: its kind and name.
        program: the model.
        version: when it was deployed, as a date and time (VHI ModelVersionString).
        digest: of the metadata.
        namespace: of its service; "" is the model's.
        startup: the entity where its sessions wait.
        host, port: the pool's or the deployment's override.
        override: this server's own, above it.
        connect_within: seconds from the connect to the startup entity; 0 is the model's.
        values: for all its sessions.
        lists: variable lists; a session takes the same row of each.
    """

    key: PoolKey
    program: Program
    version: str = ""
    digest: str = ""
    namespace: str = ""
    startup: str = ""
    host: str = ""
    port: int = 0
    override: HostOverride = field(default_factory=HostOverride)
    connect_within: float = 0.0
    values: Mapping[str, str] = field(default_factory=dict)
    lists: Sequence[RowSource] = ()

    def variables(self, row: int) -> dict[str, str]:
        """The values of a session that has this row of the lists; -1 is none."""
        found = dict(self.values)
        if row >= 0:
            for one in self.lists:
                found.update(one.row(row))
        return found

    def settings(self, values: Mapping[str, str]) -> tuple[HostSettings, bool]:
        """The host of a session with these variables, and whether to use TLS."""
        found = self.program.host(values).override(host=self.host, port=self.port)
        found = found.override(host=self.override.host, port=self.override.port)
        if self.override.options:
            found = replace(found, options=self.override.options + found.options)
        return found, found.tls if self.override.tls is None else self.override.tls

    @property
    def address(self) -> str:
        """The host of its first session, "host:port"; "" if its variables do not say it."""
        try:
            values = self.program.resolve({}, self.variables(0 if self.lists else -1))
            settings, _ = self.settings(values)
        except (VerdigrisError, IndexError):
            return ""  # what is wrong with the variables is said when a session connects
        return f"{settings.host}:{settings.port}"

    def __repr__(self) -> str:
        return f"<DeployedPool {self.key.kind} {self.key.name!r} of {self.program.name} {self.version}>"
