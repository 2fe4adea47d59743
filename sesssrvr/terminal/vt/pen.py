"""How characters look, as one number: flags, foreground and background.

A pen is an `int` below 2**28; 0 is the plain look. Colours are 0 for the default and else 1 +
the index in the palette of 256 (0-7 the ANSI colours, 8-15 the bright ones); RGB is brought to
the nearest of them. ECMA-48 section 8.3.117 (SGR), DEC STD 070 section 5.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final


BOLD: Final = 1
FAINT: Final = 2
ITALIC: Final = 4
UNDERLINE: Final = 8
BLINK: Final = 16
REVERSE: Final = 32
HIDDEN: Final = 64
STRUCK: Final = 128
PROTECTED: Final = 256  # DECSCA: DECSED, DECSEL and DECSERA leave it
GUARDED: Final = 512  # SPA to EPA: ED, EL and ECH leave it
RENDITION: Final = 255  # what SGR 0 resets, beside the colours

_FOREGROUND, _BACKGROUND = 10, 19  # bits a colour is shifted by
_COLOUR: Final = 511
FOREGROUND: Final = _COLOUR << _FOREGROUND
BACKGROUND: Final = _COLOUR << _BACKGROUND

# SGR parameter: (bits it clears, bits it sets).
_RENDITIONS: Final[Mapping[int, tuple[int, int]]] = {
    0: (RENDITION | FOREGROUND | BACKGROUND, 0),
    1: (0, BOLD),
    2: (0, FAINT),
    3: (0, ITALIC),
    4: (0, UNDERLINE),
    5: (0, BLINK),
    6: (0, BLINK),
    7: (0, REVERSE),
    8: (0, HIDDEN),
    9: (0, STRUCK),
    21: (0, UNDERLINE),  # doubly underlined
    22: (BOLD | FAINT, 0),
    23: (ITALIC, 0),
    24: (UNDERLINE, 0),
    25: (BLINK, 0),
    27: (REVERSE, 0),
    28: (HIDDEN, 0),
    29: (STRUCK, 0),
    39: (FOREGROUND, 0),
    49: (BACKGROUND, 0),
    **{30 + n: (FOREGROUND, (n + 1) << _FOREGROUND) for n in range(8)},
    **{40 + n: (BACKGROUND, (n + 1) << _BACKGROUND) for n in range(8)},
    **{90 + n: (FOREGROUND, (n + 9) << _FOREGROUND) for n in range(8)},
    **{100 + n: (BACKGROUND, (n + 9) << _BACKGROUND) for n in range(8)},
}
_EXTENDED: Final[Mapping[int, tuple[int, int]]] = {  # parameter: (bits it clears, shift)
    38: (FOREGROUND, _FOREGROUND),
    48: (BACKGROUND, _BACKGROUND),
}
_IGNORED_EXTENDED: Final = 58  # colour of the underline: takes the same arguments
_BY_INDEX, _BY_RGB = 5, 2
_STEPS: Final = (0, 95, 135, 175, 215, 255)  # xterm's colour cube, indexes 16-231
_REPORTED: Final = (
    (BOLD, 1),
    (FAINT, 2),
    (ITALIC, 3),
    (UNDERLINE, 4),
    (BLINK, 5),
    (REVERSE, 7),
    (HIDDEN, 8),
    (STRUCK, 9),
)


def foreground(pen: int) -> int:
    """The palette index, -1 for the default colour."""
    return (pen >> _FOREGROUND & _COLOUR) - 1


def background(pen: int) -> int:
    """The palette index, -1 for the default colour."""
    return (pen >> _BACKGROUND & _COLOUR) - 1


@lru_cache(maxsize=4096)  # hosts draw with a few looks; the bound is for those that do not
def rendered(pen: int, raw: str) -> int:
    """The pen after SGR with these parameters, as they came between CSI and "m"."""
    if len(raw) <= 2 and raw in _SIMPLE:  # noqa: PLR2004 - the length of "27"
        clear, bits = _SIMPLE[raw]
        return pen & ~clear | bits
    parts = raw.split(";")
    at = 0
    while at < len(parts):
        first, colon, rest = parts[at].partition(":")
        number = _number(first)
        at += 1
        if colon:
            pen = _with_subparameters(pen, number, rest.split(":"))
        elif number in _EXTENDED or number == _IGNORED_EXTENDED:
            colour, used = _colour(parts[at : at + 4])
            pen = _with_colour(pen, number, colour)
            at += used
        else:
            clear, bits = _RENDITIONS.get(number, (0, 0))
            pen = pen & ~clear | bits
    return pen


def sgr_of(pen: int) -> str:
    """The parameters of the SGR that makes this pen from the plain one: for DECRQSS."""
    found = ["0", *(str(number) for bit, number in _REPORTED if pen & bit)]
    for colour, base, bright, extended in (
        (foreground(pen), 30, 90, 38),
        (background(pen), 40, 100, 48),
    ):
        if colour >= 16:  # noqa: PLR2004 - the first index that has no parameter of its own
            found.append(f"{extended};5;{colour}")
        elif colour >= 0:
            found.append(str(base + colour if colour < 8 else bright + colour - 8))  # noqa: PLR2004 - as above
    return ";".join(found)


def _number(text: str) -> int:
    digits = text.partition(":")[0][:5]
    return int(digits) if digits else 0


def _with_subparameters(pen: int, number: int, rest: list[str]) -> int:
    """ISO 8613-6 forms: 38:5:n, 38:2:space:r:g:b, 38:2:r:g:b; 4:0 and 4:n."""
    if number == 4:  # noqa: PLR2004 - SGR 4, underline, with its style
        return pen & ~UNDERLINE if rest[0] == "0" else pen | UNDERLINE
    if rest[0] == str(_BY_RGB) and len(rest) > 4:  # noqa: PLR2004 - with a colour space
        rest = [rest[0], *rest[2:]]
    return _with_colour(pen, number, _colour(rest)[0])


def _with_colour(pen: int, number: int, colour: int) -> int:
    if number not in _EXTENDED or colour < 0:
        return pen
    clear, shift = _EXTENDED[number]
    return pen & ~clear | (colour + 1) << shift


def _colour(arguments: list[str]) -> tuple[int, int]:
    """Palette index (-1: none) and how many arguments it took."""
    kind = _number(arguments[0]) if arguments else 0
    values = [_number(text) for text in arguments[1:]]
    if kind == _BY_INDEX:
        index = values[0] if values else -1
        return (index if index <= 255 else -1), 2  # noqa: PLR2004 - the size of the palette
    if kind == _BY_RGB:
        rgb = [min(value, 255) for value in values[:3]]
        return (_nearest(*rgb) if len(rgb) == 3 else -1), 4  # noqa: PLR2004 - red, green, blue
    return -1, 1


def _step(value: int) -> int:
    return min(range(len(_STEPS)), key=lambda step: abs(_STEPS[step] - value))


def _nearest(red: int, green: int, blue: int) -> int:
    """The index in the cube or the grey ramp that is nearest to an RGB colour."""
    cube = [_step(value) for value in (red, green, blue)]
    grey = max(0, min(23, ((red + green + blue) // 3 - 3) // 10))
    level = 8 + 10 * grey

    def distance(r: int, g: int, b: int) -> int:
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    if distance(level, level, level) < distance(*(_STEPS[i] for i in cube)):
        return 232 + grey
    return 16 + 36 * cube[0] + 6 * cube[1] + cube[2]


_SIMPLE: Final[Mapping[str, tuple[int, int]]] = {
    "": _RENDITIONS[0],
    **{str(number): change for number, change in _RENDITIONS.items()},
}
