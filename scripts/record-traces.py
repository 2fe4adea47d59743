"""Record the sessions of tests/traces anew.

    python scripts/record-traces.py [NAME ...]

Each is the traffic between one of our terminals and a host, written by `hostemul record`, with the passwords masked;
beside it, as NAME.txt, the screens that the terminal showed. Hosts are the demo bank (3270), the order-entry host
(5250) and programs of Debian over telnetd (VT: calcurse, abook), with data made for examples/hosts.
"""

import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.tn5250 import Terminal5250
from sesssrvr.terminal.vt import TelnetVT


ROOT = Path(__file__).parents[1]
TRACES = ROOT / "tests" / "traces"
PATIENCE = 20.0
"""Seconds until a host has to show what a step waits for."""


@dataclass(frozen=True)
class Step:
    """Wait until a text is shown, type, press a key.

    Attributes:
        shown: a text of the screen.
        typed: (row, column, text) of each field; at row 0 the text goes to the cursor.
        key: "" presses none.
    """

    shown: str
    typed: tuple[tuple[int, int, str], ...] = ()
    key: str = "Enter"


@dataclass(frozen=True)
class Session:
    """A recorded session: the host's command line, the terminal, and what its user does."""

    host: tuple[str, ...]
    terminal: Callable[[Callable[[bytes], None]], Any]
    steps: tuple[Step, ...]
    masked: str = ""


BANK = (sys.executable, "-m", "hostemul", "bank", "--port", "0", "--motd-rate", "0")
ORDERS = (sys.executable, "-m", "hostemul", "orders", "--port", "0")


def program(name: str) -> tuple[str, ...]:
    """A program of examples/hosts over telnetd."""
    folder = ROOT / "examples" / "hosts"
    return (sys.executable, str(folder / "telnet_host.py"), "0", str(folder / name))


def vt(write: Callable[[bytes], None]) -> TelnetVT:
    """A VT220 of 24 rows."""
    return TelnetVT(write)


BANK_STEPS = (
    Step("SIGN-ON", ((12, 37, "TELLER001"), (14, 37, "BANK001"))),
    Step("MAIN MENU", ((21, 33, "1"),)),
    Step("CUSTOMER SEARCH", ((8, 26, "ABERNATHY"),)),
    Step("CUSTOMER LIST", (), "PF3"),
    Step("CUSTOMER SEARCH", (), "PF3"),
    Step("MAIN MENU", ((21, 33, "X"),)),
    Step("", (), ""),
)
SESSIONS = {
    "bank-3270": Session(BANK, Terminal3270, BANK_STEPS, "BANK001"),
    "bank-classic-3270": Session(
        (*BANK, "--no-tn3270e"), lambda write: Terminal3270(write, model=4), BANK_STEPS, "BANK001"
    ),
    "orders-5250": Session(
        ORDERS,
        lambda write: Terminal5250(write, model="IBM-3477-FC"),
        (
            Step("SIGN ON", ((6, 44, "CLERK01"), (8, 44, "ORDER01"))),
            Step("MAIN MENU", ((19, 15, "1"),)),
            Step("WORK WITH ORDERS", (), "PF3"),
            Step("MAIN MENU", ((19, 15, "90"),)),
            Step("", (), ""),
        ),
        "ORDER01",
    ),
    "calcurse-vt": Session(
        program("calendar"), vt,
        (Step("Calendar", ((0, 0, "g"),), ""), Step("mm/dd", ((0, 0, "11/23/2026"),)), Step("November 23", ((0, 0, "q"),), "")),
    ),
    "abook-vt": Session(program("addressbook"), vt, (Step("Ada Palmer", ((0, 0, "q"),), ""),
        Step("", (), ""))),
}  # fmt: skip


@contextmanager
def started(command: tuple[str, ...], folder: str) -> Iterator[int]:
    """A host or recorder, and its port."""
    environment = {**os.environ, "TMPDIR": folder, "PYTHONPATH": str(ROOT)}
    made = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield int(made.stdout.readline().strip().rpartition(":")[2])
    finally:
        made.stdin.close()
        if "telnet_host" not in command[1]:
            made.terminate()
        made.wait(20)
        made.stdout.close()


def text_of(terminal: Any) -> str:
    """The screen, a line a row, without blanks at their ends."""
    return "\n".join(line.rstrip() for line in terminal.screen().lines()).rstrip() + "\n"


def played(session: Session, port: int) -> list[str]:
    """Perform the steps at a port; gives the screens that were waited for."""
    screens = []
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        terminal = session.terminal(line.sendall)
        for step in session.steps:
            wait(line, terminal, step.shown)
            screens.append(text_of(terminal))
            for row, column, text in step.typed:
                if row:
                    terminal.move_cursor(row, column)
                terminal.type(text)
            if step.key:
                terminal.key(step.key)
    return screens


def wait(line: socket.socket, terminal: Any, shown: str) -> None:
    """Read until a text is shown and the host has been quiet for a moment."""
    end = time.monotonic() + PATIENCE
    while True:
        if select.select([line], [], [], 0.5)[0]:
            data = line.recv(65536)
            if not data:
                return
            terminal.feed(data)
        elif shown in text_of(terminal):
            return
        if time.monotonic() > end:
            sys.exit(f"{shown!r} was not shown in {PATIENCE:g} seconds:\n{text_of(terminal)}")


def record(name: str) -> None:
    """Record one session."""
    session = SESSIONS[name]
    file = TRACES / f"{name}.trc"
    file.unlink(missing_ok=True)
    mask = ("--mask", session.masked) if session.masked else ()
    with tempfile.TemporaryDirectory() as folder, started(session.host, folder) as host:
        tap = (
            "-m",
            "hostemul",
            "record",
            str(file),
            "--listen",
            "0",
            "--host",
            f"127.0.0.1:{host}",
        )
        with started((sys.executable, *tap, *mask), folder) as port:
            screens = played(session, port)
    file.with_suffix(".txt").write_text("----\n".join(screens), encoding="utf-8")
    print(f"{file.relative_to(ROOT)}: {len(screens)} screens")


if __name__ == "__main__":
    TRACES.mkdir(exist_ok=True)
    for wanted in sys.argv[1:] or SESSIONS:
        record(wanted)
