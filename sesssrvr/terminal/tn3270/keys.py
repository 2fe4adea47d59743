"""Keys of a 3270 keyboard by name, and the AIDs the attention keys send.

`KEYS` holds every name `Terminal3270.key` takes, spelled as users read it; looking one up is
case-insensitive. GA23-0059, "Attention identification".
"""

from collections.abc import Mapping
from typing import Final


AID_ENTER: Final = 0x7D
AID_CLEAR: Final = 0x6D
AID_SELECT: Final = 0x7E
AID_SYSREQ: Final = 0xF0

AIDS: Final[Mapping[str, int]] = {
    "Enter": AID_ENTER,
    "Clear": AID_CLEAR,
    "PA1": 0x6C,
    "PA2": 0x6E,
    "PA3": 0x6B,
    **{f"PF{n}": 0xF0 + n for n in range(1, 10)},
    **{f"PF{n}": 0x70 + n for n in range(10, 13)},  # X'7A'-X'7C'
    **{f"PF{n}": 0xC0 + n - 12 for n in range(13, 22)},
    **{f"PF{n}": 0x40 + n - 12 for n in range(22, 25)},  # X'4A'-X'4C'
}
SHORT_READ: Final = frozenset((AID_CLEAR, AIDS["PA1"], AIDS["PA2"], AIDS["PA3"]))

EDITING: Final = (
    "Tab",
    "BackTab",
    "Home",
    "Newline",
    "EraseEOF",
    "EraseInput",
    "Delete",
    "Backspace",
    "Insert",
    "Dup",
    "FieldMark",
    "FieldExit",
    "CursorSelect",
    "Up",
    "Down",
    "Left",
    "Right",
    "Reset",
)
LINE: Final = ("Attn", "SysReq")
KEYS: Final = (*AIDS, *EDITING, *LINE)

_BY_NAME: Final[Mapping[str, str]] = {name.lower(): name for name in KEYS}


def key_name(name: str) -> str | None:
    """The name as in `KEYS`, whatever its case; None if there is no such key."""
    return _BY_NAME.get(name.lower())
