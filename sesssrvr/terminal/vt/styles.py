"""The looks a terminal uses, each under one character, so that a row's looks are one `str`.

Law: the character U+0000 is always the plain look; every character in a row of looks has its pen
in `pens`; the table never holds more than twice the looks in use (and 256), however many colours
a host tries.
Tested in `tests/sesssrvr/terminal/vt/test_looks.py`.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Final


PLAIN: Final = "\0"
_SMALL: Final = 256  # one byte a cell up to here


class Styles:
    """A table of pens.

    Attributes:
        pens: pen by the code point of its character.
        bits: every bit that is in some pen: what is not in here no cell can have.
    """

    __slots__ = ("_inks", "_limit", "bits", "pens")

    def __init__(self) -> None:
        self.pens = [0]
        self.bits = 0
        self._inks = {0: PLAIN}
        self._limit = _SMALL

    def ink(self, pen: int) -> str:
        """The character of a pen in rows of looks."""
        found = self._inks.get(pen)
        if found is None:
            found = chr(len(self.pens))
            self.pens.append(pen)
            self.bits |= pen
            self._inks[pen] = found
        return found

    @property
    def full(self) -> bool:
        """It is time to `compact`."""
        return len(self.pens) >= self._limit

    def compact(self, planes: Iterable[list[str]]) -> None:
        """Forget the looks no row uses; rewrites the rows of these planes."""
        planes = list(planes)
        used = sorted(set().union(*(set(row) for plane in planes for row in plane)) | {PLAIN})
        renumbered = {ord(old): chr(new) for new, old in enumerate(used)}
        self.pens = [self.pens[ord(old)] for old in used]
        self._inks = {pen: chr(number) for number, pen in enumerate(self.pens)}
        self.bits = reduce(or_, self.pens)
        self._limit = max(_SMALL, 2 * len(self.pens))
        for plane in planes:
            plane[:] = [row.translate(renumbered) for row in plane]

    def __repr__(self) -> str:
        return f"<Styles {len(self.pens)} looks>"
