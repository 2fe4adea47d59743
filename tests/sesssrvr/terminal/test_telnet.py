"""Options as a table, records and commands in any split."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesssrvr.terminal import Terminal3270, telnet
from sesssrvr.terminal.telnet import (
    OptionChanged,
    Overflow,
    Subnegotiation,
    Telnet,
    TelnetRecord,
    TelnetText,
)


OURS, THEIRS = frozenset((0, 24, 25)), frozenset((0, 1, 25))


def made(data: bytes) -> tuple[Telnet, list[object]]:
    one = Telnet(OURS, THEIRS)
    return one, list(one.receive(data))


def test_the_option_table_is_complete() -> None:
    assert set(telnet.Q_METHOD) == set(product(range(4), (True, False), (True, False)))


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("fffd19", "fffb19"),  # DO EOR: WILL EOR
        ("fffd1f", "fffc1f"),  # DO NAWS: WONT
        ("fffb19", "fffd19"),
        ("fffb03", "fffe03"),
        ("fffe19", ""),  # DONT what was never on
        ("fffc19", ""),
        ("fffd19fffd19fffd19", "fffb19"),  # no loop: said once
        ("fffd19fffe19", "fffb19fffc19"),
        ("fffd19fffe19fffd19", "fffb19fffc19fffb19"),
    ],
)
def test_answers(said: str, answered: str) -> None:
    assert made(bytes.fromhex(said))[0].out.hex() == answered


def test_a_refused_option_is_refused_once() -> None:
    one, _ = made(bytes.fromhex("fffd19"))
    one.out.clear()
    one.refuse(25)
    one.refuse(25)
    assert one.out.hex() == "fffc19"
    assert list(one.receive(bytes.fromhex("fffe19"))) == [
        OptionChanged(ours=True, option=25, on=False)
    ]
    assert one.out.hex() == "fffc19"


def test_two_ends_that_refuse_everything_fall_silent() -> None:
    one, other = Telnet(frozenset(), frozenset()), Telnet(frozenset(), frozenset())
    one.out += bytes.fromhex("fffb01fffd03")
    for _ in range(4):
        data, one.out = bytes(one.out), bytearray()
        list(other.receive(data))
        data, other.out = bytes(other.out), bytearray()
        list(one.receive(data))
    assert not one.out
    assert not other.out


def test_data_is_text_until_record_mode() -> None:
    one, events = made(b"login: \xff\xff\xff\xef")
    assert events == [TelnetText(b"login: "), TelnetText(b"\xff")]
    one.record_mode = True
    assert list(one.receive(b"abc\xff\xffd\xff\xefe")) == [TelnetRecord(b"abc\xffd")]
    assert list(one.receive(b"\xff\xef")) == [TelnetRecord(b"e")]


def test_subnegotiation_with_iac_inside() -> None:
    _, events = made(b"\xff\xfa\x18\x01\xff\xff\xff\xf0")
    assert events == [Subnegotiation(24, b"\x01\xff")]


def test_commands_without_meaning_for_us_are_skipped() -> None:
    assert made(b"a\xff\xf1b\xff\xf9c")[1] == [TelnetText(b"a"), TelnetText(b"b"), TelnetText(b"c")]


def test_a_record_beyond_the_limit_is_dropped_and_the_next_is_taken() -> None:
    one = Telnet(OURS, THEIRS)
    one.record_mode = True
    half = b"x" * (telnet.MAX_RECORD // 2 + 1)
    events = [*one.receive(half), *one.receive(half), *one.receive(half)]
    assert events == [Overflow("record")]
    assert list(one.receive(b"\xff\xefnext\xff\xef")) == [TelnetRecord(b"next")]


def test_an_endless_subnegotiation_is_dropped() -> None:
    one = Telnet(OURS, THEIRS)
    events = []
    for _ in range(20):
        events += list(one.receive(b"\xff\xfa\x18" + b"y" * 1000 if not events else b"z"))
    assert Overflow("subnegotiation") in events


def test_sending_doubles_iac() -> None:
    one = Telnet(OURS, THEIRS)
    one.send_record(b"a\xffb")
    one.send_command(telnet.AO)
    one.send_subnegotiation(24, b"\x00\xff")
    assert one.out == b"a\xff\xffb\xff\xef" + b"\xff\xf5" + b"\xff\xfa\x18\x00\xff\xff\xff\xf0"


pieces = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b"\xff\xef", b"\xff\xff", b"\xff\xfa\x18\x01\xff\xf0", b"\xff\xfd\x19"]),
)


@given(st.lists(pieces, max_size=12), st.data())
def test_any_split_gives_the_same_records(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    one, other = Telnet(OURS, THEIRS), Telnet(OURS, THEIRS)
    one.record_mode = other.record_mode = True
    at_once = list(one.receive(whole))
    in_pieces = []
    while whole:
        count = data.draw(st.integers(1, len(whole)))
        in_pieces += list(other.receive(whole[:count]))
        whole = whole[count:]
    assert in_pieces == at_once
    assert other.out == one.out


OFFER, FOLLOW = bytes.fromhex("fffd2e"), bytes.fromhex("fffa2e01fff0")


def test_tls_is_agreed_on_and_what_was_said_before_is_forgotten() -> None:
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append, start_tls="accept")
    terminal.feed(OFFER)
    assert b"".join(sent) == bytes.fromhex("fffb2e") + FOLLOW
    assert not terminal.tls_wanted
    terminal.feed(FOLLOW + bytes.fromhex("fffd28"))  # an option smuggled in behind it
    assert terminal.tls_wanted
    terminal.feed(bytes.fromhex("fffd28"))
    assert len(sent) == 1
    terminal.tls_started()
    sent.clear()
    terminal.feed(OFFER + bytes.fromhex("fffd28"))
    assert b"".join(sent) == bytes.fromhex("fffc2e fffb28")
    assert not terminal.tls_wanted


def test_nothing_is_agreed_on_before_the_tls_that_is_required() -> None:
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append, start_tls="require")
    terminal.feed(bytes.fromhex("fffd18"))
    assert terminal.tls_missing
    assert b"".join(sent) == bytes.fromhex("fffc18")


def test_a_terminal_that_refuses_tls_says_so() -> None:
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append)
    terminal.feed(OFFER + FOLLOW)
    assert b"".join(sent) == bytes.fromhex("fffc2e")
    assert not terminal.tls_wanted
