"""One terminal session of the bank: a key and typed fields in, the next state out.

Law: `step` decides everything a key does and waits for nothing; only the shared books change with
it. A session whose user has signed on elsewhere does nothing more: its next key says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hostemul.bank import data, enquiries, orders, signon
from hostemul.bank.keys import Keys, Values
from hostemul.bank.ledger import Bank
from hostemul.bank.state import BankState


KEYS: Final[Keys] = {**signon.KEYS, **enquiries.KEYS, **orders.KEYS}
VALUES: Final[Values] = {**signon.VALUES, **enquiries.VALUES, **orders.VALUES}
REFRESH: Final = frozenset({"CLEAR", "PA2"})  # the screen is sent again
MENU_BY_PF12: Final = frozenset(KEYS) - frozenset(signon.KEYS)
TODAY: Final = data.TODAY.isoformat()


def start(terminal: str) -> BankState:
    """The sign-on screen of a terminal."""
    return BankState(terminal=terminal)


def step(bank: Bank, state: BankState, aid: str, fields: Mapping[str, str]) -> BankState:
    """Obey one attention key.

    Args:
        bank: the books, changed by orders.
        state: where the session stands.
        aid: the key; PF13 to PF24 mean PF1 to PF12.
        fields: typed text by entry name; entries left out keep what they held.
    """
    if state.user and bank.users[state.user].ticket != state.ticket:
        return signon.elsewhere(bank, state)
    if aid in REFRESH:
        return state
    key = _low(aid)
    typed = replace(state, entered={**state.entered, **fields}, message="", cursor="")
    handler = KEYS[state.screen].get(key)
    if handler is not None:
        return handler(bank, typed)
    if key == "PF12" and state.user and state.screen in MENU_BY_PF12:
        return signon.menu(bank, state)
    return replace(typed, entered=_without_password(typed)).say(
        f"E901 {aid} is not active on this screen"
    )


def _low(aid: str) -> str:
    if aid.startswith("PF") and int(aid[2:]) > 12:  # noqa: PLR2004  upper half of the keyboard
        return f"PF{int(aid[2:]) - 12}"
    return aid


def _without_password(state: BankState) -> dict[str, str]:
    return {name: value for name, value in state.entered.items() if name != "password"}


def hang_up(bank: Bank, state: BankState) -> None:
    """The terminal is gone: end its sign-on."""
    if state.user:
        bank.sign_off(state.user, state.ticket)


def values(bank: Bank, state: BankState) -> dict[str, str]:
    """What the items of the state's screen show, by name."""
    shown = {
        "date": TODAY,
        "user": state.user,
        "terminal": state.terminal,
        "message": state.message,
    }
    make = VALUES.get(state.screen)
    shown.update(state.facts if make is None else make(bank, state))
    shown.update(state.entered)
    return shown


def unknown(state: BankState) -> BankState:
    """A screen no model knows, before the state; ENTER goes on (chaos: unknown screen)."""
    return replace(BankState("SYS001", state.terminal, state.user, state.ticket), before=state)
