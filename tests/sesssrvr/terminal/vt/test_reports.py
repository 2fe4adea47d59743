"""Answers to what hosts ask."""

import pytest

from sesssrvr.terminal.vt.functions import CATALOGUE


ANSWERS = {
    "DA1": ("^[[c", "^[[?64;1;6;8;9;15;21;22;28c"),
    "DA1 with 0": ("^[[0c", "^[[?64;1;6;8;9;15;21;22;28c"),
    "DA1 with another number is no question": ("^[[1c", ""),
    "DECID": ("^[Z", "^[[?64;1;6;8;9;15;21;22;28c"),
    "DA2": ("^[[>c", "^[[>41;380;0c"),
    "DA3": ("^[[=c", "^[P!|00000000^[\\"),
    "DSR": ("^[[5n", "^[[0n"),
    "CPR": ("^[[3;4H^[[6n", "^[[3;4R"),
    "CPR in origin mode": ("^[[2;4r^[[?6h^[[2;4H^[[6n", "^[[2;4R"),
    "DECXCPR": ("^[[3;4H^[[?6n", "^[[?3;4;1R"),
    "printer": ("^[[?15n", "^[[?13n"),
    "user-defined keys": ("^[[?25n", "^[[?20n"),
    "keyboard": ("^[[?26n", "^[[?27;1;0;0n"),
    "user-defined keys that are locked": ("^[P0;0|17/41^[\\^[[?25n", "^[[?21n"),
    "displayed extent": ('^[["v', '^[[5;10;1;1;1"w'),
    "user-preferred supplemental set": ("^[[&u", "^[P0!u%5^[\\"),
    "locator": ("^[[?53n^[[?55n", "^[[?53n^[[?53n"),
    "locator's type": ("^[[?56n", "^[[?57;0n"),
    "macro space": ("^[[?62n", "^[[0*{"),
    "macro checksum": ("^[[?63;123n", "^[P123!~0000^[\\"),
    "integrity": ("^[[?75n", "^[[?70n"),
    "sessions": ("^[[?85n", "^[[?83n"),
    "unknown status": ("^[[?99n^[[99n", ""),
    "DECREQTPARM": ("^[[x^[[1x^[[2x", "^[[2;1;1;128;128;1;0x^[[3;1;1;128;128;1;0x"),
    "size": ("^[[18t", "^[[8;5;10t"),
    "ENQ": ("\x05", ""),
    "SGR": ("^[[1;7;4;31;102m^[P$qm^[\\", "^[P1$r0;1;4;7;31;102m^[\\"),
    "SGR of 256 colours": ("^[[38;5;99;48;5;200m^[P$qm^[\\", "^[P1$r0;38;5;99;48;5;200m^[\\"),
    "plain SGR": ("^[P$qm^[\\", "^[P1$r0m^[\\"),
    "margins": ("^[[2;4r^[P$qr^[\\", "^[P1$r2;4r^[\\"),
    "side margins": ("^[[?69h^[[3;8s^[P$qs^[\\", "^[P1$r3;8s^[\\"),
    "lines": ("^[P$qt^[\\^[P$q*|^[\\", "^[P1$r5t^[\\^[P1$r5*|^[\\"),
    "columns": ("^[P$q$|^[\\", "^[P1$r10$|^[\\"),
    "protection": ('^[[1"q^[P$q"q^[\\', '^[P1$r1"q^[\\'),
    "cursor style": ("^[[4 q^[P$q q^[\\", "^[P1$r4 q^[\\"),
    "attribute extent": ("^[[2*x^[P$q*x^[\\", "^[P1$r2*x^[\\"),
    "status line": ("^[P$q$}^[\\^[P$q$~^[\\", "^[P1$r0$}^[\\^[P1$r0$~^[\\"),
    "an unknown setting": ("^[P$q+q^[\\", "^[P0$r^[\\"),
    "another string": ("^[Pz^[\\^[P1;2|x^[\\", ""),
    "a string that is aborted": ("^[P$qm\x18", ""),
    "colours and titles of xterm": ("^[]4;1;?^[\\^[]11;?\x07^[[21t^[[14t", ""),
}


@pytest.mark.parametrize(("given", "answer"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_question_is_answered(small, given, answer):
    assert small(given).answers == answer


LEVELS = {
    ("VT52", "^[Z"): "^[/Z",
    ("VT100", "^[[c"): "^[[?1;2c",
    ("VT100", "^[[>c"): "",
    ("VT100", "^[[?6n"): "^[[?1;1R",
    ("VT100", "^[[?15n"): "",
    ("VT100", "^[[5n"): "^[[0n",
    ("VT220", "^[[c"): "^[[?62;1;6;8;9;15;22c",
    ("VT220", "^[[>c"): "^[[>1;10;0c",
    ("VT220", "^[[=c"): "",
    ("VT220", "^[[?15n"): "^[[?13n",
    ("VT220", "^[[?75n"): "",
    ("VT220", "^[P$qm^[\\"): "",
    ("VT220", '^[[1$w^[[&u^[["v'): "",
    ("VT420", '^[[62;1"p^[[c^[[>c'): "^[[?62;1;6;8;9;15;22c^[[>41;380;0c",
}


@pytest.mark.parametrize(("level", "given", "answer"), [(*k, a) for k, a in LEVELS.items()])
def test_a_terminal_says_what_it_is(vt, level, given, answer):
    assert vt(level=level)(given).answers == answer


def test_answerback(vt):
    assert vt(answerback="WS-17\r")("\x05").answers == "WS-17\r"


def test_answers_are_sent_in_one_piece(small):
    small("^[[5n^[[6n^[[c")
    assert len(small.out) == 1


def test_a_question_is_no_change(small):
    terminal = small.terminal
    assert not terminal.feed(b"\x1b[6n\x1b[c\x1bP$qm\x1b\\\x1b]0;title\x07")
    assert terminal.screen().version == 0


@pytest.mark.parametrize("level", sorted(CATALOGUE))
def test_no_key_both_changes_and_answers(level):
    assert not CATALOGUE[level].sequences.keys() & CATALOGUE[level].reports.keys()


def test_answers_repeat_nothing_a_host_has_sent(small):
    """A host's text in an answer would come back as typed by the user."""
    small("^[P$qrm -rf\r^[\\^[]l\rrm -rf^[\\^[[>0;1;2m")
    assert small.answers == "^[P0$r^[\\"
