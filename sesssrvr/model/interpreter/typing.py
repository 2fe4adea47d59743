"""Writing into attributes and fields."""

from sesssrvr.model.areas import Area, area
from sesssrvr.model.entity import Attribute, Blank, Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.operation_commands import DEFAULT_TIMEOUT
from sesssrvr.model.records import Record, place
from sesssrvr.model.recordset import Recordset
from sesssrvr.model.steps import Run, Type
from sesssrvr.terminal.vt.widths import cells
from verdigris.errors import BadValue, WaitTimedOut


def free_keyboard(ctx: Context) -> Run[None]:
    """Wait until the keyboard takes input.

    Raises:
        WaitTimedOut: it stays locked.
    """
    if ctx.answered(ctx.screen):
        return
    if not (yield from ctx.wait(ctx.answered, DEFAULT_TIMEOUT, "the keyboard")):
        raise WaitTimedOut(
            seconds=f"{DEFAULT_TIMEOUT:g}",
            operation=ctx.operation or "navigation",
            awaited="the host to unlock the keyboard",
        )


def write_attribute(
    ctx: Context, entity: Entity, name: str, value: str, *, secret: bool = False, column: str = ""
) -> Run[None]:
    """Write into an attribute, or into the cache of an entity that caches its writes.

    Args:
        ctx: the run.
        entity: the current one.
        name: of the attribute.
        value: as it is typed; "" is no value.
        secret: the value is never shown.
        column: of the caller's value, for errors.

    Raises:
        AttributeNotFound: the entity does not show it.
        BadValue: the value is longer than the attribute.
    """
    attribute = ctx.attribute(entity, name)
    ctx.written.add(attribute.name.casefold())
    if entity.cache_writes:
        ctx.cached[attribute.name.casefold()] = (value, secret)
        return
    yield from type_attribute(ctx, entity, attribute, value, secret=secret, column=column)


def type_attribute(
    ctx: Context,
    entity: Entity,
    attribute: Attribute,
    value: str,
    *,
    secret: bool = False,
    column: str = "",
) -> Run[None]:
    """Type a value into an attribute on the screen; see `write_attribute`."""
    yield from free_keyboard(ctx)
    where = area(entity, attribute, ctx.screen)
    hidden = secret or attribute.secret or where.hidden
    yield from type_into(
        ctx, where, value, secret=hidden, name=column or attribute.name, blank=attribute.blank
    )


def write_delayed(ctx: Context, entity: Entity) -> Run[None]:
    """Write what a client wants written when this entity is reached (SetAttributesDelayed)."""
    for name, value in ctx.delayed.pop(entity.name, {}).items():
        secret = ctx.model.secret_areas.attribute(entity.name, name)
        yield from write_attribute(ctx, entity, name, value, secret=secret)


def write_field(
    ctx: Context, recordset: Recordset, record: Record, name: str, value: str, *, secret: bool
) -> Run[None]:
    """Type a value into a field of a record on the screen."""
    field, row, column = place(recordset, record, name)
    yield from free_keyboard(ctx)
    held = ctx.screen.field_at(ctx.screen.offset(row, column))
    where = Area(row, column, field.length, held)
    hidden = secret or field.secret or where.hidden
    yield from type_into(ctx, where, value, secret=hidden, name=field.name)


def type_into(
    ctx: Context, where: Area, value: str, *, secret: bool, name: str, blank: Blank = "erase"
) -> Run[None]:
    """Type a value into a stretch of the screen in place of what is there.

    Raises:
        BadValue: it is too long.
    """
    taken = sum(map(cells, value)) if ctx.character_host else len(value)
    if taken > where.length:
        raise BadValue(column=name, problem=f"{taken} characters, the screen takes {where.length}")
    if secret:
        ctx.keep_secret(value)
    if value or blank == "erase":
        step = Type(value, where.row, where.column, erase=True, secret=secret)
    elif blank == "spaces":
        step = Type(" " * where.length, where.row, where.column, secret=secret)
    else:
        return
    yield from put(ctx, step)


def put(ctx: Context, step: Type) -> Run[None]:
    """Type, where the terminal lets one.

    On a VT the host alone moves the cursor: it must come to the place by itself, and what stands
    there already is the host's to erase.

    Raises:
        WaitTimedOut: a VT's cursor does not come.
    """
    if ctx.character_host:
        if step.row:
            yield from _cursor_comes(ctx, step.row, step.column)
        if not step.text:
            return
        step = Type(step.text, secret=step.secret)
    yield from ctx.do(step)


def _cursor_comes(ctx: Context, row: int, column: int) -> Run[None]:
    what = f"the cursor at row {row} column {column}"
    there = (row, column)
    if not (yield from ctx.wait(lambda one: one.place(one.cursor) == there, DEFAULT_TIMEOUT, what)):
        raise WaitTimedOut(
            seconds=f"{DEFAULT_TIMEOUT:g}", operation=ctx.operation or "navigation", awaited=what
        )
