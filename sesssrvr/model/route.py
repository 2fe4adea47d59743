"""The way from one entity to another.

A route is the shortest chain of default operations; among equally short ones the first in the
order of the model. The empty route leads from an entity to itself.
"""

from collections import deque

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
    ways: dict[str, tuple[Operation, ...]] = {source.casefold(): ()}
    queue = deque([source])
    while queue:
        here = queue.popleft()
        if same(here, destination):
            return ways[here.casefold()]
        for operation in model.entity(here).operations:
            there = operation.destination.casefold()
            if operation.default and there not in ways:
                ways[there] = (*ways[here.casefold()], operation)
                queue.append(operation.destination)
    raise NoRoute(source=source, destination=destination)


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
