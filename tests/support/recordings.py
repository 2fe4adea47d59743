"""Recorded host sessions: read into turns, fed to a terminal, held against reference screens."""

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import yaml

from sesssrvr.terminal import Terminal3270
from sesssrvr.terminal.telnet import Telnet, TelnetRecord
from sesssrvr.terminal.tn3270.addresses import decode
from sesssrvr.terminal.tn3270.keys import AIDS


_LINE = re.compile(r"([<>]) 0x([0-9a-f]+)\s+([0-9a-f]+)\s*$")
_IAC = re.compile(rb"\xff(?:\xff|\xef)")


@dataclass(frozen=True)
class Turn:
    """What one side sent."""

    host: bool
    data: bytes


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
