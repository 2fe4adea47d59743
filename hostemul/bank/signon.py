"""Sign-on, message of the day, menu, and the ways out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hostemul.bank import names
from hostemul.bank.keys import Keys, Values, back
from hostemul.bank.ledger import Bank, TransferRefused
from hostemul.bank.state import BankState


OPTIONS: Final[Mapping[str, str]] = {
    "1": "BNK020",
    "2": "BNK040",
    "3": "BNK060",
    "4": "BNK070",
    "5": "BNK080",
    "6": "BNK090",
}


def sign_on(bank: Bank, state: BankState) -> BankState:
    """ENTER on the sign-on screen."""
    name, password = state.entered.get("user", ""), state.entered.get("password", "")
    state = replace(state, entered={"user": name})  # a password is never shown again
    if not name:
        return state.say("E104 Enter your user ID")
    if not password:
        return state.say("E105 Enter your password", "password")
    try:
        ticket = bank.sign_on(name, password, state.terminal)
    except TransferRefused as reason:
        return state.say(str(reason))
    on = BankState("BNK010", state.terminal, name.upper(), ticket)
    return on.swap("BNK005") if bank.has_news(on.user) else on


def after_news(_: Bank, state: BankState) -> BankState:
    """ENTER on the message of the day."""
    return state.swap("BNK010")


def select(bank: Bank, state: BankState) -> BankState:
    """ENTER on the menu."""
    option = state.entered.get("option", "").upper()
    if option == "X":
        return sign_off(bank, state)
    if option not in OPTIONS:
        return replace(state, entered={}).say(
            "E106 Option is not valid" if option else "E107 Enter an option"
        )
    return replace(state, entered={}).go(OPTIONS[option])


def sign_off(bank: Bank, state: BankState) -> BankState:
    """PF3 or X on the menu."""
    bank.sign_off(state.user, state.ticket)
    return BankState("BNK099", state.terminal)


def again(_: Bank, state: BankState) -> BankState:
    """ENTER after the end of a session."""
    return BankState("BNK000", state.terminal)


def end(_: Bank, state: BankState) -> BankState:
    """PF3 where nobody is signed on: the host ends the connection."""
    return replace(state, over=True)


def elsewhere(bank: Bank, state: BankState) -> BankState:
    """What the older session of a user sees at its next key."""
    place = bank.users[state.user].terminal or "(SIGNED OFF)"
    return BankState("BNK098", state.terminal, facts={"user": state.user, "place": place})


def menu(_: Bank, state: BankState) -> BankState:
    """PF12: back to the menu from anywhere."""
    return BankState("BNK010", state.terminal, state.user, state.ticket)


def _notice(bank: Bank, state: BankState) -> Mapping[str, str]:
    return {"notice": names.NOTICES[(state.ticket + bank.seed) % len(names.NOTICES)]}


KEYS: Final[Keys] = {
    "BNK000": {"ENTER": sign_on, "PF3": end},
    "BNK005": {"ENTER": after_news},
    "BNK010": {"ENTER": select, "PF3": sign_off},
    "BNK098": {"ENTER": again, "PF3": end},
    "BNK099": {"ENTER": again, "PF3": end},
    "SYS001": {"ENTER": back},
}
VALUES: Final[Values] = {"BNK005": _notice}
