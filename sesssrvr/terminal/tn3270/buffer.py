"""The buffer of a 3270: one byte plane each for characters, field attributes and extended attributes.

Every plane is as long as the screen has cells; a cell with a field attribute holds no
character (X'00'). An extended plane that is None is zero everywhere: an ordinary screen pays for
two planes. `attributes` holds the 6 attribute bits with X'C0' added, so that 0 means "no field
starts here". Everything is written by slice. GA23-0059, chapter "Character buffer".
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple


ATTRIBUTE: Final = 0xC0  # marks an attribute byte as one, and makes it a graphic character
PROTECTED: Final = 0x20
NUMERIC: Final = 0x10
SKIP: Final = PROTECTED | NUMERIC
DISPLAY: Final = 0x0C  # two bits: X'00', X'04' detectable, X'08' intensified, X'0C' non-display
INTENSIFIED: Final = 0x08
HIDDEN: Final = 0x0C
MODIFIED: Final = 0x01
BITS: Final = 0x3D  # bit X'02' is reserved and read back as 0


class Style(NamedTuple):
    """Extended attributes by their codes; 0 is the default (GA23-0059, "Extended attributes")."""

    highlight: int = 0
    foreground: int = 0
    background: int = 0
    charset: int = 0


PLAIN: Final = Style()
GRAPHIC: Final = 0x01  # in the character-set plane: written by GE; X'F1' is the set itself
HIGHLIGHT, FOREGROUND, BACKGROUND, CHARSET = range(4)

_FIELD = re.compile(rb"[^\0]")
_zeros: dict[int, bytes] = {}


def zeros(count: int) -> bytes:
    """A block of zeros; whole screens share one."""
    found = _zeros.get(count)
    if found is None:
        found = _zeros[count] = bytes(count)
    return found


class Buffer:
    """The planes of one screen.

    Attributes:
        rows, columns, size: of the screen; size is in cells.
        characters, attributes: the planes that are always there.
        extended: highlight, foreground, background, character set; None is all default.
    """

    __slots__ = ("_starts", "attributes", "characters", "columns", "extended", "rows", "size")

    def __init__(self, rows: int, columns: int) -> None:
        self.resize(rows, columns)

    def resize(self, rows: int, columns: int) -> None:
        """Make it a screen of this size, empty."""
        self.rows, self.columns, self.size = rows, columns, rows * columns
        self.clear()

    def clear(self) -> None:
        """Nulls everywhere, no fields, no extended attributes."""
        blank = zeros(self.size)
        self.characters, self.attributes = bytearray(blank), bytearray(blank)
        self.extended: list[bytearray | None] = [None, None, None, None]
        self._starts: Sequence[int] | None = None

    def copy(self) -> "Buffer":
        """A second buffer with the same content, to go back to."""
        other = Buffer.__new__(Buffer)
        other.adopt(self)
        return other

    def adopt(self, other: "Buffer") -> None:
        """Take over a copy of the other's content."""
        self.rows, self.columns, self.size = other.rows, other.columns, other.size
        self.characters, self.attributes = other.characters[:], other.attributes[:]
        self.extended = [plane and plane[:] for plane in other.extended]
        self._starts = None

    @property
    def starts(self) -> Sequence[int]:
        """The addresses of all field attributes, in order."""
        found = self._starts
        if found is None:
            found = array("H", [m.start() for m in _FIELD.finditer(self.attributes)])
            self._starts = found
        return found

    def learn(self, starts: Sequence[int]) -> None:
        """Take what `starts` would find, which a layout shared by many sessions knows."""
        self._starts = starts

    def field_before(self, at: int) -> int:
        """The address of the field attribute that governs a cell (its own, if it is one); -1 if none."""
        starts = self.starts
        return starts[bisect_right(starts, at) - 1] if starts else -1

    def field_after(self, at: int) -> int:
        """The address of the next field attribute after a cell, wrapping at the end; -1 if none."""
        starts = self.starts
        if not starts:
            return -1
        index = bisect_right(starts, at)
        return starts[index if index < len(starts) else 0]

    def put(self, at: int, data: bytes, style: Style) -> int:
        """Write characters from an address on, wrapping at the end of the screen; the address after them.

        More than the screen holds: only the tail survives.
        """
        size = self.size
        end = at + len(data)
        if end <= size:
            self._set(at, end, data, style)
            return end if end < size else 0
        if len(data) > size:
            at = (at + len(data)) % size
            data = data[-size:]
            end = at + size
        head = size - at
        self._set(at, size, data[:head], style)
        if end > size:
            self._set(0, end - size, data[head:], style)
        return end - size

    def fill(self, at: int, to: int, code: int, style: Style) -> None:
        """Write one character up to, not including, an address; the same address is the whole screen."""
        count = (to - at) % self.size or self.size
        self.put(at, bytes((code,)) * count, style)

    def put_field(self, at: int, attribute: int, style: Style) -> None:
        """Start a field at an address."""
        self.characters[at] = 0
        self.attributes[at] = ATTRIBUTE | (attribute & BITS)
        self._starts = None
        if style is PLAIN:
            for plane in self.extended:
                if plane is not None:
                    plane[at] = 0
            return
        for index, plane in enumerate(self.extended):
            if plane is not None:
                plane[at] = style[index]
            elif style[index]:
                self.put_extended(at, index, style[index])

    def put_extended(self, at: int, index: int, value: int) -> None:
        """Set one extended attribute of one cell."""
        plane = self.extended[index]
        if plane is not None:
            plane[at] = value
        elif value:
            plane = self.extended[index] = bytearray(self.size)
            plane[at] = value

    def set_attribute(self, at: int, attribute: int) -> None:
        """Change the attribute byte of a field that is there."""
        self.attributes[at] = ATTRIBUTE | (attribute & BITS)

    def erase(self, at: int, end: int) -> None:
        """Nulls in [at, end) with the base character set; colours stay, attributes must not be there."""
        self.characters[at:end] = zeros(self.size)[: end - at]
        sets = self.extended[CHARSET]
        if sets is not None:
            sets[at:end] = zeros(self.size)[: end - at]

    def scroll(self, rows: int) -> None:
        """Move everything up by rows; nulls come in at the bottom."""
        count = rows * self.columns
        for plane in (self.characters, self.attributes, *self.extended):
            if plane is not None:
                plane[:] = plane[count:] + bytes(count)
        self._starts = None

    def spans(self, start: int, stop: int) -> tuple[tuple[int, int], ...]:
        """The one or two slices from an address up to another one, wrapping at the end.

        The same address twice is the whole screen.
        """
        if start < stop:
            return ((start, stop),)
        return ((start, self.size), (0, stop)) if stop else ((start, self.size),)

    def field_spans(self, attribute_at: int) -> tuple[tuple[int, int], ...]:
        """The slices that hold a field's characters; none for a field of length zero."""
        start = (attribute_at + 1) % self.size
        stop = self.field_after(attribute_at)
        if start == stop and len(self.starts) > 1:
            return ()
        return self.spans(start, stop) if self.size > 1 else ()

    def style(self, at: int) -> Style:
        """The extended attributes of a cell."""
        return Style(*(plane[at] if plane is not None else 0 for plane in self.extended))

    def clear_modified(self) -> None:
        """Reset the modified data tag of every field."""
        self.attributes = self.attributes.translate(_UNMODIFIED)

    def _set(self, at: int, end: int, data: bytes, style: Style) -> None:
        self.characters[at:end] = data
        if self.attributes.count(0, at, end) != end - at:
            self.attributes[at:end] = bytes(end - at)
            self._starts = None
        if style is PLAIN:
            for plane in self.extended:
                if plane is not None:
                    plane[at:end] = bytes(end - at)
        else:
            self._set_style(at, end, style)

    def _set_style(self, at: int, end: int, style: Style) -> None:
        for index, value in enumerate(style):
            plane = self.extended[index]
            if plane is None:
                if not value:
                    continue
                plane = self.extended[index] = bytearray(self.size)
            plane[at:end] = bytes((value,)) * (end - at)


_UNMODIFIED: Final = bytes(
    code & ~MODIFIED if code & ATTRIBUTE == ATTRIBUTE else code for code in range(256)
)
