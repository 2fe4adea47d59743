"""What holds for all hosts and all operators: nothing raises, nothing depends on packets."""

import contextlib
import itertools
import os
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sesssrvr.terminal.screen import TAIL
from sesssrvr.terminal.tn5250 import KEYS, Terminal5250
from verdigris.errors import OperatorError


AGREED = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00 fffd27")
PARTS = [
    "0440", "042000", "0450", "04110008", "0411e00d", "04112048", "0421", "04220140", "0423010304",
    "04238105 18", "04420000", "04526000", "0482000c", "0472", "0483", "0462", "0464", "0402", "0412", "0413",
    "040300010105 05", "04f30005d97000", "0107000000180000ff", "010400000218", "0100", "02053ce7", "0218 5000",
    "03030302ff", "030a5003ff01", "1000030411ff", "110101", "110100", "111850", "1105 0a", "120187", "120381",
    "130505", "141818", "1509 d95100000002 03", "15000ed95180000002040501803838", "1500 04d95f",
    "1d400024000a", "1d470024 0005", "1d4006240003", "1d48088601 200004", "1d4040 8602 270003", "1d7080b1a03f0002",
    "1d2200 05", "1d40408002 200007", "1c", "1e", "0e", "0f", "00", "20", "27", "3f", "ff", "40", "c1c2c3", "04", "ff",
    "0e456245660f", "1d40008280240006", "1d40008200240006", "0e4562",
]  # fmt: skip
PIECES = [bytes.fromhex(part) for part in PARTS]
piece = st.one_of(
    st.sampled_from(PIECES),
    st.sampled_from(PIECES),
    st.binary(max_size=6),
    st.just(b"\x04\x11\x00\x08"),
)
stream = st.lists(piece, max_size=14).map(b"".join)
operation = st.sampled_from([0, 1, 2, 3, 4, 5, 8, 10, 11, 12, 255])


def framed(data, code):
    record = (
        min(len(data) + 10, 0xFFFF).to_bytes(2) + b"\x12\xa0\0\0\x04\0\0" + bytes((code,)) + data
    )
    return record.replace(b"\xff", b"\xff\xff") + b"\xff\xef"


def sound(terminal):
    """What holds of every screen, whatever the host sent."""
    display, screen = terminal._display, terminal.screen()
    assert len(screen.characters) == screen.rows * screen.columns == len(display.cells)
    assert 0 <= screen.cursor < len(screen.characters)
    ends = 0
    for field in screen.fields:
        assert field.start >= ends
        assert field.length > 0
        ends = field.start + field.length
        if field.hidden and not any(0x20 <= c < 0x40 for c in display.cells[field.start : ends]):
            assert not screen.characters[field.start : ends].replace(TAIL, "").strip()
    assert ends <= len(screen.characters)
    starts = [one.start for one in display.table.fields]
    assert starts == sorted(set(starts))
    assert all(one.length > 0 and one.end <= display.size for one in display.table.fields)


def make(**options):
    terminal = Terminal5250(lambda _: None, model="IBM-3477-FC", **options)
    terminal.feed(AGREED)
    return terminal


@settings(max_examples=300, deadline=None)
@given(
    records=st.lists(st.tuples(stream, operation), max_size=6),
    page=st.sampled_from(["cp037", "cp939"]),
)
def test_no_record_raises_and_every_screen_is_sound(records, page):
    terminal = make(codepage=page)
    for data, code in records:
        terminal.feed(framed(data, code))
        sound(terminal)


@settings(max_examples=200, deadline=None)
@given(
    data=st.lists(
        st.one_of(
            piece,
            st.sampled_from(
                [b"\xff\xef", b"\xff\xfa\x27\x01", b"\xff\xf0", b"\xff\xfe\x19", AGREED, b"\xff"]
            ),
        ),
        max_size=20,
    )
)
def test_no_bytes_on_the_wire_raise(data):
    terminal = make(device_names=["A", "B"])
    for part in data:
        terminal.feed(part)
        sound(terminal)


@settings(max_examples=150, deadline=None)
@given(records=st.lists(st.tuples(stream, operation), min_size=1, max_size=4), data=st.data())
def test_how_the_network_cuts_the_bytes_never_matters(records, data):
    wire = AGREED + b"".join(framed(*one) for one in records)
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=6).map(sorted))
    sent: list[list[bytes]] = [[], []]
    whole, split = (Terminal5250(sent[n].append, model="IBM-3477-FC") for n in (0, 1))
    whole.feed(wire)
    for begin, end in itertools.pairwise([0, *cuts, len(wire)]):
        split.feed(wire[begin:end])
    assert split.screen() == whole.screen()
    assert b"".join(sent[0]) == b"".join(sent[1])
    assert split.fault_count == whole.fault_count


@settings(max_examples=200, deadline=None)
@given(
    orders=stream,
    actions=st.lists(
        st.one_of(
            st.sampled_from(KEYS).map(lambda name: ("key", name)),
            st.text("aZ09-+. €日\0", max_size=4).map(lambda text: ("type", text)),
            st.tuples(st.integers(1, 24), st.integers(1, 80)).map(lambda place: ("move", place)),
        ),
        max_size=12,
    ),
    strict=st.booleans(),
    page=st.sampled_from(["cp037", "cp939"]),
)
def test_an_operator_is_served_or_refused_with_words(orders, actions, strict, page):
    terminal = make(strict=strict, codepage=page)
    form = bytes.fromhex(
        "0440 04110008 11030a 1d470024 0005 11050a 1d4006240003 11070a 1d50c024 0004 11090a 1d400727 0002 110b0a 1d4000828024000a"
    )
    terminal.feed(framed(form, 3))
    terminal.feed(framed(b"\x04\x11\x00\x08" + orders, 3))
    terminal.feed(framed(b"\x04\x52\x00\x00", 3))
    refusals = []
    for kind, value in actions:
        try:
            if kind == "key":
                terminal.key(value)
            elif kind == "type":
                terminal.type(value)
            else:
                terminal.move_cursor(*value)
        except OperatorError as problem:
            refusals.append(str(problem))
        sound(terminal)
        if terminal.screen().locked:
            terminal.feed(framed(b"\x04\x52\x00\x08", 3))
    assert all(refusals)


@settings(max_examples=150, deadline=None)
@given(orders=stream, typed=st.text("AB1", max_size=5))
def test_what_is_saved_brings_the_display_back(orders, typed):
    answers: list[bytes] = []
    terminal = Terminal5250(answers.append, model="IBM-3477-FC")
    terminal.feed(AGREED)
    terminal.feed(framed(b"\x04\x40\x04\x11\x00\x08" + orders, 3))
    terminal.feed(framed(b"\x04\x52\x00\x00", 3))
    with contextlib.suppress(OperatorError):
        terminal.type(typed)
    terminal.key("Reset")
    terminal.screen()
    answers.clear()
    before = terminal.screen()
    terminal.feed(framed(b"\x04\x02", 4))
    if not answers:
        return
    saved = b"".join(answers).replace(b"\xff\xff", b"\xff")[10:-2]
    terminal.feed(framed(b"\x04\x40\x04\x11\x00\x00ABC", 3))
    faults = terminal.fault_count
    terminal.feed(framed(saved, 5))
    after = terminal.screen()
    assert terminal.fault_count == faults
    assert (after.characters, after.fields, after.cursor, after.locked) == (
        before.characters, before.fields, before.cursor, before.locked,
    )  # fmt: skip


def test_tens_of_thousands_of_records_raise_nothing(traces, tools):
    """Random, made of pieces, recorded and mutated; `scripts/sweep-5250` tries a million of any seed."""
    count = int(os.environ.get("VERDIGRIS_SWEEP", "10000"))
    seed = int(os.environ.get("VERDIGRIS_SEED", "5250"))
    chance = random.Random(seed)  # noqa: S311 - nothing is kept secret here
    recorded = [
        turn.data
        for name in ("rte-tn5250/login.yml", "xtn5250/login.yml")
        for turn in tools.read_flow(traces / name)
        if turn.host
    ]
    pages, models = ("cp037", "cp939", "cp273"), ("IBM-3179-2", "IBM-3477-FC", "IBM-5555-C01")
    terminal = make()
    for number in range(count):
        if number % 40 == 0:
            page, model = pages[number // 40 % 3], models[number // 120 % 3]
            terminal = Terminal5250(lambda _: None, model=model, codepage=page)
            terminal.feed(AGREED)
        wire = bytearray(chance.choice(recorded))
        if number % 3:
            data = b"".join(chance.choices(PIECES, k=chance.randrange(1, 16)))
            if number % 10 == 0:
                data = chance.randbytes(30)
            lead = b"\x04\x11\0\x08" if number % 2 else b""
            wire = bytearray(framed(lead + data, chance.choice((1, 2, 3, 3, 3, 4, 5, 11))))
        if number % 4 == 0:
            for _ in range(chance.randrange(1, 4)):
                wire[chance.randrange(len(wire))] = chance.randrange(256)
        try:
            terminal.feed(bytes(wire))
            terminal.mask_received(bytes(wire))
            if number % 4 == 1:
                operate_at_random(terminal, chance)
            if number % 10 == 0:
                sound(terminal)
        except Exception as error:
            raise AssertionError(f"seed {seed}, record {number}: {wire.hex()}") from error


def operate_at_random(terminal, chance):
    """A few keys; the host frees the keyboard first."""
    terminal.feed(framed(b"\x04\x52\0\x08", 3))
    for _ in range(3):
        with contextlib.suppress(OperatorError):
            match chance.randrange(3):
                case 0:
                    terminal.key(chance.choice(KEYS))
                case 1:
                    terminal.type("".join(chance.choices("AZ09-., 日本ä", k=3)))
                case _:
                    terminal.move_cursor(chance.randrange(1, 28), chance.randrange(1, 133))


def test_memory_of_a_hostile_host_is_bounded():
    """Fields and extended attributes at every cell, again and again."""
    terminal = make()
    fields = b"".join(
        bytes((0x11, cell // 132 + 1, cell % 132 + 1))
        + b"\x1d\x40\x00"
        + b"\x86\x01" * 20
        + b"\x24\x00\x01"
        for cell in range(0, 27 * 132 - 2, 2)
    )
    attributes = b"".join(
        bytes((0x11, cell // 132 + 1, cell % 132 + 1, 0x12, kind, 0x81))
        for cell in range(27 * 132)
        for kind in range(1, 6)
    )
    for _ in range(2):
        terminal.feed(framed(b"\x04\x20\x00\x04\x11\x00\x08" + fields + attributes, 3))
    display = terminal._display
    assert len(display.table.fields) <= 27 * 132
    assert all(len(one.controls) <= 8 for one in display.table.fields)
    assert len(display.extended) <= 5 * 27 * 132
    sent: list[bytes] = []
    terminal._write = sent.append
    terminal.feed(framed(b"\x04\x02", 4))
    sound(terminal)


def everywhere(controls):
    """A field of one cell at every other place of 27 x 132, changed."""
    return b"\x04\x20\x00\x04\x11\x00\x08" + b"".join(
        bytes((0x11, cell // 132 + 1, cell % 132 + 1))
        + b"\x1d\x48\x00"
        + controls
        + b"\x24\x00\x01"
        for cell in range(0, 27 * 132 - 2, 2)
    )


HEAVY = {
    "parts of one field": (everywhere(b"\x86\x03") + b"\x04\x83" * 8, ""),
    "resequenced to itself": (everywhere(b"\x80\x01") + b"\x04\x83" * 8, ""),
    "reads": (everywhere(b"") + b"\x04\x62" * 9, "too many commands"),
    "saves": (everywhere(b"") + b"\x04\x02" * 9, "too many commands"),
    "writes": (everywhere(b"") + b"\x04\x11\xe0\x00" * 250, ""),
    "too many writes": (everywhere(b"") + b"\x04\x11\xe0\x00" * 256, "too many commands"),
    "attributes erased": (
        b"\x04\x11\0\0" + b"\x11\1\1\x03\x18\x50\x02\xff" * 4000,
        "fill the display",
    ),
}


@pytest.mark.parametrize(("data", "refused"), HEAVY.values(), ids=HEAVY)
def test_a_record_costs_less_than_seconds_or_is_refused(data, refused):
    """Commands and answers of a record are counted; nothing grows with the square of its fields."""
    terminal = make()
    began = time.process_time()
    terminal.feed(framed(data, 3))
    assert time.process_time() - began < 2
    assert terminal.fault_count == bool(refused)
    if refused:
        assert refused in str(terminal.faults[-1])
