"""vttest 2.7 (Debian) drives our terminal; what it draws is compared with screens people have read.

The expectations in `vttest/` are made with `VTTEST_RECORD=1 pytest ...` and then read, screen by
screen: most of them say on the screen how it has to look. Rows end with a bar only where they are
full; a line's size (double width, halves of double height) stands before it.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import termios
from pathlib import Path

import pytest

from sesssrvr.terminal.vt import TerminalVT


EXPECTED = Path(__file__).parent / "vttest"
RECORD = bool(os.environ.get("VTTEST_RECORD"))
SECONDS = 20

PROMPTS = re.compile(
    rb"Push <RETURN>|Enter choice number \(0 - \d+\): |Push the RETURN key: "
    rb"|with RETURN\..*\x05"  # up to ENQ
    rb"|to continue:.*\x1b\\",  # up to the end of DECRQSS
    re.DOTALL,
)
SIZES = ("  ", "W ", "T ", "B ")  # double width, top and bottom half of double height

# The way to a menu and, in menus of menus, what is chosen there one after the other; a tuple is a
# way through further menus.
MENUS = {
    "1 cursor movements": (),
    "2 screen features": (),
    "3 character sets": ("8", "9", "10", "11", "3", ("4", "10"), "9"),
    "4 double-sized characters": (),
    "6 reports": ("1", "2", "3", "4", "5", "6", "7"),
    "7 VT52 mode": (),
    "8 VT102 features": (),
    "11.1.1.1 VT220 status": ("1", "2", "3", "4"),
    "11.1.2 VT220 erasing": ("3", "4"),
    "11.1.3 VT220 8-bit controls": (),
    "11.2.5 VT320 reports": ("5", "6"),
    "11.2.5.3 VT320 presentation state": ("4", "5", ("1", "7"), ("0", "2", "3")),
    "11.3.2 VT420 cursor": ("7", "8", "9", "10", "2", "3", "4", "5", "7", "8", "9", "10"),
    "11.3.3 VT420 editing": (
        "9",
        "10",
        "11",
        "12",
        "13",
        "2",
        "3",
        "4",
        "9",
        "10",
        "11",
        "12",
        "13",
    ),
    "11.3.6 VT420 rectangles": (
        "7",
        "8",
        "9",
        "10",
        "11",
        "12",
        "1",
        "2",
        "3",
        "4",
        "8",
        "9",
        "10",
    ),
    "11.3.7.2.2 VT420 modes": ("1", "2"),
    "11.3.7.2.3 VT420 settings": ("2", "3", "4"),
    "11.3.7.3 VT420 status": ("2", "3", "4", "5", "6", "7", "8", "9", "12"),
    "11.5 ISO 6429 cursor": tuple("123456789"),
    "11.7 other ISO 6429": ("2", "3", "4", "5", "6"),
    "11.8.7 xterm's alternate page": ("3", "4", "5"),
}


class Conversation:
    """vttest in a pseudo-terminal, our terminal at the other end."""

    def __init__(self, program):
        self.process, self.line = pty.fork()
        if self.process == 0:  # pragma: no cover - the child
            os.environ["TERM"] = "vt100"
            os.execv(program, [program, "24x80.132"])  # noqa: S606 - in the pseudo-terminal
        fcntl.ioctl(self.line, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.terminal = TerminalVT(
            lambda data: os.write(self.line, data), charset="latin-1", answerback="WS17"
        )

    def prompt(self):
        """Feed the terminal up to the next prompt; the prompt."""
        seen = b""
        while (found := PROMPTS.search(seen)) is None:
            ready, _, _ = select.select([self.line], [], [], SECONDS)
            assert ready, f"vttest says nothing more:\n{self.terminal.screen()}"
            data = os.read(self.line, 65_536)
            seen += data
            self.terminal.feed(data)
        return found[0]

    def until(self, text):
        """Feed the terminal until it shows a text."""
        while not any(text in line for line in self.terminal.lines()):
            ready, _, _ = select.select([self.line], [], [], SECONDS)
            assert ready, f"vttest does not say {text}:\n{self.terminal.screen()}"
            self.terminal.feed(os.read(self.line, 65_536))

    def answer(self, text=""):
        """Type a choice and press Enter; the prompt after that."""
        self.terminal.type(text)
        self.terminal.key("Enter")
        return self.prompt()

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.line)


def shown(terminal):
    """A screen as text: what it shows, where the cursor is, what looks other than plain."""
    screen = terminal.screen()
    row, column = screen.place(screen.cursor)
    sizes = terminal._display.grid.sizes
    lines = [f"{screen.rows} x {screen.columns}, cursor {row},{column}"]
    for size, line in zip(sizes, screen.lines(), strict=True):
        end = "|" if line[-1] != " " else ""
        lines.append(f"{SIZES[size]}{line.rstrip()}{end}".rstrip())
    while not lines[-1]:
        lines.pop()
    return "\n".join([*lines, *map(repr, screen.runs)]) + "\n"


def screens(talk, way, choices):
    """Every screen of a menu that waits for a key."""
    prompt = talk.prompt()
    for step in way:
        prompt = talk.answer(step)
    yield from held(talk, prompt)
    for choice in choices:
        for step in (choice,) if isinstance(choice, str) else choice:
            prompt = talk.answer(step)
        yield from held(talk, prompt)


def held(talk, prompt):
    while b"choice" not in prompt:
        yield shown(talk.terminal)
        prompt = talk.answer()


@pytest.fixture
def talk():
    program = shutil.which("vttest")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("vttest is not installed, and CI must not skip it")
        pytest.skip("vttest is not installed (Debian: apt-get install vttest)")
    conversation = Conversation(program)
    yield conversation
    conversation.close()


@pytest.mark.processes
@pytest.mark.parametrize(("menu", "choices"), MENUS.items(), ids=MENUS.keys())
def test_vttest_finds_what_it_expects(talk, menu, choices):
    number = menu.split()[0]
    way = number.split(".")
    found = [
        f"==== screen {count}: {text}" for count, text in enumerate(screens(talk, way, choices), 1)
    ]
    file = EXPECTED / f"menu-{number}.txt"
    if RECORD:
        file.write_text("\n".join(found), encoding="utf-8")
    expected = file.read_text(encoding="utf-8").split("\n==== ")
    assert len(found) == len(expected)
    for mine, wanted in zip(found, expected, strict=True):
        assert mine.removeprefix("==== ").rstrip("\n") == wanted.removeprefix("==== ").rstrip("\n")


@pytest.mark.processes
def test_vttest_defines_keys_and_hears_them(talk):
    talk.prompt()
    for step in ("11", "1"):
        talk.answer(step)
    talk.terminal.type("7")
    talk.terminal.key("Enter")
    talk.until("press SHIFT")
    for name in ("F6", "F13", "F20"):
        talk.terminal.key(f"Shift-{name}")
        talk.until(f" {' '.join(name)} ")  # as it came through the line
    talk.terminal.type("q")
    talk.until("Push <RETURN>")
