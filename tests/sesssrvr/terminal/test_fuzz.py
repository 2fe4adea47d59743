"""Random, made-up, mutated and recorded input to each parser: only its own error, in bounded time.

`scripts/fuzz` gives each a million inputs of any seed; VT and 5250 have the like in their folders.
"""

import contextlib
import os
import random
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hostemul.replay.recording import Sends, parse
from sesssrvr.terminal import KEYS, OperatorError, Terminal3270, codepage_names
from sesssrvr.terminal.codepage import codepage, graphic_escape
from sesssrvr.terminal.faults import DataStreamError
from sesssrvr.terminal.screen import TAIL
from sesssrvr.terminal.telnet import (
    MAX_RECORD,
    MAX_SUBNEGOTIATION,
    Telnet,
    TelnetText,
)
from sesssrvr.terminal.tn3270.commands import obey
from sesssrvr.terminal.tn3270.display import Display3270
from sesssrvr.terminal.tn3270.query import Device3270
from sesssrvr.terminal.tn3270.snapshot import snapshot
from sesssrvr.terminal.tn5250 import Terminal5250
from sesssrvr.terminal.vt import TelnetVT


COUNT = int(os.environ.get("VERDIGRIS_SWEEP", "10000"))
SEED = int(os.environ.get("VERDIGRIS_SEED", "3270"))
SECONDS = 0.5  # of CPU for one input: the longest ones have some KiB, and take milliseconds
KIBIBYTES = 64 * 1024  # more memory after all inputs than after the first thousand

COMMANDS = bytes((255, 254, 253, 252, 251, 250, 245, 244, 243, 241, 240, 239))
OPTIONS = bytes((0, 1, 3, 24, 25, 31, 39, 40, 46, 5, 99))
CLASSIC = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")
EXTENDED = bytes.fromhex(
    "fffd28 fffa280802fff0 fffa28020449424d2d333237382d322d45014c55fff0 ".replace(" ", "")
)
EXTENDED_WITH_BIND = EXTENDED + bytes.fromhex(
    "fffa2803040002040506fff0 0300000000 31 ffef".replace(" ", "")
)
EXTENDED += bytes.fromhex("fffa2803040204fff0")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Bits flipped, bytes replaced, left out, put in, doubled, cut off."""
    out = bytearray(data)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(out) + 1)
        end = min(len(out), at + chance.choice((1, 1, 2, 5, 40)))
        match chance.randrange(6):
            case 0 if at < len(out):
                out[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(out):
                out[at] = chance.randrange(256)
            case 2:
                del out[at:end]
            case 3:
                out[at:at] = chance.randbytes(chance.choice((1, 2, 8)))
            case 4:
                out[end:end] = out[at:end]
            case _:
                del out[at:]
    return bytes(out)


def telnet_bytes(chance: random.Random) -> bytes:
    out = bytearray()
    for _ in range(chance.randrange(1, 9)):
        match chance.randrange(5):
            case 0:
                out += chance.randbytes(chance.choice((1, 3, 30)))
            case 1:
                out += bytes((255, chance.choice(COMMANDS)))
            case 2:
                out += bytes((255, chance.choice(COMMANDS), chance.choice(OPTIONS)))
            case 3:
                body = bytes((chance.choice(OPTIONS),)) + chance.randbytes(chance.randrange(6))
                out += b"\xff\xfa" + body.replace(b"\xff", b"\xff\xff") + b"\xff\xf0"
            case _:
                out += b"\xff\xef"
    return bytes(out)


# Each parser's function yields an input, and works on it when it is asked for the next one.


def telnet(chance: random.Random) -> Iterator[bytes]:
    """The events of a stream are those of its pieces; what is kept is bounded."""
    while True:
        whole_, split = (Telnet(frozenset(OPTIONS), frozenset(OPTIONS)) for _ in range(2))
        whole_.record_mode = split.record_mode = chance.random() < 0.7
        for _ in range(40):
            data = telnet_bytes(chance)
            yield data
            cut = len(data) // 2
            events = list(whole_.receive(data))
            pieces = [*split.receive(data[:cut]), *split.receive(data[cut:])]
            assert [e for e in events if type(e) is not TelnetText] == [
                e for e in pieces if type(e) is not TelnetText
            ]
            assert whole_.out == split.out
            assert len(whole_._record) <= MAX_RECORD
            assert len(whole_._rest) <= MAX_SUBNEGOTIATION + len(data)
            whole_.out.clear()
            split.out.clear()


WORDS = [
    bytes.fromhex(w)
    for w in ("0802", "0204", "0206", "0307", "0304", "0305", "0205", "0001", "0606")
]
KINDS = (0, 0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 77)


def tn3270e(chance: random.Random) -> Iterator[bytes]:
    """Negotiation in any order, records of any type: the terminal stays, and its screen is whole."""
    while True:
        sent: list[bytes] = []
        terminal = Terminal3270(sent.append, lu_names=["A", "B"], environment={"USER": "X"})
        terminal.feed(chance.choice((EXTENDED, EXTENDED_WITH_BIND, CLASSIC)))
        for _ in range(40):
            header = bytes((chance.choice(KINDS), chance.randrange(4), chance.randrange(4), 0, 1))
            data = (header + record(chance)).replace(b"\xff", b"\xff\xff") + b"\xff\xef"
            if chance.random() < 0.1:
                data = telnet_bytes(chance)
            elif chance.random() < 0.1:
                body = chance.choice(WORDS) + chance.randbytes(chance.choice((0, 1, 4, 12)))
                data = b"\xff\xfa\x28" + body.replace(b"\xff", b"\xff\xff") + b"\xff\xf0"
            yield data
            terminal.feed(data)
            whole(terminal)
            operate(terminal, chance)
            terminal.mask_received(data)
            terminal.mask_sent(b"".join(sent))
            sent.clear()


PARTS = [bytes.fromhex(part) for part in (
    "f5c3", "f1c3", "7ec3", "6f", "f2", "f6", "6e", "f30005090000", "00", "f30005010000ff02",
    "f3000601ff0300", "f30004030080", "f300004000f5c3", "f300004000f1c3", "05", "0d", "01", "11",
    "0f", "02", "06", "0e", "03", "114040", "115d7f", "110000", "11ffff", "1d40", "1d60", "1dc1",
    "1d4c", "1df0", "2903c0604142f143f1", "2902c0404341", "2900", "29ff", "2c0141f4", "2c01c060",
    "2841f2", "2843f1", "280000", "3c404040", "3c5d7f08c1", "3c1140", "124040", "12c1c1", "13",
    "05", "08c1", "08", "38", "04", "0e4562", "0f", "c1c2c3c4", "00000000", "3f1c1e0c0d151925ff",
    "f5c31d40131d60", "f1c31140401d40c1c2",
)]  # fmt: skip


def record(chance: random.Random) -> bytes:
    """3270 data that mostly means something."""
    lead = chance.choice(PARTS[:20]) if chance.random() < 0.7 else b""
    data = lead + b"".join(chance.choices(PARTS, k=chance.randrange(1, 14)))
    if chance.random() < 0.4:
        data = mutated(data, chance)
    return chance.randbytes(30) if chance.random() < 0.1 else data


SIZES = ((24, 80), (43, 80), (27, 132), (62, 160))


def ds3270(chance: random.Random) -> Iterator[bytes]:
    """A record is obeyed or is a `DataStreamError`; a refused Write leaves the buffer as it was."""
    while True:
        page, size = codepage(chance.choice(("cp037", "cp939"))), chance.choice(SIZES)
        display = Display3270(size, wide=bool(page.double))
        device = Device3270(*size, page.cgcsgid, page.double)
        for number in range(60):
            data = record(chance)
            yield data
            before = bytes(display.buffer.characters)
            try:
                obey(display, data, device)
            except DataStreamError:
                if data[:1] not in {b"\xf3", b"\x11"}:  # fields before a bad one have been obeyed
                    assert bytes(display.buffer.characters) == before
            assert 0 <= display.cursor < display.buffer.size
            if number % 4 == 0:
                screen = snapshot(display, page, connected=True)
                assert len(screen.characters) == screen.rows * screen.columns
                assert len(screen.characters) == display.buffer.size


def ebcdic(chance: random.Random) -> Iterator[bytes]:
    """Any bytes are as many characters as columns; what is typed is on the page, or is refused."""
    pages = [codepage(name) for name in codepage_names()]
    tubes = [
        Terminal3270(lambda _: None, codepage=name)
        for name in ("cp930", "cp933", "cp937", "cp1388", "cp1399", "cp037")
    ]
    for tube in tubes:
        tube.feed(CLASSIC)
    while True:
        page, tube = chance.choice(pages), chance.choice(tubes)
        data = chance.randbytes(chance.choice((1, 2, 7, 40)))
        yield data
        assert len(page.text(data)) == len(page.wide(data)) == len(data)
        assert all(len(graphic_escape(byte)) == 1 for byte in data)
        wide = chr(chance.randrange(0x3000, 0xD7FF))
        text = chr(chance.randrange(0x20, 0x17F)) + wide + chr(chance.randrange(0x20, 0x17F))
        for letter in text:
            code, pair = page.code(letter), page.pair(letter)
            assert code is None or page.text(bytes((code,))) == letter
            assert pair is None or page.wide(pair) == letter + TAIL
        shifted = b"\x0e" + data.replace(b"\xff", b"\xff\xff") + b"\x0f" * chance.randrange(2)
        tube.feed(b"\xf5\xc3\x1d\x40\x13" + shifted + b"\x1d\x60\xff\xef")
        with contextlib.suppress(OperatorError):
            tube.type(text)
        whole(tube)


ENGINES: tuple[Callable[[], Any], ...] = (
    lambda: Terminal3270(lambda _: None, model=4, lu_names=["A"]),
    lambda: Terminal3270(lambda _: None, tn3270e=False),
    lambda: Terminal5250(lambda _: None, model="IBM-3477-FC", new_environ=False),
    lambda: TelnetVT(lambda _: None),
)


def recorded(chance: random.Random, traces: Path) -> Iterator[bytes]:
    """Recorded hosts with records mutated, doubled, left out and out of turn, to every engine."""
    hosts = [units(path) for path in recordings(traces)]
    assert len(hosts) > 40
    while True:
        host, terminal = chance.choice(hosts), chance.choice(ENGINES)()
        spared = 6 if chance.random() < 0.5 else 0  # half get through their negotiation
        for at, unit in enumerate(host):
            turns = (unit, b"", unit + unit, chance.choice(host), *[mutated(unit, chance)] * 3)
            data = unit if at < spared else chance.choice(turns)
            yield data
            terminal.feed(data)
            if at % 4 == 0:
                whole(terminal)
            operate(terminal, chance)


def recordings(traces: Path) -> list[Path]:
    kinds = {".trc", ".yml", ".jsonl"}
    return [path for path in sorted(traces.rglob("*")) if path.suffix in kinds]


def units(path: Path) -> list[bytes]:
    """What a recorded host sent, record by record; bare 3270 data get their telnet."""
    sends = [
        step.data
        for step in parse(path.read_text(errors="replace"), path.name).steps
        if isinstance(step, Sends)
    ]
    data = b"".join(sends)
    if b"\xff\xef" in data:
        return [piece + b"\xff\xef" for piece in data.split(b"\xff\xef")]
    if data[:1] == b"\xff" or b"\x1b[" in data:
        return sends
    return [CLASSIC, *(one.replace(b"\xff", b"\xff\xff") + b"\xff\xef" for one in sends)]


def whole(terminal: Any) -> None:
    screen = terminal.screen()
    assert len(screen.characters) == screen.rows * screen.columns
    assert 0 <= screen.cursor < len(screen.characters)


def operate(terminal: Any, chance: random.Random) -> None:
    """Sometimes a key, sometimes text: taken or refused in words."""
    with contextlib.suppress(OperatorError):
        match chance.randrange(12):
            case 0:
                terminal.key(chance.choice(KEYS))
            case 1:
                terminal.type("Aé1日")
            case 2:
                terminal.move_cursor(chance.randrange(30), chance.randrange(90))


PARSERS: dict[str, Callable[[random.Random], Iterator[bytes]]] = {
    "telnet": telnet,
    "tn3270e": tn3270e,
    "ds3270": ds3270,
    "ebcdic": ebcdic,
}


@pytest.mark.parametrize("parser", [*PARSERS, "traces"])
def test_tens_of_thousands_of_inputs_raise_nothing_else(
    parser: str, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    inputs = (
        recorded(chance, request.getfixturevalue("traces"))
        if parser == "traces"
        else PARSERS[parser](chance)
    )
    before, data = 0, next(inputs)
    for number in range(COUNT):
        if number == min(1000, COUNT // 2):
            before = resident()
        began = time.thread_time()
        try:
            following = next(inputs)
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {data.hex()}") from error
        took = time.thread_time() - began
        assert took < SECONDS, f"seed {SEED}, input {number}, {took} s: {data.hex()}"
        data = following
    assert resident() - before < KIBIBYTES


def resident() -> int:
    """KiB of memory this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def test_every_recording_is_read_whole_or_byte_by_byte_by_every_engine(traces: Path) -> None:
    for path in recordings(traces):
        data = b"".join(units(path))
        for make in ENGINES:
            at_once, in_pieces = make(), make()
            at_once.feed(data)
            for byte in data:
                in_pieces.feed(bytes((byte,)))
            whole(at_once)
            shown, split = at_once.screen(), in_pieces.screen()
            assert shown.lines() == split.lines(), path.name
            assert shown.cursor == split.cursor, path.name
