"""What a model reads from a screen of an entity, for the person who writes the model.

Pure. Each attribute and the first records of each recordset, with the places they are cut from
and what is odd about the text: the eye compares them with the screen, instead of counting columns.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sesssrvr.model.areas import area
from sesssrvr.model.entity import Attribute, Entity
from sesssrvr.model.masking import masked
from sesssrvr.model.model import Model
from sesssrvr.model.names import Origin
from sesssrvr.model.records import Record, records
from sesssrvr.model.recordset import Recordset
from sesssrvr.terminal.screen import Screen
from verdigris.errors import AttributeNotFound


RECORDS: Final = 3
"""Records of a recordset that are shown: enough to see whether the columns are right."""


@dataclass(frozen=True, slots=True)
class ScreenReading:
    """One text that a model reads from a screen.

    Attributes:
        owner: the attribute, or the recordset.
        field: the record field; "" for an attribute.
        row, column, length: where it is read; 0 if it is not on the screen.
        text: without the blanks at its end.
        problem: why nothing can be read; or "", or a remark such as a word cut in two.
    """

    owner: str
    field: str
    row: int
    column: int
    length: int
    text: str
    problem: str
    origin: Origin

    @property
    def name(self) -> str:
        """The attribute, or recordset and field."""
        return f"{self.owner}.{self.field}" if self.field else self.owner

    def __str__(self) -> str:
        """One line: name, row, column and length, what is read, and what is odd."""
        place = f"{self.row},{self.column} length {self.length}" if self.row else "nowhere"
        remark = f"  <- {self.problem}" if self.problem else ""
        return f'{self.name} ({place}): "{self.text}"{remark}'


def attribute_readings(entity: Entity, screen: Screen) -> tuple[ScreenReading, ...]:
    """What each attribute shows, in the order of the model."""
    claimed = _claimed(entity, screen)
    return tuple(_attribute(entity, one, screen, claimed) for one in entity.attributes)


def record_readings(recordset: Recordset, screen: Screen) -> Iterator[tuple[ScreenReading, ...]]:
    """The fields of each record that is not blank; a blank one ends them if it ends the recordset."""
    for record in records(recordset, screen):
        if not record.blank:
            yield tuple(_fields(recordset, record, screen))
        elif recordset.end_blank:
            return


def readings_of(model: Model, entity: Entity, screen: Screen) -> Iterator[str]:
    """Lines that say what is read from a screen of an entity, secrets masked."""
    safe = masked(model, screen)
    for reading in attribute_readings(entity, safe):
        yield str(reading)
    for recordset in entity.recordsets:
        found = list(record_readings(recordset, safe))
        for number, record in enumerate(found[:RECORDS], 1):
            texts = ", ".join(f'{one.field} "{one.text}"' for one in record)
            yield f"{recordset.name} record {number} (row {record[0].row}): {texts}"
            yield from (f"  {one}" for one in record if one.problem)
        more = len(found) - RECORDS
        if more > 0:
            yield f"{recordset.name}: {more} more on this page"
        if not found:
            yield f"{recordset.name}: no records in rows {recordset.first_row} to {recordset.last_row}"


def _attribute(
    entity: Entity, attribute: Attribute, screen: Screen, claimed: frozenset[int]
) -> ScreenReading:
    try:
        here = area(entity, attribute, screen)
    except AttributeNotFound as error:
        problem = error.facts["problem"]
        return ScreenReading(attribute.name, "", 0, 0, 0, "", str(problem), attribute.origin)
    text = screen.text(here.row, here.column, here.length).rstrip()
    cut = "" if here.hidden else _cut(screen, here.row, here.column, here.length, claimed)
    return ScreenReading(
        attribute.name, "", here.row, here.column, here.length, text, cut, attribute.origin
    )


def _fields(recordset: Recordset, record: Record, screen: Screen) -> Iterator[ScreenReading]:
    claimed = frozenset(
        offset
        for one in recordset.fields
        if record.top + one.line - 1 <= screen.rows
        for offset in _edges(
            screen, record.top + one.line - 1, one.column + record.shift, one.length
        )
    )
    for one, text in zip(recordset.fields, record.texts, strict=True):
        row, column = record.top + one.line - 1, one.column + record.shift
        outside = row > record.bottom or column > screen.columns
        cut = "" if outside else _cut(screen, row, column, one.length, claimed)
        yield ScreenReading(
            recordset.name, one.name, row, column, one.length, text, cut, one.origin
        )


def _cut(screen: Screen, row: int, column: int, length: int, claimed: frozenset[int]) -> str:
    """Says which word is cut by an edge of an area; "" if none is.

    A neighbour in another field of the screen, or that another area of the model begins or ends
    with, is no part of the word: some hosts leave no blank between two columns.
    """
    first = screen.offset(row, column)
    last = min(first + length, len(screen.characters)) - 1
    for inside, outside, edge in ((first, first - 1, "begins"), (last, last + 1, "ends")):
        if (
            inside // screen.columns == outside // screen.columns
            and (screen.characters[inside] + screen.characters[outside]).isalnum()
            and screen.field_at(inside) == screen.field_at(outside)
            and outside not in claimed
        ):
            return f"{edge} inside {_word(screen, inside)}"
    return ""


def _word(screen: Screen, at: int) -> str:
    """The letters and digits around a cell, within its row."""
    line = screen.lines()[at // screen.columns]
    start = end = at % screen.columns
    while start > 0 and line[start - 1].isalnum():
        start -= 1
    while end + 1 < len(line) and line[end + 1].isalnum():
        end += 1
    return f'"{line[start : end + 1]}"'


def _claimed(entity: Entity, screen: Screen) -> frozenset[int]:
    return frozenset(_attribute_edges(entity, entity.attributes, screen))


def _attribute_edges(
    entity: Entity, attributes: Iterable[Attribute], screen: Screen
) -> Iterator[int]:
    for one in attributes:
        try:
            here = area(entity, one, screen)
        except AttributeNotFound:
            continue
        yield from _edges(screen, here.row, here.column, here.length)


def _edges(screen: Screen, row: int, column: int, length: int) -> Iterator[int]:
    """Offsets of the first and last cell of an area, where they are on the screen."""
    if row <= screen.rows and column <= screen.columns:
        yield screen.offset(row, column)
        yield screen.offset(row, column) + length - 1
