"""What a 5250 terminal tells an IBM i before the first screen: substitutes, code page, device names."""

from collections.abc import Callable

import pytest

from sesssrvr.hosts.terminal_5250 import make_5250
from sesssrvr.model import HostSettings
from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.codepage import names
from sesssrvr.terminal.tn5250 import SignOn, Terminal5250
from sesssrvr.terminal.tn5250.environment import Coding
from sesssrvr.terminal.tn5250.keyboard_types import told
from sesssrvr.terminal.tn5250.substitute import by_des, by_pbkdf2, by_sha1


CLIENT = bytes((0x11 + 17 * n) & 0xFF for n in range(8))
SERVER = bytes((0xA3 + 17 * n) & 0xFF for n in range(8))
Substitute = Callable[[str, str, bytes, bytes], bytes]

# Output of IBM's client for made-up users (asaomaro/ts5250, 20260921-encrypted-autosignon).
MEASURED: list[tuple[Substitute, str, str, str]] = [
    (by_des, "TESTUSR", "secret1", "bc647336c8c1b7c1"),
    (by_des, "USER10CHAR", "Pa55w0rd", "b6a7f026ed9fc5b6"),
    (by_des, "U1", "1234", "9a39dde3a84b0881"),
    (by_sha1, "TESTUSR", "secret1", "f0a91780745d803d674ef25056e9f5b551f50077"),
    (by_sha1, "U1", "1234", "f99295aa9015d65e4a3ecaabcb045255d18464cf"),
    (by_sha1, "ABC", "longerPassWord123", "726e8e809752bca0e9ffc3c6f89ffc81ba85799c"),
    (by_sha1, "X", "a b  ", "bda3cc5f36893a15292f684ed5a42175bd2121d7"),
    (by_pbkdf2, "TESTUSR", "secret1", "45097c20928339589618226e983bfdafb96ef7c54c854b9e"),
    (by_pbkdf2, "U1", "1234", "6d16e2586e2a1d5d5bec41b6041f355c4184a47131914517"),
    (by_pbkdf2, "X", "a b  ", "e54ef5417ec7beb525b1db8013c76e06dae48ec0ca3a1811"),
]


@pytest.mark.parametrize(("make", "user", "password", "wanted"), MEASURED)
def test_substitutes_are_those_of_ibms_client(
    make: Substitute, user: str, password: str, wanted: str
) -> None:
    assert make(user, password, SERVER, CLIENT).hex().startswith(wanted)


def test_a_digit_first_and_a_q_before_it_are_one_password() -> None:
    """IBM/JTOpen: levels 0 and 1 know `1PASS` as `Q1PASS`."""
    client, server = bytes(range(1, 9)), bytes.fromhex("a1b2c3d4e5f60718")
    assert by_des("usera", "1pass", server, client).hex() == "bdf1b3ce8f83fe25"
    assert by_des("USERA", "q1PASS", server, client).hex() == "bdf1b3ce8f83fe25"


NOT_SENT: list[tuple[Substitute, str, str]] = [
    (by_des, "USERA", "123456789A"),  # eleven with the Q
    (by_des, "USERA", "PASS WORD"),
    (by_des, "USERA", "PÄSS"),
    (by_des, "", "PASS"),
    (by_sha1, "USERA", "*ABC"),
    (by_sha1, "USERA", "   "),
    (by_sha1, "USERA", "A" * 129),
    (by_pbkdf2, "ELEVENCHARS", "A"),
    (by_pbkdf2, "USERA", ""),
]


@pytest.mark.parametrize(("make", "user", "password"), NOT_SENT)
def test_what_no_profile_has_is_refused_before_it_counts_as_a_failed_sign_on(
    make: Substitute, user: str, password: str
) -> None:
    with pytest.raises(ValueError, match=r"user or password|password of|password that|user of"):
        make(user, password, SERVER, CLIENT)


def environment(question: bytes = b"\xff\xfa\x27\x01\x00\x03\xff\xf0", **settings: object) -> bytes:
    """What a terminal with these settings sends to a host that asks for its variables."""
    sent: list[bytes] = []
    terminal = Terminal5250(sent.append, **settings)  # type: ignore[arg-type]  # settings vary
    terminal.feed(b"\xff\xfd\x27" + question)
    return b"".join(sent)


@pytest.mark.parametrize(
    ("coding", "make"), [("des", by_des), ("sha1", by_sha1), ("pbkdf2", by_pbkdf2)]
)
def test_user_and_password_are_sent_as_ibms_client_sends_them(
    coding: Coding, make: Substitute
) -> None:
    """asaomaro/ts5250, 20260921-telnet-signon-vars: the user in capitals, no blanks at the ends."""
    seed = bytes.fromhex("7d4c2319f28004b2")
    ask = b"\xff\xfa\x27\x01\x03IBMRSEED" + seed + b"\x00\x03\xff\xf0"
    sign_on = SignOn(" usera", "Pass1  ", coding, CLIENT)
    found = environment(ask, sign_on=sign_on).replace(b"\xff\xff", b"\xff")
    substitute = make("USERA", "Pass1", seed, CLIENT)
    escaped = b"".join(b"\2" + bytes((one,)) if one < 4 else bytes((one,)) for one in substitute)
    assert b"\x00USER\x01USERA\x03" in found
    assert b"\x03IBMSUBSPW\x01" + escaped in found


@pytest.mark.parametrize("coding", ["des", "sha1", "pbkdf2", "clear"])
def test_traces_hold_no_password_in_any_coding(coding: Coding) -> None:
    sent: list[bytes] = []
    sign_on = SignOn("USERA", "PASS1", coding, CLIENT)
    terminal = Terminal5250(sent.append, sign_on=sign_on)
    terminal.feed(b"\xff\xfd\x27\xff\xfa\x27\x01\x03IBMRSEED" + SERVER + b"\x00\x03\xff\xf0")
    told_password = terminal.mask_sent(b"".join(sent)).partition(b"IBMSUBSPW\x01")[2]
    assert told_password.startswith(b"*" * (5 if coding == "clear" else 8))
    assert terminal.mask_sent(b"".join(sent)) != b"".join(sent)


@pytest.mark.parametrize(
    ("page", "kind", "number", "characters"),
    [
        ("273", b"AGB", b"273", b"697"),
        ("037", b"USB", b"37", b"697"),
        ("1141", b"AGB", b"1141", b"695"),
        ("1025", b"RUB", b"1025", b"1150"),
        ("870", b"ROB", b"870", b"959"),
        ("930", b"JKB", b"290", b"1172"),
        ("939", b"JPB", b"1027", b"1172"),
        ("1399", b"JPE", b"1027", b"32000"),
        ("935", b"RCB", b"836", b"1174"),
    ],
)
def test_the_host_is_told_the_code_page(
    page: str, kind: bytes, number: bytes, characters: bytes
) -> None:
    """RFC 4777 section 6; IBM i's table of keyboard types; pmattes/x3270#97, asaomaro/ts5250."""
    sent: list[bytes] = []
    host = HostSettings(type="5250", model="IBM-3179-2", codepage=page, host="h")
    terminal = make_5250(host)(sent.append)
    terminal.feed(bytes.fromhex("fffd27 fffa27010003fff0"))
    data = b"".join(sent)
    for name, value in ((b"KBDTYPE", kind), (b"CODEPAGE", number), (b"CHARSET", characters)):
        assert b"\x03" + name + b"\x01" + value in data


def test_pages_are_told_whole_or_not_at_all() -> None:
    assert {len(told(name)) for name in names()} == {0, 3}


def test_the_option_environment_replaces_and_adds_variables() -> None:
    """codefori/vscode-ibmi#2253: another keyboard on the same page; a printer of the display's own."""
    options = (("environment", "KBDTYPE=NWB CHARSET= IBMASSOCPRT=PRT01"),)
    sent: list[bytes] = []
    host = HostSettings(type="5250", model="IBM-3179-2", codepage="277", host="h", options=options)
    make_5250(host)(sent.append).feed(bytes.fromhex("fffd27 fffa27010003fff0"))
    data = b"".join(sent)
    assert b"\x03KBDTYPE\x01NWB" in data
    assert b"\x03CODEPAGE\x01277" in data
    assert b"\x03IBMASSOCPRT\x01PRT01" in data
    assert b"CHARSET" not in data


ASK_DEVICE = bytes.fromhex("fffa2701") + b"\x03DEVNAME\xff\xf0"


def test_a_3270_tells_the_device_name_the_host_took_and_the_one_it_did_not() -> None:
    """A host that refuses names asks again (RFC 4777 section 4)."""
    sent: list[bytes] = []
    terminal = Terminal3270(sent.append, lu_names=("LU1", "LU2", "LU3"))
    terminal.feed(bytes.fromhex("fffd18 fffa1801fff0 fffd27"))
    assert (terminal.lu_name, terminal.last_refusal) == ("LU1", "")
    terminal.feed(ASK_DEVICE)
    assert (terminal.lu_name, terminal.last_refusal) == ("LU1", "")
    terminal.feed(ASK_DEVICE)
    assert terminal.lu_name == "LU2"
    assert terminal.last_refusal == "the host refused the device name LU1"
    terminal.feed(bytes.fromhex("fffd19fffb19 fffd00fffb00"))  # 3270 is agreed on, no screen yet
    assert terminal.last_refusal == "the host refused the device name LU1"
    terminal.feed(b"\xf5\xc3\x11\x40\x40\xc1\xff\xef")
    assert (terminal.lu_name, terminal.last_refusal) == ("LU2", "")


def test_a_5250_tells_the_device_name_the_host_did_not_take() -> None:
    sent: list[bytes] = []
    terminal = Terminal5250(sent.append, device_names=("D1", "D2"))
    terminal.feed(bytes.fromhex("fffd27") + ASK_DEVICE)
    assert (terminal.lu_name, terminal.last_refusal) == ("D1", "")
    terminal.feed(ASK_DEVICE)
    assert terminal.lu_name == "D2"
    assert terminal.last_refusal == "the host refused the device name D1"
