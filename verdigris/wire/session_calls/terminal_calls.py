"""Calls at the level of the terminal: keys, text at a place, the screen (product facts 9.3)."""

from verdigris.wire.session_calls.call import Count, Place, SessionCall, Typed
from verdigris.wire.session_calls.results import TerminalField, TerminalScreen


class PerformAidKey(SessionCall[None], frozen=True, tag="PerformAidKey"):
    """A key pressed once the keyboard is free; its answer is not waited for.

    Attributes:
        key: such as "Enter", "PF3", "PA1", "Clear", "Tab", "Reset" (docs/reference/models.md).
    """

    key: str


class InsertStringAtCursor(SessionCall[None], frozen=True, tag="InsertStringAtCursor"):
    """Text typed where the cursor is, once the keyboard is free.

    Attributes:
        secret: the text is masked in logs, traces and screens.
    """

    text: Typed
    secret: bool = False


class InsertStringAtOffset(SessionCall[None], frozen=True, tag="InsertStringAtOffset"):
    """Text typed at a 0-based offset; on a VT the host has to bring the cursor there.

    Attributes:
        secret: the text is masked in logs, traces and screens.
    """

    text: Typed
    offset: Count
    secret: bool = False


class InsertStringAtRowColumn(SessionCall[None], frozen=True, tag="InsertStringAtRowColumn"):
    """Text typed at a place; on a VT the host has to bring the cursor there.

    Attributes:
        secret: the text is masked in logs, traces and screens.
    """

    text: Typed
    row: Place
    column: Place
    secret: bool = False


class SetCursor(SessionCall[None], frozen=True, tag="SetCursor"):
    """The cursor moved to a place (3270, 5250); on a VT only the host moves it."""

    row: Place
    column: Place


class GetStringAtOffset(SessionCall[str], frozen=True, tag="GetStringAtOffset"):
    """The text of `length` cells from a 0-based offset on, over line ends."""

    offset: Count
    length: Count


class GetStringAtRowColumn(SessionCall[list[str]], frozen=True, tag="GetStringAtRowColumn"):
    """The text of a rectangle, line by line.

    Attributes:
        row, column: its upper left corner.
        rows, columns: its size.
    """

    row: Place
    column: Place
    rows: Place
    columns: Place


class GetTerminalFieldAtCursor(
    SessionCall[TerminalField | None], frozen=True, tag="GetTerminalFieldAtCursor"
):
    """The field the cursor is in; None where there is none, as on a VT."""


class EnableTerminalAttributes(SessionCall[None], frozen=True, tag="EnableTerminalAttributes"):
    """Whether locations tell what characters look like; off when a session is opened."""

    enabled: bool


class GetScreen(SessionCall[TerminalScreen], frozen=True, tag="GetScreen"):
    """The screen as it is now.

    Attributes:
        fields: tell its fields as well.
    """

    fields: bool = False
