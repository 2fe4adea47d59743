"""Insert mode with blank fill (pmattes/x3270#68; kybd.c: nulls first, then fillers)."""

import pytest

from sesssrvr.terminal import OperatorError
from tests.support.field_3270 import FieldHost, ebcdic


def form(content: bytes, **options: object) -> FieldHost:
    """An unprotected field with this content, the cursor on its first character, insert mode on."""
    host = FieldHost(**options)  # type: ignore[arg-type]  # options of the terminal
    host.say(b"\xf5\xc3\x11\x40\x40\x1d\x40" + content + b"\x1d\xf0\x11\x40\x41\x13")
    host.terminal.key("Insert")
    return host


@pytest.mark.parametrize(
    ("content", "typed", "shown"),
    [
        (ebcdic("FILE__") + bytes(4), "MY", "MYFILE__"),
        (ebcdic("FILE__") + bytes(1), "MY", "MYFILE_"),
        (ebcdic("FILE__"), "MY", "MYFILE"),
        (ebcdic("AB  ") + bytes(2) + ebcdic("Z"), "X", "XAB  "),
        (ebcdic("A_B_"), "X", "XA_B"),
    ],
)
def test_nulls_are_used_up_before_blanks_and_underscores(
    content: bytes, typed: str, shown: str
) -> None:
    host = form(content, blank_fill=True)
    host.terminal.type(typed)
    assert host.screen.text(1, 2, len(content))[: len(shown)] == shown


def test_a_field_without_room_is_full() -> None:
    host = form(ebcdic("ABC"), blank_fill=True)
    with pytest.raises(OperatorError, match="full"):
        host.terminal.type("X")
    assert host.screen.text(1, 2, 3) == "ABC"


def test_a_wide_character_takes_the_same_room_or_changes_nothing() -> None:
    """Four cells with SO and SI: three fillers are not enough, and nothing has moved."""
    roomy = form(ebcdic("AB") + b"\x6d" * 4, blank_fill=True, codepage="930")
    roomy.terminal.type("国")
    assert roomy.screen.text(1, 2, 6).strip() == "国 AB"
    full = form(ebcdic("AB") + b"\x6d" * 3, blank_fill=True, codepage="930")
    with pytest.raises(OperatorError, match="full"):
        full.terminal.type("国")
    assert full.screen.text(1, 2, 5) == "AB___"
