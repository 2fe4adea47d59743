"""Keys of a VT keyboard by name, and what they send in each mode.

`KEYS` holds every name `TerminalVT.key` takes, spelled as users read it; looking one up is
case-insensitive. Sequences are written with 7-bit controls. VT220 Programmer Reference chapter 3,
VT420 chapter 3, VT52 mode: VT100 User Guide, table 3-13.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias


Mode: TypeAlias = Literal["normal", "application", "vt52"]

_ARROWS: Final = {"Up": "A", "Down": "B", "Right": "C", "Left": "D"}
_EDITING: Final = {"Find": 1, "Insert": 2, "Remove": 3, "Select": 4, "Prev": 5, "Next": 6}
# PC keyboards' words for the same places.
_ALIASES: Final = {
    "Return": "Enter",
    "PageUp": "Prev",
    "PageDown": "Next",
    "Home": "Find",
    "End": "Select",
    "Help": "F15",
    "Do": "F16",
    "Esc": "Escape",
    "F1": "PF1",
    "F2": "PF2",
    "F3": "PF3",
    "F4": "PF4",
}
_FUNCTIONS: Final = {  # CSI n ~; the numbers have gaps where the keyboard has them
    **{f"F{n}": 10 + n for n in range(5, 6)},
    **{f"F{n}": 11 + n for n in range(6, 11)},
    **{f"F{n}": 12 + n for n in range(11, 15)},
    **{f"F{n}": 13 + n for n in range(15, 17)},
    **{f"F{n}": 14 + n for n in range(17, 21)},
}
USER_KEYS: Final[Mapping[str, str]] = {
    str(n): f"Shift-{name}" for name, n in _FUNCTIONS.items() if name != "F5"
}
"""Keys that send what the host has defined (DECUDK), by DEC's number."""
_PF: Final = {"PF1": "P", "PF2": "Q", "PF3": "R", "PF4": "S"}
_KEYPAD: Final = {  # name: (numeric mode, final in application mode)
    **{f"KP{n}": (str(n), chr(ord("p") + n)) for n in range(10)},
    "KPMinus": ("-", "m"),
    "KPComma": (",", "l"),
    "KPPeriod": (".", "n"),
    "KPEnter": ("\r", "M"),
}
_PLAIN: Final = {
    "Tab": "\t",
    "Escape": "\x1b",
    "Delete": "\x7f",
    "LineFeed": "\n",
    "Space": " ",
    "Null": "\0",
    "BackTab": "\x1b[Z",
    **{f"Ctrl-{chr(code + 0x40)}": chr(code) for code in range(0x20)},
    "Ctrl-Space": "\0",
    "Ctrl-?": "\x7f",
}

ENTER, BACKSPACE, BREAK = "Enter", "Backspace", "Break"
SENT: Final[Mapping[Mode, Mapping[str, str]]] = {
    "normal": {
        **{name: f"\x1b[{final}" for name, final in _ARROWS.items()},
        **{name: f"\x1bO{final}" for name, final in _PF.items()},
        **{name: f"\x1b[{n}~" for name, n in (_EDITING | _FUNCTIONS).items()},
        **_PLAIN,
    },
    "application": {name: f"\x1bO{final}" for name, final in _ARROWS.items()},
    "vt52": {
        **{name: f"\x1b{final}" for name, final in (_ARROWS | _PF).items()},
        **_PLAIN,
    },
}
"""By cursor key mode; "application" names only what differs from "normal"."""

KEYPAD: Final[Mapping[Mode, Mapping[str, str]]] = {
    "normal": {name: numeric for name, (numeric, _) in _KEYPAD.items()},
    "application": {name: f"\x1bO{final}" for name, (_, final) in _KEYPAD.items()},
    "vt52": {name: f"\x1b?{final}" for name, (_, final) in _KEYPAD.items()},
}
"""By keypad mode; "vt52" is its application mode there."""

KEYS: Final = (
    ENTER,
    BACKSPACE,
    BREAK,
    *SENT["normal"],
    *_KEYPAD,
    *USER_KEYS.values(),
    *_ALIASES,
)

_BY_NAME: Final[Mapping[str, str]] = {name.lower(): _ALIASES.get(name, name) for name in KEYS}


def key_name(name: str) -> str | None:
    """The name as in `KEYS`, aliases resolved, whatever its case; None if there is no such key."""
    return _BY_NAME.get(name.lower())
