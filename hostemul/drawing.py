"""Drawings of screens, the same for every kind of host: what stands where, as lines of text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal


Kind = Literal["text", "output", "entry"]


@dataclass(frozen=True, slots=True)
class ScreenItem:
    """One part of a screen: a constant text, a place the host fills, or one the user fills.

    Attributes:
        row, column, length: of its characters, 1-based.
        name: of an output or entry.
        text: of a constant.
        right: an output's value is set to the right.
        hidden: it shows nothing.
        needs: the item is left out when the value of this name is empty (lines of a list).
    """

    kind: Kind
    row: int
    column: int
    length: int
    name: str = ""
    text: str = ""
    right: bool = False
    hidden: bool = False
    needs: str = ""


def dotted(content: str, width: int) -> str:
    """A label led to its value by dots, `width` characters in all: `Amount . . . :`."""
    dots = "".join("." if (width - n) % 2 else " " for n in range(len(content) + 1, width - 1))
    return f"{content} {dots}:".ljust(width)[:width]


def drawing(
    items: Iterable[ScreenItem], rows: int, columns: int, values: Mapping[str, str], blank: str
) -> list[str]:
    """A screen as lines of text; empty cells of entries show as `blank`."""
    lines = [[" "] * columns for _ in range(rows)]
    for item in items:
        if item.needs and not values.get(item.needs):
            continue
        shown = item.text or values.get(item.name, "")[: item.length]
        if item.kind == "entry":
            shown = ("" if item.hidden else shown).ljust(item.length, blank)
        shown = shown.rjust(item.length) if item.right else shown.ljust(item.length)
        lines[item.row - 1][item.column - 1 : item.column - 1 + item.length] = shown
    return ["".join(line) for line in lines]
