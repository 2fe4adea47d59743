"""The commands of an operation, by VHI's names (product facts 5.2), as far as a 3270 has them.

Commands are data; `sesssrvr.model.interpreter.obey` obeys them. Every wait has a bound
in seconds. A text comes from the model or from a variable, never from both.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sesssrvr.model.patterns import Pattern


DEFAULT_TIMEOUT: Final = 5.0
"""Seconds of a host-event command without a timeout (product facts 5.2 and 12)."""

MAX_WAIT: Final = 600.0
"""Seconds one wait may last at most: longer than any documented timeout, still bounded."""


@dataclass(frozen=True, slots=True)
class InputText:
    """A text to type: constant, or the value of a variable; `secret` ones are never shown."""

    text: str = ""
    variable: str = ""
    secret: bool = False

    def __repr__(self) -> str:
        if self.variable:
            return f"<InputText variable {self.variable}>"
        return "<InputText hidden>" if self.secret else f"<InputText {self.text!r}>"


@dataclass(frozen=True, slots=True)
class MoveCursor:
    """Put the cursor at a 1-based place."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class ShiftCursor:
    """Move the cursor by rows and columns, going round at the edges of the screen."""

    rows: int = 0
    columns: int = 0


@dataclass(frozen=True, slots=True)
class TransmitTerminalKey:
    """Press a key of the terminal."""

    key: str


@dataclass(frozen=True, slots=True)
class TransmitANSI:
    """Type a text where the cursor is."""

    given: InputText


@dataclass(frozen=True, slots=True)
class TransmitToLocation:
    """Type a text at a 1-based place."""

    row: int
    column: int
    given: InputText
    erase: bool = False


@dataclass(frozen=True, slots=True)
class TransmitToOffset:
    """Type a text at a 0-based offset from the top left."""

    offset: int
    given: InputText
    erase: bool = False


@dataclass(frozen=True, slots=True)
class TransmitToAttr:
    """Write a constant or a variable into an attribute (preferred over `DefaultValue`)."""

    attribute: str
    given: InputText


@dataclass(frozen=True, slots=True)
class UpdateAttribute:
    """Write an attribute's cached value, else its write variable, to the screen."""

    attribute: str


@dataclass(frozen=True, slots=True)
class DefaultValue:
    """Write a value into an attribute that has not been written since the arrival."""

    attribute: str
    given: InputText


@dataclass(frozen=True, slots=True)
class ReadVarFromAttr:
    """Put what an attribute shows into a variable."""

    attribute: str
    variable: str


@dataclass(frozen=True, slots=True)
class WriteVarToAttr:
    """Write a variable's value into an attribute."""

    attribute: str
    variable: str


@dataclass(frozen=True, slots=True)
class CheckOperationConditions:
    """Check again that the screen is the operation's entity and shows no error message."""


@dataclass(frozen=True, slots=True)
class Pause:
    """`Wait` and `WaitMS`: let time go by whatever the host does. Bounded; a last resort."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WaitForCondition:
    """Wait until the screen shows all these patterns."""

    patterns: tuple[Pattern, ...]
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForCursor:
    """The four cursor waits at an attribute, a location, a terminal field, and their opposites.

    Attributes:
        attribute: the cursor in this attribute.
        row, column: the cursor at this place, or (with `field`) in the field there.
        away: wait until the cursor is somewhere else.
    """

    row: int = 0
    column: int = 0
    attribute: str = ""
    field: bool = False
    away: bool = False
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForCursorAtRecordsetField:
    """Wait until the cursor stands in a field of any record of a recordset."""

    recordset: str
    field: str
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForDisplayString:
    """Wait for a text at a place, or anywhere with row 0."""

    text: str
    row: int = 0
    column: int = 0
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForHostSilence:
    """Wait until the screen has stood still for `seconds`."""

    seconds: float
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForCommString:
    """Wait until the host has sent a text since the last key, wherever it has drawn it (VT)."""

    text: str
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForKeyboardEnabled:
    """Wait until the host has unlocked the keyboard since the last key that asked it."""

    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForUpdate:
    """Wait until a part of the screen differs from what it was at the last key (row 0: any part)."""

    row: int = 0
    column: int = 0
    length: int = 0
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForNewHostScreen:
    """Wait until the host has changed the screen and unlocked the keyboard since the last key."""

    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class WaitForMultipleEvents:
    """Wait for all, or for any, of several events."""

    events: tuple["Event", ...]
    mode: Literal["all", "any"] = "all"
    timeout: float = DEFAULT_TIMEOUT


Event: TypeAlias = (
    WaitForCondition
    | WaitForCursor
    | WaitForCursorAtRecordsetField
    | WaitForDisplayString
    | WaitForKeyboardEnabled
    | WaitForUpdate
    | WaitForNewHostScreen
)
"""Waits that are a question about the screen, so that several can be asked together."""

Command: TypeAlias = (
    MoveCursor
    | ShiftCursor
    | TransmitTerminalKey
    | TransmitANSI
    | TransmitToLocation
    | TransmitToOffset
    | TransmitToAttr
    | UpdateAttribute
    | DefaultValue
    | ReadVarFromAttr
    | WriteVarToAttr
    | CheckOperationConditions
    | Pause
    | WaitForCommString
    | WaitForHostSilence
    | WaitForMultipleEvents
    | Event
)
