"""Query replies: a display's description of itself for the host.

Only what the engine does is claimed, as hosts choose by it. GA23-0059, chapter
"Query Reply". Physical measures are those of an IBM 3279-2, which emulators commonly report.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final


QUERY_REPLY: Final = 0x81
SUMMARY, USABLE_AREA, ALPHANUMERIC, CHARACTER_SETS, COLOUR, HIGHLIGHTING, REPLY_MODES, ASIA = (
    0x80,
    0x81,
    0x84,
    0x85,
    0x86,
    0x87,
    0x88,
    0x91,
)
IMPLICIT_PARTITION: Final = 0xA6
NULL: Final = 0xFF

_CELL: Final = bytes((0x09, 0x0C))  # width and height of a character cell in points
_PITCH: Final = bytes.fromhex("000a02e50002006f")  # units per cell pitch, fractions


@dataclass(frozen=True, slots=True)
class Device3270:
    """The device that the replies describe.

    Attributes:
        rows, columns: the largest screen.
        cgcsgid: character set and code page, 4 bytes.
        double: the same of a page's pairs; empty if it has none.
    """

    rows: int
    columns: int
    cgcsgid: bytes
    double: bytes = b""


def _two(number: int) -> bytes:
    return number.to_bytes(2)


def _usable_area(device: Device3270) -> bytes:
    # 12 and 14 bit addresses; size in cells; unit mm.
    size = _two(device.columns) + _two(device.rows)
    cells = _two(min(device.rows * device.columns, 0xFFFF))
    return b"\x01\x00" + size + b"\x01" + _PITCH + _CELL + cells


def _alphanumeric(device: Device3270) -> bytes:
    return b"\x00" + _two(device.rows * device.columns) + b"\x00"  # one partition


def _character_sets(device: Device3270) -> bytes:
    if device.double:
        return _wide_sets(device)
    # GE is there, CGCSGIDs are given, nothing can be loaded: set 0, then the APL set X'F1'.
    return (
        b"\x82\x00"
        + _CELL
        + b"\x00\x00\x00\x00\x07"
        + b"\x00\x10\x00"
        + device.cgcsgid
        + b"\x01\x00\xf1"
        + bytes.fromhex("03c30136")
    )


def _wide_sets(device: Device3270) -> bytes:
    # Descriptors of 11 bytes, as pairs have a section: set 0, the APL set, X'F8' with pairs.
    return (
        b"\x8e\x00"
        + _CELL
        + b"\x00\x00\x00\x00\x0b"
        + bytes(7)
        + device.cgcsgid
        + b"\x01\x00\xf1\x00\x00\x00\x00"
        + bytes.fromhex("03c30136")
        + b"\x80\x20\xf8"
        + bytes((_CELL[0] * 2, _CELL[1]))
        + b"\x41\x7f"
        + device.double
    )


def _asia(_: Device3270) -> bytes:
    # SO and SI are understood, and made by the keyboard (GA23-0059, "DBCS-Asia").
    return bytes.fromhex("00030180030201")


def _colour(_: Device3270) -> bytes:
    pairs = b"".join(bytes((code, code)) for code in range(0xF1, 0x100))
    return b"\x00\x10\x00\xf4" + pairs + b"\x04\x02\x00\xf0"


def _highlighting(_: Device3270) -> bytes:
    return bytes.fromhex("0500f0f1f1f2f2f4f4f8f8")


def _reply_modes(_: Device3270) -> bytes:
    return b"\x00\x01\x02"


def _implicit(device: Device3270) -> bytes:
    return b"\x00\x00\x0b\x01\x00" + _two(80) + _two(24) + _two(device.columns) + _two(device.rows)


def _summary(device: Device3270) -> bytes:
    return bytes(_known(device))


def _known(device: Device3270) -> list[int]:
    return [code for code in REPLIES if code != ASIA or device.double]


REPLIES: Final[Mapping[int, Callable[[Device3270], bytes]]] = {
    SUMMARY: _summary,
    USABLE_AREA: _usable_area,
    ALPHANUMERIC: _alphanumeric,
    CHARACTER_SETS: _character_sets,
    COLOUR: _colour,
    HIGHLIGHTING: _highlighting,
    REPLY_MODES: _reply_modes,
    ASIA: _asia,
    IMPLICIT_PARTITION: _implicit,
}


def replies(device: Device3270, codes: Sequence[int] = tuple(REPLIES)) -> bytes:
    """The query replies of these codes, in the table's order; Null if none of them is known."""
    wanted = [code for code in _known(device) if code in codes]
    if not wanted:
        return _reply(NULL, b"")
    return b"".join(_reply(code, REPLIES[code](device)) for code in wanted)


def _reply(code: int, body: bytes) -> bytes:
    return _two(4 + len(body)) + bytes((QUERY_REPLY, code)) + body
