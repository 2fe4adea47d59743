"""Which attributes and record fields of a model hold secrets.

They are those marked `secret` themselves, and those that procedures read into a secret column or
write from one: a password is no less secret where only its column is marked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sesssrvr.model.entity import Entity
from sesssrvr.model.names import find
from sesssrvr.model.table import (
    Action,
    BranchStage,
    EntityStage,
    Perform,
    ReadAttribute,
    ReadRecordset,
    SelectRecord,
    Source,
    Table,
    WriteAttribute,
)
from sesssrvr.model.variables import Variable


Area: TypeAlias = tuple[str, str, str]
"""Entity, recordset ("" for an attribute) and attribute or field, in folded case.

The entity is "" after an operation within a path: only the run knows which screen comes then, so
the name counts on all of them.
"""


@dataclass(frozen=True, slots=True)
class SecretAreas:
    """The secret attributes and record fields of a model; false when it has none."""

    areas: frozenset[Area]

    def __bool__(self) -> bool:
        return bool(self.areas)

    def attribute(self, entity: str, name: str) -> bool:
        """Whether an attribute holds a secret."""
        return self.field(entity, "", name)

    def field(self, entity: str, recordset: str, name: str) -> bool:
        """Whether a field of a record holds a secret."""
        rest = recordset.casefold(), name.casefold()
        return not self.areas.isdisjoint({(entity.casefold(), *rest), ("", *rest)})


def secret_areas(
    entities: Iterable[Entity], tables: Iterable[Table], variables: Iterable[Variable]
) -> SecretAreas:
    """Find the secret areas of a model."""
    hidden = frozenset(one.name.casefold() for one in variables if one.secret)
    found = [area for entity in entities for area in _marked(entity, hidden)]
    found += [area for table in tables for area in _by_columns(table)]
    return SecretAreas(frozenset((a.casefold(), b.casefold(), c.casefold()) for a, b, c in found))


def _marked(entity: Entity, variables: frozenset[str]) -> Iterator[Area]:
    """Areas marked secret, and those that take or give the value of a secret variable."""
    for one in entity.attributes:
        used = {one.read_variable.casefold(), one.write_variable.casefold()}
        if one.secret or used & variables:
            yield entity.name, "", one.name
    for recordset in entity.recordsets:
        for part in recordset.fields:
            if part.secret:
                yield entity.name, recordset.name, part.name


def _by_columns(table: Table) -> Iterator[Area]:
    """Areas whose text comes from a secret column of the table, or becomes one."""
    if not any(column.secret for column in table.columns):
        return
    for procedure in table.procedures:
        for stage in procedure.path:
            for at in stage.choices if isinstance(stage, BranchStage) else (stage,):
                yield from _at(at, table)


def _at(at: EntityStage, table: Table) -> Iterator[Area]:
    entity = at.entity
    for action in at.actions:
        if isinstance(action, Perform):
            entity = ""
        for recordset, name, column in _uses(action):
            found = find(table.columns, column)
            if found is not None and found.secret:
                yield entity, recordset, name


def _uses(action: Action) -> Iterator[tuple[str, str, str]]:
    """Recordset, attribute or field, and the column whose value it shows."""
    match action:
        case ReadAttribute(attribute, column):
            yield "", attribute, column
        case WriteAttribute(attribute, Source("filter" | "data", column)):
            yield "", attribute, column
        case ReadRecordset(recordset, fields):
            yield from ((recordset, one.field, one.column) for one in fields)
        case SelectRecord(recordset, matches, writes):
            pairs = [(one.field, one.source) for one in matches] + list(writes)
            for name, source in pairs:
                if source.role in ("filter", "data"):
                    yield recordset, name, source.name
