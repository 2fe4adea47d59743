"""NEW-ENVIRON (RFC 1572): what a host is told when it asks for variables.

Law: only what the settings name is told, and only when asked for; a name that is not there is
answered without a value, so that the host need not wait.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final


IS, SEND = 0, 1
VAR, VALUE, ESCAPE, USERVAR = range(4)
WELL_KNOWN: Final = frozenset(("USER", "JOB", "ACCT", "PRINTER", "SYSTEMTYPE", "DISPLAY"))
DEVICE: Final = "DEVNAME"
MAX_NAMES: Final = 64  # asked for in one question

_MARKS: Final = re.compile(rb"[\x00-\x03]")
_ASKED: Final = re.compile(rb"([\x00\x03])((?:\x02[\x00-\xff]|[^\x00-\x03])*)", re.DOTALL)
_UNESCAPED: Final = re.compile(rb"\x02([\x00-\xff])", re.DOTALL)


class EnvironmentVariables:
    """Variables of one terminal.

    Args:
        values: by name, such as USER or IBMAPPLID.
        devices: names for DEVNAME, in turn: a host that asks again has refused the last one. The
            last of them is repeated.
    """

    __slots__ = ("_asked", "_devices", "_values")

    def __init__(self, values: Mapping[str, str], devices: Sequence[str] = ()) -> None:
        self._values, self._devices = dict(values), tuple(devices)
        self._asked = 0

    def answer(self, question: bytes) -> bytes:
        """The body of our IS to the body of a SEND (both with their first byte)."""
        asked = _ASKED.findall(question, 1)[:MAX_NAMES]
        if not asked:
            return bytes((IS,)) + b"".join(self._all())
        found = bytearray((IS,))
        for kind, escaped in asked:
            name = _UNESCAPED.sub(rb"\1", escaped).decode("latin-1")
            if name:
                value = self._value(name)
                found += kind + escaped + (b"" if value is None else _value(value))
            else:
                well_known = kind[0] == VAR
                found += b"".join(
                    _told(one, value)
                    for one, value in self._values.items()
                    if (one in WELL_KNOWN) == well_known
                )
        return bytes(found)

    def _value(self, name: str) -> str | None:
        if name != DEVICE or not self._devices:
            return self._values.get(name)
        device = self._devices[min(self._asked, len(self._devices) - 1)]
        self._asked += 1
        return device

    def _all(self) -> Iterator[bytes]:
        for name, value in self._values.items():
            yield _told(name, value)
        if self._devices:
            yield _told(DEVICE, self._value(DEVICE) or "")


def _told(name: str, value: str) -> bytes:
    kind = VAR if name in WELL_KNOWN else USERVAR
    return bytes((kind,)) + _escaped(name) + _value(value)


def _value(value: str) -> bytes:
    return bytes((VALUE,)) + _escaped(value)


def _escaped(text: str) -> bytes:
    data = text.encode("ascii", "replace")
    return _MARKS.sub(lambda found: bytes((ESCAPE,)) + found[0], data)
