"""The project's own recordings, played to our terminals: they show what they showed when it was recorded."""

import re
from pathlib import Path

import pytest

from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.tn5250 import Terminal5250
from sesssrvr.terminal.vt import TelnetVT
from tests.support.recordings import read


FOLDER = Path(__file__).parent
TERMINALS = {
    "abook-vt": TelnetVT,
    "bank-3270": Terminal3270,
    "bank-classic-3270": lambda write: Terminal3270(write, model=4),
    "calcurse-vt": TelnetVT,
    "orders-5250": lambda write: Terminal5250(write, model="IBM-3477-FC"),
}


def shown(terminal):
    return "\n".join(line.rstrip() for line in terminal.screen().lines()).rstrip() + "\n"


def test_each_recording_has_a_terminal_here():
    assert {path.stem for path in FOLDER.glob("*.trc")} == set(TERMINALS)


@pytest.mark.parametrize("name", TERMINALS)
def test_a_recording_shows_its_screens_in_order(name):
    terminal = TERMINALS[name](lambda _: None)
    wanted = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("----\n")
    assert len(wanted) > 1
    for turn in read(FOLDER / f"{name}.trc"):
        if turn.host:
            terminal.feed(turn.data)
            if wanted and shown(terminal) == wanted[0]:
                del wanted[0]
    assert wanted == []
    assert terminal.fault_count == 0


@pytest.mark.parametrize("name", ["bank-3270", "bank-classic-3270", "orders-5250"])
def test_a_recording_holds_no_password(name):
    sent = b"".join(turn.data for turn in read(FOLDER / f"{name}.trc") if not turn.host)
    assert "TELLER001".encode("cp037") in sent or "CLERK01".encode("cp037") in sent
    for password in ("BANK001", "ORDER01"):
        assert password.encode("cp037") not in sent


def test_a_recording_names_no_machine_it_was_made_on():
    for path in FOLDER.glob("*.trc"):
        data = b"".join(turn.data for turn in read(path))
        assert not re.search(rb"/(?:home|root|work|tmp)/|@[a-z]+:", data), path.name
