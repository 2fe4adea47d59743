"""Session calls on the current recordset."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from sesssrvr.model.entity import Entity
from sesssrvr.model.expressions import Expression, Name, Shown, read_expression
from sesssrvr.model.interaction.interaction import Interaction, known
from sesssrvr.model.interaction.screen_calls import location
from sesssrvr.model.interpreter.paging import forward, read_pages, scroll
from sesssrvr.model.interpreter.stages import put_bar
from sesssrvr.model.interpreter.typing import free_keyboard, write_field
from sesssrvr.model.names import same
from sesssrvr.model.records import Record, place, records
from sesssrvr.model.recordset import RecordField, Recordset, Scroll
from sesssrvr.model.steps import Run, SetCursor
from sesssrvr.terminal.screen import Screen
from verdigris.errors import NotInModel, RecordNotFound
from verdigris.wire import session_calls as calls


Fits = Callable[[Record], bool]


# ---- which recordset, which record -------------------------------------------------------------


def _recordset(it: Interaction, entity: Entity, name: str = "") -> Recordset:
    wanted = name or it.recordset
    if not wanted:
        raise NotInModel(problem=f"entity {entity.name} has no recordset")
    return known(f"Entity {entity.name}", "recordset", entity.recordsets, wanted)


def _here(it: Interaction) -> Run[tuple[Entity, Recordset]]:
    entity = yield from it.here()
    return entity, _recordset(it, entity)


def _page(recordset: Recordset, screen: Screen) -> list[Record]:
    """The records on the screen, up to the blank one that ends them."""
    found = []
    for record in records(recordset, screen):
        if not record.blank:
            found.append(record)
        elif recordset.end_blank:
            break
    return found


def _current(it: Interaction, recordset: Recordset) -> Record:
    page = _page(recordset, it.ctx.screen)
    if not 1 <= it.index <= len(page):
        raise _absent(recordset, f"number {it.index} of {len(page)} on the screen")
    return page[it.index - 1]


def _absent(recordset: Recordset, criteria: str) -> RecordNotFound:
    return RecordNotFound(recordset=recordset.name, criteria=criteria)


def _set_index(it: Interaction, recordset: Recordset, index: int) -> None:
    count = len(_page(recordset, it.ctx.screen))
    if index > count:
        raise _absent(recordset, f"number {index} of {count} on the screen")
    it.index = index


# ---- reading -----------------------------------------------------------------------------------


def _fields(recordset: Recordset, names: Iterable[str]) -> list[RecordField]:
    owner = f"Recordset {recordset.name}"
    return [known(owner, "field", recordset.fields, name) for name in names] or [*recordset.fields]


def _texts(
    it: Interaction, recordset: Recordset, record: Record, fields: Iterable[RecordField]
) -> calls.Texts:
    return {one.name: _text(it, recordset, record, one) for one in fields}


def _text(it: Interaction, recordset: Recordset, record: Record, one: RecordField) -> str | None:
    if it.model.secret_areas.field(it.at, recordset.name, one.name):
        return None
    return it.ctx.covered(record.texts[recordset.fields.index(one)])


def _fits(it: Interaction, recordset: Recordset, expression: str) -> Fits:
    """Whether a record fits an expression, all names of which are checked first."""
    if not expression.strip():
        return lambda _: True
    wanted: Expression = read_expression(expression)
    for name in wanted.names():
        _lookup(it, recordset, None, name)
    return lambda record: wanted.holds(lambda name: _lookup(it, recordset, record, name))


def _lookup(it: Interaction, recordset: Recordset, record: Record | None, name: Name) -> Shown:
    if same(name.owner, "variables"):
        return it.shown_variable(name)
    if name.owner and not same(name.owner, recordset.name):
        raise NotInModel(problem=f"{name.owner}.{name.name} is not a field of {recordset.name}")
    (field,) = _fields(recordset, (name.name,))
    if it.model.secret_areas.field(it.at, recordset.name, field.name):
        raise NotInModel(problem=f"field {field.name} is secret and is not compared")
    return Shown("" if record is None else _text(it, recordset, record, field) or "", field.format)


def _following(
    it: Interaction, entity: Entity, recordset: Recordset, fits: Fits, most: int
) -> Run[list[Record]]:
    """The records after the current one that fit, page after page; the last is the current one then."""
    skip = min(it.index, len(_page(recordset, it.ctx.screen)))
    found: list[Record] = []

    def take(record: Record) -> bool:
        nonlocal skip
        if skip:
            skip -= 1
            return False
        if fits(record):
            found.append(record)
        return 0 < most <= len(found)

    yield from read_pages(it.ctx, entity, recordset, take)
    page = _page(recordset, it.ctx.screen)
    full = 0 < most <= len(found)
    it.index = page.index(found[-1]) + 1 if full and found[-1] in page else len(page)
    return found


def _record(it: Interaction, call: calls.GetCurrentRecord) -> Run[calls.Texts]:
    _, recordset = yield from _here(it)
    fields = _fields(recordset, call.fields)
    return _texts(it, recordset, _current(it, recordset), fields)


def _next(it: Interaction, call: calls.NextRecord) -> Run[calls.Texts | None]:
    entity, recordset = yield from _here(it)
    fits = _fits(it, recordset, call.expression)
    found = yield from _following(it, entity, recordset, fits, 1)
    return _texts(it, recordset, found[0], recordset.fields) if found else None


def _fetch(it: Interaction, call: calls.FetchRecords) -> Run[list[calls.Texts]]:
    entity, recordset = yield from _here(it)
    fields, fits = _fields(recordset, call.fields), _fits(it, recordset, call.expression)
    found = yield from _following(it, entity, recordset, fits, call.max_records)
    return [_texts(it, recordset, record, fields) for record in found]


# ---- moving ------------------------------------------------------------------------------------


def _name(it: Interaction, _: calls.GetCurrentRecordSetName) -> Run[str]:
    yield from it.here()
    return it.recordset


def _set_name(it: Interaction, call: calls.SetCurrentRecordSetByName) -> Run[None]:
    entity = yield from it.here()
    it.recordset, it.index = _recordset(it, entity, call.recordset).name, 0


def _index(it: Interaction, _: calls.GetCurrentRecordIndex) -> Run[int]:
    yield from _here(it)
    return it.index


def _put_index(it: Interaction, call: calls.SetCurrentRecordIndex) -> Run[None]:
    _, recordset = yield from _here(it)
    _set_index(it, recordset, call.index)


def _move(it: Interaction, call: calls.MoveCurrentRecordIndex) -> Run[int]:
    entity, recordset = yield from _here(it)
    count = len(_page(recordset, it.ctx.screen))
    if call.movement == "ScrollLineDown" and it.index < count:
        it.index += 1
    elif call.movement == "ScrollLineUp" and it.index > 1:
        it.index -= 1
    else:
        up = call.movement in ("ScrollLineUp", "ScrollEnd")
        yield from _scroll(it, entity, recordset, call.movement)
        now = len(_page(recordset, it.ctx.screen))
        it.index = now if up else min(1, now)
    return it.index


_INSTEAD: Final[Mapping[str, Scroll]] = {
    "ScrollLineDown": "ScrollPageDown",
    "ScrollLineUp": "ScrollPageUp",
}
"""What leaves a page by a line where only pages are scrolled."""


def _scroll(it: Interaction, entity: Entity, recordset: Recordset, movement: str) -> Run[None]:
    named = (cast(Scroll, movement), _INSTEAD.get(movement))
    by = next((found for one in named if one and (found := recordset.scroll(one))), None)
    if by is None:
        raise NotInModel(problem=f"recordset {recordset.name} has no operation {movement}")
    yield from scroll(it.ctx, entity, recordset, by)


# ---- selecting and writing ---------------------------------------------------------------------


def _select(it: Interaction, entity: Entity, recordset: Recordset) -> Run[None]:
    record = _current(it, recordset)
    if it.ctx.character_host:
        yield from put_bar(it.ctx, entity, recordset, record)
        return
    first = next((one for one in recordset.fields if one.write), recordset.fields[0])
    _, row, column = place(recordset, record, first.name)
    yield from free_keyboard(it.ctx)
    yield from it.ctx.do(SetCursor(row, column))


def _select_current(it: Interaction, _: calls.SelectCurrentRecord) -> Run[None]:
    entity, recordset = yield from _here(it)
    yield from _select(it, entity, recordset)


def _select_index(it: Interaction, call: calls.SelectRecordByIndex) -> Run[None]:
    entity, recordset = yield from _here(it)
    _set_index(it, recordset, call.index)
    yield from _select(it, entity, recordset)


def _select_filter(it: Interaction, call: calls.SelectRecordByFilter) -> Run[calls.Texts]:
    entity, recordset = yield from _here(it)
    record = yield from _one(it, entity, recordset, call.expression)
    yield from _select(it, entity, recordset)
    return _texts(it, recordset, record, recordset.fields)


def _one(it: Interaction, entity: Entity, recordset: Recordset, expression: str) -> Run[Record]:
    fits = _fits(it, recordset, expression)
    found = yield from _following(it, entity, recordset, fits, 1)
    if not found:
        raise _absent(recordset, "none after the current one fits the expression")
    return found[0]


def _writeable(recordset: Recordset, values: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in values.items():
        (field,) = _fields(recordset, (name,))
        if not field.write:
            raise NotInModel(problem=f"field {field.name} of {recordset.name} is not writeable")
        found[field.name] = value
    return found


def _write(
    it: Interaction, recordset: Recordset, record: Record, values: Mapping[str, str]
) -> Run[None]:
    for name, value in values.items():
        secret = it.model.secret_areas.field(it.at, recordset.name, name)
        yield from write_field(it.ctx, recordset, record, name, value, secret=secret)


def _update_current(it: Interaction, call: calls.UpdateCurrentRecord) -> Run[None]:
    _, recordset = yield from _here(it)
    values = _writeable(recordset, call.record)
    yield from _write(it, recordset, _current(it, recordset), values)


def _update_index(it: Interaction, call: calls.UpdateRecordByIndex) -> Run[None]:
    _, recordset = yield from _here(it)
    values = _writeable(recordset, call.record)
    _set_index(it, recordset, call.index)
    yield from _write(it, recordset, _current(it, recordset), values)


def _update_filter(it: Interaction, call: calls.UpdateRecordByFilter) -> Run[None]:
    entity, recordset = yield from _here(it)
    values = _writeable(recordset, call.record)
    record = yield from _one(it, entity, recordset, call.expression)
    yield from _write(it, recordset, record, values)


def _update(it: Interaction, call: calls.UpdateRecords) -> Run[int]:
    entity, recordset = yield from _here(it)
    values, fits = _writeable(recordset, call.record), _fits(it, recordset, call.expression)
    done = 0
    while not call.max_records or done < call.max_records:
        found = yield from _following(it, entity, recordset, fits, 1)
        if not found:
            break
        yield from _write(it, recordset, found[0], values)
        done += 1
    return done


def _insert(it: Interaction, call: calls.InsertRecord) -> Run[None]:
    entity, recordset = yield from _here(it)
    yield from _insert_one(it, entity, recordset, _writeable(recordset, call.record))


def _insert_several(it: Interaction, call: calls.InsertRecords) -> Run[int]:
    entity, recordset = yield from _here(it)
    for values in [_writeable(recordset, one) for one in call.records]:
        yield from _insert_one(it, entity, recordset, values)
    return len(call.records)


def _insert_one(
    it: Interaction, entity: Entity, recordset: Recordset, values: Mapping[str, str]
) -> Run[None]:
    before: tuple[Record, ...] | None = None
    for _ in range(recordset.max_pages):
        page = records(recordset, it.ctx.screen)
        blank = next((one for one in page if one.blank), None)
        if blank is not None:
            yield from _write(it, recordset, blank, values)
            places = [(one.top, one.shift) for one in _page(recordset, it.ctx.screen)]
            at = (blank.top, blank.shift)
            it.index = places.index(at) + 1 if at in places else len(places)
            return
        ended = page == before or any(one.matches(it.ctx.screen) for one in recordset.end)
        if ended or not (yield from forward(it.ctx, entity, recordset, page)):
            break
        before = page
    raise _absent(recordset, "a blank one to write into")


# ---- what the model says, and where things are -------------------------------------------------


def _recordset_data(it: Interaction, call: calls.GetRecordSetMetaData) -> calls.RecordSetMetaData:
    one = _recordset(it, it.named_entity(call.entity), call.recordset)
    names = tuple(field.name for field in one.fields)
    scrolls = tuple(by.name for by in one.scrolls)
    return calls.RecordSetMetaData(one.name, names, one.description, scrolls)


def _field_data(it: Interaction, call: calls.GetFieldMetaData) -> calls.FieldMetaData:
    entity = it.named_entity(call.entity)
    recordset = _recordset(it, entity, call.recordset)
    (one,) = _fields(recordset, (call.field,))
    secret = it.model.secret_areas.field(entity.name, recordset.name, one.name)
    return calls.FieldMetaData(one.name, one.length, one.description, one.line, one.write, secret)


def _areas(it: Interaction, call: calls.GetRecordSetLocations) -> dict[str, calls.ElementLocation]:
    entity = it.entity
    wanted = [_recordset(it, entity, name) for name in call.recordsets] or entity.recordsets
    return {one.name: _area(it, one) for one in wanted}


def _area(it: Interaction, one: Recordset) -> calls.ElementLocation:
    left = min(field.column for field in one.fields)
    right = max(field.column + field.length for field in one.fields)
    right += (one.across - 1) * one.across_width
    rows = one.last_row - one.first_row + 1
    return location(it, one.first_row, left, right - left, rows)


def _places(
    it: Interaction, call: calls.GetFieldLocations
) -> Run[dict[str, calls.ElementLocation]]:
    _, recordset = yield from _here(it)
    record, fields = _current(it, recordset), _fields(recordset, call.fields)
    found = {}
    for one in fields:
        _, row, column = place(recordset, record, one.name)
        found[one.name] = location(it, row, column, one.length)
    return found


LOOK: Final[Mapping[type, Callable[[Interaction, Any], Any]]] = {
    calls.GetRecordSetMetaData: _recordset_data,
    calls.GetFieldMetaData: _field_data,
    calls.GetRecordSetLocations: _areas,
}

RUN: Final[Mapping[type, Callable[[Interaction, Any], Run[Any]]]] = {
    calls.GetCurrentRecordSetName: _name,
    calls.SetCurrentRecordSetByName: _set_name,
    calls.GetFieldLocations: _places,
    calls.GetCurrentRecord: _record,
    calls.GetCurrentRecordIndex: _index,
    calls.SetCurrentRecordIndex: _put_index,
    calls.MoveCurrentRecordIndex: _move,
    calls.NextRecord: _next,
    calls.FetchRecords: _fetch,
    calls.SelectCurrentRecord: _select_current,
    calls.SelectRecordByIndex: _select_index,
    calls.SelectRecordByFilter: _select_filter,
    calls.UpdateCurrentRecord: _update_current,
    calls.UpdateRecordByIndex: _update_index,
    calls.UpdateRecordByFilter: _update_filter,
    calls.UpdateRecords: _update,
    calls.InsertRecord: _insert,
    calls.InsertRecords: _insert_several,
}
