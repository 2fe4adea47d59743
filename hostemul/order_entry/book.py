"""The order book: what all sessions of one host share.

Law: the same seed makes the same orders; an order's total is the sum of its lines; only an open
order can be cancelled, and nothing else changes one. A refused request changes nothing and says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final, Literal

from hostemul.order_entry import names


TODAY: Final = date(2026, 3, 2)  # the house's business date: it has no clock
FIRST_CUSTOMER: Final = 1001
FIRST_ORDER: Final = 500001
ORDERS: Final = 187
MAX_LINES: Final = 23
MAX_QUANTITY: Final = 999
USERS: Final = 60

Status = Literal["OPEN", "SHIPPED", "CANCELLED"]
STATUSES: Final[tuple[Status, ...]] = ("OPEN", "SHIPPED", "CANCELLED")


class OrderRefused(Exception):
    """The house does not do it; the text is the message line of the screen.

    Attributes:
        field: the entry that is wrong; "" if none is.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One item of an order, at the price of its day."""

    item: str
    quantity: int
    pence: int

    @property
    def amount(self) -> int:
        """Pence of the line."""
        return self.quantity * self.pence


@dataclass(frozen=True, slots=True)
class OrderCustomer:
    """One customer."""

    number: int
    name: str
    city: str


@dataclass(slots=True)
class Order:
    """One order."""

    number: int
    customer: OrderCustomer
    day: date
    wanted: date
    reference: str
    status: Status = "OPEN"
    lines: list[OrderLine] = field(default_factory=list, repr=False)

    @property
    def total(self) -> int:
        """Pence of all lines."""
        return sum(line.amount for line in self.lines)


class Book:
    """Customers, items, orders, users.

    Args:
        seed: the same seed makes the same orders.
    """

    def __init__(self, seed: int = 1) -> None:
        self.customers = {
            FIRST_CUSTOMER + n: OrderCustomer(FIRST_CUSTOMER + n, name, city)
            for n, (name, city) in enumerate(names.CUSTOMERS)
        }
        self.users = {f"CLERK{n:02}": f"ORDER{n:02}" for n in range(1, USERS + 1)}
        luck = Random(f"orders:{seed}")  # noqa: S311  made-up data, not secrets
        made = (_order(luck, FIRST_ORDER + n, [*self.customers.values()]) for n in range(ORDERS))
        self.orders = {order.number: order for order in made}

    def __repr__(self) -> str:
        return f"<Book {len(self.orders)} orders of {len(self.customers)} customers>"

    def sign_on(self, user: str, password: str) -> str:
        """The user's name as the house spells it.

        Raises:
            OrderRefused: no such user or not that password.
        """
        name = user.upper()
        if self.users.get(name) != password.upper():
            raise OrderRefused("ORD1001 User or password not correct", "user")
        return name

    def customer(self, number: str) -> OrderCustomer:
        """A customer by number.

        Raises:
            OrderRefused: there is none.
        """
        found = self.customers.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise OrderRefused(f"ORD2002 Customer {number or 'number'} not found", "customer")
        return found

    def order(self, number: str) -> Order:
        """An order by number.

        Raises:
            OrderRefused: there is none.
        """
        found = self.orders.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise OrderRefused(f"ORD2001 Order {number or 'number'} not found", "order")
        return found

    def find(self, customer: str, status: str, start: str) -> list[Order]:
        """Orders of a customer ("" or zeros for all) with a status ("" or *ALL), from a number on.

        Raises:
            OrderRefused: there is no such customer or status.
        """
        wanted = self.customer(customer) if customer.strip("0") else None
        if status not in ("", "*ALL", *STATUSES):
            raise OrderRefused(f"ORD2003 Status {status} not valid", "status")
        first = int(start) if start.isdecimal() else 0
        return [
            order
            for order in self.orders.values()
            if order.number >= first
            and wanted in (None, order.customer)
            and status in ("", "*ALL", order.status)
        ]

    def place(
        self, customer: OrderCustomer, reference: str, wanted: date, lines: Sequence[OrderLine]
    ) -> Order:
        """Enter a new order; its lines are priced."""
        number = max(self.orders) + 1
        order = Order(number, customer, TODAY, wanted, reference, lines=list(lines))
        self.orders[number] = order
        return order

    def cancel(self, order: Order) -> None:
        """Cancel an order.

        Raises:
            OrderRefused: it is not open.
        """
        if order.status != "OPEN":
            raise OrderRefused(f"ORD3001 Order {order.number} is {order.status.lower()}", "order")
        order.status = "CANCELLED"


def priced(item: str, quantity: str, suffix: str = "") -> OrderLine:
    """A line from what was typed.

    Raises:
        OrderRefused: no such item, or no quantity of 1 to 999.
    """
    found = names.ITEMS.get(item.upper())
    if found is None:
        raise OrderRefused(f"ORD2004 Item {item.upper() or 'number'} not found", f"item{suffix}")
    if not quantity.isdecimal() or not 1 <= int(quantity) <= MAX_QUANTITY:
        raise OrderRefused("ORD2005 Quantity must be 1 to 999", f"quantity{suffix}")
    return OrderLine(item.upper(), int(quantity), found[1])


def _order(luck: Random, number: int, customers: Sequence[OrderCustomer]) -> Order:
    day = TODAY.toordinal() - (FIRST_ORDER + ORDERS - number) // 2
    status = luck.choices(STATUSES, (45, 48, 7))[0]
    count = luck.choices((luck.randint(1, 6), luck.randint(7, MAX_LINES)), (85, 15))[0]
    items = luck.choices([*names.ITEMS], k=count)
    return Order(
        number,
        luck.choice(customers),
        date.fromordinal(day),
        date.fromordinal(day + luck.randint(2, 30)),
        luck.choice(names.REFERENCES),
        status,
        [
            OrderLine(item, luck.choice((1, 2, 2, 4, 6, 10, 25)), names.ITEMS[item][1])
            for item in items
        ],
    )
