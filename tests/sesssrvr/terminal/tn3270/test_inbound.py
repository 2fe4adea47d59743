"""What the host is told: attention keys, reads, reply modes, queries."""

from typing import Any

import pytest

from sesssrvr.terminal import KEYS
from sesssrvr.terminal.tn3270.keys import AIDS, EDITING, LINE, key_name
from sesssrvr.terminal.tn3270.query import REPLIES


EW = b"\xf5\xc3"
FORM = EW + bytes.fromhex("1d60") + "N".encode("cp037") + bytes.fromhex("1d4013 000000 1d60")


def test_every_key_has_one_aid_and_one_name() -> None:
    assert len(AIDS) == 5 + 24
    assert len(set(AIDS.values())) == len(AIDS)
    assert set(KEYS) == {*AIDS, *EDITING, *LINE}
    assert all(key_name(name.upper()) == name for name in KEYS)
    assert key_name("F1") is None


@pytest.mark.parametrize(
    ("key", "aid"),
    [("Enter", "7d"), ("PF1", "f1"), ("PF9", "f9"), ("PF10", "7a"), ("PF12", "7c"), ("PF13", "c1"),
     ("PF21", "c9"), ("PF22", "4a"), ("PF24", "4c")],
)  # fmt: skip
def test_attention_keys_send_modified_fields(key: str, aid: str, line: Any) -> None:
    one = line()
    one.host(FORM)
    one.terminal.type("AB")
    assert one.press(key).hex() == f"{aid}40c5 1140c3 c1c2".replace(" ", "")
    assert one.terminal.screen().locked


@pytest.mark.parametrize(("key", "aid"), [("PA1", "6c"), ("PA2", "6e"), ("PA3", "6b")])
def test_program_attention_keys_send_themselves_only(key: str, aid: str, line: Any) -> None:
    one = line()
    one.host(FORM)
    one.terminal.type("AB")
    assert one.press(key).hex() == aid
    assert one.host(b"\xf6").hex() == aid
    assert one.host(b"\x6e").hex() == f"{aid}40c51140c3c1c2"


def test_clear_empties_the_screen(line: Any) -> None:
    one = line()
    one.host(FORM)
    assert one.press("Clear").hex() == "6d"
    assert one.terminal.screen().fields == ()
    assert one.terminal.screen().cursor == 0


def test_an_unformatted_screen_sends_its_text_without_addresses(line: Any) -> None:
    one = line()
    one.host(EW + "CMD".encode("cp037") + b"\x13")
    one.terminal.type("X")
    assert one.press("Enter").hex() == "7d40c4" + "CMDX".encode("cp037").hex()


def test_a_field_round_the_end_is_sent_in_one_piece(line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex("115d7e 1dc1 c1 c2 1d60"))
    assert one.press("Enter").hex() == "7d4040115d7fc1c2"


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        ("f30005090000", "1dc8 c1c2 1d60"),
        ("f30005090001", "2902c0c842f2 c1c2 2901c060"),
        ("f300070900024243", "2902c0c842f2 2842f4c1 284200c2 2901c060"),
        ("f3000609000241", "2902c0c842f2 c1c2 2901c060"),
    ],
)
def test_reply_modes(mode: str, answer: str, line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex("2902c0c842f2 2842f4c1 280000c2 2901c060"))
    one.host(bytes.fromhex(mode))
    assert one.host(b"\xf2").hex().startswith("604040" + answer.replace(" ", ""))


def test_a_graphic_escape_is_no_change_of_character_set(line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex("1dc1 08a2 2843f1 c1 280000 c2 1d60"))
    one.host(bytes.fromhex("f3000609000243"))
    assert one.host(b"\xf6").hex() == "604040" + "1140c1" + "08a2" + "2843f1c1" + "284300c2"


def test_a_field_of_length_zero_is_sent_without_text(line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex("1dc1 1dc1 c1c2 1d60"))
    assert one.press("Enter").hex() == "7d4040" + "1140c1" + "1140c2c1c2"


def test_a_write_that_resets_the_partition_ends_character_mode(line: Any) -> None:
    one = line()
    one.host(bytes.fromhex("f3000609000242"))
    one.host(EW + b"\x1d\x60")
    assert one.host(b"\xf2")[3:5] == b"\x1d\x60"


def test_graphics_go_back_as_they_came(line: Any) -> None:
    one = line()
    one.host(EW + b"\x1d\xc1\x08\xa2\x3c\x40\xc5\x08\xa3")
    assert one.host(b"\xf6").hex() == "604040" + "1140c1" + "08a2" + "08a3" * 3


def replies(answer: bytes) -> dict[int, bytes]:
    assert answer[0] == 0x88
    found, at = {}, 1
    while at < len(answer):
        length = int.from_bytes(answer[at : at + 2])
        assert answer[at + 2] == 0x81
        found[answer[at + 3]] = answer[at + 4 : at + length]
        at += length
    return found


@pytest.mark.parametrize(
    "request_", ["f3000501ff02", "f3000601ff0380", "f3000601ff0340", "f3000001ff02"]
)
def test_a_query_is_answered_with_all_replies(request_: str, line: Any) -> None:
    found = replies(line(model=4).host(bytes.fromhex(request_)))
    single = [code for code in REPLIES if code != 0x91]  # DBCS-Asia is for double-byte pages
    assert list(found) == single
    assert found[0x80] == bytes(single)
    assert found[0x81][2:6] == bytes.fromhex("0050002b")
    assert found[0xA6][-4:] == bytes.fromhex("0050002b")


def test_a_query_list_is_answered_with_what_is_known(line: Any) -> None:
    one = line()
    assert list(replies(one.host(bytes.fromhex("f3000801ff03008687")))) == [0x86, 0x87]
    assert list(replies(one.host(bytes.fromhex("f3000701ff03 00 99".replace(" ", ""))))) == [0xFF]


def test_read_partition_reads_the_buffer(line: Any) -> None:
    one = line()
    one.host(EW + b"\x1d\xc1\xc1\x1d\x60")
    assert one.host(bytes.fromhex("f300050100f6")).hex() == "6140401140c1c1"
    assert one.host(bytes.fromhex("f3000501006e")).hex() == "6140401140c1c1"
    assert len(one.host(bytes.fromhex("f300050100f2"))) == 3 + 1920 + 2


def test_a_3270_data_stream_in_a_structured_field_is_drawn(line: Any) -> None:
    one = line()
    one.host(bytes.fromhex("f3 0008 40 00 f5c3 c8c9".replace(" ", "")))
    assert one.terminal.screen().characters[:3] == "HI "
    assert not one.terminal.screen().locked
    one.host(bytes.fromhex("f3000540006f"))
    assert one.terminal.screen().characters[:3] == "   "


@pytest.mark.parametrize(
    "field",
    ["000399", "0002", "00ff01ff02", "00", "00050100ff", "0005010002", "00050901 00",
     "0005090003", "00054001f5", "000540009a", "00040301"],
)  # fmt: skip
def test_a_bad_structured_field_is_a_fault_and_changes_no_lock(field: str, line: Any) -> None:
    one = line()
    one.host(FORM)
    one.press("Enter")
    data = field.replace(" ", "")
    one.host(b"\xf3" + bytes.fromhex(data + "0" * (len(data) % 2)))
    assert one.terminal.fault_count == 1
    assert one.terminal.screen().locked


def test_test_request_goes_to_hosts_without_sysreq(line: Any) -> None:
    one = line()
    one.host(FORM)
    assert one.press("SysReq").hex() == "016c6102"


def test_nothing_of_a_hidden_field_is_on_the_screen_but_all_of_it_is_sent(line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex("1d4c13") + bytes(8) + b"\x1d\x60")
    one.terminal.type("SECRET")
    screen = one.terminal.screen()
    assert "SECRET" not in screen.characters
    assert screen.fields[0].hidden
    assert "SECRET" not in repr(one.terminal) + repr(screen) + str(screen)
    assert one.press("Enter").endswith("SECRET".encode("cp037"))
