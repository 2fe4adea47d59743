"""The 5250 keyboard as IBM's own client (ACS) is publicly measured: asaomaro/ts5250, `.aidev/works`.

Each test names the measurement; `docs/behaviour/5250.md` has the table, with what is kept different.
"""

import pytest

from sesssrvr.terminal.tn5250.keys import AIDS
from tests.support.records_5250 import CLEAR, READ, Line, field, sba, write
from verdigris.errors import OperatorError


def form(*orders: bytes, header: bytes = b"", read: bytes = READ, **options: object) -> Line:
    """A terminal that shows these fields, and waits for the operator."""
    line = Line(**options)
    line.host(CLEAR, write(header, *orders), read)
    return line


def pressed(line: Line, key: str) -> str:
    """What the host gets, or the number of the refusal."""
    try:
        return line.press(key)[:3].hex()
    except OperatorError as refusal:
        return str(refusal).removeprefix("The terminal refused the input: ")[:4]


# ---- 20260921-mandatory-check-acs, its nine cases ------------------------------------------------

CA_F3 = b"\x01\x07\x00\x00\x00\x18\x00\x00\x04"  # F3 brings no data
ME, PLAIN, MF = field(5, 5, 5, 0x4008), field(6, 5, 5), field(7, 5, 5, 0x4007)


@pytest.mark.parametrize("key", ["Enter", "F12", "PageDown", "F3"])
def test_case_1_a_screen_nobody_touched_may_be_left(key: str) -> None:
    assert pressed(form(ME, PLAIN), key) == f"0505{AIDS[key]:02x}"


@pytest.mark.parametrize("key", ["Enter", "F12", "PageDown"])
def test_cases_2_and_4_mandatory_entry_is_wanted_once_something_has_been_typed(key: str) -> None:
    line = form(ME, PLAIN)
    line.type("A", 6, 5)
    assert pressed(line, key) == "0007"
    assert line.cursor == (5, 5)


def test_case_3_a_key_that_brings_no_data_does_not_want_it() -> None:
    line = form(ME, PLAIN, header=CA_F3)
    line.type("A", 6, 5)
    assert pressed(line, "F3") == "060633"


@pytest.mark.parametrize("key", ["Enter", "F3", "Tab", "BackTab", "Home"])
def test_cases_5_6_and_9_mandatory_fill_is_judged_where_the_cursor_is(key: str) -> None:
    line = form(PLAIN, MF, header=CA_F3)
    line.type("AB", 7, 5)
    assert pressed(line, key) == "0014"
    assert line.cursor == (7, 5)


def test_case_7_a_partly_filled_field_without_the_cursor_goes() -> None:
    """A program may put the cursor elsewhere; keys do not leave such a field."""
    line = form(PLAIN, MF)
    line.type("AB", 7, 5)
    line.terminal.move_cursor(6, 5)
    assert line.press("Enter").hex() == "0605f1" + "110705c1c2"
    line = form(PLAIN, MF)
    line.type("AB", 7, 5)
    for key in ("Up", "Down", "Left"):
        line.terminal.move_cursor(7, 5)
        assert pressed(line, key) == "0014"


def test_what_the_host_wrote_is_not_judged_until_it_is_changed() -> None:
    line = form(MF, b"\xc1\xc2", PLAIN)
    line.type("Z", 6, 5)
    line.terminal.move_cursor(7, 5)
    assert pressed(line, "Enter") == "0705f1"


def test_case_8_what_was_typed_and_erased_counts_as_entered() -> None:
    line = form(ME, PLAIN)
    line.type("A")
    line.press("Backspace")
    assert pressed(line, "Enter") == "0505f1"


@pytest.mark.parametrize("key", ["Help", "Clear", "RecordBackspace", "Print", "PA1", "Attn"])
def test_keys_without_data_are_not_held_up(key: str) -> None:
    line = form(ME, MF)
    line.type("AB", 7, 5)
    line.press(key)


def test_a_sign_is_not_a_part_that_is_missing() -> None:
    """20260928-mandatory-sign-digit."""
    line = form(PLAIN, field(7, 5, 6, 0x4707))
    line.type("123", 7, 5)
    assert pressed(line, "Tab") == "0014"
    line.type("12345", 7, 5)
    line.press("Tab")
    assert line.cursor == (6, 5)


# ---- 20260921-field-exit-checks, 20260921-aid-without-field-exit --------------------------------


def test_field_exit_wants_a_mandatory_entry_field_typed_into() -> None:
    line = form(ME, PLAIN)
    assert pressed(line, "FieldExit") == "0021"
    line.terminal.move_cursor(5, 6)
    assert pressed(line, "FieldExit") == "0021"
    line.type("A", 5, 5)
    line.terminal.move_cursor(5, 5)
    assert pressed(line, "FieldPlus") == "0021"
    line.type("A")
    line.press("FieldExit")
    assert line.cursor == (6, 5)


@pytest.mark.parametrize("key", ["FieldExit", "FieldPlus"])
def test_field_exit_is_refused_where_nothing_can_be_typed(key: str) -> None:
    assert pressed(form(field(5, 5, 5, 0x4600)), key) == "0004"


def test_field_exit_judges_no_check_digit_and_tab_does() -> None:
    line = form(field(5, 5, 6, 0x4300, 0xB1A0), PLAIN)
    line.type("12305", 5, 5)
    assert pressed(line, "Tab") == "0015"
    line.terminal.move_cursor(5, 10)
    line.press("FieldExit")
    assert line.cursor == (6, 5)


ADJUSTED = {"zeros": 0x4005, "blanks": 0x4006, "signed": 0x4700}


@pytest.mark.parametrize("word", ADJUSTED.values(), ids=ADJUSTED)
@pytest.mark.parametrize("key", ["Enter", "F3", "PageDown"])
def test_a_strict_terminal_sends_no_adjusted_field_that_was_not_left(word: int, key: str) -> None:
    line = form(field(5, 5, 6, word), PLAIN, header=CA_F3, strict=True)
    line.type("12")
    assert pressed(line, key) == "0020"
    line.press("Clear")


@pytest.mark.parametrize("word", ADJUSTED.values(), ids=ADJUSTED)
def test_a_full_adjusted_field_waits_at_its_last_place_and_goes(word: int) -> None:
    """20260921-field-exit-required-types; 0018 for more, the cursor stays, Enter is taken."""
    line = form(field(5, 5, 3, word), PLAIN, strict=True)
    line.type("123" if word != 0x4700 else "12")
    assert line.cursor == (5, 7)
    with pytest.raises(OperatorError, match="0018"):
        line.type("4")
    line.press("Left")
    assert line.cursor == (5, 7)
    line = form(field(5, 5, 3, word), PLAIN, strict=True)
    line.type("123" if word != 0x4700 else "12")
    assert pressed(line, "Enter") == "0507f1"
    line = form(field(5, 5, 3, word), PLAIN, strict=True)
    line.type("123" if word != 0x4700 else "12")
    line.press("Tab")
    assert line.cursor == (6, 5)


@pytest.mark.parametrize(
    ("typed", "cells"), [("12", "f1 f2 40 40 40 d0"), ("123456", "f1 f2 f3 f4 f5 d6")]
)
def test_field_minus_marks_the_last_place_of_a_numeric_only_field(typed: str, cells: str) -> None:
    """20260921-field-minus-zone-d."""
    line = form(field(5, 5, 6, 0x4340), PLAIN)
    line.type(typed)
    line.press("FieldMinus")
    assert line.press("Enter")[6:].hex(" ") == cells


# ---- insert, erase, capitals ---------------------------------------------------------------------


def test_nothing_is_inserted_at_the_last_place() -> None:
    """20260921-insert-no-room: not even over a blank."""
    line = form(field(5, 5, 4), b"\xc1\xc2\x40\x40")
    line.press("Insert")
    with pytest.raises(OperatorError, match="0012"):
        line.type("X", 5, 8)
    line.type("X", 5, 7)
    assert line.screen.text(5, 5, 4) == "ABX "


def test_capitals_that_the_page_lacks_stay_small() -> None:
    """20260921-monocase-non-ascii."""
    line = form(field(5, 5, 8, 0x4020))
    line.type("aéñøüµßÿ")
    assert line.screen.text(5, 5, 8) == "AÉÑØÜµßÿ"


CHAIN = (
    field(5, 5, 4, 0x5000, 0x8601),
    field(5, 10, 2, 0x5000, 0x8603),
    field(5, 13, 2, 0x5000, 0x8602),
)


@pytest.mark.parametrize(("key", "column"), [("EraseEOF", 6), ("FieldExit", 6)])
def test_keys_in_a_continued_field_reach_its_last_part(key: str, column: int) -> None:
    """20260921-continued-field-exit."""
    line = form(
        *CHAIN,
        sba(5, 5),
        b"\xf1\xf2\xf3\xf4",
        sba(5, 10),
        b"\xf5\xf6",
        sba(5, 13),
        b"\xf7\xf8",
        PLAIN,
    )
    line.terminal.move_cursor(5, column)
    line.press(key)
    assert line.screen.text(5, 5, 10).split() == ["1"]
    assert line.cursor == ((5, 6) if key == "EraseEOF" else (6, 5))


def test_dup_in_a_continued_field_fills_all_its_parts() -> None:
    """20260921-continued-field-exit."""
    line = form(*CHAIN, PLAIN)
    line.type("1")
    line.press("Dup")
    assert line.cursor == (6, 5)
    assert line.press("Enter")[6:].hex() == "f1" + "1c" * 7


BACK = {(7, 22): (7, 20), (7, 20): (5, 20), (3, 20): (19, 20), (6, 40): (5, 20), (7, 26): (7, 20)}


@pytest.mark.parametrize(("begin", "end"), BACK.items())
def test_back_tab(begin: tuple[int, int], end: tuple[int, int]) -> None:
    """20260921-backtab-acs."""
    line = form(*(field(row, 20, 6) for row in (3, 5, 7, 19)))
    line.terminal.move_cursor(*begin)
    line.press("BackTab")
    assert line.cursor == end
