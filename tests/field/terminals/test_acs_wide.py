"""Wide characters in 5250 fields as IBM's own client is publicly measured: asaomaro/ts5250.

Bytes are those of the measurements, code page 930: 4481 to 4488 are the first hiragana.
"""

import pytest

from sesssrvr.terminal.screen import TAIL
from tests.support.records_5250 import CLEAR, READ, Line, field, sba, write
from verdigris.errors import OperatorError


AA, II, UU = b"\x44\x81", b"\x44\x82", b"\x44\x83"
SO, SI, BLANK = b"\x0e", b"\x0f", b"\x40\x40"
ONLY, PURE, EITHER, OPEN = 0x8200, 0x8220, 0x8240, 0x8280
BEGIN, END = b"\x12\x05\x81", b"\x12\x05\x80"


def tube(kind: int, content: bytes = b"", length: int = 12) -> Line:
    """A terminal of a Japanese host with one field of this kind at row 3 column 20."""
    line = Line(codepage="cp930")
    line.host(CLEAR, write(field(3, 20, length, 0x4000, kind), content, b"\x13\x03\x14"), READ)
    return line


def sent(line: Line) -> str:
    return line.press("Enter")[6:].hex()


def shown(line: Line) -> str:
    return str(line.screen.text(3, 20, 12)).rstrip(" \u3000")


# ---- pure fields: 20260921-g-field-sosi ------------------------------------------------------------


def test_a_pure_field_is_shown_and_sent_without_shifts() -> None:
    """The host's bytes as captured: pairs between extended attributes, the attribute written anew."""
    line = Line(codepage="cp930")
    content = sba(3, 19) + b"\x24" + BEGIN + AA + II + UU + BLANK * 3 + END
    line.host(CLEAR, write(field(3, 20, 12, 0x4000, PURE), content, b"\x13\x03\x14"), READ)
    assert shown(line) == "あいう"
    line.type("かきく")
    assert sent(line) == "448644874488" + "4040" * 3


def test_a_pure_field_takes_as_many_characters_as_it_has_pairs_of_cells() -> None:
    line = tube(PURE, length=6)
    line.type("あいう")
    assert sent(line) == (AA + II + UU).hex()


def test_nulls_after_the_last_pair_are_not_sent() -> None:
    """20260927-read-dbcs-fields."""
    assert sent(tube_typed(PURE, "あ")) == AA.hex()


def tube_typed(kind: int, text: str) -> Line:
    line = tube(kind)
    line.type(text)
    return line


def test_pairs_that_an_extended_attribute_announces_are_wide_outside_fields_too() -> None:
    line = Line(codepage="cp930")
    text = sba(5, 2) + b"\xc1" + BEGIN + AA + II + END + b"\xc2"
    line.host(CLEAR, write(text), READ)
    assert line.screen.text(5, 2, 6) == "AあいB"
    start = line.screen.offset(5, 2)
    assert line.screen.characters[start : start + 6] == f"Aあ{TAIL}い{TAIL}B"
    line.host(write(sba(6, 2), BEGIN, AA, b"\x20\xc1\xc2"), READ)  # the next attribute ends it too
    assert line.screen.text(6, 2, 5).rstrip() == "あ AB"


def test_hidden_pairs_are_not_shown() -> None:
    line = Line(codepage="cp930")
    line.host(CLEAR, write(sba(5, 2), b"\x27", BEGIN, AA, II, END, b"\x20"), READ)
    assert not line.screen.characters.replace(TAIL, "").strip()


def test_a_pure_field_comes_back_from_save_and_restore() -> None:
    line = Line(codepage="cp930")
    content = sba(3, 19) + b"\x24" + BEGIN + AA + II + BLANK * 4 + END
    line.host(CLEAR, write(field(3, 20, 12, 0x4000, PURE), content, b"\x13\x03\x14"), READ)
    line.type("か")
    (answer,) = line.raw(b"\x04\x02", operation=4)
    line.host(CLEAR, write(b"\xc1"), READ)
    line.host(answer[10:], operation=5)
    assert shown(line) == "かい"
    assert sent(line) == "44864482" + "4040" * 4


# ---- blanks, kinds, the first place ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "data"),
    [
        (PURE, "あ い", AA + BLANK + II),
        (ONLY, "あ い", SO + AA + BLANK + II + SI),
        (ONLY, " ", SO + BLANK + SI),
        (EITHER, "あ い", SO + AA + BLANK + II + SI),
        (EITHER, "A B", b"\xc1\x40\xc2"),
        (OPEN, "A B", b"\xc1\x40\xc2"),
    ],
)
def test_a_blank_typed_where_only_pairs_fit_is_a_wide_one(
    kind: int, text: str, data: bytes
) -> None:
    """20260921-dbcs-space-key."""
    assert sent(tube_typed(kind, text)) == data.hex()


@pytest.mark.parametrize("kind", [ONLY, EITHER])
def test_typing_at_the_start_of_a_field_of_pairs_goes_after_its_shift(kind: int) -> None:
    """20260921-field-exit-checks: the start of such a field is the place after SO."""
    line = tube(kind, SO + AA + II + BLANK * 3 + SI)
    line.type("う")
    assert sent(line) == (SO + UU + II + BLANK * 3 + SI).hex()


def test_typing_on_the_shift_of_a_mixed_field_adds_to_its_pairs() -> None:
    """20260928-o-field-cells."""
    line = tube(OPEN, SO + AA + SI + bytes(8))
    line.type("い")
    assert sent(line) == (SO + II + AA + SI).hex()


def test_a_field_of_either_kind_changes_it_at_its_start_only() -> None:
    """20260927-either-field-mode, A to E."""
    line = tube_typed(EITHER, "X")
    with pytest.raises(OperatorError, match="0061"):
        line.type("あ")
    line.type("あ", 3, 20)  # E: the field is emptied
    with pytest.raises(OperatorError, match="0060"):
        line.type("X")
    line.type("Y", 3, 21)  # C: right after SO
    assert sent(line) == "e8"


# ---- room to insert: 20260921-dbcs-insert-room ----------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content", "column", "data"),
    [
        (ONLY, SO + AA + II + BLANK * 3 + SI, 21, SO + UU + AA + II + BLANK * 2 + SI),
        (EITHER, SO + AA + II + BLANK * 3 + SI, 23, SO + AA + UU + II + BLANK * 2 + SI),
        (PURE, AA + II + BLANK * 4, 20, UU + AA + II + BLANK * 3),
    ],
)
def test_wide_blanks_at_the_end_give_room(
    kind: int, content: bytes, column: int, data: bytes
) -> None:
    line = tube(kind, content)
    line.press("Insert")
    line.type("う", 3, column)
    assert sent(line) == data.hex()


@pytest.mark.parametrize(
    ("kind", "content", "column"),
    [
        (ONLY, SO + AA * 5 + SI, 21),
        (ONLY, SO + AA + BLANK * 4 + SI, 31),
        (OPEN, SO + AA + BLANK * 4 + SI, 21),
        (PURE, AA * 6, 20),
    ],
)
def test_nothing_is_inserted_without_room(kind: int, content: bytes, column: int) -> None:
    line = tube(kind, content)
    line.press("Insert")
    with pytest.raises(OperatorError, match="0012"):
        line.type("う", 3, column)
