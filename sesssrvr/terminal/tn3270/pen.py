"""The selector pen: what Cursor Select does to a detectable field (GA23-0059, "Selector pen").

The first character of the field, its designator, says what: mark the field, or call the host.
Tested in `tests/sesssrvr/terminal/tn3270/test_keyboard.py`.
"""

from typing import Final

from sesssrvr.terminal.codepage import SPACE
from sesssrvr.terminal.tn3270.buffer import DISPLAY, MODIFIED
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.keys import AID_ENTER, AID_SELECT
from verdigris.errors import OperatorError


_MARKED, _UNMARKED, _AND = 0x6E, 0x6F, 0x50
_DETECTABLE: Final = (0x04, 0x08)


def select(display: Display3270) -> int | None:
    """Select the field at the cursor; the AID if that calls the host.

    Raises:
        OperatorError: the field is not detectable, or has no designator.
    """
    buffer = display.buffer
    governing = buffer.field_before(display.cursor)
    if governing < 0 or buffer.attributes[governing] & DISPLAY not in _DETECTABLE:
        raise OperatorError(problem="the field cannot be selected")
    attribute = buffer.attributes[governing]
    place = (governing + 1) % buffer.size
    designator = buffer.characters[place]
    if designator == _MARKED:
        buffer.characters[place] = _UNMARKED
        buffer.set_attribute(governing, attribute & ~MODIFIED)
        return None
    if designator not in (_UNMARKED, _AND, SPACE, 0):
        raise OperatorError(problem="the field has no pen designator")
    buffer.set_attribute(governing, attribute | MODIFIED)
    if designator == _UNMARKED:
        buffer.characters[place] = _MARKED
        return None
    return AID_ENTER if designator == _AND else AID_SELECT
