"""The host's side of the 3270 data stream: addresses, attributes, and what a keyboard sends.

Law: a buffer address is an offset 0..cells-1 everywhere in the program and becomes two bytes only
here. What a terminal sends is read whole or refused with `DataStream3270Error`; nothing is guessed.
Codes are those of GA23-0059, "3270 Data Stream Programmer's Reference".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


ROWS: Final = 24
COLUMNS: Final = 80
CELLS: Final = ROWS * COLUMNS

ERASE_WRITE: Final = 0xF5
WCC_UNLOCK: Final = 0xC3  # keyboard restore, reset MDT
WCC_UNLOCK_ALARM: Final = 0xC7
SBA: Final = 0x11
SF: Final = 0x1D
SFE: Final = 0x29
SA: Final = 0x28
IC: Final = 0x13

# Six bits as a graphic character (GA23-0059, "Buffer addressing", I/O interface codes).
GRAPHIC: Final = bytes(
    (0x40, *range(0xC1, 0xCA), *range(0x4A, 0x51), *range(0xD1, 0xDA), *range(0x5A, 0x60),
     0x60, 0x61, *range(0xE2, 0xEA), *range(0x6A, 0x70), *range(0xF0, 0xFA), *range(0x7A, 0x80))
)  # fmt: skip

AIDS: Final[Mapping[int, str]] = {  # GA23-0059, "Attention identification"
    0x7D: "ENTER",
    0x6D: "CLEAR",
    0x6C: "PA1",
    0x6E: "PA2",
    0x6B: "PA3",
    **{0xF0 + n: f"PF{n}" for n in range(1, 10)},
    **{0x70 + n: f"PF{n}" for n in range(10, 13)},
    **{0xC0 + n: f"PF{n + 12}" for n in range(1, 10)},
    **{0x40 + n: f"PF{n + 12}" for n in range(10, 13)},
    0x88: "SF",
    0xF0: "TEST",
    0x60: "NONE",
}
AID_CODES: Final[Mapping[str, int]] = {name: code for code, name in AIDS.items()}


class DataStream3270Error(ValueError):
    """A record from the terminal that is no Read Modified answer."""


@dataclass(frozen=True, slots=True, repr=False)
class Inbound3270:
    """What one attention key brought.

    Attributes:
        aid: the key's name, such as "ENTER" or "PF7".
        cursor: offset of the cursor; None in a short read (CLEAR and PA keys).
        fields: text of each modified field by the offset of its first character.
        loose: characters before the first address: all of an unformatted screen's text.
    """

    aid: str
    cursor: int | None
    fields: Mapping[int, str]
    loose: str = ""

    def __repr__(self) -> str:
        # Fields may hold a password.
        return f"<Inbound3270 {self.aid} cursor {self.cursor}, {len(self.fields)} fields>"


def address(offset: int) -> bytes:
    """The two bytes of a buffer address, 12 bits long (GA23-0059, "Buffer addressing").

    Raises:
        ValueError: not on a screen of 4,096 cells.
    """
    if not 0 <= offset < 4096:  # noqa: PLR2004  12 bits
        raise ValueError(f"offset {offset} does not fit 12 bits")
    return bytes((GRAPHIC[offset >> 6], GRAPHIC[offset & 63]))


def offset_of(high: int, low: int) -> int:
    """The offset that two address bytes mean, in 12-bit or 14-bit form."""
    if high & 0xC0 == 0:
        return high << 8 | low
    return (high & 0x3F) << 6 | low & 0x3F


def place(row: int, column: int) -> int:
    """The offset of a 1-based place of the 24x80 screen.

    Raises:
        ValueError: outside the screen.
    """
    if not (1 <= row <= ROWS and 1 <= column <= COLUMNS):
        raise ValueError(f"row {row} column {column} is outside {ROWS} x {COLUMNS}")
    return (row - 1) * COLUMNS + column - 1


def parse_read_modified(record: bytes, codec: str) -> Inbound3270:
    """Read a terminal's answer to an attention key.

    Args:
        record: the record without TN3270E header and end-of-record mark.
        codec: the host's code page, such as "cp037".

    Raises:
        DataStream3270Error: empty, an unknown AID, cut short, or an address outside the screen.
    """
    if not record:
        raise DataStream3270Error("empty record")
    aid = AIDS.get(record[0])
    if aid is None:
        raise DataStream3270Error(f"unknown AID X'{record[0]:02X}'")
    if len(record) == 1 or aid == "SF":
        return Inbound3270(aid, None, {})
    if len(record) < 3:  # noqa: PLR2004  AID and cursor address
        raise DataStream3270Error("the cursor address is cut short")
    loose, *parts = _without_attributes(record[3:]).split(bytes((SBA,)))
    fields: dict[int, str] = {}
    for part in parts:
        if len(part) < 2:  # noqa: PLR2004  an address
            raise DataStream3270Error("a field address is cut short")
        fields[_on_screen(part[0], part[1])] = _text(part[2:], codec)
    return Inbound3270(aid, _on_screen(record[1], record[2]), fields, _text(loose, codec))


def _on_screen(high: int, low: int) -> int:
    offset = offset_of(high, low)
    if offset >= CELLS:
        raise DataStream3270Error(f"address {offset} is outside {ROWS} x {COLUMNS}")
    return offset


def _without_attributes(data: bytes) -> bytes:
    """Drop SA orders: a terminal in character reply mode tells attributes nobody asked for."""
    if SA not in data:
        return data
    kept = bytearray()
    at = 0
    while at < len(data):
        if data[at] == SA:
            at += 3
        elif data[at] == SBA:
            kept += data[at : at + 3]
            at += 3
        else:
            kept.append(data[at])
            at += 1
    return bytes(kept)


def _text(data: bytes, codec: str) -> str:
    return data.replace(b"\0", b"").decode(codec, "replace")
