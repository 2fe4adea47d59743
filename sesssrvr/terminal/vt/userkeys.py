"""User-defined keys: what a host lets Shift with a function key send (DECUDK).

Law: definitions are kept as bytes, never drawn and sent by the key alone; all of them together
hold at most `MAX_BYTES`, and what is malformed or does not fit defines nothing. VT420 Programmer
Reference chapter 3, "User-Defined Keys".
Tested in `tests/sesssrvr/terminal/vt/test_userkeys.py`.
"""

import re
from collections.abc import Mapping
from typing import Final

from sesssrvr.terminal.vt.display import DisplayVT, StringFunction
from sesssrvr.terminal.vt.keys import USER_KEYS
from sesssrvr.terminal.vt.parameters import at_least


MAX_BYTES: Final = 256
_PAIRS: Final = re.compile(r"(?:[0-9A-Fa-f]{2})*")


def define(display: DisplayVT, raw: str, data: str) -> None:
    """DECUDK: forget all keys or (Ps 1) only those named here; lock them unless the second is 1."""
    one_by_one, open_ = at_least(raw, 2)[:2]
    if display.keys_locked:
        return
    keys = dict(display.user_keys) if one_by_one == 1 else {}
    for definition in data.split(";"):
        number, _, pairs = definition.partition("/")
        name = USER_KEYS.get(number)
        if name is None or not _PAIRS.fullmatch(pairs):
            break  # the rest is not to be trusted
        keys.pop(name, None)
        sent = bytes.fromhex(pairs)
        if sent and sum(map(len, keys.values())) + len(sent) <= MAX_BYTES:
            keys[name] = sent
    display.user_keys = keys
    display.keys_locked = open_ != 1


STRINGS: Final[Mapping[str, StringFunction]] = {"|": define}
