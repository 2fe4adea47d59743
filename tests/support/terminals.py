"""A 3270 terminal on a line whose host is the test, and s3270 on a line of its own."""

import socket
import subprocess
from dataclasses import dataclass

from sesssrvr.terminal import Terminal3270
from tests.support.lines import next_line
from tests.support.recordings import (
    records,
)


@dataclass
class Line:
    """A terminal on a line whose host is the test.

    Attributes:
        sent: what the terminal wrote, joined; `take` empties it.
    """

    terminal: Terminal3270
    sent: list[bytes]

    def take(self) -> bytes:
        data = b"".join(self.sent)
        self.sent.clear()
        return data

    def host(self, record: bytes) -> bytes:
        """One record from the host; what came back, without IAC EOR."""
        self.terminal.feed(record.replace(b"\xff", b"\xff\xff") + b"\xff\xef")
        answer = self.take()
        return records(answer)[0] if answer else b""

    def press(self, name: str) -> bytes:
        """Press a key; the record it sent."""
        self.terminal.key(name)
        answer = self.take()
        return records(answer)[0] if answer else b""


class Peer:
    """A terminal program of somebody else's on a loopback line whose host is the test.

    Args:
        program: path of s3270.
        options: further arguments of its command line.
        extended: functions of TN3270E, such as b"\\0\\2"; None is classic TN3270.
    """

    def __init__(self, program: str, *options: str, extended: bytes | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.process = subprocess.Popen(
                [program, "-codepage", "cp037", *options, f"127.0.0.1:{port}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                bufsize=1,
            )
            server.settimeout(10)
            self.line = server.accept()[0]
        self.line.settimeout(10)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""
        if extended is not None:
            self._extend(extended)
            return
        self.line.sendall(CLASSIC)
        for answer in ("fffb18", "fff0", "fffb19", "fffd19", "fffb00", "fffd00"):
            self._until(bytes.fromhex(answer))
        self._got = b""
        # s3270 takes no action before it has seen an input field under the cursor.
        self.ask_after(bytes.fromhex("f5c31d4013"))

    def _extend(self, functions: bytes) -> None:
        self.line.sendall(b"\xff\xfd\x28\xff\xfa\x28\x08\x02\xff\xf0")
        self._until(b"\x02\x07IBM-3278-2-E\xff\xf0")
        self.line.sendall(b"\xff\xfa\x28\x02\x04IBM-3278-2-E\x01LU1\xff\xf0")
        self._until(b"\xff\xfa\x28\x03\x07")
        self.line.sendall(b"\xff\xfa\x28\x03\x07" + functions + b"\xff\xf0")
        self._until(b"\xff\xfa\x28\x03\x04" + functions + b"\xff\xf0")
        self._got = b""

    def send(self, record: bytes) -> None:
        self.line.sendall(record.replace(b"\xff", b"\xff\xff") + b"\xff\xef")

    def receive(self) -> bytes:
        """The next record from the terminal."""
        while not (found := records(self._got)):
            more = self.line.recv(65536)
            assert more, "s3270 hung up"
            self._got += more
        assert len(found) == 1
        self._got = b""
        return found[0]

    def send_all(self, sent: list[bytes]) -> None:
        """Many records at once."""
        whole = (record.replace(b"\xff", b"\xff\xff") + b"\xff\xef" for record in sent)
        self.line.sendall(b"".join(whole))

    def raw(self, data: bytes, until: bytes) -> bytes:
        """Send bytes; what came back before these."""
        self.line.sendall(data)
        self._until(until)
        got, self._got = self._got, b""
        return got.removesuffix(until)

    def receive_until(self, code: int) -> list[bytes]:
        """All records from the terminal before the next one that begins with this byte."""
        while not (found := records(self._got)) or found[-1][0] != code:
            # s3270 sends in small pieces; without this each waits for the one before.
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            more = self.line.recv(1 << 20)
            assert more, "s3270 hung up"
            self._got += more
        self._got = b""
        return found[:-1]

    def ask_after(self, record: bytes) -> None:
        """Send a record and wait until it has been obeyed."""
        self.send(record)
        self.ask(b"\xf2")

    def ask(self, record: bytes) -> bytes:
        self.send(record)
        return self.receive()

    def action(self, text: str) -> tuple[bool, list[str]]:
        """Run a script action: whether it was accepted, and its data lines."""
        self.start(text)
        return self.answer()

    def start(self, text: str) -> None:
        """Begin a script action, without waiting for its answer."""
        assert self.process.stdin
        self.process.stdin.write(text + "\n")

    def answer(self) -> tuple[bool, list[str]]:
        """The answer of the action begun."""
        data = []
        while True:
            line = next_line(self.process)
            assert line, "s3270 has ended"
            answer = line.rstrip("\n")
            if answer.startswith("data: "):
                data.append(answer[6:])
            elif answer in ("ok", "error"):
                return answer == "ok", data
            elif not answer:
                raise AssertionError("s3270 has ended")

    def close(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.communicate(timeout=60)

    def _until(self, end: bytes) -> None:
        while end not in self._got:
            more = self.line.recv(65536)
            assert more, "s3270 hung up"
            self._got += more


CLASSIC = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")
