"""Going from entity to entity by default operations.

After every arrival the way is looked for again, so an alternate arrival costs a detour and
never a wrong turn. No entity is passed more than `MAX_VISITS` times.
"""

from collections import Counter
from collections.abc import Generator, MutableMapping
from contextlib import suppress
from typing import Final, TypeVar

from sesssrvr.model.entity import Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.run_operation import perform
from sesssrvr.model.model import Model
from sesssrvr.model.names import same
from sesssrvr.model.route import route
from sesssrvr.model.steps import Answer, Run, Step
from sesssrvr.terminal.screen import Screen
from verdigris.errors import MissingVariable, NoRoute, UnknownScreen, VerdigrisError


MAX_VISITS: Final = 3
"""Of one entity on one way: a detour may pass it again, a circle may not go on."""

T = TypeVar("T")


def go_to(
    model: Model, screen: Screen, entity: str, variables: MutableMapping[str, str]
) -> Run[Screen]:
    """Go to an entity by the shortest chain of default operations, from wherever the screen is.

    Args:
        model: whose entities and operations.
        screen: the current one.
        entity: where to.
        variables: the session's.

    Raises:
        HostError: with details `screen`, `entity` and `path`.
    """
    ctx = Context(model, screen, variables)
    yield from with_details(ctx, walk(ctx, entity))
    return ctx.screen


def start(
    model: Model, screen: Screen, variables: MutableMapping[str, str], startup_entity: str = ""
) -> Run[Screen]:
    """From the first screen of a new host session to the startup entity ("" is the home entity).

    Waits up to the model's connect timeout for the first screen that is an entity. A session that
    lacks a variable which an operation on the way needs (a sign-on without a user) is ready where
    it stands: a procedure that brings the variable goes on from there.

    Args:
        model: whose entities and operations.
        screen: the first one; it may still be empty.
        variables: the session's.
        startup_entity: where to.

    Raises:
        HostError: with details `screen`, `entity` and `path`.
    """
    ctx = Context(model, screen, variables)

    def first() -> Run[None]:
        seconds = model.host.connect_timeout
        if not (
            yield from ctx.wait(
                lambda one: ctx.answered(one) and ctx.recognise(one) is not None,
                seconds,
                "the first screen",
                ctx.quiet(one.name for one in model.entities),
            )
        ):
            near = ctx.nearest()
            raise UnknownScreen(nearest=near.entity, difference=near.difference)
        with suppress(MissingVariable):
            yield from walk(ctx, startup_entity or model.home)

    yield from with_details(ctx, first())
    return ctx.screen


def walk(ctx: Context, destination: str) -> Run[Entity]:
    """Go to an entity within a run.

    Raises:
        HostError: an operation failed, or there is no way.
    """
    visits: Counter[str] = Counter()
    here = yield from ctx.here()
    if not ctx.path:
        ctx.arrived(here)
    while not same(here.name, destination):
        visits[here.name] += 1
        if visits[here.name] > MAX_VISITS:
            raise NoRoute(source=here.name, destination=destination)
        operation = route(ctx.model, here.name, destination)[0]
        here = yield from perform(ctx, here, operation)
    return here


def with_details(ctx: Context, run: Run[T]) -> Generator[Step, Answer, T]:
    """Run on, and give every error what people need: the masked screen, the entity, the path."""
    try:
        return (yield from run)
    except VerdigrisError as error:
        for name, value in ctx.details().items():
            error.details.setdefault(name, value)
        facts = {name: ctx.covered(fact) for name, fact in error.facts.items()}
        if facts != error.facts:  # the host has put a secret into its own words
            raise type(error)(error.details, **facts) from None
        raise
