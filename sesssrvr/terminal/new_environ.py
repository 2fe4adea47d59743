"""Telnet NEW-ENVIRON (RFC 1572): variables sent to a host that asks for them.

The coding of variables is shared by all engines; `EnvironmentVariables` answers for a 3270.
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
    """The variables of one 3270 terminal.

    Law: only what the settings name is sent, and only when asked for; an unknown name is answered
    without a value, so that the host need not wait (`tests/sesssrvr/terminal/tn3270/test_tn3270e.py`).

    Args:
        values: by name, such as USER or IBMAPPLID.
        devices: names for DEVNAME, in turn: a host that asks again has refused the last one. The
            last of them is repeated.

    Attributes:
        device: the name sent last for DEVNAME; "" for none.
        refused: the name before it, which the host did not take; "" for none.
    """

    __slots__ = ("_asked", "_devices", "_values", "device", "refused")

    def __init__(self, values: Mapping[str, str], devices: Sequence[str] = ()) -> None:
        self._values, self._devices = dict(values), tuple(devices)
        self._asked = 0
        self.device = self.refused = ""

    def answer(self, question: bytes) -> bytes:
        """The body of an IS that answers the body of a SEND, both with their first byte."""
        asked = _ASKED.findall(question, 1)[:MAX_NAMES]
        if not asked:
            return bytes((IS,)) + b"".join(self._all())
        found = bytearray((IS,))
        for kind, escaped in asked:
            name = unescaped(escaped).decode("latin-1")
            if name:
                value = self._value(name)
                found += kind + escaped + (b"" if value is None else coded(_ascii(value)))
            else:
                well_known = kind[0] == VAR
                found += b"".join(
                    variable(one, _ascii(value))
                    for one, value in self._values.items()
                    if (one in WELL_KNOWN) == well_known
                )
        return bytes(found)

    def _value(self, name: str) -> str | None:
        if name != DEVICE or not self._devices:
            return self._values.get(name)
        self.refused = self.device
        self.device = self._devices[min(self._asked, len(self._devices) - 1)]
        self._asked += 1
        return self.device

    def _all(self) -> Iterator[bytes]:
        for name, value in self._values.items():
            yield variable(name, _ascii(value))
        if self._devices:
            yield variable(DEVICE, _ascii(self._value(DEVICE) or ""))


def variable(name: str, value: bytes, coding: str = "ascii") -> bytes:
    """A variable with its value: a VAR if the name is well known (RFC 1572), else a USERVAR.

    Args:
        name: of the variable.
        value: already coded for the host.
        coding: of the name; characters it lacks become question marks.
    """
    kind = VAR if name in WELL_KNOWN else USERVAR
    return bytes((kind,)) + _escaped(name.encode(coding, "replace")) + coded(value)


def coded(value: bytes) -> bytes:
    """A value after its mark."""
    return bytes((VALUE,)) + _escaped(value)


def unescaped(data: bytes) -> bytes:
    """A name or value without its escapes."""
    return _UNESCAPED.sub(rb"\1", data)


def _escaped(data: bytes) -> bytes:
    """A name or value in which bytes that look like marks are escaped."""
    return _MARKS.sub(lambda found: bytes((ESCAPE,)) + found[0], data)


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "replace")
