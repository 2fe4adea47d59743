"""Telnet options of a host: asked for once, answered once, refused where they are not allowed."""

import pytest

from hostemul.protocol.negotiation import Negotiation
from hostemul.protocol.telnet import BINARY, DO, DONT, END_OF_RECORD, IAC, TERMINAL_TYPE, WILL, WONT


BOTH = (END_OF_RECORD, BINARY)


@pytest.fixture
def options():
    return Negotiation()


def test_an_option_is_asked_for_once(options):
    options.ask(DO, TERMINAL_TYPE)
    options.ask(DO, TERMINAL_TYPE)
    assert options.sent() == bytes((IAC, DO, TERMINAL_TYPE))
    assert options.asked(DO, TERMINAL_TYPE)
    assert not options.asked(WILL, TERMINAL_TYPE)
    assert options.sent() == b""


@pytest.mark.parametrize(("verb", "answer", "refusal"), [(WILL, DO, DONT), (DO, WILL, WONT)])
def test_what_is_allowed_is_answered_once_and_the_rest_refused(options, verb, answer, refusal):
    assert options.accept(verb, BINARY, BOTH)
    assert options.sent() == bytes((IAC, answer, BINARY))
    assert not options.accept(verb, BINARY, BOTH)  # RFC 1143: an answer is not answered
    assert options.sent() == b""
    assert not options.accept(verb, TERMINAL_TYPE, BOTH)
    assert options.sent() == bytes((IAC, refusal, TERMINAL_TYPE))


def test_an_answer_to_what_was_asked_for_is_not_answered(options):
    options.ask(DO, BINARY)
    options.sent()
    assert options.accept(WILL, BINARY, BOTH)
    assert options.sent() == b""


def test_options_are_agreed_on_in_both_directions(options):
    options.ask_both(BOTH)
    for option in BOTH:
        options.accept(WILL, option, BOTH)
    assert not options.agreed(BOTH)
    for option in BOTH:
        options.accept(DO, option, BOTH)
    assert options.agreed(BOTH)
