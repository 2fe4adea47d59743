"""Where one terminal session of the order host stands.

Law: a state is frozen; a key makes a new one. F12 goes to the state this one was entered from, so a
list is found again as it was left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True, slots=True, repr=False)
class OrderState:
    """One session's state.

    Attributes:
        screen: the id of the screen shown.
        device: the device name.
        user: who is signed on; "" is nobody.
        wide: the terminal can show 27 rows of 132.
        entered: what the entries of the screen hold.
        message: of the message row.
        wrong: the message is an error about what was typed: the rest of the screen stays.
        cursor: the entry to put the cursor in; the first one when empty.
        top: the first line shown of a list, from 0.
        facts: what the screen is about: numbers, names, filters.
        before: where F12 returns to.
        over: the host ends the connection.
    """

    screen: str = "ORD000"
    device: str = ""
    user: str = ""
    wide: bool = False
    entered: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    wrong: bool = False
    cursor: str = ""
    top: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    before: "OrderState | None" = None
    over: bool = False

    def __repr__(self) -> str:
        return f"<OrderState {self.screen} {self.user or '-'} top {self.top} {self.message!r}>"

    def err(self, message: str, cursor: str = "") -> Self:
        """The same screen with an error message."""
        return replace(self, message=message, wrong=True, cursor=cursor)

    def say(self, message: str) -> Self:
        """The same screen, drawn again, with a message."""
        return replace(self, message=message, wrong=False, cursor="")

    def go(self, screen: str, **facts: str) -> Self:
        """A further screen; F12 comes back here."""
        before = replace(self, message="", wrong=False)
        return replace(
            self, screen=screen, message="", wrong=False, cursor="", top=0, entered={},
            facts=facts, before=before,
        )  # fmt: skip

    def back(self, message: str = "") -> "OrderState":
        """The state before, or this one when there is none."""
        return replace(self.before or self, message=message, wrong=False, cursor="")
