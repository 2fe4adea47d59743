"""Double-byte pages: tables, columns, typing; s3270 judges the pages it knows."""

from collections.abc import Callable
from typing import Any

import pytest

from sesssrvr.terminal import OperatorError, dbcs
from sesssrvr.terminal.codepage import codepage
from sesssrvr.terminal.screen import TAIL


JUDGED = ("930", "935", "937", "939", "1388")
# ICU's Japanese tables have the forms that Windows shows (U+9E78 for U+9E7C), s3270's the older ones.
OLD_FORMS = {"930": 32, "939": 32, "937": 1, "1388": 1}


@pytest.mark.parametrize("number", dbcs.PAGES)
def test_every_pair_is_typed_as_it_is_read(number: str) -> None:
    page = codepage(number)
    for high in range(0x41, 0xFF):
        for low in range(0x41, 0xFF):
            shown = page.wide(bytes((high, low)))
            assert len(shown) == 2
            if shown.strip(" "):
                assert shown[1] == TAIL
                typed = page.pair(shown[0])
                assert typed is not None
                assert page.wide(typed) == shown


@pytest.mark.parametrize(
    ("number", "text", "data"),
    [
        ("930", "日本", "4562 4566"),
        ("939", "日本", "4562 4566"),
        ("1399", "日本", "4562 4566"),
        ("935", "中国", "5BB5 4CC9"),
        ("1388", "中国", "5BB5 4CC9"),
        ("937", "中國", "4CE2 5B81"),
        ("933", "한국", "D061 8AB4"),
    ],
)
def test_well_known_words(number: str, text: str, data: str) -> None:
    page = codepage(number)
    pairs = b"".join(page.pair(one) or b"" for one in text)
    assert page.wide(pairs).replace(TAIL, "") == text
    if number in ("930", "939", "1399"):
        assert pairs == bytes.fromhex(data)


def test_a_wide_character_takes_two_columns_and_its_shifts_one_each(
    line: Callable[..., Any],
) -> None:
    tube = line(codepage="930")
    tube.host(bytes.fromhex("f5c3 1d60 c1 0e 4562 4566 0f c2 1d40 c3"))
    screen = tube.terminal.screen()
    assert screen.characters[:12] == f" A 日{TAIL}本{TAIL} B C "
    assert screen.text(1, 2, 8) == "A 日本 B"
    assert screen.fields[0].length == 8
    assert screen.field_text(screen.fields[0]) == "A 日本 B"


def test_pairs_without_an_end_go_to_the_end_of_the_field(line: Callable[..., Any]) -> None:
    tube = line(codepage="939")
    tube.host(bytes.fromhex("f5c3 1d60 0e 4562 4566 1d60 c1c2 0e 45"))
    assert str(tube.terminal.screen()).replace(TAIL, "").strip().startswith("日本 AB")


def test_a_field_of_the_set_of_pairs_needs_no_shifts(line: Callable[..., Any]) -> None:
    tube = line(codepage="930")
    tube.host(bytes.fromhex("f5c3 2902c04043f8 4562 1d60 c1"))
    assert tube.terminal.screen().characters[1:5] == f"日{TAIL} A"
    tube.terminal.move_cursor(1, 2)
    tube.terminal.type("本")
    assert tube.press("Enter").endswith(bytes.fromhex("4566"))


def test_single_byte_pages_do_not_know_shifts(line: Callable[..., Any]) -> None:
    tube = line()
    tube.host(bytes.fromhex("f5c3 c1 0e 4562 0f c2"))
    assert tube.terminal.screen().characters[:4] == "Aá" + "Â" + "B"


FORM = bytes.fromhex("f5c3 1d60 1d40 13") + bytes(10) + bytes.fromhex("1d60")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("日", "0e45620f"),
        ("日本", "0e456245660f"),
        ("A日B", "c10e45620fc2"),
        ("A日本B日", "c10e456245660fc20e45620f"),
    ],
)
def test_typing_makes_the_shifts(line: Callable[..., Any], text: str, sent: str) -> None:
    tube = line(codepage="939")
    tube.host(FORM.replace(bytes(10), bytes(20)))
    tube.terminal.type(text)
    assert tube.press("Enter")[6:].hex() == sent


def test_pairs_are_never_torn(line: Callable[..., Any]) -> None:
    tube = line(codepage="939")
    tube.host(FORM)
    tube.terminal.type("日本")
    for column in (4, 5, 6, 7):
        tube.terminal.move_cursor(1, column)
        with pytest.raises(OperatorError, match="wide"):
            tube.terminal.type("A")
    tube.terminal.move_cursor(1, 5)
    with pytest.raises(OperatorError, match="inside another"):
        tube.terminal.type("本")
    tube.terminal.move_cursor(1, 4)
    tube.terminal.type("本")
    assert tube.press("Enter")[6:].hex() == "0e456645660f"


def test_a_full_field_takes_no_more(line: Callable[..., Any]) -> None:
    tube = line(codepage="939")
    tube.host(FORM)
    tube.terminal.type("日本日本")
    with pytest.raises(OperatorError, match="full"):
        tube.terminal.type("日")
    assert tube.press("Enter")[6:].hex() == "0e" + "45624566" * 2 + "0f"


def test_insert_moves_whole_pairs(line: Callable[..., Any]) -> None:
    tube = line(codepage="939")
    tube.host(FORM)
    tube.terminal.type("本")
    tube.terminal.move_cursor(1, 4)
    tube.terminal.key("Insert")
    tube.terminal.type("日")
    assert tube.press("Enter")[6:].hex() == "0e456245660f"


@pytest.mark.sockets
@pytest.mark.parametrize("number", JUDGED)
def test_s3270_shows_the_same_pairs_in_the_same_columns(
    peer: Callable[..., Any], line: Callable[..., Any], number: str
) -> None:
    other, tube = peer("-codepage", f"cp{number}", "-utf8"), line(codepage=number)
    table = dbcs.table(number)[dbcs.SINGLES :]
    known = [code for code, one in enumerate(table) if one != dbcs.NONE and one < "\ue000"]
    differ = 0
    for first in range(0, len(known), 900):
        pairs = b"".join(code.to_bytes(2) for code in known[first : first + 900])
        record = bytes.fromhex("f5c31140401d600e") + pairs + bytes.fromhex("0fc1")
        other.ask_after(record)
        tube.host(record)
        theirs = "".join(other.action("Ascii()")[1]).replace(" ", "")
        ours = tube.terminal.screen().characters.replace(TAIL, "").replace(" ", "")
        differ += sum(a != b for a, b in zip(theirs, ours, strict=True))
    assert differ == OLD_FORMS.get(number, 0)


@pytest.mark.sockets
@pytest.mark.parametrize("number", JUDGED)
def test_s3270_tells_a_host_the_same_of_its_pairs(
    peer: Callable[..., Any], line: Callable[..., Any], number: str
) -> None:
    other, tube = peer("-codepage", f"cp{number}", "-model", "3279-2-E"), line(codepage=number)
    ask = bytes.fromhex("f300080 1ff0300 8591".replace(" ", ""))
    assert tube.host(ask) == other.ask(ask)


@pytest.mark.sockets
@pytest.mark.parametrize("text", ["日", "日本", "A日B", "A日本B日", "カタ日"])
def test_s3270_sends_the_same_for_the_same_keys(
    peer: Callable[..., Any], line: Callable[..., Any], text: str
) -> None:
    other, tube = peer("-codepage", "cp939", "-utf8"), line(codepage="939")
    # s3270 makes the shifts only where input control (X'FE') asks for it; we always do.
    form = FORM.replace(bytes(10), bytes(20)).replace(b"\x1d\x40", bytes.fromhex("2902c040fe01"))
    other.ask_after(form)
    tube.host(form)
    assert other.action(f'String("{text}")')[0]
    tube.terminal.type(text)
    other.start("Enter()")
    assert tube.press("Enter") == other.receive()
