"""Hosts in processes, and their clients: a small 3270 terminal that shares no code with the host, and s3270."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.testing import StringTransport
from zope.interface import implementer


ROOT = Path(__file__).parents[2]
AIDS = {"ENTER": 0x7D, "CLEAR": 0x6D, "PA1": 0x6C, "PA2": 0x6E, "PF3": 0xF3, "PF5": 0xF5}
AIDS |= {"PF6": 0xF6, "PF7": 0xF7, "PF8": 0xF8, "PF9": 0xF9, "PF12": 0x7C, "PF19": 0xC7}


class Display:
    """Draws Erase/Write records of 24x80; only the orders SBA, SF, SFE and IC."""

    def __init__(self, codec: str = "cp037") -> None:
        self.codec = codec
        self.cells = bytearray(1920)
        self.attributes: dict[int, int] = {}
        self.cursor = 0
        self.alarm = False

    def show(self, record: bytes) -> None:
        assert record[0] == 0xF5
        assert record[1] & 0x3F in (0x03, 0x07)
        self.alarm = bool(record[1] & 4)
        self.cells = bytearray(1920)
        self.attributes = {}
        at, i = 0, 2
        while i < len(record):
            order = record[i]
            if order == 0x11:
                high, low = record[i + 1], record[i + 2]
                at = (high & 0x3F) << 6 | low & 0x3F if high & 0xC0 else high << 8 | low
                assert at < 1920, f"address {at}"
                i += 3
            elif order == 0x1D:
                self.attributes[at] = record[i + 1] & 0x3F
                self.cells[at] = 0
                at, i = at + 1, i + 2
            elif order == 0x29:
                pairs = record[i + 2 : i + 2 + 2 * record[i + 1]]
                self.attributes[at] = dict(zip(pairs[::2], pairs[1::2], strict=True))[0xC0] & 0x3F
                self.cells[at] = 0
                at, i = at + 1, i + 2 + len(pairs)
            elif order == 0x13:
                self.cursor = at
                i += 1
            else:
                assert order >= 0x40, f"order {order:02X}"
                self.cells[at] = order
                at, i = at + 1, i + 1

    @property
    def lines(self) -> list[str]:
        text = self.cells.replace(b"\0", b"\x40").decode(self.codec)
        return [text[n : n + 80] for n in range(0, 1920, 80)]

    def text(self, row: int, column: int, length: int) -> str:
        return self.lines[row - 1][column - 1 : column - 1 + length].rstrip()

    @property
    def id(self) -> str:
        return self.text(1, 2, 6)

    @property
    def message(self) -> str:
        return self.text(23, 2, 78)

    def inputs(self) -> list[tuple[int, int, int]]:
        """(row, column, length) of each unprotected field."""
        starts = sorted(self.attributes)
        return [
            ((at + 1) // 80 + 1, (at + 1) % 80 + 1, end - at - 1)
            for at, end in zip(starts, [*starts[1:], 1920], strict=True)
            if not self.attributes[at] & 0x20
        ]


class Terminal:
    """A terminal in memory at a host's protocol: negotiates, shows, presses keys."""

    def __init__(self, protocol, *, extended=True, codec="cp037", lu=b"", functions=b"\0\2\4"):
        self.protocol = protocol
        self.display = Display(codec)
        self.extended = extended
        self.lu = lu
        self.functions = functions
        self.records: list[bytes] = []
        self.headers: list[bytes] = []
        self.events: list[str] = []
        self.invalid = 0
        self.transport = Line()
        protocol.makeConnection(self.transport)
        self.pump()

    def pump(self) -> None:
        """Take what the host sent and answer its negotiation, until it is quiet."""
        while self.transport.value():
            data = self.transport.value()
            self.transport.clear()
            for token in re.findall(
                rb"\xff[\xfb-\xfe].|\xff\xfa(?:[^\xff]|\xff\xff)*\xff\xf0|"
                rb"(?:[^\xff]|\xff\xff)*\xff\xef",
                data,
                re.DOTALL,
            ):
                self.take(token)

    def take(self, token: bytes) -> None:
        answers = {
            b"\xff\xfd\x28": b"\xff\xfb\x28" if self.extended else b"\xff\xfc\x28",
            b"\xff\xfd\x18": b"\xff\xfb\x18",
            b"\xff\xfd\x19": b"\xff\xfb\x19",
            b"\xff\xfb\x19": b"\xff\xfd\x19",
            b"\xff\xfd\x00": b"\xff\xfb\x00",
            b"\xff\xfb\x00": b"\xff\xfd\x00",
            b"\xff\xfa\x18\x01\xff\xf0": b"\xff\xfa\x18\0IBM-3279-2-E"
            + (b"@" + self.lu if self.lu else b"")
            + b"\xff\xf0",
            b"\xff\xfa\x28\x08\x02\xff\xf0": b"\xff\xfa\x28\x02\x07IBM-3278-2-E"
            + (b"\x01" + self.lu if self.lu else b"")
            + b"\xff\xf0",
        }
        if token in answers:
            self.send(answers[token])
        elif token.startswith(b"\xff\xfa\x28\x02\x04"):
            self.events.append(token[5:-2].decode("latin-1"))
            self.send(b"\xff\xfa\x28\x03\x07" + self.functions + b"\xff\xf0")
        elif token.startswith(b"\xff\xfa"):
            self.events.append(token[2:-2].hex())
        elif token.endswith(b"\xff\xef"):
            self.record(token[:-2].replace(b"\xff\xff", b"\xff"))

    def record(self, data: bytes) -> None:
        if self.extended:
            header, data = data[:5], data[5:]
            self.headers.append(header)
            if header[0]:
                self.events.append(f"type {header[0]}")
                return
        self.records.append(data)
        try:
            self.display.show(data)
        except (AssertionError, IndexError):
            self.invalid += 1

    def send(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def key(self, aid: str, fields: dict[tuple[int, int], str] | None = None) -> Display:
        """Press a key with typed text by (row, column), and show what comes."""
        data = bytes([AIDS[aid]])
        if aid not in ("CLEAR", "PA1", "PA2"):
            data += b"\x40\x40"
            for (row, column), text in (fields or {}).items():
                at = (row - 1) * 80 + column - 1
                data += bytes([0x11, at >> 8, at & 255]) + text.encode(self.display.codec)
        header = b"\0\0\0\0\0" if self.extended else b""
        self.send((header + data).replace(b"\xff", b"\xff\xff") + b"\xff\xef")
        self.pump()
        return self.display

    def sign_on(self, number: int = 1) -> Display:
        return self.key("ENTER", {(12, 37): f"TELLER{number:03}", (14, 37): f"BANK{number:03}"})

    @property
    def gone(self) -> bool:
        return self.transport.aborted or self.transport.disconnecting

    def hang_up(self) -> None:
        from twisted.internet.error import ConnectionDone  # noqa: PLC0415  only here
        from twisted.python.failure import Failure  # noqa: PLC0415  only here

        self.protocol.connectionLost(Failure(ConnectionDone()))


@implementer(ITCPTransport)
class Line(StringTransport):
    """Remembers how it was ended."""

    aborted = False

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802, FBT001  Twisted's name and type
        assert enabled

    def abortConnection(self) -> None:  # noqa: N802  Twisted's name
        self.aborted = True


class Emulator:
    """s3270 with its own standard input and output."""

    def __init__(self, program: str, address: str, *options: str) -> None:
        self.process = subprocess.Popen(
            [program, "-model", "3279-2-E", *options, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        # A hung emulator must not hang the tests.
        self.watchdog = threading.Timer(30, self.process.kill)
        self.watchdog.start()

    def do(self, action: str, *, fails: bool = False) -> list[str]:
        self.process.stdin.write(action + "\n")
        self.process.stdin.flush()
        data = []
        while line := self.process.stdout.readline():
            line = line.rstrip("\n")
            if line.startswith("data: "):
                data.append(line[6:])
            elif line in ("ok", "error"):
                assert fails or line == "ok", (action, data)
                return data
        raise AssertionError(f"s3270 ended at {action}")

    def screen(self) -> list[str]:
        return self.do("Ascii()")

    def press(self, action: str) -> list[str]:
        self.do(action)
        self.do("Wait(5,Unlock)")
        return self.screen()

    def type(self, row: int, column: int, text: str) -> None:
        self.do(f"MoveCursor({row - 1},{column - 1})")
        self.do("EraseEOF()")
        self.do(f'String("{text}")')

    def close(self) -> None:
        self.watchdog.cancel()
        self.process.kill()
        self.process.wait(60)
        self.process.stdin.close()
        self.process.stdout.close()


class Served:
    """`python -m hostemul` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hostemul", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self.watchdog = threading.Timer(60, self.process.kill)
        self.watchdog.start()
        self.ready = self.process.stdout.readline().strip()
        self.port = int(self.ready.rpartition(":")[2] or 0)
        self.errors = ""

    def stop(self) -> str:
        """End it as an operator would; what it said on standard error."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.ended()

    def ended(self) -> str:
        """Wait for its end; what it said on standard error."""
        if not self.process.stderr.closed:
            self.errors = self.process.communicate(timeout=20)[1]
        self.watchdog.cancel()
        return self.errors
