"""Calls that wait for the host: bounded, conditional (product facts 5.2 and 9.3).

Each ends with error 9403 when its time is over, whose details say what was awaited, the nearest
entity and what differs, and show the screen. The method timeout bounds all of them (error 2820).
Conditions are judged on what the client may see: a secret cannot be guessed by waiting for it.
"""

from verdigris.wire.session_calls.call import Place, PlaceOrNone, Seconds, SessionCall, Typed


class WaitForCondition(SessionCall[None], frozen=True, tag="WaitForCondition"):
    """Wait until an expression over attributes and variables is true.

    Attributes:
        timeout: in seconds (VHI: milliseconds).
        expression: such as `Status = "READY" and Balance > variables.Least`.
        entity: whose attributes are meant, and what the screen has to be; "" is the current one.
    """

    timeout: Seconds
    expression: str
    entity: str = ""


class WaitForCursor(SessionCall[None], frozen=True, tag="WaitForCursor"):
    """Wait until the cursor is at a place."""

    row: Place
    column: Place
    timeout: Seconds


class WaitForEntityChange(SessionCall[str], frozen=True, tag="WaitForEntityChange"):
    """Wait until the screen is another known entity than this one; its name.

    Attributes:
        entity: to be left; "" is the current one.
        timeout: in seconds.
    """

    entity: str
    timeout: Seconds


class WaitForEntity(SessionCall[None], frozen=True, tag="WaitForEntity"):
    """Wait until the screen is this entity and takes input."""

    entity: str
    timeout: Seconds


class WaitForString(SessionCall[None], frozen=True, tag="WaitForString"):
    """Wait until a text shows.

    Attributes:
        row, column: where; 0, 0 is anywhere.
        timeout: in seconds.
    """

    text: Typed
    row: PlaceOrNone
    column: PlaceOrNone
    timeout: Seconds


class WaitForStringRelCursor(SessionCall[None], frozen=True, tag="WaitForStringRelCursor"):
    """Wait until a text shows at a distance from the cursor.

    Attributes:
        rows, columns: from the cursor to the text's first character; negative is up and left.
        timeout: in seconds.
    """

    text: Typed
    rows: int
    columns: int
    timeout: Seconds


class WaitForKeyboardEnabled(SessionCall[None], frozen=True, tag="WaitForKeyboardEnabled"):
    """Wait until the host has freed the keyboard since the last key."""

    timeout: Seconds


class WaitForNewHostScreen(SessionCall[None], frozen=True, tag="WaitForNewHostScreen"):
    """Wait until the host has changed the screen and freed the keyboard since the last key."""

    timeout: Seconds


class WaitForUpdate(SessionCall[None], frozen=True, tag="WaitForUpdate"):
    """Wait until a part of the screen differs from what it was at the last key.

    Attributes:
        timeout: in seconds.
        row, column, length: the part; row 0 is any part.
    """

    timeout: Seconds
    row: PlaceOrNone = 0
    column: PlaceOrNone = 0
    length: PlaceOrNone = 0


class WaitForHostSilence(SessionCall[None], frozen=True, tag="WaitForHostSilence"):
    """Wait until the screen has stood still.

    Attributes:
        silence: for so many seconds.
        timeout: in seconds.
    """

    silence: Seconds
    timeout: Seconds
