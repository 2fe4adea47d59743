"""What the operator's keys send."""

import pytest

from sesssrvr.terminal.vt import KEYS, TerminalVT
from sesssrvr.terminal.vt.keys import USER_KEYS
from verdigris.errors import OperatorError


APPLICATION, KEYPAD, VT52 = "^[[?1h", "^[=", "^[[?2l"
SENT = {
    ("", "Enter"): "\r",
    ("", "return"): "\r",
    ("^[[20h", "Enter"): "\r\n",
    ("", "Up"): "^[[A",
    ("", "Down"): "^[[B",
    ("", "Right"): "^[[C",
    ("", "Left"): "^[[D",
    (APPLICATION, "Up"): "^[OA",
    (APPLICATION, "Find"): "^[[1~",
    (VT52, "Up"): "^[A",
    (VT52 + "^[<", "Up"): "^[[A",
    ("", "PF1"): "^[OP",
    ("", "PF4"): "^[OS",
    (VT52, "PF2"): "^[Q",
    ("", "F1"): "^[OP",
    ("", "F5"): "^[[15~",
    ("", "F6"): "^[[17~",
    ("", "F10"): "^[[21~",
    ("", "F11"): "^[[23~",
    ("", "F14"): "^[[26~",
    ("", "F15"): "^[[28~",
    ("", "Help"): "^[[28~",
    ("", "Do"): "^[[29~",
    ("", "F17"): "^[[31~",
    ("", "F20"): "^[[34~",
    ("", "Find"): "^[[1~",
    ("", "Insert"): "^[[2~",
    ("", "Remove"): "^[[3~",
    ("", "Select"): "^[[4~",
    ("", "Prev"): "^[[5~",
    ("", "PageDown"): "^[[6~",
    ("", "Backspace"): "\x7f",
    ("^[[?67h", "Backspace"): "\x08",
    ("", "Delete"): "\x7f",
    ("", "Tab"): "\t",
    ("", "Escape"): "^[",
    ("", "Ctrl-A"): "\x01",
    ("", "ctrl-z"): "\x1a",
    ("", "Ctrl-["): "^[",
    ("", "Ctrl-@"): "\0",
    ("", "KP5"): "5",
    (KEYPAD, "KP5"): "^[Ou",
    (KEYPAD, "KPEnter"): "^[OM",
    (KEYPAD, "KPMinus"): "^[Om",
    (KEYPAD + VT52, "KP0"): "^[?p",
    (KEYPAD + "^[>", "KP5"): "5",
    ("^[[?66h", "KP5"): "^[Ou",
    ("", "KPEnter"): "\r",
    ("^[[20h", "KPEnter"): "\r\n",
}


@pytest.mark.parametrize(("modes", "name", "sent"), [(*key, sent) for key, sent in SENT.items()])
def test_a_key_sends(small, modes, name, sent):
    small(modes).terminal.key(name)
    assert small.answers == sent


@pytest.mark.parametrize("name", KEYS)
def test_every_key_sends_something(name):
    sent = []
    terminal = TerminalVT(sent.append, send_break=lambda: sent.append(b"break"))
    terminal.feed(b"\x1bP0;1|" + b";".join(n.encode() + b"/41" for n in USER_KEYS) + b"\x1b\\")
    terminal.key(name)
    assert sent


def test_eight_bit_controls(vt):
    bench = vt(charset="latin-1")("^[ G^[[?1h")
    bench.terminal.key("F6")
    bench.terminal.key("Up")
    assert bench.answers == "\x9b17~\x8fA"


def test_break_is_the_connections_work(vt):
    sent = []
    terminal = TerminalVT(print, send_break=lambda: sent.append("break"))
    terminal.key("Break")
    assert sent == ["break"]
    with pytest.raises(OperatorError, match="no break"):
        TerminalVT(print).key("Break")


def test_the_backspace_key_may_be_chosen(vt):
    bench = vt(backspace="BS")("^[c")
    bench.terminal.key("Backspace")
    assert bench.answers == "\x08"


TYPED = {
    ("utf-8", "", "añ日"): "añ日".encode(),
    ("latin-1", "", "añ"): b"a\xf1",
    ("dec-mcs", "", "aœ"): b"a\xf7",
    ("latin-1", "^[(K", "a{"): b"a{",
    ("latin-1", "^[(K^[[?42h", "aäß"): b"a{~",
    ("latin-1", "^[(0", "q"): b"q",
}


@pytest.mark.parametrize(("charset", "modes", "text", "sent"), [(*k, v) for k, v in TYPED.items()])
def test_text_is_sent_in_the_hosts_coding(vt, charset, modes, text, sent):
    bench = vt(charset=charset)(modes)
    bench.terminal.type(text)
    assert b"".join(bench.out) == sent


@pytest.mark.parametrize("text", ["a\n", "\x1b[A", "a\x7f", "\x9b"])
def test_controls_are_not_typed(small, text):
    with pytest.raises(OperatorError, match="control"):
        small.terminal.type(text)
    assert not small.out


def test_an_error_does_not_say_what_was_typed(vt):
    bench = vt(charset="latin-1")
    with pytest.raises(OperatorError) as caught:
        bench.terminal.type("s3cr€t")
    assert "€" not in str(caught.value)
    assert "s3cr" not in str(caught.value)
    assert not bench.out


def test_there_are_keys_a_vt52_does_not_have(small):
    small(VT52)
    with pytest.raises(OperatorError, match="no key F6"):
        small.terminal.key("F6")
    with pytest.raises(OperatorError, match="no key named Hyper"):
        small.terminal.key("Hyper")


def test_a_locked_keyboard_takes_nothing(small):
    small("^[[2h")
    assert small.screen.locked
    for action in (
        lambda: small.terminal.type("x"),
        lambda: small.terminal.key("Enter"),
        lambda: small.terminal.transmit(b"x"),
    ):
        with pytest.raises(OperatorError, match="locked"):
            action()
    small("^[[2l")
    assert (small.screen.locked, small.screen.unlocks) == (False, 1)
    small.terminal.type("x")
    assert small.answers == "x"
    assert small("text").screen.unlocks == 1


def test_local_echo_shows_what_is_typed(small):
    small("^[[12l")
    small.terminal.type("ab")
    small.terminal.key("Enter")
    small.terminal.type("c")
    assert small.lines == ["cb"]


def test_without_local_echo_the_host_shows_it(small):
    small.terminal.type("ab")
    assert small.lines == [""]


def test_nobody_but_the_host_moves_the_cursor(small):
    small("^[[2;3H").terminal.move_cursor(2, 3)
    with pytest.raises(OperatorError, match="host alone"):
        small.terminal.move_cursor(1, 1)
