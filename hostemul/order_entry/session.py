"""One terminal session of the order host: a key and typed fields in, the next state out.

Law: `step` decides everything a key does and waits for nothing; only the shared book changes with
it. Typed text is kept until the screen is left, so that an error loses nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from hostemul.order_entry import book, entering, listing
from hostemul.order_entry.book import Book, OrderRefused
from hostemul.order_entry.state import OrderState


Handler = Callable[[Book, OrderState], OrderState]
REFRESH: Final = frozenset({"CLEAR", "PRINT", "HELP", "BACKSPACE"})  # the screen is sent again


def start(device: str, *, wide: bool = False) -> OrderState:
    """The sign-on screen of a terminal."""
    return OrderState(device=device, wide=wide)


def sign_on(orders: Book, state: OrderState) -> OrderState:
    """ENTER on the sign-on screen."""
    user, password = state.entered.get("user", ""), state.entered.get("password", "")
    state = replace(state, entered={"user": user})  # a password is never kept
    if not user:
        return state.err("ORD1002 Enter your user", "user")
    name = orders.sign_on(user, password)
    return OrderState("ORD010", state.device, name, state.wide)


def select(_: Book, state: OrderState) -> OrderState:
    """ENTER on the menu."""
    choice = state.entered.get("selection", "").lstrip("0")
    state = replace(state, entered={})
    if choice == "90":
        return sign_off(_, state)
    if choice not in MENU:
        return state.err("ORD1003 Selection not valid", "selection")
    return state.go(MENU[choice])


def sign_off(_: Book, state: OrderState) -> OrderState:
    """F3 or 90 on the menu."""
    return OrderState("ORD099", state.device, wide=state.wide)


def again(_: Book, state: OrderState) -> OrderState:
    """ENTER after the end of a session."""
    return start(state.device, wide=state.wide)


def end(_: Book, state: OrderState) -> OrderState:
    """F3 where nobody is signed on: the host ends the connection."""
    return replace(state, over=True)


def back(_: Book, state: OrderState) -> OrderState:
    """F12: to the screen before."""
    return state.back()


def menu(_: Book, state: OrderState) -> OrderState:
    """F3: to the menu."""
    return OrderState("ORD010", state.device, state.user, state.wide)


MENU: Final[Mapping[str, str]] = {"1": "ORD020", "2": "ORD040", "3": "ORD030", "4": "ORD050"}
KEYS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "ORD000": {"ENTER": sign_on, "F3": end},
    "ORD010": {"ENTER": select, "F3": sign_off},
    "ORD099": {"ENTER": again, "F3": end},
    "SYS001": {"ENTER": back},
    **{
        screen: {"F3": menu, "F12": back, **keys}
        for screen, keys in (listing.KEYS | entering.KEYS).items()
    },
}
VALUES: Final = listing.VALUES | entering.VALUES


def step(orders: Book, state: OrderState, aid: str, fields: Mapping[str, str]) -> OrderState:
    """Obey one attention key.

    Args:
        orders: the book, changed by orders placed and cancelled.
        state: where the session stands.
        aid: the key.
        fields: typed text by entry name; entries left out keep what they held.
    """
    if aid in REFRESH:
        return replace(state, message="", wrong=False)
    typed = replace(state, entered={**state.entered, **fields}, message="", wrong=False, cursor="")
    handler = KEYS[state.screen].get(aid)
    if handler is None:
        return _forgetful(typed).err(f"ORD9001 Key {aid} not allowed")
    try:
        return handler(orders, typed)
    except OrderRefused as reason:
        return _forgetful(typed).err(str(reason), reason.field)


def _forgetful(state: OrderState) -> OrderState:
    kept = {name: text for name, text in state.entered.items() if name != "password"}
    return replace(state, entered=kept)


def values(orders: Book, state: OrderState) -> dict[str, str]:
    """What the items of the state's screen show, by name."""
    shown = {
        "date": book.TODAY.isoformat(),
        "user": state.user,
        "device": state.device,
        "message": state.message,
    }
    make = VALUES.get(state.screen)
    shown.update(state.facts if make is None else make(orders, state))
    shown.update(state.entered)
    return shown


def unknown(state: OrderState) -> OrderState:
    """A screen no model knows, before the state; ENTER goes on (chaos: unknown screen)."""
    return replace(OrderState("SYS001", state.device, state.user, state.wide), before=state)
