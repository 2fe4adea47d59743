"""What happens to a field when the operator leaves it: it is adjusted, and judged.

Pure functions of the cells; adjusting keeps all characters between the first and the last that
are typed. SC30-3533, "Field exit", "Right-adjust", "Mandatory fill", "Self-check".
"""

from typing import Final

from sesssrvr.terminal.tn5250 import fields
from sesssrvr.terminal.tn5250.codes import SPACE
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.fields import InputField
from sesssrvr.terminal.tn5250.refusals import refused
from sesssrvr.terminal.tn5250.selfcheck import digits_of, modulus_10, modulus_11
from verdigris.errors import OperatorError


ZERO: Final = 0xF0
_FILL: Final = {fields.ADJUST_ZERO: ZERO, fields.ADJUST_BLANK: SPACE}

SELF_CHECKS: Final = {fields.MODULUS_10: modulus_10, fields.MODULUS_11: modulus_11}


def adjust(display: Display5250, field: InputField) -> None:
    """Move the characters of a right-adjusted field to its right, and fill its left."""
    fill = _FILL.get(field.adjust)
    if fill is None:
        return
    cells = display.table.cells(field)
    if field.signed:
        cells.pop()
    content = bytes(display.cells[cell] for cell in cells)
    typed = content.rstrip(b"\0").lstrip(b"\0").replace(b"\0", bytes((SPACE,)))
    adjusted = typed.rjust(len(cells), bytes((fill,)))
    for cell, code in zip(cells, adjusted, strict=True):
        display.cells[cell] = code


def check_filled(display: Display5250, field: InputField) -> None:
    """See that a mandatory fill field that was typed into is full; else the cursor goes to its start.

    Raises:
        OperatorError: 0014, a part of it is missing.
    """
    if not (field.to_be_filled and display.table.changed(field)):
        return
    content = _typed(display, field)
    if 0 in content and any(content):
        raise _back(display, field, 14)


def check_digit(display: Display5250, field: InputField) -> None:
    """See that the check digit of a field is right; else the cursor goes to its start.

    Raises:
        OperatorError: 0015, it is not.
    """
    right = next((SELF_CHECKS[one] for one in field.controls if one in SELF_CHECKS), None)
    if right is not None and not right(digits_of(_typed(display, field))):
        raise _back(display, field, 15)


def check(display: Display5250, field: InputField) -> None:
    """See that the cursor may leave a field, or an attention key be pressed in it.

    Raises:
        OperatorError: it has to be filled and is not, or its check digit is wrong.
    """
    check_filled(display, field)
    check_digit(display, field)


def check_entered(display: Display5250) -> None:
    """See that mandatory entry fields have been typed into, once something on the screen has been.

    A screen nobody has touched may be left (asaomaro/ts5250, 20260921-mandatory-check-acs).

    Raises:
        OperatorError: 0007, one has not; the cursor goes there.
    """
    table = display.table
    if not any(field.modified for field in table.fields):
        return
    for field in table.fields:
        if field.bypass or field.part in (fields.MIDDLE, fields.LAST):
            continue
        if field.has(fields.MANDATORY_ENTRY) and not table.changed(field):
            raise _back(display, field, 7)


def _typed(display: Display5250, field: InputField) -> bytes:
    """The cells of a field without its sign."""
    cells = display.table.cells(field)
    return bytes(display.cells[cell] for cell in (cells[:-1] if field.signed else cells))


def _back(display: Display5250, field: InputField, code: int) -> OperatorError:
    display.cursor = field.start
    display.typing = -1
    return refused(code, display.where(field.start))
