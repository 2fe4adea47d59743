"""5250 data streams as IBM's own client is publicly measured: asaomaro/ts5250, `.aidev/works`."""

import pytest

from tests.support.records_5250 import CLEAR, READ, Line, ebcdic, field, sba, write


READ_ALTERNATE = b"\x04\x82\x00\x00"
IC = b"\x13"


def form(*orders: bytes, read: bytes = READ) -> Line:
    line = Line()
    line.host(CLEAR, write(*orders), read)
    return line


# ---- what fields are sent as: 20260927-read-alt-raw ------------------------------------------------

SENT = {  # word, length, content: sent by Read MDT, by its alternate form
    "blanks at the end": (0x4800, 10, ebcdic("AB C      "), "c1c240c3" + "40" * 6, None),
    "a null inside": (0x4800, 10, b"\xc1\x00\xc2", "c140c2", "c100c2"),
    "negative": (0x4F00, 6, ebcdic("  012-"), "4040f0f1d2", "4040f0f1f260"),
    "a blank sign": (0x4F00, 6, ebcdic("   12 "), "404040f1f2", "404040f1f240"),
    "a letter before it": (0x4F00, 6, ebcdic("    A-"), "40404040d1", "40404040c160"),
    "a blank before it": (0x4F00, 6, ebcdic("     -"), "40404040d0", "404040404060"),
}


@pytest.mark.parametrize("name", SENT)
def test_what_a_field_is_sent_as(name: str) -> None:
    word, length, content, plain, alternate = SENT[name]
    for read, wanted in ((READ, plain), (READ_ALTERNATE, alternate or plain)):
        assert (
            form(field(5, 10, length, word), content, read=read).press("Enter")[6:].hex() == wanted
        )


def test_a_transparent_field_is_sent_as_transparent_data() -> None:
    """20260928-transparent-field."""
    line = form(
        field(5, 10, 8, 0x4800, 0x8400), ebcdic("AB"), field(7, 10, 6, 0x4800), ebcdic("CD")
    )
    line.type("X", 5, 12)
    line.type("Y", 7, 12)
    assert line.press("Enter")[3:].hex() == "11050a100008c1c2e7000000000011070ac3c4e8"


# ---- what the host writes --------------------------------------------------------------------------


@pytest.mark.parametrize("control", [*range(5, 14), *range(0x16, 0x1C), 0x1F])
def test_controls_that_are_no_orders_take_a_place_and_the_rest_is_obeyed(control: int) -> None:
    """20260921-wtd-control-bytes."""
    line = form(sba(3, 1), b"\xc1", bytes((control,)), b"\xc2", field(5, 10, 3), IC + b"\x05\x0b")
    assert line.terminal.fault_count == 0
    text = line.screen.text(3, 1, 3)
    assert (text[0], text[2]) == ("A", "B")
    assert line.cursor == (5, 11)


@pytest.mark.parametrize(
    ("orders", "cursor"),
    [((IC, b"\x07\x0a"), (7, 10)), ((), (5, 10))],
    ids=["its own place", "the place of before"],
)
def test_a_write_while_the_keyboard_is_free_places_the_cursor_too(
    orders: tuple[bytes, ...], cursor: tuple[int, int]
) -> None:
    """20260927-unlocked-wtd-cursor: IC 5,10 and unlock; the operator goes to 9,2; another write."""
    line = form(field(5, 10, 3), field(7, 10, 3), IC + b"\x05\x0a", read=b"")
    line.host(READ)
    line.terminal.move_cursor(9, 2)
    line.host(write(sba(11, 2), ebcdic("NEXT"), *orders), READ)
    assert line.cursor == cursor


def test_data_that_end_with_the_display_go_on_at_its_start() -> None:
    """20260927-ea-acs: XYZ to the last cell, IC, then W; more than fits is not written at all."""
    line = form(sba(24, 78), ebcdic("XYZ"), IC + b"\x06\x02", ebcdic("W"))
    assert (line.screen.text(24, 78, 3), line.screen.text(1, 1, 2)) == ("XYZ", "W ")
    before = line.screen
    line.host(write(sba(24, 79), ebcdic("ABC")))
    assert line.terminal.fault_count == 1
    assert line.screen.characters == before.characters


@pytest.mark.parametrize("attribute", range(0x20, 0x40))
def test_four_attributes_hide_text(attribute: int) -> None:
    """20260914-dspfmt-field-underline: X'37' and X'3F' too, beside their column separators."""
    line = form(sba(3, 1), bytes((attribute,)), ebcdic("TEXT"), b"\x20")
    assert line.screen.text(3, 2, 4) == ("    " if attribute & 7 == 7 else "TEXT")


def test_a_read_alone_leaves_the_cursor() -> None:
    """20260921-cursor-per-wtd-acs: write and read in two records."""
    line = form(field(5, 20, 3), field(7, 20, 3), IC + b"\x07\x14", read=b"")
    line.host(READ)
    assert line.cursor == (7, 20)


def test_clear_unit_alternate_without_its_parameter_clears() -> None:
    """20260927-early-return-rest."""
    line = Line(model="IBM-3477-FC")
    line.host(CLEAR, write(ebcdic("OLD")), READ)
    line.host(b"\x04\x20")
    assert line.terminal.fault_count == 0
    assert line.screen.columns == 132


@pytest.mark.parametrize("clear", [b"\x04\x40", b"\x04\x50"], ids=["unit", "format table"])
def test_clearing_forgets_which_keys_bring_no_data(clear: bytes) -> None:
    """20260927-clear-ca-mask."""
    line = form(b"\x01\x07\x00\x00\x00\x18\x00\x00\x04", field(5, 10, 3))
    line.host(clear, write(field(7, 10, 2)), READ)
    line.type("AB", 7, 10)
    assert line.press("F3").hex() == "070a33" + "11070ac1c2"


def test_answers_come_in_the_order_of_the_commands_and_show_the_screen_of_their_time() -> None:
    """20260928-response-order, 20260929-response-content-timing."""
    line = form(sba(3, 1), ebcdic("OLD"))
    query = b"\x04\xf3\x00\x05\xd9\x70\x00"
    screen = b"\x04\x62"
    answers = line.raw(screen, write(sba(3, 1), ebcdic("NEW")), query, screen)
    assert [answer[12:13] == b"\x88" for answer in answers] == [False, True, False]
    assert ebcdic("OLD") in answers[0]
    assert ebcdic("NEW") in answers[2]


def test_a_screen_is_answered_with_the_operation_code_of_the_question() -> None:
    """20260920-restore-screen-parity: Read Screen To Print; all cells, nulls where nothing is."""
    line = form(ebcdic("MAIN"))
    (answer,) = line.raw(b"\x04\x66", operation=8)
    assert answer[9] == 8
    assert answer[10:] == ebcdic("MAIN") + bytes(1916)


def test_what_was_typed_survives_attention_and_a_restore() -> None:
    """20260920-restore-screen-parity: Attn, the menu over it, F12."""
    line = form(field(20, 7, 20))
    line.type("WRKACTJOB")
    line.terminal.key("Attn")
    line.take()
    (answer,) = line.raw(b"\x04\x02", operation=4)
    line.host(CLEAR, write(ebcdic("MENU")), READ)
    line.host(answer[10:], operation=5)
    assert line.screen.text(20, 7, 9) == "WRKACTJOB"
    assert line.cursor == (20, 16)
    assert line.press("Enter")[3:].hex() == "111407" + ebcdic("WRKACTJOB").hex()
