"""The bank's books: what all sessions of one host share.

Law: money moves from one account to another or in over the counter and nowhere else; an account
never goes below its limit; a refused order changes nothing and says why. A user is signed on at
one place at a time: the ticket of the newest sign-on is the valid one.
"""

from dataclasses import dataclass

from hostemul.bank import data
from hostemul.bank.data import Account, AccountType, Customer
from hostemul.bank.money import shown


USERS = 200
TRIES = 3


class TransferRefused(Exception):
    """The bank does not do it; the text is the message line of the screen."""


@dataclass(slots=True)
class User:
    """A teller: `TELLER001` signs on with `BANK001`, and so on; both in either case."""

    name: str
    password: str
    tries: int = TRIES
    ticket: int = 0
    terminal: str = ""
    sign_ons: int = 0

    def __repr__(self) -> str:
        return f"<User {self.name}>"


class Bank:
    """Customers, accounts, users.

    Args:
        seed: the same seed makes the same bank.
        motd_rate: the share of sign-ons that are shown a message of the day, 0 to 1.
        tellers: how many users there are.
    """

    def __init__(self, seed: int = 1, motd_rate: float = 0.25, tellers: int = USERS) -> None:
        self.seed = seed
        self.motd_rate = motd_rate
        owners = data.customers(seed)
        self._accounts = data.accounts(seed, owners)
        self.customers = {owner.number: owner for owner in owners}
        self._by_last: dict[str, list[Customer]] = {}
        for owner in sorted(owners, key=lambda c: (c.last, c.first, c.number)):
            self._by_last.setdefault(owner.last, []).append(owner)
        numbers = range(1, tellers + 1)
        self.users = {f"TELLER{n:03}": User(f"TELLER{n:03}", f"BANK{n:03}") for n in numbers}
        self._tickets = 0
        self._orders = 0

    def __repr__(self) -> str:
        return f"<Bank seed {self.seed}, {len(self._accounts)} accounts>"

    # Users

    def sign_on(self, name: str, password: str, terminal: str) -> int:
        """Sign a user on at a terminal and return the ticket; any older one becomes invalid.

        Raises:
            TransferRefused: unknown user, wrong password, or revoked after three wrong ones.
        """
        user = self.users.get(name.upper())
        if user is None:
            raise TransferRefused("E101 User ID or password is not valid")
        if user.tries and user.password != password.upper():
            user.tries -= 1
            raise TransferRefused(
                "E101 User ID or password is not valid"
                if user.tries
                else f"E102 User {user.name} is revoked after {TRIES} wrong passwords"
            )
        if not user.tries:
            raise TransferRefused(f"E103 User {user.name} is revoked: ask your supervisor")
        self._tickets += 1
        user.tries, user.ticket, user.terminal = TRIES, self._tickets, terminal
        user.sign_ons += 1
        return user.ticket

    def sign_off(self, name: str, ticket: int) -> None:
        """End a user's sign-on, unless a newer one has taken its place."""
        user = self.users[name]
        if user.ticket == ticket:
            user.ticket, user.terminal = 0, ""

    def has_news(self, name: str) -> bool:
        """Whether this sign-on of a user is shown the message of the day; chance by seed."""
        luck = data.chance("motd", self.seed, name, self.users[name].sign_ons)
        return luck.random() < self.motd_rate

    # Enquiries

    def find(self, last: str, first: str = "") -> list[Customer]:
        """Customers by last name (`SMITH`, or `SMITH*` for all that begin so) and start of first."""
        wanted, first = last.upper(), first.upper()
        if wanted.endswith("*"):
            start = wanted[:-1]
            found = [
                c for name, some in self._by_last.items() if name.startswith(start) for c in some
            ]
        else:
            found = self._by_last.get(wanted, [])
        return [one for one in found if one.first.startswith(first)] if first else found

    def account(self, number: str) -> Account:
        """The account of a number as typed.

        Raises:
            TransferRefused: there is none.
        """
        account = self._accounts.get(int(number)) if number.isdecimal() else None
        if account is None:
            raise TransferRefused(
                f"E301 Account {number} is unknown" if number else "E302 Enter an account"
            )
        if not account.bookings:
            data.fill(self.seed, account)
        return account

    def customer(self, number: str) -> Customer:
        """The customer of a number as typed.

        Raises:
            TransferRefused: there is none.
        """
        found = self.customers.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise TransferRefused(
                f"E203 Customer {number} is unknown" if number else "E204 Enter a customer"
            )
        return found

    # Orders

    def check_transfer(
        self, source: str, target: str, pence: int | None
    ) -> tuple[Account, Account]:
        """The two accounts of a transfer that could be made now.

        Raises:
            TransferRefused: an account is unknown or closed, they are the same or of different currency,
                the amount is none, or the funds are insufficient.
        """
        payer, payee = self.account(source), self.account(target)
        for account in (payer, payee):
            if account.closed:
                raise TransferRefused(f"E303 Account {account.number} is closed")
        if payer is payee:
            raise TransferRefused("E304 The accounts must differ")
        if payer.currency != payee.currency:
            raise TransferRefused(f"E305 Currencies differ: {payer.currency} and {payee.currency}")
        if not pence:
            raise TransferRefused("E306 Amount is not valid")
        if pence > payer.available:
            raise TransferRefused(
                f"E307 Insufficient funds in account {payer.number}: {shown(payer.available)} available"
            )
        return payer, payee

    def transfer(self, source: str, target: str, pence: int, text: str) -> str:
        """Move money and return the order's reference.

        Raises:
            TransferRefused: as `check_transfer`.
        """
        payer, payee = self.check_transfer(source, target, pence)
        reference = self._reference("T")
        payer.book(data.TODAY, reference, text or f"TRANSFER TO {payee.number}", -pence)
        payee.book(data.TODAY, reference, text or f"TRANSFER FROM {payer.number}", pence)
        return reference

    def open_account(
        self, owner: Customer, kind: AccountType, currency: str, pence: int
    ) -> tuple[Account, str]:
        """Open an account with a deposit over the counter; return it and the order's reference.

        Raises:
            TransferRefused: the customer has as many accounts as one can have.
        """
        if len(owner.accounts) >= data.MAX_ACCOUNTS:
            raise TransferRefused(
                f"E404 Customer {owner.number} has {data.MAX_ACCOUNTS} accounts already"
            )
        number, reference = data.FIRST_ACCOUNT + len(self._accounts), self._reference("O")
        account = Account(number, owner.number, kind, currency, data.TODAY)
        account.book(data.TODAY, reference, "OPENING DEPOSIT", pence)
        self._accounts[number] = account
        owner.accounts.append(number)
        return account, reference

    def check_close(self, number: str) -> Account:
        """The account, if it could be closed now.

        Raises:
            TransferRefused: unknown, closed already, or not empty.
        """
        account = self.account(number)
        if account.closed:
            raise TransferRefused(f"E303 Account {account.number} is closed")
        if account.balance:
            raise TransferRefused(
                f"E501 Balance of account {number} is {shown(account.balance)}, not zero"
            )
        return account

    def close_account(self, number: str) -> str:
        """Close an empty account and return the order's reference.

        Raises:
            TransferRefused: as `check_close`.
        """
        self.check_close(number).closed = True
        return self._reference("C")

    def _reference(self, kind: str) -> str:
        self._orders += 1
        return f"{kind}{self._orders:07}"
