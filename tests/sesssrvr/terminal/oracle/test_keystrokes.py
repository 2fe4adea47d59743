"""The same keys to Debian's s3270 and to our terminal: the same bytes to the host."""

import os
import random
from typing import Any

import pytest

from sesssrvr.terminal import OperatorError, Screen


pytestmark = pytest.mark.sockets

SEED = int(os.environ.get("VERDIGRIS_SEED", "3270"))
# Screens for each of the four settings; `scripts/sweep-3270` has more.
SCREENS = int(os.environ.get("VERDIGRIS_SWEEP", "312")) // 12

EUA = 0x12  # left out of these screens: s3270 erases other cells now and then

# Our names of keys -> s3270's actions.
KEYSTROKES: dict[str, str] = {
    "Tab": "Tab()",
    "BackTab": "BackTab()",
    "Home": "Home()",
    "Newline": "Newline()",
    "EraseEOF": "EraseEOF()",
    "EraseInput": "EraseInput()",
    "Delete": "Delete()",
    "Insert": "ToggleInsert()",
    "Dup": "Dup()",
    "FieldMark": "FieldMark()",
    "FieldExit": "EraseEOF() Tab()",  # it has no action of that name
    "Up": "Up()",
    "Down": "Down()",
    "Left": "Left()",
    "Right": "Right()",
    "Reset": "Reset()",
}
NAMED = {"-": "minus", ".": "period"}
CALLS = {
    "Enter": "Enter()",
    "PF3": "PF(3)",
    "PF13": "PF(13)",
    "PF24": "PF(24)",
    "PA1": "PA(1)",
    "PA2": "PA(2)",
    "PA3": "PA(3)",
    "Clear": "Clear()",
}


# What is not compared: s3270 differs, and the manual says that we are right. The decision
# 0109-where-s3270-differs has the same table.
ACCEPTED = {
    "Backspace": "Erase() differs at the edges of fields; a 3270 keyboard has a cursor key there",
    "numeric lock": "Dup and minus are refused; GA23-0059, Numeric field: both are allowed",
    "Insert in a field round the end of the screen": "characters go to the wrong cells;"
    " GA23-0059, Insert mode: they move right within their field",
    "String()": "at a row's end it goes on in the column it began in; keys one by one do not",
}


def left_out(screen: Screen, what: str, *, numeric_lock: bool) -> bool:
    """The key is one of those that are not compared."""
    if numeric_lock and (what == "Dup" or "-" in what):
        return True
    return what == "Insert" and wraps(screen)


def strokes(random_: random.Random, rows: int, columns: int) -> list[tuple[str, str]]:
    """Random actions of an operator: (kind, what)."""
    made = []
    for _ in range(random_.randint(1, 14)):
        kind = random_.choice(["type", "type", "type", "move", "key", "key", "key"])
        if kind == "type":
            letters = random_.choice(["abcXYZ", "0123456789", "a1-."])
            what = "".join(random_.choice(letters) for _ in range(random_.randint(1, 12)))
        elif kind == "move":
            what = f"{random_.randrange(rows)} {random_.randrange(columns)}"
        else:
            what = random_.choice(list(KEYSTROKES))
        made.append((kind, what))
    return [*made, ("call", random_.choice(list(CALLS)))]


def wraps(screen: Screen) -> bool:
    """A field goes on from the last cell to the first."""
    return any(field.start + field.length > len(screen.characters) for field in screen.fields)


def stroke_ours(line: Any, kind: str, what: str) -> bool:
    """Do it on our terminal: whether it was taken."""
    try:
        if kind == "type":
            line.terminal.type(what)
        elif kind == "move":
            row, column = map(int, what.split())
            line.terminal.move_cursor(row + 1, column + 1)
        else:
            line.terminal.key(what)
    except OperatorError:
        line.terminal.key("Reset")
        return False
    return True


def stroke_theirs(peer: Any, kind: str, what: str) -> bool:
    if kind == "call":
        # s3270 holds the answer of an attention key back until the host has answered.
        peer.start(CALLS[what])
        return True
    if kind == "move":
        action = "MoveCursor({},{})".format(*what.split())
    else:
        # Not String(): at a row's end that goes on in the column it began in, like a paste.
        letters = " ".join(f"Key({NAMED.get(letter, letter)})" for letter in what)
        action = letters if kind == "type" else KEYSTROKES[what]
    taken: bool = peer.action(action)[0]
    if not taken:
        peer.action("Reset()")
    return taken


@pytest.mark.parametrize(
    ("numeric_lock", "blank_fill"), [(False, False), (False, True), (True, False), (True, True)]
)
def test_random_keystrokes_send_the_same_bytes(
    *, numeric_lock: bool, blank_fill: bool, peer: Any, line: Any, tools: Any, oracle: Any
) -> None:
    """The same keys are refused, the cursors agree, the same bytes reach the host."""
    numeric = ("-xrm", f"s3270.numericLock: {str(numeric_lock).lower()}")
    blank = ("-set" if blank_fill else "-clear", "blankFill")
    theirs = peer("-model", "3279-2-E", *blank, *numeric)
    ours = line(numeric_lock=numeric_lock, blank_fill=blank_fill)
    for number in range(SCREENS):
        maker = oracle.Maker(SEED * 1_000_000 + number, 24 * 80)
        record = b"\xf5\xc3" + b"".join(order for order in maker.orders() if order[0] != EUA)
        theirs.ask_after(record)
        ours.host(record)
        done = strokes(maker.random, 24, 80)
        for last, (kind, what) in enumerate(done):
            if left_out(ours.terminal.screen(), what, numeric_lock=numeric_lock):
                continue
            place = f"number {number} {record.hex()} {done[: last + 1]}"
            assert stroke_ours(ours, kind, what) == stroke_theirs(theirs, kind, what), place
            if kind != "call":
                row, column = map(int, theirs.action("Query(Cursor)")[1][0].split())
                assert ours.terminal.screen().cursor == row * 80 + column, place
        (record,) = tools.records(ours.take())
        assert record.hex(" ") == theirs.receive().hex(" "), place
        theirs.send(b"\xf1\xc3")
        ours.host(b"\xf1\xc3")
        theirs.answer()


BAD = {
    "SBA cut short": "f1c21140",
    "SBA beyond the screen": "f1c2117fff",
    "RA beyond the screen": "f1c23c7fff40",
    "EUA beyond the screen": "f1c2127fff",
    "unknown command": "9ac2",
    "unknown structured field": "f3000399",
    "no write control character": "f1",
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_record_leaves_the_keyboard_as_in_s3270(what: str, peer: Any, line: Any) -> None:
    theirs, ours = peer("-model", "3279-2-E"), line()
    theirs.ask_after(b"\xf5\xc3\x1d\x40\x13")
    ours.host(b"\xf5\xc3\x1d\x40\x13")
    theirs.start("Enter()")
    assert theirs.receive() == ours.press("Enter")
    theirs.send(bytes.fromhex(BAD[what]))
    ours.host(bytes.fromhex(BAD[what]))
    buffer = theirs.ask(b"\xf2")  # AID X'60' says unlocked
    assert (buffer[0] == 0x60) is not ours.terminal.screen().locked


@pytest.mark.parametrize("designator", ["6f", "6e", "50", "40", "00", "c1", "60"])
@pytest.mark.parametrize("attribute", ["44", "48", "60", "64", "e8", "40", "4c"])
def test_cursor_select_does_the_same(
    designator: str, attribute: str, peer: Any, line: Any, tools: Any
) -> None:
    record = bytes.fromhex(f"f5c3 1d40c1 1d{attribute}{designator}c1c2 1d60 1140c3 13")
    theirs, ours = peer("-model", "3279-2-E"), line()
    theirs.ask_after(record)
    ours.host(record)
    before = ours.host(b"\xf2")
    theirs.start("CursorSelect()")
    taken = stroke_ours(ours, "key", "CursorSelect")
    if sent := ours.take():
        assert tools.records(sent) == [theirs.receive()]
        return
    assert theirs.answer()[0]  # also where it does nothing, which we tell
    after = ours.host(b"\xf2")
    assert taken == (after != before)
    assert after.hex(" ") == theirs.ask(b"\xf2").hex(" ")
    assert ours.host(b"\xf6").hex(" ") == theirs.ask(b"\xf6").hex(" ")


def test_attn_and_sysreq_send_the_same(peer: Any, line: Any) -> None:
    theirs, ours = peer("-model", "3279-2-E"), line()
    theirs.ask_after(b"\xf5\xc3\x1d\x40\x13")
    ours.host(b"\xf5\xc3\x1d\x40\x13")
    theirs.start("Attn()")
    ours.terminal.key("Attn")
    assert ours.take() == theirs.line.recv(16)
    theirs.answer()
    theirs.start("SysReq()")
    assert ours.press("SysReq") == theirs.receive()


def test_reset_takes_the_turn_back_from_the_host(peer: Any, line: Any) -> None:
    theirs, ours = peer("-model", "3279-2-E", "-clear", "aidWait"), line()
    form = b"\xf5\xc3\x1d\x40\x13"
    theirs.ask_after(form)
    ours.host(form)
    theirs.start("Enter()")
    assert ours.press("Enter") == theirs.receive()
    theirs.answer()
    with pytest.raises(OperatorError, match="the host's turn"):
        ours.terminal.type("x")  # s3270 would keep it until it is free
    theirs.action("Reset()")
    ours.terminal.key("Reset")
    assert stroke_ours(ours, "type", "x") == stroke_theirs(theirs, "type", "x")
    assert ours.host(b"\xf2").hex(" ") == theirs.ask(b"\xf2").hex(" ")
    assert ours.host(b"\xf6").hex(" ") == theirs.ask(b"\xf6").hex(" ")
