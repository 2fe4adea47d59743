"""Where one terminal session of the bank stands.

Law: a state is frozen; a key makes a new one. PF3 goes to the state this one was entered from, so
a page, a search and typed fields are found again as they were left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self


@dataclass(frozen=True, slots=True, repr=False)
class BankState:
    """One session's state.

    Attributes:
        screen: the id of the screen shown.
        terminal: the LU name.
        user, ticket: who is signed on, and by which sign-on; empty and 0 before.
        entered: what the entries of the screen hold.
        message: the text of row 23; an error begins with E, other messages with I.
        cursor: the entry to put the cursor in; the first one when empty.
        page: of a list, from 1.
        facts: what the screen is about: numbers, names, results.
        before: where PF3 returns to.
        over: the host ends the connection.
    """

    screen: str = "BNK000"
    terminal: str = ""
    user: str = ""
    ticket: int = 0
    entered: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    cursor: str = ""
    page: int = 1
    facts: Mapping[str, str] = field(default_factory=dict)
    before: "BankState | None" = None
    over: bool = False

    def __repr__(self) -> str:
        return f"<BankState {self.screen} {self.user or '-'} page {self.page} {self.message!r}>"

    def say(self, message: str, cursor: str = "") -> Self:
        """The same screen with a message."""
        return replace(self, message=message, cursor=cursor)

    def go(self, screen: str, message: str = "", **facts: str) -> Self:
        """A further screen; PF3 comes back here."""
        before = replace(self, message="")
        return self._fresh(screen, message, facts, before)

    def swap(self, screen: str, message: str = "", **facts: str) -> Self:
        """A screen in place of this one; PF3 goes where it went from here."""
        return self._fresh(screen, message, facts, self.before)

    def back(self, message: str = "") -> "BankState":
        """The state before, or this one when there is none."""
        return replace(self.before or self, message=message, cursor="")

    def _fresh(
        self, screen: str, message: str, facts: Mapping[str, str], before: "BankState | None"
    ) -> Self:
        return replace(
            self, screen=screen, message=message, cursor="", page=1, entered={}, facts=facts,
            before=before,
        )  # fmt: skip
