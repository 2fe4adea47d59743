"""Erasing, inserting, deleting, scrolling, protecting."""

import pytest


A, B, C, D, E = (letter * 10 for letter in "abcde")
BOX = "^[[?69h^[[2;4r^[[3;8s"
FREE = "^[[?69l^[[r"

# On a page filled with aaaaaaaaaa to eeeeeeeeee.
EDITS = {
    "ED to the end": ("^[[2;4H^[[J", [A, "bbb"]),
    "ED from home": ("^[[J", [""]),
    "ED from the start": ("^[[2;4H^[[1J", ["", "    bbbbbb", C, D, E]),
    "ED all": ("^[[2;4H^[[2J", [""]),
    "ED of the lines that were saved": ("^[[3J", [A, B, C, D, E]),
    "ED ignores margins": (f"{BOX}^[[3;4H^[[J", [A, B, "ccc"]),
    "EL to the end": ("^[[2;4H^[[K", [A, "bbb", C, D, E]),
    "EL from the start": ("^[[2;4H^[[1K", [A, "    bbbbbb", C, D, E]),
    "EL all": ("^[[2;4H^[[2K", [A, "", C, D, E]),
    "EL unknown": ("^[[2;4H^[[9K", [A, B, C, D, E]),
    "ECH": ("^[[2;4H^[[3X", [A, "bbb   bbbb", C, D, E]),
    "ECH beyond the line": ("^[[2;4H^[[99X", [A, "bbb", C, D, E]),
    "ECH ignores margins": (f"{BOX}^[[3;7H^[[9X", [A, B, "cccccc", D, E]),
    "ICH": ("^[[2;4HX^[[D^[[2@", [A, "bbb  Xbbbb", C, D, E]),
    "ICH beyond the line": ("^[[2;4H^[[99@", [A, "bbb", C, D, E]),
    "ICH in margins": (f"{BOX}^[[3;7H^[[@", [A, B, "cccccc ccc", D, E]),
    "ICH outside margins": (f"{BOX}^[[3;9H^[[@", [A, B, C, D, E]),
    "DCH": ("^[[2;4HX^[[D^[[2P", [A, "bbb" + "bbbbb", C, D, E]),
    "DCH in margins": (f"{BOX}^[[3;7H^[[P", [A, B, "ccccccc cc", D, E]),
    "DCH outside margins": (f"{BOX}^[[3;2H^[[P", [A, B, C, D, E]),
    "IL": ("^[[2;4H^[[2L", [A, "", "", B, C]),
    "IL beyond the page": ("^[[2;4H^[[99L", [A]),
    "IL in a region": ("^[[2;4r^[[3;4H^[[L", [A, B, "", C, E]),
    "IL outside the region": ("^[[2;4r^[[5;4H^[[L", [A, B, C, D, E]),
    "IL in a box": (f"{BOX}^[[3;4H^[[L", [A, B, "cc      cc", "ddccccccdd", E]),
    "IL outside the box": (f"{BOX}^[[3;1H^[[L", [A, B, C, D, E]),
    "DL": ("^[[2;4H^[[2M", [A, D, E]),
    "DL in a region": ("^[[2;4r^[[2;4H^[[M", [A, C, D, "", E]),
    "DL in a box": (f"{BOX}^[[3;4H^[[M", [A, B, "ccddddddcc", "dd      dd", E]),
    "SU": ("^[[2S", [C, D, E]),
    "SU beyond the page": ("^[[99S", [""]),
    "SU in a region, cursor outside": ("^[[2;4r^[[S", [A, C, D, "", E]),
    "SU in a box": (f"{BOX}^[[S", [A, "bbccccccbb", "ccddddddcc", "dd      dd", E]),
    "SD": ("^[[2T", ["", "", A, B, C]),
    "SD in a box": (f"{BOX}^[[T", [A, "bb      bb", "ccbbbbbbcc", "ddccccccdd", E]),
    "LF scrolls": ("^[[5;1H\n", [B, C, D, E]),
    "LF scrolls a region": ("^[[2;4r^[[4;1H\n", [A, C, D, "", E]),
    "LF outside the side margins does not": (f"{BOX}^[[4;9H\n", [A, B, C, D, E]),
    "DECSTBM without top": ("^[[;2r^[[2;1H\n", [B, "", C, D, E]),
    "DECSTBM without bottom": ("^[[4r^[[5;1H\n", [A, B, C, E]),
    "DECSLRM without left": (
        "^[[?69h^[[;3s^[[5;1H\n",
        [f"{y * 3}{x * 7}" for x, y in zip("abcd", "bcde", strict=True)] + ["   eeeeeee"],
    ),
    "DECSLRM without right": ("^[[?69h^[[8s^[[5;9H^[[M", [A, B, C, D, "e" * 7]),
    "RI scrolls": ("^[M", ["", A, B, C, D]),
    "RI scrolls a region": ("^[[2;4r^[[2;1H^[M", [A, "", B, C, E]),
    "RI outside the side margins does not": (f"{BOX}^[[2;9H^[M", [A, B, C, D, E]),
    "DECIC": (
        "^[[2;4HXY^[[2;5H^[['}",
        ["aaaa aaaaa", "bbbX Ybbbb", "cccc ccccc", "dddd ddddd", "eeee eeeee"],
    ),
    "DECIC in a box": (f"{BOX}^[[3;7H^[[2'}}", [A, "bbbbbb  bb", "cccccc  cc", "dddddd  dd", E]),
    "DECIC outside": (f"{BOX}^[[1;7H^[['}}", [A, B, C, D, E]),
    "DECDC": ("^[[2;4HXY^[[2;4H^[['~", [A[:9], "bbb" + "Ybbbbb", C[:9], D[:9], E[:9]]),
    "DECDC in a box": (f"{BOX}^[[3;7H^[[2'~", [A, "bbbbbb  bb", "cccccc  cc", "dddddd  dd", E]),
    "SL from outside the margins": ("^[[2;4r^[[2 @", [A, B, C, D, E]),
    "SL": ("^[[2 @", [A[:8], B[:8], C[:8], D[:8], E[:8]]),
    "SR": ("^[[2 A", ["  " + x[:8] for x in (A, B, C, D, E)]),
    "DECFI scrolls the box": (
        f"{BOX}^[[3;8H^[9",
        [A, "bbbbbbb bb", "ccccccc cc", "ddddddd dd", E],
    ),
    "DECBI scrolls the box": (
        f"{BOX}^[[3;3H^[6",
        [A, "bb bbbbbbb", "cc ccccccc", "dd ddddddd", E],
    ),
}


@pytest.mark.parametrize(("given", "lines"), EDITS.values(), ids=EDITS.keys())
def test_a_function_changes_the_page(small, given, lines):
    assert small.fill()(given).lines == lines


# "ab" plain, "c" protected or guarded; erased from the first column on.
PROTECTED = '^[[1"qc^[[0"q'
GUARDED = "^[Vc^[W"
ERASURES = {
    "ED leaves guarded cells": (GUARDED, "^[[H^[[J", "  c"),
    "ED does not know DECSCA": (PROTECTED, "^[[H^[[J", ""),
    "EL leaves guarded cells": (GUARDED, "^[[2K", "  c"),
    "EL does not know DECSCA": (PROTECTED, "^[[2K", ""),
    "ECH leaves guarded cells": (GUARDED, "^[[H^[[9X", "  c"),
    "ECH does not know DECSCA": (PROTECTED, "^[[H^[[9X", ""),
    "DECSED leaves protected cells": (PROTECTED, "^[[?2J", "  c"),
    "DECSED leaves guarded cells, as xterm does": (GUARDED, "^[[?2J", "  c"),
    "DECSEL leaves protected cells": (PROTECTED, "^[[?2K", "  c"),
    "DECSEL leaves guarded cells, as xterm does": (GUARDED, "^[[?2K", "  c"),
    "DECSERA leaves protected cells": (PROTECTED, "^[[1;1;1;9${", "  c"),
    "DECSERA does not know SPA": (GUARDED, "^[[1;1;1;9${", ""),
    "DECERA knows neither": (PROTECTED + GUARDED, "^[[1;1;1;9$z", ""),
    "DECSCA 2 is off": ('^[[1"q^[[2"qc', "^[[?2J", ""),
    "SGR 0 leaves protection on": ('^[[1"q^[[mc', "^[[?2J", "  c"),
}


@pytest.mark.parametrize(("write", "wipe", "line"), ERASURES.values(), ids=ERASURES.keys())
def test_protected_cells_outlast_some_erasures(small, write, wipe, line):
    assert small("ab", write, wipe).lines[0] == line


def test_a_screen_with_protected_cells_is_erased_around_them(small):
    small.fill()('^[[3;3H^[[1"qXX^[[0"q^[[?2J')
    assert small.lines == ["", "", "  XX"]
    assert small("^[[2J").lines == [""]


def test_blank_cells_take_the_background_colour(small):
    small("^[[44;1mab^[[K")
    assert small.runs == ["<Run 0+2 bold, background 4>", "<Run 2+8 background 4>"]
    assert small("^[[2J").runs == [f"<Run {n * 10}+10 background 4>" for n in range(5)]


def test_erasing_forgets_that_a_wrap_was_pending(small):
    assert small("0123456789^[[KX").lines == ["012345678X"]
