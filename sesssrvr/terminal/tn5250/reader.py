"""Reading the bytes of one record from the front.

Nothing is read beyond the end: a part that is cut short is an error with its place.
"""

from sesssrvr.terminal.tn5250.codes import PAST_RECORD_END, refuse


class RecordReader:
    """A record and how far it has been read."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return len(self.data) - self.at

    def peek(self) -> int:
        """The next byte, without reading it; -1 at the end."""
        return self.data[self.at] if self.at < len(self.data) else -1

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def two(self) -> int:
        """The next two bytes as a number."""
        return int.from_bytes(self.take(2))

    def take(self, count: int) -> bytes:
        """So many bytes.

        Raises:
            DataStreamError: the record has fewer.
        """
        if count > self.left:
            problem = f"{count} bytes are wanted, {self.left} are left"
            raise refuse(self.at, problem, PAST_RECORD_END)
        found = self.data[self.at : self.at + count]
        self.at += count
        return found
