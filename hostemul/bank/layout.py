"""A screen as its author writes it, turned into Erase/Write records and into drawings.

Law: what stands on a layout stands there for every record made from it: constant texts, fields and
their attributes are encoded once per code page, and a record only fills in the values. Rows and
columns are 1-based and name the first character; its field attribute takes the cell before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from hostemul.drawing import ScreenItem, dotted, drawing
from hostemul.protocol.ds3270 import (
    CELLS,
    COLUMNS,
    ERASE_WRITE,
    GRAPHIC,
    IC,
    ROWS,
    SBA,
    SF,
    SFE,
    WCC_UNLOCK,
    WCC_UNLOCK_ALARM,
    address,
    place,
)


# Field attribute bits (GA23-0059, "Field attributes").
PROTECTED: Final = 0x20
NUMERIC: Final = 0x10
INTENSIFIED: Final = 0x08
HIDDEN: Final = 0x0C
AUTOSKIP: Final = PROTECTED | NUMERIC

Colour = Literal["", "blue", "red", "pink", "green", "turquoise", "yellow", "white"]
COLOURS: Final[Mapping[str, int]] = {
    "blue": 0xF1,
    "red": 0xF2,
    "pink": 0xF3,
    "green": 0xF4,
    "turquoise": 0xF5,
    "yellow": 0xF6,
    "white": 0xF7,
}
UNDERSCORE: Final = 0xF4


@dataclass(frozen=True, slots=True)
class Item(ScreenItem):
    """One field of a layout.

    Attributes:
        numeric, bright, colour: how it looks and what it takes.
    """

    numeric: bool = False
    bright: bool = False
    colour: Colour = ""

    @property
    def offset(self) -> int:
        """Offset of the first character."""
        return place(self.row, self.column)

    @property
    def attribute(self) -> int:
        """The bits of its field attribute."""
        bits = 0 if self.kind == "entry" else AUTOSKIP
        bits |= NUMERIC if self.numeric else 0
        return bits | (HIDDEN if self.hidden else INTENSIFIED if self.bright else 0)


def text(row: int, column: int, content: str, *, bright: bool = False, colour: Colour = "") -> Item:
    """A constant text."""
    return Item("text", row, column, len(content), text=content, bright=bright, colour=colour)


def label(row: int, column: int, content: str, width: int = 22) -> Item:
    """A constant led to its value by dots, `width` characters in all: `Amount . . . :`."""
    return text(row, column, dotted(content, width))


def output(
    row: int, column: int, length: int, name: str, *, right: bool = False, bright: bool = False,
    colour: Colour = "turquoise", needs: str = "",
) -> Item:  # fmt: skip
    """A protected place the host fills."""
    return Item(
        "output", row, column, length, name, right=right, bright=bright, colour=colour, needs=needs
    )


def entry(
    row: int, column: int, length: int, name: str, *, numeric: bool = False, hidden: bool = False,
    needs: str = "",
) -> Item:  # fmt: skip
    """An unprotected place the user fills."""
    return Item("entry", row, column, length, name, numeric=numeric, hidden=hidden, needs=needs)


@dataclass(frozen=True, slots=True)
class Layout:
    """All items of one screen, in reading order.

    Attributes:
        name: the screen's id, as shown in row 1.
        title: as shown in row 1.
        items: its fields.

    Raises:
        ValueError: an item outside the screen or over another one.
    """

    name: str
    title: str
    items: tuple[Item, ...]
    names: Mapping[int, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        items = tuple(sorted(self.items, key=lambda item: item.offset))
        object.__setattr__(self, "items", items)
        entries = {item.offset: item.name for item in items if item.kind == "entry"}
        object.__setattr__(self, "names", entries)
        end = 0
        for item in items:
            if item.column < 2 or item.column + item.length - 1 > COLUMNS:  # noqa: PLR2004  attribute
                raise ValueError(f"{self.name}: {item} does not fit its row")
            if item.offset - 1 < end:
                raise ValueError(f"{self.name}: {item} lies over the one before")
            end = item.offset + item.length

    def entry(self, name: str) -> Item:
        """The entry of this name.

        Raises:
            KeyError: there is none.
        """
        for item in self.items:
            if item.kind == "entry" and item.name == name:
                return item
        raise KeyError(f"{self.name} has no entry {name}")

    def named(self, fields: Mapping[int, str]) -> dict[str, str]:
        """What a terminal sent, by entry name; text at other offsets is dropped."""
        names = self.names
        return {names[at]: value.strip() for at, value in fields.items() if at in names}


class Printer:
    """Makes Erase/Write records from one layout in one code page.

    Args:
        layout: the screen.
        codec: the code page, as Python names it.
    """

    __slots__ = ("_codec", "_cursors", "_home", "_parts", "layout")

    def __init__(self, layout: Layout, codec: str) -> None:
        self.layout = layout
        self._codec = codec
        self._parts = tuple(self._compile())
        self._cursors = {name: _cursor(at) for at, name in layout.names.items()}
        self._home = _cursor(min(layout.names, default=CELLS - 1))

    def __repr__(self) -> str:
        return f"<Printer {self.layout.name} {self._codec}>"

    def record(self, values: Mapping[str, str], cursor: str = "", *, alarm: bool = False) -> bytes:
        """The Erase/Write record, without telnet framing.

        Args:
            values: texts by item name; too long ones are cut.
            cursor: the entry the cursor stands in; the first one when empty or unknown.
            alarm: sound the alarm.
        """
        get = values.get
        out = [_HEAD_ALARM if alarm else _HEAD]
        for start, name, length, needs, end in self._parts:
            if needs and not get(needs):
                continue
            out.append(start)
            value = get(name) if name else None
            if value:
                # A negative length stands for "set right".
                shown = value[:length] if length > 0 else value[:-length].rjust(-length)
                out.append(shown.encode(self._codec, "replace"))
            out.append(end)
        out.append(self._cursors.get(cursor, self._home))
        return b"".join(out)

    def _compile(self) -> Iterator[tuple[bytes, str, int, str, bytes]]:
        """Bytes before, value name, length, condition and bytes behind of each dynamic item.

        Constants are joined to whatever comes next, so that a record is few pieces.
        """
        constant = b""
        for item, following in zip(self.layout.items, [*self.layout.items[1:], None], strict=True):
            head = bytes((SBA,)) + address(item.offset - 1) + _attribute(item)
            tail = _stop(item, following)
            if item.kind == "text":
                constant += head + item.text.encode(self._codec) + tail
                continue
            if item.needs and constant:
                yield constant, "", 0, "", b""
                constant = b""
            length = -item.length if item.right else item.length
            yield constant + head, item.name, length, item.needs, tail
            constant = b""
        if constant:
            yield constant, "", 0, "", b""


_HEAD: Final = bytes((ERASE_WRITE, WCC_UNLOCK))
_HEAD_ALARM: Final = bytes((ERASE_WRITE, WCC_UNLOCK_ALARM))


def _cursor(offset: int) -> bytes:
    return bytes((SBA, *address(offset), IC))


def _attribute(item: Item) -> bytes:
    bits = GRAPHIC[item.attribute]
    extended = b""
    if item.colour and not item.hidden:
        extended += bytes((0x42, COLOURS[item.colour]))
    if item.kind == "entry" and not item.hidden:
        extended += bytes((0x41, UNDERSCORE))
    if not extended:
        return bytes((SF, bits))
    return bytes((SFE, 1 + len(extended) // 2, 0xC0, bits)) + extended


def _stop(item: Item, following: Item | None) -> bytes:
    """The attribute that ends an entry, unless the next item's own stands there."""
    end = item.offset + item.length
    if item.kind != "entry" or (following and not following.needs and following.offset - 1 == end):
        return b""
    # Behind an entry that is not full the buffer address is anywhere: address it.
    return bytes((SBA, *address(end % CELLS), SF, GRAPHIC[AUTOSKIP]))


def draw(layout: Layout, values: Mapping[str, str], blank: str = "_") -> list[str]:
    """The screen as 24 lines of 80 characters; empty cells of entries show as `blank`."""
    return drawing(layout.items, ROWS, COLUMNS, values, blank)
