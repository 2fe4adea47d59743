"""Writing into attributes and fields."""

from sesssrvr.model.areas import Area, area
from sesssrvr.model.commands import DEFAULT_TIMEOUT
from sesssrvr.model.entity import Attribute, Blank, Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.steps import Run, Type
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


def type_into(
    ctx: Context, where: Area, value: str, *, secret: bool, name: str, blank: Blank = "erase"
) -> Run[None]:
    """Type a value into a stretch of the screen in place of what is there.

    Raises:
        BadValue: it is too long.
    """
    if len(value) > where.length:
        raise BadValue(
            column=name, problem=f"{len(value)} characters, the screen takes {where.length}"
        )
    if secret:
        ctx.keep_secret(value)
    if value or blank == "erase":
        step = Type(value, where.row, where.column, erase=True, secret=secret)
    elif blank == "spaces":
        step = Type(" " * where.length, where.row, where.column, secret=secret)
    else:
        return
    yield from ctx.do(step)
