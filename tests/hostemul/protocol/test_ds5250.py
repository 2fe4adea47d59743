import pytest

from hostemul.protocol import ds5250


def test_what_a_keyboard_sends_is_read_whole():
    found = ds5250.parse(bytes.fromhex("0507f1 110506c1c200c3 110701"), "cp037")
    assert (found.aid, found.cursor) == ("ENTER", (5, 7))
    assert found.fields == {(5, 6): "AB C", (7, 1): ""}
    assert repr(found) == "<Inbound5250 ENTER cursor (5, 7), 2 fields>"


@pytest.mark.parametrize("data", ["", "0101", "010199", "0101f1c1", "0101f1 1105"])
def test_anything_else_is_refused(data):
    with pytest.raises(ds5250.DataStream5250Error):
        ds5250.parse(bytes.fromhex(data), "cp037")


def test_an_address_may_look_like_an_order():
    found = ds5250.parse(bytes.fromhex("1111f1 111111c1 110511 111105c2"), "cp037")
    assert found.fields == {(17, 17): "A", (5, 17): "", (17, 5): "B"}


def test_every_aid_has_its_own_name():
    assert len(set(ds5250.AIDS.values())) == len(ds5250.AIDS) == 31


def test_a_header_masks_the_keys_without_data():
    assert ds5250.header(24, 3, 12).hex(" ") == "01 07 00 00 00 18 00 08 04"


@pytest.mark.parametrize(
    "record", ["", "000a12a0000004000", "000a13a00000040000 00", "000a12a00000090000 00"]
)
def test_records_that_are_none(record):
    with pytest.raises(ds5250.DataStream5250Error):
        ds5250.split(
            bytes.fromhex(record.replace(" ", "").ljust(len(record) + len(record) % 2, "0"))
        )
