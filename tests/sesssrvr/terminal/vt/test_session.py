"""What a VT host has sent since the last key, and the signals of a line beside its bytes."""

import pytest

from sesssrvr.terminal.vt import RawVT, TelnetVT
from sesssrvr.terminal.vt.session import MAX_HEARD


@pytest.fixture(params=[TelnetVT, RawVT])
def terminal(request):
    return request.param(lambda _: None)


def test_what_was_heard_is_kept_until_the_next_key(terminal):
    terminal.feed(b"working...\r\x1b[Kdone")
    assert terminal.heard("working")  # wiped from the screen long since
    terminal.key("Enter")
    assert not terminal.heard("working")


def test_what_was_heard_is_kept_until_something_is_typed(terminal):
    terminal.feed(b"login: ")
    terminal.type("ann")
    assert not terminal.heard("login")


def test_what_was_heard_has_a_limit(terminal):
    terminal.feed(b"x" * MAX_HEARD + b"end")
    assert terminal.heard("end")
    assert not terminal.heard("x" * MAX_HEARD)


def test_options_within_a_text_do_not_part_it():
    terminal = TelnetVT(lambda _: None)
    terminal.feed(b"wel\xff\xfb\x01come")
    assert terminal.heard("welcome")


class Signals:
    def __init__(self):
        self.sent = []

    def resize(self, rows, columns):
        self.sent.append((rows, columns))

    def send_break(self):
        self.sent.append("break")


def test_a_raw_line_is_told_of_breaks_and_new_sizes():
    signals, terminal = Signals(), RawVT(lambda _: None)
    terminal.use_signals(signals)
    terminal.key("Break")
    terminal.feed(b"\x1b[8;30;100t")
    terminal.feed(b"x")
    assert signals.sent == ["break", (30, 100)]


def test_without_signals_a_raw_line_loses_them_only():
    terminal = RawVT(lambda _: None)
    terminal.key("Break")
    terminal.feed(b"\x1b[8;30;100tx")
    assert (terminal.screen().rows, terminal.screen().columns) == (30, 100)
