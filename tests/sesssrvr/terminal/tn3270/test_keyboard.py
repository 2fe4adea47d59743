"""The operator's side, and every refusal: reported, never dropped."""

from typing import Any

import pytest

from sesssrvr.terminal import KEYS, OperatorError, Terminal3270
from verdigris.errors import CODES


EW = b"\xf5\xc3"
# NAME [      ] autoskip label, then a numeric field of 3, then protected.
FORM = EW + bytes.fromhex("1d60 d5 1d4013 000000 1df0 c2 1d50 000000 1d60")


@pytest.fixture
def form(line: Any) -> Any:
    one = line()
    one.host(FORM)
    return one


def shown(one: Any) -> str:
    return str(one.terminal.screen().characters[:15])


def test_typing_fills_the_field_and_skips_to_the_next(form: Any) -> None:
    form.terminal.type("ABC12")
    assert shown(form) == " N ABC B 12    "
    assert [f.modified for f in form.terminal.screen().input_fields()] == [True, True]


@pytest.mark.parametrize(
    ("place", "text"), [((1, 1), "X"), ((1, 2), "X"), ((1, 3), "X"), ((1, 13), "X"), ((2, 5), "X")]
)
def test_protected_places_refuse(place: tuple[int, int], text: str, form: Any) -> None:
    form.terminal.move_cursor(*place)
    with pytest.raises(OperatorError, match=r"row \d+ column \d+ is protected"):
        form.terminal.type(text)
    assert shown(form) == " N     B       "


def test_what_was_typed_before_a_refusal_stands(form: Any) -> None:
    with pytest.raises(OperatorError):
        form.terminal.type("ABC123456")
    assert shown(form) == " N ABC B 123   "


def test_characters_outside_the_code_page_are_refused(form: Any) -> None:
    with pytest.raises(OperatorError, match=r"U\+4E2D"):
        form.terminal.type("中")
    with pytest.raises(OperatorError, match=r"U\+000A"):
        form.terminal.type("\n")


def test_numeric_lock_takes_numbers_only(line: Any) -> None:
    one = line(numeric_lock=True)
    one.host(FORM)
    one.terminal.key("Tab")
    one.terminal.type("1.-")
    one.terminal.move_cursor(1, 10)
    with pytest.raises(OperatorError, match="digits"):
        one.terminal.type("A")


def test_blank_fill_turns_leading_nulls_to_blanks(line: Any) -> None:
    one = line(blank_fill=True)
    one.host(FORM)
    one.terminal.move_cursor(1, 6)
    one.terminal.type("Z")
    assert one.press("Enter").hex().endswith("1140c34040e9")


def test_insert_mode_shifts_up_to_a_null(form: Any) -> None:
    form.terminal.type("AB")
    form.terminal.move_cursor(1, 4)
    form.terminal.key("Insert")
    form.terminal.type("x")
    assert shown(form)[:7] == " N xAB "
    with pytest.raises(OperatorError, match="full"):
        form.terminal.type("y")
    assert shown(form)[:7] == " N xAB "
    form.terminal.key("Insert")
    form.terminal.type("y")
    assert shown(form)[:7] == " N xyB "


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        (["Tab"], 9),
        (["Tab", "Tab"], 3),
        (["Tab", "BackTab"], 3),
        (["Right", "BackTab"], 3),
        (["BackTab"], 9),
        (["Home"], 3),
        (["Tab", "Home"], 3),
        (["Newline"], 3),
        (["Up"], 3 + 23 * 80),
        (["Down"], 83),
        (["Left", "Left", "Left", "Left"], 1919),
        (["Down", "Up", "Right"], 4),
    ],
)
def test_movements(keys: list[str], cursor: int, form: Any) -> None:
    for key in keys:
        form.terminal.key(key)
    assert form.terminal.screen().cursor == cursor


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["EraseEOF"], " N     B "),
        (["Right", "EraseEOF"], " N A   B "),
        (["EraseInput"], " N     B "),
        (["Delete"], " N BC  B "),
        (["Right", "Delete"], " N AC  B "),
        (["Backspace"], " N ABC B "),
        (["Right", "Right", "Backspace"], " N AC  B "),
        (["Dup"], " N *BC B "),
        (["FieldMark"], " N ;BC B "),
    ],
)
def test_editing(keys: list[str], text: str, form: Any) -> None:
    form.terminal.type("ABC")
    form.terminal.key("Home")
    for key in keys:
        form.terminal.key(key)
    assert shown(form)[: len(text)] == text


@pytest.mark.parametrize("key", ["EraseEOF", "Delete", "Backspace", "Dup", "FieldMark"])
def test_editing_a_protected_place_is_refused(key: str, form: Any) -> None:
    form.terminal.move_cursor(1, 2)
    with pytest.raises(OperatorError):
        form.terminal.key(key)


def test_erase_input_clears_the_mark_of_change(form: Any) -> None:
    form.terminal.type("ABC")
    form.terminal.key("EraseInput")
    assert not any(f.modified for f in form.terminal.screen().fields)
    assert form.terminal.screen().cursor == 3


def test_dup_goes_to_the_next_field(form: Any) -> None:
    form.terminal.key("Dup")
    assert form.terminal.screen().cursor == 9


@pytest.mark.parametrize("key", [key for key in KEYS if key not in ("Reset", "Attn", "SysReq")])
def test_a_locked_keyboard_takes_no_key(key: str, form: Any) -> None:
    form.press("Enter")
    with pytest.raises(OperatorError, match="locked"):
        form.terminal.key(key)
    with pytest.raises(OperatorError, match="locked"):
        form.terminal.type("A")
    with pytest.raises(OperatorError, match="locked"):
        form.terminal.move_cursor(1, 1)
    assert form.take() == b""


def test_reset_frees_the_keyboard_and_says_nothing_of_the_host(form: Any) -> None:
    form.press("Enter")
    before = form.terminal.screen()
    form.terminal.key("Reset")
    assert not form.terminal.screen().locked
    assert form.terminal.screen().unlocks == before.unlocks
    form.terminal.type("A")


def test_reset_does_not_free_a_keyboard_that_waits_for_its_first_screen() -> None:
    terminal = Terminal3270(lambda _: None)
    terminal.key("Reset")
    assert terminal.screen().locked


def test_field_exit_nulls_the_rest_and_goes_to_the_next_field(form: Any) -> None:
    form.terminal.type("ABCD")
    form.terminal.move_cursor(1, 5)
    form.terminal.key("FieldExit")
    screen = form.terminal.screen()
    assert screen.cursor == 9
    assert screen.characters[3:6].rstrip() == "A"


def test_an_unknown_key_is_named(form: Any) -> None:
    with pytest.raises(OperatorError, match="no key named F13"):
        form.terminal.key("F13")


@pytest.mark.parametrize("place", [(0, 1), (1, 0), (25, 1), (1, 81)])
def test_the_cursor_stays_on_the_screen(place: tuple[int, int], form: Any) -> None:
    with pytest.raises(OperatorError, match="outside 24 x 80"):
        form.terminal.move_cursor(*place)


@pytest.mark.parametrize(
    ("designator", "answer", "after"),
    [
        ("6f", "", "6e"),
        ("6e", "", "6f"),
        ("50", "7d40c2 1140c2 50c1", "50"),
        ("00", "7e40c2 1140c2", "00"),
        ("40", "7e40c2 1140c2", "40"),
    ],
)
def test_cursor_select(designator: str, answer: str, after: str, line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex(f"40 1d64 13 {designator} c1 1d60"))
    assert one.press("CursorSelect").hex() == answer.replace(" ", "")
    assert one.terminal._display.buffer.characters[2] == int(after, 16)


def test_cursor_select_outside_a_detectable_field_is_refused(form: Any) -> None:
    with pytest.raises(OperatorError, match="cannot be selected"):
        form.terminal.key("CursorSelect")


def test_typing_resets_the_attributes_of_the_cell(line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex("1d4013 2842f2 c1c2 1d60"))
    one.host(bytes.fromhex("f3000609000242"))
    one.terminal.type("X")
    assert one.press("Enter").hex() == "7d40c21140c1e72842f2c2"


def test_the_screen_is_the_same_object_until_something_changes(form: Any) -> None:
    first = form.terminal.screen()
    assert form.terminal.screen() is first
    form.terminal.type("A")
    assert form.terminal.screen() is not first
    assert first.characters[3] == " "


def test_operator_errors_are_coded() -> None:
    assert CODES[9304] is OperatorError
