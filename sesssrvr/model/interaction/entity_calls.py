"""Session calls at the level of the model: entities, attributes, operations."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sesssrvr.model.areas import area, text
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.interaction.interaction import Interaction, known
from sesssrvr.model.interaction.screen_calls import location
from sesssrvr.model.interpreter.navigate import walk
from sesssrvr.model.interpreter.run_operation import perform
from sesssrvr.model.interpreter.typing import write_attribute, write_delayed
from sesssrvr.model.names import same
from sesssrvr.model.patterns import TextAt, TextWithin
from sesssrvr.model.steps import Run
from sesssrvr.terminal.screen import Screen
from verdigris.errors import AttributeNotFound, NotInModel, WrongDestination
from verdigris.wire import session_calls as calls


# ---- going -------------------------------------------------------------------------------------


def _go(it: Interaction, call: calls.SetCurrentEntity) -> Run[None]:
    wanted = it.named_entity(call.entity)
    yield from it.here()
    here = yield from walk(it.ctx, wanted.name)
    yield from _arrived(it, here)


def _perform(it: Interaction, call: calls.PerformEntityOperation) -> Run[str]:
    here = yield from it.here()
    operation = known(f"Entity {here.name}", "operation", here.operations, call.operation)
    there = yield from perform(it.ctx, here, operation)
    yield from _arrived(it, there)
    return there.name


def _arrived(it: Interaction, there: Entity) -> Run[None]:
    it.start_anew(there)
    yield from write_delayed(it.ctx, there)


# ---- attributes --------------------------------------------------------------------------------


def _attributes(it: Interaction, call: calls.GetAttributes) -> Run[calls.Texts]:
    entity = yield from it.here()
    screen = it.screen
    if not call.attributes:
        return dict(_shown(it, entity, screen))
    wanted = [_attribute(entity, name) for name in call.attributes]
    return {one.name: _text(it, entity, one, screen) for one in wanted}


def _shown(it: Interaction, entity: Entity, screen: Screen) -> Iterator[tuple[str, str | None]]:
    for one in entity.attributes:
        if one.access != "write":
            try:
                yield one.name, _text(it, entity, one, screen)
            except AttributeNotFound:
                continue


def _text(it: Interaction, entity: Entity, attribute: Attribute, screen: Screen) -> str | None:
    if attribute.access == "write":
        raise NotInModel(problem=f"attribute {attribute.name} of {entity.name} is not readable")
    shown = text(entity, attribute, screen).strip()
    return None if it.is_secret(entity, attribute) else shown


def _set(it: Interaction, call: calls.SetAttributes) -> Run[None]:
    entity = yield from it.here()
    if call.entity and not same(call.entity, entity.name):
        wanted = it.named_entity(call.entity).name
        raise WrongDestination(operation="SetAttributes", actual=entity.name, expected=wanted)
    for one, value in _writeable(entity, call.attributes):
        secret = it.is_secret(entity, one)
        yield from write_attribute(it.ctx, entity, one.name, value, secret=secret)


def _set_delayed(it: Interaction, call: calls.SetAttributesDelayed) -> Run[None]:
    entity = it.named_entity(call.entity)
    wanted = {one.name: value for one, value in _writeable(entity, call.attributes)}
    it.ctx.delayed[entity.name] = {**it.ctx.delayed.get(entity.name, {}), **wanted}
    if it.ctx.entity is entity and it.ctx.answered(it.ctx.screen):
        yield from it.here()
        yield from write_delayed(it.ctx, entity)


def _writeable(entity: Entity, values: Mapping[str, str]) -> list[tuple[Attribute, str]]:
    found = [(_attribute(entity, name), value) for name, value in values.items()]
    for one, _ in found:
        if not one.writable:
            raise NotInModel(problem=f"attribute {one.name} of {entity.name} is not writeable")
    return found


def _attribute(entity: Entity, name: str) -> Attribute:
    return known(f"Entity {entity.name}", "attribute", entity.attributes, name)


# ---- where things are --------------------------------------------------------------------------


def _locations(
    it: Interaction, call: calls.GetAttributeLocations
) -> dict[str, calls.ElementLocation]:
    entity = it.entity
    wanted = [_attribute(entity, name) for name in call.attributes] or entity.attributes
    found = {}
    for one in wanted:
        try:
            where = area(entity, one, it.ctx.screen)
        except AttributeNotFound:
            continue
        found[one.name] = location(it, where.row, where.column, where.length)
    return found


def _at_cursor(it: Interaction, _: calls.GetAttributeAtCursor) -> str:
    entity, screen = it.entity, it.ctx.screen
    for one in entity.attributes:
        try:
            where = area(entity, one, screen)
        except AttributeNotFound:
            continue
        start = screen.offset(where.row, where.column)
        if start <= screen.cursor < start + where.length:
            return one.name
    return ""


def _patterns(it: Interaction, _: calls.GetPatternLocations) -> dict[str, calls.ElementLocation]:
    screen, found = it.ctx.screen, {}
    for number, one in enumerate(it.entity.signature, 1):
        if isinstance(one, TextAt):
            found[str(number)] = location(it, one.row, one.column, len(one.text))
        elif isinstance(one, TextWithin):
            at = screen.find(one.text)
            if at >= 0:
                found[str(number)] = location(it, *screen.place(at), len(one.text))
    return found


# ---- what the model says -----------------------------------------------------------------------


def _entities(it: Interaction, _: calls.GetModelEntities) -> list[str]:
    return [one.name for one in it.model.entities]


def _names(of: str) -> Callable[[Interaction, Any], list[str]]:
    return lambda it, call: [one.name for one in getattr(it.named_entity(call.entity), of)]


def _attribute_data(it: Interaction, call: calls.GetAttributeMetaData) -> calls.AttributeMetaData:
    entity = it.named_entity(call.entity)
    one = _attribute(entity, call.attribute)
    secret = it.is_secret(entity, one)
    return calls.AttributeMetaData(
        one.name, one.description, one.length, one.readable and not secret, one.writable, secret,
        one.read_variable, one.write_variable,
    )  # fmt: skip


def _operation_data(it: Interaction, call: calls.GetOperationMetaData) -> calls.OperationMetaData:
    entity = it.named_entity(call.entity)
    one = known(f"Entity {entity.name}", "operation", entity.operations, call.operation)
    return calls.OperationMetaData(
        one.name, one.destination, one.description, one.alternates, one.default, one.needs,
        one.timeout,
    )  # fmt: skip


def _current(it: Interaction, _: calls.GetCurrentEntity) -> str:
    found = it.ctx.entity
    return "" if found is None else found.name


LOOK: Final[Mapping[type, Callable[[Interaction, Any], Any]]] = {
    calls.GetCurrentEntity: _current,
    calls.GetModelEntities: _entities,
    calls.GetHomeEntityName: lambda it, _: it.model.home,
    calls.GetEntityDescription: lambda it, call: it.named_entity(call.entity).description,
    calls.GetEntityAttributes: _names("attributes"),
    calls.GetEntityOperations: _names("operations"),
    calls.GetEntityRecordSets: _names("recordsets"),
    calls.GetAttributeMetaData: _attribute_data,
    calls.GetAttributeLocations: _locations,
    calls.GetAttributeAtCursor: _at_cursor,
    calls.GetOperationMetaData: _operation_data,
    calls.GetPatternLocations: _patterns,
}

RUN: Final[Mapping[type, Callable[[Interaction, Any], Run[Any]]]] = {
    calls.SetCurrentEntity: _go,
    calls.PerformEntityOperation: _perform,
    calls.GetAttributes: _attributes,
    calls.SetAttributes: _set,
    calls.SetAttributesDelayed: _set_delayed,
}
