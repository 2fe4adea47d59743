"""What is read from the captured screens, against what the model says about it.

A place that is one column off still reads something, and every call succeeds: only the text shows
it. So does a number column over words, and a text that does not fit where it is typed.
"""

from collections.abc import Iterator, Mapping

from sesssrvr.model.areas import area
from sesssrvr.model.convert import from_screen
from sesssrvr.model.entity import Entity
from sesssrvr.model.findings import Findings
from sesssrvr.model.model import Model
from sesssrvr.model.names import find
from sesssrvr.model.readings import ScreenReading, attribute_readings, record_readings
from sesssrvr.model.table import (
    Action,
    BranchStage,
    EntityStage,
    Procedure,
    ReadAttribute,
    ReadRecordset,
    SelectRecord,
    Source,
    Table,
    WriteAttribute,
)
from verdigris.errors import AttributeNotFound, BadHostValue
from verdigris.metadata import Column


def lint_readings(model: Model, found: Findings) -> None:
    """All findings about texts on captured screens."""
    for entity in model.entities:
        _cut(entity, found)
    for table in model.tables:
        shown = _shown(model, table)
        for procedure in table.procedures:
            for entity, action in _actions(model, procedure):
                _types(entity, table, action, found)
                _lengths(entity, f"{table.name}.{procedure.name}", action, shown, found)


def _cut(entity: Entity, found: Findings) -> None:
    """Each area that cuts a word on a captured screen, once."""
    seen: set[str] = set()
    for file, reading in _readings(entity):
        if reading.row and reading.problem and reading.name not in seen:
            seen.add(reading.name)
            found.warn(
                reading.origin,
                f'{reading.name} {reading.problem} on {file}: it reads "{reading.text}"',
                f"entity {entity.name}",
            )


def _types(entity: Entity, table: Table, action: Action, found: Findings) -> None:
    """Columns whose type is not that of the text shown."""
    for name, column_name in _read(action):
        column = find(table.columns, column_name)
        if column is None or column.type == "text":
            continue
        form = _form(entity, name)
        for file, reading in _readings(entity):
            if reading.name.casefold() != name.casefold():
                continue
            try:
                from_screen(reading.text, column, form)
            except BadHostValue:
                shown = "text that is not shown" if column.secret else f'"{reading.text}"'
                found.warn(
                    action.origin,
                    f"{column.type} column {column.name} reads {shown} from {reading.name} on {file}",
                    f"table {table.name}",
                )
                break


def _lengths(
    entity: Entity, procedure: str, action: Action, shown: Mapping[str, Column], found: Findings
) -> None:
    """Columns that take more characters than the place they are typed into holds."""
    for name, source in _written(action):
        column = shown.get(source.name.casefold()) if source.role in ("filter", "data") else None
        room = _room(entity, action, name)
        if column is not None and 0 < room < column.max_length:
            found.warn(
                action.origin,
                f"column {column.name} takes {column.max_length} characters, "
                f"{name} on entity {entity.name} holds {room}",
                f"procedure {procedure}",
            )


def _shown(model: Model, table: Table) -> Mapping[str, Column]:
    """The text columns whose length is not that of a longer place where another screen shows them.

    A column may be read as a word and typed as an abbreviation.
    """
    lengths: dict[str, int] = {}
    for procedure in table.procedures:
        for entity, action in _actions(model, procedure):
            for name, column in _read(action):
                for _, reading in _readings(entity):
                    if reading.name.casefold() == name.casefold():
                        key = column.casefold()
                        lengths[key] = max(lengths.get(key, 0), reading.length)
    return {
        one.name.casefold(): one
        for one in table.columns
        if one.type == "text" and lengths.get(one.name.casefold(), 0) < one.max_length
    }


def _readings(entity: Entity) -> Iterator[tuple[str, ScreenReading]]:
    for capture in entity.captures:
        for reading in attribute_readings(entity, capture.screen):
            yield capture.file, reading
        for recordset in entity.recordsets:
            for record in record_readings(recordset, capture.screen):
                for reading in record:
                    yield capture.file, reading


def _actions(model: Model, procedure: Procedure) -> Iterator[tuple[Entity, Action]]:
    for stage in procedure.path:
        stages: tuple[EntityStage, ...] = (
            stage.choices if isinstance(stage, BranchStage) else (stage,)
        )
        for one in stages:
            for action in one.actions:
                yield model.entity(one.entity), action


def _read(action: Action) -> Iterator[tuple[str, str]]:
    """Names of readings, and the columns they fill."""
    if isinstance(action, ReadAttribute):
        yield action.attribute, action.column
    elif isinstance(action, ReadRecordset):
        for one in action.fields:
            yield f"{action.recordset}.{one.field}", one.column


def _written(action: Action) -> Iterator[tuple[str, Source]]:
    if isinstance(action, WriteAttribute):
        yield action.attribute, action.source
    elif isinstance(action, SelectRecord):
        yield from action.writes


def _form(entity: Entity, name: str) -> str:
    owner, _, field = name.partition(".")
    recordset = find(entity.recordsets, owner) if field else None
    found = find(recordset.fields, field) if recordset else find(entity.attributes, owner)
    return found.format if found else ""


def _room(entity: Entity, action: Action, name: str) -> int:
    """Characters that fit where something is typed; 0 if that cannot be known."""
    if isinstance(action, SelectRecord):
        recordset = find(entity.recordsets, action.recordset)
        field = find(recordset.fields, name) if recordset else None
        return field.length if field else 0
    attribute = find(entity.attributes, name)
    rooms = []
    for capture in entity.captures if attribute else ():
        assert attribute is not None  # noqa: S101 - the loop is empty without one
        try:
            rooms.append(area(entity, attribute, capture.screen).length)
        except AttributeNotFound:
            continue
    return max(rooms, default=0)
