"""A 5250 terminal on a line whose host is the test, and words for writing records."""

import re
from typing import Any

from sesssrvr.terminal.tn5250 import Terminal5250
from sesssrvr.terminal.tn5250.keys import AIDS


AGREED = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")
_RECORD = re.compile(rb"((?:[^\xff]|\xff\xff)*)\xff\xef", re.DOTALL)


def records(data: bytes) -> list[bytes]:
    """The telnet records in these bytes, IAC undone."""
    return [one.replace(b"\xff\xff", b"\xff") for one in _RECORD.findall(data)]


def wrap(data: bytes, operation: int = 3, flags: int = 0) -> bytes:
    """A host's record as it goes over the wire."""
    head = b"\x12\xa0\0\0\x04" + flags.to_bytes(2) + bytes((operation,))
    record = (len(head) + 2 + len(data)).to_bytes(2) + head + data
    return record.replace(b"\xff", b"\xff\xff") + b"\xff\xef"


def start_up(code: str, system: str = "PUB400", device: str = "QPADEV001P") -> bytes:
    """A host's start-up response."""
    body = bytes.fromhex("12a0 9000 0560060020c0003d0000")
    body += f"{code}{system:8}{device:10}".encode("cp037") + bytes(35)
    return (len(body) + 2).to_bytes(2) + body + b"\xff\xef"


class Line:
    """A terminal and its host.

    Attributes:
        sent: what the terminal wrote; `take` empties it.
    """

    def __init__(self, **options: Any) -> None:
        self.sent: list[bytes] = []
        self.terminal = Terminal5250(self.sent.append, **options)
        self.terminal.feed(AGREED)
        self.take()

    def take(self) -> bytes:
        data = b"".join(self.sent)
        self.sent.clear()
        return data

    def raw(self, *data: bytes, operation: int = 3, flags: int = 0) -> list[bytes]:
        """One record from the host; the records that came back, whole."""
        self.terminal.feed(wrap(b"".join(data), operation, flags))
        return records(self.take())

    def host(self, *data: bytes, operation: int = 3) -> bytes:
        """One record from the host; the 5250 data that came back, if any."""
        answers = self.raw(*data, operation=operation)
        return answers[0][10:] if answers else b""

    def press(self, name: str) -> bytes:
        """Press a key; the 5250 data it sent, if any."""
        self.terminal.key(name)
        answers = records(self.take())
        return answers[0][10:] if answers else b""

    def type(self, text: str, row: int = 0, column: int = 0) -> None:
        if row:
            self.terminal.move_cursor(row, column)
        self.terminal.type(text)

    @property
    def screen(self) -> Any:
        return self.terminal.screen()

    @property
    def cursor(self) -> tuple[int, int]:
        return self.screen.place(self.screen.cursor)

    @property
    def refused(self) -> str:
        """What the host was told is wrong with its last record."""
        return str(self.terminal.faults[-1]) if self.terminal.faults else ""


def ebcdic(text: str) -> bytes:
    return text.encode("cp037")


def sba(row: int, column: int) -> bytes:
    return bytes((0x11, row, column))


def field(
    row: int, column: int, length: int, word: int = 0x4000, *controls: int, attribute: int = 0x24
) -> bytes:
    """An input field whose first cell is at a place."""
    words = b"".join(one.to_bytes(2) for one in (word, *controls))
    return sba(row, column - 1) + b"\x1d" + words + bytes((attribute,)) + length.to_bytes(2)


def write(*orders: bytes, cc1: int = 0, cc2: int = 0x08) -> bytes:
    return bytes((4, 0x11, cc1, cc2)) + b"".join(orders)


CLEAR = b"\x04\x40"
WIDE = b"\x04\x20\x00"
READ = b"\x04\x52\x00\x00"


def act(terminal: Terminal5250, data: bytes) -> None:
    """Do as the operator did who caused this answer to Read MDT: type, put the cursor, press."""
    for row, column, text in re.findall(rb"\x11(.)(.)([^\x11]*)", data[3:], re.DOTALL):
        row, column, text = row[0], column[0], text.decode("cp037")  # noqa: PLW2901
        terminal.move_cursor(row, column)
        terminal.key("EraseEOF")
        terminal.type(text)
    terminal.move_cursor(data[0], data[1])
    terminal.key(next(name for name, aid in AIDS.items() if aid == data[2]))
