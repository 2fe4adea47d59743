"""The ways of a model: entities that are never reached, operations without a way back, procedures without a route."""

from collections.abc import Iterable

from sesssrvr.model.entity import Entity
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import find, same
from sesssrvr.model.operation import Operation
from sesssrvr.model.route import reachable
from sesssrvr.model.table import BranchStage, EntityStage, Perform, Procedure, Table


def lint_ways(model: Model, found: Findings) -> None:
    """All findings about ways."""
    routes = {entity.name.casefold(): reachable(model, entity.name) for entity in model.entities}
    _unreachable(model, routes, found)
    for entity in model.entities:
        for operation in entity.operations:
            _way_back(model, entity, operation, routes, found)
    for table in model.tables:
        for procedure in table.procedures:
            if not procedure.compound:
                _Route(model, table, procedure, routes, found).run()


def _unreachable(model: Model, routes: dict[str, set[str]], found: Findings) -> None:
    """Nothing leads there. The one screen a session begins with needs nothing that leads there."""
    seen: set[str] = set()
    for start in (model.home, *(one.name for one in model.entities if one.error)):
        seen |= reachable(model, start, every=True)
    lonely = [one for one in model.entities if one.name.casefold() not in seen]
    first = [one for one in lonely if model.home.casefold() in routes[one.name.casefold()]]
    for entity in lonely:
        if first != [entity]:
            found.warn(
                entity.origin,
                f"no operation leads from {model.home} to entity {entity.name}",
                f"entity {entity.name}",
            )


def _way_back(
    model: Model,
    entity: Entity,
    operation: Operation,
    routes: dict[str, set[str]],
    found: Findings,
) -> None:
    for name in operation.arrivals:
        if model.home.casefold() not in routes[name.casefold()]:
            found.warn(
                operation.origin,
                f"operation {operation.name} leads to {name}, and no default operations lead from "
                f"there back to {model.home}",
                f"entity {entity.name}",
            )


class _Route:
    """The way of one procedure, followed from its home."""

    def __init__(
        self,
        model: Model,
        table: Table,
        procedure: Procedure,
        routes: dict[str, set[str]],
        found: Findings,
    ) -> None:
        self.model, self.procedure, self.routes, self.found = model, procedure, routes, found
        self.where = f"procedure {table.name}.{procedure.name}"
        self.here: list[str] = [procedure.home or model.home]
        self.arrivals: tuple[str, ...] = ()

    def run(self) -> None:
        """Follow the path and say where it breaks."""
        for stage in self.procedure.path:
            if isinstance(stage, BranchStage):
                self._branch(stage)
            else:
                self._reach(stage)
                self.here = self._after(stage)
        home = self.procedure.home or self.model.home
        if self.procedure.back and not self._leads(self.here, home):
            self.found.error(
                self.procedure.origin,
                f"no route leads back from {' or '.join(self.here)} to {home}",
                self.where,
            )

    def _branch(self, branch: BranchStage) -> None:
        before, after, arrivals = self.arrivals, list[str](), list[str]()
        for at in branch.choices:
            if before and not any(same(at.entity, name) for name in before):
                self.found.warn(
                    at.origin,
                    f"{at.entity} is not an arrival of the operation before it ({', '.join(before)})",
                    self.where,
                )
            after += self._after(at)
            arrivals += self.arrivals or (at.entity,)
        self.here, self.arrivals = after, tuple(dict.fromkeys(arrivals))

    def _reach(self, at: EntityStage) -> None:
        if not self._leads(self.here, at.entity):
            self.found.error(
                at.origin,
                f"no route leads from {' or '.join(self.here)} to {at.entity}",
                self.where,
            )

    def _after(self, at: EntityStage) -> list[str]:
        """The entities a stage may end at: first the destination of its last operation."""
        entity = self.model.entity(at.entity)
        last = at.actions[-1] if at.actions else None
        self.arrivals = ()
        if isinstance(last, Perform):
            operation = find(entity.operations, last.operation)
            if operation is not None:
                self.arrivals = operation.arrivals
                return [operation.destination]
        return [at.entity]

    def _leads(self, sources: Iterable[str], destination: str) -> bool:
        return any(destination.casefold() in self.routes[name.casefold()] for name in sources)
