"""TN5250: options, device names, automatic sign-on, start-up responses."""

import pytest

from sesssrvr.terminal.tn5250 import SignOn, Terminal5250
from sesssrvr.terminal.tn5250.des import encrypt
from sesssrvr.terminal.tn5250.environment import server_seed
from sesssrvr.terminal.tn5250.record import RESPONSES
from sesssrvr.terminal.tn5250.substitute import by_des, by_sha1
from tests.support.records_5250 import start_up


ASK = bytes.fromhex("fffd27") + bytes.fromhex("fffa2701 03") + b"IBMRSEED"
SEED = bytes.fromhex("7d4c2319f28004b2")
CLIENT = bytes.fromhex("08bef662d851f4b1")


def ask(seed=SEED, before=b""):
    escaped = (
        seed.replace(b"\x02", b"\x02\x02")
        .replace(b"\x00", b"\x02\x00")
        .replace(b"\xff", b"\xff\xff")
    )
    return ASK + escaped + b"\x00\x03\xff\xf0"


def told(**options):
    """What a terminal answers to the host's question, without its frame."""
    sent: list[bytes] = []
    terminal = Terminal5250(sent.append, **options)
    terminal.feed(ask())
    data = b"".join(sent)
    assert data.startswith(bytes.fromhex("fffb27 fffa2700"))
    assert data.endswith(b"\xff\xf0")
    return data[7:-2].replace(b"\xff\xff", b"\xff")


US = b"\x03KBDTYPE\x01USB\x03CODEPAGE\x0137\x03CHARSET\x01697"


def test_without_a_wish_the_code_page_is_told():
    assert told() == US


def test_a_page_ibm_i_has_no_keyboard_for_is_not_told():
    assert told(codepage="cp1047") == b""


def test_settings_add_variables_and_replace_those_of_the_code_page():
    """A Norwegian keyboard shares its page with the Danish one; an empty value is not sent."""
    found = told(codepage="277", variables={"KBDTYPE": "NWB", "IBMASSOCPRT": "PRT1"})
    wanted = {b"\x03KBDTYPE\x01NWB", b"\x03CODEPAGE\x01277", b"\x03IBMASSOCPRT\x01PRT1"}
    assert all(one in found for one in wanted)
    assert told(variables={"KBDTYPE": "", "CODEPAGE": "", "CHARSET": ""}) == b""


def test_a_device_name_is_asked_for_and_confirmed():
    asked = b"\x03DEVNAME\x01VERDI01\x03IBMSENDCONFREC\x01YES"
    assert told(device_names=["VERDI01"]) == US + asked


def test_the_next_device_name_when_the_host_asks_again_and_then_the_hosts_choice():
    sent: list[bytes] = []
    terminal = Terminal5250(sent.append, device_names=["ONE", "TWO"])
    names = []
    for _ in range(3):
        terminal.feed(ask())
        data = b"".join(sent)
        sent.clear()
        names.append([name for name in (b"ONE", b"TWO") if b"\x01" + name + b"\x03" in data])
    assert names == [[b"ONE"], [b"TWO"], []]
    assert terminal.lu_name == ""
    assert terminal.last_refusal == "the host refused the device name TWO"


SIGN_ON = SignOn("USER123", "ABCDEFG", "des", CLIENT, program="PGM", menu="MENU", library="LIB")


def test_a_password_travels_as_a_substitute():
    """The example of RFC 4777 section 5.1."""
    found = told(sign_on=SIGN_ON)
    substitute = bytes.fromhex("5a58bd50e4dd9b5f")
    assert b"\x00USER\x01USER123" in found
    assert b"\x03IBMRSEED\x01" + CLIENT in found
    assert b"\x03IBMSUBSPW\x01" + substitute in found
    for part in (b"\x03IBMCURLIB\x01LIB", b"\x03IBMIMENU\x01MENU", b"\x03IBMPROGRAM\x01PGM"):
        assert part in found
    assert b"ABCDEFG" not in found


def test_control_bytes_in_a_value_are_escaped():
    seed = bytes.fromhex("0001020304050607")
    found = told(sign_on=SignOn("USER123", "ABCDEFG", "des", seed))
    assert b"\x03IBMRSEED\x01\x02\x00\x02\x01\x02\x02\x02\x03\x04\x05\x06\x07\x03" in found


def test_in_clear_only_if_the_settings_say_so():
    found = told(sign_on=SignOn("JANE", "S3CRET", "clear"))
    assert b"\x03IBMRSEED\x01\x03IBMSUBSPW\x01S3CRET" in found


def test_without_a_seed_of_the_host_no_password_leaves():
    sent: list[bytes] = []
    terminal = Terminal5250(sent.append, sign_on=SIGN_ON)
    terminal.feed(bytes.fromhex("fffd27 fffa2701 0003 fff0"))
    data = b"".join(sent)
    assert b"USER123" in data
    assert b"IBMSUBSPW" not in data


def test_substitutes_are_those_of_the_rfc():
    assert by_des("user123", "abcdefg", SEED, CLIENT).hex() == "5a58bd50e4dd9b5f"
    seeds = bytes.fromhex("3e3a71c78795e5f5"), bytes.fromhex("b1c806d5d377d994")
    assert (
        by_sha1("USER123", "AbCdEfGh123?+", *seeds).hex()
        == "e7fab5f034beda42e91f439dd07532a24140e3dd"
    )


def test_long_names_and_passwords_have_substitutes_of_their_own():
    found = {
        by_des(user, password, SEED, CLIENT)
        for user in ("USER1234", "USER12345", "USER123456")
        for password in ("ABCDEFGH", "ABCDEFGHI", "ABCDEFGHIJ")
    }
    assert len(found) == 9


def test_the_cipher_is_the_standards():
    """FIPS 81's example, and the weak key of all zeros."""
    assert encrypt(bytes.fromhex("0123456789abcdef"), b"Now is t").hex() == "3fa40e8a984d4815"
    assert encrypt(bytes(8), bytes(8)).hex() == "8ca64de9c1b123a7"


@pytest.mark.parametrize(
    "sign_on",
    [
        SignOn("JANE", "PASSWORD", "des", b"short"),
        SignOn("JANE", "ELEVENCHARS", "des", CLIENT),
        SignOn("", "PASSWORD", "des", CLIENT),
        SignOn("ELEVENCHARS", "PASSWORD", "sha1", CLIENT),
    ],
)
def test_a_sign_on_that_cannot_be_made_is_refused_at_once(sign_on):
    with pytest.raises(ValueError, match=r"bytes|characters"):
        Terminal5250(lambda _: None, sign_on=sign_on)


def test_printing_a_sign_on_shows_no_password():
    assert repr(SIGN_ON) == "<SignOn USER123 password=hidden as des>"
    assert "ABCDEFG" not in repr(Terminal5250(lambda _: None, sign_on=SIGN_ON))


@pytest.mark.parametrize("seed", [SEED, bytes.fromhex("0002ff0003010204")])
def test_the_seed_is_found_among_other_names(seed):
    escaped = b"".join(b"\x02" + bytes((b,)) if b < 4 else bytes((b,)) for b in seed)
    assert server_seed(b"\x03DEVNAME\x03IBMRSEED" + escaped + b"\x00\x03") == seed
    assert server_seed(b"\x03IBMRSEED" + escaped[:5] + b"\x00") == b""
    assert server_seed(b"\x00\x03") == b""


# ---- start-up response ---------------------------------------------------------------------------


def test_the_host_says_which_device_it_gave(line):
    it = line(device_names=["WISH"])
    it.terminal.feed(start_up("I902"))
    assert (it.terminal.lu_name, it.terminal.application) == ("QPADEV001P", "PUB400")
    assert it.terminal.refusal == ""
    assert not it.terminal.ready
    assert repr(it.terminal).startswith("<Terminal5250 IBM-3179-2 TN5250 device QPADEV001P locked")


@pytest.mark.parametrize("code", [c for c in RESPONSES if c not in ("I901", "I902", "I906")])
def test_a_session_refused_is_told_in_words(code, line):
    it = line()
    it.terminal.feed(start_up(code, device="VERDI01"))
    assert it.terminal.refusal == f"no session for device VERDI01: {RESPONSES[code]} ({code})"
    assert it.terminal.fault_count == 0


def test_a_code_nobody_knows_is_told_too(line):
    it = line()
    it.terminal.feed(start_up("9999", device=""))
    assert (
        it.terminal.refusal
        == "no session for device a device of its choice: an unknown response (9999)"
    )


def test_a_start_up_response_cut_short_is_a_fault(line):
    it = line()
    it.terminal.feed(bytes.fromhex("000f 12a0 9000 05 6006002000 c9") + b"\xff\xef")
    assert it.terminal.fault_count == 1


# ---- options ---------------------------------------------------------------------------------------


def test_other_options_are_refused(line):
    it = line()
    it.terminal.feed(bytes.fromhex("fffd28 fffb05 fffd1f fffd03 fffb01"))
    assert it.take().hex() == "fffc28fffe05fffc1ffffc03fffd01"


def test_text_before_the_session_is_kept_for_people():
    terminal = Terminal5250(lambda _: None)
    terminal.feed(b"MAINTENANCE TONIGHT")
    assert terminal.nvt == "MAINTENANCE TONIGHT"
    assert terminal.negotiated == ""
    assert terminal.screen().characters.strip() == ""


def test_a_session_that_ends_and_begins_again_starts_empty(form, say):
    it = form(say.field(5, 10, 4), say.text("OLD"))
    it.terminal.feed(bytes.fromhex("fffe19"))
    assert not it.terminal.ready
    assert it.screen.characters.strip() == ""
    assert it.screen.locked
    it.terminal.feed(bytes.fromhex("fffd19"))
    it.host(say.clear, say.write(say.text("NEW")), say.read)
    assert it.screen.text(1, 1, 3) == "NEW"
