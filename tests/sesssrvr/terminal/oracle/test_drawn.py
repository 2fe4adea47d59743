"""What Debian's s3270 draws and what our terminal draws: recorded screens, code pages, APL."""

from pathlib import Path
from typing import Any

import pytest

from sesssrvr.terminal.apl import UNDERSCORED
from sesssrvr.terminal.tn3270.buffer import CHARSET


pytestmark = pytest.mark.sockets

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
            older = [one.translate(OPERATORS).rstrip() for one in text]
            assert older == without_underscored(ours), (path.name, record.hex())
            shown += 1
    assert shown > 50


OPERATORS = {0x223C: "~", 0x2223: "|"}  # how 4.1 draws X'80' and X'BF' of code page 310


def without_underscored(line_: Any) -> list[str]:
    """Our rows as 4.1 draws them: underscored letters of APL are blanks."""
    screen = line_.terminal.screen()
    shown, buffer = list(screen.characters), line_.terminal._display.buffer
    sets = buffer.extended[CHARSET]
    for at, code in enumerate(buffer.characters):
        if sets is not None and sets[at] and code in UNDERSCORED:
            shown[at] = " "
    width = screen.columns
    return ["".join(shown[at : at + width]).rstrip() for at in range(0, len(shown), width)]


def lines(line_: Any) -> list[str]:
    return [one.rstrip() for one in line_.terminal.screen().lines()]


# Where the code page libraries and s3270 have their own opinion: docs/behaviour/3270.md.
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
    "cp275",
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
    "cp803",
    "cp875",
    "cp880",
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
    "cp1160",
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


# Of code page 310 4.1 draws no underscored letters (4.2 does), and operators for tilde and bar
# (pmattes/x3270#114): docs/behaviour/3270.md.
NEWER = UNDERSCORED + b"\x80\xbf"


def test_apl_and_controls_are_drawn_the_same(peer: Any, line: Any) -> None:
    codes = (code for code in range(0x40, 0x100) if code not in NEWER)
    graphic = b"".join(bytes((0x08, code)) for code in codes)
    controls = bytes.fromhex("001c1e3f0c0d1519 25ff".replace(" ", ""))
    record = b"\xf5\xc3\x1d\x60" + graphic + controls
    theirs, ours = peer("-utf8", "-model", "3279-2-E"), line()
    theirs.ask_after(record)
    ours.host(record)
    assert lines(ours) == [one.rstrip() for one in theirs.action("Ascii()")[1]]
