"""Blank fill: nulls before what is typed become blanks, so that the host keeps the columns.

A row of the field that holds nothing but nulls ends it (as s3270).
Tested in `tests/sesssrvr/terminal/tn3270/test_keyboard.py`.
"""

from sesssrvr.terminal.codepage import SPACE
from sesssrvr.terminal.tn3270.buffer import PLAIN, Buffer
from sesssrvr.terminal.tn3270.display import Display3270


def fill_blanks(display: Display3270, governing: int) -> None:
    """Turn nulls before the cursor into blanks, back to the field's start."""
    buffer, columns = display.buffer, display.buffer.columns
    at = (display.cursor - 1) % buffer.size
    while at != governing:
        if at % columns == columns - 1 and _row_is_null(buffer, at, governing):
            return
        if not buffer.characters[at]:
            buffer.put(at, bytes((SPACE,)), PLAIN)
        at = (at - 1) % buffer.size


def _row_is_null(buffer: Buffer, at: int, governing: int) -> bool:
    while at != governing:
        if buffer.characters[at]:
            return False
        if not at % buffer.columns:
            return True
        at -= 1
    return True
