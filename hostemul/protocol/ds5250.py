"""The host's side of the 5250 data stream: records, orders, and what a keyboard sends.

Law: places are 1-based (row, column) everywhere in the program and become bytes only here. What a
terminal sends is read whole or refused with `DataStream5250Error`. Codes are those of IBM SC30-3533,
records those of RFC 1205.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


Place = tuple[int, int]

CLEAR_UNIT: Final = b"\x04\x40"
CLEAR_UNIT_ALTERNATE: Final = b"\x04\x20\x00"  # 27 rows of 132
WRITE: Final = b"\x04\x11\x00"  # the second control character follows
UNLOCK, UNLOCK_ALARM = b"\x08", b"\x0c"
WRITE_ERROR: Final = b"\x04\x21"
READ_MDT: Final = b"\x04\x52\x00\x00"
QUERY: Final = b"\x04\xf3\x00\x05\xd9\x70\x00"
SOH, SBA, IC, SF = 0x01, 0x11, 0x13, 0x1D
NORMAL: Final = 0x20

OUTPUT_ONLY, PUT_GET, CANCEL_INVITE = 0x02, 0x03, 0x0A
ERROR, ATTENTION, SYSTEM_REQUEST, TEST_REQUEST, HELP = 0x8000, 0x4000, 0x0400, 0x0200, 0x0100
_HEADER: Final = 10

AIDS: Final[Mapping[int, str]] = {
    0xF1: "ENTER",
    0xF3: "HELP",
    0xF4: "PAGEUP",
    0xF5: "PAGEDOWN",
    0xF6: "PRINT",
    0xF8: "BACKSPACE",
    0xBD: "CLEAR",
    **{0x30 + n: f"F{n}" for n in range(1, 13)},
    **{0xB0 + n: f"F{n + 12}" for n in range(1, 13)},
}


class DataStream5250Error(ValueError):
    """A record from the terminal that is no answer to Read MDT Fields."""


@dataclass(frozen=True, slots=True, repr=False)
class Inbound5250:
    """What one attention key brought.

    Attributes:
        aid: the key's name, such as "ENTER" or "F7".
        cursor: its place.
        fields: text of each changed field by the place of its first character.
    """

    aid: str
    cursor: Place
    fields: Mapping[Place, str]

    def __repr__(self) -> str:
        # Fields may hold a password.
        return f"<Inbound5250 {self.aid} cursor {self.cursor}, {len(self.fields)} fields>"


def record(data: bytes, operation: int = PUT_GET) -> bytes:
    """A record for the terminal, without its end-of-record mark."""
    head = b"\x12\xa0\x00\x00\x04\x00\x00" + bytes((operation,))
    return (len(head) + 2 + len(data)).to_bytes(2, "big") + head + data


def start_up(code: str, system: str, device: str) -> bytes:
    """A start-up response record (RFC 4777, section 10): how the session was made, or why not."""
    words = f"{code:4}{system:8}{device:10}".encode("cp037")
    body = bytes.fromhex("12a0 9000 05 60060020c0003d0000") + words + bytes(35)
    return (len(body) + 2).to_bytes(2, "big") + body


def split(record: bytes) -> tuple[int, bytes]:
    """Flags and data of a terminal's record.

    Raises:
        DataStream5250Error: its header is cut short or not that of a 5250 record.
    """
    if len(record) < _HEADER or record[2:4] != b"\x12\xa0" or 6 + record[6] > len(record):
        raise DataStream5250Error("no 5250 record")
    return int.from_bytes(record[7:9], "big"), record[6 + record[6] :]


def parse(data: bytes, codec: str) -> Inbound5250:
    """Read a terminal's answer to Read MDT Fields.

    Args:
        data: behind the record's header.
        codec: the host's code page, such as "cp037".

    Raises:
        DataStream5250Error: an unknown AID, cut short, or not made of addressed fields.
    """
    if len(data) < 3:  # noqa: PLR2004  cursor and AID
        raise DataStream5250Error("the answer is cut short")
    aid = AIDS.get(data[2])
    if aid is None:
        raise DataStream5250Error(f"unknown AID X'{data[2]:02X}'")
    fields: dict[Place, str] = {}
    at = 3
    while at < len(data):
        # Row and column may be X'11' themselves: the next address is looked for behind them.
        if data[at] != SBA or len(data) < at + 3:
            raise DataStream5250Error("a field without its address")
        found = data.find(SBA, at + 3)
        end = found if found >= 0 else len(data)
        text = data[at + 3 : end].decode(codec, "replace").replace("\0", " ")
        fields[data[at + 1], data[at + 2]] = text
        at = end
    return Inbound5250(aid, (data[0], data[1]), fields)


def sba(row: int, column: int) -> bytes:
    """Set Buffer Address."""
    return bytes((SBA, row, column))


def header(error_row: int, *without_data: int) -> bytes:
    """Start of Header: where messages stand, and which function keys bring no data."""
    mask = 0
    for key in without_data:
        mask |= 1 << (key - 1)
    return bytes((SOH, 7, 0, 0, 0, error_row)) + mask.to_bytes(3, "big")


def start_field(attribute: int, length: int, word: int) -> bytes:
    """Start of Field, for an input field of a format (field format word)."""
    return bytes((SF,)) + word.to_bytes(2, "big") + bytes((attribute,)) + length.to_bytes(2, "big")


def error(message: str, cursor: Place | None, codec: str) -> bytes:
    """Write Error Code: a message on the error row, and where the cursor goes."""
    at = bytes((IC, *cursor)) if cursor else b""
    return WRITE_ERROR + at + b"\x22" + message.encode(codec, "replace") + READ_MDT
