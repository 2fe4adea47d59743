"""Character sets, shifts, codings."""

import pytest

from sesssrvr.terminal.vt.charsets import SETS


def test_every_set_has_96_positions_of_one_cell():
    from sesssrvr.terminal.vt.widths import cells  # noqa: PLC0415 - for this test alone

    for name, characters in SETS.items():
        assert len(characters) == 96, name
        assert all(cells(char) == 1 for char in characters), name


DRAWN = {
    "line drawing": ("^[(0lqk^[(B", ["┌─┐"]),
    "line drawing of letters aside": ("^[(0aJ^[(BaJ", ["▒JaJ"]),
    "in G1 with SO and SI": ("^[)0q\x0eq\x0fq", ["q─q"]),
    "in G2 with LS2": ("^[*0q^[nq\x0fq", ["q─q"]),
    "in G3 with LS3": ("^[+0q^[oq\x0fq", ["q─q"]),
    "SS2": ("^[*0^[Nqq", ["─q"]),
    "a single shift is for one character": ("^[)0^[*A^[N##", ["£#"]),
    "SS3": ("^[+0^[Oqq", ["─q"]),
    "a single shift waits for a character": ("^[*0^[N\r\n^[[mqq", ["", "─q"]),
    "British": ("^[(A#", ["£"]),
    "German": ("^[(K[\\]{|}~@", ["ÄÖÜäöüß§"]),
    "French": ("^[(R{}", ["éè"]),
    "Norwegian": ("^[(E{|}", ["æøå"]),
    "Swiss": ("^[(={|}", ["äöü"]),
    "Portuguese": ("^[(%6{", ["ã"]),
    "technical": ("^[(>abg", ["αβγ"]),
    "an unknown set changes nothing": ("^[(0^[(~q", ["─"]),
    "a set of 96 in GL": ("^[-A\x0eai", ["áé"]),
    "DEL is the last character of a set of 96": ("^[-A\x0ea\x7f", ["áÿ"]),
    "DEL behind a single shift": ("^[.A^[Na^[N\x7fa", ["áÿa"]),
    "a Latin-1 byte is no UTF-8": (b"\xe9x", ["\ufffdx"]),
    "each byte of one column": (b"caf\xe9\xe8!", ["caf\ufffd\ufffd!"]),
    "sets leave what is not ASCII": ("^[(0äq", ["ä─"]),
    "surrogates in UTF-8": (b"\xed\xa0\x80", ["\ufffd" * 3]),
    "too long a form": (b"\xc0\xafx", ["\ufffd\ufffdx"]),
    "C1 in UTF-8": (b"a\xc2\x85b", ["a", "b"]),
    "CSI in UTF-8": (b"\xc2\x9b2;3Hx", ["", "  x"]),
    "raw C1 bytes are no controls in UTF-8": (b"\x9b2;3Hx\x84\x85", ["\ufffd2;3Hx\ufffd\ufffd"]),
    "back to one byte a character": (b"\x1b%@\xe9\x1b%G\xc3\xa9", ["éé"]),
}


@pytest.mark.parametrize(("given", "lines"), DRAWN.values(), ids=DRAWN.keys())
def test_characters_in_utf8(small, given, lines):
    assert small(given).lines == lines


ONE_BYTE = {
    "Latin-1": ("latin-1", b"\xe9\xa7\xff", ["é§ÿ"]),
    "DEC multinational": ("dec-mcs", b"\xe9\xd7\xf7\xfd\xa8", ["éŒœÿ¤"]),
    "where it has none": ("dec-mcs", b"\xd0\xf0", ["\ufffd\ufffd"]),
    "8-bit CSI": ("latin-1", b"\x9b2;3Hx", ["", "  x"]),
    "8-bit IND, NEL": ("latin-1", b"a\x84b\x85c", ["a", " b", "c"]),
    "8-bit SS2": ("latin-1", b"\x1b*0\x8eqq", ["─q"]),
    "SS2 of a byte of GR": ("latin-1", b"\x1b*0\x8e\xf1q", ["─q"]),
    "8-bit DCS": ("latin-1", b"\x90zx\x9ca", ["a"]),
    "another set in GR": ("latin-1", b"\x1b+0\x1b|\xf1q", ["─q"]),
    "GR from G1": ("dec-mcs", b"\x1b-A\x1b~\xd0", ["Ð"]),
    "GR back": ("latin-1", b"\x1b+0\x1b|\x1b}\xe9", ["é"]),
    "line drawing": ("latin-1", b"\x1b(0q\xe9", ["─é"]),
    "to UTF-8": ("latin-1", b"\xe9\x1b%G\xc3\xa9\x1b%@\xe9", ["ééé"]),
    "to UTF-8 and reset": ("latin-1", b"\x1b%G\x1bc\xe9", ["é"]),
}


@pytest.mark.parametrize(("charset", "given", "lines"), ONE_BYTE.values(), ids=ONE_BYTE.keys())
def test_characters_of_one_byte(vt, charset, given, lines):
    assert vt(charset=charset)(given).lines == lines


VT52 = {
    "direct address": ("^[Y\x22\x23x", ["", "", "   x"]),
    "direct address outside leaves a coordinate": ("^[Y\x22\x23^[Y\x7a\x21x", ["", "", " x"]),
    "direct address of the first place": ("^[Y\x22\x23^[Y  x", ["x"]),
    "up, down, right, left": ("^[B^[B^[C^[C^[A^[Dx", ["", " x"]),
    "home": ("ab^[Hx", ["xb"]),
    "reverse line feed": ("^[Ix", ["x"]),
    "erase to the end of the line": ("abc^[D^[D^[K", ["a"]),
    "erase to the end of the page": ("abc\r\nd^[H^[C^[J", ["a"]),
    "graphics": ("^[Fq^[Gq", ["─q"]),
    "no control sequences": ("^[[2;3Hx", ["2;3Hx"]),
    "to ANSI": ("^[<^[[2;3Hx", ["", "  x"]),
}


@pytest.mark.parametrize(("given", "lines"), VT52.values(), ids=VT52.keys())
def test_vt52_mode(small, given, lines):
    assert small("^[[?2l", given).lines == lines


def test_out_of_vt52_mode_a_terminal_is_a_vt100(small):
    assert small("^[[?2l^[Z^[<^[Z").answers == "^[/Z^[[?1;2c"
    assert small('^[[64;1"p^[Z').answers == "^[[?64;1;6;8;9;15;21;22;28c"


def test_a_vt52_stays_one(vt):
    bench = vt(level="VT52")
    assert bench("^[Y\x21\x22x^[<^[<^[[1;1Hy").lines == ["", "  x1;1Hy"]
