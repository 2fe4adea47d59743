"""Every screen of the bank, shown and left by Debian's s3270, over TN3270E and over plain TN3270."""

import re

import pytest

from hostemul.bank.layout import draw
from hostemul.bank.screens import LAYOUTS


pytestmark = pytest.mark.processes

# What is typed at (row, column) and pressed, and the screen that comes; "" goes back to the menu.
WALK = (
    ("Enter()", {}, "BNK010"),  # the message of the day
    ("Enter()", {(21, 33): "1"}, "BNK020"),
    ("Enter()", {(8, 26): "SMITH"}, "BNK021"),
    ("Enter()", {(7, 3): "S"}, "BNK030"),
    ("PF(12)", {}, "BNK010"),
    ("Enter()", {(21, 33): "2"}, "BNK040"),
    ("Enter()", {(8, 26): "40000004"}, "BNK041"),
    ("PF(5)", {}, "BNK050"),
    ("PF(12)", {}, "BNK010"),
    ("Enter()", {(21, 33): "3"}, "BNK060"),
    ("Enter()", {(8, 26): "40000002", (10, 26): "40000004", (12, 26): "1"}, "BNK061"),
    ("Enter()", {(16, 26): "Y"}, "BNK062"),
    ("PF(12)", {}, "BNK010"),
    ("Enter()", {(21, 33): "4"}, "BNK070"),
    ("Enter()", {(8, 26): "100005", (10, 26): "CUR", (12, 26): "GBP", (14, 26): "0"}, "BNK071"),
    ("PF(12)", {}, "BNK010"),
    ("Enter()", {(21, 33): "5"}, "BNK080"),
    ("Enter()", {(8, 26): "40004109"}, "BNK081"),
    ("Enter()", {(16, 26): "Y"}, "BNK082"),
    ("PF(12)", {}, "BNK010"),
    ("Enter()", {(21, 33): "6"}, "BNK090"),
    ("Enter()", {(6, 26): "10000", (8, 26): "6.5", (10, 26): "48"}, "BNK090"),
)
SIGNED_ON = {(12, 37): "TELLER001", (14, 37): "BANK001"}


@pytest.mark.parametrize("prefix", ["", "N:"], ids=["TN3270E", "plain TN3270"])
def test_every_screen_is_shown_and_left(served, emulator, prefix):
    host = served("bank", "--port", "0", "--motd-rate", "1")
    first, second = (emulator(f"{prefix}127.0.0.1:{host.port}") for _ in range(2))
    seen = set()

    def step(tube, key, typed, wanted):
        for (row, column), text in typed.items():
            tube.type(row, column, text)
        shown = tube.press(key)
        assert shown[0][1:7] == wanted, "\n".join(shown)
        seen.add(wanted)
        drawn_by_layout(wanted, shown)
        assert inputs(tube) >= sum(
            one.kind == "entry" for one in LAYOUTS[wanted].items if not one.needs
        )

    for tube in (first, second):
        tube.do("Wait(5,InputField)")
        assert ("BIND-IMAGE" in "".join(tube.do("Query(Tn3270eOptions)"))) == (not prefix)
    seen.add(first.screen()[0][1:7])
    step(first, "Enter()", SIGNED_ON, "BNK005")
    for key, typed, wanted in WALK:
        step(first, key, typed, wanted)
    step(second, "Enter()", SIGNED_ON, "BNK005")
    step(first, "Enter()", {}, "BNK098")
    step(first, "Enter()", {}, "BNK000")
    step(second, "Enter()", {}, "BNK010")
    step(second, "PF(3)", {}, "BNK099")
    notice = served("bank", "--port", "0", "--motd-rate", "0", "--unknown-screen-after", "1")
    third = emulator(f"{prefix}127.0.0.1:{notice.port}")
    third.do("Wait(5,InputField)")
    step(third, "Enter()", SIGNED_ON, "SYS001")
    step(third, "Enter()", {}, "BNK010")
    assert seen == set(LAYOUTS)
    assert "Traceback" not in host.stop() + notice.stop()


def drawn_by_layout(name, shown):
    """What a layout always shows stands in its place."""
    for wanted, line in zip(draw(LAYOUTS[name], {}, " "), shown, strict=True):
        for column, letter in enumerate(wanted):
            assert letter in (" ", line[column]), (name, wanted, line)


def inputs(tube):
    """How many unprotected fields s3270 has."""
    found = re.findall(r"c0=([0-9a-f]{2})", "".join(tube.do("ReadBuffer(Ascii)")))
    return sum(not int(one, 16) & 0x20 for one in found)
