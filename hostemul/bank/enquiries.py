"""Screens that show: customer search and list, customer, account, bookings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from hostemul.bank import data, screens
from hostemul.bank.data import Account, Customer
from hostemul.bank.keys import Keys, Values, back
from hostemul.bank.ledger import Bank, TransferRefused
from hostemul.bank.money import shown
from hostemul.bank.state import BankState


T = TypeVar("T")


def full_name(customer: Customer) -> str:
    """`SMITH, ALICE`."""
    return f"{customer.last}, {customer.first}"


def search(bank: Bank, state: BankState) -> BankState:
    """ENTER on the search screen."""
    last, first, number = (state.entered.get(n, "") for n in ("last", "first", "number"))
    if number:
        try:
            customer = bank.customer(number)
        except TransferRefused as reason:
            return state.say(str(reason), "number")
        return state.go("BNK030", number=str(customer.number))
    if not last:
        return state.say("E201 Enter a last name or a customer number")
    if not bank.find(last, first):
        return state.say("E202 No customer found")
    return state.go("BNK021", last=last.upper(), first=first.upper())


def _found(bank: Bank, state: BankState) -> list[Customer]:
    return bank.find(state.facts["last"], state.facts["first"])


def _page(state: BankState, lines: Sequence[T], size: int) -> Sequence[T]:
    return lines[(state.page - 1) * size : state.page * size]


def _turned(state: BankState, by: int, count: int, size: int) -> BankState:
    page = state.page + by
    if page < 1:
        return replace(state, entered={}).say("I001 This is the first page")
    if page > max(1, -(-count // size)):
        return replace(state, entered={}).say("I002 This is the last page")
    return replace(state, page=page, entered={}, message="", cursor="")


def _pages(state: BankState, count: int, size: int) -> dict[str, str]:
    pages = max(1, -(-count // size))
    more = "MORE..." if state.page < pages else "END OF LIST"
    return {"page": str(state.page), "pages": str(pages), "more": more}


def _selected(state: BankState, lines: int) -> int:
    """The number of the one line marked S, from 0.

    Raises:
        TransferRefused: none, more than one, or another mark.
    """
    marks = {n: mark for n in range(lines) if (mark := state.entered.get(f"select{n + 1}"))}
    if not marks:
        raise TransferRefused("E205 Type S beside one line")
    if len(marks) > 1:
        raise TransferRefused("E206 Select one line only")
    line, mark = marks.popitem()
    if mark.upper() != "S":
        raise TransferRefused(f"E207 {mark} is not valid: type S")
    return line


def select_customer(bank: Bank, state: BankState) -> BankState:
    """ENTER on the customer list."""
    lines = _page(state, _found(bank, state), screens.LIST_LINES)
    try:
        chosen = lines[_selected(state, len(lines))]
    except TransferRefused as reason:
        return state.say(str(reason))
    return replace(state, entered={}).go("BNK030", number=str(chosen.number))


def customers_back(bank: Bank, state: BankState) -> BankState:
    """PF7 on the customer list."""
    return _turned(state, -1, len(_found(bank, state)), screens.LIST_LINES)


def customers_forward(bank: Bank, state: BankState) -> BankState:
    """PF8 on the customer list."""
    return _turned(state, 1, len(_found(bank, state)), screens.LIST_LINES)


def _customer_list(bank: Bank, state: BankState) -> Mapping[str, str]:
    found = _found(bank, state)
    lines = {
        f"line{n}": screens.CUSTOMER_LINE.format(
            customer.number, customer.last, customer.first, customer.city, len(customer.accounts)
        )
        for n, customer in enumerate(_page(state, found, screens.LIST_LINES), 1)
    }
    pages = _pages(state, len(found), screens.LIST_LINES)
    return {"last": state.facts["last"], "found": str(len(found))} | pages | lines


def select_account(bank: Bank, state: BankState) -> BankState:
    """ENTER on the customer screen."""
    owned = bank.customer(state.facts["number"]).accounts
    try:
        number = owned[_selected(state, len(owned))]
    except TransferRefused as reason:
        return state.say(str(reason) if owned else "E208 The customer has no accounts")
    return replace(state, entered={}).go("BNK041", account=str(number))


def _customer(bank: Bank, state: BankState) -> Mapping[str, str]:
    customer = bank.customer(state.facts["number"])
    lines = {
        f"line{n}": _account_line(bank.account(str(number)))
        for n, number in enumerate(customer.accounts, 1)
    }
    return {
        "number": str(customer.number),
        "name": full_name(customer),
        "street": customer.street,
        "city": customer.city,
        "postcode": customer.postcode,
        "phone": customer.phone,
        "born": f"{customer.born:%d/%m/%Y}",
        "since": f"{customer.since:%d/%m/%Y}",
    } | lines


def _account_line(account: Account) -> str:
    return screens.ACCOUNT_LINE.format(
        account.number,
        data.TYPES[account.type],
        account.currency,
        shown(account.balance),
        status(account),
        f"{account.opened:%d/%m/%Y}",
    )


def status(account: Account) -> str:
    """`OPEN` or `CLOSED`."""
    return "CLOSED" if account.closed else "OPEN"


def display(bank: Bank, state: BankState) -> BankState:
    """ENTER on the account enquiry."""
    try:
        account = bank.account(state.entered.get("account", ""))
    except TransferRefused as reason:
        return state.say(str(reason))
    return state.go("BNK041", account=str(account.number))


def show_bookings(_: Bank, state: BankState) -> BankState:
    """PF5 on the account screen."""
    return state.go("BNK050", account=state.facts["account"])


def transfer_from(_: Bank, state: BankState) -> BankState:
    """PF6 on the account screen: the payer is filled in."""
    entered = {"from": state.facts["account"]}
    return replace(state.go("BNK060"), entered=entered, cursor="to")


def close_this(_: Bank, state: BankState) -> BankState:
    """PF9 on the account screen: the number is filled in."""
    return replace(state.go("BNK080"), entered={"account": state.facts["account"]})


def _account(bank: Bank, state: BankState) -> Mapping[str, str]:
    account = bank.account(state.facts["account"])
    return {
        "account": str(account.number),
        "number": str(account.customer),
        "name": full_name(bank.customers[account.customer]),
        "type": data.TYPES[account.type],
        "currency": account.currency,
        "status": status(account),
        "opened": account.opened.isoformat(),
        "last": account.bookings[-1].day.isoformat(),
        "rate": data.RATES[account.type],
        "balance": shown(account.balance),
        "limit": shown(account.limit),
        "available": shown(account.available),
        "bookings": str(len(account.bookings)),
    }


def bookings_back(bank: Bank, state: BankState) -> BankState:
    """PF7 on the transaction list."""
    count = len(bank.account(state.facts["account"]).bookings)
    return _turned(state, -1, count, screens.BOOKING_LINES)


def bookings_forward(bank: Bank, state: BankState) -> BankState:
    """PF8 on the transaction list."""
    count = len(bank.account(state.facts["account"]).bookings)
    return _turned(state, 1, count, screens.BOOKING_LINES)


def _bookings(bank: Bank, state: BankState) -> Mapping[str, str]:
    account = bank.account(state.facts["account"])
    count = len(account.bookings)
    lines = {
        f"line{n}": screens.BOOKING_LINE.format(
            one.day.isoformat(), one.reference, one.text, shown(one.pence), shown(one.balance)
        )
        for n, one in enumerate(_page(state, account.bookings[::-1], screens.BOOKING_LINES), 1)
    }
    head = {"account": str(account.number), "currency": account.currency}
    return head | _pages(state, count, screens.BOOKING_LINES) | lines


KEYS: Final[Keys] = {
    "BNK020": {"ENTER": search, "PF3": back},
    "BNK021": {
        "ENTER": select_customer,
        "PF3": back,
        "PF7": customers_back,
        "PF8": customers_forward,
    },
    "BNK030": {"ENTER": select_account, "PF3": back},
    "BNK040": {"ENTER": display, "PF3": back},
    "BNK041": {"PF3": back, "PF5": show_bookings, "PF6": transfer_from, "PF9": close_this},
    "BNK050": {"PF3": back, "PF7": bookings_back, "PF8": bookings_forward},
}
VALUES: Final[Values] = {
    "BNK021": _customer_list,
    "BNK030": _customer,
    "BNK041": _account,
    "BNK050": _bookings,
}
