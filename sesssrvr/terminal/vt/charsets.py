"""Character sets: what the bytes of G0 to G3 mean.

A set is a string that gives the characters of 96 positions, X'20' to X'7F', or is known as
ASCII; its name is the final of the sequence that designates it, sets of 96 with "-" before it.
VT220 Programmer Reference chapter 2, VT320 (technical), VT420 (national sets), ISO 8859-1.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final


ASCII: Final = "B"
GRAPHICS: Final = "0"
SUPPLEMENTAL: Final = "<"  # DEC multinational, upper half
LATIN_1: Final = "-A"  # ISO 8859-1, upper half
TECHNICAL: Final = ">"

_FIRST: Final = 0x20
_UPPER: Final = 0x80  # a set in GR is read at X'A0' on

_NONE: Final = "\ufffd"  # a position without a character: X'7F' of a set of 94
_DELETE: Final = 0x7F
_ASCII: Final = "".join(map(chr, range(0x20, 0x7F))) + _NONE
# X'5F' to X'7E'; the controls' pictures, box drawing, scan lines (VT220, table 2-4).
_GRAPHICS: Final = _ASCII[:0x3F] + (
    " \u25c6\u2592\u2409\u240c\u240d\u240a\u00b0\u00b1\u2424\u240b\u2518\u2510\u250c\u2514\u253c"
    "\u23ba\u23bb\u2500\u23bc\u23bd\u251c\u2524\u2534\u252c\u2502\u2264\u2265\u03c0\u2260\u00a3\u00b7\ufffd"
)
# DEC supplemental differs from Latin-1 where it was there first (VT220, table 2-3).
_SUPPLEMENTAL_CHANGES: Final = {
    0xA8: "\u00a4",
    0xD7: "\u0152",
    0xDD: "\u0178",
    0xF7: "\u0153",
    0xFD: "\u00ff",
    **dict.fromkeys(
        (0xA4, 0xA6, 0xAC, 0xAD, 0xAE, 0xAF, 0xB4, 0xB8, 0xBE, 0xD0, 0xDE, 0xF0, 0xFE, 0xFF),
        "\ufffd",
    ),
}
_LATIN_1: Final = "".join(map(chr, range(0xA0, 0x100)))
_SUPPLEMENTAL: Final = "".join(_SUPPLEMENTAL_CHANGES.get(ord(char), char) for char in _LATIN_1)
# VT330/VT340 Text Programming, table 2-8; pieces of brackets and sums as Unicode has them.
_TECHNICAL: Final = (
    " \u23b7\u250c\u2500\u2320\u2321\u2502\u23a1\u23a3\u23a4\u23a6\u239b\u239d\u239e\u23a0\u23a8"
    "\u23ac\ufffd\ufffd\u2572\u2571\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\u2264\u2260\u2265\u222b"
    "\u2234\u221d\u221e\u00f7\u0394\u2207\u03a6\u0393\u223c\u2243\u0398\u00d7\u039b\u21d4\u21d2\u2261"
    "\u03a0\u03a8\ufffd\u03a3\ufffd\ufffd\u221a\u03a9\u039e\u03a5\u2282\u2283\u2229\u222a\u2227\u2228"
    "\u00ac\u03b1\u03b2\u03c7\u03b4\u03b5\u03c6\u03b3\u03b7\u03b9\u03b8\u03ba\u03bb\ufffd\u03bd\u2202"
    "\u03c0\u03c8\u03c1\u03c3\u03c4\ufffd\u0192\u03c9\u03be\u03c5\u03b6\u2190\u2191\u2192\u2193\ufffd"
)


def _national(places: str, characters: str) -> str:
    """ASCII with other characters at these places (VT420, "National replacement sets")."""
    return _ASCII.translate(dict(zip(map(ord, places), characters, strict=True)))


_DUTCH: Final = _national("#@[\\]{|}~", "\u00a3\u00be\u0133\u00bd|\u00a8\u0192\u00bc\u00b4")
_FINNISH: Final = _national("[\\]^`{|}~", "\u00c4\u00d6\u00c5\u00dc\u00e9\u00e4\u00f6\u00e5\u00fc")
_FRENCH: Final = _national("#@[\\]{|}~", "\u00a3\u00e0\u00b0\u00e7\u00a7\u00e9\u00f9\u00e8\u00a8")
_CANADIAN: Final = _national(
    "@[\\]^`{|}~", "\u00e0\u00e2\u00e7\u00ea\u00ee\u00f4\u00e9\u00f9\u00e8\u00fb"
)
_GERMAN: Final = _national("@[\\]{|}~", "\u00a7\u00c4\u00d6\u00dc\u00e4\u00f6\u00fc\u00df")
_ITALIAN: Final = _national(
    "#@[\\]`{|}~", "\u00a3\u00a7\u00b0\u00e7\u00e9\u00f9\u00e0\u00f2\u00e8\u00ec"
)
_NORWEGIAN: Final = _national(
    "@[\\]^`{|}~", "\u00c4\u00c6\u00d8\u00c5\u00dc\u00e4\u00e6\u00f8\u00e5\u00fc"
)
_PORTUGUESE: Final = _national("[\\]{|}", "\u00c3\u00c7\u00d5\u00e3\u00e7\u00f5")
_SPANISH: Final = _national("#@[\\]{|}", "\u00a3\u00a7\u00a1\u00d1\u00bf\u00b0\u00f1\u00e7")
_SWEDISH: Final = _national(
    "@[\\]^`{|}~", "\u00c9\u00c4\u00d6\u00c5\u00dc\u00e9\u00e4\u00f6\u00e5\u00fc"
)
_SWISS: Final = _national(
    "#@[\\]^_`{|}~", "\u00f9\u00e0\u00e9\u00e7\u00ea\u00ee\u00e8\u00f4\u00e4\u00f6\u00fc\u00fb"
)

SETS: Final[Mapping[str, str]] = {
    ASCII: _ASCII,
    "1": _ASCII,  # alternate character ROM: an option of the VT100
    "2": _GRAPHICS,  # alternate character ROM, special graphics
    GRAPHICS: _GRAPHICS,
    SUPPLEMENTAL: _SUPPLEMENTAL,
    "%5": _SUPPLEMENTAL,
    LATIN_1: _LATIN_1,
    "-<": _SUPPLEMENTAL,  # user-preferred supplemental set, when it is one of 96
    TECHNICAL: _TECHNICAL,
    "A": _national("#", "\u00a3"),
    "4": _DUTCH,
    **dict.fromkeys("5C", _FINNISH),
    **dict.fromkeys("Rf", _FRENCH),
    **dict.fromkeys("9Q", _CANADIAN),
    "K": _GERMAN,
    "Y": _ITALIAN,
    **dict.fromkeys("6E`", _NORWEGIAN),
    "%6": _PORTUGUESE,
    "Z": _SPANISH,
    **dict.fromkeys("7H", _SWEDISH),
    "=": _SWISS,
}


@lru_cache(maxsize=256)
def mapping(left: str, right: str) -> Mapping[int, str] | None:
    """How to translate bytes read as Latin-1 (or UTF-8, with `right` empty); None: as they are."""
    table = {
        code: char
        for code, char in enumerate(SETS[left], _FIRST)
        if char != chr(code) and code != _DELETE
    }
    if right:
        upper = enumerate(SETS[right], _FIRST + _UPPER)
        table.update((code, char) for code, char in upper if char != chr(code))
    return table or None


@lru_cache(maxsize=64)
def keyed(left: str, right: str) -> Mapping[str, int]:
    """The byte a keyboard sends for a character: national sets, then the upper half."""
    table = {char: code for code, char in enumerate(SETS[right], _FIRST + _UPPER)} if right else {}
    table.update((char, code) for code, char in enumerate(SETS[left], _FIRST))
    table.pop(_NONE, None)
    return table
