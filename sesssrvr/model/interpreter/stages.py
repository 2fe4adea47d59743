"""Running the path of a procedure: what is done on each entity.

A path's stages are done once each, in order. What is written comes from the order, the
variables or the model; what is read becomes rows. Only what is asked for is read.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sesssrvr.model.areas import text
from sesssrvr.model.convert import equal, from_screen, to_screen
from sesssrvr.model.entity import Entity
from sesssrvr.model.interpreter.call import CheckedCall, Row
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.interpreter.navigate import walk
from sesssrvr.model.interpreter.paging import move_bar, read_pages, scroll
from sesssrvr.model.interpreter.run_operation import perform
from sesssrvr.model.interpreter.typing import write_attribute, write_field
from sesssrvr.model.names import find, same
from sesssrvr.model.records import Record, current, records
from sesssrvr.model.recordset import RecordField, Recordset
from sesssrvr.model.steps import Run
from sesssrvr.model.table import (
    BranchStage,
    EntityStage,
    Match,
    Perform,
    ReadAttribute,
    ReadRecordset,
    SelectRecord,
    Source,
    Stage,
    WriteAttribute,
)
from verdigris.errors import BadValue, RecordNotFound, WrongDestination


class Reading:
    """The rows of one procedure while they come in.

    Attributes:
        single: values of attributes: the one row, or part of every row.
        rows: of recordsets; None until one is read.
    """

    __slots__ = ("order", "rows", "single")

    def __init__(self, order: CheckedCall) -> None:
        self.order = order
        self.single: Row = {}
        self.rows: list[Row] | None = None

    def __repr__(self) -> str:
        return f"<Reading {len(self.rows or ())} rows>"

    def take(self, row: Row) -> bool:
        """Add a row if the filters keep it; True when there are enough."""
        rows = self.rows = [] if self.rows is None else self.rows
        if self.order.keeps(row, complete=False):
            rows.append(row)
        return self.order.full(len(rows))

    def result(self) -> list[Row]:
        """All rows: what was read, and filters that are outputs too."""
        if self.rows is None:
            rows = [dict(self.single)] if self.single else []
        else:
            rows = [{**self.single, **row} for row in self.rows]
        kept = [row for row in rows if self.order.keeps(row, complete=True)]
        return [{**self.order.filters, **row} for row in kept]


def run_stage(ctx: Context, reading: Reading, stage: Stage) -> Run[None]:
    """Do what is to be done on one entity, gone to if need be.

    Raises:
        HostError, RequestError: what could not be done.
    """
    at = _chosen(ctx, (yield from ctx.here()), stage) if isinstance(stage, BranchStage) else stage
    entity = yield from _at(ctx, at)
    for action in at.actions:
        if isinstance(action, Perform):
            operation = find(entity.operations, action.operation)
            if operation is None:
                raise KeyError(action.operation)
            entity = yield from perform(ctx, entity, operation)
        else:
            yield from _DO[type(action)](ctx, reading, entity, action)


def _at(ctx: Context, at: EntityStage) -> Run[Entity]:
    entity = ctx.entity
    if entity is not None and same(entity.name, at.entity) and ctx.answered(ctx.screen):
        return entity
    return (yield from walk(ctx, at.entity))


def _chosen(ctx: Context, here: Entity, branch: BranchStage) -> EntityStage:
    for at in branch.choices:
        if same(at.entity, here.name):
            return at
    raise WrongDestination(
        operation=ctx.operation,
        actual=here.name,
        expected=", ".join(at.entity for at in branch.choices),
    )


# ---- writing ---------------------------------------------------------------------------------


def _write(ctx: Context, reading: Reading, entity: Entity, action: WriteAttribute) -> Run[None]:
    attribute = ctx.attribute(entity, action.attribute)
    value, secret = _typed(ctx, reading.order, action.source, attribute.format)
    if value is None:
        if action.absent == "keep":
            return
        value = ""
    name = action.source.name if action.source.role in ("filter", "data") else attribute.name
    yield from write_attribute(ctx, entity, attribute.name, value, secret=secret, column=name)


def _typed(ctx: Context, order: CheckedCall, source: Source, form: str) -> tuple[str | None, bool]:
    """The text to type, None when the caller gave no value, and whether it is secret."""
    if source.role == "text":
        return source.name, False
    if source.role == "variable":
        return ctx.variable(source.name), ctx.is_secret(source.name)
    column = order.column(source.name)
    values = order.filters if source.role == "filter" else order.data
    if column.name not in values:
        return None, column.secret
    return to_screen(values[column.name], column, form), column.secret


# ---- reading ---------------------------------------------------------------------------------


def _read(ctx: Context, reading: Reading, entity: Entity, action: ReadAttribute) -> Run[None]:
    attribute = ctx.attribute(entity, action.attribute)
    column = reading.order.column(action.column)
    shown = text(entity, attribute, ctx.screen)
    reading.single[column.name] = from_screen(shown, column, attribute.format)
    yield from ()


def _read_records(
    ctx: Context, reading: Reading, entity: Entity, action: ReadRecordset
) -> Run[None]:
    recordset = _recordset(entity, action.recordset)
    wanted = [
        (at, field, reading.order.column(one.column))
        for one in action.fields
        for at, field in enumerate(recordset.fields)
        if same(field.name, one.field)
    ]

    def take(record: Record) -> bool:
        return reading.take(
            {
                column.name: from_screen(record.texts[at], column, field.format)
                for at, field, column in wanted
            }
        )

    reading.rows = reading.rows or []
    top = recordset.scroll("ScrollHome")
    if action.from_top and top is not None:
        yield from scroll(ctx, entity, recordset, top)
    yield from read_pages(ctx, entity, recordset, take)


def _select(ctx: Context, reading: Reading, entity: Entity, action: SelectRecord) -> Run[None]:
    recordset = _recordset(entity, action.recordset)
    found: list[Record] = []

    def take(record: Record) -> bool:
        if all(_matches(ctx, reading.order, recordset, record, one) for one in action.matches):
            found.append(record)
        return bool(found)

    yield from read_pages(ctx, entity, recordset, take)
    if not found:
        criteria = ", ".join(f"{one.field} as {one.source.name}" for one in action.matches)
        raise RecordNotFound(recordset=recordset.name, criteria=criteria)
    if ctx.character_host and not action.writes:
        yield from put_bar(ctx, entity, recordset, found[0])
    for name, source in action.writes:
        form = _field(recordset, name).format
        value, secret = _typed(ctx, reading.order, source, form)
        yield from write_field(ctx, recordset, found[0], name, value or "", secret=secret)


def put_bar(ctx: Context, entity: Entity, recordset: Recordset, wanted: Record) -> Run[None]:
    """Move the bar of a character host's list from the current record to the one wanted.

    Raises:
        RecordNotFound: the bar is on no record, or not on this one.
        HostError: it did not come to this one.
    """
    if recordset.scroll("ScrollLineDown") is None:
        return
    page = records(recordset, ctx.screen)
    at = current(recordset, page, ctx.screen)
    if at is not None:
        to = page.index(wanted)
        by = recordset.scroll("ScrollLineDown" if to > at else "ScrollLineUp")
        if by is not None:
            yield from move_bar(ctx, entity, recordset, by, page, to)
        now = records(recordset, ctx.screen)
        at = current(recordset, now, ctx.screen)
        if recordset.bar is None or (at is not None and now[at].texts == wanted.texts):
            return
    raise RecordNotFound(recordset=recordset.name, criteria="the bar on the record found")


def _matches(
    ctx: Context, order: CheckedCall, recordset: Recordset, record: Record, match: Match
) -> bool:
    field = _field(recordset, match.field)
    shown = record.texts[recordset.fields.index(field)]
    source = match.source
    if source.role in ("filter", "data"):
        column = order.column(source.name)
        wanted = (order.filters if source.role == "filter" else order.data).get(column.name)
        value = from_screen(shown, column, field.format)
        return equal(wanted, value, column, case_sensitive=order.case_sensitive)
    text, _ = _typed(ctx, order, source, "")
    return shown == (text or "").strip()


def _field(recordset: Recordset, name: str) -> RecordField:
    found = find(recordset.fields, name)
    if found is None:
        raise BadValue(column=name, problem=f"recordset {recordset.name} has no such field")
    return found


def _recordset(entity: Entity, name: str) -> Recordset:
    found = find(entity.recordsets, name)
    if found is None:
        raise KeyError(name)
    return found


_DO: Final[Mapping[type, Callable[[Context, Reading, Entity, Any], Run[None]]]] = {
    WriteAttribute: _write,
    ReadAttribute: _read,
    ReadRecordset: _read_records,
    SelectRecord: _select,
}
