"""Modes: what they answer, the alternate page, 132 columns, saved cursors, resets, levels."""

import pytest

from sesssrvr.terminal.vt import modes


@pytest.mark.parametrize("number", sorted(modes.DEC.keys() - {modes.NOT_VT52, modes.SAVED_CURSOR}))
def test_a_dec_mode_answers_what_it_is(vt, number):
    bench = vt()
    assert bench(f"^[[?{number}h^[[?{number}$p").answers == f"^[[?{number};1$y"
    assert bench(f"^[[?{number}l^[[?{number}$p").answers == f"^[[?{number};2$y"


@pytest.mark.parametrize("number", sorted(modes.ANSI))
def test_an_ansi_mode_answers_what_it_is(vt, number):
    bench = vt()
    assert bench(f"^[[{number}h^[[{number}$p").answers == f"^[[{number};1$y"
    assert bench(f"^[[{number}l^[[{number}$p").answers == f"^[[{number};2$y"


ANSWERS = {
    "fixed ANSI": ("^[[1$p", "^[[1;4$y"),
    "unknown ANSI": ("^[[99$p", "^[[99;0$y"),
    "no auto repeat": ("^[[?8h^[[?8$p", "^[[?8;4$y"),
    "keypad": ("^[=^[[?66$p^[>^[[?66$p", "^[[?66;1$y^[[?66;2$y"),
    "fixed DEC, reset": ("^[[?60h^[[?60$p^[[?73$p^[[?81$p", "^[[?60;4$y^[[?73;4$y^[[?81;4$y"),
    "fixed DEC, set": ("^[[?61l^[[?61$p^[[?64$p", "^[[?61;3$y^[[?64;3$y"),
    "fixed, but not of this level": ('^[[63"p^[[?60$p^[[?68$p', "^[[?60;0$y^[[?68;4$y"),
    "unknown": ("^[[?2004h^[[?2004$p", "^[[?2004;0$y"),
    "not of this level": ('^[[63"p^[[?69h^[[?69$p', "^[[?69;0$y"),
    "level 2 has no DECRQM": ('^[[62"p^[[4$p', ""),
    "several at once": ("^[[?5;6h^[[?5$p^[[?6$p", "^[[?5;1$y^[[?6;1$y"),
    "XTSAVE, XTRESTORE of a set mode": ("^[[?7s^[[?7l^[[?7r^[[?7$p", "^[[?7;1$y"),
    "XTSAVE, XTRESTORE of a reset mode": ("^[[?6s^[[?6h^[[?6r^[[?6$p", "^[[?6;2$y"),
    "XTRESTORE of what was not saved": ("^[[?6h^[[?6r^[[?6$p", "^[[?6;1$y"),
    "three names of the alternate page": (
        "^[[?1049h^[[?47$p^[[?1047l^[[?1049$p",
        "^[[?47;1$y^[[?1049;2$y",
    ),
}


@pytest.mark.parametrize(("given", "answer"), ANSWERS.values(), ids=ANSWERS.keys())
def test_modes_answer(small, given, answer):
    assert small(given).answers == answer


PAGES = {
    "47 shows another page": ("main^[[?47h", [""]),
    "47 keeps the cursor": ("main^[[?47hx", ["    x"]),
    "47 back": ("main^[[?47hx^[[?47l", ["main"]),
    "47 keeps the other page": ("^[[?47halt^[[?47l^[[?47h", ["alt"]),
    "1047 clears it on leaving": ("^[[?1047halt^[[?1047l^[[?1047h", [""]),
    "1049 clears it on entering": ("^[[?47halt^[[?47l^[[?1049h", [""]),
    "1049 puts the cursor back": ("ab^[[?1049h^[[4;4Hx^[[?1049lc", ["abc"]),
    "1048 is DECSC and DECRC": ("ab^[[?1048h^[[4;4H^[[?1048lc", ["abc"]),
    "leaving what was not entered": ("ab^[[?1047lc", ["abc"]),
    "attributes of the alternate page": ("^[[?47h^[[7mx^[[?47l^[[1my", [" y"]),
}


@pytest.mark.parametrize(("given", "lines"), PAGES.values(), ids=PAGES.keys())
def test_the_alternate_page(small, given, lines):
    assert small(given).lines == lines


KEPT = {
    "DECSC, DECRC": ("^[[3;4H^[7^[[H^[8", (3, 4)),
    "SCOSC, SCORC": ("^[[3;4H^[[s^[[H^[[u", (3, 4)),
    "DECRC without DECSC goes home": ("^[[3;4H^[8", (1, 1)),
    "DECSTR forgets": ("^[[3;4H^[7^[[!p^[8", (1, 1)),
    "CSI s is DECSLRM with side margins": ("^[[3;4H^[[s^[[?69h^[[1;9s^[[2;2H^[[u", (3, 4)),
    "one of each page": ("^[[2;3H^[7^[[?47h^[[4;5H^[7^[[?47l^[8", (2, 3)),
    "the other page's": ("^[[2;3H^[7^[[?47h^[[4;5H^[7^[[?47l^[[?47h^[[H^[8", (4, 5)),
    "the page has become smaller": ("^[[2;9H^[7^[[2;1H^[#6^[8", (2, 5)),
    "origin mode": ("^[[3;4H^[7^[[2;4r^[[?6h^[8^[[H", (1, 1)),
    "origin mode again": ("^[[2;4r^[[?6h^[7^[[?6l^[8^[[H", (2, 1)),
}


@pytest.mark.parametrize(("given", "place"), KEPT.values(), ids=KEPT.keys())
def test_the_cursor_is_kept(small, given, place):
    assert small(given).cursor == place


def test_saving_keeps_looks_sets_protection_and_a_pending_wrap(small):
    small('^[[1m^[[1"q^[(0^[[1;8Habc^[7^[[m^[[0"q^[(B^[[H^[8q^[[?2J')
    assert small.lines == ["       ▒␉␌", "─"]
    assert small.runs == ["<Run 7+3 bold>", "<Run 10+1 bold>"]


def test_a_pending_wrap_comes_back_in_the_last_column_only(small):
    """On a page that has become wider, text goes on where the cursor is."""
    assert small("^[[1;8Habc^[7^[[8;5;20t^[8y").lines == ["       aby"]


def test_saving_keeps_neither_insert_mode_nor_autowrap_nor_reverse_wrap(small):
    small("^[[4h^[[?7l^[[?45h^[7^[[4l^[[?7h^[[?45l^[8")
    assert small("^[[4$p^[[?7$p^[[?45$p").answers == "^[[4;2$y^[[?7;1$y^[[?45;2$y"


def test_132_columns_clear_the_page_and_its_margins(small):
    small("abc^[[2;3r^[[?69h^[[2;4s^[[?3h")
    assert (small.screen.columns, small.lines, small.cursor) == (132, [""], (1, 1))
    small("\n\n\n^[[1;130Hxyz")
    assert small.screen.text(1, 130, 3) == "xyz"
    assert small("^[[?69$p^[[?3$p").answers == "^[[?69;2$y^[[?3;1$y"
    small("^[[?3l")
    assert (small.screen.columns, small.lines) == (80, [""])


def test_132_columns_want_permission(small):
    assert small("^[[?40l^[[?3h").screen.columns == 10
    assert small("^[[?40h^[[?3h").screen.columns == 132
    assert small("^[[?40l^[[?3l").screen.columns == 132


def test_columns_and_lines_by_number(small):
    assert small("abc^[[132$|").screen.columns == 132
    assert small.lines == ["abc"]
    assert small("^[[99$|").screen.columns == 132
    assert small("^[[$|").screen.columns == 80
    assert small("^[[36*|").screen.rows == 36
    assert small("^[[48t").screen.rows == 48
    assert small("^[[7t^[[999*|").screen.rows == 48


def test_a_host_may_set_the_size_of_the_page(small):
    assert small("abc^[[8;7;20t^[[18t").answers == "^[[8;7;20t"
    assert (small.screen.rows, small.screen.columns, small.lines) == (7, 20, ["abc"])
    assert small("^[[8;;30t").screen.columns == 30
    assert small("^[[8;9t").screen.rows == 9
    for size in ("256;80", "24;512", "24;1"):
        assert small(f"^[[8;{size}t^[[18t").answers == "^[[8;9;30t"


def test_fewer_lines_keep_the_cursors_line(vt):
    bench = vt(rows=30)("top^[[28;1Hlow^[[24*|")
    assert bench.screen.rows == 24
    assert (bench.lines[-1], bench.cursor) == ("low", (24, 4))


def test_a_soft_reset_leaves_the_page(small):
    small("abc^[[?1;6;42;45;66;69h^[[2;3r^[[4h^[[2h^[[7m^[(0^[[?25l^[[2;2H^[[!p")
    assert (small.lines, small.cursor) == (["abc"], (3, 2))  # the cursor stays, the origin does not
    assert small("^[[2;1Hq").lines == ["abc", "q"]
    assert not small.runs
    for number, state in {1: 2, 6: 2, 42: 2, 45: 2, 66: 2, 69: 2, 25: 1, 7: 1}.items():
        assert small(f"^[[?{number}$p").answers == f"^[[?{number};{state}$y"
    assert small("^[[4$p^[[2$p").answers == "^[[4;2$y^[[2;2$y"
    assert small("^[[?7l^[[!p^[[?7$p").answers == "^[[?7;1$y"
    assert small("^[[5;1H\n").lines[0] == "q"


WAITING = {
    "scrolling up": ("^[[S", ["", "X"]),
    "scrolling down": ("^[[T", ["", "X123456789"]),
    "columns that come in": ("^[[2'}", ["012345678", "X"]),
    "leaving the alternate page without having entered it": ("^[[?1047l", ["0123456789", "X"]),
    "no side margins, where there were none": ("^[[?69l", ["0123456789", "X"]),
}


@pytest.mark.parametrize(("given", "lines"), WAITING.values(), ids=WAITING.keys())
def test_a_pending_wrap_outlasts(small, given, lines):
    assert small("0123456789", given, "X").lines == lines


def test_a_soft_reset_forgets_a_pending_wrap(small):
    assert small("0123456789^[[!pX").lines == ["012345678X"]


def test_a_hard_reset_leaves_nothing(small):
    small("abc^[[?47h^[[?3h^[[7mx^[[3g^[[2;3r^[[?6h^[(0^[[4h^[c")
    assert (small.screen.columns, small.lines, small.cursor) == (10, [""], (1, 1))
    assert small("q\t").cursor == (1, 9)
    assert small("^[[?47h").lines == [""]
    assert small("^[[?47l").lines == ["q"]


LEVELS = {
    "level 4 at first": ('^[P$q"p^[\\', '^[P1$r64;1"p^[\\'),
    "level 3": ('^[[63;1"p^[P$q"p^[\\', '^[P1$r63;1"p^[\\'),
    "8-bit answers": ('^[[64;0"p^[[5n', "\x9b0n"),
    "8-bit answers by default": ('^[[62"p^[[5n', "\x9b0n"),
    "7-bit answers": ('^[[62;1"p^[[5n', "^[[0n"),
    "level 1 knows 7 bits only": ('^[[61;0"p^[[5n', "^[[0n"),
    "beyond the terminal": ('^[[65;0"p^[[5n', "^[[0n"),
    "S8C1T": ("^[ G^[[5n", "\x9b0n"),
    "S7C1T": ("^[ G^[ F^[[5n", "^[[0n"),
    "level 1 has no S8C1T": ('^[[61"p^[ G^[[5n', "^[[0n"),
    "level 3 has no DECRQCRA": ('^[[63;1"p^[[1;1;1;1;1;1*y', ""),
}


@pytest.mark.parametrize(("given", "answer"), LEVELS.values(), ids=LEVELS.keys())
def test_levels(vt, given, answer):
    assert vt(charset="latin-1")(given).answers == answer


def test_a_level_takes_functions_away(small):
    assert small('^[[63;1"p^[[?69h^[[3;5s^[[1;4Habcd').lines == ["   abcd"]
    assert small('^[c^[[61"pabc^[[1;1H^[[?J').lines == ["abc"]


def test_changing_the_level_resets_softly(small):
    assert small('abc^[[4h^[[2;2H^[[62"p').lines == ["abc"]
    assert small('^[[64"p^[[4$p').answers == "^[[4;2$y"


def test_a_vt100_has_no_level_2(vt):
    assert vt(level="VT100")('^[[62"p^[[c').answers == "^[[?1;2c"


STATUS_LINE = {
    "text for it is not drawn": ("ab^[[2$~^[[1$}status^[[0$}c", ["abc"]),
    "nor does it move or erase": ("ab^[[2$~^[[1$}^[[2J^[[4;4H\n^[7x^[[0$}c", ["abc"]),
    "without one text goes to the page": ("ab^[[1$}c", ["abc"]),
    "taking it away comes back": ("ab^[[2$~^[[1$}x^[[0$~c", ["abc"]),
    "DECSTR comes back": ("ab^[[2$~^[[1$}x^[[!pc", ["abc"]),
    "RIS comes back": ("ab^[[2$~^[[1$}x^[cc", ["c"]),
}


@pytest.mark.parametrize(("given", "lines"), STATUS_LINE.values(), ids=STATUS_LINE.keys())
def test_the_status_line(small, given, lines):
    assert small(given).lines == lines
