"""What a model's host settings make of a 3270 terminal."""

import pytest

from sesssrvr.hosts.terminal_3270 import make_3270
from sesssrvr.model import HostSettings
from verdigris.errors import HostUnreachable, OperatorError


def made(**settings):
    options = tuple(settings.pop("options", {}).items())
    sent = []
    terminal = make_3270(HostSettings(host="h", options=options, **settings))(sent.append)
    return terminal, sent


CLASSIC = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")
NUMERIC = bytes.fromhex("f5c31d50130000001d60ffef")


def test_lu_names_are_asked_for_in_turn():
    terminal, sent = made(lu="LU1, LU2 LU3")
    terminal.feed(bytes.fromhex("fffd28fffa280802fff0"))
    asked = []
    for _ in range(3):
        asked.append(b"".join(sent).rpartition(b"\x01")[2][:3])
        sent.clear()
        terminal.feed(bytes.fromhex("fffa2802060501fff0"))
    assert asked == [b"LU1", b"LU2", b"LU3"]
    assert b"".join(sent) == bytes.fromhex("fffc28")  # classic TN3270 is next
    terminal.feed(bytes.fromhex("fffa28020449424dfff0"))


@pytest.mark.parametrize(("rows", "columns"), [("62", "160"), ("24", "132"), ("128", "128")])
def test_screens_larger_than_the_models(rows, columns):
    terminal, sent = made(options={"rows": rows, "columns": columns})
    terminal.feed(CLASSIC + bytes.fromhex("7ec3c1ffef"))
    screen = terminal.screen()
    assert (screen.rows, screen.columns) == (int(rows), int(columns))
    assert b"IBM-DYNAMIC" in b"".join(sent)


@pytest.mark.parametrize(
    ("rows", "columns"), [("20", "80"), ("24", "79"), ("129", "128"), ("many", "80")]
)
def test_sizes_no_3270_has_are_refused(rows, columns):
    with pytest.raises(HostUnreachable):
        made(options={"rows": rows, "columns": columns})


def test_numeric_lock_and_blank_fill_are_options():
    free, _ = made()
    strict, sent = made(options={"numeric-lock": "true", "blank-fill": "true"})
    for terminal in (free, strict):
        terminal.feed(CLASSIC + NUMERIC)
    free.type("A")
    with pytest.raises(OperatorError, match="digits only"):
        strict.type("A")
    sent.clear()
    strict.move_cursor(1, 4)
    strict.type("7")
    strict.key("Enter")
    assert b"".join(sent).endswith(bytes.fromhex("4040f7ffef"))
