"""The rendition a screen attribute gives to the cells after it, in the terms of `Field`.

Colours and highlights are given by the codes a 3279 has for them, so that one renderer draws
every kind of host. SC30-3533, "Screen attributes": the colours are those of a 3179 model 2.
"""

from typing import Final, NamedTuple

from sesssrvr.terminal.tn5250.codes import ATTRIBUTES, NON_DISPLAY


BLUE, RED, PINK, GREEN, TURQUOISE, YELLOW, WHITE = range(0xF1, 0xF8)
NO_HIGHLIGHT, BLINK, REVERSE, UNDERSCORE = 0x00, 0xF1, 0xF2, 0xF4

# By attribute from X'20' on; every eighth is non-display.
_COLOURS: Final = (
    *(GREEN, GREEN, WHITE, WHITE, GREEN, GREEN, WHITE, GREEN),
    *(RED, RED, RED, RED, RED, RED, RED, RED),
    *(TURQUOISE, TURQUOISE, YELLOW, YELLOW, TURQUOISE, TURQUOISE, YELLOW, TURQUOISE),
    *(PINK, PINK, BLUE, BLUE, PINK, PINK, BLUE, PINK),
)
_HIGH_INTENSITY: Final = frozenset((0x22, 0x23, 0x26))
_BLINKING: Final = frozenset((0x2A, 0x2B, 0x2E))
_REVERSE_BIT, _UNDERSCORE_BIT = 0x01, 0x04


class Appearance5250(NamedTuple):
    """The rendition of cells; members as in `Field`."""

    hidden: bool
    intensified: bool
    colour: int
    highlight: int


def _look(attribute: int) -> Appearance5250:
    hidden = attribute & NON_DISPLAY == NON_DISPLAY
    highlight = NO_HIGHLIGHT
    if not hidden:
        if attribute & _REVERSE_BIT:
            highlight = REVERSE
        elif attribute & _UNDERSCORE_BIT:
            highlight = UNDERSCORE
        elif attribute in _BLINKING:
            highlight = BLINK
    colour = _COLOURS[attribute - ATTRIBUTES.start]
    return Appearance5250(hidden, attribute in _HIGH_INTENSITY, colour, highlight)


LOOKS: Final = {attribute: _look(attribute) for attribute in ATTRIBUTES}
