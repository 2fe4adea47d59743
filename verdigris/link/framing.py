"""From packets to frames: what travels is each frame behind its length (4 bytes, big end first).

Law: frames come out as they went in, however the bytes were cut; the bytes of an unfinished frame
are kept in pieces and joined once.
"""

from collections.abc import Iterator
from typing import Final


PREFIX: Final = 4
"""Bytes of the length."""


class TooLong(Exception):
    """A frame is longer than is taken; what follows cannot be read any more."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length


class Pieces:
    """The frames in a stream of bytes.

    Args:
        longest: bytes of a frame.

    Attributes:
        longest: as above; it may change between two frames.
    """

    __slots__ = ("_kept", "_lacking", "longest")

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._kept: list[bytes] = []
        self._lacking = 0

    def __repr__(self) -> str:
        return f"<Pieces [{len(self._kept)} kept]>"

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that these bytes complete.

        Raises:
            TooLong: by its length; nothing of it is kept.
        """
        if self._kept:
            self._kept.append(data)
            self._lacking -= len(data)
            if self._lacking > 0:
                return
            data, self._kept = b"".join(self._kept), []
        at, end = 0, len(data)
        while end - at >= PREFIX:
            length = int.from_bytes(data[at : at + PREFIX])
            if length > self.longest:
                raise TooLong(length)
            stop = at + PREFIX + length
            if stop > end:
                self._keep(data[at:], stop - end)
                return
            yield data[at + PREFIX : stop]
            at = stop
        if at < end:
            self._keep(data[at:], PREFIX - (end - at))

    def _keep(self, rest: bytes, lacking: int) -> None:
        self._kept, self._lacking = [rest], lacking
