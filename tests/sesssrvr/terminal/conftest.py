"""Recorded sessions, a host on the wire for s3270, and screens made by hand."""

import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.telnet import Telnet, TelnetRecord
from sesssrvr.terminal.tn3270.addresses import decode
from sesssrvr.terminal.tn3270.keys import AIDS


@dataclass(frozen=True)
class Turn:
    """What one side sent."""

    host: bool
    data: bytes


_LINE = re.compile(r"([<>]) 0x([0-9a-f]+)\s+([0-9a-f]+)\s*$")


def read_trc(path: Path) -> list[Turn]:
    """x3270's trace: a line with offset 0 begins a chunk, others go on with it."""
    turns: list[Turn] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        host, offset, data = found[1] == "<", int(found[2], 16), bytes.fromhex(found[3])
        if offset:
            turns[-1] = Turn(turns[-1].host, turns[-1].data + data)
        else:
            turns.append(Turn(host, data))
    return turns


class _Flow(yaml.SafeLoader):
    pass


for _tag in ("server", "client"):
    _Flow.add_constructor(
        f"!{_tag}",
        lambda loader, node, _tag=_tag: Turn(
            _tag == "server", bytes.fromhex(loader.construct_mapping(node)["data"].strip())
        ),
    )


def read_flow(path: Path) -> list[Turn]:
    """dm3270's and the RTE plugin's YAML."""
    return list(yaml.load(path.read_text(), _Flow))  # noqa: S506 - a SafeLoader with two tags


def read_jsonl(path: Path) -> list[Turn]:
    """ts5250's JSON lines: whole records without telnet."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [Turn(one["dir"] in ("in", "rx"), bytes.fromhex(one["hex"])) for one in lines]


def read(path: Path) -> list[Turn]:
    """A recording of any of these kinds."""
    return {".trc": read_trc, ".yml": read_flow, ".jsonl": read_jsonl}[path.suffix](path)


class _Text(HTMLParser):
    """What stands in `pre` elements."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._inside = tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        self.text += data if self._inside else ""


def read_reference(path: Path) -> list[str]:
    """The screen that must result: lines without blanks at their ends."""
    text = path.read_text()
    if path.suffix == ".html":
        parser = _Text()
        parser.feed(text)
        text = parser.text
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


_IAC = re.compile(rb"\xff(?:\xff|\xef)")


def records(data: bytes) -> list[bytes]:
    """The client's telnet records in these bytes, IAC undone."""
    found = [b""]
    at = 0
    for mark in _IAC.finditer(data):
        found[-1] += data[at : mark.start()]
        at = mark.end()
        if mark[0] == b"\xff\xff":
            found[-1] += b"\xff"
        else:
            found.append(b"")
    return found[:-1]


def data_records(turns: list[Turn]) -> list[bytes]:
    """The 3270 data of a recorded host, classic or behind TN3270E headers."""
    if not any(b"\xff\xef" in turn.data for turn in turns):
        return [turn.data for turn in turns if turn.host]  # recorded without telnet
    telnet = Telnet(frozenset(), frozenset())
    telnet.record_mode = True
    found = []
    for event in telnet.receive(b"".join(turn.data for turn in turns if turn.host)):
        if isinstance(event, TelnetRecord):
            kind, request, *_ = event.data
            if kind > 9 or request > 3:
                found.append(event.data)
            elif kind == 0:
                found.append(event.data[5:])
    return [record for record in found if record]


def act(terminal: Terminal3270, record: bytes, *, header: bool) -> None:
    """Do as the operator did who caused this record: type its fields, put the cursor, press its key."""
    kind, body = (record[0], record[5:]) if header else (0, record)
    if kind == 7:  # SSCP-LU data
        terminal.type(body.decode("cp037"))
        terminal.key("Enter")
        return
    name = next(name for name, aid in AIDS.items() if aid == body[0])
    if len(body) > 1:
        loose, *fields = body[3:].split(b"\x11")
        if loose:
            terminal.key("Home")
            terminal.type(loose.decode("cp037"))
        for field in fields:
            _fill(terminal, decode(field[0], field[1]), field[2:].decode("cp037"))
        screen = terminal.screen()
        terminal.move_cursor(*screen.place(decode(body[1], body[2])))
    terminal.key(name)


def _fill(terminal: Terminal3270, at: int, text: str) -> None:
    screen = terminal.screen()
    field = screen.field_at(at)
    if field is not None and field.protected:
        return  # the host set its MDT itself
    if screen.at(at, len(text)) != text or not (field and field.modified):
        terminal.move_cursor(*screen.place(at))
        terminal.key("EraseEOF")
        terminal.type(text)


@pytest.fixture(scope="session")
def tools() -> Any:
    """The readers above, for test modules (which do not import each other)."""

    class Tools:
        Turn = Turn
        read = staticmethod(read)
        read_trc = staticmethod(read_trc)
        read_flow = staticmethod(read_flow)
        read_jsonl = staticmethod(read_jsonl)
        read_reference = staticmethod(read_reference)
        records = staticmethod(records)
        data_records = staticmethod(data_records)
        act = staticmethod(act)

    return Tools


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
        assert self.process.stdout
        data = []
        while True:
            answer = self.process.stdout.readline().rstrip("\n")
            if answer.startswith("data: "):
                data.append(answer[6:])
            elif answer in ("ok", "error"):
                return answer == "ok", data
            elif not answer:
                raise AssertionError("s3270 has ended")

    def close(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.communicate()

    def _until(self, end: bytes) -> None:
        while end not in self._got:
            more = self.line.recv(65536)
            assert more, "s3270 hung up"
            self._got += more


@pytest.fixture
def peer(s3270: str) -> Iterator[Callable[..., Peer]]:
    """Start s3270: `peer("-model", "3279-2-E")`."""
    started: list[Peer] = []

    def start(*options: str, extended: bytes | None = None) -> Peer:
        started.append(Peer(s3270, *options, extended=extended))
        return started[-1]

    yield start
    for one in started:
        one.close()


CLASSIC = bytes.fromhex("fffd18 fffa1801fff0 fffd19fffb19 fffd00fffb00")


@pytest.fixture
def line() -> Callable[..., Line]:
    """Make a terminal that has agreed on classic TN3270: `line(model=4)`."""

    def make(**options: Any) -> Line:
        sent: list[bytes] = []
        made = Line(Terminal3270(sent.append, **options), sent)
        made.terminal.feed(CLASSIC)
        made.take()
        return made

    return make


@pytest.fixture
def ebcdic() -> Callable[[str], bytes]:
    """Text in code page 037."""
    return lambda text: text.encode("cp037")
