"""A terminal nobody here wrote at the order host: it sees what ours sees."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


pytestmark = pytest.mark.processes

PACKAGES = Path(__file__).parents[3] / ".venv" / "oracles"
PROGRAM = Path(__file__).with_name("their_terminal.py")
KEYS = {"Enter": "ENTER", "PageDown": "PAGE_DOWN", "PageUp": "PAGE_UP"}
KEYS |= {f"F{n}": f"PF{n}" for n in range(1, 25)}
SIGN_ON = ("Enter", (6, 44, "CLERK07"), (8, 44, "ORDER07"))
VISITS = {
    "IBM-3179-2": [
        SIGN_ON,
        ("Enter", (19, 15, "1")),
        ("PageDown",),
        ("Enter", (9, 3, "5")),
        ("F12",),
        ("Enter", (4, 17, "1014")),
        ("F3",),
        ("Enter", (19, 15, "2")),
        ("F12",),
        ("Enter", (19, 15, "90")),
    ],
    "IBM-3477-FC": [
        SIGN_ON,
        ("Enter", (19, 15, "1")),
        ("F11",),
        ("PageDown",),
        ("PageUp",),
        ("F11",),
        ("F3",),
    ],
}


@pytest.fixture
def theirs(served):
    """Another terminal at an order host of its own: what it shows at first and after each key."""
    if not (PACKAGES / "mfmock").exists():
        said = "NOT TESTED with another 5250 terminal: mainframe-mocker (scripts/test installs it)"
        if os.environ.get("CI") == "true":
            pytest.fail(said)
        pytest.skip(said)
    host = served("orders", "--port", "0")

    def visit(kind, keys):
        made = subprocess.run(
            [sys.executable, PROGRAM, "127.0.0.1", str(host.port), kind, "DESK07"],
            input="".join(json.dumps([KEYS[key], typed]) + "\n" for key, *typed in keys),
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, "PYTHONPATH": str(PACKAGES)},
            check=False,
        )
        assert made.returncode == 0, made.stderr
        return [json.loads(line) for line in made.stdout.splitlines()]

    return visit


@pytest.mark.parametrize("kind", VISITS)
def test_another_terminal_sees_what_ours_sees(kind, theirs, desk):
    ours = desk(model=kind, device_names=("DESK07",))
    seen = [shown(ours)]
    for key, *typed in VISITS[kind]:
        ours.key(key, *typed)
        seen.append(shown(ours))
    assert ours.terminal.lu_name == "DESK07"
    for number, (mine, other) in enumerate(zip(seen, theirs(kind, VISITS[kind]), strict=True)):
        assert mine == other, f"after {number} keys"


def shown(desk):
    screen = desk.screen
    return {
        "lines": [line.rstrip() for line in screen.lines()],
        "cursor": [*screen.place(screen.cursor)],
        "hidden": [one.start for one in screen.input_fields() if one.hidden],
    }
