"""Screens that show: the list, narrow and wide, one order, and cancelling one.

Law: a list is what the book holds now; rolling moves its first line by whole pages and stops at both
ends with a message.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from hostemul.bank.money import shown
from hostemul.order_entry import names, screens
from hostemul.order_entry.book import Book, Order, OrderRefused
from hostemul.order_entry.state import OrderState


PAGE: Final = {
    "ORD020": screens.LIST_LINES,
    "ORD021": screens.WIDE_LINES,
    "ORD031": screens.DETAIL_LINES,
}
FILTERS: Final = ("customer", "status", "order")
MORE, BOTTOM = "More...", "Bottom"


# ---- lists -------------------------------------------------------------------------------------


def _found(book: Book, state: OrderState) -> list[Order]:
    return book.find(*(state.facts.get(name, "") for name in FILTERS))


def enter(book: Book, state: OrderState) -> OrderState:
    """ENTER on a list: other filters begin it anew; an option beside a line is done."""
    wanted = {name: state.entered.get(name, "") for name in FILTERS}
    if any(wanted[name] != state.facts.get(name, "") for name in FILTERS):
        if not book.find(*wanted.values()):
            raise OrderRefused("ORD2006 No orders found", "customer")
        return replace(state, facts=wanted, entered=_kept(state), top=0)
    return _chosen(book, state)


def _kept(state: OrderState) -> dict[str, str]:
    return {name: text for name, text in state.entered.items() if name in FILTERS}


def _chosen(book: Book, state: OrderState) -> OrderState:
    """Do the first option that is marked, if any."""
    for n, order in enumerate(_page(book, state), 1):
        option = state.entered.get(f"option{n}", "")
        if option == "5":
            return replace(state, entered=_kept(state)).go("ORD031", order=str(order.number))
        if option == "4":
            _open(order)
            return replace(state, entered=_kept(state)).go("ORD051", order=str(order.number))
        if option:
            raise OrderRefused(f"ORD2007 Option {option} not valid", f"option{n}")
    return replace(state, entered=_kept(state))


def _open(order: Order) -> None:
    if order.status != "OPEN":
        raise OrderRefused(f"ORD3001 Order {order.number} is {order.status.lower()}", "order")


def _page(book: Book, state: OrderState) -> list[Order]:
    return _found(book, state)[state.top : state.top + PAGE[state.screen]]


def refresh(_: Book, state: OrderState) -> OrderState:
    """F5: all orders, from the first."""
    return replace(state, facts={}, entered={}, top=0)


def enter_order(_: Book, state: OrderState) -> OrderState:
    """F6."""
    return replace(state, entered=_kept(state)).go("ORD040")


def turn(_: Book, state: OrderState) -> OrderState:
    """F11: the wide list, or back to the narrow one."""
    if state.screen == "ORD021":
        return replace(state, screen="ORD020", entered=_kept(state))
    if not state.wide:
        raise OrderRefused("ORD9002 The terminal has no 132 columns")
    return replace(state, screen="ORD021", entered=_kept(state))


def _rolled(state: OrderState, count: int, by: int) -> OrderState:
    top = state.top + by * PAGE[state.screen]
    if by < 0 and state.top == 0:
        raise OrderRefused("ORD2008 Top of list")
    if top >= count:
        raise OrderRefused("ORD2009 Bottom of list")
    return replace(state, top=max(top, 0), entered=_kept(state))


def page_down(book: Book, state: OrderState) -> OrderState:
    """PAGEDOWN (Roll Up) on a list."""
    return _rolled(state, len(_found(book, state)), 1)


def page_up(book: Book, state: OrderState) -> OrderState:
    """PAGEUP (Roll Down) on a list."""
    return _rolled(state, len(_found(book, state)), -1)


def _list(book: Book, state: OrderState) -> Mapping[str, str]:
    found, size = _found(book, state), PAGE[state.screen]
    make = _wide if state.screen == "ORD021" else _narrow
    lines = {f"line{n}": make(order) for n, order in enumerate(_page(book, state), 1)}
    return {"more": MORE if state.top + size < len(found) else BOTTOM} | lines


def _narrow(order: Order) -> str:
    return screens.LINE.format(
        order.number, order.day.isoformat(), order.customer.number, order.customer.name,
        order.status, shown(order.total),
    )  # fmt: skip


def _wide(order: Order) -> str:
    return screens.WIDE_LINE.format(
        order.number, order.day.isoformat(), order.wanted.isoformat(), order.customer.number,
        order.customer.name, order.customer.city, order.reference, len(order.lines),
        order.status, shown(order.total),
    )  # fmt: skip


# ---- one order -----------------------------------------------------------------------------------


def _order(book: Book, state: OrderState) -> Order:
    return book.order(state.facts["order"])


def display(book: Book, state: OrderState) -> OrderState:
    """ENTER where an order to display is asked for."""
    order = book.order(state.entered.get("order", ""))
    return state.go("ORD031", order=str(order.number))


def detail_down(book: Book, state: OrderState) -> OrderState:
    """PAGEDOWN on an order."""
    return _rolled(state, len(_order(book, state).lines), 1)


def detail_up(book: Book, state: OrderState) -> OrderState:
    """PAGEUP on an order."""
    return _rolled(state, len(_order(book, state).lines), -1)


def head(order: Order) -> dict[str, str]:
    """What an order is about."""
    return {
        "number": str(order.number),
        "status": order.status,
        "customer": str(order.customer.number),
        "name": order.customer.name,
        "city": order.customer.city,
        "ordered": order.day.isoformat(),
        "wanted": order.wanted.isoformat(),
        "reference": order.reference,
        "total": shown(order.total),
    }


def _detail(book: Book, state: OrderState) -> Mapping[str, str]:
    order = _order(book, state)
    size = PAGE[state.screen]
    lines = {
        f"line{n - state.top}": screens.DETAIL_LINE.format(
            n, line.item, names.ITEMS[line.item][0], line.quantity, shown(line.pence),
            shown(line.amount),
        )
        for n, line in enumerate(order.lines, 1)
        if state.top < n <= state.top + size
    }  # fmt: skip
    more = MORE if state.top + size < len(order.lines) else BOTTOM
    return head(order) | {"more": more} | lines


# ---- cancelling ----------------------------------------------------------------------------------


def ask_cancel(book: Book, state: OrderState) -> OrderState:
    """ENTER where an order to cancel is asked for."""
    order = book.order(state.entered.get("order", ""))
    _open(order)
    return state.go("ORD051", order=str(order.number))


def cancel_shown(book: Book, state: OrderState) -> OrderState:
    """F4 on an order."""
    order = _order(book, state)
    _open(order)
    return state.go("ORD051", order=str(order.number))


def cancel(book: Book, state: OrderState) -> OrderState:
    """ENTER where the cancellation is confirmed."""
    order = _order(book, state)
    book.cancel(order)
    return replace(state.back(), entered={}).say(f"ORD0001 Order {order.number} cancelled")


def _head(book: Book, state: OrderState) -> Mapping[str, str]:
    return head(_order(book, state))


LISTS: Final[Mapping[str, Callable[[Book, OrderState], OrderState]]] = {
    "ENTER": enter, "F5": refresh, "F6": enter_order, "F11": turn, "PAGEDOWN": page_down,
    "PAGEUP": page_up,
}  # fmt: skip
KEYS: Final[dict[str, Mapping[str, Callable[[Book, OrderState], OrderState]]]] = {
    "ORD020": LISTS,
    "ORD021": LISTS,
    "ORD030": {"ENTER": display},
    "ORD031": {"F4": cancel_shown, "PAGEDOWN": detail_down, "PAGEUP": detail_up},
    "ORD050": {"ENTER": ask_cancel},
    "ORD051": {"ENTER": cancel},
}
VALUES: Final[dict[str, Callable[[Book, OrderState], Mapping[str, str]]]] = {
    "ORD020": _list,
    "ORD021": _list,
    "ORD031": _detail,
    "ORD051": _head,
}
