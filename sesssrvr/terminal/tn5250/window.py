"""Windows a host draws by a structured field (Create Window).

A window is checked to fit before anything is drawn, and drawing is characters and attributes
in cells like any other: the host saves and restores what it covers. SC30-3533, "Create
Window"; the default border is that of display files (DDS keyword WDWBORDER).
"""

from dataclasses import dataclass, field
from typing import Final

from sesssrvr.terminal.tn5250.codes import (
    ATTRIBUTES,
    NORMAL,
    STRUCTURED_FIELD_NOT_VALID,
    refuse,
)
from sesssrvr.terminal.tn5250.reader import RecordReader


BORDER, TITLE = 0x01, 0x10  # minor structures
FOOTER: Final = 0x20  # title flag
RIGHT, LEFT = 0x40, 0x80  # title flags; neither is centred
BLUE: Final = 0x3A
# Upper left, top, upper right, left, right, lower left, bottom, lower right: `.` and `:`.
DEFAULT_BORDER: Final = bytes.fromhex("4b4b4b7a7a7a4b7a")
FRAME_COLUMNS: Final = 6  # on each side an attribute, the border and an attribute
FRAME_ROWS: Final = 2
_BORDER_FLAGS: Final = 3  # flags, monochrome and colour attribute
_TITLE_FLAGS: Final = 4  # flags, attributes, reserved


@dataclass(frozen=True, slots=True)
class Title:
    """Text in the border: a title above, or a footer below."""

    text: bytes
    flags: int = 0
    attribute: int = NORMAL


@dataclass(frozen=True, slots=True)
class Window:
    """One window.

    Attributes:
        depth, width: of its inside.
        border: the eight border characters.
        attribute: of the border.
        titles: in its border.
    """

    depth: int
    width: int
    border: bytes = DEFAULT_BORDER
    attribute: int = BLUE
    titles: tuple[Title, ...] = field(default=())

    def rows(self) -> list[bytes]:
        """Its rows with the frame, each of `width + FRAME_COLUMNS` cells."""
        upper_left, top, upper_right, left, right, lower_left, bottom, lower_right = self.border
        inside = (
            bytes((self.attribute, left, NORMAL))
            + bytes(self.width)
            + bytes((self.attribute, right, NORMAL))
        )
        return [
            self._edge(upper_left, top, upper_right, footer=False),
            *[inside] * self.depth,
            self._edge(lower_left, bottom, lower_right, footer=True),
        ]

    def _edge(self, left: int, middle: int, right: int, *, footer: bool) -> bytes:
        line = bytearray((middle,)) * (self.width + 2)
        for title in self.titles:
            if bool(title.flags & FOOTER) is footer:
                self._put(line, title)
        return bytes((self.attribute, left)) + bytes(line) + bytes((right, NORMAL))

    def _put(self, line: bytearray, title: Title) -> None:
        """The text between two attributes, if there is room for one character of it."""
        text = bytes((title.attribute,)) + title.text[: len(line) - 2] + bytes((self.attribute,))
        spare = len(line) - len(text)
        if len(text) <= 2 or spare < 0:  # noqa: PLR2004 - the two attributes
            return
        at = 0 if title.flags & LEFT else spare if title.flags & RIGHT else spare // 2
        line[at : at + len(text)] = text


def read_window(body: RecordReader, at: int, size: tuple[int, int]) -> Window:
    """Read the structured field after its class and type.

    Args:
        body: of the structured field.
        at: the cell of the frame's upper left attribute.
        size: rows and columns of the display.

    Raises:
        DataStreamError: it is cut short, or the window does not fit there.
    """
    body.take(3)  # cursor restriction, menu bar: nothing an operator's keys here depend on
    depth, width = body.byte(), body.byte()
    row, column = divmod(at, size[1])
    fits = row + depth + FRAME_ROWS <= size[0] and column + width + FRAME_COLUMNS <= size[1]
    if not (depth and width and fits):
        problem = f"a window of {depth} x {width} at row {row + 1} column {column + 1}"
        raise refuse(body.at, problem, STRUCTURED_FIELD_NOT_VALID)
    border, attribute, titles = DEFAULT_BORDER, BLUE, []
    while body.left:
        length = body.byte()
        part = RecordReader(body.take(length - 1)) if length > 1 else RecordReader(b"")
        kind = part.byte()
        if kind == BORDER and part.left >= _BORDER_FLAGS:
            _, _, colour = part.take(_BORDER_FLAGS)
            attribute = colour if colour in ATTRIBUTES else attribute
            if part.left >= len(border):
                border = part.take(len(border))
        elif kind == TITLE and part.left > _TITLE_FLAGS:
            flags, _, colour, _ = part.take(_TITLE_FLAGS)
            shown = colour if colour in ATTRIBUTES else NORMAL
            titles.append(Title(part.take(part.left), flags, shown))
    return Window(depth, width, border, attribute, tuple(titles))
