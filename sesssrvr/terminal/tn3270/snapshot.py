"""Snapshots: the frozen `Screen` of a display.

What a non-display field holds is blank here already, so nothing made from a screen can leak
it. A character is shown by its own character set or, if it has none, by its field's.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from sesssrvr.terminal.apl import UNDERSCORED
from sesssrvr.terminal.codepage import SHIFT_OUT, CodePage, graphic_escape
from sesssrvr.terminal.screen import Field, Run, Screen
from sesssrvr.terminal.tn3270.buffer import (
    CHARSET,
    DISPLAY,
    FOREGROUND,
    GRAPHIC,
    HIDDEN,
    HIGHLIGHT,
    INTENSIFIED,
    MODIFIED,
    NUMERIC,
    PROTECTED,
    Buffer,
)
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.runs import runs
from sesssrvr.terminal.tn3270.writer import APL_SET, DOUBLE_SET
from sesssrvr.terminal.wide import pair_spans


# Sessions of one application show the same screens: their fields are shared.
_SHARED_FIELDS: Final = 16_384
GRAPHIC_SETS: Final = (GRAPHIC, APL_SET)


@lru_cache(maxsize=_SHARED_FIELDS)
def _field(start: int, length: int, attribute: int, colour: int, highlight: int) -> Field:
    return Field(
        start,
        length,
        protected=bool(attribute & PROTECTED),
        numeric=bool(attribute & NUMERIC),
        hidden=attribute & DISPLAY == HIDDEN,
        intensified=attribute & DISPLAY == INTENSIFIED,
        modified=bool(attribute & MODIFIED),
        colour=colour,
        highlight=highlight,
    )


class Layout(NamedTuple):
    """The part of a screen that depends on its attributes alone.

    Attributes:
        attributes: the addresses of the field attributes.
        fields: in the order of their starts.
        starts: of the fields.
        hidden: the slices that are not shown.
        runs: see `runs`.
    """

    attributes: Sequence[int]
    fields: tuple[Field, ...]
    starts: tuple[int, ...]
    hidden: tuple[tuple[int, int], ...]
    runs: tuple[Run, ...]


_SHARED_LAYOUTS: Final = 512  # about 10 KB each, on a screen of 24 x 80


@lru_cache(maxsize=_SHARED_LAYOUTS)
def _layout(
    rows: int,
    columns: int,
    attributes: bytes,
    highlight: bytes | None,
    foreground: bytes | None,
    background: bytes | None,
) -> Layout:
    buffer = Buffer(rows, columns)
    buffer.attributes = bytearray(attributes)
    planes = (highlight, foreground, background, None)
    buffer.extended = [plane if plane is None else bytearray(plane) for plane in planes]
    hidden = (at for at in buffer.starts if attributes[at] & DISPLAY == HIDDEN)
    fields = _fields(buffer)
    return Layout(
        buffer.starts,
        fields,
        tuple(field.start for field in fields),
        tuple(span for at in hidden for span in buffer.field_spans(at)),
        () if buffer.extended == _PLAIN else runs(buffer),
    )


def snapshot(display: Display3270, codepage: CodePage, *, connected: bool) -> Screen:
    """The screen as it is now."""
    buffer = display.buffer
    planes = [None if plane is None else bytes(plane) for plane in buffer.extended[:CHARSET]]
    layout = _layout(buffer.rows, buffer.columns, bytes(buffer.attributes), *planes)
    buffer.learn(layout.attributes)
    letters = _underscored(buffer, layout.hidden)
    return Screen(
        buffer.rows,
        buffer.columns,
        _characters(buffer, codepage, layout.hidden),
        layout.fields,
        cursor=display.cursor,
        locked=display.locked,
        version=display.version,
        unlocks=display.unlocks,
        alarm=display.alarm,
        connected=connected,
        stale=display.stale,
        kind="3270",
        runs=layout.runs if letters is None else runs(buffer, letters),
        _starts=layout.starts,
    )


_DOUBLE_CHARACTERS: Final = re.compile(b"\xf8+")
_PLAIN: Final = [None, None, None, None]


def _fields(buffer: Buffer) -> tuple[Field, ...]:
    """The fields by the offset of their first character: one that starts at 0 comes first."""
    starts, size, attributes = buffer.starts, buffer.size, buffer.attributes
    if not starts:
        return ()
    colours, highlights = buffer.extended[FOREGROUND], buffer.extended[HIGHLIGHT]
    found = []
    following = starts[0] + size
    for at in reversed(starts):
        found.append(
            _field(
                (at + 1) % size,
                following - at - 1,
                attributes[at],
                colours[at] if colours is not None else 0,
                highlights[at] if highlights is not None else 0,
            )
        )
        following = at
    if starts[-1] == size - 1:
        found.append(found.pop(0))
    found.reverse()
    return tuple(found)


def _characters(buffer: Buffer, codepage: CodePage, hidden: tuple[tuple[int, int], ...]) -> str:
    characters = buffer.characters
    if hidden:
        characters = characters[:]
        for begin, end in hidden:
            characters[begin:end] = bytes(end - begin)
    text = codepage.text(characters)
    if codepage.double and (SHIFT_OUT in characters or buffer.extended[CHARSET] is not None):
        text = _with_pairs(text, characters, buffer, codepage)
    sets = buffer.extended[CHARSET]
    return text if sets is None else _with_graphics(text, characters, buffer, sets)


def _with_pairs(text: str, characters: bytearray, buffer: Buffer, codepage: CodePage) -> str:
    """Pairs between SO and SI, or to the field's end; fields and characters of the set of pairs.

    GA23-0059, Character set attribute: X'F8' of a field, by SFE, or of characters, by SA.
    """
    shown = list(text)
    sets = buffer.extended[CHARSET]
    for start in buffer.starts or (-1,):
        spans = buffer.field_spans(start) if start >= 0 else ((0, buffer.size),)
        cells = [at for begin, end in spans for at in range(begin, end)]
        content = bytes(characters[at] for at in cells)
        double = start >= 0 and sets is not None and sets[start] == DOUBLE_SET
        found = [(0, len(content))] if double else list(pair_spans(content))
        if sets is not None and not double:
            own = bytes(sets[at] for at in cells)
            found += [one.span() for one in _DOUBLE_CHARACTERS.finditer(own)]
        for begin, end in found:
            for at, glyph in zip(cells[begin:end], codepage.wide(content[begin:end]), strict=True):
                shown[at] = glyph
    return "".join(shown)


def _underscored(buffer: Buffer, hidden: tuple[tuple[int, int], ...]) -> bytes | None:
    """1 for each cell that shows an underscored letter of APL; None if none does."""
    sets = buffer.extended[CHARSET]
    if sets is None:
        return None
    found = bytearray(buffer.size)
    for at, code in enumerate(buffer.characters):
        if code in UNDERSCORED and (sets[at] or _field_set(buffer, sets, at)) in GRAPHIC_SETS:
            found[at] = 1
    for begin, end in hidden:
        found[begin:end] = bytes(end - begin)
    return bytes(found) if any(found) else None


def _with_graphics(text: str, characters: bytearray, buffer: Buffer, sets: bytearray) -> str:
    shown = list(text)
    for at, code in enumerate(characters):
        if code and (sets[at] or _field_set(buffer, sets, at)) in GRAPHIC_SETS:
            shown[at] = graphic_escape(code)
    return "".join(shown)


def _field_set(buffer: Buffer, sets: bytearray, at: int) -> int:
    governing = buffer.field_before(at)
    return sets[governing] if governing >= 0 else 0
