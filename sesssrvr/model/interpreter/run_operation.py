"""Performing an operation: its commands, then the arrival.

An operation ends at its destination or an alternate, or it raises. A wait for an arrival
looks at every screen until its deadline, so a screen that flashes by, whether no entity or the
operation's own, does not end it. Another known entity ends it only when it stays.
"""

from collections.abc import Iterable
from typing import Final

from sesssrvr.model.entity import Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.obey import NoRows, obey, reported
from sesssrvr.model.interpreter.sign_on import is_sign_on, refused, user_of
from sesssrvr.model.interpreter.typing import write_delayed
from sesssrvr.model.names import find, same
from sesssrvr.model.operation import Operation
from sesssrvr.model.patterns import Pattern
from sesssrvr.model.steps import Run
from sesssrvr.terminal.screen import Screen
from verdigris.errors import (
    EntityNotReached,
    HostConnectionLost,
    HostReportedError,
    MissingVariable,
    WrongDestination,
)


MAX_INTERMEDIATES: Final = 10
"""Intermediate screens on the way of one operation; more is a host that goes in circles."""

SETTLE: Final = 0.5
"""Seconds a known entity that is not a destination must stay before it is error 9402: hosts that show
the menu for a moment take a tenth of that; people still find the error quick."""


def perform(ctx: Context, entity: Entity, operation: Operation) -> Run[Entity]:
    """Perform an operation of the current entity; returns where it arrived.

    Raises:
        HostReportedError: the host showed an error message or an error entity; `SignOnRefused` if the
            operation is a sign-on.
        EntityNotReached: nothing it could end at came in time.
        WrongDestination: it ended at another entity.
        MissingVariable: it needs one that has no value.
        HostConnectionLost: the host ended the session; the error names operation and destination.
    """
    ctx.operation = operation.name
    for name in operation.needs:
        if not ctx.variable(name):
            raise MissingVariable(operation=operation.name, variable=name)
    try:
        yield from write_delayed(ctx, entity)
        yield from obey(ctx, entity, operation.commands)
        return (yield from arrive(ctx, entity, operation))
    except HostConnectionLost as error:
        raise _lost(error, entity, operation) from None
    except HostReportedError as problem:
        known = ctx.model.variables
        if isinstance(problem, NoRows) or not is_sign_on(entity, operation, known):
            raise
        raise refused(problem, user_of(known, ctx.variable, operation.needs)) from None


def arrive(
    ctx: Context, entity: Entity, operation: Operation, tolerated: Iterable[Pattern] = ()
) -> Run[Entity]:
    """Wait for the arrival of an operation whose commands are done.

    Args:
        ctx: the run.
        entity: where the operation began.
        operation: whose arrivals, intermediates and timeout hold.
        tolerated: patterns that mean no error here, whatever the error patterns say.

    Raises:
        HostError: as `perform`.
    """
    for _ in range(MAX_INTERMEDIATES + 1):
        here = yield from _come(ctx, entity, operation)
        if here.error and not _meant(here, operation):
            raise _error_entity(ctx, here)
        if _among(here, operation.errors):
            raise _error_entity(ctx, here)
        if not any(one.matches(ctx.screen) for one in tolerated):
            _refuse_message(ctx, here)
        if _among(here, operation.arrivals):
            ctx.arrived(here)
            return here
        if not (yield from _passed(ctx, here, operation)):
            raise _wrong(operation, here)
    raise late(ctx, operation)


def _come(ctx: Context, entity: Entity, operation: Operation) -> Run[Entity]:
    """The next entity that counts: anything but the operation's own while it is still shown."""
    staying = _among(entity, operation.arrivals)
    silent_before = ctx.character_host  # the old screen is no answer, and nothing is locked

    def counts(screen: Screen) -> bool:
        if not ctx.answered(screen):
            return False
        found = ctx.recognise(screen)
        if found is None or (staying and silent_before and not ctx.renewed(screen)):
            return False
        return staying or found is not entity or _has_message(found, screen)

    what = f"entity {operation.destination}"
    quiet = ctx.quiet(operation.arrivals)
    if not (yield from ctx.wait(counts, operation.timeout, what, quiet)):
        here = ctx.entity
        if here is entity and staying and silent_before:
            return here  # a key that changes nothing, such as one more page down at the end
        if here is entity and ctx.answered(ctx.screen) and not ctx.unanswered:
            raise _wrong(operation, here)
        raise late(ctx, operation)
    here = ctx.entity
    if here is None:  # the driver's answer is a newer screen than the one that held
        return (yield from _settled(ctx, operation))
    if _expected(here, entity, operation) or _has_message(here, ctx.screen):
        return here
    return (yield from _settled(ctx, operation))


def _settled(ctx: Context, operation: Operation) -> Run[Entity]:
    """What stands after the settling time: a destination, or whatever stays."""

    def destined(screen: Screen) -> bool:
        found = ctx.recognise(screen)
        return ctx.answered(screen) and found is not None and _among(found, operation.arrivals)

    yield from ctx.wait(destined, min(SETTLE, operation.timeout), f"entity {operation.destination}")
    here = ctx.entity
    if here is None or not ctx.answered(ctx.screen):
        raise late(ctx, operation)
    return here


def _expected(here: Entity, entity: Entity, operation: Operation) -> bool:
    names = (*operation.arrivals, *operation.errors, *(o.entity for o in operation.intermediates))
    return here.error or here is entity or _among(here, names)


def _passed(ctx: Context, here: Entity, operation: Operation) -> Run[bool]:
    """Do the action of an intermediate destination; False when it is none."""
    for one in operation.intermediates:
        if same(one.entity, here.name):
            ctx.arrived(here)
            action = find(here.operations, one.operation) if one.operation else None
            if action is not None:
                yield from obey(ctx, here, action.commands)
            else:
                yield from _left(ctx, operation)
            return True
    return False


def _left(ctx: Context, operation: Operation) -> Run[None]:
    """Nothing is pressed on this intermediate screen: wait until the host shows another."""
    still = ctx.screen.version
    what = f"entity {operation.destination}"
    if not (yield from ctx.wait(lambda screen: screen.version > still, operation.timeout, what)):
        raise late(ctx, operation)


def _refuse_message(ctx: Context, here: Entity) -> None:
    error = reported(ctx, here)
    if error is not None:
        ctx.arrived(here)
        raise error


def _has_message(entity: Entity, screen: Screen) -> bool:
    return any(all(one.matches(screen) for one in error.patterns) for error in entity.errors)


def _error_entity(ctx: Context, here: Entity) -> HostReportedError:
    ctx.arrived(here)
    message = ctx.shown(here, ctx.attribute(here, here.message)) if here.message else ""
    return HostReportedError({"name": here.name}, message=message or here.description or here.name)


def _meant(here: Entity, operation: Operation) -> bool:
    """Whether an error entity is where the operation means to go (such as a sign-off)."""
    return _among(here, (*operation.arrivals, *(o.entity for o in operation.intermediates)))


def _among(entity: Entity, names: Iterable[str]) -> bool:
    return any(same(entity.name, name) for name in names)


def _wrong(operation: Operation, here: Entity) -> WrongDestination:
    return WrongDestination(
        operation=operation.name, actual=here.name, expected=", ".join(operation.arrivals)
    )


def _lost(error: HostConnectionLost, entity: Entity, operation: Operation) -> HostConnectionLost:
    """The error with what was being done: an operation that signs off ends the connection, too."""
    doing = f"in operation {operation.name} from {entity.name} to {operation.destination}"
    facts = dict(error.facts)
    return HostConnectionLost(error.details, **{**facts, "reason": f"{facts['reason']} {doing}"})


def late(ctx: Context, operation: Operation) -> EntityNotReached:
    """The error of an operation that did not arrive in its time, with the nearest entity."""
    near = ctx.nearest()
    return EntityNotReached(
        entity=operation.destination,
        seconds=f"{operation.timeout:g}",
        operation=operation.name,
        nearest=near.entity,
        difference=near.difference,
    )
