"""How many cells a character takes.

A text that `PLAIN_RUN` matches as a whole takes one cell a character; any other character is
asked for by `cells`: two for East Asian wide ones, none for what has no cell of its own (combining
marks, joiners, direction marks, line separators). Unicode UAX #11; ambiguous characters are
narrow, as on DEC terminals.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final


# Blocks without wide characters and marks: the business of nearly all hosts, tested in bulk.
_PLAIN: Final = (
    "\x20-\x7e\xa0-\u02ff\u0370-\u0482\u048a-\u0590\u1e00-\u1fff\u2010-\u2027\u2030-\u205f"
    "\u20a0-\u20bf\u2100-\u2319\u2320-\u2328\u23b7-\u23bd\u2500-\u25fc"
)
NOT_PLAIN: Final = re.compile(f"[^{_PLAIN}]")
RUNS: Final = re.compile(f"[{_PLAIN}]+|[^{_PLAIN}]")

_MARKS: Final = frozenset(("Mn", "Me", "Cf", "Zl", "Zp"))
_SOFT_HYPHEN: Final = "\u00ad"  # a format character that terminals show
_JOINING_HANGUL: Final = ("\u1160", "\u11ff")  # vowels and finals, drawn in the syllable before
_REPLACEMENT: Final = "\ufffd"


@lru_cache(maxsize=8192)
def cells(char: str) -> int:
    """0, 1 or 2."""
    category = unicodedata.category(char)
    if category == "Cn":  # not assigned: Python's tables call these wide
        return 1
    if category in _MARKS and char != _SOFT_HYPHEN:
        return 0
    if _JOINING_HANGUL[0] <= char <= _JOINING_HANGUL[1]:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def showable(char: str) -> str:
    """The character, or U+FFFD for a byte that was no UTF-8 (PEP 383) or that XML cannot carry."""
    return _REPLACEMENT if "\ud800" <= char <= "\udfff" or char in "\ufffe\uffff" else char


def joined(base: str, mark: str) -> str:
    """Base and combining mark as one character; the base alone if Unicode has none for both."""
    composed = unicodedata.normalize("NFC", base + mark)
    return composed if len(composed) == 1 else base
