"""The terminal as its owner sees it: feeding, versions, sizes, and what no input may do."""

import os
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesssrvr.terminal.vt import CHARSETS, LEVELS, TerminalVT
from sesssrvr.terminal.vt.grid import MAX_COLUMNS, MAX_ROWS
from sesssrvr.terminal.vt.modes import ORIGIN
from sesssrvr.terminal.vt.userkeys import MAX_BYTES


def made(charset="utf-8", level="VT420", rows=6, columns=12):
    sent = []
    return TerminalVT(sent.append, rows=rows, columns=columns, charset=charset, level=level), sent


# Pieces of streams that mean something, so that random streams do too.
WORDS = [
    *(f"\x1b[{n}{final}" for n in ("", "2", "3;4", "9;9", "999") for final in "ABCDEFGHIJKLMPSTXZ@`abdefghjklmnprstux"),
    *(f"\x1b[?{n}{final}" for n in (1, 2, 3, 5, 6, 7, 40, 45, 47, 69, 1047, 1048, 1049) for final in "hl"),
    *(f"\x1b[{n}m" for n in ("", "1", "7", "8", "31", "38;5;9", "48;2;1;2;3", "4:3")),
    *(f"\x1b{key}" for key in ("7", "8", "D", "E", "H", "M", "N", "O", "V", "W", "Z", "c", "6", "9", "n", "o", "|", "}", "~", "=", ">", "<")),
    *(f"\x1b{key}" for key in ("(0", "(B", ")0", "*A", "+K", "-A", "%G", "%@", "#3", "#4", "#5", "#6", "#8", " F", " G")),
    *(f"\x1b[{body}" for body in ("2;2;4;6$z", "37;1;1;9;9$x", "1;1;3;3;1;2;2;1$v", "1;1;3;3;7$r", "1;2;3;4;5;6*y", "2*x", '1"q', '0"q', "2'}", "2'~", "1$}", "2$~", '62;1"p', '64"p', "!p", "?1$p", "4$p", "3 @", "24*|", "80$|", "8;4;9t", "8;;2t", "18t", "30t", "?W", "4h", "4l", "20h", "2h", "2l", "12l")),
    "\x1b[1$w", "\x1b[2$w", "\x1b[&u", '\x1b["v', "\x1bP1$t3;9;1;O;A;H;1;3;N;0AA>\x1b\\", "\x1bP1$t9;99;1;@;@;O;0;2;@;BB%5<\x1b\\", "\x1bP2$t3/99/7\x1b\\",
    "\x1b[5i", "\x1b[4i", "\x1b[4i", "\x1b[?5i", "\x1bP1;1|17/4142;34/0D\x1b\\", "\x1bP|28/1b\x9c",
    "\x1bP$qm\x1b\\", "\x1bP$qr\x9c", "\x1b]0;x\x07", "\x1b_y\x1b\\", "\x90z", "\x9c", "\x9b3;3H", "\x84", "\x85",
    "\x1bY\x22\x23", "\r\n", "\n", "\r", "\t", "\b", "\x0e", "\x0f", "\x05", "\x07", "\0", "\x18", "\x1a", "\x1b", "\x1b[", "\x1b[?",
    "abc", "hello world ", "x" * 20, "äöü", "日本", "e\u0301", "\u200b", "\ufffe", "─│┌",
]  # fmt: skip
STREAMS = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=30).map("".join)
CUTS = st.lists(st.integers(0, 200), max_size=12)


def state(terminal, sent):
    screen = terminal.screen()
    return (screen.lines(), screen.cursor, screen.runs, screen.locked, screen.alarm, b"".join(sent))


def whole(terminal):
    """The laws of a display, whatever has happened to it."""
    display = terminal._display
    grid = display.grid
    assert len(grid.text) == len(grid.looks) == len(grid.sizes) == grid.rows
    for line, looks in zip(grid.text, grid.looks, strict=True):
        assert len(line) == len(looks) == grid.columns
        assert all(" " <= char <= "~" or char >= "\xa0" for char in line)
        line.encode()
        assert max(map(ord, looks)) < len(display.styles.pens)
    assert 0 <= display.row < grid.rows
    assert 0 <= display.column < grid.columns
    assert 0 <= display.top < display.bottom < grid.rows
    assert 0 <= display.left < display.right < grid.columns
    assert len(display.tabs) == grid.columns
    if ORIGIN in display.dec and not grid.doubled:
        assert display.inside
    assert not display.pending or display.column == display.limit - 1
    assert sum(map(len, display.user_keys.values())) <= MAX_BYTES
    before = list(grid.text)
    for row in range(grid.rows):
        grid.mend(row)
    assert grid.text == before


@settings(max_examples=300, deadline=None)
@given(STREAMS, CUTS, st.sampled_from(CHARSETS), st.sampled_from(sorted(LEVELS)))
def test_packets_may_be_cut_anywhere(stream, cuts, charset, level):
    data = stream.encode("utf-8" if charset == "utf-8" else "latin-1", "replace")
    at_once, in_pieces = made(charset, level), made(charset, level)
    at_once[0].feed(data)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for start, stop in pairwise(places):
        in_pieces[0].feed(data[start:stop])
    assert state(*at_once) == state(*in_pieces)
    whole(at_once[0])


@settings(max_examples=200, deadline=None)
@given(STREAMS, st.sampled_from(CHARSETS))
def test_the_short_way_draws_as_the_long_one(stream, charset):
    """Byte by byte no run of text is longer than a character, and no sequence is read whole."""
    data = stream.encode("utf-8" if charset == "utf-8" else "latin-1", "replace")
    at_once, in_pieces = made(charset), made(charset)
    at_once[0].feed(data)
    for byte in data:
        in_pieces[0].feed(bytes((byte,)))
    assert state(*at_once) == state(*in_pieces)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(CHARSETS), st.sampled_from(sorted(LEVELS)))
def test_no_bytes_raise(data, charset, level):
    terminal, _ = made(charset, level)
    terminal.feed(data)
    whole(terminal)


def test_tens_of_thousands_of_streams_raise_nothing():
    """Random, made from words, and mutated; `scripts/sweep-vt` tries a million of any seed."""
    streams = int(os.environ.get("VERDIGRIS_SWEEP", "10000"))
    seed = int(os.environ.get("VERDIGRIS_SEED", "420"))
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret here
    words = [word.encode("utf-8", "replace") for word in WORDS]
    terminal, sent = made()
    for number in range(streams):
        if number % 50 == 0:
            terminal, sent = made(CHARSETS[number // 50 % 3], sorted(LEVELS)[number // 150 % 4])
        data = bytearray(b"".join(chance.choices(words, k=6)))
        if number % 3 == 0:
            data[chance.randrange(len(data))] = chance.randrange(256)
        if number % 10 == 0:
            data = bytearray(chance.randbytes(20))
        try:
            terminal.feed(bytes(data))
            if number % 25 == 0:
                whole(terminal)
                sent.clear()
        except Exception as error:
            raise AssertionError(f"seed {seed}, stream {number}: {bytes(data)!r}") from error


HEAVY = {
    "REP": b"x\x1b[9999b",
    "DECALN": b"\x1b#8",
    "rectangles": b"\x1b[37$x\x1b[1;1;20;70;1;2;2$v",
    "columns": b"\x1b[99'}\x1b[99'~",
    "scrolling": b"\x1b[?69h\x1b[2;79s\x1b[99S\x1b[99T",
    "widths": b"\x1b[?3h\x1b[?3l",
    "checksums": b"\x1b[1;1*y",
    "resets": b"\x1bc",
    "colours": b"\x1b[38;2;1;2;3mx\x1b[38;2;9;99;199mx",
    "protection": b'\x1b[1"qx\x1b[0"qy\x1b[?2J',
    "unfinished": b"\x1b[1;2;3",
    "strings": b"\x1bP$qxxxxxxxxx",
    "wrapping backwards": b"\x1b[?45h\x1b[16383D",
}


@pytest.mark.parametrize("data", HEAVY.values(), ids=HEAVY.keys())
def test_no_sequence_costs_much_more_than_another(vt, data):
    """A host cannot buy minutes with a packet: some 10 KB each, within the test's patience."""
    bench = vt(rows=24, columns=80)
    bench.terminal.feed(data * (4_000 // len(data)))
    whole(bench.terminal)


def test_what_is_kept_of_a_host_is_bounded(vt):
    parser = vt()(b"\x1bP$q" + b"x" * 100_000).terminal._parser
    assert len(parser._data) < 5_000
    parser = vt()(b"\x1b[" + b"1;" * 100_000).terminal._parser
    assert len(parser._raw) < 1_000
    parser = vt()(b"\x1b" + b"(" * 100_000).terminal._parser
    assert len(parser._intermediates) < 10


def test_feeding_tells_whether_anything_has_changed(small):
    feed = small.terminal.feed
    assert feed(b"x")
    assert not feed(b"")
    assert not feed(b"\x1b[2")
    assert feed(b"J")
    assert not feed(b"\x1b]0;title\x07")
    for control in (b"\x07", b"\x1bD", b"\x1b[A", b"\n", b"\xc2\x84", b"\x1b[?2l", b"\x1bY  "):
        assert feed(control), control


def test_the_version_grows_with_changes(small):
    assert small.screen.version == 0
    assert small("a").screen.version == 1
    assert small("^[[6n").screen.version == 1
    assert small("a").screen.version == 2


def test_a_host_that_draws_the_same_again_has_changed_the_screen(small):
    before = small("^[[Habc").screen
    after = small("^[[Habc").screen
    assert after.version > before.version
    assert after.lines() == before.lines()


def test_a_screen_is_the_same_object_until_something_changes(small):
    first = small("a").screen
    assert small.screen is first
    assert small("^[[6n").screen is first
    assert small("b").screen is not first
    assert first.lines()[0].strip() == "a"


def test_the_owner_says_whether_the_session_stands(small):
    assert small.screen.connected
    small.terminal.connected = False
    assert not small.screen.connected


def test_bells_are_counted(small):
    assert small("\x07a\x07").screen.alarm == 2


def test_a_host_that_answers_at_once_does_no_harm():
    """In one process a write may come back as a feed before it returns."""
    answers = []

    def write(data):
        answers.append(data)
        if len(answers) < 3:
            terminal.feed(b"b\x1b[5n")

    terminal = TerminalVT(write, rows=3, columns=9)
    assert terminal.feed(b"a\x1b[5n")
    assert terminal.lines()[0].strip() == "abb"


def test_resizing_keeps_what_fits(small):
    small.fill()("^[[5;10H")
    small.terminal.resize(3, 4)
    assert (small.lines, small.cursor) == (["cccc", "dddd", "eeee"], (3, 4))
    small.terminal.resize(5, 6)
    assert small.lines == ["cccc", "dddd", "eeee"]
    assert small("^[[5;6Hxy").lines[-1] == "y"


def test_resizing_both_pages(small):
    small("main^[[?47h^[[Halt")
    small.terminal.resize(3, 2)
    assert small.lines == ["al"]
    assert small("^[[?47l").lines == ["ma"]
    small.terminal.resize(6, 20)
    small("^[[?47h^[[6;19Hxyz")
    whole(small.terminal)


@pytest.mark.parametrize("size", [(0, 80), (24, 1), (MAX_ROWS + 1, 80), (24, MAX_COLUMNS + 1)])
def test_sizes_have_limits(small, size):
    with pytest.raises(ValueError, match="at most"):
        small.terminal.resize(*size)
    with pytest.raises(ValueError, match="at most"):
        TerminalVT(print, rows=size[0], columns=size[1])


def test_unknown_levels_and_charsets_are_refused():
    with pytest.raises(ValueError, match="VT52, VT100, VT220, VT420"):
        TerminalVT(print, level="VT500")
    with pytest.raises(ValueError, match="charset utf8: there are utf-8"):
        TerminalVT(print, charset="utf8")


def test_repr_says_what_it_is(vt):
    bench = vt(level="VT220", charset="latin-1")("secret")
    assert repr(bench.terminal) == "<TerminalVT VT220 5x10 8-bit cursor 1,7>"
