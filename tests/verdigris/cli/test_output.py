"""Tables, colours and the live picture."""

import io
import json

import pytest
from rich.console import Console

from verdigris.cli import output
from verdigris.cli.output import STYLES, Shown, show, table
from verdigris.errors import ApiUnreachable


def drawn(what, width=40, **options):
    out = io.StringIO()
    Console(file=out, width=width, **options).print(what)
    return out.getvalue()


def test_numbers_are_set_to_the_right_and_nothing_is_nothing():
    lines = drawn(table(["name", "count#"], [("a", 5), ("b", None), ("c", 1234)])).splitlines()
    assert [line.rstrip() for line in lines] == [
        "name   count",
        "────────────",
        "a          5",
        "b",
        "c       1234",
    ]


def test_an_empty_table_is_a_sentence():
    assert drawn(table(["name"], [], empty="There is nothing.")) == "There is nothing.\n"


def test_brackets_in_values_are_no_markup():
    assert "[bold]x" in drawn(table(["name"], [["[bold]x"]]))


@pytest.mark.parametrize("word", STYLES)
def test_states_have_colours_on_terminals_only(word):
    made = table(["state"], [[word]])
    assert "\x1b[" in drawn(made, force_terminal=True, color_system="standard")
    assert "\x1b[" not in drawn(made)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_live_picture_goes_on_after_a_failure(monkeypatch):
    terminal, looks = Terminal(), []

    def look():
        looks.append(1)
        if len(looks) == 2:
            raise ApiUnreachable(url="http://x", reason="gone")
        return Shown(f"look {len(looks)}", {})

    def sleep(seconds):
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(output.sys, "stdout", terminal)
    monkeypatch.setattr(output.time, "sleep", sleep)
    show(look, as_json=False, watch=True)
    text = terminal.getvalue()
    assert "look 1" in text
    assert "9215: The administration API at http://x cannot be reached: gone." in text
    assert "look 3" in text


def test_json_is_readable_and_keeps_letters(capsys):
    show(lambda: Shown("people", {"name": "Zoë"}), as_json=True)
    out = capsys.readouterr().out
    assert json.loads(out) == {"name": "Zoë"}
    assert "Zoë" in out
