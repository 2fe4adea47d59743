"""SSCP-LU sessions (RFC 2355, section 10.5): a dialogue that scrolls."""

import pytest

from tests.support.field_3270 import FieldHost, ebcdic


SSCP_LU = 7
RESPONSES = b"\x02\x04"
LONG = {
    "24 lines": b"\x15".join(ebcdic(f"LINE {number}") for number in range(24)) + b"\x15",
    "1,920 characters": ebcdic("X" * 1920),
    "1,919 characters": ebcdic("X" * 1919),
    "five screens": ebcdic("Y" * 9600) + b"\x15",
    "new lines only": b"\x15" * 5000,
}


@pytest.mark.parametrize("shown", LONG.values(), ids=LONG)
@pytest.mark.parametrize("typed", ["LOGON", "LOGON APPLID(" + "A" * 100 + ")"])
def test_enter_sends_what_was_typed_whatever_the_host_has_shown(shown: bytes, typed: str) -> None:
    """pmattes/x3270 84d85758, galasa-dev/galasa#301: not the text of the host."""
    host = FieldHost(RESPONSES)
    host.say(shown, kind=SSCP_LU)
    host.terminal.type(typed)
    host.terminal.key("Enter")
    assert host.sent()[-1] == ebcdic(typed)


def test_the_newest_text_is_at_the_bottom() -> None:
    host = FieldHost(RESPONSES)
    host.say(LONG["24 lines"], kind=SSCP_LU)
    lines = [line.rstrip() for line in host.screen.lines()]
    assert (lines[0], lines[22], lines[23]) == ("LINE 1", "LINE 23", "")
    assert host.screen.place(host.screen.cursor) == (24, 1)
    host.terminal.type("LOGON")
    host.terminal.key("Enter")
    host.say(ebcdic("REJECTED"), kind=SSCP_LU)
    lines = [line.rstrip() for line in host.screen.lines()]
    assert lines[21:] == ["LINE 23", "LOGON", "REJECTED"]


def test_a_long_dialogue_sends_each_line_alone() -> None:
    host = FieldHost(RESPONSES)
    host.say(ebcdic("READY"), kind=SSCP_LU)
    for number in range(60):
        host.terminal.type(f" LOGON {number}")
        host.terminal.key("Enter")
        assert host.sent()[-1] == ebcdic(f" LOGON {number}")
        host.say(b"\x15" * (number % 3) + ebcdic("READY"), kind=SSCP_LU)


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        (ebcdic("OK"), ["=> LOGON", "OK", ""]),
        (b"\x15" + ebcdic("OK"), ["=> LOGON", "OK", ""]),
        (b"\x15\x15" + ebcdic("OK"), ["=> LOGON", "", "OK"]),
    ],
)
def test_the_answer_begins_a_line_of_its_own(reply: bytes, lines: list[str]) -> None:
    host = FieldHost(RESPONSES)
    host.say(ebcdic("=> "), kind=SSCP_LU)
    host.terminal.type("LOGON")
    host.terminal.key("Enter")
    host.say(reply, kind=SSCP_LU)
    assert [line.rstrip() for line in host.screen.lines()[:3]] == lines


def test_a_graphic_escape_shows_its_character() -> None:
    host = FieldHost(RESPONSES)
    host.say(b"\x08\xc5\x08\xa2\x08\xd5", kind=SSCP_LU)
    assert host.screen.lines()[0].rstrip() == "┌─┐"
