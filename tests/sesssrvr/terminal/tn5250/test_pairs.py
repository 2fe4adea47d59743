"""Wide characters: what is shown of them, which fields take them, and pairs stay whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesssrvr.terminal.screen import TAIL
from sesssrvr.terminal.tn5250 import Terminal5250, fields
from sesssrvr.terminal.tn5250.codes import DUP
from sesssrvr.terminal.tn5250.pairs import whole
from sesssrvr.terminal.wide import pair_spans
from verdigris.errors import OperatorError


ONLY, PAIRS, EITHER, OPEN = fields.PAIRS_ONLY, fields.PAIRS, fields.EITHER, fields.OPEN
DAY, ORIGIN = b"\x45\x62", b"\x45\x66"  # 日 本 in code page 930
SO, SI = b"\x0e", b"\x0f"


@pytest.fixture
def tube(form, say):
    """A terminal of a Japanese host with one field of this kind at row 5 column 10, 12 cells long."""

    def make(kind=OPEN, length=12, word=0x4000, **options):
        controls = (kind,) if kind else ()
        line = form(
            say.field(5, 10, length, word, *controls),
            say.field(7, 10, 4),
            codepage="cp930",
            **options,
        )
        line.terminal.move_cursor(5, 10)
        return line

    return make


def sent(line):
    """What Enter brings of the first field."""
    data = line.press("Enter")
    return data[6:]


def test_a_wide_character_takes_two_columns_and_its_shifts_one_each(line, say):
    it = line(codepage="cp939")
    it.host(say.clear, say.write(say.sba(2, 3), b"\x20\xc1", SO, DAY, ORIGIN, SI, b"\xc2\x22\xc3"))
    screen = it.screen
    assert screen.text(2, 4, 9) == "A 日本 B "
    start = screen.columns + 3
    assert screen.characters[start : start + 8] == f"A 日{TAIL}本{TAIL} B"


def test_pairs_end_with_the_next_attribute(line, say):
    it = line(codepage="cp939")
    it.host(say.clear, say.write(say.sba(2, 3), b"\x20", SO, DAY, b"\x22\xc1\xc2\x20"))
    assert it.screen.text(2, 3, 8).rstrip() == "  日 AB"


def test_hidden_pairs_do_not_show(line, say):
    it = line(codepage="cp939")
    it.host(say.clear, say.write(say.sba(2, 3), b"\x27", SO, DAY, SI, b"\x20"))
    assert not it.screen.characters.replace(TAIL, "x").strip()


def test_a_page_without_pairs_shows_bytes(line, say):
    it = line()
    it.host(say.clear, say.write(say.sba(2, 3), b"\x20", SO, DAY, SI))
    assert it.screen.text(2, 3, 6) == "  áÂ  "


def test_the_host_is_told_that_wide_characters_are_shown(line):
    query = b"\x04\xf3\0\x05\xd9\x70\0"
    assert line(codepage="cp930", model="IBM-5555-C01").host(query)[52] == 0x20
    assert line(model="IBM-5555-C01").host(query)[52] == 0
    data = line(codepage="cp930", model="IBM-5555-B01").host(query)
    assert data[30:37].decode("cp037") == "5555B01"


TYPED = {
    "open": (OPEN, "日本", SO + DAY + ORIGIN + SI),
    "open, mixed": (OPEN, "A日B", b"\xc1" + SO + DAY + SI + b"\xc2"),
    "open, twice": (OPEN, "日A本", SO + DAY + SI + b"\xc1" + SO + ORIGIN + SI),
    "pairs": (PAIRS, "日本", SO + DAY + ORIGIN + SI),
    "either, wide": (EITHER, "日本", SO + DAY + ORIGIN + SI),
    "either, single": (EITHER, "AB", b"\xc1\xc2"),
    "pairs only": (ONLY, "日本", DAY + ORIGIN),
    "single": (0, "AB", b"\xc1\xc2"),
}


@pytest.mark.parametrize(("kind", "text", "data"), TYPED.values(), ids=TYPED)
def test_what_is_typed_is_what_is_sent(tube, kind, text, data):
    line = tube(kind)
    line.type(text)
    assert line.screen.text(5, 10, 12).strip(" \u3000").replace(" ", "") == text
    assert sent(line) == data


REFUSED = {
    "pairs take no letter": (PAIRS, "A", "wide characters only"),
    "pairs only neither": (ONLY, "A", "wide characters only"),
    "either has begun wide": (EITHER, "日A", "0060"),
    "either has begun narrow": (EITHER, "A日", "0061"),
    "a usual field": (0, "日", "wide characters are not allowed"),
    "not on the page": (OPEN, "\u0e01", "is not in cp930"),
    "full": (OPEN, "ABCDEFGHI日", "0012"),
}


@pytest.mark.parametrize(("kind", "text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_a_field_does_not_take_is_refused(tube, kind, text, why):
    line = tube(kind)
    with pytest.raises(OperatorError, match=why):
        line.type(text)


def test_a_full_field_goes_to_the_next(tube):
    line = tube(OPEN, length=6)
    line.type("日本")
    assert line.cursor == (7, 10)
    line = tube(ONLY, length=4)
    line.type("日本")
    assert line.cursor == (7, 10)


def test_a_full_field_that_wants_a_field_exit_waits(tube):
    line = tube(OPEN, length=6, word=0x4040)
    line.type("日本")
    with pytest.raises(OperatorError, match="0018"):
        line.type("A")
    line.terminal.key("FieldExit")
    assert sent(line) == SO + DAY + ORIGIN + SI


def test_a_continued_field_goes_on_in_its_next_part(form, say):
    line = form(
        say.field(5, 10, 4, 0x4000, OPEN, 0x8601),
        say.field(6, 10, 4, 0x4000, OPEN, 0x8602),
        codepage="cp930",
    )
    line.type("日本", 5, 10)
    assert line.cursor == (5, 10)  # round the end
    assert sent(line) == SO + DAY + SI + SO + ORIGIN + SI


def test_a_letter_behind_pairs_goes_behind_their_shift(tube):
    line = tube()
    line.type("日")
    assert line.cursor == (5, 13)  # on the SI, where pairs go on
    line.type("A")
    assert line.cursor == (5, 15)


@pytest.mark.parametrize(
    ("column", "why"),
    [(10, "half a wide"), (11, "only wide"), (12, "only wide"), (13, "only wide")],
)
def test_a_letter_on_pairs_is_refused_and_changes_nothing(tube, column, why):
    line = tube()
    line.type("日本")
    with pytest.raises(OperatorError, match=why):
        line.type("A", 5, column)
    assert sent(line) == SO + DAY + ORIGIN + SI


def test_a_pair_over_the_next_pairs_is_refused(tube):
    line = tube()
    line.type("日A本")
    with pytest.raises(OperatorError, match="half a wide"):
        line.type("日", 5, 13)
    with pytest.raises(OperatorError, match="inside another"):
        line.type("日", 5, 12)
    assert sent(line) == SO + DAY + SI + b"\xc1" + SO + ORIGIN + SI


def test_pairs_are_inserted(tube):
    line = tube()
    line.type("AB")
    line.terminal.key("Insert")
    line.type("日", 5, 11)
    line.type("本")
    assert sent(line) == b"\xc1" + SO + DAY + ORIGIN + SI + b"\xc2"


def test_nothing_is_inserted_where_it_does_not_fit(tube):
    line = tube(length=8)
    line.type("日本A")
    line.terminal.key("Insert")
    with pytest.raises(OperatorError, match="0012"):
        line.type("日", 5, 11)
    assert sent(line) == SO + DAY + ORIGIN + SI + b"\xc1"


@pytest.mark.parametrize(
    ("key", "column", "data"),
    [
        ("Dup", 13, SO + DAY + SI + bytes((DUP,)) * 8),
        ("Delete", 11, SO + ORIGIN + SI),
        ("Delete", 14, SO + DAY + SI),
        ("Backspace", 13, SO + ORIGIN + SI),
        ("Backspace", 15, SO + DAY + SI),
        ("Backspace", 16, SO + DAY + SI),
        ("EraseEOF", 12, b""),
        ("EraseEOF", 13, SO + DAY + SI),
        ("EraseEOF", 15, SO + DAY + ORIGIN + SI),
        ("FieldExit", 14, SO + DAY + SI),
        ("FieldExit", 16, SO + DAY + ORIGIN + SI),
    ],
)
def test_keys_take_whole_pairs(tube, key, column, data):
    line = tube(word=0x5000)
    line.type("日本")
    line.terminal.move_cursor(5, column)
    line.terminal.key(key)
    assert sent(line) == data


def test_the_last_pair_takes_its_shifts_along(tube):
    line = tube()
    line.type("A日B")
    line.terminal.move_cursor(5, 13)
    line.terminal.key("Delete")
    assert line.cursor == (5, 11)
    assert sent(line) == b"\xc1\xc2"


def test_keys_in_a_field_of_pairs_only(tube):
    line = tube(ONLY)
    line.type("日本日")
    line.terminal.key("Backspace")
    line.terminal.move_cursor(5, 11)
    with pytest.raises(OperatorError, match="inside another"):
        line.type("日")
    line.terminal.key("Delete")
    assert sent(line) == ORIGIN
    line = tube(ONLY)
    line.type("日本日")
    line.terminal.move_cursor(5, 13)
    line.terminal.key("EraseEOF")
    assert sent(line) == DAY


ACTIONS = ["Delete", "Backspace", "EraseEOF", "Insert", "FieldExit", "Left", "Right", "Dup", "Home"]


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from([OPEN, PAIRS, EITHER, ONLY]),
    length=st.integers(1, 12),
    parts=st.booleans(),
    actions=st.lists(
        st.one_of(
            st.text("A1日本 ", min_size=1, max_size=3),
            st.sampled_from(ACTIONS).map(lambda name: (name,)),
            st.integers(0, 13),
        ),
        max_size=15,
    ),
)
def test_no_operator_tears_a_pair_apart(kind, length, parts, actions):
    terminal = Terminal5250(lambda _: None, codepage="cp930")
    terminal.feed(bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00 fffd27"))
    length += length % 2 if kind == ONLY else 0
    begin = bytes.fromhex("1105 09 1d 5000") + kind.to_bytes(2)
    field = begin + b"\x86\x01" * parts + b"\x24" + length.to_bytes(2)
    if parts:
        field += begin.replace(b"\x11\x05", b"\x11\x06") + b"\x86\x02\x24" + length.to_bytes(2)
    data = b"\x04\x40\x04\x11\0\x08" + field + b"\x04\x52\0\0"
    terminal.feed(
        (len(data) + 10).to_bytes(2) + bytes.fromhex("12a0000004000003") + data + b"\xff\xef"
    )
    display = terminal._display
    for action in actions:
        try:
            if isinstance(action, int):
                terminal.move_cursor(5, 9 + action)
            elif isinstance(action, tuple):
                terminal.key(*action)
            else:
                terminal.type(action)
        except OperatorError:
            pass
        for one in display.table.fields:
            content = bytes(display.cells[one.start : one.end])
            assert kind == ONLY or whole(content)
            spans = [(0, len(content) // 2 * 2)] if kind == ONLY else pair_spans(content)
            held = [content[at : at + 2] for begin, end in spans for at in range(begin, end, 2)]
            assert {*held} <= {DAY, ORIGIN, b"\0\0", b"\x40\x40", bytes((DUP, DUP))}
        terminal.screen()
