"""What the tables of keys and values hold, and the keys most screens share."""

from collections.abc import Callable, Mapping

from hostemul.bank.ledger import Bank
from hostemul.bank.state import BankState


Handler = Callable[[Bank, BankState], BankState]
Keys = Mapping[str, Mapping[str, Handler]]  # screen id -> key -> what it does
Values = Mapping[str, Callable[[Bank, BankState], Mapping[str, str]]]  # screen id -> what it shows


def back(_: Bank, state: BankState) -> BankState:
    """PF3: return to where this screen was entered from."""
    return state.back()
