"""Reading recordsets: page after page, record after record.

Law: a page is read once, in the order of its records, and the reader may stop at any record.
More pages than the recordset allows is error 9408.
"""

from collections.abc import Callable

from sesssrvr.model.entity import Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.obey import obey
from sesssrvr.model.interpreter.operation import arrive
from sesssrvr.model.operation import Operation
from sesssrvr.model.records import Record, following, records
from sesssrvr.model.recordset import Recordset, Scrolling
from sesssrvr.model.steps import Run
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
    for _ in range(recordset.max_pages):
        page = records(recordset, ctx.screen)
        if recordset.end_repeated and page == before:
            return
        for record in following(before, page) if recordset.overlap and before else page:
            if record.blank and recordset.end_blank:
                return
            if not record.blank and take(record):
                return
        forward = recordset.scroll("ScrollPageDown")
        if forward is None or any(one.matches(ctx.screen) for one in recordset.end):
            return
        yield from scroll(ctx, entity, recordset, forward)
        before = page
    raise TooManyPages(recordset=recordset.name, limit=recordset.max_pages)


def scroll(ctx: Context, entity: Entity, recordset: Recordset, by: Scrolling) -> Run[None]:
    """One scroll operation, and its arrival at the same entity.

    Raises:
        HostError: the entity did not come back.
    """
    operation = Operation(f"{recordset.name}.{by.name}", entity.name, timeout=by.timeout)
    ctx.operation = operation.name
    yield from obey(ctx, entity, by.commands)
    yield from arrive(ctx, entity, operation, recordset.end)
