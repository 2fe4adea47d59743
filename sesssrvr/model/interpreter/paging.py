"""Reading recordsets: page after page, record after record.

A page is read once, in the order of its records, and the reader may stop at any record.
More pages than the recordset allows is error 9408.
"""

from collections.abc import Callable
from dataclasses import replace

from sesssrvr.model.entity import Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.obey import obey
from sesssrvr.model.interpreter.run_operation import arrive, late
from sesssrvr.model.operation import Operation
from sesssrvr.model.records import Record, current, following, records
from sesssrvr.model.recordset import Recordset, Scrolling
from sesssrvr.model.steps import Run
from sesssrvr.terminal.screen import Screen
from verdigris.errors import TooManyPages


def read_pages(
    ctx: Context, entity: Entity, recordset: Recordset, take: Callable[[Record], bool]
) -> Run[None]:
    """Hand every record to `take`, scrolling on, until it says True or the recordset ends.

    Raises:
        TooManyPages: the recordset does not end within its limit.
        HostError: a page did not come.
    """
    before: tuple[Record, ...] | None = None
    heading = _heading(ctx, entity, recordset)
    for _ in range(recordset.max_pages):
        page = records(recordset, ctx.screen)
        if _heading(ctx, entity, recordset) not in (heading, ""):
            return
        if recordset.end_repeated and page == before:
            return
        for record in following(before, page) if recordset.overlap and before else page:
            if record.blank and recordset.end_blank:
                return
            if not record.blank and take(record):
                return
        if any(one.matches(ctx.screen) for one in recordset.end):
            return
        if not (yield from forward(ctx, entity, recordset, page)):
            return
        before = page
    raise TooManyPages(recordset=recordset.name, limit=recordset.max_pages)


def _heading(ctx: Context, entity: Entity, recordset: Recordset) -> str:
    """What stays the same on all pages; "" where nothing needs to."""
    if not recordset.end_changed:
        return ""
    return ctx.shown(entity, ctx.attribute(entity, recordset.end_changed))


def forward(
    ctx: Context, entity: Entity, recordset: Recordset, page: tuple[Record, ...]
) -> Run[bool]:
    """Go to the next page; False when there is no way to.

    A list that knows lines only is pushed on by its bar: to the last record shown, and one further.
    """
    by = recordset.scroll("ScrollPageDown")
    if by is not None:
        yield from scroll(ctx, entity, recordset, by)
        return True
    by = recordset.scroll("ScrollLineDown") if recordset.bar and recordset.overlap else None
    at = current(recordset, page, ctx.screen)
    if by is None or at is None:
        return False
    last = max(at, *(n for n, record in enumerate(page) if not record.blank))
    yield from move_bar(ctx, entity, recordset, by, page, last)
    yield from scroll(ctx, entity, recordset, by)
    return True


def move_bar(
    ctx: Context,
    entity: Entity,
    recordset: Recordset,
    by: Scrolling,
    page: tuple[Record, ...],
    to: int,
) -> Run[None]:
    """Push the bar from the current record of a page to another, and wait until it is there.

    A host draws the moves one by one, with pauses when it is busy: a screen on its way would be
    taken for the answer to the next key, and an unchanged page for the end of the list.

    Raises:
        HostError: the entity did not come back, or the bar did not come to the record.
    """
    at = current(recordset, page, ctx.screen) or 0
    yield from scroll(ctx, entity, recordset, by, abs(to - at))

    def there(screen: Screen) -> bool:
        now = records(recordset, screen)
        bar = current(recordset, now, screen)
        return bar is not None and (bar == to if now == page else now[bar].texts == page[to].texts)

    if to == at or recordset.bar is None or there(ctx.screen):
        return
    what = f"{entity.name} with the bar of {recordset.name} on its record {to + 1}"
    if not (yield from ctx.wait(there, by.timeout, what, ctx.quiet((entity.name,)))):
        raise late(ctx, replace(scrolling(entity, recordset, by), destination=what))


def scroll(
    ctx: Context, entity: Entity, recordset: Recordset, by: Scrolling, times: int = 1
) -> Run[None]:
    """A scroll operation, so many times, and the arrival at the same entity.

    Raises:
        HostError: the entity did not come back.
    """
    operation = scrolling(entity, recordset, by)
    ctx.operation = operation.name
    if not times:
        return
    for _ in range(times):
        yield from obey(ctx, entity, by.commands)
    yield from arrive(ctx, entity, operation, recordset.end)


def scrolling(entity: Entity, recordset: Recordset, by: Scrolling) -> Operation:
    """A scroll operation as an operation that arrives where it began."""
    return Operation(f"{recordset.name}.{by.name}", entity.name, timeout=by.timeout)
