"""Which functions each level has.

A level has what its terminal had, and everything of the levels below; functions that DEC
never had (xterm's, ECMA-48's) come with level 1, for no program sends them by chance. VT420
Programmer Reference, appendix on conformance levels.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from sesssrvr.terminal.vt import (
    editing,
    margins,
    motion,
    presentation,
    printing,
    rectangles,
    reports,
    resets,
    shifts,
    switches,
    userkeys,
)
from sesssrvr.terminal.vt.display import Tables


T = TypeVar("T")

# Functions that need more than level 1, by key.
SEQUENCE_LEVELS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("?J", "?K", '"q', "!p"), 2),
    **dict.fromkeys(("$}", "$~", "$|", "$p", "?$p", "$w", "&u", '"v'), 3),
    **dict.fromkeys(("'}", "'~", "*|", " @", " A"), 4),
    **dict.fromkeys((*rectangles.SEQUENCES, *rectangles.REPORTS, "=c"), 4),
}
ESCAPE_LEVELS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("n", "o", "~", "}", "|", "N", "O", " F", " G"), 2),
    **dict.fromkeys(("6", "9"), 4),
}
STRING_LEVELS: Final[Mapping[str, int]] = {"|": 2, "$q": 3, "$t": 3}
LEVELS: Final = (0, 1, 2, 3, 4)

_ESCAPES: Final = {
    **motion.ESCAPES,
    **editing.ESCAPES,
    **shifts.ESCAPES,
    **resets.ESCAPES,
    **reports.ESCAPES,
}
_SEQUENCES: Final = {
    **motion.SEQUENCES,
    **editing.SEQUENCES,
    **rectangles.SEQUENCES,
    **switches.SEQUENCES,
    **margins.SEQUENCES,
    **resets.SEQUENCES,
    **printing.SEQUENCES,
}
_REPORTS: Final = {
    **reports.REPORTS,
    **presentation.REPORTS,
    **rectangles.REPORTS,
    **switches.REPORTS,
    **margins.REPORTS,
}
_STRINGS: Final = {**reports.STRINGS, **presentation.STRINGS, **userkeys.STRINGS}
_CONTROLS: Final = {
    **motion.CONTROLS,
    **shifts.CONTROLS,
    **resets.CONTROLS,
    **reports.CONTROLS,
}
_VT52: Final = {
    **motion.VT52,
    **editing.VT52,
    **shifts.VT52,
    **resets.VT52,
    **reports.VT52,
    **printing.VT52,
}


def _of_level(level: int, functions: Mapping[str, T], needed: Mapping[str, int]) -> dict[str, T]:
    return {key: run for key, run in functions.items() if needed.get(key, 1) <= level}


def _tables(level: int) -> Tables:
    escapes = _of_level(level, _ESCAPES, ESCAPE_LEVELS)
    c1 = {chr(ord(key) + 0x40): run for key, run in escapes.items() if "@" <= key <= "_"}
    sequences = _of_level(level, _SEQUENCES, SEQUENCE_LEVELS)
    if level >= 4:  # noqa: PLR2004 - side margins came with the VT420
        sequences.update(margins.SIDE_SEQUENCES)
    return Tables(
        controls={**_CONTROLS, **c1},
        escapes=escapes,
        sequences=sequences,
        reports=_of_level(level, _REPORTS, SEQUENCE_LEVELS),
        strings=_of_level(level, _STRINGS, STRING_LEVELS),
        vt52=_VT52,
    )


_STATUS_LINE: Final = Tables(
    controls=resets.CONTROLS,
    escapes={"c": resets.hard_reset},
    sequences={key: resets.SEQUENCES[key] for key in ("!p", "$}", "$~")},
    reports=reports.REPORTS,
    strings={},
    vt52=_VT52,
)

_PRINTER: Final = Tables({}, {}, printing.SEQUENCES, {}, {}, printing.VT52)

CATALOGUE: Final[Mapping[int, Tables]] = {
    **{level: _tables(level) for level in LEVELS},
    resets.ASIDE: _STATUS_LINE,
    printing.PRINTING: _PRINTER,
}
"""The functions of each level; `resets.ASIDE` and `printing.PRINTING` have those that work while the
status line is written, or a printer."""
