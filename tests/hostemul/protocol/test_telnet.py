from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostemul.protocol.telnet import (
    MAX_OPTION,
    MAX_RECORD,
    Command,
    Framer,
    Option,
    Record,
    Subnegotiation,
    TelnetError,
    encode,
)


EVENTS = st.one_of(
    st.builds(Option, st.sampled_from([0xFB, 0xFC, 0xFD, 0xFE]), st.integers(0, 255)),
    st.builds(Subnegotiation, st.integers(0, 255), st.binary(max_size=20)),
    st.builds(Record, st.binary(max_size=30)),
    st.builds(Command, st.sampled_from([0xF1, 0xF3, 0xF4, 0xF5])),
)


@given(st.lists(EVENTS, max_size=8), st.lists(st.integers(1, 9), min_size=1))
def test_events_are_read_as_they_were_written_however_the_network_cuts_them(events, cuts):
    stream = b"".join(map(encode, events))
    framer, seen, at, n = Framer(), [], 0, 0
    while at < len(stream):
        size = cuts[n % len(cuts)]
        seen += framer.feed(stream[at : at + size])
        at, n = at + size, n + 1
    assert seen == events
    assert not framer.loose


@given(st.binary(max_size=200))
def test_junk_never_raises_anything_but_telnet_errors(junk):
    with suppress(TelnetError):
        Framer().feed(junk)


def test_a_whole_record_is_read_at_once_like_one_in_pieces():
    whole, cut = Framer(), Framer()
    assert whole.feed(b"\x7d@@\xff\xef") == [Record(b"\x7d@@")]
    assert cut.feed(b"\x7d@@\xff") + cut.feed(b"\xef") == [Record(b"\x7d@@")]


def test_a_doubled_ff_at_the_end_of_a_record_is_data():
    assert Framer().feed(b"a\xff\xff\xff\xef") == [Record(b"a\xff")]


def test_text_without_a_mark_stays_loose():
    framer = Framer()
    assert framer.feed(b"GET / HTTP/1.1\r\n") == []
    assert framer.loose == b"GET / HTTP/1.1\r\n"


@pytest.mark.parametrize(
    "flood", [b"x" * (MAX_RECORD + 1), b"\xff\xfa\x18" + b"x" * (MAX_OPTION + 1)]
)
def test_a_flood_without_an_end_is_refused(flood):
    with pytest.raises(TelnetError, match="without an end"):
        Framer().feed(flood)


def test_a_record_does_not_print_its_data():
    assert "secret" not in repr(Record(b"secret"))
