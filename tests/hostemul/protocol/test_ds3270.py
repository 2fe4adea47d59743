import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostemul.protocol.ds3270 import (
    AID_CODES,
    GRAPHIC,
    DataStream3270Error,
    address,
    offset_of,
    parse_read_modified,
    place,
)


def test_every_12_bit_address_survives_its_two_bytes():
    assert [offset_of(*address(n)) for n in range(4096)] == list(range(4096))


@pytest.mark.parametrize(
    ("offset", "sent"), [(0, "4040"), (1919, "5D7F"), (80, "C150"), (1760, "5B60")]
)
def test_addresses_are_those_of_the_manual(offset, sent):
    """GA23-0059, appendix: buffer addresses of a 24x80 screen."""
    assert address(offset).hex().upper() == sent


def test_graphic_codes_are_64_different_printable_ones():
    assert len(set(GRAPHIC)) == 64
    assert min(GRAPHIC) == 0x40


def test_a_14_bit_address_is_read():
    assert offset_of(0x07, 0x7F) == 1919


@pytest.mark.parametrize("offset", [-1, 4096])
def test_an_address_that_does_not_fit_is_refused(offset):
    with pytest.raises(ValueError, match="12 bits"):
        address(offset)


@pytest.mark.parametrize("where", [(0, 1), (25, 1), (1, 0), (1, 81)])
def test_a_place_outside_the_screen_is_refused(where):
    with pytest.raises(ValueError, match="outside"):
        place(*where)


def read(digits):
    return parse_read_modified(bytes.fromhex(digits), "cp037")


def test_modified_fields_come_by_offset():
    inbound = read("7D 40C5 11 40C1 E2D4C9E3C8 11 C150 F1")
    assert (inbound.aid, inbound.cursor) == ("ENTER", 5)
    assert inbound.fields == {1: "SMITH", 80: "1"}


def test_nulls_inside_a_field_are_dropped():
    assert read("7D 4040 11 40C1 C1 00 C2").fields == {1: "AB"}


def test_text_of_an_unformatted_screen_is_loose():
    assert read("7D 40C1 C8C9").loose == "HI"


def test_attributes_of_character_reply_mode_are_dropped():
    assert read("7D 4040 11 40C1 2842F2 C1 2800 00 C2").fields == {1: "AB"}


def test_an_sa_byte_inside_an_address_is_no_attribute():
    """X'28' as the low half of a 14-bit address, before a real SA."""
    assert read("7D 4040 11 0028 C1 2842F2 C2").fields == {0x28: "AB"}


@pytest.mark.parametrize("aid", ["CLEAR", "PA1", "PA2", "PA3"])
def test_a_short_read_is_the_key_alone(aid):
    inbound = parse_read_modified(bytes([AID_CODES[aid]]), "cp037")
    assert (inbound.aid, inbound.cursor, inbound.fields) == (aid, None, {})


@pytest.mark.parametrize(
    ("key", "code"),
    [("PF1", 0xF1), ("PF10", 0x7A), ("PF12", 0x7C), ("PF13", 0xC1), ("PF22", 0x4A), ("PF24", 0x4C)],
)
def test_function_keys_have_the_codes_of_the_manual(key, code):
    assert AID_CODES[key] == code


@pytest.mark.parametrize(
    ("digits", "problem"),
    [
        ("", "empty"),
        ("99 4040", "unknown AID"),
        ("7D 40", "cursor address is cut"),
        ("7D 4040 11 40", "field address is cut"),
        ("7D 4040 11 5E40 C1", "outside"),
        ("7D 5E40", "outside"),
    ],
)
def test_a_bad_record_is_refused_in_words(digits, problem):
    with pytest.raises(DataStream3270Error, match=problem):
        read(digits)


@given(st.binary(max_size=60))
def test_junk_gives_an_inbound_or_a_data_stream_error(junk):
    try:
        parse_read_modified(junk, "cp037")
    except DataStream3270Error as problem:
        assert str(problem)  # noqa: PT017  both ends are right


def test_the_repr_of_what_was_typed_does_not_tell_it():
    assert "SMITH" not in repr(read("7D 40C5 11 40C1 E2D4C9E3C8"))
