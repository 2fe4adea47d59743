"""The format table of a 5250 display: its input fields, and what may be typed into them.

Law: fields are kept in the order of their places, no two begin at one place, and a field has at
least one cell; so there are never more of them than cells. SC30-3533, "Format table" and "Start of
Field order": bits are numbered there from the left, masks here are the same bits.
Tested in `tests/sesssrvr/terminal/tn5250/test_properties.py`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from enum import IntEnum
from typing import Final


# Field format word.
FORMAT_WORD, FORMAT_MASK = 0x4000, 0xC000
BYPASS, DUP_ALLOWED, MODIFIED = 0x2000, 0x1000, 0x0800
AUTO_ENTER, EXIT_REQUIRED, MONOCASE, MANDATORY_ENTRY = 0x0080, 0x0040, 0x0020, 0x0008
ADJUST: Final = 0x0007
ADJUST_ZERO, ADJUST_BLANK, MANDATORY_FILL = 5, 6, 7

# Field control words: the high byte says what it is about.
CONTROL_WORD, CONTROL_MASK = 0x8000, 0xC000
RESEQUENCE: Final = 0x80
CONTINUED: Final = 0x86
FIRST, LAST, MIDDLE = 0x8601, 0x8602, 0x8603
WORD_WRAP: Final = 0x8680
TRANSPARENT: Final = 0x84
PROGRESSION: Final = 0x88
# Wide characters (DDS types J, G, E, O): pairs between SO and SI; nothing but pairs, without SO and SI;
# one kind or the other; both mixed. Which of the first two has SO and SI is measured on IBM i
# (asaomaro/ts5250, 20260921-g-field-sosi).
PAIRS, PAIRS_ONLY, EITHER, OPEN = 0x8200, 0x8220, 0x8240, 0x8280
MODULUS_10, MODULUS_11 = 0xB1A0, 0xB140
END_OF_SEQUENCE: Final = 0xFF


class Shift(IntEnum):
    """What a field takes (format word, bits 5 to 7)."""

    ALPHA = 0
    ALPHA_ONLY = 1
    NUMERIC_SHIFT = 2
    NUMERIC_ONLY = 3
    KATAKANA = 4
    DIGITS_ONLY = 5
    READER = 6
    SIGNED = 7


class InputField:
    """One entry of the format table.

    Attributes:
        start, length: its cells; the attribute is before the first.
        word: the field format word; `modified` is its MDT bit.
        controls: field control words.
    """

    __slots__ = ("controls", "length", "start", "word")

    def __init__(self, start: int, length: int, word: int, controls: tuple[int, ...] = ()) -> None:
        self.start, self.length, self.word, self.controls = start, length, word, controls

    @property
    def end(self) -> int:
        """The cell after its last one."""
        return self.start + self.length

    @property
    def bypass(self) -> bool:
        """The operator cannot type into it."""
        return bool(self.word & BYPASS)

    @property
    def modified(self) -> bool:
        """Its modified data tag."""
        return bool(self.word & MODIFIED)

    @modified.setter
    def modified(self, on: bool) -> None:
        self.word = self.word | MODIFIED if on else self.word & ~MODIFIED

    @property
    def shift(self) -> Shift:
        """What may be typed."""
        return Shift(self.word >> 8 & 7)

    @property
    def signed(self) -> bool:
        """Its last cell is the sign."""
        return self.shift is Shift.SIGNED

    @property
    def adjust(self) -> int:
        """One of ADJUST_ZERO, ADJUST_BLANK, MANDATORY_FILL; 0 for none (signed ones are adjusted)."""
        found = self.word & ADJUST
        if self.signed and found not in (ADJUST_ZERO, ADJUST_BLANK):
            return ADJUST_BLANK
        return found if found in (ADJUST_ZERO, ADJUST_BLANK, MANDATORY_FILL) else 0

    @property
    def to_be_filled(self) -> bool:
        """It has to be full once something has been typed into it; its sign does not count."""
        return self.word & ADJUST == MANDATORY_FILL

    @property
    def needs_exit(self) -> bool:
        """Data are complete only when the operator has left it with a field exit key."""
        return bool(self.word & EXIT_REQUIRED) or self.adjust in (ADJUST_ZERO, ADJUST_BLANK)

    @property
    def part(self) -> int:
        """FIRST, MIDDLE or LAST of a continued field; 0 for a whole one."""
        if not self.controls:
            return 0
        return next((one for one in self.controls if one in (FIRST, MIDDLE, LAST)), 0)

    @property
    def next_in_sequence(self) -> int | None:
        """Number of the field to be sent after this one (from 1, END_OF_SEQUENCE), if it says so."""
        found = (one & 0xFF for one in self.controls if one >> 8 == RESEQUENCE)
        return next(found, None)

    @property
    def leads_to(self) -> int:
        """Number of the field the cursor goes to after this one; 0 for the next by place."""
        found = (one & 0xFF for one in self.controls if one >> 8 == PROGRESSION)
        return next(found, 0)

    @property
    def wraps_words(self) -> bool:
        """A word that does not fit into a part of a continued field goes into the next one."""
        return WORD_WRAP in self.controls

    @property
    def transparent(self) -> bool:
        """Its data are sent as they are."""
        return bool(self.controls) and any(one >> 8 == TRANSPARENT for one in self.controls)

    @property
    def wide(self) -> int:
        """PAIRS_ONLY, PAIRS, EITHER or OPEN if it takes wide characters, else 0."""
        kinds = (PAIRS_ONLY, PAIRS, EITHER, OPEN)
        return next((one for one in self.controls if one in kinds), 0)

    def has(self, bit: int) -> bool:
        """A bit of the format word is on."""
        return bool(self.word & bit)

    def __repr__(self) -> str:
        kind = "bypass" if self.bypass else self.shift.name.lower()
        return (
            f"<InputField {self.start}+{self.length} {kind}{' modified' if self.modified else ''}>"
        )


class FormatTable:
    """All input fields, and the header the host gave with them (SOH).

    Attributes:
        fields: in the order of their places.
        header: the bytes of the SOH order; may be empty.
    """

    __slots__ = ("_groups", "_starts", "fields", "header")

    def __init__(self) -> None:
        self.clear()

    def clear(self, header: bytes = b"") -> None:
        """No fields; a new header."""
        self.fields: list[InputField] = []
        self._starts: list[int] = []
        self._groups: list[list[InputField]] | None = None
        self.header = header

    @property
    def error_row(self) -> int:
        """The row of error messages; 0 if the host did not say (SOH byte 4)."""
        return self.header[3] if len(self.header) > 3 else 0  # noqa: PLR2004 - bytes before it

    @property
    def first_in_sequence(self) -> int:
        """The number of the field to be sent first; 0 for no resequencing (SOH byte 3)."""
        return self.header[2] if len(self.header) > 2 else 0  # noqa: PLR2004 - bytes before it

    def sends_data(self, function: int) -> bool:
        """Whether a function key brings field data: the mask of SOH bytes 5 to 7 forbids it."""
        mask = int.from_bytes(self.header[4:7].ljust(3, b"\0"))
        return not mask >> (function - 1) & 1

    def put(self, field: InputField) -> None:
        """Add a field; one that begins where another does changes that one's format only."""
        at = bisect_left(self._starts, field.start)
        if at < len(self._starts) and self._starts[at] == field.start:
            self.fields[at].word = field.word
            return
        self._groups = None
        self._starts.insert(at, field.start)
        self.fields.insert(at, field)

    def at(self, cell: int) -> InputField | None:
        """The field a cell lies in."""
        index = bisect_right(self._starts, cell) - 1
        if index < 0:
            return None
        found = self.fields[index]
        return found if cell < found.end else None

    def following(self, cell: int) -> InputField | None:
        """The next field to type into that begins after a cell, wrapping at the end."""
        return self._next(bisect_right(self._starts, cell), 1)

    def before(self, cell: int) -> InputField | None:
        """The last field to type into that begins before a cell, wrapping at the start."""
        return self._next(bisect_left(self._starts, cell) - 1, -1)

    def after(self, field: InputField) -> InputField | None:
        """Where the cursor goes from a field: where it leads to, else the next by place."""
        number = self.whole(field)[0].leads_to
        if 0 < number <= len(self.fields):
            return self._next(number - 1, 1)
        return self.following(self.whole(field)[-1].end - 1)

    def leading_to(self, field: InputField) -> InputField | None:
        """The field that leads the cursor to this one, if one does."""
        number = bisect_left(self._starts, field.start) + 1
        return next((one for one in self.fields if one.leads_to == number and not one.bypass), None)

    def first(self) -> InputField | None:
        """The first field to type into."""
        return self._next(0, 1)

    def whole(self, field: InputField) -> list[InputField]:
        """The parts of a continued field, in order; of any other field, itself."""
        if not field.part:
            return [field]
        if self._groups is None:
            self._groups = self._grouped()
        return self._groups[bisect_left(self._starts, field.start)]

    def _grouped(self) -> list[list[InputField]]:
        """For each field the parts it belongs to: FIRST, then MIDDLE ones, up to LAST."""
        found: list[list[InputField]] = []
        current: list[InputField] | None = None
        for field in self.fields:
            if current is not None and field.part in (MIDDLE, LAST):
                current.append(field)
            else:
                current = [field]
            found.append(current)
            if field.part == LAST or current[0].part != FIRST:
                current = None
        return found

    def changed(self, field: InputField) -> bool:
        """The modified data tag of a field; of a continued one, that of any of its parts."""
        return any(part.modified for part in self.whole(field))

    def cells(self, field: InputField) -> list[int]:
        """The cells of a field, with all parts of a continued one."""
        return [cell for part in self.whole(field) for cell in range(part.start, part.end)]

    def in_order(self) -> Iterator[InputField]:
        """The fields as they are sent: by place, or as the host has resequenced them.

        A sequence that does not end, or leads to no field, ends at the number of fields.
        """
        number = self.first_in_sequence
        if not number:
            yield from self.fields
            return
        for _ in self.fields:
            if not 1 <= number <= len(self.fields):
                return
            found = self.fields[number - 1]
            yield found
            following = found.next_in_sequence
            number = number + 1 if following is None else following

    def _next(self, start: int, step: int) -> InputField | None:
        count = len(self.fields)
        for offset in range(count):
            found = self.fields[(start + step * offset) % count]
            if not found.bypass and found.part not in (MIDDLE, LAST):
                return found
        return None
