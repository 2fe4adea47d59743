"""The parts of SSH messages (RFC 4251, section 5).

What is too short is a `MalformedPacket`, never another exception.
"""

from typing import Final


LENGTH: Final = 4


class MalformedPacket(ValueError):
    """A message that ends too early."""


def string(value: bytes | str) -> bytes:
    """A string: its length in four bytes, and its bytes; text is UTF-8."""
    data = value.encode() if isinstance(value, str) else value
    return len(data).to_bytes(LENGTH, "big") + data


class PacketReader:
    """Takes a message apart, from its beginning.

    Args:
        data: the message after its number.
    """

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __repr__(self) -> str:
        return f"<PacketReader at {self._at} of {len(self._data)}>"

    def take(self, count: int) -> bytes:
        """So many bytes; raises Malformed."""
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise MalformedPacket(f"{count} bytes wanted at {self._at}, and {len(found)} are there")
        self._at += count
        return found

    def number(self) -> int:
        """A number of 32 bits; raises Malformed."""
        return int.from_bytes(self.take(LENGTH), "big")

    def flag(self) -> bool:
        """A boolean; raises Malformed."""
        return self.take(1) != b"\0"

    def string(self) -> bytes:
        """A string; raises Malformed."""
        return self.take(self.number())

    def text(self) -> str:
        """A string as text, whatever is in it; raises Malformed."""
        return self.string().decode("utf-8", "replace")

    def names(self) -> list[str]:
        """A list of names; raises Malformed."""
        return [name for name in self.text().split(",") if name]
