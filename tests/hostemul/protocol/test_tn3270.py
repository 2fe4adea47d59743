"""Negotiation as RFC 2355 and RFC 1576 tell it, byte by byte."""

import pytest

from hostemul.protocol.tn3270 import (
    Answered,
    Attention,
    Function,
    Host3270,
    Keyed,
    Ready,
    Refused,
    Terms,
)
from hostemul.terminals import LuRefused, Reason, Terminals


def say(host, digits):
    answer, events = host.receive(bytes.fromhex(digits))
    return answer.hex(), events


TYPE = b"IBM-3278-2-E".hex()
LU = b"BNKT0001".hex()


@pytest.fixture
def terminals():
    return Terminals(reject_lus=["BADLU"], reject_types=["IBM-3278-5"])


@pytest.fixture
def host(terminals):
    host = Host3270(Terms(), terminals)
    assert host.start().hex() == "fffd28"
    return host


def extended(host, functions="000204"):
    assert say(host, "fffb28") == ("fffa280802fff0", [])
    assert say(host, f"fffa280207{TYPE}fff0")[0] == f"fffa280204{TYPE}01{LU}fff0"
    return say(host, f"fffa280307{functions}fff0")


def test_tn3270e_is_negotiated_with_functions_and_a_bind(host):
    answer, events = extended(host)
    assert answer.startswith("fffa280304000204fff00300000000" + "31010303")
    assert answer.endswith("ffef")
    assert events == [
        Ready("BNKT0001", "IBM-3278-2-E", extended=True, functions=frozenset({0, 2, 4}))
    ]


def test_the_bind_names_sizes_and_application(host):
    answer, _ = extended(host)
    bind = bytes.fromhex(answer[answer.index("0300000000") + 10 : -4])
    assert tuple(bind[20:25]) == (24, 80, 24, 80, 0x7F)
    assert bind[28 : 28 + bind[27]].decode("cp037") == "NMPROD1"


def test_without_bind_image_no_bind_is_sent(host):
    answer, events = extended(host, "02")
    assert answer == "fffa28030402fff0"
    assert events[0].functions == {2}


def test_functions_this_host_lacks_are_cut_down_and_agreed_on(host):
    assert extended(host, "000305") == ("fffa28030700fff0", [])
    answer, events = say(host, "fffa28030400fff0")
    assert answer.startswith("03")
    assert events[0].functions == {0}


def test_a_terminal_without_functions_is_ready_too(host):
    answer, events = extended(host, "")
    assert (answer, len(events)) == ("fffa280304fff0", 1)


def test_an_lu_that_is_asked_for_is_given_once(host, terminals):
    say(host, "fffb28")
    ask = f"fffa280207{TYPE}01{b'MYLU'.hex()}fff0"
    assert say(host, ask)[0] == f"fffa280204{TYPE}01{b'MYLU'.hex()}fff0"
    second = Host3270(Terms(), terminals)
    second.start()
    say(second, "fffb28")
    assert say(second, ask)[0] == "fffa2802060501fff0"  # DEVICE-IN-USE
    host.close()
    assert say(second, ask)[0].startswith("fffa280204")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (b"IBM-3278-2-E\x01BADLU", 3),
        (b"IBM-3278-2-E\x01NOT A NAME", 3),
        (b"IBM-3278-5", 4),
        (b"IBM-3287-1", 4),
        (b"", 4),
    ],
)
def test_a_refused_device_may_ask_again(host, asked, reason):
    say(host, "fffb28")
    assert say(host, f"fffa280207{asked.hex()}fff0")[0] == f"fffa28020605{reason:02x}fff0"
    assert say(host, f"fffa280207{TYPE}fff0")[0] == f"fffa280204{TYPE}01{LU}fff0"


def test_asking_for_another_lu_gives_the_first_one_back(host, terminals):
    say(host, "fffb28")
    say(host, f"fffa280207{TYPE}fff0")
    say(host, f"fffa280207{TYPE}01{b'MYLU'.hex()}fff0")
    assert host.lu == "MYLU"
    assert terminals.take("IBM-3278-2", "BNKT0001") == "BNKT0001"


def test_functions_before_a_device_are_ignored(host):
    say(host, "fffb28")
    assert say(host, "fffa28030700fff0") == ("", [])


def classic(host):
    assert say(host, "fffc28") == ("fffd18", [])
    assert say(host, "fffb18") == ("fffa1801fff0", [])
    asked, _ = say(host, f"fffa1800{TYPE}fff0")
    assert asked == "fffd19fffb19fffd00fffb00"
    return say(host, "fffb19fffd19fffb00fffd00")


def test_a_terminal_that_refuses_tn3270e_gets_classic_tn3270(host):
    assert classic(host) == (
        "",
        [Ready("BNKT0001", "IBM-3278-2-E", extended=False, functions=frozenset())],
    )
    assert host.wrap(b"\xf5\xff").hex() == "f5ffffffef"
    assert say(host, "7d4040ffef")[1] == [Keyed(b"\x7d@@")]
    assert host.unbind() == b""


def test_without_tn3270e_the_terminal_type_is_asked_first(terminals):
    host = Host3270(Terms(tn3270e=False), terminals)
    assert host.start().hex() == "fffd18"
    assert say(host, "fffb28")[0] == "fffe28"


def test_a_classic_terminal_names_its_lu_behind_its_type(host):
    say(host, "fffc28")
    say(host, "fffb18")
    say(host, f"fffa1800{b'IBM-3279-2-E@MYLU'.hex()}fff0")
    assert host.lu == "MYLU"


@pytest.mark.parametrize("device", [b"VT220", b"IBM-3279-2-E@BADLU", b"\xc0\xc1"])
def test_a_classic_terminal_of_another_kind_is_refused(host, device):
    say(host, "fffc28")
    say(host, "fffb18")
    _, events = say(host, f"fffa1800{device.hex()}fff0")
    assert isinstance(events[0], Refused)


@pytest.mark.parametrize("refusal", ["fffc18", "fffc19", "fffe00"])
def test_a_classic_terminal_that_refuses_what_is_needed_is_refused(host, refusal):
    say(host, "fffc28")
    assert isinstance(say(host, refusal)[1][0], Refused)


def test_other_options_are_told_no(host):
    assert say(host, "fffb27fffd06")[0] == "fffe27fffc06"


def test_repeated_agreement_is_not_answered(host):
    classic(host)
    assert say(host, "fffb19fffd19fffb00fffd00fffb18") == ("", [])


def test_nothing_is_taken_before_the_session_stands(host):
    assert say(host, "7d4040ffef") == ("", [])


def test_records_carry_a_header_with_a_growing_number(host):
    extended(host)
    assert host.wrap(b"\xf5\xc3").hex() == "0000010001" + "f5c3ffef"
    assert host.wrap(b"\xf5\xc3").hex() == "0000010002" + "f5c3ffef"
    for _ in range(0x7FFF - 2):
        last = host.wrap(b"")
    assert last.hex() == "0000017fffff" + "ffef"  # X'FF' doubled
    assert host.wrap(b"").hex() == "0000010000ffef"


@pytest.mark.parametrize(("responses", "flag"), [("none", "00"), ("error", "01"), ("always", "02")])
def test_responses_are_asked_for_as_told(terminals, responses, flag):
    host = Host3270(Terms(responses=responses), terminals)
    host.start()
    extended(host)
    assert host.wrap(b"").hex()[4:6] == flag


def test_without_the_function_no_response_is_asked_for(host):
    extended(host, "00")
    assert host.wrap(b"").hex()[4:6] == "00"


def test_data_and_responses_of_the_terminal_are_told_apart(host):
    extended(host)
    assert say(host, "00000000007d4040ffef")[1] == [Keyed(b"\x7d@@")]
    assert say(host, "020000000700ffef")[1] == [Answered(7, positive=True)]
    assert say(host, "020001000900ffef")[1] == [Answered(9, positive=False)]
    assert say(host, "0500000000c1ffef")[1] == []


def test_a_header_cut_short_is_refused(host):
    extended(host)
    assert isinstance(say(host, "0000ffef")[1][0], Refused)


def test_sysreq_and_attn_are_told_apart(host):
    extended(host)
    assert say(host, "fff5fff4")[1] == [Attention("SYSREQ"), Attention("ATTN")]


def test_sysreq_that_was_not_agreed_on_is_ignored(host):
    extended(host, "00")
    assert say(host, "fff5")[1] == []


def test_an_orderly_end_unbinds(host):
    assert host.unbind() == b""
    extended(host)
    assert host.unbind().hex() == "040000000001ffef"


def test_all_9999_names_can_be_given_and_the_next_terminal_is_refused():
    terminals = Terminals(stem="T")
    names = {terminals.take("IBM-3278-2") for _ in range(9999)}
    assert len(names) == 9999
    with pytest.raises(LuRefused) as caught:
        terminals.take("IBM-3278-2")
    assert caught.value.reason is Reason.DEVICE_IN_USE
    terminals.give_back("T0007")
    assert terminals.take("IBM-3278-2") == "T0007"


def test_the_functions_have_the_numbers_of_the_rfc():
    assert [f.value for f in Function] == [0, 1, 2, 3, 4]
