"""Entering an order: form, confirmation with prices, result.

Law: nothing is placed before F6 on the confirmation; every problem names the entry it is about.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from hostemul.bank.money import shown
from hostemul.order_entry import names, screens
from hostemul.order_entry.book import TODAY, Book, OrderCustomer, OrderLine, OrderRefused, priced
from hostemul.order_entry.state import OrderState


def _day(typed: str) -> date:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise OrderRefused(f"ORD2010 Date {typed or 'wanted'} not valid", "wanted") from None
    if day <= TODAY:
        raise OrderRefused("ORD2011 Date must be later than today", "wanted")
    return day


def _lines(typed: Mapping[str, str]) -> list[OrderLine]:
    lines = []
    for n in range(1, screens.ENTRY_LINES + 1):
        item, quantity = typed.get(f"item{n}", ""), typed.get(f"quantity{n}", "")
        if item or quantity:
            lines.append(priced(item, quantity, str(n)))
    if not lines:
        raise OrderRefused("ORD2012 Enter at least one item", "item1")
    return lines


def _read(book: Book, typed: Mapping[str, str]) -> tuple[OrderCustomer, str, date, list[OrderLine]]:
    customer = book.customer(typed.get("customer", ""))
    return customer, typed.get("reference", ""), _day(typed.get("wanted", "")), _lines(typed)


def proceed(book: Book, state: OrderState) -> OrderState:
    """ENTER on the form."""
    _read(book, state.entered)
    return state.go("ORD041", **state.entered)


def place(book: Book, state: OrderState) -> OrderState:
    """F6 on the confirmation."""
    order = book.place(*_read(book, state.facts))
    placed = state.go("ORD042", number=str(order.number), total=shown(order.total))
    before = state.before.before if state.before else None
    return replace(placed, before=before)


def proceed_placed(_: Book, state: OrderState) -> OrderState:
    """ENTER behind the result: where the order was begun."""
    return state.back(f"ORD0002 Order {state.facts['number']} placed")


def _confirm(book: Book, state: OrderState) -> Mapping[str, str]:
    customer, reference, wanted, lines = _read(book, state.facts)
    texts = {
        f"line{n}": screens.DETAIL_LINE.format(
            n, line.item, names.ITEMS[line.item][0], line.quantity, shown(line.pence),
            shown(line.amount),
        )
        for n, line in enumerate(lines, 1)
    }  # fmt: skip
    return texts | {
        "customer": str(customer.number),
        "name": customer.name,
        "reference": reference,
        "wanted": wanted.isoformat(),
        "total": shown(sum(line.amount for line in lines)),
    }


KEYS: Final[dict[str, Mapping[str, Callable[[Book, OrderState], OrderState]]]] = {
    "ORD040": {"ENTER": proceed},
    "ORD041": {"F6": place},
    "ORD042": {"ENTER": proceed_placed},
}
VALUES: Final[dict[str, Callable[[Book, OrderState], Mapping[str, str]]]] = {"ORD041": _confirm}
