"""SSCP-LU data: the unformatted text a host sends before an application is bound.

There are no orders, only text and X'15' for a new line; those that hosts send all the same are
skipped. The text is a dialogue: what does not fit scrolls off the top, the host's answer to Enter
begins a line of its own, and input is what the operator has typed after the host's last output.
RFC 2355 section 10.5; 3174 Functional Description; x3270 scrolls in the same way since 4.2.

Law: Enter never sends text of the host, however much of it there is
(`tests/field/terminals/test_sscp_lu.py`).
"""

from typing import Final

from sesssrvr.terminal.codepage import SPACE
from sesssrvr.terminal.tn3270 import orders
from sesssrvr.terminal.tn3270.buffer import CHARSET, GRAPHIC, PLAIN
from sesssrvr.terminal.tn3270.display import Display3270


NEWLINE: Final = 0x15
MAX_INPUT: Final = 255  # bytes an SSCP takes
_SKIPPED: Final = {orders.SBA: 3, orders.IC: 1}
_KEPT: Final = 4  # screens of text held while a record is read


class _Page:
    """The text of the screen while a record is read: cells, and their character sets."""

    __slots__ = ("_columns", "_limit", "cells", "sets")

    def __init__(self, cells: bytes, sets: bytes, columns: int, size: int) -> None:
        self.cells, self.sets = bytearray(cells), bytearray(sets)
        self._columns, self._limit = columns, size * _KEPT

    def add(self, code: int, charset: int = 0) -> None:
        """One character."""
        self.cells.append(code)
        self.sets.append(charset)
        if len(self.cells) > self._limit:
            self.drop((self._limit // 2) // self._columns)

    def newline(self) -> None:
        """Nulls to the end of the line; on an empty line, one line of them."""
        count = self._columns - len(self.cells) % self._columns
        self.cells += bytes(count)
        self.sets += bytes(count)
        if len(self.cells) > self._limit:
            self.drop((self._limit // 2) // self._columns)

    def drop(self, rows: int) -> None:
        """Lines off the top."""
        del self.cells[: rows * self._columns], self.sets[: rows * self._columns]


def write_sscp(display: Display3270, data: bytes) -> None:
    """Show text from the host, and free the keyboard."""
    buffer = display.buffer
    start = display.buffer_address
    page = _Page(
        bytes(buffer.characters[:start]), _sets(display)[:start], buffer.columns, buffer.size
    )
    if display.asked and start % buffer.columns and data[:1] != bytes((NEWLINE,)):
        page.newline()  # what was typed ends its line
    _read(page, data)
    # The cursor stays on the screen: text that fills its last line scrolls too.
    page.drop(max(0, len(page.cells) // buffer.columns + 1 - buffer.rows))
    buffer.clear()
    buffer.put(0, bytes(page.cells), PLAIN)
    for at in range(len(page.sets)):
        if page.sets[at]:
            buffer.put_extended(at, CHARSET, page.sets[at])
    display.buffer_address = display.cursor = display.sscp_start = len(page.cells)
    display.unlock()
    display.version += 1


def _read(page: _Page, data: bytes) -> None:
    index = 0
    while index < len(data):
        code = data[index]
        if code == NEWLINE:
            page.newline()
        elif code == orders.SF:
            page.add(SPACE)
            index += 1
        elif code == orders.GE and index + 1 < len(data):
            index += 1
            page.add(data[index], GRAPHIC)
        elif code in _SKIPPED:
            index += _SKIPPED[code] - 1
        else:
            page.add(code)
        index += 1


def _sets(display: Display3270) -> bytes:
    sets = display.buffer.extended[CHARSET]
    return bytes(display.buffer.size) if sets is None else bytes(sets)


def sscp_input(display: Display3270) -> bytes:
    """The input that Enter sends: what the operator has typed after the host's text."""
    typed = display.buffer.characters[display.sscp_start :].rstrip(b"\0")
    display.buffer_address = display.sscp_start + len(typed)
    return bytes(typed.translate(None, b"\0"))[:MAX_INPUT]


def make_room(display: Display3270, cells: int) -> None:
    """Scroll until so many cells from the cursor on are on the screen and one more for the cursor."""
    buffer = display.buffer
    over = display.cursor + cells + 1 - buffer.size
    rows = min(-(-over // buffer.columns), display.cursor // buffer.columns)
    if rows <= 0:
        return
    buffer.scroll(rows)
    display.cursor -= rows * buffer.columns
    display.sscp_start = max(0, display.sscp_start - rows * buffer.columns)
    display.buffer_address = max(0, display.buffer_address - rows * buffer.columns)
