"""Keys of a 5250 keyboard by name, and the AIDs the attention keys send.

`KEYS` holds every name `Terminal5250.key` takes, spelled as users read it; looking one up is
case-insensitive. Names of a 3270 keyboard with the same meaning are taken too: PF1 is F1. IBM
SC30-3533, "AID-generating keys".
"""

from collections.abc import Mapping
from typing import Final


AID_ENTER: Final = 0xF1
AID_AUTO_ENTER: Final = 0x3F
AID_NONE: Final = 0x00  # sent by an immediate read

AIDS: Final[Mapping[str, int]] = {
    "Enter": AID_ENTER,
    "Help": 0xF3,
    "PageUp": 0xF4,  # Roll Down
    "PageDown": 0xF5,  # Roll Up
    "Print": 0xF6,
    "RecordBackspace": 0xF8,
    "Clear": 0xBD,
    **{f"F{n}": 0x30 + n for n in range(1, 13)},
    **{f"F{n}": 0xB0 + n - 12 for n in range(13, 25)},
    "PA1": 0x6C,
    "PA2": 0x6E,
    "PA3": 0x6B,
}
FUNCTION: Final[Mapping[int, int]] = {AIDS[f"F{n}"]: n for n in range(1, 25)}
"""Number of the function key by its AID."""
WITHOUT_DATA: Final = frozenset(
    AIDS[name] for name in ("Help", "Print", "RecordBackspace", "Clear", "PA1", "PA2", "PA3")
)

EDITING: Final = (
    "Tab",
    "BackTab",
    "Home",
    "Newline",
    "EraseEOF",
    "EraseInput",
    "FieldExit",
    "FieldPlus",
    "FieldMinus",
    "Delete",
    "Backspace",
    "Insert",
    "Dup",
    "FieldMark",
    "Up",
    "Down",
    "Left",
    "Right",
    "Reset",
)
LINE: Final = ("Attn", "SysReq", "TestReq")
ALIASES: Final[Mapping[str, str]] = {
    **{f"PF{n}": f"F{n}" for n in range(1, 25)},
    "RollDown": "PageUp",
    "RollUp": "PageDown",
    "Field+": "FieldPlus",
    "Field-": "FieldMinus",
}
KEYS: Final = (*AIDS, *EDITING, *LINE, *ALIASES)

_BY_NAME: Final[Mapping[str, str]] = {name.lower(): ALIASES.get(name, name) for name in KEYS}


def key_name(name: str) -> str | None:
    """The name as in `KEYS`, aliases resolved, whatever its case; None if there is no such key."""
    return _BY_NAME.get(name.lower())
