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


ZERO: Final = 0xF0
_FILL: Final = {fields.ADJUST_ZERO: ZERO, fields.ADJUST_BLANK: SPACE}


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


def check(display: Display5250, field: InputField) -> None:
    """See that a field may be left, or sent.

    Raises:
        OperatorError: it has to be filled and is not, or its check digit is wrong.
    """
    content = bytes(display.cells[cell] for cell in display.table.cells(field))
    where = display.where(field.start)
    if field.adjust == fields.MANDATORY_FILL and 0 in content and any(content):
        raise refused(14, where)
    digits = digits_of(content)
    wrong = (fields.MODULUS_10 in field.controls and not modulus_10(digits)) or (
        fields.MODULUS_11 in field.controls and not modulus_11(digits)
    )
    if wrong:
        raise refused(15, where)


def check_all(display: Display5250) -> None:
    """See that what is sent is complete; the cursor goes to the first field that is not.

    Raises:
        OperatorError: a mandatory field has not been typed into, or a field may not be left so.
    """
    for field in display.table.fields:
        if field.bypass or field.part in (fields.MIDDLE, fields.LAST):
            continue
        if field.has(fields.MANDATORY_ENTRY) and not field.modified:
            display.cursor = field.start
            raise refused(7, display.where(field.start))
        if field.modified:
            check(display, field)
