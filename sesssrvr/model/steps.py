"""What an interpreter asks of its driver, and the answers it gets.

The interpreter only yields these values and receives screens; it knows no socket, clock or
terminal. Every wait is bounded. The driver (sesssrvr.hosts.host_session, or a test) performs a step
and sends back the screen that results at once (`Type`, `Press`, `SetCursor`) or when the condition
holds (`Wait`); a wait that ends without its condition is answered with `TimedOut`. A keystroke the
terminal refuses is thrown in as `OperatorError`, a lost host as `HostConnectionLost`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sesssrvr.terminal.screen import Screen


@dataclass(frozen=True, slots=True, repr=False)
class Type:
    """Type text at a place (or, with row 0, at the cursor), as an operator would.

    Attributes:
        row, column: 1-based; 0, 0 is "where the cursor is".
        text: what is typed.
        erase: erase the field to its end first (what an operator does before typing a value).
        secret: never shown: logs and traces say only that something was typed.
    """

    text: str
    row: int = 0
    column: int = 0
    erase: bool = False
    secret: bool = False

    def __repr__(self) -> str:
        said = "hidden" if self.secret else repr(self.text)
        return f"<Type {said} at {self.row},{self.column}>"


@dataclass(frozen=True, slots=True)
class Press:
    """Press a key by its name: Enter, PF1-PF24, PA1-PA3, Clear, Tab, BackTab, Home, EraseEOF, ...

    The names are those of `sesssrvr.terminal.tn3270.keys`.
    """

    key: str


@dataclass(frozen=True, slots=True)
class SetCursor:
    """Put the cursor at a 1-based place."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until a condition over the screen holds.

    Attributes:
        until: called with the current screen first, then with each new one; no side effects.
        seconds: the bound; at its end the answer is `TimedOut`.
        what: for people: what is awaited, such as "entity MainMenu".
        quiet: seconds the screen must have stood still while `until` holds (character hosts).
        heard: what the host must have sent since the last key, drawn or not (character hosts).
    """

    until: Callable[[Screen], bool]
    seconds: float
    what: str
    quiet: float = 0.0
    heard: str = ""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The answer to a `Wait` whose time ended.

    Attributes:
        screen: as it is now.
        seconds: waited.
        restless: the condition holds, but the screen never stood still for `Wait.quiet`.
    """

    screen: Screen
    seconds: float
    restless: bool = False


T = TypeVar("T")
Step: TypeAlias = Type | Press | SetCursor | Wait
Answer: TypeAlias = Screen | TimedOut
Run: TypeAlias = Generator[Step, Answer, T]
"""An interpretation under way; its return value is the result."""
