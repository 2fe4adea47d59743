"""What a host writes: commands and orders, by their codes, and what stands on the screen then."""

import pytest


# ---- Write To Display --------------------------------------------------------------------------


def test_data_begin_at_row_1_column_1_and_go_on_over_line_ends(line, say):
    it = line()
    it.host(say.clear, say.write(say.text("X" * 79 + "YZ")), say.read)
    assert it.screen.text(1, 79, 3) == "XYZ"
    assert it.screen.text(2, 1, 1) == "Z"


ORDERS = {
    "SBA": ("11 0305 c1", (3, 5), "A"),
    "RA with its end": ("11 0101 02 0104 e7", (1, 1), "XXXX "),
    "RA of one cell": ("11 0203 02 0203 e7 e8", (2, 3), "XY"),
    "RA goes on behind its end": ("02 0104 e7 e8", (1, 1), "XXXXY"),
    "EA with its end": ("c1c2c3c4c5 11 0102 03 0104 02 ff", (1, 1), "A   E"),
    "EA of the display only": ("c1c2c3 11 0101 03 0102 02 00", (1, 1), "  C"),
    "EA of extended attributes only": ("c1c2c3 11 0101 03 0102 02 03", (1, 1), "ABC"),
    "EA goes on behind its end": ("c1c2c3 11 0101 03 0102 02 ff e9", (1, 1), "  Z"),
    "TD may hold orders": ("10 0003 c1 11 c2 c3", (1, 1), "A BC"),
    "WEA takes no cell": ("c1 12 03 81 c2", (1, 1), "AB"),
    "an attribute takes a cell and is a blank": ("c1 22 c2", (1, 1), "A B"),
    "nulls are blanks": ("c1 00 c2", (1, 1), "A B"),
    "DUP and field mark are drawn": ("1c 1e", (1, 1), "*;"),
    "shift out and in take cells": ("c1 0e 0f c2", (1, 1), "A  B"),
    "column 0 is column 1": ("11 0300 c1", (3, 1), "A"),
    "nothing shows behind a non-display attribute": ("27 c1c2 20 c3", (1, 1), "    C"),
    "non-display with colour too": ("2f c1 37 c2 3f c3 20 c4", (1, 1), "       D"),
    "an output field ends with an attribute": ("1d 22 0003 c1c2c3", (1, 1), " ABC "),
}


@pytest.mark.parametrize("name", ORDERS)
def test_orders(name, line, say):
    orders, place, shown = ORDERS[name]
    it = line()
    assert it.host(say.clear, say.write(bytes.fromhex(orders)), say.read) == b""
    assert it.screen.text(*place, len(shown)) == shown
    assert it.terminal.fault_count == 0


def test_an_attribute_rules_the_cells_behind_it_over_line_ends(line, say):
    it = line()
    it.host(say.clear, say.write(say.sba(1, 80), b"\x28", say.text("RED"), b"\x20NO"), say.read)
    red = it.screen.field_at(it.screen.offset(2, 1))
    assert (red.colour, red.protected, red.length) == (0xF2, True, 3)
    assert it.screen.field_at(it.screen.offset(2, 5)).colour == 0xF4


def test_input_fields_and_the_stretches_between_them_are_all_fields(line, say):
    it = line()
    it.host(
        say.clear,
        say.write(say.sba(3, 2), b"\x22", say.text("Name:"), say.field(3, 10, 5), say.text("AB")),
        say.read,
    )
    name, value = it.screen.field_at(162), it.screen.field_at(169)
    assert (name.start, name.length, name.protected, name.intensified) == (162, 6, True, True)
    assert (value.start, value.length, value.protected) == (169, 5, False)
    assert it.screen.field_text(value) == "AB   "
    assert it.screen.field_at(168) is None
    cells = sum(field.length for field in it.screen.fields)
    assert cells == 1920 - 3  # three attributes: two written, one behind the field


LOOKS = {
    0x20: (False, False, 0xF4, 0x00), 0x21: (False, False, 0xF4, 0xF2), 0x22: (False, True, 0xF7, 0x00),
    0x24: (False, False, 0xF4, 0xF4), 0x27: (True, False, 0xF4, 0x00), 0x28: (False, False, 0xF2, 0x00),
    0x2A: (False, False, 0xF2, 0xF1), 0x30: (False, False, 0xF5, 0x00), 0x32: (False, False, 0xF6, 0x00),
    0x38: (False, False, 0xF3, 0x00), 0x3A: (False, False, 0xF1, 0x00), 0x3D: (False, False, 0xF3, 0xF2),
}  # fmt: skip


@pytest.mark.parametrize("attribute", LOOKS)
def test_attributes_are_told_in_the_codes_of_a_3279(attribute, line, say):
    it = line()
    it.host(say.clear, say.write(say.sba(1, 1), bytes((attribute,)), say.text("X")), say.read)
    found = it.screen.field_at(1)
    assert (found.hidden, found.intensified, found.colour, found.highlight) == LOOKS[attribute]


def test_an_extended_primary_attribute_hides_too(line, say):
    it = line()
    orders = (
        say.sba(1, 1) + b"\x12\x01\x87" + say.text("SECRET") + b"\x12\x01\x80" + say.text("OPEN")
    )
    it.host(say.clear, say.write(orders), say.read)
    assert it.screen.text(1, 1, 10) == "      OPEN"
    it.host(say.write(say.sba(1, 1), b"\x03\x01\x06\x02\x01"), say.read)
    assert it.screen.text(1, 1, 10) == "SECRETOPEN"


FIELDS = {  # format word: (protected, numeric, modified)
    0x4000: (False, False, False), 0x6000: (True, False, False), 0x4800: (False, False, True),
    0x4100: (False, False, False), 0x4200: (False, False, False), 0x4300: (False, True, False),
    0x4500: (False, True, False), 0x4700: (False, True, False),
}  # fmt: skip


@pytest.mark.parametrize("word", FIELDS)
def test_format_words(word, line, say):
    it = line()
    it.host(say.clear, say.write(say.field(5, 10, 4, word)), say.read)
    found = it.screen.field_at(it.screen.offset(5, 10))
    assert (found.protected, found.numeric, found.modified) == FIELDS[word]
    assert found.length == 4


def test_a_field_at_row_1_column_1_has_its_attribute_before_the_screen(line, say):
    it = line()
    it.host(say.clear, say.write(b"\x11\x01\x00\x1d\x40\x00\x20\x00\x03"), say.read)
    assert it.screen.input_fields()[0].start == 0
    assert it.cursor == (1, 1)


def test_a_field_defined_again_changes_its_format_and_keeps_its_length(line, say):
    it = line()
    it.host(say.clear, say.write(say.field(5, 10, 6), say.text("ABC")), say.read)
    it.host(say.write(say.field(5, 10, 3, 0x6800)), say.read)
    (found,) = [f for f in it.screen.fields if f.start == it.screen.offset(5, 10)]
    assert (found.length, found.protected, found.modified) == (6, True, True)


def test_fields_without_an_address_between_follow_each_other(line, say):
    it = line()
    two = say.field(5, 10, 4) + b"\x1d\x40\x00\x24\x00\x02"
    it.host(say.clear, say.write(two), say.read)
    assert [(f.start, f.length) for f in it.screen.input_fields()] == [
        (it.screen.offset(5, 10), 4),
        (it.screen.offset(5, 15), 2),
    ]


def test_a_header_clears_the_format_table_only(line, say):
    it = line()
    it.host(say.clear, say.write(say.field(5, 10, 4), say.text("ABCD")), say.read)
    it.host(say.write(b"\x01\x04\x00\x00\x00\x17"), say.read)
    assert it.screen.input_fields() == ()
    assert it.screen.text(5, 10, 4) == "ABCD"


CC1 = {  # control: (typed in field 1, MDT 1, MDT bypass)
    0x00: ("AB", True, True), 0x20: ("AB", True, True), 0x40: ("AB", False, True),
    0x60: ("AB", False, False), 0x80: ("  ", True, True), 0xA0: ("  ", False, True),
    0xC0: ("  ", False, True), 0xE0: ("  ", False, False),
}  # fmt: skip


@pytest.mark.parametrize("cc1", CC1)
def test_the_first_control_character_resets_tags_and_nulls_fields(cc1, form, say):
    it = form(
        say.field(5, 10, 2, 0x4800), say.text("AB"), say.field(6, 10, 2, 0x6800), say.text("CD")
    )
    it.host(say.write(cc1=cc1), say.read)
    one, two = (it.screen.field_at(it.screen.offset(row, 10)) for row in (5, 6))
    assert (it.screen.field_text(one), one.modified, two.modified) == CC1[cc1]
    assert it.screen.field_text(two) == "CD"


def test_the_second_control_character_lights_and_sounds(line, say):
    it = line()
    it.host(say.clear, say.write(cc2=0x0D), say.read)
    assert it.screen.alarm == 1
    assert it.terminal.message_waiting
    it.host(say.write(cc2=0x0A))
    assert (it.screen.alarm, it.terminal.message_waiting) == (1, False)
    it.host(operation=0x0B)
    assert it.terminal.message_waiting
    it.host(operation=0x0C)
    assert not it.terminal.message_waiting


CURSOR = {
    "the first field": (b"", 0x08, (5, 10)),
    "IC": (b"\x13\x07\x08", 0x08, (7, 8)),
    "MC": (b"\x14\x09\x02", 0x08, (9, 2)),
    "the last of IC and MC": (b"\x13\x07\x08\x14\x09\x02", 0x08, (9, 2)),
    "the last of MC and IC": (b"\x14\x09\x02\x13\x07\x08", 0x08, (7, 8)),
    "nowhere if it is to stay": (b"\x13\x07\x08", 0x48, (1, 1)),
    "MC even if it is to stay": (b"\x14\x09\x02", 0x48, (9, 2)),
}


@pytest.mark.parametrize("name", CURSOR)
def test_where_the_cursor_goes(name, line, say):
    orders, cc2, place = CURSOR[name]
    it = line()
    it.host(say.clear, say.write(say.field(5, 10, 4), orders, cc2=cc2), say.read)
    assert it.cursor == place


def test_an_unlock_brings_the_cursor_to_what_an_earlier_write_inserted(line, say):
    it = line()
    it.host(
        say.clear, say.write(say.field(5, 10, 4), b"\x13\x07\x08", cc2=0), say.write(), say.read
    )
    assert it.cursor == (7, 8)


# ---- the other commands ------------------------------------------------------------------------


def test_clear_unit_empties_all_and_takes_the_pending_read(form, say):
    it = form(say.field(5, 10, 4), say.text("AB"))
    it.host(say.clear)
    assert it.screen.characters.strip() == ""
    assert it.screen.input_fields() == ()
    assert it.screen.locked


def test_clear_unit_alternate_makes_27_rows_of_132(line, say):
    it = line(model="IBM-3477-FC")
    it.host(say.wide, say.write(say.sba(27, 130), say.text("END")), say.read)
    assert (it.screen.rows, it.screen.columns) == (27, 132)
    assert it.screen.text(27, 130, 3) == "END"
    it.host(say.clear, say.write(), say.read)
    assert (it.screen.rows, it.screen.columns) == (24, 80)


def test_clear_format_table_leaves_the_text(form, say):
    it = form(say.field(5, 10, 4), say.text("ABCD"))
    it.host(b"\x04\x50", say.write(), say.read)
    assert it.screen.input_fields() == ()
    assert it.screen.text(5, 10, 4) == "ABCD"


ROLLS = {
    "up by 1": ("01 02 04", ["A", "C", "D", "D", "E"]),
    "up by 2": ("02 02 04", ["A", "D", "C", "D", "E"]),
    "down by 1": ("81 02 04", ["A", "B", "B", "C", "E"]),
    "by nothing": ("00 02 04", ["A", "B", "C", "D", "E"]),
    "all but one": ("04 01 05", ["E", "B", "C", "D", "E"]),
}


@pytest.mark.parametrize("name", ROLLS)
def test_roll_moves_rows_and_clears_none(name, line, say):
    parameters, rows = ROLLS[name]
    it = line()
    text = b"".join(say.sba(n, 1) + say.text(one) for n, one in enumerate("ABCDE", 1))
    it.host(say.clear, say.write(text), b"\x04\x23" + bytes.fromhex(parameters), say.read)
    assert [it.screen.text(n, 1, 1) for n in range(1, 6)] == rows


# ---- error messages ----------------------------------------------------------------------------


@pytest.fixture
def erring(form, say):
    """A form whose error row is 23, with an error message on it."""
    it = form(b"\x01\x04\0\0\0\x17", say.sba(23, 1), say.text("F3=EXIT"), say.field(5, 10, 4))
    it.type("12")
    it.press("Enter")
    it.host(b"\x04\x21\x13\x05\x0a\x22", say.text("CPF0001 WRONG"), say.read)
    return it


def test_an_error_message_is_an_answer_and_stands_on_the_error_row(erring):
    assert erring.screen.text(23, 1, 20).strip() == "CPF0001 WRONG"
    assert not erring.screen.locked
    assert erring.screen.unlocks == 2
    assert erring.cursor == (5, 10)


@pytest.mark.parametrize("do", ["type", "move", "reset", "write"])
def test_what_the_message_stood_on_comes_back(do, erring, say):
    {
        "type": lambda: erring.type("9"),
        "move": lambda: erring.terminal.move_cursor(5, 11),
        "reset": lambda: erring.press("Reset"),
        "write": lambda: erring.host(say.write(), say.read),
    }[do]()
    assert erring.screen.text(23, 1, 20).strip() == "F3=EXIT"
    assert not erring.screen.locked


def test_the_read_behind_a_message_is_answered(erring):
    erring.type("9")
    assert erring.press("Enter").hex(" ") == "05 0b f1 11 05 0a f9 f2"


def test_help_on_a_message_sends_its_number(erring, say):
    erring.terminal.key("Help")
    (record,) = say.records(erring.take())
    assert record[7:9] == b"\x01\x00"  # HLP
    assert record[10:].hex() == "3760"  # "CPF0", packed
    assert erring.screen.text(23, 2, 13) == "CPF0001 WRONG"


def test_a_message_in_a_window_leaves_the_rest_of_the_row(form, say):
    it = form(say.sba(24, 1), say.text("A" * 80), say.field(5, 10, 4))
    it.host(b"\x04\x22\x05\x08", say.text("ERRORS"), say.read)
    assert it.screen.text(24, 1, 12) == "AAAAERROAAAA"


def test_a_message_row_beyond_the_screen_is_the_last_row(form, say):
    """A 3477 has a 25th line for messages (recorded: SOH error row 25 on 24 rows)."""
    it = form(b"\x01\x07\0\0\0\x19\0\0\0", say.field(5, 10, 4))
    it.host(b"\x04\x21", say.text("LAST"), say.read)
    assert it.screen.text(24, 1, 4) == "LAST"


# ---- windows -----------------------------------------------------------------------------------


def window(*parts, depth=2, width=6):
    body = b"\xd9\x51\0\0\0" + bytes((depth, width)) + b"".join(parts)
    return b"\x15" + (len(body) + 2).to_bytes(2) + body


def minor(kind, *content):
    body = b"".join(content)
    return bytes((len(body) + 2, kind)) + body


def test_a_window_is_drawn_with_the_default_border(line, say):
    it = line()
    it.host(say.clear, say.write(say.text("X" * 400), say.sba(2, 3), window()), say.read)
    assert [it.screen.text(row, 2, 14) for row in (2, 3, 4, 5)] == [
        "X .......... X",
        "X :        : X",
        "X :        : X",
        "X :........: X",
    ]


def test_a_window_has_the_border_and_titles_the_host_wants(line, say):
    it = line()
    border = minor(0x01, b"\x80\x22\x28", say.text("+-+||+-+"))
    title = minor(0x10, b"\x00\x20\x22\x00", say.text("TOP"))
    footer = minor(0x10, b"\xa0\x20\x20\x00", say.text("END"))
    it.host(say.clear, say.write(say.sba(2, 3), window(border, title, footer)), say.read)
    assert it.screen.text(2, 4, 10) == "+- TOP --+"
    assert it.screen.text(5, 4, 10) == "+ END ---+"
    assert it.screen.text(3, 4, 10) == "|        |"
    assert it.screen.field_at(it.screen.offset(2, 4)).colour == 0xF2


def test_a_short_border_structure_gives_colours_only(line, say):
    """As recorded from DDS WDWBORDER with a colour alone."""
    it = line()
    it.host(say.clear, say.write(say.sba(2, 3), window(minor(0x01, b"\x80\x38\x38"))), say.read)
    assert it.screen.text(2, 4, 3) == "..."
    assert it.screen.field_at(it.screen.offset(2, 4)).colour == 0xF3


@pytest.mark.parametrize("kind", [0x52, 0x58, 0x59, 0x5B, 0x5F, 0x60, 0x61])
def test_taking_away_what_was_never_kept_is_no_error(kind, line, say):
    it = line()
    it.host(say.clear, say.write(b"\x15\x00\x06\xd9", bytes((kind, 0, 0)), say.text("A")), say.read)
    assert it.terminal.fault_count == 0
    assert it.screen.text(1, 1, 1) == "A"


# ---- what is refused ---------------------------------------------------------------------------

W = "04 11 00 08 "
REFUSED = {
    "no command": ("04 99", "10030101", "X'99' is not a command"),
    "no ESC": ("c1", "10050131", "ESC"),
    "cut in a command": ("04", "10050121", "1 bytes are wanted"),
    "cut in control characters": ("04 11 00", "10050121", "2 bytes are wanted"),
    "cut in SBA": (W + "11 01", "10050121", "1 bytes are wanted"),
    "cut in TD": (W + "10 0005 c1", "10050121", "5 bytes are wanted"),
    "cut in SF": (W + "1d 4000 20 00", "10050121", "2 bytes are wanted"),
    "cut in a read": ("04 52 00", "10050121", "2 bytes are wanted"),
    "SBA beyond the screen": (W + "11 1901", "10050122", "row 25 column 1 is outside 24 x 80"),
    "SBA to row 0": (W + "11 0005", "10050122", "row 0"),
    "IC beyond the screen": (W + "13 0151", "10050122", "column 81"),
    "RA backwards": (W + "11 0205 02 0204 e7", "10050123", "back"),
    "EA backwards": (W + "11 0205 03 0204 02 ff", "10050123", "back"),
    "EA without types": (W + "03 0204 01", "10050111", "list of 1"),
    "a strange extended attribute": (W + "12 09 80", "10050111", "X'09'"),
    "no format word": (W + "1d c000 20 0001", "10050126", "format word"),
    "no attribute": (W + "1d 4000 40 0001", "10050126", "screen attribute"),
    "a field beyond the end": (W + "11 184e 1d 4000 20 0003", "10050128", "3 cells"),
    "data beyond the end": (W + "11 1850 c1c2", "1005012a", "beyond the end"),
    "a header too long": (W + "01 08 0000000000000000", "1005012b", "8 bytes"),
    "a roll of nothing": ("04 23 01 05 05", "1005012c", "rows 5 and 5"),
    "a roll too far": ("04 23 05 01 05", "1005012c", "5 lines"),
    "a roll beyond the screen": ("04 23 01 01 19", "1005012c", "rows 1 and 25"),
    "27 x 132 on a terminal without": ("04 20 00", "10030101", "27 rows of 132"),
    "a structured field too short": ("04 f3 0003 d9", "10050147", "3 bytes"),
    "an unknown structured field": ("04 f3 0005 d9 71 00", "10050147", "D971"),
    "an unknown order structure": (W + "15 0004 d9 50", "10050147", "D950"),
    "a window that does not fit": (W + "11 1701 15 0009 d951 000000 05 05", "10050147", "5 x 5"),
    "a window of nothing": (W + "15 0009 d951 000000 00 05", "10050147", "0 x 5"),
    "a message in no columns": ("04 22 08 05 c1", "10050122", "columns 8 to 5"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_record_changes_nothing_and_is_answered_with_its_sense(name, form, say):
    data, sense, words = REFUSED[name]
    it = form(say.field(5, 10, 4), say.text("AB"))
    before = it.screen
    (answer,) = it.raw(say.clear, bytes.fromhex(data))
    assert answer[7:9] == b"\x80\x00"
    assert answer[10:].hex() == sense
    assert words in it.refused
    assert it.terminal.fault_count == 1
    assert it.screen == before
    it.type("9")
    assert it.press("Enter").hex(" ") == "05 0b f1 11 05 0a f9 c2"


def test_a_strange_parameter_of_clear_unit_alternate(line):
    it = line(model="IBM-3477-FC")
    (answer,) = it.raw(b"\x04\x20\x01")
    assert answer[10:].hex() == "10030105"
    assert not it.raw(b"\x04\x20\x80")


HEADERS = {"empty": "", "short": "0009 12a0 0000 04", "strange type": "000a 12a1 0000 04 0000 03",
           "variable header too short": "000a 12a0 0000 03 0000 03",
           "variable header too long": "000a 12a0 0000 05 0000 03"}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_a_record_without_a_header_is_counted(name, line):
    it = line()
    it.terminal.feed(bytes.fromhex(HEADERS[name]) + b"\xff\xef")
    assert it.terminal.fault_count == 1
    assert it.take() == b""


def test_a_longer_variable_header_is_passed_over(line, say):
    it = line()
    data = (
        bytes.fromhex("0000 12a0 0000 06 0000 03 eeee")
        + say.clear
        + say.write(say.text("A"))
        + say.read
    )
    it.terminal.feed(data + b"\xff\xef")
    assert it.screen.text(1, 1, 1) == "A"


def test_an_empty_record_says_nothing(line):
    it = line()
    assert it.raw() == []
    assert not it.terminal.ready


def test_fields_over_each_other_are_shown_by_the_attribute_at_their_first_free_cell(line, say):
    """Found by the sweep: the second one begins inside the first, where all is hidden."""
    it = line()
    fields = say.field(2, 10, 6) + say.field(2, 13, 6, attribute=0x27)
    it.host(say.clear, say.write(fields, say.sba(2, 15), b"\x20\xc1\xc2\xc3"))
    found = {field.start - 80: (field.length, field.hidden) for field in it.screen.fields}
    assert found[9] == (6, False)
    assert found[15] == (3, False)
    assert it.screen.text(2, 16, 3) == "ABC"
