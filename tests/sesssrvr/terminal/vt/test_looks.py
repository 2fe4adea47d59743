"""Pens, the table of looks, and the attribute runs made from them."""

import pytest

from sesssrvr.terminal.vt import pen
from sesssrvr.terminal.vt.styles import PLAIN, Styles


RENDERED = {
    "": "0",
    "0": "0",
    "1": "0;1",
    "1;0": "0",
    "1;;4": "0;4",
    "1;2;3;4;5;7;8;9": "0;1;2;3;4;5;7;8;9",
    "6": "0;5",
    "21": "0;4",
    "1;2;22": "0",
    "3;23;4;24;5;25;7;27;8;28;9;29": "0",
    "31;42": "0;31;42",
    "91;102": "0;91;102",
    "31;39": "0",
    "41;49": "0",
    "38;5;1": "0;31",
    "38;5;9": "0;91",
    "48;5;123": "0;48;5;123",
    "38;5;256": "0",
    "38;5": "0",
    "38": "0",
    "38;5;1;7": "0;7;31",
    "38;2;255;0;0": "0;38;5;196",
    "48;2;8;8;8": "0;48;5;232",
    "38;2;1;2": "0",
    "38;2;99999;0;0;1": "0;1;38;5;196",
    "38:5:1": "0;31",
    "38:2::255:0:0": "0;38;5;196",
    "38:2:255:0:0": "0;38;5;196",
    "58;5;1;1": "0;1",
    "58:5:1;1": "0;1",
    "4:3": "0;4",
    "4:3;4:0": "0",
    "99;10;73": "0",
    "1:2": "0",
    "1;73": "0;1",
    "30;40": "0;30;40",
    "38;5;7;48;5;8": "0;37;100",
    "38;5;15;48;5;16": "0;97;48;5;16",
    "38;2;128;128;128": "0;38;5;244",
    "38;2;255;255;255": "0;38;5;231",
    "38;2;95;135;175;7": "0;7;38;5;67",
    "38;2;1;2:3": "0",
    "38;5;1:2": "0;31",
    "38:": "0",
    "4:": "0;4",
    "12345678901234567890": "0",
}


@pytest.mark.parametrize(("raw", "expected"), RENDERED.items())
def test_sgr(raw, expected):
    assert pen.sgr_of(pen.rendered(0, raw)) == expected


def test_a_pen_can_be_made_again_from_its_report():
    for raw in RENDERED:
        made = pen.rendered(0, raw)
        assert pen.rendered(0, pen.sgr_of(made)) == made


def test_sgr_does_not_touch_protection():
    assert pen.rendered(pen.PROTECTED | pen.BOLD, "0") == pen.PROTECTED


RUNS = {
    "none": ("plain", []),
    "one": ("ab^[[7mcd^[[mef", ["<Run 2+2 reverse>"]),
    "neighbours": ("^[[1ma^[[4mb", ["<Run 0+1 bold>", "<Run 1+1 bold, underline>"]),
    "ends with its line": ("^[[7m" + "x" * 12, ["<Run 0+10 reverse>", "<Run 10+2 reverse>"]),
    "written over": ("^[[7mabcd^[[m^[[1;2Hxy", ["<Run 0+1 reverse>", "<Run 3+1 reverse>"]),
    "colours": ("^[[31;44ma", ["<Run 0+1 foreground 1, background 4>"]),
    "inserted": ("^[[7mab\r^[[m^[[@", ["<Run 1+2 reverse>"]),
    "deleted": ("x^[[7mab\r^[[m^[[P", ["<Run 0+2 reverse>"]),
    "protected cells look plain": ('^[[1"qab', []),
    "wide": ("^[[7m日", ["<Run 0+2 reverse>"]),
}


@pytest.mark.parametrize(("given", "runs"), RUNS.values(), ids=RUNS.keys())
def test_attribute_runs(small, given, runs):
    assert small(given).runs == runs


def test_invisible_text_is_blank_wherever_it_is_read(small):
    small("user ^[[8msecret^[[28mx\r\n^[[8;7mt0p^[[m!")
    assert small.lines == ["user", " x", "   !"]
    everything = repr(small.screen) + str(small.screen) + "".join(small.terminal.lines())
    assert "secret" not in everything
    assert "t0p" not in everything
    assert "<Run 5+5 hidden>" in small.runs


def test_the_table_of_looks_stays_small(vt):
    bench = vt(rows=24, columns=80)
    for number in range(20_000):
        bench(f"^[[{number % 24 + 1}H^[[48;5;{number % 256};38;5;{number // 256 % 256}mx")
    assert len(bench.terminal._display.styles.pens) < 1024
    assert bench("^[[H^[[0;31mred").runs[0] == "<Run 0+3 foreground 1>"


def test_compacting_keeps_what_rows_show():
    styles = Styles()
    inks = [styles.ink(number) for number in range(1, 300)]
    plane = [inks[5] * 3 + PLAIN, inks[7] * 4]
    assert styles.full
    styles.compact([plane])
    shown = [[styles.pens[ord(ink)] for ink in row] for row in plane]
    assert shown == [[6, 6, 6, 0], [8] * 4]
    assert not styles.full
    assert repr(styles) == "<Styles 3 looks>"
    assert styles.bits == 6 | 8


def test_a_screen_of_many_looks_keeps_them_all(vt):
    bench = vt(rows=24, columns=80)
    for row in range(24):
        for column in range(80):
            number = row * 80 + column
            bench(f"^[[{row + 1};{column + 1}H^[[48;5;{number % 256};38;5;{number // 256}mx")
    shown = {(run.start, run.foreground, run.background) for run in bench.screen.runs}
    assert shown == {(n, n // 256, n % 256) for n in range(24 * 80)}


def test_the_alignment_pattern_is_plain_and_so_is_what_follows(small):
    small("^[[7;31m^[#8x^[P$qm^[\\")
    assert small.runs == []
    assert small.answers == "^[P1$r0m^[\\"
