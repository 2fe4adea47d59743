"""What a terminal sends: read commands, immediate and waiting, save and restore, queries."""

import pytest


def fields(say):
    """Changed, not changed, changed by the host, bypass."""
    return (
        say.field(5, 10, 6) + say.text("OLD")
        + say.field(6, 10, 3) + say.text("XY")
        + say.field(7, 10, 3, 0x4800) + b"\x00" + say.text("P")
        + say.field(8, 10, 2, 0x6000) + say.text("BB")
    )  # fmt: skip


READS = {
    "MDT": ("04 52 00 00", "11 05 0a 40 d5 c5 e6 11 07 0a 40 d7"),
    "MDT alternate": ("04 82 00 00", "11 05 0a 00 d5 c5 e6 11 07 0a 00 d7"),
    "input fields": ("04 42 00 00", "40 d5 c5 e6 40 40 e7 e8 40 40 d7 40 c2 c2"),
}


@pytest.mark.parametrize("name", READS)
def test_a_read_that_waits_is_answered_by_a_key(name, form, say):
    command, sent = READS[name]
    it = form(fields(say), read=bytes.fromhex(command))
    it.terminal.move_cursor(5, 10)
    it.press("EraseEOF")
    it.type("NEW", 5, 11)
    assert it.press("Enter").hex(" ") == "05 0e f1 " + sent
    assert it.screen.locked


def test_nothing_changed_is_cursor_and_key_alone(form, say):
    for read in (say.read, b"\x04\x42\x00\x00", b"\x04\x82\x00\x00"):
        it = form(say.field(5, 10, 3), say.text("XY"), read=read)
        assert it.press("Enter").hex(" ") == "05 0a f1"


def test_a_field_erased_is_its_address_alone(form, say):
    it = form(say.field(5, 10, 3), say.text("XY"))
    it.press("EraseEOF")
    assert it.press("F6").hex(" ") == "05 0a 36 11 05 0a"


KEYS = {"Enter": "f1", "F1": "31", "F12": "3c", "F13": "b1", "F24": "bc", "PF3": "33",
        "PageUp": "f4", "PageDown": "f5", "RollUp": "f5", "rolldown": "f4"}  # fmt: skip
SILENT = {"Help": "f3", "Print": "f6", "Clear": "bd", "RecordBackspace": "f8"}


@pytest.mark.parametrize("key", [*KEYS, *SILENT])
def test_keys_and_whether_they_bring_data(key, form, say):
    it = form(say.field(5, 10, 3))
    it.type("A")
    found = it.press(key).hex(" ")
    assert found == (
        "05 0b " + KEYS[key] + " 11 05 0a c1" if key in KEYS else "05 0b " + SILENT[key]
    )
    assert it.screen.locked


def test_function_keys_bring_no_data_where_the_header_forbids_it(form, say):
    """DDS: CA03 against CF03. The mask's last bit is F1."""
    header = b"\x01\x07\0\0\0\x18\x80\x00\x04"
    for key, sent in (("F3", "05 0b 33"), ("F24", "05 0b bc"), ("F4", "05 0b 34 11 05 0a c1")):
        it = form(header, say.field(5, 10, 3))
        it.type("A")
        assert it.press(key).hex(" ") == sent


def test_the_reads_own_control_characters_are_obeyed_behind_it(form, say):
    it = form(say.field(5, 10, 3), read=b"\x04\x52\x40\x04")
    it.type("A")
    assert it.press("Enter").hex(" ") == "05 0b f1 11 05 0a c1"
    assert not it.screen.input_fields()[0].modified
    assert it.screen.alarm == 1


def test_resequenced_fields_are_sent_in_the_hosts_order(form, say):
    """SOH byte 3 names the first field, control words X'80nn' the next ones."""
    header = b"\x01\x04\0\0\x03\x18"
    it = form(
        header,
        say.field(5, 10, 1, 0x4000, 0x80FF),
        say.field(6, 10, 1, 0x4000, 0x8001),
        say.field(7, 10, 1, 0x4000, 0x8002),
    )
    for row, text in ((5, "A"), (6, "B"), (7, "C")):
        it.type(text, row, 10)
    assert it.press("Enter")[3:].hex(" ") == "11 07 0a c3 11 06 0a c2 11 05 0a c1"


def test_a_sequence_that_never_ends_ends(form, say):
    it = form(b"\x01\x04\0\0\x01\x18", say.field(5, 10, 1, 0x4000, 0x8001), say.field(6, 10, 1))
    it.type("A", 5, 10)
    assert it.press("Enter")[3:].hex(" ") == "11 05 0a c1 11 05 0a c1"


def test_parts_of_a_continued_field_are_sent_as_one(form, say):
    it = form(
        say.field(5, 10, 3, 0x4000, 0x8601),
        say.field(6, 10, 3, 0x4000, 0x8603),
        say.field(7, 10, 3, 0x4000, 0x8602),
    )
    it.type("ABCDE")
    assert [f.modified for f in it.screen.input_fields()] == [True, False, False]
    assert it.press("Enter")[3:].hex(" ") == "11 05 0a c1 c2 c3 c4 c5"


def test_transparent_fields_are_sent_as_they_are(form, say):
    it = form(say.field(5, 10, 3, 0x4000, 0x8400))
    it.type("A")
    assert it.press("Enter")[3:].hex(" ") == "11 05 0a 10 00 03 c1 00 00"


def test_signed_numbers_carry_their_sign_in_the_last_digit(form, say):
    for key, sent in (
        ("FieldMinus", "40 40 f1 d2"),
        ("FieldPlus", "40 40 f1 f2"),
        ("FieldExit", "40 40 f1 f2"),
    ):
        it = form(say.field(5, 10, 5, 0x4700))
        it.type("12")
        it.press(key)
        assert it.press("Enter")[3:].hex(" ") == "11 05 0a " + sent


IMMEDIATE = {
    "Read Immediate": ("04 72", "05 0b 00 c1 40 40 e7 e8 40"),
    "Read MDT Immediate Alternate": ("04 83", "05 0b 00 11 05 0a c1"),
}


@pytest.mark.parametrize("name", IMMEDIATE)
def test_an_immediate_read_is_answered_at_once(name, form, say):
    command, sent = IMMEDIATE[name]
    it = form(say.field(5, 10, 3), say.field(6, 10, 3), say.text("XY"))
    it.type("A")
    assert it.host(bytes.fromhex(command)).hex(" ") == sent
    assert not it.screen.locked


def test_read_screen_sends_all_cells(form, say):
    it = form(say.field(5, 10, 3), say.text("XY"), say.sba(1, 1), b"\x12\x03\x81", say.text("A"))
    cells = it.host(b"\x04\x62")
    assert len(cells) == 1920
    assert cells[328:334].hex(" ") == "24 e7 e8 00 20 00"
    assert it.host(b"\x04\x66") == cells
    planes = it.host(b"\x04\x64")
    assert planes[:1920] == cells
    assert len(planes) == 6 * 1920
    assert planes[3 * 1920] == 0x81
    assert it.host(b"\x04\x68") == planes


def test_a_query_is_answered_with_what_the_terminal_is(line):
    answer = line(model="IBM-3477-FC").host(b"\x04\xf3\x00\x05\xd9\x70\x00")
    assert answer[:8].hex(" ") == "00 00 88 00 3a d9 70 80"
    assert len(answer) == 61
    assert answer[30:37].decode("cp037") == "34770FC"
    assert answer[50] == 0x31
    narrow = line(model="IBM-3179-2").host(b"\x04\xf3\x00\x05\xd9\x70\x00")
    assert narrow[30:37].decode("cp037") == "3179002"
    assert narrow[50] == 0x11
    assert narrow[53] == 0  # no enhanced user interface: hosts draw windows themselves


# ---- save and restore --------------------------------------------------------------------------


@pytest.fixture
def busy(form, say):
    """A form in the middle of being filled in."""
    it = form(
        b"\x01\x07\0\0\0\x18\0\0\x04", b"\x11\x01\x00\x1d\x40\x00\x22\x00\x02", say.sba(4, 1),
        b"\x27", say.text("HIDDEN"), b"\x20", say.field(5, 10, 6, 0x4020), say.text("OLD"),
        say.field(6, 10, 4, 0x4006), say.field(7, 10, 3, 0x4800, 0x8601), say.field(8, 10, 3, 0x4000, 0x8602),
        say.sba(9, 1), b"\x12\x03\x81\x13\x06\x0a",
        read=b"\x04\x82\x00\x00",
    )  # fmt: skip
    it.type("new", 5, 10)
    it.terminal.move_cursor(5, 12)
    return it


def test_what_is_saved_brings_everything_back(busy, say):
    before, cells = busy.screen, busy.host(b"\x04\x64")
    saved = busy.host(b"\x04\x02", operation=4)
    assert saved[:2] == b"\x04\x12"
    busy.host(say.clear, say.write(say.text("HELP"), say.field(3, 3, 3)), say.read)
    assert busy.screen.text(1, 1, 4) == "HELP"
    busy.host(saved, operation=5)
    after = busy.screen
    assert (after.characters, after.fields, after.cursor) == (
        before.characters,
        before.fields,
        before.cursor,
    )
    assert busy.host(b"\x04\x64") == cells
    assert not after.locked
    assert after.unlocks == before.unlocks + 2
    busy.press("Home")
    assert busy.cursor == (6, 10)
    assert busy.press("F3").hex(" ") == "06 0a 33"  # the mask is back
    assert busy.terminal.fault_count == 0


def test_the_answer_to_a_save_has_its_operation_code(busy):
    (record,) = busy.raw(b"\x04\x02", operation=4)
    assert record[9] == 4
    (record,) = busy.raw(b"\x04\x03\x00\x01\x01\x05\x05", operation=4)
    assert record[10:12] == b"\x04\x13"
    busy.host(record[10:], operation=5)
    assert busy.terminal.fault_count == 0


def test_a_wide_screen_comes_back_wide(line, say):
    it = line(model="IBM-3477-FC")
    it.host(say.wide, say.write(say.sba(27, 100), say.text("END")), say.read)
    saved = it.host(b"\x04\x02")
    it.host(say.clear, say.write(), say.read)
    it.host(saved)
    assert it.screen.text(27, 100, 3) == "END"


def test_a_message_is_not_saved(form, say):
    it = form(say.sba(24, 1), say.text("KEYS"), say.field(5, 10, 3))
    it.host(b"\x04\x21", say.text("WRONG"), say.read)
    saved = it.host(b"\x04\x02")
    it.host(say.clear)
    it.host(saved)
    assert it.screen.text(24, 1, 5) == "KEYS "
    assert not it.screen.locked


# ---- keyboard and operation codes --------------------------------------------------------------


def test_the_keyboard_is_free_only_while_a_read_waits(line, say):
    it = line()
    assert not it.terminal.ready
    it.host(say.clear, say.write(say.field(5, 10, 3)))
    assert it.terminal.ready
    assert it.screen.locked
    assert it.screen.unlocks == 0
    it.host(say.read)
    assert not it.screen.locked
    assert it.screen.unlocks == 1
    it.press("Enter")
    it.host(say.write(cc2=0x08))
    assert it.screen.locked


def test_each_screen_that_replaces_another_counts(line, say):
    """Flash screens: two complete screens without a key between."""
    it = line()
    for text in ("ONE", "TWO"):
        it.host(say.clear, say.write(say.text(text)), say.read)
    assert it.screen.unlocks == 2


def test_a_cancelled_invite_is_acknowledged_and_locks(form, say):
    it = form(say.field(5, 10, 3))
    (record,) = it.raw(operation=0x0A)
    assert record.hex(" ") == "00 0a 12 a0 00 00 04 00 00 0a"
    assert it.screen.locked
    it.host(say.read)
    assert not it.screen.locked


@pytest.mark.parametrize(
    ("key", "flags"), [("Attn", "4000"), ("SysReq", "0400"), ("TestReq", "0200")]
)
def test_signals_go_out_whatever_the_keyboard_does(key, flags, line, say):
    it = line()
    it.terminal.key(key)
    (record,) = say.records(it.take())
    assert record[7:9].hex() == flags
    assert record[10:] == b""
