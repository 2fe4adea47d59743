"""Pools against the procedures that run on their sessions: detours, and values nothing uses.

A procedure begins at its home entity, a pool's sessions wait on the startup entity. Where the two
differ a call may sign off and on again; and what a pool's session has done already, such as the
sign-on, is not done again with the values of a caller.
"""

from collections.abc import Iterable, Iterator, Sequence

from sesssrvr.model import operation_commands as c
from sesssrvr.model.deployment_descriptor import (
    DeploymentDescriptor,
    PoolConfiguration,
    VariableList,
)
from sesssrvr.model.entity import Entity
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import find, same
from sesssrvr.model.operation import Operation
from sesssrvr.model.route import Routes
from sesssrvr.model.table import (
    BranchStage,
    EntityStage,
    Perform,
    Procedure,
    SelectRecord,
    Source,
    Stage,
    WriteAttribute,
)


def lint_pools(
    model: Model,
    deployment: DeploymentDescriptor,
    lists: Sequence[VariableList],
    found: Findings,
) -> None:
    """All findings about pools; their entities exist."""
    routes = Routes(model)
    pools = [one for one in deployment.pools if find(model.entities, _start(model, one))]
    for table in model.tables:
        for procedure in table.procedures:
            if not procedure.compound:
                for pool in pools:
                    _detour(model, routes, pool, f"{table.name}.{procedure.name}", procedure, found)
                _unused(
                    model,
                    routes,
                    pools,
                    lists,
                    procedure,
                    f"procedure {table.name}.{procedure.name}",
                    found,
                )


def _start(model: Model, pool: PoolConfiguration) -> str:
    return pool.startup_entity or model.home


def _detour(
    model: Model,
    routes: Routes,
    pool: PoolConfiguration,
    name: str,
    procedure: Procedure,
    found: Findings,
) -> None:
    """The way to the home entity leads away from where the procedure works."""
    start, home = _start(model, pool), procedure.home or model.home
    first = min(_firsts(procedure), key=lambda one: len(routes.way(start, one) or ()), default=home)
    out, back, direct = routes.way(start, home), routes.way(home, first), routes.way(start, first)
    if not out or back is None or direct is None or len(out) + len(back) <= len(direct):
        return
    operations = ", ".join(one.name for one in out)
    found.warn(
        pool.origin,
        f"sessions wait on {start}, and procedure {name} begins at its home {home}: "
        f"each call goes there first (operation {operations}) and comes back. "
        f'Home should be {start}: home="{start}" of the procedure or the model',
        f"pool {pool.name}",
    )


def _unused(
    model: Model,
    routes: Routes,
    pools: Sequence[PoolConfiguration],
    lists: Sequence[VariableList],
    procedure: Procedure,
    where: str,
    found: Findings,
) -> None:
    """A caller's value for a variable that no session of any pool uses any more."""
    for parameter in (*procedure.filters, *procedure.data):
        users = _users(model, parameter.variable)
        if not parameter.variable or not users or _typed(procedure, parameter.variable):
            continue
        if pools and not any(
            _reaches(model, routes, pool, lists, procedure, parameter.variable) for pool in pools
        ):
            names = " and ".join(
                f"{operation.name} of {entity.name}" for entity, operation in users
            )
            found.warn(
                parameter.origin,
                f"{parameter.column} sets variable {parameter.variable}, which only operation {names} uses: "
                f"sessions of {_listed(pools)} have done it already or never do it, so the value "
                "is ignored",
                where,
            )


def _reaches(
    model: Model,
    routes: Routes,
    pool: PoolConfiguration,
    lists: Sequence[VariableList],
    procedure: Procedure,
    variable: str,
) -> bool:
    """Whether an operation that uses the variable is done by the procedure on a pool's session."""
    known = {name.casefold() for name in pool.variables}
    for name in pool.variable_lists:
        one = find(lists, name)
        known |= {name.casefold() for name in one.variables} if one else set()
    known |= {one.name.casefold() for one in model.variables if one.value}
    users = _users(model, variable)
    # A session that lacks what an operation needs waits in front of it for a call that brings it.
    if any(name.casefold() not in known for _, one in users for name in one.needs):
        return True
    passed = _passed(model, routes, _start(model, pool), procedure)
    return passed is None or any(one in passed for _, one in users)


def _passed(
    model: Model, routes: Routes, start: str, procedure: Procedure
) -> list[Operation] | None:
    """The operations of a run, in order; None where the way cannot be known."""
    home = procedure.home or model.home
    done: list[Operation] = []
    here = {start}
    for stops in ((home,), *(_stops(stage) for stage in procedure.path), (home,)):
        arrived: set[str] = set()
        for stop in stops:
            for place in here:
                way = routes.way(place, stop)
                if way is None and len(stops) == 1:
                    return None
                done += way or ()
            arrived |= {stop}
        here = set()
        for stop in arrived:
            performed = list(_performed(model, procedure, stop))
            done += performed
            here |= {name for one in performed for name in one.arrivals} or {stop}
            done += _on_the_way(model, performed)
    return [*done, *_on_the_way(model, done)]


def _on_the_way(model: Model, operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations that intermediate destinations do."""
    for operation in operations:
        for one in operation.intermediates:
            entity = find(model.entities, one.entity)
            action = find(entity.operations, one.operation) if entity and one.operation else None
            if action is not None:
                yield action


def _performed(model: Model, procedure: Procedure, name: str) -> Iterator[Operation]:
    entity = model.entity(name)
    for stage in _stages(procedure):
        for action in stage.actions if same(stage.entity, name) else ():
            operation = (
                find(entity.operations, action.operation) if isinstance(action, Perform) else None
            )
            if operation is not None:
                yield operation


def _stages(procedure: Procedure) -> Iterator[EntityStage]:
    for stage in procedure.path:
        yield from stage.choices if isinstance(stage, BranchStage) else (stage,)


def _stops(stage: Stage) -> tuple[str, ...]:
    return (
        tuple(one.entity for one in stage.choices)
        if isinstance(stage, BranchStage)
        else (stage.entity,)
    )


def _firsts(procedure: Procedure) -> tuple[str, ...]:
    return _stops(procedure.path[0]) if procedure.path else ()


def _typed(procedure: Procedure, variable: str) -> bool:
    """Whether the procedure itself types the variable."""
    return any(
        source.role == "variable" and same(source.name, variable)
        for stage in _stages(procedure)
        for action in stage.actions
        for source in _sources(action)
    )


def _sources(action: object) -> Iterator[Source]:
    if isinstance(action, WriteAttribute):
        yield action.source
    elif isinstance(action, SelectRecord):
        yield from (one.source for one in action.matches)
        yield from (source for _, source in action.writes)


def _users(model: Model, variable: str) -> list[tuple[Entity, Operation]]:
    """The operations that use a variable, with their entities."""
    return [
        (entity, operation)
        for entity in model.entities
        for operation in entity.operations
        if any(
            variable and same(name, variable)
            for one in operation.commands
            for name in _variables(entity, one)
        )
    ]


def _variables(entity: Entity, command: c.Command) -> Iterator[str]:
    text: c.InputText | None = getattr(command, "given", None)
    if text is not None and text.variable:
        yield text.variable
    if isinstance(command, c.WriteVarToAttr):
        yield command.variable
    if isinstance(command, c.UpdateAttribute | c.DefaultValue):
        attribute = find(entity.attributes, command.attribute)
        if attribute is not None and attribute.write_variable:
            yield attribute.write_variable


def _listed(pools: Sequence[PoolConfiguration]) -> str:
    names = " and ".join(one.name for one in pools)
    return f"pool {names}" if len(pools) == 1 else f"pools {names}"
