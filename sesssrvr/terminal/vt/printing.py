"""A host that prints through the terminal: there is no printer, so what it prints is swallowed.

Law: from printer controller mode on nothing is drawn or obeyed until the host ends it; the screen
stays as it was. VT420 Programmer Reference chapter 10 (MC); VT102 User Guide for VT52 mode. What
prints the screen itself (MC 0, auto print) does nothing.
Tested in `tests/sesssrvr/terminal/vt/test_printing.py`.
"""

from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt.display import Control, DisplayVT, Function
from sesssrvr.terminal.vt.parameters import numbers
from sesssrvr.terminal.vt.resets import main_display


PRINTING: Final = -2
"""The level at which text goes to a printer: nothing works there but its end."""

_STOP, _START = 4, 5


def media_copy(display: DisplayVT, raw: str) -> None:
    """MC: 5 begins printer controller mode, 4 ends it."""
    for number in numbers(raw):
        if number == _START:
            start(display)
        elif number == _STOP:
            main_display(display)


def start(display: DisplayVT) -> None:
    """Text goes to the printer."""
    display.aside = True
    display.use(PRINTING)
    display.settle()


SEQUENCES: Final[Mapping[str, Function]] = {"i": media_copy}
VT52: Final[Mapping[str, Control]] = {"W": start, "X": main_display}
