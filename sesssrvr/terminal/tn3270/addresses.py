"""Buffer addresses: offsets 0..cells-1 inside, two bytes on the wire.

Three forms come in (12 bit, 14 bit, and 12 bit whose high bits are graphic), one goes out:
12 bit on screens of up to 4,096 cells, 14 bit on larger ones. GA23-0059, "Buffer addressing".
"""

from typing import Final


# Six bits as a graphic character: GA23-0059, table "I/O interface codes". Also attribute bytes.
GRAPHIC: Final = bytes.fromhex(
    "40c1c2c3c4c5c6c7c8c94a4b4c4d4e4f"
    "50d1d2d3d4d5d6d7d8d95a5b5c5d5e5f"
    "6061e2e3e4e5e6e7e8e96a6b6c6d6e6f"
    "f0f1f2f3f4f5f6f7f8f97a7b7c7d7e7f"
)
TWELVE_BIT_CELLS: Final = 4096


def decode(high: int, low: int) -> int:
    """The offset in two bytes; it may lie beyond the screen."""
    if high & 0xC0:
        return (high & 0x3F) << 6 | (low & 0x3F)
    return high << 8 | low


def encode(offset: int, cells: int) -> bytes:
    """The two bytes of an offset on a screen of so many cells."""
    if cells > TWELVE_BIT_CELLS:
        return offset.to_bytes(2)
    return bytes((GRAPHIC[offset >> 6], GRAPHIC[offset & 0x3F]))
