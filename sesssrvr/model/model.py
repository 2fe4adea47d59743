"""A model: entities, variables and tables of one terminal application.

A `Model` is frozen and complete; it came out of the loader without an error, so every name in
it means something. Names are looked up in any case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sesssrvr.model.describe import describe
from sesssrvr.model.entity import Entity
from sesssrvr.model.host import HostSettings
from sesssrvr.model.recognise import Recogniser
from sesssrvr.model.secret_areas import SecretAreas, secret_areas
from sesssrvr.model.table import Procedure, Table
from sesssrvr.model.variables import Starting, Variable, Variables, readable
from verdigris import metadata
from verdigris.errors import UnknownProcedure


@dataclass(frozen=True, repr=False)
class Model:
    """One terminal application.

    Attributes:
        home: the home entity, where traversal starts and ends.
        host: how the host is reached.
        variables: the predefined ones first.
        namespace: target namespace of its services; "" is the default.
    """

    name: str
    home: str
    host: HostSettings = field(default_factory=HostSettings)
    variables: tuple[Variable, ...] = ()
    entities: tuple[Entity, ...] = ()
    tables: tuple[Table, ...] = ()
    namespace: str = ""
    description: str = ""

    def __repr__(self) -> str:
        procedures = sum(len(table.procedures) for table in self.tables)
        return f"<Model {self.name} [{len(self.entities)} entities, {procedures} procedures]>"

    @cached_property
    def _entities(self) -> Mapping[str, Entity]:
        return {entity.name.casefold(): entity for entity in self.entities}

    @cached_property
    def recognise(self) -> Recogniser:
        """Tells the entity of a screen."""
        return Recogniser(self.entities)

    @cached_property
    def secret_areas(self) -> SecretAreas:
        """The attributes and record fields that are masked wherever a screen is shown."""
        return secret_areas(self.entities, self.tables, self.variables)

    def entity(self, name: str) -> Entity:
        """The entity of this name.

        Raises:
            KeyError: there is none.
        """
        return self._entities[name.casefold()]

    @cached_property
    def _procedures(self) -> Mapping[str, list[tuple[Table, Procedure]]]:
        found: dict[str, list[tuple[Table, Procedure]]] = {}
        for table in self.tables:
            for one in table.procedures:
                found.setdefault(one.name.casefold(), []).append((table, one))
        return found

    def find(self, procedure: str, table: str = "") -> tuple[Table, Procedure]:
        """The procedure of this name, in this table or (if "") in any; visible ones first.

        Raises:
            UnknownProcedure: there is none.
        """
        found = self._procedures.get(procedure.casefold(), [])
        if table:
            found = [pair for pair in found if pair[0].name.casefold() == table.casefold()]
        if not found:
            raise UnknownProcedure(model=self.name, procedure=procedure, table=table or "any")
        return min(found, key=lambda pair: pair[1].hidden)

    def resolve(
        self, client: Mapping[str, str] | None = None, pool: Mapping[str, str] | None = None
    ) -> Variables:
        """The values a session starts with: client > pool > model.

        Raises:
            UnknownVariable: the model lacks one, or clients may not set it.
        """
        return self._starting.resolve(client or {}, pool or {}, self.name)

    @cached_property
    def _starting(self) -> Starting:
        return Starting(self.variables)

    def readable(self, values: Mapping[str, str]) -> dict[str, str]:
        """What a client may see of a session's variables (getModelVariables)."""
        return readable(self.variables, values)

    def host_for(self, values: Mapping[str, str], host: str = "", port: int = 0) -> HostSettings:
        """The host of one session: the pool's override, and variables mapped to settings."""
        mapped = {one.setting: values.get(one.name, "") for one in self.variables if one.setting}
        found = self.host.override(host=host, port=port, lu=mapped.get("device-name", ""))
        return replace(
            found,
            user=mapped.get("host-user", ""),
            password=mapped.get("host-password", ""),
            private_key=mapped.get("ssh-private-key", ""),
            public_key=mapped.get("ssh-public-key", ""),
            passphrase=mapped.get("ssh-passphrase", ""),
        )

    def metadata(self, version: str = "", namespace: str = "") -> metadata.Model:
        """What clients see of it.

        Args:
            version: when it was deployed, as a date and time.
            namespace: of the deployment or pool; "" is the model's own.
        """
        return describe(self, version, namespace or self.namespace)
