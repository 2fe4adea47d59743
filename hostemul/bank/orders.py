"""Screens that do: transfer, open an account, close an account, and the loan calculator."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hostemul.bank import data, money
from hostemul.bank.data import Account
from hostemul.bank.enquiries import full_name, status
from hostemul.bank.keys import Keys, Values, back
from hostemul.bank.ledger import Bank, TransferRefused
from hostemul.bank.money import shown
from hostemul.bank.state import BankState


MAX_MONTHS: Final = 480


def check_transfer(bank: Bank, state: BankState) -> BankState:
    """ENTER on the transfer screen: to its confirmation."""
    typed = {name: state.entered.get(name, "") for name in ("from", "to", "amount", "reference")}
    pence = money.typed(typed["amount"])
    try:
        bank.check_transfer(typed["from"], typed["to"], pence)
    except TransferRefused as reason:
        return state.say(str(reason))
    return state.go("BNK061", **typed | {"amount": shown(pence or 0)})


def make_transfer(bank: Bank, state: BankState) -> BankState:
    """ENTER on the confirmation: Y makes the transfer, N returns."""
    answer = _answer(state, "I301 The transfer was not made")
    if answer is not None:
        return answer
    facts = state.facts
    try:
        number = bank.transfer(
            facts["from"], facts["to"], money.typed(facts["amount"]) or 0, facts["reference"]
        )
    except TransferRefused as reason:  # the books have changed since the confirmation was shown
        return state.back(str(reason))
    result = {
        "number": number,
        "day": data.TODAY.isoformat(),
        "from_balance": shown(bank.account(facts["from"]).balance),
        "to_balance": shown(bank.account(facts["to"]).balance),
    }
    done = {**facts, **result}
    return _done(state).swap("BNK062", "I302 The transfer has been made", **done)


def _answer(state: BankState, refusal: str) -> BankState | None:
    """Where the answer leads, or None when it is Y."""
    answer = state.entered.get("confirm", "").upper()
    if answer == "N":
        return state.back(refusal)
    return None if answer == "Y" else replace(state, entered={}).say("E308 Answer Y or N")


def _done(state: BankState) -> BankState:
    """A finished order is left to where its first screen was entered from."""
    return replace(state, before=state.before.before if state.before else None)


def _transfer_confirm(bank: Bank, state: BankState) -> Mapping[str, str]:
    payer, payee = bank.account(state.facts["from"]), bank.account(state.facts["to"])
    return {
        **state.facts,
        "from_name": full_name(bank.customers[payer.customer]),
        "to_name": full_name(bank.customers[payee.customer]),
        "currency": payer.currency,
    }


def _facts(_: Bank, state: BankState) -> Mapping[str, str]:
    return state.facts


def open_account(bank: Bank, state: BankState) -> BankState:
    """ENTER on the open account screen."""
    typed = {
        n: state.entered.get(n, "").upper() for n in ("customer", "type", "currency", "deposit")
    }
    pence = money.typed(typed["deposit"] or "0")
    kind = next((one for one in data.TYPES if one == typed["type"]), None)
    try:
        owner = bank.customer(typed["customer"])
        if kind is None:
            return state.say("E401 Account type is not valid", "type")
        if typed["currency"] not in data.CURRENCIES:
            return state.say("E402 Currency is not valid", "currency")
        if pence is None:
            return state.say("E403 Deposit is not valid", "deposit")
        account, order = bank.open_account(owner, kind, typed["currency"], pence)
    except TransferRefused as reason:
        return state.say(str(reason))
    facts = _of_account(bank, account) | {"order": order, "day": data.TODAY.isoformat()}
    return state.swap("BNK071", "I401 The account has been opened", **facts)


def _of_account(bank: Bank, account: Account) -> dict[str, str]:
    return {
        "account": str(account.number),
        "number": str(account.customer),
        "name": full_name(bank.customers[account.customer]),
        "type": data.TYPES[account.type],
        "currency": account.currency,
        "opened": account.opened.isoformat(),
        "balance": shown(account.balance),
        "status": status(account),
    }


def check_close(bank: Bank, state: BankState) -> BankState:
    """ENTER on the close account screen: to its confirmation."""
    try:
        account = bank.check_close(state.entered.get("account", ""))
    except TransferRefused as reason:
        return state.say(str(reason))
    return state.go("BNK081", **_of_account(bank, account))


def close_account(bank: Bank, state: BankState) -> BankState:
    """ENTER on the confirmation: Y closes the account, N returns."""
    answer = _answer(state, "I501 The account was not closed")
    if answer is not None:
        return answer
    try:
        order = bank.close_account(state.facts["account"])
    except TransferRefused as reason:  # the books have changed since the confirmation was shown
        return state.back(str(reason))
    account = bank.account(state.facts["account"])
    facts = _of_account(bank, account) | {"order": order, "day": data.TODAY.isoformat()}
    return _done(state).swap("BNK082", "I502 The account has been closed", **facts)


def calculate(_: Bank, state: BankState) -> BankState:
    """ENTER on the loan calculator: the result on the same screen."""
    typed = state.entered
    state = replace(state, facts={})
    amount = money.typed(typed.get("amount", ""))
    rate = money.percent(typed.get("rate", ""))
    months = typed.get("months", "")
    if not amount:
        return state.say("E601 Amount to borrow is not valid", "amount")
    if rate is None:
        return state.say("E602 Interest rate is not valid", "rate")
    if not (months.isdecimal() and 1 <= int(months) <= MAX_MONTHS):
        return state.say("E603 Number of months is not valid", "months")
    payment = money.monthly_payment(amount, rate, int(months))
    total = payment * int(months)
    facts = {"payment": shown(payment), "total": shown(total), "interest": shown(total - amount)}
    return replace(state, facts=facts).say("")


KEYS: Final[Keys] = {
    "BNK060": {"ENTER": check_transfer, "PF3": back},
    "BNK061": {"ENTER": make_transfer, "PF3": back},
    "BNK062": {"ENTER": back, "PF3": back},
    "BNK070": {"ENTER": open_account, "PF3": back},
    "BNK071": {"ENTER": back, "PF3": back},
    "BNK080": {"ENTER": check_close, "PF3": back},
    "BNK081": {"ENTER": close_account, "PF3": back},
    "BNK082": {"ENTER": back, "PF3": back},
    "BNK090": {"ENTER": calculate, "PF3": back},
}
VALUES: Final[Values] = {
    "BNK061": _transfer_confirm,
    "BNK062": _facts,
    "BNK071": _facts,
    "BNK081": _facts,
    "BNK082": _facts,
    "BNK090": _facts,
}
