"""The answer to Save Screen: a display as the commands that restore it.

Law: the host keeps what we send and sends it back as it is (SC30-3533, "Save Screen"); so it is
made of ordinary commands, and what comes back is checked as any other record. A message on the
error line is not saved, the text under it is.
Tested in `tests/sesssrvr/terminal/tn5250/test_properties.py`.
"""

from collections.abc import Iterator

from sesssrvr.terminal.tn5250 import codes
from sesssrvr.terminal.tn5250.display import WIDE_SIZE, Display5250
from sesssrvr.terminal.tn5250.fields import InputField


def saved(display: Display5250, restore: int) -> bytes:
    """The commands, after the restore command of this code."""
    return b"".join(_commands(display, restore))


def _commands(display: Display5250, restore: int) -> Iterator[bytes]:
    cells = bytearray(display.cells)
    if display.error is not None:
        at, before = display.error
        cells[at : at + len(before)] = before
    yield bytes((codes.ESC, restore, codes.ESC))
    wide = (display.rows, display.columns) == WIDE_SIZE
    yield bytes((codes.CLEAR_UNIT_ALTERNATE, 0)) if wide else bytes((codes.CLEAR_UNIT,))
    free = not display.inhibited or display.error is not None
    cc2 = codes.CC2_KEEP_CURSOR | (codes.CC2_UNLOCK if free else 0)
    yield bytes((codes.ESC, codes.WRITE_TO_DISPLAY, 0, cc2))
    header = display.table.header
    yield bytes((codes.SOH, len(header))) + header
    for field in display.table.fields:
        yield _field(display, cells, field)
    yield bytes((codes.SBA, 1, 1, codes.TD)) + len(cells).to_bytes(2) + bytes(cells)
    for (at, kind), value in sorted(display.extended.items()):
        yield bytes((codes.SBA, *display.place(at), codes.WEA, kind, value))
    if display.home >= 0:
        yield bytes((codes.IC, *display.place(display.home)))
    yield bytes((codes.MC, *display.place(display.cursor)))
    if display.reading is not None:
        yield bytes((codes.ESC, *display.reading))


def _field(display: Display5250, cells: bytearray, field: InputField) -> bytes:
    attribute, address = codes.NORMAL, (1, 0)
    if field.start > 0:
        address = display.place(field.start - 1)
        before = cells[field.start - 1]
        attribute = before if before in codes.ATTRIBUTES else attribute
    words = b"".join(word.to_bytes(2) for word in (field.word, *field.controls))
    start = bytes((codes.SBA, *address, codes.SF)) + words
    return start + bytes((attribute,)) + field.length.to_bytes(2)
