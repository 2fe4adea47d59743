"""User-defined keys (DECUDK): what they send, what may define them, what forgets them."""

import pytest

from sesssrvr.terminal.vt.userkeys import MAX_BYTES
from verdigris.errors import OperatorError


def pressed(bench, *names):
    """What the keys send, a bar between them; a dash for one that is refused."""
    found = []
    for name in names:
        try:
            bench.terminal.key(name)
        except OperatorError:
            found.append("-")
        else:
            found.append(bench.answers)
    return "|".join(found)


KEYS = "Shift-F6", "Shift-F14", "Shift-F20"
DEFINED = {
    "none": ("", "-|-|-"),
    "three": ("^[P0;1|17/41;26/0D;34/1B4f50^[\\", "A|\r|^[OP"),
    "one, in place of all others": ("^[P0;1|17/41;26/42^[\\^[P0;1|34/43^[\\", "-|-|C"),
    "one, beside the others": ("^[P0;1|17/41;26/42^[\\^[P1;1|34/43^[\\", "A|B|C"),
    "one again": ("^[P1;1|17/41^[\\^[P1;1|17/42^[\\", "B|-|-"),
    "one is taken back": ("^[P1;1|17/41;26/42^[\\^[P1;1|17/^[\\", "-|B|-"),
    "all are forgotten": ("^[P1;1|17/41^[\\^[P0;1|^[\\", "-|-|-"),
    "locked by default": ("^[P|17/41^[\\^[P0;1|17/42^[\\", "A|-|-"),
    "locked": ("^[P1;0|17/41^[\\^[P1;1|17/42^[\\", "A|-|-"),
    "up to what is no hexadecimal": ("^[P1;1|17/41;26/4;34/43^[\\", "A|-|-"),
    "up to a key that is none": ("^[P1;1|17/41;22/42;34/43^[\\", "A|-|-"),
    "nothing by a string that is aborted": ("^[P1;1|17/41\x18", "-|-|-"),
    "8-bit controls": ("\x90" + "1;1|17/41\x9c", "A|-|-"),
    "RIS forgets": ("^[P0;0|17/41^[\\^[c^[P1;1|26/42^[\\", "-|B|-"),
    "DECSTR does not": ("^[P0;1|17/41^[\\^[[!p", "A|-|-"),
    "not in VT52 mode": ("^[P0;1|17/41^[\\^[[?2l", "-|-|-"),
}


@pytest.mark.parametrize(("given", "sent"), DEFINED.values(), ids=DEFINED.keys())
def test_keys_send_what_the_host_has_defined(vt, given, sent):
    bench = vt(charset="latin-1")
    bench(given.replace("^[", "\x1b").encode("latin-1"))
    assert pressed(bench, *KEYS) == sent


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_definitions_are_bytes(vt, charset):
    bench = vt(charset=charset)("^[P1;1|17/C3BC80^[\\")
    bench.terminal.key("shift-f6")
    assert bench.out == [b"\xc3\xbc\x80"]


@pytest.mark.parametrize("level", ["VT52", "VT100"])
def test_older_terminals_have_none(vt, level):
    assert pressed(vt(level=level)("^[P1;1|17/41^[\\"), "Shift-F6") == "-"


def test_their_room_is_bounded(small):
    most = "41" * MAX_BYTES
    small(f"^[P1;1|17/{most};18/42^[\\")
    assert pressed(small, "Shift-F6", "Shift-F7") == "A" * MAX_BYTES + "|-"
    small("^[P1;1|17/4141;18/42^[\\")
    assert pressed(small, "Shift-F6", "Shift-F7") == "AA|B"


def test_a_definition_is_not_drawn_and_a_locked_keyboard_sends_none(small):
    small("^[P1;1|17/736563726574^[\\")
    assert small.lines == [""]
    assert "secret" not in repr(small.terminal)
    small("^[[2h")
    assert pressed(small, "Shift-F6") == "-"
