import ebcdic  # noqa: F401  code page 1047
import pytest

from hostemul.bank import guide
from hostemul.bank.layout import Layout, Printer, draw, entry, label, output, text
from hostemul.bank.screens import LAYOUTS


@pytest.fixture(scope="module")
def shown():
    return guide.shown()


@pytest.mark.parametrize("codec", ["cp037", "cp1047"])
@pytest.mark.parametrize("name", list(LAYOUTS))
def test_a_record_shows_what_the_drawing_shows(name, codec, display, shown):
    state, values = shown[name]
    seen = display(codec)
    seen.show(Printer(LAYOUTS[name], codec).record(values, state.cursor))
    hidden = {item.row for item in LAYOUTS[name].items if item.hidden}
    drawn = draw(LAYOUTS[name], values, blank=" ")
    assert [line for n, line in enumerate(seen.lines, 1) if n not in hidden] == [
        line for n, line in enumerate(drawn, 1) if n not in hidden
    ]


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_the_input_fields_are_the_entries_in_use(name, display, shown):
    _, values = shown[name]
    seen = display()
    seen.show(Printer(LAYOUTS[name], "cp037").record(values))
    assert seen.inputs() == [
        (item.row, item.column, item.length)
        for item in LAYOUTS[name].items
        if item.kind == "entry" and (not item.needs or values.get(item.needs))
    ]


def test_the_cursor_stands_in_the_first_entry_or_the_named_one(display):
    seen = display()
    printer = Printer(LAYOUTS["BNK060"], "cp037")
    seen.show(printer.record({}))
    assert seen.cursor == 7 * 80 + 25
    seen.show(printer.record({}, "amount"))
    assert seen.cursor == 11 * 80 + 25


def test_the_alarm_sounds_when_asked(display):
    seen = display()
    seen.show(Printer(LAYOUTS["BNK010"], "cp037").record({}, alarm=True))
    assert seen.alarm


def test_a_password_is_non_display():
    assert LAYOUTS["BNK000"].entry("password").attribute & 0x0C == 0x0C


def test_a_number_field_is_numeric():
    assert LAYOUTS["BNK040"].entry("account").attribute & 0x10


def test_a_value_that_is_too_long_is_cut(display):
    seen = display()
    layout = Layout("X", "X", (output(1, 2, 3, "a"), output(2, 2, 3, "b", right=True)))
    seen.show(Printer(layout, "cp037").record({"a": "ABCDEF", "b": "7"}))
    assert (seen.lines[0].strip(), seen.lines[1][:5]) == ("ABC", "   7 ")


def test_a_character_outside_the_code_page_becomes_a_question_mark_like_sub():
    record = Printer(Layout("X", "X", (output(1, 2, 3, "a"),)), "cp037").record({"a": "€"})
    assert "?".encode("cp037") in record


@pytest.mark.parametrize(
    "items",
    [
        (text(1, 1, "NO ROOM FOR THE ATTRIBUTE"),),
        (text(1, 70, "BEYOND COLUMN 80"),),
        (text(1, 2, "ABC"), text(1, 5, "TOUCHES")),
        (entry(5, 10, 8, "a"), output(5, 12, 3, "b")),
    ],
)
def test_a_layout_that_cannot_be_shown_is_refused(items):
    with pytest.raises(ValueError, match="X: "):
        Layout("X", "X", items)


def test_labels_are_led_to_their_value_by_dots():
    assert label(1, 2, "Name", 12).text == "Name . . . :"
    assert label(1, 2, "Names", 12).text == "Names  . . :"


def test_an_unknown_entry_is_named():
    with pytest.raises(KeyError, match="BNK010 has no entry nothing"):
        LAYOUTS["BNK010"].entry("nothing")


def test_text_at_places_without_an_entry_is_dropped():
    assert LAYOUTS["BNK010"].named({20 * 80 + 32: " 1 ", 5: "X"}) == {"option": "1"}
