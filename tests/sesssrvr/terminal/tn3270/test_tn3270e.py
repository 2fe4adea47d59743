"""TN3270E and classic TN3270: negotiation, responses, BIND, SSCP-LU, fall backs."""

from typing import Any

import pytest

from sesssrvr.terminal import OperatorError, Terminal3270


DO, SEND_TYPE = "fffd28", "fffa280802fff0"
ALL = "fffa2803040002 04fff0"
BIND = "0300000000 31010303b1903080008787f8870002800000000018502b507f0000 08c9c2d4f0e3c5e2e3 ffef"


class Host:
    """Says things to a terminal and hears it."""

    def __init__(self, **options: Any) -> None:
        self.sent: list[bytes] = []
        self.terminal = Terminal3270(self.sent.append, **options)

    def say(self, text: str) -> str:
        self.terminal.feed(bytes.fromhex(text.replace(" ", "")))
        return self.heard()

    def heard(self) -> str:
        data = b"".join(self.sent).hex()
        self.sent.clear()
        return data

    def connect(self, functions: str = "000204", lu: str = "") -> None:
        self.say(DO)
        self.say(SEND_TYPE)
        connect = "01" + lu.encode().hex() if lu else ""
        self.say(f"fffa280204{b'IBM-3278-2-E'.hex()}{connect}fff0")
        self.say(f"fffa280304{functions}fff0")


def is_type(name: str, lu: str = "") -> str:
    body = name.encode().hex() + ("01" + lu.encode().hex() if lu else "")
    return f"fffa280207{body}fff0"


def reject(reason: int = 1) -> str:
    return f"fffa28020605{reason:02x}fff0"


def test_the_usual_negotiation() -> None:
    host = Host(lu_names=["LU1"])
    assert host.say(DO) == "fffb28"
    assert host.say(SEND_TYPE) == is_type("IBM-3278-2-E", "LU1")
    assert (
        host.say("fffa280204" + b"IBM-3278-2-E\x01LU1".hex() + "fff0") == "fffa28030700020405fff0"
    )
    assert host.terminal.negotiated == ""
    assert host.say(ALL) == ""
    assert host.terminal.negotiated == "TN3270E"
    assert (host.terminal.lu_name, host.terminal.device_type) == ("LU1", "IBM-3278-2-E")
    assert not host.terminal.ready


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"model": 2}, "IBM-3278-2-E"),
        ({"model": 5}, "IBM-3278-5-E"),
        ({"model": 3, "extended": False}, "IBM-3278-3"),
        ({"oversize": (62, 160)}, "IBM-DYNAMIC"),
    ],
)
def test_device_types(options: dict[str, Any], name: str) -> None:
    host = Host(**options)
    host.say(DO)
    assert host.say(SEND_TYPE) == is_type(name)
    classic = Host(tn3270e=False, **options)
    assert classic.say(DO) == "fffc28"
    classic.say("fffd18")
    assert classic.say("fffa1801fff0") == f"fffa1800{name.encode().hex()}fff0"


def test_the_next_lu_is_asked_for_and_at_the_end_classic_tn3270() -> None:
    host = Host(lu_names=["A1", "B2"])
    host.say(DO)
    assert host.say(SEND_TYPE) == is_type("IBM-3278-2-E", "A1")
    assert host.say(reject()) == is_type("IBM-3278-2-E", "B2")
    assert host.say(reject()) == "fffc28"
    assert host.say("fffe28") == ""
    host.say("fffd18")
    assert host.say("fffa1801fff0") == f"fffa1800{b'IBM-3278-2-E@A1'.hex()}fff0"
    assert host.say("fffa1801fff0") == f"fffa1800{b'IBM-3278-2-E@B2'.hex()}fff0"
    assert host.say("fffa1801fff0") == f"fffa1800{b'IBM-3278-2-E@B2'.hex()}fff0"
    host.say("fffd19fffb19fffd00fffb00")
    assert host.terminal.negotiated == "TN3270"
    host.say("f5c3c8c9ffef")
    assert str(host.terminal.screen()).strip() == "HI"
    assert host.terminal.lu_name == "B2"


def test_the_last_lu_the_host_refused_is_told_until_there_is_a_session() -> None:
    host = Host(lu_names=["A1", "B2"])
    host.say(DO)
    host.say(SEND_TYPE)
    assert host.terminal.last_refusal == ""
    host.say(reject(1))
    assert (
        host.terminal.last_refusal
        == "the host refused LU A1: DEVICE-IN-USE, another session has it"
    )
    host.say(reject(3))
    assert host.terminal.last_refusal == "the host refused LU B2: INV-NAME, there is no such name"
    for said in ("fffe28", "fffd18", "fffd19fffb19fffd00fffb00"):
        host.say(said)
    assert (host.terminal.negotiated, host.terminal.last_refusal) == ("TN3270", "")


def test_classic_is_not_agreed_on_before_all_its_options_are() -> None:
    host = Host()
    for said in ("fffd18", "fffd19", "fffb19", "fffd00"):
        host.say(said)
        assert host.terminal.negotiated == ""
    host.say("fffb00")
    assert host.terminal.negotiated == "TN3270"


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("fffa28030700fff0", "fffa28030400fff0"),  # fewer: taken
        ("fffa280307fff0", "fffa280304fff0"),  # none at all: basic TN3270E
        ("fffa2803070002030405fff0", "fffa28030700020405fff0"),  # more: asked down
    ],
)
def test_functions_are_cut_down_to_what_both_have(said: str, answered: str) -> None:
    host = Host()
    host.say(DO)
    host.say(SEND_TYPE)
    host.say("fffa280204" + b"IBM-3278-2-E".hex() + "fff0")
    assert host.say(said) == answered


@pytest.mark.parametrize(
    ("header", "record", "answer"),
    [
        ("0000000007", "f5c3c1", ""),
        ("0000010007", "f5c3c1", ""),
        ("0000020007", "f5c3c1", "0200000007 00ffef"),
        ("0000000007", "9a", ""),
        ("0000010007", "9a", "0200010007 00ffef"),
        ("0000020007", "9a", "0200010007 00ffef"),
        ("0000010007", "f5c31140", "0200010007 02ffef"),
        ("0000017fff", "f5c3117fff", "020001 7fffff 02ffef"),
        ("000002ffff", "f5c3", "020000 ffffffff 00ffef"),
    ],
)
def test_responses(header: str, record: str, answer: str) -> None:
    host = Host()
    host.connect("0204")
    plain = bytes.fromhex(header + record)
    assert host.say(plain.replace(b"\xff", b"\xff\xff").hex() + "ffef") == answer.replace(" ", "")


def test_a_read_that_wants_a_response_gets_it_before_its_data() -> None:
    host = Host()
    host.connect("0204")
    host.say("0000000001f5c31dc1c1ffef")
    answer = host.say("0000020002f6ffef")
    assert answer.startswith("020000000200ffef" + "0000000000" + "604040")
    assert host.say("0000000003f6ffef").startswith("0000000001" + "604040")


def test_input_is_numbered_if_responses_are_on() -> None:
    host = Host()
    host.connect("0204")
    for number in range(3):
        host.say("0000000001f5c31d40ffef")
        host.terminal.key("PA1")
        assert host.heard() == f"000000{number:04x}6cffef"


def test_data_before_bind_is_ignored_and_bind_sets_the_sizes() -> None:
    host = Host(model=4)
    host.connect()
    host.say("0000000001f5c3c1ffef")
    assert not host.terminal.ready
    host.say(BIND)
    assert host.terminal.application == "IBM0TEST"
    host.say("0000000001 7ec3c1ffef")
    assert (host.terminal.screen().rows, host.terminal.ready) == (43, True)
    host.say("0400000000 01 ffef")
    assert not host.terminal.ready
    assert host.terminal.screen().locked
    assert not host.terminal.screen().connected
    host.say("0000000001f5c3c1ffef")
    assert not host.terminal.ready


@pytest.mark.parametrize(
    ("bytes20_24", "default", "alternate"),
    [
        ("0000000002", (24, 80), (24, 80)),
        ("0000000003", (24, 80), (43, 80)),
        ("2050000 07e".replace(" ", ""), (32, 80), (32, 80)),
        ("18502b507f", (24, 80), (43, 80)),
        ("1b84 1b84 7f".replace(" ", ""), (24, 80), (43, 80)),  # larger than the device
        ("325032507f", (24, 80), (43, 80)),  # too many rows only
        ("0000000099", (24, 80), (43, 80)),
    ],
)
def test_sizes_of_a_bind(
    bytes20_24: str, default: tuple[int, int], alternate: tuple[int, int]
) -> None:
    host = Host(model=4)
    host.connect()
    host.say("0300000000 31" + "00" * 19 + bytes20_24 + "0000ffef")
    seen = []
    for command in ("f5", "7e"):
        host.say(f"0000000001{command}c3ffef")
        seen.append((host.terminal.screen().rows, host.terminal.screen().columns))
    assert seen == [default, alternate]


def test_sscp_lu_text_and_its_answer() -> None:
    host = Host()
    host.connect()
    host.say(
        "0700000000" + "HELLO".encode("cp037").hex() + "15" + "=> ".encode("cp037").hex() + "ffef"
    )
    screen = host.terminal.screen()
    assert screen.lines()[:2] == ("HELLO".ljust(80), "=>".ljust(80))
    assert screen.cursor == 83
    host.terminal.type("logon")
    host.terminal.key("Enter")
    assert host.heard() == "0700000000" + "logon".encode("cp037").hex() + "ffef"
    with pytest.raises(OperatorError):
        host.terminal.type("more")
    host.say("0700000000" + "OK".encode("cp037").hex() + "ffef")
    answered = [line.rstrip() for line in host.terminal.screen().lines()[1:3]]
    assert answered == ["=> logon", "OK"]
    with pytest.raises(OperatorError, match="only Enter and Clear"):
        host.terminal.key("PF3")


def test_attn_and_sysreq() -> None:
    host = Host()
    host.connect()
    host.terminal.key("Attn")
    assert host.heard() == "fff4"
    host.terminal.key("SysReq")
    assert host.heard() == "fff5"
    classic = Host()
    classic.say("fffd18fffd19fffb19fffd00fffb00")
    classic.terminal.key("attn")
    assert classic.heard() == "fff3"


def test_renegotiation_begins_again_from_nothing() -> None:
    host = Host()
    host.connect(lu="ONE")
    host.say(BIND)
    host.say("0000000001f5c3c8c9ffef")
    assert host.say("fffe28") == "fffc28"
    assert host.terminal.negotiated == ""
    assert host.terminal.lu_name == ""
    assert not host.terminal.ready
    host.connect(functions="", lu="TWO")
    host.say("0000000001f5c3c8c9ffef")
    assert (host.terminal.lu_name, host.terminal.ready) == ("TWO", True)


def test_device_type_may_be_asked_for_again_in_a_session() -> None:
    host = Host()
    host.connect(functions="", lu="ONE")
    host.say("0000000001f5c3c8c9ffef")
    assert host.say(SEND_TYPE) == is_type("IBM-3278-2-E")


@pytest.mark.parametrize("kind", ["01", "02", "06", "08", "0a", "7f"])
def test_other_data_types_end_no_session(kind: str) -> None:
    host = Host()
    host.connect("0204")
    host.say("0000000001f5c3c8c9ffef")
    host.say(f"{kind}00020003c1c2ffef")
    assert str(host.terminal.screen()).strip() == "HI"
    assert host.terminal.fault_count == 0


def test_a_record_without_a_header_is_a_fault() -> None:
    host = Host()
    host.connect("0204")
    host.say("000000ffef")
    (fault,) = host.terminal.faults
    assert fault.code == 9303
    assert "TN3270E" in str(fault)


def test_faults_are_counted_and_the_last_are_kept() -> None:
    host = Host()
    host.connect("")
    for _ in range(20):
        host.say("00000000009affef")
    assert host.terminal.fault_count == 20
    assert len(host.terminal.faults) == 8
    assert repr(host.terminal) == "<Terminal3270 IBM-3278-2-E TN3270E locked, 20 faults>"


def test_an_lu_in_ebcdic_is_read() -> None:
    host = Host()
    host.say(DO)
    host.say("fffa280204" + b"IBM-3278-2-E\x01".hex() + "e7e7e7fff0")
    assert host.terminal.lu_name == "XXX"


def test_a_host_that_asks_for_variables_gets_those_of_the_settings() -> None:
    host = Host(environment={"USER": "foo", "IBMAPPLID": "TSO"}, lu_names=("L1", "L2"))
    assert host.say("fffd27") == "fffb27"
    name, answer = b"\x03DEVNAME".hex(), "fffa2700"
    for device in (b"L1", b"L2", b"L2"):  # asked again: the last one was refused
        told = host.say(f"fffa2701{name}fff0")
        assert told == f"{answer}{name}01{device.hex()}fff0"
    asked = b"\x00USER\x03IBMAPPLID\x03NONE".hex()
    told = b"\x00USER\x01foo\x03IBMAPPLID\x01TSO\x03NONE".hex()
    assert host.say(f"fffa2701{asked}fff0") == f"{answer}{told}fff0"
    everything = b"\x00USER\x01foo\x03IBMAPPLID\x01TSO\x03DEVNAME\x01L2".hex()
    assert host.say("fffa2701fff0") == f"{answer}{everything}fff0"
    assert host.say("fffa270103fff0") == answer + b"\x03IBMAPPLID\x01TSO".hex() + "fff0"


def test_start_tls_is_refused_unless_wanted() -> None:
    assert Host().say("fffd2e") == "fffc2e"


def test_a_bid_locks_the_keyboard_until_the_host_lets_us_send() -> None:
    host = Host()
    host.connect("00020405")
    host.say("0300000000" + "31010303b1903080008787f88700028000000000185018507f0000" + "ffef")
    assert host.say("0900020001ffef") == "020000000100ffef"
    host.say("0000010002f5c3c8c9ffef")
    assert host.terminal.screen().locked
    host.say("0001010003f1c3ffef")
    assert not host.terminal.screen().locked


def test_the_host_restores_the_keyboard_by_a_flag_alone() -> None:
    host = Host()
    host.connect("020405")
    host.say("0003000001f5c3c8c9ffef")
    host.terminal.key("Enter")
    assert host.terminal.screen().locked
    host.say("0003010003ffef")
    assert not host.terminal.screen().locked


def test_a_host_that_asks_for_sense_codes_gets_them() -> None:
    host = Host()
    host.connect()
    assert host.say("fffa280307020406fff0") == "fffa280304020406fff0"
    assert host.say("00000100079affef") == "0200020007" + "10030000ffef"


def test_nvt_text_is_drawn_and_answered_by_the_line() -> None:
    host = Host()
    host.connect("0204")
    host.say("0500000000" + b"menu\r\n===> ".hex() + "ffef")
    assert str(host.terminal.screen()).rstrip().splitlines() == ["menu", "===>"]
    host.terminal.type("foz")
    host.terminal.key("Backspace")
    host.terminal.type("o")
    assert str(host.terminal.screen()).splitlines()[1] == "===> foo"
    host.sent.clear()
    host.terminal.key("Enter")
    assert b"".join(host.sent) == bytes.fromhex("0500000000") + b"foo\r\n\xff\xef"
    host.say("0000000001f5c3c8c9ffef")
    assert str(host.terminal.screen()).strip() == "HI"


def test_a_host_that_echoes_gets_each_character_at_once() -> None:
    host = Host(tn3270e=False)
    host.say("fffb01" + b"login: ".hex())
    host.sent.clear()
    host.terminal.type("a")
    assert b"".join(host.sent) == b"a"
    assert str(host.terminal.screen()).strip() == "login:"
