"""What the bank's screens share: the frame every one has, and the blocks some have.

Law: row 1 holds id, title and business date, row 23 the message, row 24 the keys, on every screen.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from hostemul.bank.layout import Item, Layout, entry, label, output, text


BANK: Final = "NORTHMOOR SAVINGS BANK"


def screen(name: str, title: str, keys: str, *items: Item | Iterable[Item]) -> Layout:
    """A layout with the rows every screen has: 1, 23 and 24."""
    inner = [one for item in items for one in ([item] if isinstance(item, Item) else item)]
    frame = [
        text(1, 2, name, colour="blue"),
        text(1, 12, BANK, colour="white", bright=True),
        text(1, 38, title, colour="white", bright=True),
        output(1, 71, 10, "date", colour="blue"),
        output(23, 2, 78, "message", colour="red", bright=True),
        text(24, 2, keys, colour="blue"),
    ]
    return Layout(name, title, (*frame, *inner))


def who() -> list[Item]:
    """Row 2: the user and the terminal."""
    return [
        text(2, 2, "USER", colour="blue"),
        output(2, 7, 9, "user", colour="blue"),
        text(2, 62, "TERMINAL", colour="blue"),
        output(2, 71, 8, "terminal", colour="blue"),
    ]


def pages() -> list[Item]:
    """Which page of a list this is, and whether more follow."""
    return [
        text(4, 64, "PAGE"),
        output(4, 69, 3, "page", right=True),
        text(4, 73, "OF"),
        output(4, 76, 3, "pages", right=True),
        output(22, 66, 11, "more", colour="yellow"),
    ]


def facts(row: int, *facts: tuple[str, str, int]) -> Iterator[Item]:
    """Labels at column 3 with the values the host fills at column 26, one a row."""
    for at, (title, name, length) in enumerate(facts, row):
        yield label(at, 3, title)
        yield output(at, 26, length, name)


def lines(row: int, count: int, length: int) -> Iterator[Item]:
    """List lines: a selection entry in column 3 and the line as one field from column 6."""
    for n in range(count):
        yield entry(row + n, 3, 1, f"select{n + 1}", needs=f"line{n + 1}")
        yield output(row + n, 6, length, f"line{n + 1}", needs=f"line{n + 1}")
