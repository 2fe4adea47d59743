"""Every screen of the order host as a panel: what stands where.

Law: the id in row 1 tells a screen from all others; row 1 holds id, house and title, row 2 user and
device; the last row is the message, two rows above it are the keys, on every screen.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from hostemul.order_entry import names
from hostemul.order_entry.panel import (
    CAPITALS,
    DIGITS_BLANK,
    DIGITS_ZERO,
    SIZES,
    Panel,
    PanelItem,
    entry,
    flat,
    label,
    output,
    text,
)


LIST_LINES: Final = 12
WIDE_LINES: Final = 14
DETAIL_LINES: Final = 8
ENTRY_LINES: Final = 6

# One format for a list's head and its lines keeps the columns under their names.
LINE: Final = "{:<7} {:<10}  {:<5} {:<20} {:<9} {:>13}"
WIDE_LINE: Final = "{:<7} {:<10}  {:<10}  {:<5} {:<20} {:<10} {:<12} {:>5} {:<9} {:>13}"
DETAIL_LINE: Final = "{:>4}  {:<6} {:<26} {:>5} {:>11} {:>12}"
HEAD: Final = LINE.format("Order", "Date", "Cust", "Name", "Status", "Total")
WIDE_HEAD: Final = WIDE_LINE.format(
    "Order", "Date", "Wanted", "Cust", "Name", "City", "Reference", "Lines", "Status", "Total"
)
DETAIL_HEAD: Final = DETAIL_LINE.format("Line", "Item", "Description", "Qty", "Price", "Amount")


def screen(
    name: str, title: str, keys: str, *items: PanelItem | Iterable[PanelItem], wide: bool = False
) -> Panel:
    """A panel with the rows every screen has."""
    rows, columns = SIZES[wide]
    frame = [
        text(1, 2, name, "blue"),
        text(1, 12, names.HOUSE, "blue"),
        text(1, 40, title, "white"),
        output(1, columns - 10, 10, "date", colour="blue"),
        text(rows - 1, 2, keys, "blue"),
        output(rows, 2, 78, "message", colour="white"),
    ]
    return Panel(name, title, (*frame, *flat(items)), wide=wide)


def who(wide: bool = False) -> list[PanelItem]:  # noqa: FBT001, FBT002  a size, as in `Panel`
    """Row 2: the user and the device."""
    columns = SIZES[wide][1]
    return [
        text(2, 2, "User", "blue"),
        output(2, 7, 10, "user", colour="blue"),
        text(2, columns - 18, "Device", "blue"),
        output(2, columns - 10, 10, "device", colour="blue"),
    ]


def filters() -> list[PanelItem]:
    """What a list shows: rows 4 and 5."""
    return [
        label(4, 2, "Customer", 14),
        entry(4, 17, 4, "customer", DIGITS_ZERO),
        label(4, 30, "Status", 12),
        entry(4, 43, 9, "status", CAPITALS),
        label(5, 2, "From order", 14),
        entry(5, 17, 6, "order", DIGITS_ZERO),
        text(6, 2, "Type options, press Enter.  4=Cancel order  5=Display", "blue"),
    ]


def lines(row: int, count: int, length: int) -> Iterator[PanelItem]:
    """List lines: an option in column 3 and the line as one text from column 6."""
    for n in range(1, count + 1):
        yield entry(row + n - 1, 3, 1, f"option{n}", needs=f"line{n}")
        yield output(row + n - 1, 6, length, f"line{n}", needs=f"line{n}")


def order_head(row: int) -> list[PanelItem]:
    """What an order is about, before its lines."""
    return [
        label(row, 2, "Order"),
        output(row, 29, 6, "number", colour="white"),
        text(row, 48, "Status"),
        output(row, 56, 9, "status", colour="yellow"),
        label(row + 1, 2, "Customer"),
        output(row + 1, 29, 4, "customer"),
        output(row + 1, 35, 20, "name"),
        output(row + 1, 57, 10, "city"),
        label(row + 2, 2, "Order date"),
        output(row + 2, 29, 10, "ordered"),
        text(row + 2, 48, "Wanted"),
        output(row + 2, 56, 10, "wanted"),
        label(row + 3, 2, "Reference"),
        output(row + 3, 29, 12, "reference"),
    ]


def priced_lines(row: int, count: int) -> Iterator[PanelItem]:
    """Lines of an order, with their head."""
    yield text(row, 2, DETAIL_HEAD, "white")
    for n in range(1, count + 1):
        yield output(row + n, 2, 70, f"line{n}", needs=f"line{n}")


SIGN_ON: Final = screen(
    "ORD000",
    "SIGN ON",
    "F3=Exit",
    text(2, 62, "Device", "blue"),
    output(2, 70, 10, "device", colour="blue"),
    label(6, 17, "User"),
    entry(6, 44, 10, "user"),
    label(8, 17, "Password"),
    entry(8, 44, 10, "password", hidden=True),
)
MENU: Final = screen(
    "ORD010",
    "MAIN MENU",
    "F3=Sign off",
    who(),
    text(4, 2, "Select one of the following:", "blue"),
    text(6, 7, "1. Work with orders"),
    text(8, 7, "2. Enter an order"),
    text(10, 7, "3. Display an order"),
    text(12, 7, "4. Cancel an order"),
    text(16, 6, "90. Sign off"),
    label(19, 2, "Selection", 12),
    entry(19, 15, 2, "selection"),
)
LIST: Final = screen(
    "ORD020",
    "WORK WITH ORDERS",
    "F3=Exit   F5=Refresh   F6=Enter an order   F11=Wide list   F12=Cancel",
    who(),
    filters(),
    text(8, 2, "Opt", "white"),
    text(8, 6, HEAD, "white"),
    lines(9, LIST_LINES, 70),
    output(21, 72, 7, "more", colour="white"),
)
WIDE: Final = screen(
    "ORD021",
    "WORK WITH ORDERS",
    "F3=Exit   F5=Refresh   F6=Enter an order   F11=Narrow list   F12=Cancel",
    who(wide=True),
    filters(),
    text(8, 2, "Opt", "white"),
    text(8, 6, WIDE_HEAD, "white"),
    lines(9, WIDE_LINES, 112),
    output(24, 112, 7, "more", colour="white"),
    wide=True,
)
ENTER: Final = screen(
    "ORD040",
    "ENTER AN ORDER",
    "Enter=Continue   F3=Exit   F12=Cancel",
    who(),
    label(4, 2, "Customer"),
    entry(4, 29, 4, "customer", DIGITS_ZERO),
    label(5, 2, "Reference"),
    entry(5, 29, 12, "reference"),
    label(6, 2, "Wanted on (YYYY-MM-DD)"),
    entry(6, 29, 10, "wanted"),
    text(8, 2, "Item", "white"),
    text(8, 12, "Quantity", "white"),
    (
        item
        for n in range(1, ENTRY_LINES + 1)
        for item in (
            entry(8 + n, 2, 6, f"item{n}"),
            entry(8 + n, 12, 3, f"quantity{n}", DIGITS_BLANK),
        )
    ),
)
CONFIRM: Final = screen(
    "ORD041",
    "CONFIRM THE ORDER",
    "F6=Place the order   F12=Change",
    who(),
    label(4, 2, "Customer"),
    output(4, 29, 4, "customer"),
    output(4, 35, 20, "name"),
    label(5, 2, "Reference"),
    output(5, 29, 12, "reference"),
    label(6, 2, "Wanted on"),
    output(6, 29, 10, "wanted"),
    priced_lines(8, ENTRY_LINES),
    label(16, 2, "Total"),
    output(16, 29, 13, "total", right=True, colour="white"),
)
PLACED: Final = screen(
    "ORD042",
    "ORDER PLACED",
    "Enter=Continue",
    who(),
    label(6, 2, "Order"),
    output(6, 29, 6, "number", colour="white"),
    label(7, 2, "Total"),
    output(7, 29, 13, "total", right=True),
)
ASK: Final = screen(
    "ORD030",
    "DISPLAY AN ORDER",
    "Enter=Display   F3=Exit   F12=Cancel",
    who(),
    label(6, 2, "Order"),
    entry(6, 29, 6, "order", DIGITS_ZERO),
)
DETAIL: Final = screen(
    "ORD031",
    "ORDER",
    "F3=Exit   F4=Cancel the order   F12=Cancel",
    who(),
    order_head(4),
    priced_lines(9, DETAIL_LINES),
    output(18, 66, 7, "more", colour="white"),
    label(20, 2, "Total"),
    output(20, 29, 13, "total", right=True, colour="white"),
)
ASK_CANCEL: Final = screen(
    "ORD050",
    "CANCEL AN ORDER",
    "Enter=Continue   F3=Exit   F12=Cancel",
    who(),
    label(6, 2, "Order"),
    entry(6, 29, 6, "order", DIGITS_ZERO),
)
CONFIRM_CANCEL: Final = screen(
    "ORD051",
    "CONFIRM THE CANCELLATION",
    "Enter=Cancel the order   F12=Keep it",
    who(),
    order_head(5),
    label(10, 2, "Total"),
    output(10, 29, 13, "total", right=True),
)
ENDED: Final = screen(
    "ORD099", "SIGNED OFF", "Enter=Sign on   F3=Exit", text(6, 2, "You are signed off.")
)
UNKNOWN: Final = screen(
    "SYS001", "SYSTEM MESSAGE", "Enter=Continue", text(6, 2, "The system will be saved at 22:00.")
)

PANELS: Final = {
    panel.name: panel
    for panel in (
        SIGN_ON, MENU, LIST, WIDE, ASK, DETAIL, ENTER, CONFIRM, PLACED, ASK_CANCEL, CONFIRM_CANCEL,
        ENDED, UNKNOWN,
    )
}  # fmt: skip
