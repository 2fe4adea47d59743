"""Each order and command: bytes from the host beside the screen that results."""

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.tn3270.addresses import decode, encode
from sesssrvr.terminal.tn3270.commands import COMMANDS
from sesssrvr.terminal.tn3270.orders import (
    READERS,
    SBA,
    SFE,
    InsertCursor,
    SetBufferAddress,
    StartField,
    TextData,
    WriteStep,
    read_orders,
)
from sesssrvr.terminal.tn3270.writer import STEPS


EW = b"\xf5\xc3"
HOME = b"\x11\x40\x40"


def cells(line: Any) -> bytes:
    return bytes(line.terminal._display.buffer.characters)


def at(offset: int) -> bytes:
    return encode(offset, 1920)


def test_every_step_an_order_is_read_as_has_a_writer() -> None:
    assert {*get_args(WriteStep)} == {*STEPS, SetBufferAddress}


def outcome(read: Callable[[], object]) -> object:
    """What reading gives: steps, or place and words of the refusal."""
    try:
        return read()
    except DataStreamError as refused:
        return refused.offset, refused.problem


@given(st.sampled_from([SBA, SFE]), st.binary(max_size=12), st.sampled_from([960, 1920, 16_384]))
@example(SBA, b"\x07\x80", 1920)  # the first address beyond the screen
@example(SFE, b"\x02\xc0\x60\x42", 1920)  # cut short within a pair
def test_orders_read_on_the_spot_are_read_as_by_their_readers(
    order: int, operands: bytes, screen: int
) -> None:
    record = bytes((order,)) + operands
    taken: list[int] = []

    def by_reader() -> object:
        step, stop = READERS[order](record, 0, screen)
        taken.append(stop)
        return [(type(step), step)]

    wanted = outcome(by_reader)
    whole = record[: taken[0]] if taken else record
    found = outcome(lambda: [(type(step), step) for step in read_orders(whole, 0, screen)])
    assert found == wanted


@pytest.mark.parametrize("code", sorted(READERS))
def test_every_order_cut_short_is_refused(code: int, line: Any) -> None:
    """Each length from the bare order byte to one byte less than the whole."""
    whole = {0x11: 3, 0x1D: 2, 0x29: 4, 0x28: 3, 0x2C: 4, 0x3C: 4, 0x12: 3, 0x08: 2}.get(code, 1)
    one = line()
    for length in range(1, whole):
        record = bytes((code, 1, 1, 1))[:length]
        before = one.terminal.fault_count
        one.host(EW + b"\xc1" + record)
        assert one.terminal.fault_count == before + 1, record.hex()
        assert not one.terminal.screen().locked
    assert str(one.terminal.screen()).strip() == ""


@pytest.mark.parametrize(
    ("offset", "data"),
    [(0, "4040"), (1, "40c1"), (79, "c14f"), (80, "c150"), (1919, "5d7f"), (3439, "f56f")],
)
def test_addresses_are_graphic_both_ways(offset: int, data: str) -> None:
    assert encode(offset, 3440).hex() == data
    assert decode(*bytes.fromhex(data)) == offset


def test_addresses_of_large_screens_are_plain_numbers() -> None:
    assert encode(4999, 62 * 160) == bytes.fromhex("1387")
    assert decode(0x13, 0x87) == 4999


@pytest.mark.parametrize("order", ["11 0780", "3c 0780 c1", "12 0780", "11 ffff"])
def test_an_address_behind_the_last_cell_is_refused(order: str, line: Any) -> None:
    one = line()
    one.host(EW + bytes.fromhex(order))
    assert one.terminal.fault_count == 1
    one.host(EW + bytes.fromhex(order.replace("0780", "077f").replace("ffff", "5d7f")))
    assert one.terminal.fault_count == 1


def test_text_goes_round_the_end_of_the_screen(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + b"\x11" + at(1918) + ebcdic("ABCD"))
    assert one.terminal.screen().at(1918, 4) == "ABCD"


def test_of_more_data_than_the_screen_holds_the_tail_survives(line: Any, ebcdic: Any) -> None:
    one = line()
    text = "".join(chr(ord("A") + n % 26) for n in range(2000))
    one.host(EW + ebcdic(text))
    shown = one.terminal.screen().characters
    assert shown[:80] == text[1920:]
    assert shown[80:] == text[80:1920]


def test_a_field_attribute_is_a_blank_and_begins_a_field(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + HOME + b"\x1d\x60" + ebcdic("NAME") + b"\x1d\x40\x13" + bytes(8) + b"\x1d\x60")
    label, entry, rest = one.terminal.screen().fields
    assert (label.start, label.length, label.protected) == (1, 4, True)
    assert (entry.start, entry.length, entry.protected) == (6, 8, False)
    assert (rest.start, rest.length) == (15, 1905)
    assert one.terminal.screen().cursor == 6
    assert one.terminal.screen().characters[:6] == " NAME "


def test_the_last_field_wraps_to_the_first(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + b"\x11" + at(1917) + b"\x1d\x60" + ebcdic("ABC") + b"\x1d\x40")
    first, last = one.terminal.screen().fields
    assert (first.start, first.length) == (2, 1915)
    assert one.terminal.screen().field_text(last) == "ABC"


def test_a_field_that_begins_behind_the_last_cell_comes_first(line: Any) -> None:
    one = line()
    one.host(EW + b"\x11" + at(1919) + b"\x1d\x40" + b"\x11" + at(100) + b"\x1d\x60")
    assert [f.start for f in one.terminal.screen().fields] == [0, 101]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ("c0f8", {"protected": True, "numeric": True, "intensified": True}),
        ("c04c", {"hidden": True}),
        ("42f2", {"colour": 0xF2}),
        ("41f4", {"highlight": 0xF4}),
        ("41f0", {"highlight": 0}),
        ("4200", {"colour": 0}),
        ("c0c1", {"modified": True}),
        ("c0c142f641f2", {"modified": True, "colour": 0xF6, "highlight": 0xF2}),
        ("", {"protected": False}),
        ("fe01", {"protected": False}),
    ],
)
def test_extended_fields_carry_what_they_name(
    pairs: str, expected: dict[str, Any], line: Any
) -> None:
    one = line()
    data = bytes.fromhex(pairs)
    one.host(EW + b"\x29" + bytes((len(data) // 2,)) + data)
    (field,) = one.terminal.screen().fields
    assert {name: getattr(field, name) for name in expected} == expected


def test_modify_field_changes_what_it_names_only(line: Any) -> None:
    one = line()
    one.host(EW + HOME + bytes.fromhex("2902c06042f2"))
    one.host(b"\xf1\xc2" + HOME + bytes.fromhex("2c01c0c1"))
    (field,) = one.terminal.screen().fields
    assert (field.protected, field.modified, field.colour) == (False, True, 0xF2)


def test_modify_field_on_no_field_changes_nothing(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + HOME + ebcdic("OLD") + b"\x1d\x40")
    before = one.terminal.screen().characters
    one.host(b"\xf1\xc2" + HOME + ebcdic("NE") + b"\x2c\x01\xc0\x60")
    assert one.terminal.screen().characters == before
    assert [f.start for f in one.terminal.screen().fields] == [4]
    assert one.terminal.fault_count == 1


def test_modify_field_then_erase_unprotected_goes_by_the_new_attribute(
    line: Any, ebcdic: Any
) -> None:
    one = line()
    one.host(EW + HOME + b"\x1d\x60" + ebcdic("KEEP"))
    one.host(b"\xf1\xc2" + HOME + b"\x2c\x01\xc0\x40" + b"\x12" + at(0))
    assert str(one.terminal.screen()).strip() == ""


@pytest.mark.parametrize("stop", [10, 0, 1919])
def test_repeat_fills_up_to_its_address(stop: int, line: Any) -> None:
    one = line()
    one.host(EW + b"\x11" + at(5) + b"\x3c" + at(stop) + b"\xc1")
    count = (stop - 5) % 1920
    assert one.terminal.screen().characters.count("A") == count
    assert one.terminal.screen().at(5, count) == "A" * count


def test_repeat_to_its_own_address_fills_the_screen(line: Any) -> None:
    one = line()
    one.host(EW + b"\x11" + at(7) + b"\x3c" + at(7) + b"\xc1")
    assert one.terminal.screen().characters == "A" * 1920


def test_repeat_takes_a_graphic_escape(line: Any) -> None:
    one = line()
    one.host(EW + HOME + b"\x3c" + at(3) + b"\x08\xa2")
    assert one.terminal.screen().characters[:4] == "─── "


def test_erase_unprotected_leaves_protected_fields_and_attributes(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + HOME + b"\x1d\x60" + ebcdic("AA") + b"\x1d\x40" + ebcdic("BB") + b"\x1d\x60CC")
    one.host(b"\xf1\xc2" + HOME + b"\x12" + at(0))
    assert one.terminal.screen().characters[:6] == " AA   "
    assert len(one.terminal.screen().fields) == 3


@pytest.mark.parametrize(
    ("record", "cursor_text"),
    [
        # behind data the rest of the field is nulled, behind an order it is not
        ("c1 05 c2", " A      B"),
        ("c1 13 05 c2", " AXXX   B"),
    ],
)
def test_program_tab(record: str, cursor_text: str, line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + HOME + b"\x1d\x60" + ebcdic("XXXX") + b"\x11" + at(7) + b"\x1d\x40")
    one.host(b"\xf1\xc2\x11" + at(1) + bytes.fromhex(record))
    assert one.terminal.screen().characters[:9] == cursor_text


def test_undefined_orders_are_skipped(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + ebcdic("A") + b"\x38\x04\x07" + ebcdic("B"))
    assert one.terminal.screen().characters[:3] == "AB "
    assert one.terminal.fault_count == 0


def test_controls_are_blanks_but_are_kept(line: Any) -> None:
    one = line()
    one.host(EW + b"\x15\x0c\x19\x0d\x00\x1c\x1e")
    assert cells(one)[:7] == b"\x15\x0c\x19\x0d\x00\x1c\x1e"
    assert one.terminal.screen().characters[:7] == "     *;"


def test_insert_cursor_takes_effect_at_the_end(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + b"\x11" + at(50) + b"\x13" + ebcdic("ABC"))
    assert one.terminal.screen().cursor == 50


def test_a_write_without_an_address_begins_at_the_cursor(line: Any, ebcdic: Any) -> None:
    one = line()
    one.host(EW + b"\x11" + at(50) + b"\x13")
    one.host(b"\xf1\xc2" + ebcdic("HERE"))
    assert one.terminal.screen().at(50, 4) == "HERE"


def test_field_level_graphics_are_inherited_by_characters(line: Any) -> None:
    one = line()
    one.host(EW + HOME + bytes.fromhex("2902c06043f1 a2a2 1d60 a2"))
    assert one.terminal.screen().characters[:6] == " ── s "


@pytest.mark.parametrize("code", sorted(COMMANDS))
def test_every_command_is_obeyed_from_any_state(code: int, line: Any) -> None:
    one = line()
    for record in (bytes((code, 0xC3)), bytes((code, 0xC3)) + HOME + b"\x1d\x40"):
        one.host(record)
        one.host(EW + HOME + b"\x1d\x40\xc1")
        assert one.terminal.screen().characters[:3] == " A "


def test_sizes_switch_between_default_and_alternate(line: Any) -> None:
    one = line(model=4)
    sizes = []
    for record in (b"\xf5\xc3", b"\x7e\xc3", b"\xf3\x00\x04\x03\x00", b"\xf3\x00\x04\x03\x80"):
        one.host(record)
        sizes.append((one.terminal.screen().rows, one.terminal.screen().columns))
    assert sizes == [(24, 80), (43, 80), (24, 80), (43, 80)]


def test_an_address_is_judged_by_the_size_after_the_erase(line: Any, ebcdic: Any) -> None:
    one = line(model=4)
    one.host(b"\xf5\xc3")
    one.host(b"\x7e\xc3\x11\xf5\x6f" + ebcdic("Z"))
    assert one.terminal.screen().at(3439, 1) == "Z"


def test_the_alarm_is_counted(line: Any) -> None:
    one = line()
    one.host(b"\xf5\xc7")
    one.host(b"\xf1\xc2")
    one.host(b"\xf1\xc4")
    assert one.terminal.screen().alarm == 2


def test_reset_mdt_leaves_other_bits(line: Any) -> None:
    one = line()
    one.host(EW + HOME + b"\x1d\xf1" + b"\x1d\xc1")
    assert [f.modified for f in one.terminal.screen().fields] == [True, True]
    one.host(b"\xf1\xc1")
    assert [(f.modified, f.protected) for f in one.terminal.screen().fields] == [
        (False, True),
        (False, False),
    ]


def test_reading_orders_needs_no_screen() -> None:
    steps = read_orders(bytes.fromhex("f5c3 114040 1d60 c1c2 13"), 2, 1920)
    assert steps == [SetBufferAddress(0), StartField(0x60), TextData(b"\xc1\xc2"), InsertCursor()]
    assert [type(step) for step in steps] == [SetBufferAddress, StartField, TextData, InsertCursor]
