"""The answers of a display to read commands.

What is sent is made from cells and format table alone, in the order the host asked for; the
tags of fields change only when the read's own control characters say so. SC30-3533, "Read MDT
Fields", "Read Input Fields", "Read Screen" and their immediate forms.
"""

from collections.abc import Iterator
from typing import Final

from sesssrvr.terminal.tn5250 import codes
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.fields import InputField
from sesssrvr.terminal.tn5250.keys import AID_NONE


MINUS: Final = 0x60
NEGATIVE_ZONE: Final = 0xD0
EXTENDED_TYPES_SENT: Final = 5


def head(display: Display5250, aid: int) -> bytes:
    """Cursor address and AID."""
    return bytes((*display.place(display.cursor), aid))


def answer(display: Display5250, command: int, aid: int, *, with_data: bool) -> bytes:
    """The answer to a read that waited for a key."""
    found = head(display, aid)
    if not with_data:
        return found
    if command == codes.READ_INPUT:
        return found + _input_fields(display)
    return found + _modified_fields(display, nulls=command == codes.READ_MDT_ALTERNATE)


def immediate(display: Display5250, command: int) -> bytes:
    """The answer to Read Immediate and Read MDT Immediate Alternate: no key has been pressed."""
    if command == codes.READ_IMMEDIATE:
        return head(display, AID_NONE) + _input_fields(display)
    return head(display, AID_NONE) + _modified_fields(display, nulls=True)


def screen(display: Display5250, command: int) -> bytes:
    """All cells; the extended forms send the extended attributes after them, plane by plane."""
    cells = bytes(display.cells)
    if command in (codes.READ_SCREEN, codes.READ_SCREEN_PRINT):
        return cells
    planes = [bytearray(display.size) for _ in range(EXTENDED_TYPES_SENT)]
    for (at, kind), value in display.extended.items():
        planes[kind - 1][at] = value
    return cells + b"".join(planes)


def _input_fields(display: Display5250) -> bytes:
    """All fields one after the other, nulls as blanks; nothing if none has been changed."""
    table = display.table
    if not any(field.modified for field in table.fields):
        return b""
    return b"".join(
        _cells(display, [field]) if field.transparent else _blanked(_content(display, [field]))
        for field in table.in_order()
    )


def _modified_fields(display: Display5250, *, nulls: bool) -> bytes:
    """Each changed field after its address; nulls at its end are not sent."""
    return b"".join(_addressed(display, field, nulls=nulls) for field in _modified(display))


def _modified(display: Display5250) -> Iterator[InputField]:
    """Changed fields; a continued one is changed if any of its parts is."""
    for field in display.table.in_order():
        if not field.part:
            if field.modified:
                yield field
            continue
        parts = display.table.whole(field)
        if parts[0] is field and any(part.modified for part in parts):
            yield field


def _addressed(display: Display5250, field: InputField, *, nulls: bool) -> bytes:
    """A field after its address; a transparent one as Transparent Data."""
    address = bytes((codes.SBA, *display.place(field.start)))
    parts = display.table.whole(field)
    if field.transparent:
        raw = _cells(display, parts)
        return address + bytes((codes.TD,)) + len(raw).to_bytes(2) + raw
    if nulls:  # the alternate form sends the cells as they are
        return address + _cells(display, parts).rstrip(b"\0")
    return address + _blanked(_content(display, parts).rstrip(b"\0"))


def _cells(display: Display5250, parts: list[InputField]) -> bytes:
    return b"".join([display.cells[part.start : part.end] for part in parts])


def _content(display: Display5250, parts: list[InputField]) -> bytes:
    """The cells of a field. The sign of a signed one is in the zone of the place before it."""
    found = _cells(display, parts)
    if not parts[0].signed or len(found) < 2:  # noqa: PLR2004 - a digit and the sign
        return found
    sign, digits = found[-1], bytearray(found[:-1])
    if sign == MINUS:
        digits[-1] = NEGATIVE_ZONE | digits[-1] & 0x0F
    return bytes(digits)


def _blanked(content: bytes) -> bytes:
    return content.replace(b"\0", bytes((codes.SPACE,)))
