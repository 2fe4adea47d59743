"""Customers, accounts and bookings made from a seed.

Law: the same seed makes the same bank, and an account's bookings depend on the seed and its number
only, not on when they are first asked for. A made account never stands below its overdraft limit,
and its balance is the sum of its bookings.
"""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final, Literal

from hostemul.bank import names


TODAY: Final = date(2026, 3, 2)  # the bank's business date: it has no clock
CUSTOMERS: Final = 2000
FIRST_CUSTOMER: Final = 100001
FIRST_ACCOUNT: Final = 40000001
MAX_ACCOUNTS: Final = 8  # lines of the customer screen

AccountType = Literal["CUR", "SAV", "BUS"]
TYPES: Final[dict[AccountType, str]] = {"CUR": "CURRENT", "SAV": "SAVINGS", "BUS": "BUSINESS"}
CURRENCIES: Final = ("GBP", "EUR", "USD")
RATES: Final[dict[str, str]] = {"CUR": "0.000", "SAV": "2.750", "BUS": "0.500"}


@dataclass(frozen=True, slots=True)
class Booking:
    """One line of an account: pence are negative when they leave it."""

    day: date
    reference: str
    text: str
    pence: int
    balance: int


@dataclass(slots=True)
class Account:
    """One account; `bookings` run from the oldest to the newest."""

    number: int
    customer: int
    type: AccountType
    currency: str
    opened: date
    limit: int = 0
    closed: bool = False
    bookings: list[Booking] = field(default_factory=list, repr=False)

    @property
    def balance(self) -> int:
        """Pence on the account."""
        return self.bookings[-1].balance if self.bookings else 0

    @property
    def available(self) -> int:
        """Pence that can be taken out."""
        return self.balance + self.limit

    def book(self, day: date, reference: str, text: str, pence: int) -> None:
        """Add one booking; the caller has checked what is available."""
        self.bookings.append(Booking(day, reference, text, pence, self.balance + pence))


@dataclass(slots=True)
class Customer:
    """One customer and the numbers of the accounts, in the order they were opened."""

    number: int
    last: str
    first: str
    street: str
    city: str
    postcode: str
    phone: str
    born: date
    since: date
    accounts: list[int] = field(default_factory=list)


def chance(*key: object) -> Random:
    """A generator that depends on its key only."""
    return Random(":".join(map(str, key)))  # noqa: S311  made-up data, not secrets


def customers(seed: int) -> list[Customer]:
    """All customers, in the order of their numbers, without accounts."""
    luck = chance("customers", seed)
    lasts = [last for last, count in names.FIXED.items() for _ in range(count)]
    lasts += luck.choices(names.LAST, k=CUSTOMERS - len(lasts))
    luck.shuffle(lasts)
    return [_customer(luck, FIRST_CUSTOMER + n, last) for n, last in enumerate(lasts)]


def _customer(luck: Random, number: int, last: str) -> Customer:
    city = luck.choice(list(names.CITIES))
    return Customer(
        number=number,
        last=last,
        first=luck.choice(names.FIRST),
        street=f"{luck.randint(1, 199)} {luck.choice(names.STREETS)}",
        city=city,
        postcode=f"{names.CITIES[city]} {luck.randint(1, 9)}{''.join(luck.choices('ABDEFGHJLN', k=2))}",
        phone=f"01632 {luck.randint(960000, 960999)}",  # kept free for fiction by Ofcom
        born=_day(luck, 1936, 2007),
        since=_day(luck, 2008, 2025),
    )


def _day(luck: Random, first: int, last: int) -> date:
    start = date(first, 1, 1).toordinal()
    return date.fromordinal(luck.randint(start, date(last, 12, 31).toordinal()))


def accounts(seed: int, owners: list[Customer]) -> dict[int, Account]:
    """All accounts by number, without bookings; their owners are told."""
    luck = chance("accounts", seed)
    made: dict[int, Account] = {}
    for owner in owners:
        for _ in range(luck.choices(range(6), (4, 30, 36, 20, 8, 2))[0]):
            account = _account(luck, FIRST_ACCOUNT + len(made), owner)
            made[account.number] = account
            owner.accounts.append(account.number)
    return made


def _account(luck: Random, number: int, owner: Customer) -> Account:
    kind: AccountType = luck.choices(("CUR", "SAV", "BUS"), (60, 32, 8))[0]
    currency = luck.choices(CURRENCIES, (94, 4, 2))[0]
    limit = 0 if kind == "SAV" else luck.choice((0, 50_000, 100_000, 250_000))
    return Account(
        number, owner.number, kind, currency, _day(luck, owner.since.year, 2025), limit,
        closed=luck.random() < 0.03,  # noqa: PLR2004  three of a hundred
    )  # fmt: skip


def fill(seed: int, account: Account) -> None:
    """Make the bookings of one account: 3 to 70, the last ones before the business date."""
    luck = chance("bookings", seed, account.number)
    count = luck.choices((luck.randint(3, 15), luck.randint(20, 70)), (40, 60))[0]
    first = account.opened.toordinal()
    days = sorted(luck.randint(first, TODAY.toordinal() - 1) for _ in range(count))
    account.book(
        account.opened, _reference(luck), "OPENING DEPOSIT", luck.randint(100, 90_000) * 10
    )
    for day in days:
        _made_booking(luck, account, date.fromordinal(day))
    if account.closed and account.balance:
        account.book(TODAY, _reference(luck), "CLOSING PAYMENT", -account.balance)


def _made_booking(luck: Random, account: Account, day: date) -> None:
    out = luck.randint(100, 45_000)
    if luck.random() < 0.7 and out <= account.available:  # noqa: PLR2004  mostly debits
        account.book(day, _reference(luck), luck.choice(names.DEBITS), -out)
    else:
        account.book(
            day, _reference(luck), luck.choice(names.CREDITS), luck.randint(1_000, 120_000)
        )


def _reference(luck: Random) -> str:
    return f"R{luck.randint(1_000_000, 9_999_999)}"
