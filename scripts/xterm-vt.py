"""Ask xterm: scripts/sweep-vt xterm [streams] [seed]. Random streams into xterm and into our VT terminal.

xterm (Debian: apt-get install xterm xvfb) runs on an X server of its own that shows nothing; what
it is fed comes through a pseudo-terminal. After each stream both are asked the same: cursor, modes,
margins, looks, and the checksum of single cells (DECRQCRA, as xterm's XTCHECKSUM makes it
comparable). All answers have to be equal. A stream that differs is shrunk and printed.

Streams are made in three ways: with looks in the checksums, without, and in UTF-8.
"""

import os
import random
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from sesssrvr.terminal.vt import TerminalVT
from sesssrvr.terminal.vt.terminal import Charset


ROWS, COLUMNS = 8, 80
COMPARED: Final = (*range(1, 15), *range(76, 81))  # columns
LOOKS, NO_LOOKS = 53, 55  # XTCHECKSUM: positive, blanks and whole characters too; 55 without looks
END: Final = b"\x1bP4242!~0000\x1b\\"  # the answer to the last question
RELAY: Final = """
import os, select, socket, sys, tty
tty.setraw(0)
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
while True:
    ready, _, _ = select.select([0, line], [], [])
    if line in ready:
        data = line.recv(65536)
        if not data:
            break
        while data:
            data = data[os.write(1, data):]
    if 0 in ready:
        line.sendall(os.read(0, 65536))
"""
SETS: Final = b"\x1b(B\x1b)B\x1b*B\x1b+B"  # the two begin with other sets in G2 and G3
RESET: Final = b'\x1bc\x1b[64;1"p\x1b[?40h' + SETS + b"\x1b[?1049h\x1b[H\x1b7\x1b[?1049l\x1b[H\x1b7"
MODES: Final = (1, 5, 6, 7, 25, 47, 66, 67, 69, 1047)
QUESTIONS: Final = b"".join(
    (
        b"\x18\x1b[6n\x1bP$qm\x1b\\\x1bP$qr\x1b\\\x1b[4$p\x1b[20$p",
        *(b"\x1b[?%d$p" % mode for mode in MODES),
        b"\x1b[?6l",
        *(
            b"\x1b[%d;1;%d;%d;%d;%d*y" % (100 * row + column, row, column, row, column)
            for row in range(1, ROWS + 1)
            for column in COMPARED
        ),
        b"\x1b[?63;4242n",
    )
)
WORDS: Final = [
    *(f"\x1b[{n}{final}" for n in ("", "0", "2", "3;4", "9;9", "999") for final in "ABCDEFGHIJKLMPSXZ@`adefg"),
    *(f"\x1b[{n}r" for n in ("", "2;4", "3;6", "5;2")),
    *(f"\x1b[?69h\x1b[{n}s" for n in ("", "2;4", "5;12", "9;3")),
    *(f"\x1b[?{n}{final}" for n in (1, 5, 6, 7, 25, 47, 66, 67, 69, 1047, 1048, 1049) for final in "hl"),
    *(f"\x1b[?{n}s\x1b[?{n}{final}\x1b[?{n}r" for n in (6, 7) for final in "hl"),
    *(f"\x1b[{n}m" for n in ("", "1", "4", "5", "7", "22", "24", "27")),
    *(f"\x1b{key}" for key in ("7", "8", "D", "E", "H", "M", "N", "O", "V", "W", "6", "9", "n", "o", "=", ">", "#8")),
    *(f"\x1b[{body}" for body in ("2;2;4;6$z", "37;1;1;9;9$x", "1;1;3;3;1;2;2;1$v", "2;3;4;9;1;3;5;1$v", "1;1;3;3;7$r", "2;3;5;7;1;4$t", "2*x", "1*x", "1;1;4;9${")),
    *(f"\x1b[{body}" for body in ("2'}", "2'~", "?J", "?1J", "?2K", "1J", "1K", "2K", "3 @", "2 A", "T", "2T", "4h", "4l", "20h", "20l", "3g", "s", "u", "78G", "4;79H")),
    "\x1b[!p" + SETS.decode(), "Z\x1b[b", "Z\x1b[5b", "Z\x1b[99b",
    "\r\n", "\n", "\r", "\t", "\b", "\x0e", "\x0f", "\x18", "abc", "hello ", "x" * 79, "x" * 80, "y" * 85, "Z", "qqq", "quick fox",
]  # fmt: skip
PROTECTION: Final = ['\x1b[1"q', '\x1b[0"q']  # xterm leaves it out of its checksums
DRAWING: Final = [
    "\x1b(0",
    "\x1b(B",
    "\x1b)0",
    "\x1b*0",
    "\x1b+0",
]  # in UTF-8 xterm reports Unicode
# What differs and stays so, as it shows in a stream that has been shrunk.
ACCEPTED: Final = {
    "DECERA clears looks (VT420 manual); xterm writes blanks in the look of the pen": rb"m.*\$z$",
    "DECCRA copies cells never written as NUL": rb"\$[rt].*\$v$",
    "DECRC without DECSC brings the sets of switching on (VT420 manual)": rb"!p.*(?:\x1b8|u|1048l).*\x1b[noNO]",
    "what SPA guards stays guarded; xterm forgets it on inserted lines and after DECSED": rb"\x1bV.*[JKX]$",
    "CBT ends a pending wrap; xterm wraps from where it went": rb"\x1b\[[\d;]*Z[^\x1b]",
    "a tab right of the margins does not go back to the right margin": rb"\?69h.*(?:\t|I)$",
}


class Way(NamedTuple):
    """How streams are made and compared."""

    charset: Charset
    checksum: int
    words: list[str]


WAYS: Final = {
    "looks": Way("latin-1", LOOKS, WORDS),
    "protection": Way("latin-1", NO_LOOKS, WORDS + PROTECTION * 3),
    "UTF-8": Way("utf-8", NO_LOOKS, WORDS + PROTECTION * 3 + DRAWING * 3),
}


@contextmanager
def xterm(way: Way) -> Iterator[socket.socket]:
    """An xterm that waits at the other end of a socket."""
    read, write = os.pipe()
    server = [
        "Xvfb",
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1024x600x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    resources = [f"checksumExtension: {way.checksum}", "allowWindowOps: true", "decTerminalID: 420"]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        running(stack, server, pass_fds=[write])
        os.close(write)
        with os.fdopen(read, encoding="ascii") as told:
            display = told.readline().strip()
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(f"{folder}/line")
        listener.listen()
        listener.settimeout(20)
        program = ["xterm", "-geometry", f"{COLUMNS}x{ROWS}", "-ti", "vt420"]
        program += ["-u8" if way.charset == "utf-8" else "+u8"]
        for resource in resources:
            program += ["-xrm", f"XTerm*{resource}"]
        program += ["-e", sys.executable, "-c", RELAY, f"{folder}/line"]
        locale = "C.UTF-8" if way.charset == "utf-8" else "C"
        running(stack, program, env={**os.environ, "DISPLAY": f":{display}", "LC_ALL": locale})
        line = stack.enter_context(listener.accept()[0])
        line.settimeout(20)
        yield line


def running(stack: ExitStack, program: list[str], **options: object) -> None:
    """Start a program that ends with the stack."""
    made = subprocess.Popen(program, stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]  # options of its own
    stack.callback(made.wait)
    stack.callback(made.terminate)


def comparable(answers: bytes) -> bytes:
    """Cells never written, which xterm tells from blanks, as blanks."""
    return re.sub(rb"!~0000(?!\x1b\\$)", b"!~0020", answers)


def theirs(line: socket.socket, stream: bytes) -> bytes:
    """What xterm answers."""
    line.sendall(RESET + stream + QUESTIONS)
    found = b""
    while not found.endswith(END):
        found += line.recv(65_536)
    return comparable(found)


def ours(way: Way, stream: bytes) -> bytes:
    """What our terminal answers."""
    out: list[bytes] = []
    terminal = TerminalVT(out.append, rows=ROWS, columns=COLUMNS, charset=way.charset)
    terminal.feed(b"\x1b[%d#y" % way.checksum + RESET + stream + QUESTIONS)
    return comparable(b"".join(out))


def shrunk(line: socket.socket, way: Way, words: list[bytes]) -> list[bytes]:
    """As few words as still differ."""
    at = 0
    while at < len(words):
        fewer = words[:at] + words[at + 1 :]
        if theirs(line, b"".join(fewer)) != ours(way, b"".join(fewer)):
            words, at = fewer, 0
        else:
            at += 1
    return words


def compare(name: str, streams: int, seed: int) -> int:
    """Ask both; how many streams differ without excuse."""
    way, chance, accepted = WAYS[name], random.Random(seed), Counter[str]()  # noqa: S311 - no secret
    found: Counter[tuple[bytes, ...]] = Counter()
    with xterm(way) as line:
        for _ in range(streams):
            words = [word.encode() for word in chance.choices(way.words, k=chance.randrange(2, 10))]
            if theirs(line, b"".join(words)) == ours(way, b"".join(words)):
                continue
            words = shrunk(line, way, words)
            excuse = next((why for why, rule in ACCEPTED.items() if _matches(rule, words)), None)
            if excuse:
                accepted[excuse] += 1
            else:
                found[tuple(words)] += 1
        print(
            f"{name}: {streams} streams, {sum(found.values())} differ, and as accepted: {dict(accepted)}"
        )
        for few, count in found.most_common(20):
            print(f"{count:4} {b' '.join(few)!r}")
            for pair in _differences(theirs(line, b"".join(few)), ours(way, b"".join(few))):
                print("     xterm {!r}, ours {!r}".format(*pair))
    return sum(found.values())


def _matches(rule: bytes, words: Iterable[bytes]) -> bool:
    return re.search(rule, b"".join(words), re.DOTALL) is not None


def _differences(xterms: bytes, mine: bytes) -> list[tuple[bytes, bytes]]:
    parts = [re.findall(rb"\x1b[P\[].*?(?:\x1b\\|[a-zR])", answers) for answers in (xterms, mine)]
    return [pair for pair in zip(*parts, strict=False) if pair[0] != pair[1]][:3]


def main(arguments: list[str]) -> int:
    """Compare in all ways; 1 if anything differs without excuse."""
    streams = int(arguments[0]) if arguments else 10_000
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(10**6)  # noqa: S311 - no secret
    if not all(any((Path(p) / x).exists() for p in os.get_exec_path()) for x in ("xterm", "Xvfb")):
        print(
            "xterm or Xvfb is not installed (Debian: apt-get install xterm xvfb)", file=sys.stderr
        )
        return 2
    print(f"seed {seed}")
    return 1 if sum(compare(name, streams // len(WAYS), seed) for name in WAYS) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
