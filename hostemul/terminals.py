"""The LU names of one host: which terminal has which.

Law: one name is at one terminal at a time; a name given back is free at once.
"""

import re
from collections.abc import Collection
from enum import IntEnum
from typing import Final


NAME: Final = re.compile(r"[A-Z$#@][A-Z0-9$#@]{0,7}")
DEVICE: Final = re.compile(r"IBM-(327[89]-[2-5](-E)?|DYNAMIC)")


class Reason(IntEnum):
    """Why a device type or LU name is refused (RFC 2355, section 7.1.6)."""

    CONN_PARTNER = 0
    DEVICE_IN_USE = 1
    INV_ASSOCIATE = 2
    INV_NAME = 3
    INV_DEVICE_TYPE = 4
    TYPE_NAME_ERROR = 5
    UNKNOWN_ERROR = 6
    UNSUPPORTED_REQ = 7


class LuRefused(Exception):
    """The host does not give this terminal a session."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason


class Terminals:
    """Names in use.

    Args:
        reject_lus: names refused as unknown (INV-NAME).
        reject_types: device types refused (INV-DEVICE-TYPE).
        stem: of the names given to terminals that ask for none; a number follows.
        kinds, names: what device types and names look like.
    """

    def __init__(
        self,
        reject_lus: Collection[str] = (),
        reject_types: Collection[str] = (),
        stem: str = "BNKT",
        kinds: re.Pattern[str] = DEVICE,
        names: re.Pattern[str] = NAME,
    ) -> None:
        self._reject_lus = frozenset(name.upper() for name in reject_lus)
        self._reject_types = frozenset(name.upper() for name in reject_types)
        self._stem = stem
        self._kinds, self._names = kinds, names
        self._used: set[str] = set()
        self._next = 0

    def __repr__(self) -> str:
        return f"<Terminals {len(self._used)} in use>"

    def take(self, device: str, wanted: str = "") -> str:
        """Give a terminal the name it wants, or the next free one.

        Raises:
            LuRefused: with the reason the protocol tells the terminal.
        """
        kind = device.upper()
        if kind in self._reject_types or self._kinds.fullmatch(kind) is None:
            raise LuRefused(Reason.INV_DEVICE_TYPE)
        name = wanted.upper() or self._free()
        if name in self._reject_lus or self._names.fullmatch(name) is None:
            raise LuRefused(Reason.INV_NAME)
        if name in self._used:
            raise LuRefused(Reason.DEVICE_IN_USE)
        self._used.add(name)
        return name

    def is_taken(self, name: str) -> bool:
        """Whether a terminal has this name now."""
        return name.upper() in self._used

    def give_back(self, name: str) -> None:
        """The terminal is gone."""
        self._used.discard(name)

    def _free(self) -> str:
        while True:
            self._next = self._next % 9999 + 1
            name = f"{self._stem}{self._next:04}"
            if name not in self._used and name not in self._reject_lus:
                return name
            if len(self._used) >= 9999:  # noqa: PLR2004  all numbers of four digits
                raise LuRefused(Reason.DEVICE_IN_USE)
