"""The screen of a terminal at one moment, frozen; the same for every kind of host.

Law: a `Screen` never changes and never holds what the terminal does not show: characters of
non-display fields are blanks from the moment the screen is taken, so no log, fault, picture or
trace made from one can leak a password. Rows and columns are 1-based, as on the status line of
a terminal; offsets are 0-based, row by row. Tested in `tests/sesssrvr/terminal/test_capture.py`.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final, NamedTuple


TAIL: Final = "\u200b"
"""The second cell of a wide (East Asian) character in `Screen.characters`: a space of no width, so
that rows keep their columns when printed; no host can write it."""


class Run(NamedTuple):
    """Adjacent cells of one row with the same rendition, other than plain; on VT they serve as fields.

    Attributes:
        start: offset of the first cell.
        length: cells; a run ends with its row.
        bold, faint, italic, underline, blink, reverse, hidden: hidden ones read as blanks.
        foreground, background: -1 the default colour, 0-7 the ANSI ones, 8-15 the bright ones,
            then xterm's palette to 255.
    """

    start: int
    length: int
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    blink: bool = False
    reverse: bool = False
    hidden: bool = False
    foreground: int = -1
    background: int = -1

    def __repr__(self) -> str:
        on = [name for name in self._fields[2:-2] if getattr(self, name)]
        on += [f"{name} {n}" for name in self._fields[-2:] if (n := getattr(self, name)) >= 0]
        return f"<Run {self.start}+{self.length} {', '.join(on)}>"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a formatted screen.

    Attributes:
        start: offset of its first character (after the attribute on a 3270).
        length: characters; a field may run over the end of the screen to its beginning.
        protected, numeric, hidden, intensified, modified: from the field attribute
            (GA23-0059, field attributes). Hidden means non-display.
        colour, highlight: extended attributes by their codes; 0 is the default.
    """

    start: int
    length: int
    protected: bool = False
    numeric: bool = False
    hidden: bool = False
    intensified: bool = False
    modified: bool = False
    colour: int = 0
    highlight: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Screen:
    """A screen as it was at one moment.

    Attributes:
        rows, columns: its size.
        characters: rows x columns characters; nulls, attributes and hidden text are blanks.
        fields: in the order of their starts; empty on an unformatted or character-mode screen.
        cursor: offset of the cursor.
        locked: the keyboard takes no input now.
        version: grows with every change the host made.
        unlocks: how many times the host has unlocked the keyboard (flash screens: facts, section 7).
        alarm: how many times the host has sounded the alarm.
        connected: the host session is up and ready for screens.
        stale: the host's last write was not valid and changed nothing: what is shown is older than
            what the host meant, and no answer to the last key.
        kind: "3270", "5250" or "VT".
        runs: attribute runs of a character-mode screen, in order; plain cells are in none. On a
            3270 the characters whose rendition differs from their field's.
    """

    rows: int
    columns: int
    characters: str
    fields: tuple[Field, ...] = ()
    cursor: int = 0
    locked: bool = False
    version: int = 0
    unlocks: int = 0
    alarm: int = 0
    connected: bool = True
    stale: bool = False
    kind: str = "3270"
    runs: tuple[Run, ...] = ()
    _starts: tuple[int, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if len(self.characters) != self.rows * self.columns:
            raise ValueError(f"{len(self.characters)} characters for {self.rows} x {self.columns}")
        if self.fields and not self._starts:
            object.__setattr__(self, "_starts", tuple([f.start for f in self.fields]))

    def offset(self, row: int, column: int) -> int:
        """The offset of a 1-based place.

        Raises:
            ValueError: outside the screen.
        """
        if not (1 <= row <= self.rows and 1 <= column <= self.columns):
            raise ValueError(f"row {row} column {column} is outside {self.rows} x {self.columns}")
        return (row - 1) * self.columns + column - 1

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based row and column of an offset."""
        return offset // self.columns + 1, offset % self.columns + 1

    def text(self, row: int, column: int, length: int) -> str:
        """The text of `length` cells from a place on, across line ends, to the end of the screen."""
        start = self.offset(row, column)
        return self.characters[start : start + length].replace(TAIL, "")

    def at(self, offset: int, length: int) -> str:
        """The text of `length` cells from an offset on, wrapping at the end of the screen."""
        size = len(self.characters)
        start = offset % size
        taken = self.characters[start : start + length]
        if len(taken) < length:
            taken += self.characters[: length - len(taken)]
        return taken.replace(TAIL, "")

    def shown(self, row: int, column: int, count: int) -> str:
        """The `count` characters from a place on, to the end of the screen.

        A wide one counts once, though it takes two cells.
        """
        start = self.offset(row, column)
        if TAIL not in self.characters:
            return self.characters[start : start + count]
        return self.characters[start : start + self.cells(start, count)].replace(TAIL, "")

    def find(self, text: str) -> int:
        """The offset of the first place that shows a text, in a row or over its end; -1 for none."""
        if TAIL not in self.characters:
            return self.characters.find(text)
        at = self.characters.replace(TAIL, "").find(text)
        return at if at <= 0 else self.cells(0, at)

    def cells(self, offset: int, length: int) -> int:
        """How many cells from an offset on the next `length` characters take."""
        at, left = offset, length
        while left > 0 and at < len(self.characters):
            at += 1
            left -= 1
            while self.characters[at : at + 1] == TAIL:
                at += 1
        return at - offset

    def lines(self) -> tuple[str, ...]:
        """All rows, blanks kept."""
        width = self.columns
        return tuple(self.characters[i : i + width] for i in range(0, len(self.characters), width))

    def field_at(self, offset: int) -> Field | None:
        """The field at an offset; None on an attribute cell or an unformatted screen."""
        if not self.fields:
            return None
        found = self.fields[
            bisect_right(self._starts, offset) - 1
        ]  # before the first: the last one, which wraps
        return found if (offset - found.start) % len(self.characters) < found.length else None

    def field_text(self, wanted: Field) -> str:
        """The text of a field, blanks kept; blanks for a hidden one."""
        return self.at(wanted.start, wanted.length)

    def input_fields(self) -> tuple[Field, ...]:
        """The unprotected fields, in order."""
        return tuple(f for f in self.fields if not f.protected)

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines())

    def __repr__(self) -> str:
        row, column = self.place(self.cursor)
        state = "locked" if self.locked else "unlocked"
        return f"<Screen {self.kind} {self.rows}x{self.columns} cursor {row},{column} {state} version {self.version}>"
