"""What a screen is recognised by: texts, fields, looks, counts, the cursor; alone, denied or in turn.

A pattern is a pure question about one screen. It answers yes or no (`matches`), how near the
screen comes (`nearness`, 0 to 1, exactly 1 when it matches), and in words what is different.
Hidden text is blank on every `Screen`, so no pattern can see it and no difference can tell it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Protocol

from sesssrvr.model.appearance import AppearanceIs
from sesssrvr.terminal.screen import TAIL, Field, Screen


MAX_TEXT: Final = 259
"""Characters of a pattern's text (product facts 5.1)."""


class Pattern(Protocol):
    """A question about a screen."""

    def matches(self, screen: Screen) -> bool:
        """Whether the screen shows it."""

    def nearness(self, screen: Screen) -> float:
        """How near the screen comes: 1.0 is a match."""

    def difference(self, screen: Screen) -> str:
        """What the screen shows instead, as a clause for a sentence."""


@dataclass(frozen=True, slots=True)
class TextAt:
    """A text at exactly one place; it may run over line ends."""

    text: str
    row: int
    column: int
    ignore_case: bool = False

    def matches(self, screen: Screen) -> bool:
        """Whether the text stands there; never on a screen too small to have the place."""
        if self.column > screen.columns:
            return False
        # Asked about every entity on every screen: no slice, no method in the common case.
        cells = screen.characters
        if cells.startswith(self.text, (self.row - 1) * screen.columns + self.column - 1):
            return True
        return (self.ignore_case or TAIL in cells) and self._looks_like(self._found(screen))

    def _looks_like(self, found: str) -> bool:
        if self.ignore_case:
            return found.casefold() == self.text.casefold()
        return found == self.text

    def nearness(self, screen: Screen) -> float:
        """The similarity of the two texts."""
        if self.matches(screen):
            return 1.0
        return 0.9 * SequenceMatcher(None, self._found(screen), self.text).ratio()

    def difference(self, screen: Screen) -> str:
        """Both texts and the place."""
        return (
            f'row {self.row} column {self.column} shows "{self._found(screen)}", not "{self.text}"'
        )

    def _found(self, screen: Screen) -> str:
        if self.row > screen.rows or self.column > screen.columns:
            return ""
        return screen.shown(self.row, self.column, len(self.text))


@dataclass(frozen=True, slots=True)
class TextWithin:
    """A text anywhere inside a rectangle, on one row."""

    text: str
    row: int
    column: int
    to_row: int
    to_column: int
    ignore_case: bool = False

    def matches(self, screen: Screen) -> bool:
        """Whether one of the rows holds the text between the columns."""
        wanted = self.text.casefold() if self.ignore_case else self.text
        for line in screen.lines()[self.row - 1 : self.to_row]:
            part = line[self.column - 1 : self.to_column].replace(TAIL, "")
            if wanted in (part.casefold() if self.ignore_case else part):
                return True
        return False

    def nearness(self, screen: Screen) -> float:
        """All or nothing: a text that is absent is near nowhere."""
        return float(self.matches(screen))

    def difference(self, screen: Screen) -> str:  # noqa: ARG002 - the protocol's signature
        """The text and the rectangle."""
        return (
            f'"{self.text}" is not in rows {self.row} to {self.to_row}, '
            f"columns {self.column} to {self.to_column}"
        )


@dataclass(frozen=True, slots=True)
class FieldCount:
    """How many fields, or input fields, the screen has."""

    minimum: int
    maximum: int
    inputs: bool = False

    def matches(self, screen: Screen) -> bool:
        """Whether the count lies between the two bounds."""
        return self.minimum <= self._count(screen) <= self.maximum

    def nearness(self, screen: Screen) -> float:
        """Falls with the distance to the nearer bound."""
        count = self._count(screen)
        away = max(self.minimum - count, count - self.maximum, 0)
        return 1 / (1 + away)

    def difference(self, screen: Screen) -> str:
        """Both counts."""
        kind = "input fields" if self.inputs else "fields"
        wanted = (
            str(self.minimum)
            if self.minimum == self.maximum
            else f"{self.minimum} to {self.maximum}"
        )
        return f"it has {self._count(screen)} {kind}, not {wanted}"

    def _count(self, screen: Screen) -> int:
        if not self.inputs:
            return len(screen.fields)
        return sum(not one.protected for one in screen.fields)


@dataclass(frozen=True, slots=True)
class CursorAt:
    """The cursor at a place, or (with column 0) anywhere in a row."""

    row: int
    column: int = 0

    def matches(self, screen: Screen) -> bool:
        """Whether the cursor stands there."""
        row, column = screen.place(screen.cursor)
        return row == self.row and self.column in (0, column)

    def nearness(self, screen: Screen) -> float:
        """Half for the right row."""
        if self.matches(screen):
            return 1.0
        return 0.5 if screen.place(screen.cursor)[0] == self.row else 0.0

    def difference(self, screen: Screen) -> str:
        """Both places."""
        row, column = screen.place(screen.cursor)
        wanted = f"row {self.row}" + (f" column {self.column}" if self.column else "")
        return f"the cursor is at row {row} column {column}, not {wanted}"


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field at a place, with attributes that are given or left open (None)."""

    row: int
    column: int
    protected: bool | None = None
    hidden: bool | None = None
    numeric: bool | None = None
    intensified: bool | None = None

    def matches(self, screen: Screen) -> bool:
        """Whether there is a field whose given attributes are all so."""
        found = self._field(screen)
        return found is not None and not self._wrong(found)

    def nearness(self, screen: Screen) -> float:
        """Half for a field of other attributes."""
        if self.matches(screen):
            return 1.0
        return 0.0 if self._field(screen) is None else 0.5

    def difference(self, screen: Screen) -> str:
        """The attributes that are not as wanted."""
        found = self._field(screen)
        place = f"at row {self.row} column {self.column}"
        if found is None:
            return f"there is no field {place}"
        wrong = ", ".join(
            f"{name}" if getattr(found, name) else f"not {name}" for name in self._wrong(found)
        )
        return f"the field {place} is {wrong}"

    def _field(self, screen: Screen) -> Field | None:
        if self.row > screen.rows or self.column > screen.columns:
            return None
        return screen.field_at(screen.offset(self.row, self.column))

    def _wrong(self, found: Field) -> list[str]:
        names = ("protected", "hidden", "numeric", "intensified")
        return [n for n in names if getattr(self, n) not in (None, getattr(found, n))]


@dataclass(frozen=True, slots=True)
class Not:
    """The screen must not show this."""

    pattern: Pattern

    def matches(self, screen: Screen) -> bool:
        """Whether the screen does not show it."""
        return not self.pattern.matches(screen)

    def nearness(self, screen: Screen) -> float:
        """All or nothing."""
        return float(self.matches(screen))

    def difference(self, screen: Screen) -> str:  # noqa: ARG002 - the protocol's signature
        """What it shows and should not."""
        return f"it shows what it must not ({describe(self.pattern)})"


@dataclass(frozen=True, slots=True)
class OneOf:
    """At least one of these."""

    patterns: tuple[Pattern, ...]

    def matches(self, screen: Screen) -> bool:
        """Whether any of them is shown."""
        return any(pattern.matches(screen) for pattern in self.patterns)

    def nearness(self, screen: Screen) -> float:
        """That of the nearest."""
        return max((pattern.nearness(screen) for pattern in self.patterns), default=0.0)

    def difference(self, screen: Screen) -> str:
        """That of the nearest."""
        nearest = max(self.patterns, key=lambda pattern: pattern.nearness(screen))
        return nearest.difference(screen)


def describe(pattern: Pattern) -> str:
    """A pattern in a few words, for problems and differences."""
    match pattern:
        case TextAt(text=text, row=row, column=column):
            return f'"{text}" at row {row} column {column}'
        case TextWithin(text=text, row=row, to_row=to_row):
            return f'"{text}" in rows {row} to {to_row}'
        case CursorAt(row=row, column=column):
            return f"cursor at row {row}" + (f" column {column}" if column else "")
        case FieldIs(row=row, column=column):
            return f"field at row {row} column {column}"
        case AppearanceIs(look=look, row=row, column=column):
            return f"{look} at row {row} column {column}"
        case Not(pattern=inner):
            return f"not {describe(inner)}"
        case OneOf(patterns=inner_ones):
            return " or ".join(describe(one) for one in inner_ones)
        case _:
            return "number of fields"


def single_patterns(patterns: Iterable[Pattern]) -> Iterator[Pattern]:
    """The patterns, and those that others are made of in their place."""
    for one in patterns:
        if isinstance(one, Not):
            yield from single_patterns((one.pattern,))
        elif isinstance(one, OneOf):
            yield from single_patterns(one.patterns)
        else:
            yield one
