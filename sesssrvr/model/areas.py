"""Where an attribute is on a screen.

Pure. A place is given by row and column, or found from a label: at a distance from it, or in
the first field after it (for a written attribute: the first input field). A place that is not on
the screen is error 9410, never a place somewhere else.
"""

from dataclasses import dataclass

from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.terminal.screen import Field, Screen
from verdigris.errors import AttributeNotFound


@dataclass(frozen=True, slots=True)
class Area:
    """A stretch of the screen, and the field it lies in."""

    row: int
    column: int
    length: int
    field: Field | None = None

    @property
    def hidden(self) -> bool:
        """It lies in a non-display field."""
        return self.field is not None and self.field.hidden


def area(entity: Entity, attribute: Attribute, screen: Screen) -> Area:
    """Where the attribute is.

    Raises:
        AttributeNotFound: its label or its place is not on the screen.
    """
    try:
        offset = _offset(attribute, screen)
    except ValueError as problem:
        raise AttributeNotFound(
            attribute=attribute.name, entity=entity.name, problem=problem
        ) from None
    field = screen.field_at(offset)
    length = attribute.length or _rest(screen, offset, field)
    row, column = screen.place(offset)
    return Area(row, column, length, field)


def text(entity: Entity, attribute: Attribute, screen: Screen) -> str:
    """What the attribute shows, blanks kept.

    Raises:
        AttributeNotFound: its label or its place is not on the screen.
    """
    where = area(entity, attribute, screen)
    return screen.text(where.row, where.column, where.length)


def _offset(attribute: Attribute, screen: Screen) -> int:
    if not attribute.label:
        return screen.offset(attribute.row, attribute.column)
    at = screen.find(attribute.label)
    if at < 0:
        raise ValueError(f'the label "{attribute.label}" is not shown')
    if attribute.right is not None or attribute.down:
        row, column = screen.place(at)
        return screen.offset(row + attribute.down, column + (attribute.right or 0))
    if not screen.fields:
        return _behind(attribute, screen, at)
    end = at + len(attribute.label.rstrip())
    for field in screen.fields:
        if field.start >= end and not (attribute.writable and field.protected):
            return field.start
    raise ValueError(f'there is no field after the label "{attribute.label}"')


def _behind(attribute: Attribute, screen: Screen, at: int) -> int:
    """The cell after a label where there are no fields."""
    end = at + screen.cells(at, len(attribute.label))
    if end // screen.columns != at // screen.columns:
        raise ValueError(f'the label "{attribute.label}" ends its row')
    return end


def _rest(screen: Screen, offset: int, field: Field | None) -> int:
    if field is None:
        return screen.columns - offset % screen.columns
    return field.length - (offset - field.start) % len(screen.characters)
