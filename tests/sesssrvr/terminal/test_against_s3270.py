"""The same bytes to Debian's s3270 and to our terminal: the same answers (facts: terminals, 3)."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sesssrvr.terminal import OperatorError, Screen
from sesssrvr.terminal.addresses import decode, encode


pytestmark = pytest.mark.sockets

# scripts/sweep-3270 asks for more; each number is a different sequence, always the same one.
SEQUENCES = int(os.environ.get("VERDIGRIS_SWEEP", "15"))
SIZES = {2: (24, 80), 3: (32, 80), 4: (43, 80), 5: (27, 132)}
FIELD_MODE = bytes.fromhex("f30005090000")
# Background (45) is left out: Debian's 4.1 drops it in RA.
CHARACTER_MODE = bytes.fromhex("f300080900024142 43".replace(" ", ""))
READ_BUFFER, READ_MODIFIED, READ_MODIFIED_ALL = b"\xf2", b"\xf6", b"\x6e"


class Cell(NamedTuple):
    """A cell of a Read Buffer answer."""

    kind: str
    code: int
    attributes: tuple[tuple[int, int], ...]


def read_buffer_cells(record: bytes) -> tuple[int, int, list[Cell]]:
    """AID, cursor and cells of a Read Buffer answer; SA order and placement do not matter then."""
    cells: list[Cell] = []
    state: dict[int, int] = {}
    at = 3
    while at < len(record):
        code = record[at]
        if code == 0x1D:
            cells.append(Cell("field", record[at + 1] & 0x3F, ()))
            at += 2
        elif code == 0x29:
            pairs = dict(zip(record[at + 2 :: 2], record[at + 3 :: 2], strict=False))
            pairs = {record[at + 2 + 2 * n]: record[at + 3 + 2 * n] for n in range(record[at + 1])}
            attribute = pairs.pop(0xC0, 0) & 0x3F
            cells.append(Cell("field", attribute, told(pairs)))
            at += 2 + 2 * record[at + 1]
        elif code == 0x28:
            state[record[at + 1]] = record[at + 2]
            at += 3
        elif code == 0x08:
            cells.append(Cell("graphic", record[at + 1], told(state)))
            at += 2
        else:
            cells.append(Cell("character", code, told(state)))
            at += 1
    return record[0], decode(record[1], record[2]), cells


def told(attributes: dict[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple(
        sorted(
            (kind, value)
            for kind, value in attributes.items()
            if value and kind != 0x45 and (kind, value) != (0x41, 0xF0)
        )
    )


class Maker:
    """Random but valid records, each a list of chunks (one order a chunk)."""

    def __init__(self, seed: int, cells: int) -> None:
        self.random, self.cells = random.Random(seed), cells  # noqa: S311 - repeatable, not secret

    def sequence(self) -> list[list[bytes]]:
        return [self.record(first=n == 0) for n in range(self.random.randint(1, 4))]

    def record(self, *, first: bool) -> list[bytes]:
        command = self.random.choice([0x7E] * 3 if first else [0xF1, 0xF1, 0xF1, 0x7E, 0x6F])
        if command == 0x6F:
            return [b"\x6f"]
        wcc = self.random.choice([0xC3, 0xC2, 0xC7, 0xC0, 0xC1, 0x40])
        return [bytes((command, wcc)), *(self.order() for _ in range(self.random.randint(2, 16)))]

    def order(self) -> bytes:
        return self.random.choice(self.ORDERS)(self)

    def address(self) -> bytes:
        at = self.random.choice(
            [self.random.randrange(self.cells), 0, self.cells - 1, self.random.randrange(100)]
        )
        return at.to_bytes(2) if self.random.random() < 0.3 else encode(at, self.cells)

    def character(self) -> bytes:
        if self.random.random() < 0.12:
            return bytes((self.random.choice([0x00, 0x15, 0x1C, 0x1E, 0x0C, 0x19, 0x3F, 0xFF]),))
        return bytes((self.random.randrange(0x40, 0xFF),))

    def text(self) -> bytes:
        count = self.random.choice([1, 3, 8, 20, 80, 200])
        return b"".join(self.character() for _ in range(self.random.randint(1, count)))

    def attribute(self) -> int:
        return self.random.choice([0x40, 0x60, 0xF0, 0xC1, 0xC8, 0x4C, 0x50, 0xE8, 0x6C, 0x7D])

    def pair(self) -> bytes:
        kind = self.random.choice([0x41, 0x42, 0x43, 0x45])
        values = {
            0x41: [0, 0xF0, 0xF1, 0xF2, 0xF4],
            0x42: [0, 0xF1, 0xF2, 0xF7],
            0x43: [0, 0xF1],
            0x45: [0, 0xF1, 0xF4],
        }
        return bytes((kind, self.random.choice(values[kind])))

    def pairs(self) -> bytes:
        chosen = [self.pair() for _ in range(self.random.randint(0, 3))]
        if self.random.random() < 0.85:
            chosen.append(bytes((0xC0, self.attribute())))
        return bytes((len(chosen),)) + b"".join(chosen)

    def modify(self) -> bytes:
        """A field, and at once another attribute for it: MF is for fields only."""
        place = b"\x11" + self.address()
        field = b"\x1d" + bytes((self.attribute(),))
        return place + field + place + b"\x2c" + self.pairs()

    def repeat(self) -> bytes:
        graphic = b"\x08" if self.random.random() < 0.2 else b""
        character = b"\x40" if self.random.random() < 0.3 else self.character()
        return b"\x3c" + self.address() + graphic + (bytes((0xC1,)) if graphic else character)

    ORDERS: tuple[Callable[["Maker"], bytes], ...] = (
        text,
        text,
        text,
        lambda self: b"\x11" + self.address(),
        lambda self: b"\x11" + self.address(),
        lambda self: b"\x1d" + bytes((self.attribute(),)),
        lambda self: b"\x1d" + bytes((self.attribute(),)),
        lambda self: b"\x29" + self.pairs(),
        modify,
        lambda self: b"\x28" + self.pair(),
        lambda self: b"\x28\x00\x00",
        repeat,
        # Behind an SBA: s3270 goes by the attribute it last looked up, even if it is gone since.
        lambda self: b"\x11" + self.address() + b"\x12" + self.address(),
        lambda self: b"\x13",
        lambda self: b"\x05",
        lambda self: b"\x08" + bytes((self.random.randrange(0x41, 0xFF),)),
        lambda self: b"\x38",
    )


def answers(ask: Callable[[bytes], bytes]) -> list[Any]:
    """What a terminal says about its screen, comparable."""
    return [
        read_buffer_cells(ask(READ_BUFFER)),
        ask(READ_MODIFIED).hex(" "),
        ask(READ_MODIFIED_ALL).hex(" "),
    ]


def difference(sequence: list[list[bytes]], peer: Any, line: Any) -> str:
    """Where the two terminals differ after these records; empty if nowhere."""
    peer.send(b"\xf5\xc3")
    line.host(b"\xf5\xc3")
    for number, chunks in enumerate(sequence):
        record = b"".join(chunks)
        peer.send(record)
        line.host(record)
        for mode in (FIELD_MODE, CHARACTER_MODE):
            peer.send(mode)
            line.host(mode)
            theirs, ours = answers(peer.ask), answers(line.host)
            if theirs != ours:
                return f"record {number} {record.hex()}: {first_difference(theirs, ours)}"
    return ""


def first_difference(theirs: list[Any], ours: list[Any]) -> str:
    for what, their, our in zip(("RB", "RM", "RMA"), theirs, ours, strict=True):
        if their == our:
            continue
        if what == "RB":
            cells = [
                (n, a, b) for n, (a, b) in enumerate(zip(their[2], our[2], strict=False)) if a != b
            ]
            return (
                f"RB s3270 {their[:2]} {len(their[2])}, ours {our[:2]} {len(our[2])}: {cells[:3]}"
            )
        return f"{what}\n s3270 {their[:600]}\n ours  {our[:600]}"
    return ""


def shrunk(sequence: list[list[bytes]], differs: Callable[[list[list[bytes]]], str]) -> str:
    """Leave records and chunks out as long as the difference stays."""
    again = True
    while again:
        again = False
        smaller = [sequence[:n] + sequence[n + 1 :] for n in range(1, len(sequence))]
        smaller += [
            [*sequence[:r], chunks[:c] + chunks[c + 1 :], *sequence[r + 1 :]]
            for r, chunks in enumerate(sequence)
            for c in range(1, len(chunks))
        ]
        for one in smaller:
            if one and differs(one):
                sequence, again = one, True
                break
    return f"{differs(sequence)}\n{[[c.hex() for c in chunks] for chunks in sequence]}"


@pytest.mark.parametrize("model", [2, 3, 4, 5])
def test_random_records_leave_the_same_screen(model: int, peer: Any, line: Any) -> None:
    """60 sequences, about 150 screens, read back in three ways and two modes."""
    rows, columns = SIZES[model]
    theirs, ours = peer("-model", f"3279-{model}-E"), line(model=model)
    for seed in range(SEQUENCES):
        sequence = Maker(seed * 10 + model, rows * columns).sequence()
        if found := difference(sequence, theirs, ours):
            smallest = shrunk(sequence, lambda one: difference(one, theirs, ours))
            pytest.fail(f"seed {seed}: {found}\nshrunk: {smallest}")


# Our names of keys -> s3270's actions. Not Backspace: s3270's Erase differs at the edges of fields.
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
    *, numeric_lock: bool, blank_fill: bool, peer: Any, line: Any, tools: Any
) -> None:
    """100 screens: the same keys are refused, the cursors agree, the same bytes reach the host."""
    numeric = ("-xrm", f"s3270.numericLock: {str(numeric_lock).lower()}")
    blank = ("-set" if blank_fill else "-clear", "blankFill")
    theirs = peer("-model", "3279-2-E", *blank, *numeric)
    ours = line(numeric_lock=numeric_lock, blank_fill=blank_fill)
    for seed in range(SEQUENCES + 10):
        maker = Maker(seed, 24 * 80)
        record = b"\xf5\xc3" + b"".join(maker.record(first=True)[1:])
        theirs.send(record)
        ours.host(record)
        answers(theirs.ask)  # s3270 has obeyed the record when it answers
        done = strokes(maker.random, 24, 80)
        for number, (kind, what) in enumerate(done):
            if numeric_lock and (what == "Dup" or "-" in what):
                continue  # s3270 refuses both in a numeric field; GA23-0059 does not
            if what == "Insert" and wraps(ours.terminal.screen()):
                continue  # s3270 shifts wrongly round the end of the screen
            place = f"seed {seed} {record.hex()} {done[: number + 1]}"
            assert stroke_ours(ours, kind, what) == stroke_theirs(theirs, kind, what), place
            if kind != "call":
                row, column = map(int, theirs.action("Query(Cursor)")[1][0].split())
                assert ours.terminal.screen().cursor == row * 80 + column, place
        (record,) = tools.records(ours.take())
        assert record.hex(" ") == theirs.receive().hex(" "), place
        theirs.send(b"\xf1\xc3")
        ours.host(b"\xf1\xc3")
        theirs.answer()


RECORDED = {4: ["x3270/*.trc"], 2: ["dm3270/*.yml", "rte-tn3270/*.yml", "ts5250/tk4*.jsonl"]}


@pytest.mark.parametrize("model", RECORDED)
def test_recorded_screens_read_the_same(
    model: int, peer: Any, line: Any, tools: Any, traces: Path
) -> None:
    """All 3270 data of the recorded sessions, every screen on the way."""
    theirs, ours = peer("-utf8", "-model", f"3279-{model}-E"), line(model=model)
    shown = 0
    for path in sorted(path for pattern in RECORDED[model] for path in traces.glob(pattern)):
        if path.stem.startswith(("short_", "invalid_", "no_flags", "ignore_eor")):
            continue  # of a bad record s3270 draws what comes before the fault, we draw nothing
        for record in [b"\xf5\xc3", *tools.data_records(tools.read(path))]:
            theirs.send(record)
            if ours.host(record):
                theirs.receive()
            theirs.ask(b"\xf2")
            text = theirs.action("Ascii()")[1]
            assert [one.rstrip() for one in text] == lines(ours), (path.name, record.hex())
            shown += 1
    assert shown > 50


def lines(line_: Any) -> list[str]:
    return [one.rstrip() for one in line_.terminal.screen().lines()]


# Where the code page libraries and s3270 have their own opinion: facts/terminals.md, code pages.
VARIANTS = {
    "cp273": b"\xbc",
    "cp278": b"\x71\xe0",
    "cp424": b"\x78\x8f",
    "cp870": b"\xb0",
    "cp871": b"\x4a\xc0",
    "cp875": b"\x6a\x74\xb4\xb8\xcc\xcd\xdd",
    "cp1026": b"\x9d\xbc",
}
PAGES = [
    "cp037",
    "cp273",
    "cp277",
    "cp278",
    "cp280",
    "cp284",
    "cp285",
    "cp297",
    "cp424",
    "cp500",
    "cp870",
    "cp871",
    "cp875",
    "cp1026",
    "cp1047",
    "cp1140",
    "cp1141",
    "cp1142",
    "cp1143",
    "cp1144",
    "cp1145",
    "cp1146",
    "cp1147",
    "cp1148",
    "cp1149",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_code_page_is_drawn_the_same(page: str, peer: Any, line: Any) -> None:
    left_out = VARIANTS.get(page, b"")
    codes = bytes(code for code in range(0x40, 0x100) if code not in left_out)
    record = b"\xf5\xc3\x1d\x60" + codes
    theirs, ours = peer("-utf8", "-model", "3279-2-E", "-codepage", page), line(codepage=page)
    theirs.ask_after(record)
    ours.host(record)
    assert lines(ours) == [one.rstrip() for one in theirs.action("Ascii()")[1]]
    sets = bytes.fromhex("f3000701ff030085")
    assert theirs.ask(sets)[15:19] == ours.host(sets)[15:19]


def test_apl_and_controls_are_drawn_the_same(peer: Any, line: Any) -> None:
    graphic = b"".join(bytes((0x08, code)) for code in range(0x40, 0x100))
    controls = bytes.fromhex("001c1e3f0c0d1519 25ff".replace(" ", ""))
    record = b"\xf5\xc3\x1d\x60" + graphic + controls
    theirs, ours = peer("-utf8", "-model", "3279-2-E"), line()
    theirs.ask_after(record)
    ours.host(record)
    assert lines(ours) == [one.rstrip() for one in theirs.action("Ascii()")[1]]


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
