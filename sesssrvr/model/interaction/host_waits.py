"""Session calls that wait for the host, until a condition over the screen a client may see."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sesssrvr.model import operation_commands as c
from sesssrvr.model.areas import text
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.expressions import Name, Shown, read_expression
from sesssrvr.model.interaction.interaction import Interaction, known
from sesssrvr.model.interpreter.obey import obey
from sesssrvr.model.interpreter.waits import Condition
from sesssrvr.model.names import same
from sesssrvr.model.steps import Run
from sesssrvr.terminal.screen import Screen
from verdigris.errors import AttributeNotFound, NotInModel, WaitTimedOut
from verdigris.wire import session_calls as calls


def _until(
    it: Interaction, call: Any, condition: Condition, what: str, quiet: float = 0.0
) -> Run[None]:
    """Wait for a condition.

    Raises:
        WaitTimedOut: with what was awaited, and the nearest entity.
    """
    name, seconds = type(call).__name__, call.timeout
    if not (yield from it.ctx.wait(condition, seconds, what, quiet)):
        near = it.ctx.nearest()
        details = {"awaited": what, "nearest": near.entity, "difference": near.difference}
        raise WaitTimedOut(details, seconds=f"{seconds:g}", operation=name, awaited=what)


def _event(event: Callable[[Any], c.Command]) -> Callable[[Interaction, Any], Run[None]]:
    """A wait of operations that asks nothing about texts."""

    def wait(it: Interaction, call: Any) -> Run[None]:
        it.ctx.operation = type(call).__name__
        try:
            yield from obey(it.ctx, _NO_ENTITY, (event(call),))
        except WaitTimedOut as problem:
            near = it.ctx.nearest()
            found = {"awaited": problem.facts["awaited"], "nearest": near.entity}
            raise problem.with_details(**found, difference=near.difference) from None

    return wait


_NO_ENTITY: Final = Entity("")


def _string(it: Interaction, call: calls.WaitForString) -> Run[None]:
    def shown(screen: Screen) -> bool:
        seen = it.ctx.masked(screen)
        if not call.row or not call.column:
            return seen.find(call.text) >= 0
        return _shows(seen, call.text, call.row, call.column)

    place = f" at row {call.row} column {call.column}" if call.row and call.column else ""
    yield from _until(it, call, shown, f'"{call.text}"{place}')


def _string_at_cursor(it: Interaction, call: calls.WaitForStringRelCursor) -> Run[None]:
    def shown(screen: Screen) -> bool:
        row, column = screen.place(screen.cursor)
        return _shows(it.ctx.masked(screen), call.text, row + call.rows, column + call.columns)

    what = f'"{call.text}" {call.rows:+d} rows and {call.columns:+d} columns from the cursor'
    yield from _until(it, call, shown, what)


def _shows(screen: Screen, text: str, row: int, column: int) -> bool:
    fits = 1 <= row <= screen.rows and 1 <= column <= screen.columns
    return fits and screen.shown(row, column, len(text)) == text


def _entity(it: Interaction, call: calls.WaitForEntity) -> Run[None]:
    wanted = it.named_entity(call.entity)

    def there(screen: Screen) -> bool:
        return it.ctx.answered(screen) and it.ctx.recognise(screen) is wanted

    yield from _until(it, call, there, f"entity {wanted.name}", it.ctx.quiet((wanted.name,)))


def _another(it: Interaction, call: calls.WaitForEntityChange) -> Run[str]:
    now = it.ctx.entity
    left = it.named_entity(call.entity).name if call.entity else now.name if now else ""

    def elsewhere(screen: Screen) -> bool:
        found = it.ctx.recognise(screen)
        return it.ctx.answered(screen) and found is not None and not same(found.name, left)

    what = f"another entity than {left}" if left else "a known entity"
    yield from _until(it, call, elsewhere, what, it.ctx.quiet())
    return it.entity.name


def _condition(it: Interaction, call: calls.WaitForCondition) -> Run[None]:
    expression = read_expression(call.expression)
    entity = it.named_entity(call.entity)
    for name in expression.names():
        _lookup(it, entity, None, name)

    def true(screen: Screen) -> bool:
        found = it.ctx.recognise(screen)
        if found is not entity or not it.ctx.answered(screen):
            return False
        return expression.holds(partial(_lookup, it, entity, it.ctx.masked(screen)))

    what = f"the condition on entity {entity.name} to be true"
    yield from _until(it, call, true, what, it.ctx.quiet((entity.name,)))


def _lookup(it: Interaction, entity: Entity, screen: Screen | None, name: Name) -> Shown:
    """What a name stands for on a screen; without one it is only checked."""
    if same(name.owner, "variables"):
        return it.shown_variable(name)
    owner = f"Entity {entity.name}"
    if name.owner and not same(name.owner, entity.name) and not same(name.owner, "attributes"):
        raise NotInModel(
            problem=f"{name.owner}.{name.name} is not an attribute of entity {entity.name}"
        )
    attribute: Attribute = known(owner, "attribute", entity.attributes, name.name)
    if it.is_secret(entity, attribute):
        raise NotInModel(problem=f"attribute {attribute.name} is secret and is not compared")
    if screen is None:
        return Shown("")
    try:
        return Shown(text(entity, attribute, screen).strip(), attribute.format)
    except AttributeNotFound:
        return Shown("", attribute.format)


RUN: Final[Mapping[type, Callable[[Interaction, Any], Run[Any]]]] = {
    calls.WaitForString: _string,
    calls.WaitForStringRelCursor: _string_at_cursor,
    calls.WaitForEntity: _entity,
    calls.WaitForEntityChange: _another,
    calls.WaitForCondition: _condition,
    calls.WaitForCursor: _event(lambda it: c.WaitForCursor(it.row, it.column, timeout=it.timeout)),
    calls.WaitForKeyboardEnabled: _event(lambda it: c.WaitForKeyboardEnabled(it.timeout)),
    calls.WaitForNewHostScreen: _event(lambda it: c.WaitForNewHostScreen(it.timeout)),
    calls.WaitForUpdate: _event(
        lambda it: c.WaitForUpdate(it.row, it.column, it.length, timeout=it.timeout)
    ),
    calls.WaitForHostSilence: _event(lambda it: c.WaitForHostSilence(it.silence, it.timeout)),
}
