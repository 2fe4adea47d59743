"""The records of one page of a recordset, as they stand on a screen.

Pure. A record is a block of lines that lies wholly in the recordset's rows; its fields are
cut at their line and column. Blank records are recognised here, not by the readers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sesssrvr.model.names import find
from sesssrvr.model.recordset import RecordField, Recordset
from sesssrvr.terminal.screen import Screen


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        top, bottom: its first and last row.
        shift: columns its block lies to the right of the first one.
        texts: of its fields, in their order, without blanks at the ends.
    """

    top: int
    bottom: int
    shift: int
    texts: tuple[str, ...]

    @property
    def blank(self) -> bool:
        """Whether none of its fields holds anything."""
        return not any(self.texts)


def records(recordset: Recordset, screen: Screen) -> tuple[Record, ...]:
    """All records of the page, blank ones included; blocks side by side one after the other."""
    found: list[Record] = []
    for block in range(recordset.across):
        shift = block * recordset.across_width
        for top, bottom in _blocks(recordset, screen, shift):
            texts = tuple(_text(one, screen, top, bottom, shift) for one in recordset.fields)
            found.append(Record(top, bottom, shift, texts))
    return tuple(found)


def following(before: tuple[Record, ...], page: tuple[Record, ...]) -> tuple[Record, ...]:
    """The records of a page that the page before did not show at its end."""
    old, new = ([one.texts for one in records] for records in (before, page))
    for count in range(min(len(old), len(new)), 0, -1):
        if old[-count:] == new[:count]:
            return page[count:]
    return page


def current(recordset: Recordset, page: tuple[Record, ...], screen: Screen) -> int | None:
    """Which record of a page the bar is on; None when it is on none.

    Without a bar it is the first one.
    """
    bar = recordset.bar
    if bar is None:
        return 0
    for at, record in enumerate(page):
        there = replace(bar, row=record.top + bar.row - 1, column=bar.column + record.shift)
        if there.row <= record.bottom and there.matches(screen):
            return at
    return None


def place(recordset: Recordset, record: Record, name: str) -> tuple[RecordField, int, int]:
    """A field of a record with its row and column.

    Raises:
        KeyError: the recordset has no such field.
    """
    field = find(recordset.fields, name)
    if field is None:
        raise KeyError(name)
    return field, record.top + field.line - 1, field.column + record.shift


def _blocks(recordset: Recordset, screen: Screen, shift: int) -> Iterator[tuple[int, int]]:
    last = min(recordset.last_row, screen.rows)
    if recordset.delimiter == "lines":
        each = recordset.lines_each
        for top in range(recordset.first_row, last - each + 2, each):
            yield top, top + each - 1
        return
    starts = [
        row
        for row in range(recordset.first_row, last + 1)
        if _begins(recordset, screen, row, shift)
    ]
    if starts:
        yield from zip(starts, [*(row - 1 for row in starts[1:]), last], strict=True)


def _begins(recordset: Recordset, screen: Screen, row: int, shift: int) -> bool:
    length = len(recordset.at_text) or recordset.at_length
    text = screen.text(row, min(recordset.at_column + shift, screen.columns), length)
    match recordset.delimiter:
        case "text":
            return text == recordset.at_text
        case "any-number":
            return bool(text.strip()) and text.strip().replace(",", "").replace(".", "").isdecimal()
        case _:
            return bool(text.strip())


def _text(field: RecordField, screen: Screen, top: int, bottom: int, shift: int) -> str:
    row, column = top + field.line - 1, field.column + shift
    if row > bottom or column > screen.columns:
        return ""
    return screen.text(row, column, min(field.length, screen.columns - column + 1)).strip()
