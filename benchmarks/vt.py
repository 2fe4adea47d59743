"""The VT engine: MB a second and core for three kinds of host output, reading a screen, memory.

    python benchmarks/vt.py [result.json]

Baseline of the same run: what Python needs to look at the same bytes at all, decoding them and
splitting them at control characters with one regular expression.
"""

import gc
import re
import time
import tracemalloc
from collections.abc import Callable

from measure import report

from sesssrvr.terminal.vt import TerminalVT


PACKET = 1460  # bytes of a TCP segment on Ethernet
SECONDS = 2.0
TERMINALS = 200
TOKENS = re.compile(r"[^\x00-\x1f]+|\x1b\[[0-;]*[@-~]|.", re.DOTALL)


def forms() -> bytes:
    """Screens with frames in line drawing, labels, values in several looks."""
    out = []
    for screen in range(8):
        out.append(
            "\x1b[2J\x1b[H\x1b[1;7m  CUSTOMER MAINTENANCE  \x1b[0m\x1b(0\x1b[2;1Hl" + "q" * 76 + "k"
        )
        out += [f"\x1b[{row};1Hx\x1b[{row};78Hx" for row in range(3, 22)]
        out.append("\x1b[22;1Hm" + "q" * 76 + "j\x1b(B")
        for row in range(3, 21):
            out.append(
                f"\x1b[{row};4H\x1b[1mField {row:02d} :\x1b[0m\x1b[{row};20H\x1b[4mvalue {screen}     "
            )
            out.append(
                f"\x1b[0m\x1b[{row};44H\x1b[32mGreen\x1b[39m\x1b[7m {row * screen:6d} \x1b[27m"
            )
        out.append("\x1b[24;1H\x1b[KF1=Help F3=Exit")
    return "".join(out).encode()


def log() -> bytes:
    """Lines that scroll."""
    return b"".join(
        b"2026-11-22 19:30:%02d host daemon[%d]: a line of text, number %d\r\n" % (n % 60, n, n * 7)
        for n in range(400)
    )


def addressing() -> bytes:
    """Two characters at a place, then two at another."""
    return b"".join(b"\x1b[%d;%dHab" % (n % 24 + 1, n * 7 % 78 + 1) for n in range(3000))


def rate(feed: Callable[[bytes], object], data: bytes) -> float:
    """MB a second of CPU time; the best pass within `SECONDS`."""
    packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    best, until = 0.0, time.process_time() + SECONDS
    while time.process_time() < until:
        began = time.process_time()
        for packet in packets:
            feed(packet)
        best = max(best, len(data) / (time.process_time() - began) / 1e6)
    return round(best, 2)


def microseconds(call: Callable[[], object], times: int = 20_000) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return round((time.process_time() - began) / times * 1e6, 2)


def kibibytes(make: Callable[[], object]) -> float:
    """Of one object, many made."""
    make()
    gc.collect()
    tracemalloc.start()
    kept = [make() for _ in range(TERMINALS)]
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(used / len(kept) / 1024, 2)


def ignore(_: bytes) -> None:
    """Where a terminal's answers go."""


def filled() -> TerminalVT:
    terminal = TerminalVT(ignore)
    terminal.feed(forms())
    return terminal


def main() -> None:
    found: dict[str, object] = {}
    for name, data in (("forms", forms()), ("log", log()), ("cursor addressing", addressing())):
        found[f"{name}, MB/s"] = rate(TerminalVT(ignore).feed, data)
        found[f"{name}, MB/s of the baseline"] = rate(lambda d: TOKENS.findall(d.decode()), data)
    terminal = filled()

    def screen() -> object:
        terminal.feed(b"\x1b[H")
        return terminal.screen()

    found["all lines as text, us"] = microseconds(terminal.lines)
    found["screen with attribute runs, us"] = microseconds(screen, 2_000)
    found["filled terminal, KiB"] = kibibytes(filled)
    found["idle terminal, KiB"] = kibibytes(lambda: TerminalVT(ignore))
    report("vt", found)


if __name__ == "__main__":
    main()
