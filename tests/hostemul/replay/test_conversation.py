import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostemul.replay.conversation import Conversation
from hostemul.replay.recording import Expects, Recording, Sends


WILL, WONT = b"\xff\xfb\x18", b"\xff\xfc\x18"
ENTER = b"\x7d\x40\xc5\x11\x40\xc1\xe2\xc5\xc3\xff\xef"


def play(*steps):
    return Conversation(Recording("x", tuple(steps)))


def hello():
    return play(
        Sends(b"1"), Sends(b"2", 0.5), Expects(WILL), Sends(b"3"), Expects(ENTER), Sends(b"4")
    )


def test_the_host_goes_on_when_the_terminal_has_answered():
    it = hello()
    assert it.begin() == [Sends(b"1"), Sends(b"2", 0.5)]
    assert it.received(WILL) == [Sends(b"3")]
    assert it.received(ENTER) == [Sends(b"4")]
    assert it.done
    assert it.end() == []


@given(st.lists(st.integers(1, 5), min_size=1))
def test_it_does_not_matter_how_the_network_cuts_the_answers(cuts):
    it, stream, sent = hello(), WILL + ENTER, []
    it.begin()
    while stream:
        size = cuts[0]
        sent += it.received(stream[:size])
        stream, cuts = stream[size:], [*cuts[1:], size]
    assert sent == [Sends(b"3"), Sends(b"4")]
    assert it.end() == []


def test_an_answer_that_comes_early_counts():
    it = hello()
    it.begin()
    assert it.received(ENTER) == []
    assert it.received(WILL) == [Sends(b"3"), Sends(b"4")]
    assert it.end() == []


@pytest.mark.parametrize(
    ("answer", "report"),
    [
        (WONT, "step 3: expected WILL TERMINAL-TYPE, got WONT TERMINAL-TYPE"),
        (b"\xff\xfb\x19" + WILL, "END-OF-RECORD is not in the recording"),
    ],
)
def test_another_answer_is_reported_and_the_play_goes_on(answer, report):
    it = hello()
    it.begin()
    assert it.received(answer) == [Sends(b"3")]
    it.received(ENTER)
    assert report in it.end()[0]


def test_a_different_record_is_reported_by_its_place_never_by_its_text():
    it = hello()
    it.begin()
    it.received(WILL)
    assert it.received(ENTER.replace(b"\xc5\xc3", b"\xc1\xc1")) == [Sends(b"4")]
    assert it.reports == [
        "step 5: record 1: other text in the field at offset 1 (row 1 column 2 of 80)"
    ]


def test_negotiation_that_does_not_come_can_be_given_up_and_a_key_can_not():
    it = hello()
    it.begin()
    assert it.hurried
    assert it.impatient() == [Sends(b"3")]
    assert it.reports == ["step 3: WILL TERMINAL-TYPE did not come"]
    assert not it.hurried


def test_a_terminal_that_leaves_early_is_reported():
    it = hello()
    it.begin()
    it.received(WILL)
    assert it.end() == [
        "step 5: record of 9 bytes (ENTER) did not come",
        "step 5: the terminal left before the last of 6 steps",
    ]
    assert len(it.end()) == 2


def test_an_option_of_both_sides_may_be_answered_in_either_order():
    will, do = b"\xff\xfb\0", b"\xff\xfd\0"
    it = play(Sends(b"1"), Expects(will + do), Sends(b"2"))
    it.begin()
    assert it.received(do) == []
    assert it.received(will) == [Sends(b"2")]
    assert it.end() == []


def test_data_without_marks_is_counted_in_bytes():
    it = play(
        Sends(b"login:"), Expects(b"ab"), Expects(b"c"), Sends(b"!"), Expects(b"d"), Sends(b"?")
    )
    it.begin()
    assert it.received(b"ab") == []
    assert it.received(b"cX") == [Sends(b"!"), Sends(b"?")]
    assert it.reports == ["step 5: expected 1 bytes, got 1 bytes, different from byte 0"]


def test_an_unknown_answer_may_be_anything():
    it = play(Sends(b"\xff\xfd\x18"), Expects(None), Sends(b"\xff\xef"), Expects(None), Sends(b"5"))
    it.begin()
    assert it.hurried
    assert it.received(WONT) == [Sends(b"\xff\xef")]
    assert not it.hurried, "behind a record of the host a person types"
    assert it.received(ENTER) == [Sends(b"5")]
    assert it.end() == []


def test_device_types_and_functions_of_tn3270e_are_told_apart():
    device, functions = b"\xff\xfa\x28\x02\x07A\xff\xf0", b"\xff\xfa\x28\x03\x07\xff\xf0"
    it = play(Sends(b"1"), Expects(functions), Sends(b"2"), Expects(device), Sends(b"3"))
    it.begin()
    assert it.received(device) == []
    assert it.received(functions) == [Sends(b"2"), Sends(b"3")]
    assert it.reports == []


def test_functions_the_terminal_did_not_ask_for_are_not_granted():
    asked, granted = "\xff\xfa\x28\x03\x07{}\xff\xf0", "\xff\xfa\x28\x03\x04{}\xff\xf0"

    def sent(wanted):
        it = play(
            Sends(b"1"),
            Expects(asked.format("\0\2\4\5").encode("latin-1")),
            Sends((granted.format("\0\2\4\5") + "rest").encode("latin-1")),
        )
        it.begin()
        return it.received(asked.format(wanted).encode("latin-1"))[0].data.decode("latin-1")

    assert sent("\0\2\4\5") == granted.format("\0\2\4\5") + "rest"
    assert sent("\2\4") == granted.format("\2\4") + "rest"
