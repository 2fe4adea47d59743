"""Rectangular area functions."""

import pytest


A, B, C, D, E = (letter * 10 for letter in "abcde")
BOX = "^[[?69h^[[2;4r^[[3;8s"

CHANGED = {
    "DECERA": ("^[[2;3;4;5$z", [A, "bb   bbbbb", "cc   ccccc", "dd   ddddd", E]),
    "DECERA of the page": ("^[[$z", [""]),
    "DECERA beyond the page": ("^[[4;8;99;99$z", [A, B, C, "ddddddd", "eeeeeee"]),
    "DECERA upside down": ("^[[4;5;2;3$z", [A, B, C, D, E]),
    "DECERA ignores margins": (f"{BOX}^[[1;1;2;2$z", ["  aaaaaaaa", "  bbbbbbbb", C, D, E]),
    "DECERA in origin mode": (f"{BOX}^[[?6h^[[1;1;2;2$z", [A, "bb  bbbbbb", "cc  cccccc", D, E]),
    "DECERA in origin mode ends at the margins": (
        f"{BOX}^[[?6h^[[2;5;9;99$z",
        [A, B, "cccccc  cc", "dddddd  dd", E],
    ),
    "DECFRA": ("^[[37;2;3;3;5$x", [A, "bb%%%bbbbb", "cc%%%ccccc", D, E]),
    "DECFRA with a drawn line": ("^[(0^[[113;2;3;2;5$x", [A, "bb───bbbbb", C, D, E]),
    "DECFRA with a control": ("^[[7;2;3;3;5$x", [A, B, C, D, E]),
    "DECFRA with a number that is no byte": ("^[[9999;2;3;3;5$x", [A, B, C, D, E]),
    "DECSERA": ("^[[2;3;4;5${", [A, "bb   bbbbb", "cc   ccccc", "dd   ddddd", E]),
    "DECCRA": ("^[[1;1;2;2;1;4;5;1$v", [A, B, C, "ddddaadddd", "eeeebbeeee"]),
    "DECCRA to home by default": ("^[[4;4;5;6;1$v", ["dddaaaaaaa", "eeebbbbbbb", C, D, E]),
    "DECCRA onto itself": (
        "^[[1;1;3;3;1;2;2;1$v",
        [A, "baaabbbbbb", "cbbbcccccc", "dcccdddddd", E],
    ),
    "DECCRA partly beyond the page": ("^[[1;1;3;3;1;5;9;1$v", [A, B, C, D, "eeeeeeeeaa"]),
    "DECCRA upside down": ("^[[3;3;1;1;1;2;2;1$v", [A, B, C, D, E]),
    "DECCRA in origin mode": (
        f"{BOX}^[[?6h^[[1;1;1;2;1;3;3;1$v",
        [A, B, C, "ddddbbdddd", E],
    ),
}


def test_erasing_selectively_leaves_looks_as_they_are(small):
    """VT420 manual, DECSERA; wide characters that lose a half lose both."""
    small('^[[7mab^[[1"qc日e^[[0"q^[[1;1;1;9${')
    assert small.lines == ["  c日\u200be"]
    assert small.runs == ["<Run 0+2 reverse>", "<Run 2+4 reverse>"]  # two: protected and not
    small("^[[H^[[m日x^[[1;2;1;3${")
    assert small.lines[0] == "   日\u200be"


@pytest.mark.parametrize(("given", "lines"), CHANGED.values(), ids=CHANGED.keys())
def test_a_rectangle_changes(small, given, lines):
    assert small.fill()(given).lines == lines


def test_the_cursor_stays(small):
    assert small.fill()("^[[3;4H^[[37;1;1;3;3$x^[[1;1;2;2$z^[[1;1;2;2;1;3;3;1$v").cursor == (3, 4)


RESTYLED = {
    "DECCARA of a stream": (
        "^[[1;9;2;2;1$r",
        ["<Run 8+2 bold>", "<Run 10+2 bold>"],
    ),
    "DECCARA of a rectangle": (
        "^[[2*x^[[1;3;2;4;7;4$r",
        ["<Run 2+2 underline, reverse>", "<Run 12+2 underline, reverse>"],
    ),
    "DECCARA of one line": ("^[[1;3;1;4;5$r", ["<Run 2+2 blink>"]),
    "DECCARA with a number it does not have": (
        "^[[2*x^[[1;1;1;1;1$r^[[1;1;1;1;9$r",
        ["<Run 0+1 bold>"],
    ),
    "DECCARA takes off": ("^[[2*x^[[1;1;1;2;7$r^[[1;2;1;2;0$r", ["<Run 0+1 reverse>"]),
    "DECRARA": ("^[[2*x^[[1;1;1;2;7$r^[[1;2;1;3;7$t", ["<Run 0+1 reverse>", "<Run 2+1 reverse>"]),
    "DECRARA of all four": ("^[[2*x^[[1;1;1;1;0$t", ["<Run 0+1 bold, underline, blink, reverse>"]),
}


@pytest.mark.parametrize(("given", "runs"), RESTYLED.values(), ids=RESTYLED.keys())
def test_attributes_in_an_area_change(small, given, runs):
    assert small.fill()(given).runs == runs


CHECKSUMS = {
    "one character": ("A^[[7;1;1;1;1;1*y", "^[P7!~FFBF^[\\"),
    "attributes count": ("^[[7mA^[[7;1;1;1;1;1*y", "^[P7!~FF9F^[\\"),
    "several": ("AB^[[7;1;1;1;1;2*y", "^[P7!~FF7D^[\\"),
    "blanks at the ends of lines do not": ("AB^[[7;1;1;1;2;9*y", "^[P7!~FF7D^[\\"),
    "blanks that are drawn differently do": ("^[[7m ^[[m  ^[[7;1;1;1;1;9*y", "^[P7!~FFC0^[\\"),
    "XTCHECKSUM: with blanks": ("^[[4#yA^[[7;1;1;1;1;3*y", "^[P7!~FF7F^[\\"),
    "the first cell counts": ("^[[7;1;1;1;1;1*y", "^[P7!~FFE0^[\\"),
    "nothing": ("^[[7;1;3;3;2;2*y", "^[P7!~0000^[\\"),
    "in origin mode": (f"^[[2;3HA{BOX}^[[?6h^[[7;1;1;1;1;1*y", "^[P7!~FFBF^[\\"),
    "XTCHECKSUM: not negated, no attributes": ("^[[3#y^[[7mA^[[7;1;1;1;1;1*y", "^[P7!~0041^[\\"),
}


@pytest.mark.parametrize(("given", "answer"), CHECKSUMS.values(), ids=CHECKSUMS.keys())
def test_a_checksum_of_an_area(small, given, answer):
    assert small(given).answers == answer
