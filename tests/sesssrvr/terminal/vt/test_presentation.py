"""Presentation state: what is reported and put back (DECRQPSR, DECRSPS)."""

import pytest


CURSORS = {
    "as after switching on": ("", "1;1;1;@;@;@;0;2;L;BBAA"),
    "a place": ("^[[3;4H", "3;4;1;@;@;@;0;2;L;BBAA"),
    "looks": ("^[[1;5m", "1;1;1;E;@;@;0;2;L;BBAA"),
    "all looks": ("^[[1;4;5;7m", "1;1;1;O;@;@;0;2;L;BBAA"),
    "protection": ('^[[1"q', "1;1;1;@;A;@;0;2;L;BBAA"),
    "origin mode": ("^[[2;4r^[[?6h", "2;1;1;@;@;A;0;2;L;BBAA"),
    "single shifts": ("^[N", "1;1;1;@;@;B;0;2;L;BBAA"),
    "single shift 3": ("^[O", "1;1;1;@;@;D;0;2;L;BBAA"),
    "a pending wrap": ("0123456789", "1;10;1;@;@;H;0;2;L;BBAA"),
    "sets": ("^[(0^[)%5^[*>^[o^[~", "1;1;1;@;@;@;3;1;H;0%5>A"),
}


@pytest.mark.parametrize(("given", "report"), CURSORS.values(), ids=CURSORS.keys())
def test_the_cursor_is_reported_and_put_back(vt, given, report):
    bench = vt()(given)
    assert bench("^[[1$w").answers == f"^[P1$u{report}^[\\"
    for state in ("^[[2;4r", '^[[2;4r^[[1;4;5;7m^[[1"q^[[?6h^[(A^[n^[[3;10Hxx^[O'):
        other = vt()(state, f"^[P1$t{report}^[\\")
        assert other("^[[1$w").answers == f"^[P1$u{report}^[\\"


def test_text_is_drawn_with_what_was_put_back(small):
    small("^[P1$t2;3;1;H;@;@;0;2;N;0AAA^[\\qq")
    assert small.lines == ["", "  ──"]
    assert small.runs == ["<Run 12+2 reverse>"]


def test_a_single_shift_that_was_put_back_is_for_the_next_character(small):
    small("^[P1$t1;1;1;@;@;B;0;2;@;BB0A^[\\qq")
    assert small.lines == ["─q"]


def test_a_vt220_has_no_such_reports(vt):
    bench = vt(level="VT220")("^[P1$t2;3;1;@;@;@;0;2;L;BBAA^[\\^[P2$t3^[\\^[[1$w^[[2$w")
    assert (bench.cursor, bench.answers) == ((1, 1), "")
    assert bench("\t").cursor == (1, 9)


def test_colours_are_no_part_of_it(small):
    small("^[[31m^[P1$t1;1;1;A;@;@;0;2;L;BBAA^[\\x^[P$qm^[\\")
    assert small.answers == "^[P1$r0;1;31m^[\\"


UNSOUND = {
    "empty": "",
    "short": "2;3;1;@;@;@;0;2;L",
    "no such set": "2;3;1;@;@;@;0;2;L;B?AA",
    "a set of 94 said to have 96": "2;3;1;@;@;@;0;2;M;BBAA",
    "three sets": "2;3;1;@;@;@;0;2;L;BBA",
    "five sets": "2;3;1;@;@;@;0;2;L;BBAAA",
    "another page": "2;3;2;@;@;@;0;2;L;BBAA",
    "flags beyond": "2;3;1;P;@;@;0;2;L;BBAA",
    "no number": "x;3;1;@;@;@;0;2;L;BBAA",
    "digits of another script": "\u0662;3;1;@;@;@;0;2;L;BBAA",
    "GL of none": "2;3;1;@;@;@;4;2;L;BBAA",
}


@pytest.mark.parametrize("report", UNSOUND.values(), ids=UNSOUND.keys())
def test_an_unsound_report_restores_nothing(small, report):
    small("^[[4;5H^[[1m", f"^[P1$t{report}^[\\")
    assert small("^[[1$w").answers == "^[P1$u4;5;1;A;@;@;0;2;L;BBAA^[\\"


def test_places_beyond_the_page_and_wraps_beside_its_edge_are_brought_in(small):
    small("^[P1$t99999;99999;1;@;@;H;0;2;L;BBAA^[\\")
    assert small.cursor == (5, 10)
    small("^[P1$t0;0;1;@;@;H;0;2;L;BBAA^[\\ab")
    assert small.lines == ["ab"]


TABS = {
    "as after switching on": ("", "9"),
    "others": ("^[[3g^[[1;3H^[H^[[1;10H^[H", "3/10"),
    "none": ("^[[3g", ""),
}


@pytest.mark.parametrize(("given", "stops"), TABS.values(), ids=TABS.keys())
def test_tab_stops_are_reported_and_put_back(vt, given, stops):
    assert vt()(given, "^[[2$w").answers == f"^[P2$u{stops}^[\\"
    other = vt()(f"^[P2$t{stops}^[\\")
    assert other("^[[2$w").answers == f"^[P2$u{stops}^[\\"


@pytest.mark.parametrize("stops", ["x", "3/", "3;4", "-1", "3/\u0664", "/"])
def test_unsound_tab_stops_restore_nothing(small, stops):
    small(f"^[P2$t{stops}^[\\")
    assert small("^[[2$w").answers == "^[P2$u9^[\\"


def test_stops_beyond_the_page_are_left_out_and_other_reports_are_none(small):
    assert small("^[P2$t0/2/11/99999^[\\^[[2$w").answers == "^[P2$u2^[\\"
    assert small("^[P3$t1^[\\^[[3$w^[[0$w").answers == ""


def test_putting_back_is_a_change_and_asking_is_none(small):
    assert small.terminal.feed(b"\x1bP1$t2;3;1;@;@;@;0;2;L;BBAA\x1b\\")
    assert small.terminal.feed(b"\x1bP2$t3\x1b\\")
    assert not small.terminal.feed(b'\x1b[1$w\x1b[2$w\x1b[&u\x1b["v')
