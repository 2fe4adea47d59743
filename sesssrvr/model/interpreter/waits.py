"""The waits of an operation as questions about a screen.

A condition is made once, at the moment the wait begins, and then only looks at screens.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from sesssrvr.model import operation_commands as c
from sesssrvr.model.areas import area
from sesssrvr.model.entity import Entity
from sesssrvr.model.interpreter.context import Context
from sesssrvr.model.names import find
from sesssrvr.model.patterns import describe
from sesssrvr.model.records import place, records
from sesssrvr.terminal.screen import Screen
from verdigris.errors import AttributeNotFound


Condition: TypeAlias = Callable[[Screen], bool]
Made: TypeAlias = tuple[Condition, str]
"""A condition and what is awaited, in words."""


def condition(ctx: Context, entity: Entity, event: c.Event | c.WaitForMultipleEvents) -> Made:
    """The condition of a wait command."""
    return _MAKE[type(event)](ctx, entity, event)


def _patterns(_: Context, __: Entity, event: c.WaitForCondition) -> Made:
    said = " and ".join(describe(pattern) for pattern in event.patterns)
    return lambda screen: all(one.matches(screen) for one in event.patterns), said


def _string(_: Context, __: Entity, event: c.WaitForDisplayString) -> Made:
    if not event.row:
        return lambda screen: screen.find(event.text) >= 0, f'"{event.text}"'
    said = f'"{event.text}" at row {event.row} column {event.column}'

    def shown(screen: Screen) -> bool:
        fits = event.row <= screen.rows and event.column <= screen.columns
        return fits and screen.shown(event.row, event.column, len(event.text)) == event.text

    return shown, said


def _cursor(ctx: Context, entity: Entity, event: c.WaitForCursor) -> Made:
    if event.attribute:
        attribute = ctx.attribute(entity, event.attribute)

        def inside(screen: Screen) -> bool:
            try:
                where = area(entity, attribute, screen)
            except AttributeNotFound:
                return False
            start = screen.offset(where.row, where.column)
            return start <= screen.cursor < start + where.length

        return inside, f"the cursor in attribute {attribute.name}"

    def at(screen: Screen) -> bool:
        if event.row > screen.rows or event.column > screen.columns:
            return event.away
        offset = screen.offset(event.row, event.column)
        found = screen.field_at(offset) if event.field else None
        here = screen.cursor == offset or (
            found is not None and screen.field_at(screen.cursor) == found
        )
        return here is not event.away

    verb = "the cursor away from" if event.away else "the cursor at"
    return at, f"{verb} row {event.row} column {event.column}"


def _cursor_in_record(_: Context, entity: Entity, event: c.WaitForCursorAtRecordsetField) -> Made:
    recordset = find(entity.recordsets, event.recordset)
    said = f"the cursor in field {event.field} of recordset {event.recordset}"
    if recordset is None:
        return lambda _: False, said

    def inside(screen: Screen) -> bool:
        for record in records(recordset, screen):
            field, row, column = place(recordset, record, event.field)
            start = screen.offset(row, column)
            if start <= screen.cursor < start + field.length:
                return True
        return False

    return inside, said


def _keyboard(ctx: Context, _: Entity, __: c.WaitForKeyboardEnabled) -> Made:
    return ctx.answered, "the host to unlock the keyboard"


def _renewed(ctx: Context, _: Entity, __: c.WaitForNewHostScreen) -> Made:
    return ctx.renewed, "a new host screen"


def _update(ctx: Context, _: Entity, event: c.WaitForUpdate) -> Made:
    def part(screen: Screen) -> str:
        if not event.row or event.row > screen.rows or event.column > screen.columns:
            return screen.characters
        length = event.length or screen.columns - (event.column or 1) + 1
        return screen.text(event.row, event.column or 1, length)

    before = part(ctx.before_key)
    said = f"a change at row {event.row}" if event.row else "a change of the screen"
    return lambda screen: part(screen) != before, said


def _several(ctx: Context, entity: Entity, event: c.WaitForMultipleEvents) -> Made:
    made = [condition(ctx, entity, one) for one in event.events]
    quantor = all if event.mode == "all" else any
    said = (" and " if event.mode == "all" else " or ").join(words for _, words in made)
    return lambda screen: quantor(one(screen) for one, _ in made), said


_MAKE: Final[Mapping[type, Callable[[Context, Entity, Any], Made]]] = {
    c.WaitForCondition: _patterns,
    c.WaitForDisplayString: _string,
    c.WaitForCursor: _cursor,
    c.WaitForCursorAtRecordsetField: _cursor_in_record,
    c.WaitForKeyboardEnabled: _keyboard,
    c.WaitForNewHostScreen: _renewed,
    c.WaitForUpdate: _update,
    c.WaitForMultipleEvents: _several,
}
