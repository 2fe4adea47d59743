"""What goes onto the wire comes off it unchanged, and rubbish is refused in words."""

import contextlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.errors import BadPackage, NoServerAvailable, Problem, ProtocolError
from verdigris.wire import (
    Answer,
    Call,
    Claim,
    Failure,
    Login,
    Perform,
    Rows,
    Run,
    Try,
    decode,
    encode,
)
from verdigris.wire.protocol_page import tables


ROOT = Path(__file__).parents[3]
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text())


def test_the_protocol_page_lists_the_messages_of_the_code():
    page = (ROOT / "docs" / "reference" / "protocol.md").read_text(encoding="utf-8")
    assert tables() in page


@given(st.dictionaries(st.text(), VALUES), st.dictionaries(st.text(), VALUES))
def test_a_run_survives_the_wire(filters, data):
    run = Run(Claim("vs1~00ff00ff", "c", Login("u", "p"), {}), Perform("", "T", "P", filters, data))
    call = Call(7, "r", 30_000, run)
    assert decode(encode(call)) == call


@given(st.lists(st.lists(VALUES)))
def test_rows_survive_the_wire(rows):
    answer = Answer(1, Rows((("Name", "text"),), rows))
    assert decode(encode(answer)) == answer


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_a_protocol_error(data):
    with contextlib.suppress(ProtocolError):
        decode(data)


def test_the_problems_of_a_file_cross_the_wire_as_problems():
    problems = [Problem("a.xml", 3, "bad"), Problem("b.xml", 0, "odd", "warning", "pool P")]
    error = decode(encode(Failure.of(7, BadPackage.of("p.zip", problems)))).error()
    assert isinstance(error, BadPackage)
    assert list(error.problems) == problems
    assert str(error) == str(BadPackage.of("p.zip", problems))


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists))
def test_problems_that_are_none_are_left_out(sent):
    assert BadPackage({"problems": sent}, file="p.zip", problems="x").problems == ()


def test_an_error_crosses_the_wire_with_its_trail():
    error = NoServerAvailable(user="u", location="l", name="n", domain="d")
    error.with_details(trail=(Try(1, (("A", 80),), 80, 3, "A", "busy"),), reason="busy")
    again = decode(encode(Failure.of(3, error)))
    assert isinstance(again, Failure)
    found = again.error()
    assert type(found) is NoServerAvailable
    assert str(found) == str(error)
    trail = msgspec.convert(found.details["trail"], tuple[Try, ...])
    assert trail == error.details["trail"]


@pytest.mark.parametrize(
    "message", [Login("u", "secret"), Claim("s", "secret", Login("u", "secret"), {})]
)
def test_printing_a_message_shows_no_secret(message):
    assert "secret" not in repr(message)
