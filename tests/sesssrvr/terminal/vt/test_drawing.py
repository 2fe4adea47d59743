"""Drawing text: wrapping, margins, insert mode, wide characters, doubled lines."""

import pytest

from sesssrvr.terminal.screen import TAIL


DRAWN = {
    "text": ("abc", ["abc"]),
    "text over text": ("abcdef\rXY", ["XYcdef"]),
    "lines": ("ab\r\ncd", ["ab", "cd"]),
    "wraps at the edge": ("0123456789ab", ["0123456789", "ab"]),
    "wraps only with the next character": ("0123456789\rX", ["X123456789"]),
    "a long text wraps often": ("abcdefghij" * 3 + "k", ["abcdefghij"] * 3 + ["k"]),
    "scrolls at the bottom": ("^[[5;9Habcd", ["", "", "", "        ab", "cd"]),
    "without autowrap the last column is overwritten": ("^[[?7l0123456789ab", ["012345678b"]),
    "without autowrap, in pieces": ("^[[?7l0123456789a^[[mb", ["012345678b"]),
    "LF forgets that a wrap was pending": ("0123456789\nX", ["0123456789", "         X"]),
    "RI forgets it too": ("^[[2;1H0123456789^[MX", ["         X", "0123456789"]),
    "colour does not": ("0123456789^[[1mX", ["0123456789", "X"]),
    "wraps inside side margins": ("^[[?69h^[[3;6s^[[2;5Habcdef", ["", "    ab", "  cdef"]),
    "right of the margins it wraps to the left one": (
        "^[[?69h^[[3;6s^[[2;9Habc",
        ["", "        ab", "  c"],
    ),
    "wraps inside margins and scrolls there": (
        "^[[?69h^[[3;6s^[[2;3r^[[3;3Habcdefgh",
        ["", "  abcd", "  efgh"],
    ),
    "a wrap is not pending where the line goes on": (
        "^[[?69h^[[3;6s^[[2;3Habcd^[[?69lZ",
        ["", "  abcZ"],
    ),
    "side margins without autowrap": ("^[[?69h^[[3;6s^[[2;5H^[[?7labcdef", ["", "    af"]),
    "insert mode": ("abcdef\r^[[4hXY", ["XYabcdef"]),
    "insert mode pushes off the edge": ("0123456789\r^[[4hXY", ["XY01234567"]),
    "insert mode at the margin": ("0123456789^[[?69h^[[1;5s^[[4hXY", ["XY01256789"]),
    "insert mode ends": ("abc\r^[[4hX^[[4lY", ["XYbc"]),
    "NUL and DEL are nothing": ("a\0b\x7fc", ["abc"]),
    "an unknown control is nothing": ("a\x01\x06\x1cb", ["ab"]),
    "Latin, Greek, Cyrillic": ("äΩж", ["äΩж"]),
    "a combining mark joins": ("e\u0301x", ["éx"]),
    "a combining mark joins a wide character": ("か\u3099x", [f"が{TAIL}x"]),
    "one that has no character of its own with the base is left out": ("q\u0301x", ["qx"]),
    "a mark at the beginning has nothing to join": ("\u0301x", ["x"]),
    "a mark on the last column": ("012345678e\u0301", ["012345678é"]),
    "joiners and direction marks take no cell": ("a\u200b\u200d\u202e\u2028b", ["ab"]),
    "what no XML can carry": ("a\uffffb", ["a\ufffdb"]),
    "a wide character": ("日x", [f"日{TAIL}x"]),
    "a wide character does not fit the last column": ("012345678日", ["012345678", f"日{TAIL}"]),
    "nor without autowrap": ("^[[?7l012345678日", [f"01234567日{TAIL}"]),
    "a wide character fills the line": ("01234567日x", [f"01234567日{TAIL}", "x"]),
    "writing on its second half": ("日\b\bxy", ["xy"]),
    "writing on half of it": ("日^[[1;2Hx", [" x"]),
    "writing before": ("日^[[1;1Hx", ["x"]),
    "inserting a wide character": ("abc\r^[[4h日", [f"日{TAIL}abc"]),
    "deleting half of it": ("日本^[[1;1H^[[P", [f" 本{TAIL}"]),
    "erasing half of it": ("日本^[[1;2H^[[X", [f"  本{TAIL}"]),
    "inserting in the middle of it": ("日本^[[1;2H^[[@", [f"   本{TAIL}"]),
    "pushing half of it off the edge": ("01234567日\r^[[@", [" 01234567"]),
    "REP": ("ab^[[3b", ["abbbb"]),
    "REP by default": ("ab^[[b", ["abb"]),
    "REP wraps": ("a^[[11b", ["aaaaaaaaaa", "aa"]),
    "REP in margins": ("^[[?69h^[[2;4s^[[1;2Ha^[[3b", [" aaa", " a"]),
    "REP of a drawn line": ("^[(0q^[[3b", ["────"]),
    "REP of a wide character": ("日^[[2b", [f"日{TAIL}" * 3]),
    "REP of a REP": ("a^[[b^[[9bc", ["aac"]),
    "REP of nothing": ("^[[5b", [""]),
    "a double-width line is half as long": ("^[#6abcdefg", ["abcde", "fg"]),
    "making a line double loses its right half": ("0123456789^[#6", ["01234"]),
    "double height": ("^[#3abcdefg^[#4", ["abcde", "fg"]),
    "single again": ("^[#6abcdef^[[1;1H^[#5^[[1;6Hx", ["abcdex", "f"]),
    "DECALN makes lines single": ("^[#6^[#8^[[1;10Hx", ["E" * 9 + "x", *["E" * 10] * 4]),
    "DECALN": ("^[#8", ["E" * 10] * 5),
}


@pytest.mark.parametrize(("given", "lines"), DRAWN.values(), ids=DRAWN.keys())
def test_text_is_drawn(small, given, lines):
    assert small(given).lines == lines


def test_the_cursor_stays_in_the_last_column_until_it_wraps(small):
    columns = []
    for _ in range(11):
        small("x")
        columns.append(small.cursor)
    assert columns == [*((1, n) for n in range(2, 11)), (1, 10), (2, 2)]


def test_a_line_of_one_column_has_no_room_for_a_wide_character(vt):
    assert vt(columns=2)("^[[?7l^[#6日x").lines == ["x"]
    assert vt(columns=2)("^[#6日x").lines == ["", f"日{TAIL}", "x"]
    assert vt(columns=2)("^[#6\r\n^[#6^[M日x").lines == ["", "x"]


def test_a_line_that_scrolls_under_the_cursor_may_be_doubled(small):
    """The cursor may then stand right of the line's end: the text begins at its last column."""
    small("^[[5;1H^[#6^[[4;9H^[[2;4r^[[?69h^[[7;10s^[[4;9H^[[S^[[rab")
    assert small.lines


def test_a_double_line_keeps_its_size_when_it_scrolls(small):
    assert small("^[[2;1H^[#6abcdefgh^[[1;1H^[[M^[[1;1Hvwxyz!").lines[:2] == ["vwxyz", "!gh"]
    assert small("^[c^[#6^[M^[[2;1Habcdefg").lines == ["", "abcde", "fg"]


def test_reading_wide_text_leaves_out_the_second_cells(small):
    screen = small("日本x").screen
    assert screen.text(1, 1, 6) == "日本x "
    assert screen.at(2, 3) == "本x"
    assert [len(line) for line in screen.lines()] == [10] * 5


def test_erasing_the_page_makes_its_lines_single(small):
    assert small("^[#6^[[2Jabcdefg").lines == ["abcdefg"]
    assert small("^[[H^[#6^[[2;1H^[[1Jabcdefg").lines[1] == "abcdefg"
