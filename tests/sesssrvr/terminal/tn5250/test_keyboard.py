"""The operator's side: what fields take, how they are left, what keys do."""

import pytest

from sesssrvr.terminal.tn5250 import KEYS, Terminal5250
from sesssrvr.terminal.tn5250.keys import key_name
from verdigris.errors import OperatorError


def content(it, row=5, column=10):
    """The cells of the field at a place, as the host would get them, and X for nulls' blanks."""
    field = next(f for f in it.screen.input_fields() if f.start == it.screen.offset(row, column))
    return bytes(it.terminal._display.cells[field.start : field.start + field.length]).hex(" ")


def test_typing_sets_the_tag_and_goes_on_to_the_next_field(form, say):
    it = form(say.field(5, 10, 2), say.field(7, 20, 3))
    it.type("abC")
    one, two = it.screen.input_fields()
    assert (it.screen.field_text(one), it.screen.field_text(two)) == ("ab", "C  ")
    assert one.modified
    assert two.modified
    assert it.cursor == (7, 21)


def test_behind_the_last_field_comes_the_first(form, say):
    it = form(say.field(5, 10, 1), say.field(7, 20, 1))
    it.type("AB")
    assert it.cursor == (5, 10)


def test_monocase_makes_capitals(form, say):
    it = form(say.field(5, 10, 4, 0x4020))
    it.type("aßé9")
    assert it.screen.text(5, 10, 4) == "AßÉ9"


TAKES = {  # shift: (taken, refused with)
    "alpha shift": (0x4000, "aZ9,%é", "", ""),
    "alpha only": (0x4100, "aZ,.- é", "9%", "0008"),
    "numeric shift": (0x4200, "aZ9%", "", ""),
    "numeric only": (0x4300, "09+,.- ", "a%", "0009"),
    "digits only": (0x4500, "0189", " a-", "0010"),
    "reader": (0x4600, "", "a9", "0004"),
    "signed": (0x4700, "0189", " a-", "0010"),
    "bypass": (0x6000, "", "a", "0005"),
}


@pytest.mark.parametrize("name", TAKES)
def test_what_a_field_takes(name, form, say):
    word, taken, not_taken, code = TAKES[name]
    it = form(say.field(5, 10, 20, word))
    if taken:
        it.type(taken)
        assert it.screen.text(5, 10, len(taken)) == taken
    for character in not_taken:
        before = it.screen
        with pytest.raises(OperatorError, match=f"{code} .*row 5 column"):
            it.type(character, 5, 10)
        assert it.screen.characters == before.characters


def test_a_character_the_code_page_lacks_is_named_and_not_typed(form, say):
    it = form(say.field(5, 10, 4))
    with pytest.raises(OperatorError, match="U\\+20AC is not in cp037"):
        it.type("A€")
    assert it.screen.text(5, 10, 2) == "A "
    euro = form(say.field(5, 10, 4), codepage="cp1140")
    euro.type("€")
    assert euro.press("Enter")[3:].hex(" ") == "11 05 0a 9f"


def test_protected_cells_and_attributes_take_nothing(form, say):
    it = form(say.sba(3, 1), say.text("TEXT"), say.field(5, 10, 4))
    for place in ((3, 2), (5, 9), (5, 14), (24, 80)):
        it.terminal.move_cursor(*place)
        with pytest.raises(OperatorError, match="0005"):
            it.type("A")


ADJUST = {
    # word, typed, key, cells
    "zeros": (0x4005, "12", "FieldExit", "f0 f0 f0 f1 f2"),
    "blanks": (0x4006, "AB", "FieldExit", "40 40 40 c1 c2"),
    "nothing typed, zeros": (0x4005, "", "FieldExit", "f0 f0 f0 f0 f0"),
    "signed plus": (0x4700, "12", "FieldPlus", "40 40 f1 f2 00"),
    "signed minus": (0x4700, "12", "FieldMinus", "40 40 f1 f2 60"),
    "signed zeros minus": (0x4705, "12", "FieldMinus", "f0 f0 f1 f2 60"),
    "numeric only minus": (0x4306, "12", "FieldMinus", "40 40 40 f1 d2"),
    "numeric only minus, not adjusted": (0x4300, "12", "FieldMinus", "f1 f2 00 00 d0"),
    "no adjustment": (0x4000, "12", "FieldExit", "f1 f2 00 00 00"),
    "a full field": (0x4005, "12345", "FieldExit", "f1 f2 f3 f4 f5"),
    "a blank inside": (0x4006, "A B", "FieldExit", "40 40 c1 40 c2"),
}


@pytest.mark.parametrize("name", ADJUST)
def test_a_field_exit_key_adjusts(name, form, say):
    word, typed, key, cells = ADJUST[name]
    it = form(say.field(5, 10, 5, word), say.field(7, 10, 1))
    it.type(typed)
    it.press(key)
    assert content(it) == cells
    assert it.cursor == (7, 10)
    assert it.screen.input_fields()[0].modified


def test_field_exit_nulls_what_stood_behind_the_cursor(form, say):
    it = form(say.field(5, 10, 5), say.text("OLDER"))
    it.type("AB")
    it.press("FieldExit")
    assert content(it) == "c1 c2 00 00 00"


@pytest.mark.parametrize("leave", ["Enter", "Tab", "Home", "move"])
def test_leaving_an_adjusted_field_in_any_way_completes_it(leave, form, say):
    it = form(say.field(5, 10, 5, 0x4005), say.text("98765"), say.field(7, 10, 1))
    it.type("12")
    if leave == "move":
        it.terminal.move_cursor(7, 10)
    else:
        it.terminal.key(leave)
    assert content(it) == "f0 f0 f0 f1 f2"


def test_a_cursor_moved_back_before_leaving_erases_nothing(form, say):
    it = form(say.field(5, 10, 5, 0x4005))
    it.type("123")
    it.terminal.move_cursor(5, 10)
    assert it.press("Enter")[3:].hex(" ") == "11 05 0a f0 f0 f1 f2 f3"


def test_a_field_that_was_emptied_stays_empty(form, say):
    it = form(say.field(5, 10, 5, 0x4005), say.text("00012"))
    it.press("EraseEOF")
    assert it.press("Enter")[3:].hex(" ") == "11 05 0a"


@pytest.mark.parametrize("leave", ["Enter", "F6", "Tab", "Home", "Down", "move"])
def test_a_strict_terminal_wants_the_field_exit_key(leave, form, say):
    it = form(say.field(5, 10, 5, 0x4005), say.field(7, 10, 1), strict=True)
    it.type("12")
    with pytest.raises(OperatorError, match="0020"):
        it.terminal.move_cursor(7, 10) if leave == "move" else it.terminal.key(leave)
    it.terminal.move_cursor(5, 11)  # inside the field is no leaving
    it.terminal.move_cursor(5, 12)
    it.press("FieldExit")
    assert it.press("Enter").hex(" ") == "07 0a f1 11 05 0a f0 f0 f0 f1 f2"


def test_a_full_field_that_wants_a_field_exit_takes_no_more(form, say):
    it = form(say.field(5, 10, 2, 0x4040), say.field(7, 10, 1))
    it.type("AB")
    assert it.cursor == (5, 11)
    with pytest.raises(OperatorError, match="0018"):
        it.type("C")
    it.press("FieldExit")
    assert content(it) == "c1 c2"
    assert it.cursor == (7, 10)


def test_the_sign_of_a_signed_field_is_not_typed(form, say):
    it = form(say.field(5, 10, 3, 0x4700))
    it.type("12")
    assert it.cursor == (5, 12)
    with pytest.raises(OperatorError, match="0018"):
        it.type("3")
    with pytest.raises(OperatorError, match="0011"):
        it.type("3", 5, 12)


def test_field_minus_only_where_there_is_a_sign(form, say):
    it = form(say.field(5, 10, 3))
    with pytest.raises(OperatorError, match="0016"):
        it.press("FieldMinus")
    parts = (0x8601, 0x8602)
    it = form(*(say.field(5 + n, 10, 3, 0x4300, part) for n, part in enumerate(parts)))
    with pytest.raises(OperatorError, match="0016"):
        it.press("FieldMinus")


def test_a_field_that_enters_by_itself(form, say):
    it = form(say.field(5, 10, 2, 0x4080))
    it.type("A")
    it.type("B")
    (record,) = say.records(it.take())
    assert record[10:].hex(" ") == "05 0b f1 11 05 0a c1 c2"
    assert it.screen.locked
    it = form(say.field(5, 10, 2, 0x4080))
    with pytest.raises(OperatorError, match="has been entered"):
        it.type("ABC")


def test_a_mandatory_field_has_to_be_typed_into(form, say):
    it = form(say.field(5, 10, 2), say.field(7, 10, 2, 0x4008))
    it.type("A")
    with pytest.raises(OperatorError, match=r"0007 .*row 7 column 10"):
        it.press("Enter")
    assert it.cursor == (7, 10)
    assert it.press("Print").hex(" ") == "07 0a f6"  # brings no data, so may go


def test_a_field_to_be_filled_is_empty_or_full(form, say):
    it = form(say.field(5, 10, 3, 0x4007), say.field(7, 10, 1))
    it.press("Tab")
    it.type("AB", 5, 10)
    for leave in ("Tab", "FieldExit", "Enter"):
        it.terminal.move_cursor(5, 12)
        with pytest.raises(OperatorError, match="0014"):
            it.press(leave)
        assert it.cursor == (5, 10)
    it.type("C", 5, 12)
    assert it.cursor == (7, 10)
    assert it.press("Enter")[3:].hex(" ") == "11 05 0a c1 c2 c3"


CHECKS = {
    (0xB1A0, "79927398713"): True, (0xB1A0, "79927398710"): False, (0xB1A0, ""): True,
    (0xB140, "0306406152"): True, (0xB140, "0306406153"): False,
    (0xB140, "18"): False,
}  # fmt: skip


@pytest.mark.parametrize(("control", "digits"), CHECKS)
def test_check_digits(control, digits, form, say):
    if control == 0xB140 and len(digits) == 10:
        digits = digits[:-1] + str(CHECK_11 if CHECKS[control, digits] else (CHECK_11 + 1) % 10)
        good = digits.endswith(str(CHECK_11))
    else:
        good = CHECKS[control, digits]
    it = form(say.field(5, 10, 12, 0x4300, control))
    if digits:
        it.type(digits)
    if good:
        it.press("Enter")
        assert it.screen.locked
    else:
        with pytest.raises(OperatorError, match="0015"):
            it.press("Enter")


# 030640615 with weights 2 to 7 from the right: 5*2+1*3+6*4+0*5+4*6+6*7+0*2+3*3+0*4 = 112; 112 mod 11 = 2.
CHECK_11 = 9


def test_dup_fills_the_rest_and_goes_on(form, say):
    it = form(say.field(5, 10, 4, 0x5000), say.field(7, 10, 1))
    it.type("A")
    it.press("Dup")
    assert content(it) == "c1 1c 1c 1c"
    assert it.screen.text(5, 10, 4) == "A***"
    assert it.cursor == (7, 10)
    it.terminal.move_cursor(5, 10)
    it.press("FieldMark")
    assert content(it) == "1e 1c 1c 1c"
    for key in ("Dup", "FieldMark"):
        it.terminal.move_cursor(7, 10)
        with pytest.raises(OperatorError, match="0019"):
            it.press(key)


def test_insert_delete_and_backspace(form, say):
    it = form(say.field(5, 10, 4), say.text("ABC"))
    it.press("Insert")
    it.type("X", 5, 11)
    assert it.screen.text(5, 10, 4) == "AXBC"
    with pytest.raises(OperatorError, match="0012"):
        it.type("Y", 5, 11)
    it.press("Reset")
    it.type("Y")
    assert it.screen.text(5, 10, 4) == "AYBC"
    it.terminal.move_cursor(5, 11)
    it.press("Delete")
    assert content(it) == "c1 c2 c3 00"
    it.terminal.move_cursor(5, 12)
    it.press("Backspace")
    assert content(it) == "c1 c3 00 00"
    it.terminal.move_cursor(5, 10)
    it.press("Backspace")
    assert content(it) == "c1 c3 00 00"


def test_backspace_in_a_full_field_takes_the_last_character(form, say):
    it = form(say.field(5, 10, 2, 0x4040))
    it.type("AB")
    it.press("Backspace")
    it.type("C")
    assert content(it) == "c1 c3"


def test_parts_of_a_continued_field_are_one_field_to_the_operator(form, say):
    it = form(
        say.field(5, 10, 2, 0x4000, 0x8601),
        say.field(6, 10, 2, 0x4000, 0x8602),
        say.field(8, 10, 1),
    )
    it.type("ABC")
    assert it.cursor == (6, 11)
    it.terminal.move_cursor(5, 10)
    it.press("Insert")
    it.type("X")
    assert (it.screen.text(5, 10, 2), it.screen.text(6, 10, 2)) == ("XA", "BC")
    it.press("Tab")
    assert it.cursor == (8, 10)
    it.press("BackTab")
    assert it.cursor == (5, 10)


MOVES = {
    "Tab": ((5, 10), (7, 20)), "BackTab": ((7, 22), (7, 20)), "Home": ((9, 9), (5, 10)),
    "Newline": ((5, 30), (7, 20)), "Up": ((1, 5), (24, 5)), "Down": ((24, 5), (1, 5)),
    "Left": ((1, 1), (24, 80)), "Right": ((24, 80), (1, 1)),
}  # fmt: skip


@pytest.mark.parametrize("key", MOVES)
def test_moving(key, form, say):
    begin, end = MOVES[key]
    it = form(say.field(5, 10, 4), say.field(6, 10, 4, 0x6000), say.field(7, 20, 4))
    it.terminal.move_cursor(*begin)
    it.press(key)
    assert it.cursor == end


def test_the_host_says_where_the_cursor_goes_from_a_field(form, say):
    """Cursor progression: from the first field to the third, from there to the second."""
    fields = (
        say.field(2, 2, 3, 0x4000, 0x8803),
        say.field(4, 2, 3, 0x4000, 0x8801),
        say.field(6, 2, 3, 0x4040, 0x8802),
    )
    it = form(*fields)
    seen = []
    for keys in (["abc"], ["d", "FieldExit"], ["", "Tab"], ["", "BackTab"], ["", "BackTab"]):
        if keys[0]:
            it.type(keys[0])
        for key in keys[1:]:
            it.press(key)
        seen.append(it.cursor)
    assert seen == [(6, 2), (4, 2), (2, 2), (4, 2), (6, 2)]


@pytest.mark.parametrize("number", [0, 9, 255])
def test_a_field_that_leads_nowhere_leads_to_the_next(number, form, say):
    it = form(say.field(2, 2, 3, 0x4000, 0x8800 | number), say.field(4, 2, 3))
    it.press("Tab")
    assert it.cursor == (4, 2)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one three", ["one", "three", ""]),
        ("one two", ["one two", "", ""]),
        ("one twos six", ["one", "twos", "six"]),
        ("abcdefghij", ["abcdefg", "hij", ""]),
        ("one two six ten", ["one two", " six", "ten"]),
    ],
)
def test_words_go_on_whole_in_a_field_that_wraps_them(text, rows, form, say):
    it = form(
        say.field(2, 2, 7, 0x4000, 0x8601, 0x8680),
        say.field(3, 2, 7, 0x4000, 0x8603, 0x8680),
        say.field(4, 2, 7, 0x4000, 0x8602, 0x8680),
    )
    it.type(text)
    assert [it.screen.text(row, 2, 7).rstrip() for row in (2, 3, 4)] == rows


def test_moving_where_there_are_no_fields(form, say):
    it = form(say.text("TEXT"))
    for key in ("Tab", "BackTab", "Newline", "Home"):
        it.terminal.move_cursor(5, 5)
        it.press(key)
        assert it.cursor == (1, 1)


def test_erase_input_nulls_what_has_been_typed(form, say):
    """asaomaro/ts5250, 20260921-erase-input-mdt-only: a default of the host stays."""
    it = form(
        say.field(5, 10, 2), say.text("AB"),
        say.field(6, 10, 2, 0x6800), say.text("CD"),
        say.field(7, 10, 3), say.text("EFG"),
    )  # fmt: skip
    it.type("X", 7, 11)
    it.press("EraseInput")
    assert [it.screen.text(row, 10, 3).rstrip() for row in (5, 6, 7)] == ["AB", "CD", ""]
    assert it.cursor == (5, 10)


def test_a_locked_keyboard_takes_nothing(form, say):
    it = form(say.field(5, 10, 2))
    it.press("Enter")
    for do in (
        lambda: it.type("A"),
        lambda: it.terminal.move_cursor(5, 11),
        lambda: it.press("Enter"),
        lambda: it.press("Tab"),
    ):
        with pytest.raises(OperatorError, match="keyboard is locked"):
            do()
    it.press("Reset")  # does not free what the host has
    assert it.screen.locked


def test_places_outside_the_screen(form, say):
    it = form(say.field(5, 10, 2))
    for place in ((0, 1), (25, 1), (1, 81), (1, 0)):
        with pytest.raises(OperatorError, match="outside 24 x 80"):
            it.terminal.move_cursor(*place)


def test_key_names_are_taken_in_any_case_and_aliases_mean_their_keys(form, say):
    for name in KEYS:
        assert key_name(name.upper()) == key_name(name.lower())
    assert key_name("pf3") == "F3"
    assert key_name("field+") == "FieldPlus"
    it = form(say.field(5, 10, 2))
    with pytest.raises(OperatorError, match="no key named Frobnicate"):
        it.press("Frobnicate")


def test_every_key_does_something_defined(form, say):
    for name in KEYS:
        it = form(say.field(5, 10, 4, 0x5300))
        it.type("1")
        it.press(name)
        assert it.terminal.fault_count == 0


def test_hidden_text_is_in_no_word_the_terminal_says(form, say):
    it = form(say.field(5, 10, 8, attribute=0x27))
    it.type("GEHEIM")
    assert "GEHEIM" not in f"{it.screen} {it.screen!r} {it.terminal!r}"
    assert it.screen.input_fields()[0].hidden
    assert it.press("Enter")[3:] == b"\x11\x05\x0a" + say.text("GEHEIM")


def test_strange_arguments():
    with pytest.raises(ValueError, match="model IBM-3278-2"):
        Terminal5250(lambda _: None, model="IBM-3278-2")
