"""Captured screens: written for people, read back the same, and never with a secret."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sesssrvr.terminal import (
    CapturedField,
    CaptureError,
    Field,
    Screen,
    capture_from_text,
    capture_to_text,
    screen_from_capture,
    screen_to_capture,
    to_json,
    to_svg,
    to_text,
)
from sesssrvr.terminal.screen import TAIL, Run


TEXT = """
    24 80 cursor 5 20
    field 1 2 10 protected intensified
    field 5 20 8
    field 6 20 8 hidden
    field 7 20 4 numeric modified colour f2 highlight f4
    |Sign on|
    ||
    |  <a> & "b"
"""


def test_the_text_form_is_read() -> None:
    screen = screen_from_capture(capture_from_text(TEXT))
    assert (screen.rows, screen.columns, screen.place(screen.cursor)) == (24, 80, (5, 20))
    assert screen.lines()[0].rstrip() == "Sign on"
    assert screen.lines()[2].rstrip() == '  <a> & "b"'
    assert [f.protected for f in screen.fields] == [True, False, False, False]
    assert screen.fields[2].hidden
    assert (screen.fields[3].colour, screen.fields[3].highlight) == (0xF2, 0xF4)
    assert not screen.locked


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("24 80\nsomething", 2, "expected sizes"),
        ("24 80\nfield 1 2", 2, "row, column, length"),
        ("24 80\nfield a b c", 2, "row, column, length"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, line: int, said: str) -> None:
    with pytest.raises(CaptureError, match=said) as caught:
        capture_from_text(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 80", "1 to 255"),
        ("2 4\n|abcde|", "5 characters, not 4"),
        ("1 4\n|ab|\n|cd|", "2 rows of text"),
        ("2 4 cursor 3 1", "outside 2 x 4"),
        ("2 4\nfield 3 1 1", "outside 2 x 4"),
        ("2 4\nfield 1 1 99", "length 99"),
        ("2 4\nfield 1 1 1 protekted", "unknown flag 'protekted'"),
        ("2 4\nfield 1 1 1 colour red", "unknown flag"),
    ],
)
def test_what_does_not_fit_together_is_said(text: str, said: str) -> None:
    with pytest.raises(CaptureError, match=said):
        screen_from_capture(capture_from_text(text))


@pytest.mark.parametrize(
    "given_", [{}, {"rows": "24", "columns": 80}, {"rows": 2, "columns": 4, "lines": "ab"},
               {"rows": 2, "columns": 4, "cursor": [1]}, {"rows": 2, "columns": 4, "fields": [1]}]
)  # fmt: skip
def test_values_of_the_wrong_kind_are_refused(given_: dict[str, Any]) -> None:
    with pytest.raises(CaptureError):
        screen_from_capture(given_)


def test_hidden_text_an_editor_wrote_is_masked() -> None:
    screen = screen_from_capture(capture_from_text("1 20\nfield 1 2 6 hidden\n| SECRET OK|"))
    assert screen.characters == "        OK".ljust(20)


flags = st.fixed_dictionaries(
    {}, optional={name: st.booleans() for name in ("protected", "numeric", "hidden", "modified")}
)


@st.composite
def screens(draw: st.DrawFn) -> Screen:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 12))
    size = rows * columns
    starts = draw(st.lists(st.integers(0, size - 1), unique=True, max_size=4).map(sorted))
    fields = tuple(
        Field(start, draw(st.integers(0, 4)) % size, colour=draw(st.sampled_from([0, 0xF2])),
              **draw(flags))
        for start in starts
    )  # fmt: skip
    text = list(draw(st.text(st.sampled_from("ab<&|─ "), min_size=size, max_size=size)))
    for field in fields:
        for at in range(field.start, field.start + field.length if field.hidden else field.start):
            text[at % size] = " "
    return Screen(rows, columns, "".join(text), fields, cursor=draw(st.integers(0, size - 1)))


@given(screens())
def test_what_is_written_is_read_back(screen: Screen) -> None:
    capture = screen_to_capture(screen)
    assert screen_from_capture(capture) == screen
    assert screen_from_capture(capture_from_text(capture_to_text(capture))) == screen
    assert screen_from_capture(json.loads(json.dumps(capture))) == screen


@st.composite
def vt_screens(draw: st.DrawFn) -> Screen:
    """With runs within rows, in order and apart, and wide characters."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(2, 12))
    text = list(draw(st.text(st.sampled_from("ab│漢 "), min_size=rows, max_size=rows * columns)))
    cells, runs = [], []
    for char in text:
        wide = char == "漢" and len(cells) % columns < columns - 1
        cells += [char, TAIL] if wide else ["x" if char == "漢" else char]
    cells = (cells + [" "] * rows * columns)[: rows * columns]
    if cells[-1] == "漢":
        cells[-1] = "x"
    for row in range(rows):
        start, length = draw(st.integers(0, columns - 1)), draw(st.integers(0, 4))
        at, length = row * columns + start, min(length, columns - start)
        looks = draw(st.fixed_dictionaries({
            "bold": st.booleans(), "reverse": st.booleans(), "foreground": st.integers(-1, 255),
            "background": st.integers(-1, 255), "hidden": st.just(TAIL not in cells),
        }))  # fmt: skip
        if length and looks != {**looks, "bold": False, "reverse": False, "foreground": -1}:
            runs.append(Run(at, length, **looks))
            if looks["hidden"]:
                cells[at : at + length] = " " * length
    return Screen(
        rows, columns, "".join(cells), cursor=draw(st.integers(0, rows * columns - 1)),
        kind="VT", runs=tuple(runs),
    )  # fmt: skip


@given(vt_screens())
def test_what_is_written_of_a_vt_is_read_back_with_its_runs(screen: Screen) -> None:
    capture = screen_to_capture(screen)
    assert screen_from_capture(capture) == screen
    assert screen_from_capture(capture_from_text(capture_to_text(capture))) == screen
    assert screen_from_capture(json.loads(json.dumps(capture))) == screen
    by_hand = capture_to_text(capture).replace(TAIL, "")  # of a person who knows of no such mark
    assert screen_from_capture(capture_from_text(by_hand)) == screen


def test_a_screen_that_says_no_kind_is_of_the_kind_it_is_read_for() -> None:
    written = capture_from_text("1 4\n|AB  |\n")
    assert screen_from_capture(written).kind == "3270"
    assert screen_from_capture(written, "5250").kind == "5250"
    assert screen_from_capture(capture_from_text("1 4 cursor 1 1 VT\n|AB|")).kind == "VT"
    assert screen_from_capture(capture_from_text("1 4 VT\n|AB|"), "5250").kind == "VT"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("run 1 1", "row, column, length"),
        ("run 1 1 x bold", "row, column, length"),
        ("run 1 2 4 bold", "leaves its row"),
        ("run 2 1 1 bold", "leaves its row"),
        ("run 0 1 1 bold", "leaves its row"),
        ("run 1 1 0 bold", "row, column, length"),
        ("run 1 1 1 fat", "unknown look 'fat'"),
        ("run 1 1 1 foreground", "unknown look"),
        ("run 1 1 1 foreground red", "unknown look"),
        ("run 1 1 1 background 256", "0 to 255"),
        ("run 1 1 1 background 9999", "unknown look"),
        ("1 4 VT52", "expected sizes"),
    ],
)
def test_a_run_that_makes_no_sense_is_told(line: str, problem: str) -> None:
    with pytest.raises(CaptureError, match=problem):
        screen_from_capture(capture_from_text(f"1 4 cursor 1 1 VT\n{line}\n|AB|"))


def test_hidden_text_an_editor_wrote_into_a_run_is_blank() -> None:
    screen = screen_from_capture(capture_from_text("1 8 VT\nrun 1 3 4 hidden\n|ABSEEN  |"))
    assert screen.characters == "AB      "


@given(screens())
def test_pictures_are_well_formed_and_hold_the_text(screen: Screen) -> None:
    tree = etree.fromstring(to_svg(screen).encode())
    drawn = "".join(tree.itertext())
    if not screen.fields:
        for line in screen.lines():
            assert line.strip() in drawn
    assert to_svg(screen) == to_svg(screen)


def test_json_names_everything_a_program_needs() -> None:
    screen = Screen(1, 10, " LABEL   A", (Field(1, 5, protected=True),), cursor=7, locked=True)
    assert json.loads(to_json(screen)) == {
        "rows": 1,
        "columns": 10,
        "cursor": [1, 8],
        "lines": [" LABEL   A"],
        "fields": [{"row": 1, "column": 2, "length": 5, "flags": ["protected"]}],
        "runs": [],
        "kind": "3270",
        "locked": True,
        "connected": True,
    }


def test_text_with_a_frame_shows_where_things_are() -> None:
    screen = Screen(2, 4, "AB  CD  ", cursor=5)
    assert to_text(screen) == "AB\nCD"
    assert to_text(screen, frame=True).splitlines() == [
        "   +----+",  # the ruler: at columns 5, 15 ... a plus sign, at 10, 20 ... the tens
        " 1 |AB  |",
        " 2 |CD  |",
        "   +----+",
        "   cursor 2,2  keyboard unlocked",
    ]


def test_nothing_made_from_a_screen_holds_a_password(line: Any) -> None:
    one = line()
    one.host(b"\xf5\xc3\x1d\x4c\x13" + bytes(10) + b"\x1d\x60")
    one.terminal.type("SECRET")
    screen = one.terminal.screen()
    made = [str(screen), repr(screen), to_text(screen, frame=True), to_svg(screen), to_json(screen)]
    made += [capture_to_text(screen_to_capture(screen)), str(screen_to_capture(screen))]
    assert not any(re.search("SECRET", one) for one in made)


def test_a_field_is_a_plain_tuple_too() -> None:
    assert CapturedField(1, 2, 3, ("hidden",)) == (1, 2, 3, ("hidden",))
