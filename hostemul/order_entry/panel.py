"""A 5250 screen as its author writes it, turned into records and into drawings.

Law: what stands on a panel stands there for every record made from it: constants and attributes are
encoded once per code page, and a record only fills in the values. Rows and columns are 1-based and
name the first character; its screen attribute takes the cell before.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from hostemul.drawing import ScreenItem, dotted, drawing
from hostemul.protocol import ds5250
from hostemul.protocol.ds5250 import Place


Colour = Literal["green", "white", "red", "turquoise", "yellow", "pink", "blue"]
COLOURS: Final[Mapping[str, int]] = {
    "green": 0x20, "white": 0x22, "red": 0x28, "turquoise": 0x30, "yellow": 0x32, "pink": 0x38,
    "blue": 0x3A,
}  # fmt: skip
UNDERSCORE, HIDDEN = 0x24, 0x27
# Field format words (SC30-3533).
PLAIN, CAPITALS, DIGITS_ZERO, DIGITS_BLANK = 0x4000, 0x4020, 0x4505, 0x4506
SIZES: Final = {False: (24, 80), True: (27, 132)}


@dataclass(frozen=True, slots=True)
class PanelItem(ScreenItem):
    """One part of a panel.

    Attributes:
        word: the field format word of an entry.
        colour: how it looks.
    """

    word: int = PLAIN
    colour: Colour = "green"

    @property
    def attribute(self) -> int:
        """The screen attribute before it."""
        if self.kind == "entry":
            return HIDDEN if self.hidden else UNDERSCORE
        return COLOURS[self.colour]


def text(row: int, column: int, content: str, colour: Colour = "green") -> PanelItem:
    """A constant."""
    return PanelItem("text", row, column, len(content), text=content, colour=colour)


def label(row: int, column: int, content: str, width: int = 26) -> PanelItem:
    """A constant led to its value by dots, `width` characters in all: `Customer . . . :`."""
    return text(row, column, dotted(content, width))


def output(
    row: int, column: int, length: int, name: str, *, right: bool = False,
    colour: Colour = "green", needs: str = "",
) -> PanelItem:  # fmt: skip
    """A protected place the host fills."""
    return PanelItem("output", row, column, length, name, right=right, colour=colour, needs=needs)


def entry(
    row: int, column: int, length: int, name: str, word: int = CAPITALS, *, hidden: bool = False,
    needs: str = "",
) -> PanelItem:  # fmt: skip
    """A place the user fills."""
    return PanelItem("entry", row, column, length, name, word=word, hidden=hidden, needs=needs)


@dataclass(frozen=True, slots=True)
class Panel:
    """All items of one screen, in reading order.

    Attributes:
        name: the screen's id, as shown in row 1.
        title: as shown in row 1.
        items: its parts.
        wide: 27 rows of 132 columns.
        without_data: function keys that bring no fields (DDS: CA keys).

    Raises:
        ValueError: an item outside the screen or over another one.
    """

    name: str
    title: str
    items: tuple[PanelItem, ...]
    wide: bool = False
    without_data: tuple[int, ...] = (3, 12)
    places: Mapping[Place, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        rows, columns = self.size
        items = tuple(sorted(self.items, key=lambda item: (item.row, item.column)))
        object.__setattr__(self, "items", items)
        places = {(item.row, item.column): item.name for item in items if item.kind == "entry"}
        object.__setattr__(self, "places", places)
        end = (0, 0)
        for item in items:
            inside = 1 <= item.row <= rows and item.column + item.length - 1 <= columns
            if not inside or item.column < 2:  # noqa: PLR2004  its attribute
                raise ValueError(f"{self.name}: {item} does not fit its row")
            if (item.row, item.column - 1) < end:
                raise ValueError(f"{self.name}: {item} lies over the one before")
            end = (item.row, item.column + item.length)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return SIZES[self.wide]

    def place(self, name: str) -> Place | None:
        """Where an entry begins; the first one's place if there is none of this name."""
        for place, one in self.places.items():
            if one == name:
                return place
        return next(iter(self.places), None)

    def named(self, fields: Mapping[Place, str]) -> dict[str, str]:
        """What a terminal sent, by entry name; text at other places is dropped."""
        return {self.places[at]: text.strip() for at, text in fields.items() if at in self.places}


class PanelPrinter:
    """Makes the records of one panel in one code page.

    Args:
        panel: the screen.
        codec: the code page, as Python names it.
    """

    __slots__ = ("_codec", "panel")

    def __init__(self, panel: Panel, codec: str) -> None:
        self.panel, self._codec = panel, codec

    def __repr__(self) -> str:
        return f"<PanelPrinter {self.panel.name} {self._codec}>"

    def record(self, values: Mapping[str, str], cursor: str = "", *, alarm: bool = False) -> bytes:
        """The commands that show the screen and wait for a key: clear, write, read.

        Args:
            values: texts by item name; too long ones are cut.
            cursor: the entry the cursor stands in; the first one when empty or unknown.
            alarm: sound the alarm.
        """
        panel = self.panel
        rows, columns = panel.size
        out = [
            ds5250.CLEAR_UNIT_ALTERNATE if panel.wide else ds5250.CLEAR_UNIT,
            ds5250.WRITE,
            ds5250.UNLOCK_ALARM if alarm else ds5250.UNLOCK,
            ds5250.header(rows, *panel.without_data),
        ]
        out += [
            self._item(item, values.get(item.name, ""), columns)
            for item in panel.items
            if not item.needs or values.get(item.needs)
        ]
        place = panel.place(cursor)
        if place is not None:
            out.append(bytes((ds5250.IC, *place)))
        return b"".join((*out, ds5250.READ_MDT))

    def error(self, message: str, cursor: str) -> bytes:
        """The commands that show an error on the message row and leave the rest as it is."""
        return ds5250.error(message, self.panel.place(cursor), self._codec)

    def _item(self, item: PanelItem, value: str, columns: int) -> bytes:
        shown = item.text or value[: item.length]
        if item.right:
            shown = shown.rjust(item.length)
        data = shown.encode(self._codec, "replace")
        head = ds5250.sba(item.row, item.column - 1)
        if item.kind == "entry":
            return head + ds5250.start_field(item.attribute, item.length, item.word) + data
        end = item.column + item.length <= columns and item.attribute != ds5250.NORMAL
        tail = bytes(item.length - len(data)) + bytes((ds5250.NORMAL,)) if end else b""
        return head + bytes((item.attribute,)) + data + tail


def draw(panel: Panel, values: Mapping[str, str], blank: str = "_") -> list[str]:
    """The screen as lines of text; empty cells of entries show as `blank`."""
    return drawing(panel.items, *panel.size, values, blank)


def flat(items: Iterable[PanelItem | Iterable[PanelItem]]) -> Iterator[PanelItem]:
    """Items and groups of items, one by one."""
    for item in items:
        if isinstance(item, PanelItem):
            yield item
        else:
            yield from item
