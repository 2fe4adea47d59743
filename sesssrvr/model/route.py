"""The way from one entity to another.

A route is the shortest chain of default operations; among equally short ones the first in the
order of the model. The empty route leads from an entity to itself.
"""

from collections import deque
from collections.abc import Iterator

from sesssrvr.model.entity import Entity
from sesssrvr.model.model import Model
from sesssrvr.model.names import same
from sesssrvr.model.operation import Operation
from verdigris.errors import NoRoute


def route(model: Model, source: str, destination: str) -> tuple[Operation, ...]:
    """The operations that lead from an entity to another.

    Raises:
        NoRoute: there is no chain of default operations.
    """
    for name, way in _ways(model, source):
        if same(name, destination):
            return way
    raise NoRoute(source=source, destination=destination)


class Routes:
    """The routes of a model, each source searched once: for checks that ask for many."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._from: dict[str, dict[str, tuple[Operation, ...]]] = {}

    def __repr__(self) -> str:
        return f"<Routes {self._model.name} from {len(self._from)} entities>"

    def way(self, source: str, destination: str) -> tuple[Operation, ...] | None:
        """The operations that lead from an entity to another; None if there is no such chain."""
        key = source.casefold()
        if key not in self._from:
            ways = _ways(self._model, source)
            self._from[key] = {name.casefold(): way for name, way in ways}
        return self._from[key].get(destination.casefold())


def _ways(model: Model, source: str) -> Iterator[tuple[str, tuple[Operation, ...]]]:
    """Entities and the routes to them, the nearest first."""
    seen = {source.casefold()}
    queue: deque[tuple[str, tuple[Operation, ...]]] = deque([(source, ())])
    while queue:
        here, way = queue.popleft()
        yield here, way
        for operation in model.entity(here).operations:
            there = operation.destination.casefold()
            if operation.default and there not in seen:
                seen.add(there)
                queue.append((operation.destination, (*way, operation)))


def reachable(model: Model, source: str, *, every: bool = False) -> set[str]:
    """Entities (casefolded) that operations can lead to from an entity, itself included.

    Args:
        model: whose entities.
        source: where to begin.
        every: follow all operations and all their arrivals, not only default destinations.
    """
    seen: set[str] = set()
    queue = deque([source])
    while queue:
        here = queue.popleft().casefold()
        if here not in seen:
            seen.add(here)
            queue.extend(_next(model.entity(here), every=every))
    return seen


def _next(entity: Entity, *, every: bool) -> list[str]:
    found: list[str] = []
    for operation in entity.operations:
        if every:
            found += [*operation.arrivals, *operation.errors]
            found += [one.entity for one in operation.intermediates]
        elif operation.default:
            found.append(operation.destination)
    return found
