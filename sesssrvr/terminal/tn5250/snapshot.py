"""Snapshots: the frozen `Screen` of a display.

What non-display attributes cover is blank here already, so nothing made from a screen can leak
it. Every cell that is not an attribute lies in exactly one field: an input field of the format table, or
a protected stretch between attributes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from sesssrvr.terminal.codepage import CodePage
from sesssrvr.terminal.screen import Field, Screen
from sesssrvr.terminal.tn5250.attributes import LOOKS
from sesssrvr.terminal.tn5250.codes import ATTRIBUTES, NORMAL, SPACE
from sesssrvr.terminal.tn5250.display import Display5250
from sesssrvr.terminal.tn5250.fields import PAIRS_ONLY, Shift
from sesssrvr.terminal.wide import pair_spans


# Sessions of one application show the same screens: their fields are shared.
_SHARED_FIELDS: Final = 16_384
_NUMERIC: Final = frozenset((Shift.NUMERIC_ONLY, Shift.DIGITS_ONLY, Shift.SIGNED))
_ATTRIBUTE: Final = re.compile(rb"[\x20-\x3f]")
_SHOWN: Final = bytes(SPACE if code in ATTRIBUTES else code for code in range(256))
# Extended primary attributes (X'80' to X'9F') hide with the same three bits as X'20' to X'3F'.
_PRIMARY, _PRIMARY_BITS = 1, 0x1F
_PAIRED, _PAIRS_BEGIN = 5, 0x81


@lru_cache(maxsize=_SHARED_FIELDS)
def _field(
    start: int,
    length: int,
    attribute: int,
    *,
    protected: bool = True,
    numeric: bool = False,
    modified: bool = False,
) -> Field:
    look = LOOKS[attribute]
    return Field(
        start,
        length,
        protected=protected,
        numeric=numeric,
        hidden=look.hidden,
        intensified=look.intensified,
        modified=modified,
        colour=look.colour,
        highlight=look.highlight,
    )


def snapshot(display: Display5250, codepage: CodePage, *, connected: bool) -> Screen:
    """The screen as it is now."""
    stretches = [*_stretches(display)]
    return Screen(
        display.rows,
        display.columns,
        _characters(display, codepage, stretches),
        tuple(_fields(display, stretches)),
        cursor=display.cursor,
        locked=display.locked,
        version=display.version,
        unlocks=display.unlocks,
        alarm=display.alarm,
        connected=connected,
        kind="5250",
    )


def _stretches(display: Display5250) -> Iterator[tuple[int, int, int]]:
    """(begin, end, attribute) of the cells between attributes; the first is ruled by X'20'."""
    begin, attribute = 0, NORMAL
    for found in _marks(display):
        yield begin, found[0], attribute
        begin, attribute = found[1], found[2]
    yield begin, display.size, attribute


def _marks(display: Display5250) -> Iterator[tuple[int, int, int]]:
    """(where a stretch ends, where the next begins, its attribute), in order.

    An extended primary attribute takes no cell: the next stretch begins where the last one ends.
    """
    marks = [(m.start(), m.end(), m[0][0]) for m in _ATTRIBUTE.finditer(display.cells)]
    if display.extended:
        marks += [
            (at, at, ATTRIBUTES.start | value & _PRIMARY_BITS)
            for (at, kind), value in display.extended.items()
            if kind == _PRIMARY and display.cells[at] not in ATTRIBUTES
        ]
        marks.sort()
    yield from marks


def _characters(
    display: Display5250, codepage: CodePage, stretches: list[tuple[int, int, int]]
) -> str:
    shown = display.cells.translate(_SHOWN)
    for begin, end, attribute in stretches:
        if LOOKS[attribute].hidden:
            shown[begin:end] = bytes(end - begin)
    text = codepage.text(shown)
    return _with_pairs(text, shown, display, codepage, stretches) if codepage.double else text


def _with_pairs(
    text: str,
    shown: bytearray,
    display: Display5250,
    codepage: CodePage,
    stretches: list[tuple[int, int, int]],
) -> str:
    """Pairs between SO and SI, or to the next attribute; fields of pairs only, and where WEA says so."""
    spans = [
        (begin + first, begin + last)
        for begin, end, _ in stretches
        for first, last in pair_spans(bytes(shown[begin:end]))
    ]
    spans += [
        (one.start, one.end)
        for one in display.table.fields
        if one.wide == PAIRS_ONLY and any(shown[one.start : one.end])
    ]
    spans += _ideographic(display, stretches)
    if not spans:
        return text
    out = list(text)
    for begin, end in spans:
        out[begin:end] = codepage.wide(bytes(shown[begin:end]))
    return "".join(out)


def _ideographic(
    display: Display5250, stretches: list[tuple[int, int, int]]
) -> Iterator[tuple[int, int]]:
    """Stretches that extended attributes of type 5 make pairs without SO and SI.

    X'81' begins one; the next extended attribute of that type ends it, or the next attribute.
    """
    marks = sorted((at, value) for (at, kind), value in display.extended.items() if kind == _PAIRED)
    ends = [end for _, end, _ in stretches]
    for number, (at, value) in enumerate(marks):
        if value != _PAIRS_BEGIN:
            continue
        end = ends[min(bisect_right(ends, at), len(ends) - 1)]
        if number + 1 < len(marks):
            end = min(end, marks[number + 1][0])
        yield at, end


def _fields(display: Display5250, stretches: list[tuple[int, int, int]]) -> Iterator[Field]:
    """Input fields, and what is left of the stretches between them."""
    at = 0
    inputs = iter(display.table.fields)
    following = next(inputs, None)
    for begin, end, attribute in stretches:
        begin = max(begin, at)  # noqa: PLW2901 - an input field before may have taken a part
        while following is not None and max(following.start, at) < end:
            start = max(following.start, at)
            if start > begin:
                yield _field(begin, start - begin, attribute)
            stop = min(following.end, display.size)
            if stop > start:
                yield _field(
                    start,
                    stop - start,
                    attribute,
                    protected=following.bypass,
                    numeric=following.shift in _NUMERIC,
                    modified=following.modified,
                )
            begin = at = max(stop, at)  # noqa: PLW2901 - as above
            following = next(inputs, None)
        if end > begin:
            yield _field(begin, end - begin, attribute)
