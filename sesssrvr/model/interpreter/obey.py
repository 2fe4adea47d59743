"""Obeying the commands of an operation, one after the other.

`OBEY` has one function for each command of `sesssrvr.model.operation_commands`; a test says so.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sesssrvr.model import operation_commands as c
from sesssrvr.model.entity import Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.typing import free_keyboard, put, type_attribute, write_attribute
from sesssrvr.model.interpreter.waits import condition
from sesssrvr.model.names import same
from sesssrvr.model.steps import Run, SetCursor, Type
from sesssrvr.terminal.screen import Screen
from verdigris.errors import (
    HostReportedError,
    UnknownScreen,
    VerdigrisError,
    WaitTimedOut,
    WrongDestination,
)


WITHOUT_KEYBOARD: Final = frozenset({"Reset", "Attn", "SysReq", "TestReq"})
"""Keys that are pressed while the keyboard is locked: that is what they are for."""


class NoRows(HostReportedError):
    """The host's message means "there are none": a SELECT returns no rows; code 9404 to all else."""


def obey(ctx: Context, entity: Entity, commands: Iterable[c.Command]) -> Run[None]:
    """Obey commands on an entity, in order.

    Raises:
        HostError: one of them could not be done.
    """
    for command in commands:
        yield from OBEY[type(command)](ctx, entity, command)


def reported(ctx: Context, entity: Entity) -> VerdigrisError | None:
    """The error that the entity's error patterns tell now, if any."""
    for pattern in entity.errors:
        if all(one.matches(ctx.screen) for one in pattern.patterns):
            message = (
                ctx.shown(entity, ctx.attribute(entity, pattern.message)) if pattern.message else ""
            )
            kind = NoRows if pattern.empty else HostReportedError
            return kind({"name": pattern.name}, message=message or pattern.name)
    return None


def _value(ctx: Context, given: c.InputText) -> tuple[str, bool]:
    """A given text and whether it is secret."""
    if given.variable:
        return ctx.variable(given.variable), given.secret or ctx.is_secret(given.variable)
    return given.text, given.secret


def _move(ctx: Context, _: Entity, command: c.MoveCursor) -> Run[None]:
    yield from ctx.do(SetCursor(command.row, command.column))


def _shift(ctx: Context, _: Entity, command: c.ShiftCursor) -> Run[None]:
    screen = ctx.screen
    row, column = screen.place(screen.cursor)
    row = (row - 1 + command.rows) % screen.rows + 1
    column = (column - 1 + command.columns) % screen.columns + 1
    yield from ctx.do(SetCursor(row, column))


def _key(ctx: Context, _: Entity, command: c.TransmitTerminalKey) -> Run[None]:
    if command.key not in WITHOUT_KEYBOARD:
        yield from free_keyboard(ctx)
    yield from ctx.press(command.key)


def _text(ctx: Context, _: Entity, command: c.TransmitANSI) -> Run[None]:
    yield from free_keyboard(ctx)
    value, secret = _value(ctx, command.given)
    yield from _typed(ctx, Type(value, secret=secret))


def _location(ctx: Context, _: Entity, command: c.TransmitToLocation) -> Run[None]:
    yield from free_keyboard(ctx)
    value, secret = _value(ctx, command.given)
    yield from _typed(
        ctx, Type(value, command.row, command.column, erase=command.erase, secret=secret)
    )


def _at_offset(ctx: Context, _: Entity, command: c.TransmitToOffset) -> Run[None]:
    yield from free_keyboard(ctx)
    value, secret = _value(ctx, command.given)
    row, column = ctx.screen.place(command.offset)
    yield from _typed(ctx, Type(value, row, column, erase=command.erase, secret=secret))


def _typed(ctx: Context, step: Type) -> Run[None]:
    if step.secret:
        ctx.keep_secret(step.text)
    yield from put(ctx, step)


def _to_attribute(ctx: Context, entity: Entity, command: c.TransmitToAttr) -> Run[None]:
    value, secret = _value(ctx, command.given)
    yield from write_attribute(ctx, entity, command.attribute, value, secret=secret)


def _from_variable(ctx: Context, entity: Entity, command: c.WriteVarToAttr) -> Run[None]:
    value, secret = ctx.variable(command.variable), ctx.is_secret(command.variable)
    yield from write_attribute(ctx, entity, command.attribute, value, secret=secret)


def _update(ctx: Context, entity: Entity, command: c.UpdateAttribute) -> Run[None]:
    attribute = ctx.attribute(entity, command.attribute)
    cached = ctx.cached.pop(attribute.name.casefold(), None)
    if cached is None and not attribute.write_variable:
        return
    variable = attribute.write_variable
    value, secret = cached or (ctx.variable(variable), ctx.is_secret(variable))
    yield from type_attribute(ctx, entity, attribute, value, secret=secret)


def _default(ctx: Context, entity: Entity, command: c.DefaultValue) -> Run[None]:
    attribute = ctx.attribute(entity, command.attribute)
    if attribute.name.casefold() in ctx.written:
        return
    given = command.given
    if not given.text and not given.variable:
        given = c.InputText(variable=attribute.write_variable)
    value, secret = _value(ctx, given)
    yield from type_attribute(ctx, entity, attribute, value, secret=secret)


def _read_variable(ctx: Context, entity: Entity, command: c.ReadVarFromAttr) -> Run[None]:
    attribute = ctx.attribute(entity, command.attribute)
    ctx.variables[command.variable] = ctx.shown(entity, attribute)
    yield from ()


def _check(ctx: Context, entity: Entity, _: c.CheckOperationConditions) -> Run[None]:
    actual = ctx.entity
    if actual is None:
        near = ctx.nearest()
        raise UnknownScreen(nearest=near.entity, difference=near.difference)
    if not same(actual.name, entity.name):
        raise WrongDestination(operation=ctx.operation, actual=actual.name, expected=entity.name)
    if (error := reported(ctx, actual)) is not None:
        raise error
    yield from ()


def _pause(ctx: Context, _: Entity, command: c.Pause) -> Run[None]:
    yield from ctx.wait(lambda _: False, command.seconds, f"{command.seconds:g} seconds to pass")


def _silence(ctx: Context, _: Entity, command: c.WaitForHostSilence) -> Run[None]:
    what = f"the host to be silent for {command.seconds:g} seconds"
    if not (yield from ctx.wait(_anything, command.timeout, what, quiet=command.seconds)):
        raise WaitTimedOut(seconds=f"{command.timeout:g}", operation=ctx.operation, awaited=what)


def _heard(ctx: Context, _: Entity, command: c.WaitForCommString) -> Run[None]:
    what = f'the host to send "{command.text}"'
    if not (yield from ctx.wait(_anything, command.timeout, what, heard=command.text)):
        raise WaitTimedOut(seconds=f"{command.timeout:g}", operation=ctx.operation, awaited=what)


def _anything(_: Screen) -> bool:
    return True


def _event(ctx: Context, entity: Entity, command: c.Event | c.WaitForMultipleEvents) -> Run[None]:
    until, what = condition(ctx, entity, command)
    if not (yield from ctx.wait(until, command.timeout, what)):
        raise WaitTimedOut(seconds=f"{command.timeout:g}", operation=ctx.operation, awaited=what)


OBEY: Final[Mapping[type, Callable[[Context, Entity, Any], Run[None]]]] = {
    c.MoveCursor: _move,
    c.ShiftCursor: _shift,
    c.TransmitTerminalKey: _key,
    c.TransmitANSI: _text,
    c.TransmitToLocation: _location,
    c.TransmitToOffset: _at_offset,
    c.TransmitToAttr: _to_attribute,
    c.WriteVarToAttr: _from_variable,
    c.UpdateAttribute: _update,
    c.DefaultValue: _default,
    c.ReadVarFromAttr: _read_variable,
    c.CheckOperationConditions: _check,
    c.Pause: _pause,
    c.WaitForCommString: _heard,
    c.WaitForHostSilence: _silence,
    c.WaitForMultipleEvents: _event,
    c.WaitForCondition: _event,
    c.WaitForCursor: _event,
    c.WaitForCursorAtRecordsetField: _event,
    c.WaitForDisplayString: _event,
    c.WaitForKeyboardEnabled: _event,
    c.WaitForUpdate: _event,
    c.WaitForNewHostScreen: _event,
}
