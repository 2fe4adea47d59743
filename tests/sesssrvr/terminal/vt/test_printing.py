"""Hosts that print through the terminal (MC): the screen stays as it was."""

import pytest


PRINTED = {
    "text": ("ab^[[5iLABEL\r\nx^[[4ic", ["abc"]),
    "control functions": ("ab^[[5i^[[2J^[[H^[cx^[(0^[P$qm^[\\\x0e^[[4iqc", ["abqc"]),
    "looks": ("^[[5i^[[7mx^[[4iab", ["ab"]),
    "a soft reset is printed too": ("ab^[[5i^[[!pxy^[[4ic", ["abc"]),
    "begun twice": ("ab^[[5i^[[5ix^[[4ic", ["abc"]),
    "ended twice": ("ab^[[4i^[[4ic", ["abc"]),
    "the page itself": ("ab^[[ic^[[0id^[[?5i^[[?4ie", ["abcde"]),
    "in VT52 mode": ("^[[?2lab^[Wx^[Ay^[Xc", ["abc"]),
    "in an old terminal's words, by a newer one": ("ab^[Wx", ["abx"]),
    "while the status line is written": ("ab^[[2$~^[[1$}x^[[5iy^[[4ic", ["ab"]),
    "several at once": ("ab^[[5;4ic", ["abc"]),
}


@pytest.mark.parametrize(("given", "lines"), PRINTED.values(), ids=PRINTED.keys())
def test_what_is_printed_is_not_drawn(small, given, lines):
    small(given)
    assert small.lines == lines
    assert small.runs == []
    assert small.answers == ""


@pytest.mark.parametrize("level", ["VT52", "VT100", "VT220", "VT420"])
def test_a_printer_that_is_never_told_to_stop_harms_nobody(vt, level):
    bench = vt(level=level)("ab^[[5i^[W", "x" * 10_000)
    assert bench("^[[4i^[X").screen.rows == 5
    assert bench("^[[5n^[Z").answers
