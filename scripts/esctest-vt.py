"""Let esctest2, as a program of its own, ask our VT terminal: scripts/sweep-vt esctest FOLDER [CLASS ...].

FOLDER is a clone of github.com/ThomasDickey/esctest2 (GPL-2: nothing of it is part of this
project). One process for each class of its tests, in a pseudo-terminal of 25 x 80 whose other end
is our engine. Classes about colours, selection, titles and windows are left out: no host needs them.
"""

import contextlib
import fcntl
import os
import pty
import re
import struct
import sys
import tempfile
import termios
from pathlib import Path

from sesssrvr.terminal.vt import TerminalVT


ROWS, COLUMNS = 25, 80
GOAL = 430  # of the 476 tests at level 4
LEFT_OUT = re.compile(r"Color|ManipulateSelection|SMTitle|XtermWinops")
OPTIONS = (
    "--expected-terminal=xterm",
    "--max-vt-level=4",
    "--xterm-checksum=279",
    "--timeout=0.25",
    "--no-print-logs",
)
CHECKSUM_AS_EXPECTED = b"\x1b[7#y"  # XTCHECKSUM: positive, without attributes, with blanks
OUTCOMES = {
    "passed": re.compile(r"^Passed\.", re.MULTILINE),
    "failed": re.compile(r"^\*\*\* TEST (\S+) FAILED", re.MULTILINE),
    "known or skipped": re.compile(r"^(?:Fails as expected|Skipped because)", re.MULTILINE),
}


def run(folder: Path, name: str, log: Path) -> str:
    """One class of tests; its log."""
    process, line = pty.fork()
    if process == 0:
        os.chdir(folder)
        program = [
            sys.executable,
            "esctest.py",
            *OPTIONS,
            rf"--include=^{name}\.",
            f"--logfile={log}",
        ]
        os.execv(program[0], program)  # noqa: S606 - in the pseudo-terminal
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    terminal = TerminalVT(lambda data: os.write(line, data) and None, rows=ROWS, columns=COLUMNS)
    terminal.feed(CHECKSUM_AS_EXPECTED)
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while data := os.read(line, 65_536):
            terminal.feed(data)
    os.waitpid(process, 0)
    os.close(line)
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def classes(folder: Path) -> list[str]:
    """The classes of tests that matter here."""
    listed = (folder / "tests" / "__init__.py").read_text(encoding="utf-8")
    found = re.findall(r"^    (\w+Tests),", listed, re.MULTILINE)
    return [name for name in found if not LEFT_OUT.search(name)]


def main(arguments: list[str]) -> int:
    """Run them, print what passed and failed."""
    folder = Path(arguments[0]) if arguments else Path()
    folder = folder / "esctest" if (folder / "esctest").is_dir() else folder
    if not (folder / "esctest.py").is_file():
        print(f"no esctest.py in {folder}: clone github.com/ThomasDickey/esctest2", file=sys.stderr)
        return 2
    score = dict.fromkeys(OUTCOMES, 0)
    with tempfile.TemporaryDirectory() as temporary:
        for name in arguments[1:] or classes(folder):
            text = run(folder.resolve(), name, Path(temporary) / f"{name}.log")
            found = {outcome: pattern.findall(text) for outcome, pattern in OUTCOMES.items()}
            for outcome, tests in found.items():
                score[outcome] += len(tests)
            print(f"{name:30} {len(found['passed']):4} passed", *found["failed"])
    print(score, f"(to reach: more than {GOAL} passed)" if not arguments[1:] else "")
    return 0 if arguments[1:] or score["passed"] > GOAL else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
