"""Recorded host sessions, of three kinds, read into one: what the host sent, what it got.

Law: a recording is its bytes in order; nothing of it is understood here beyond the kind of file.
A file that cannot be read whole is refused with its line.

Kinds: x3270 traces (`< 0x0 hex` from the host, `> 0x0 hex` to it, the rest is commentary), YAML
flows (a list of `!server {data, delayMillis}` and `!client {data}`), and JSON lines (`dir` rx or in
from the host, tx or out to it; a masked line tells only its length).
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import yaml

from hostemul.replay.framing import has_ends, is_connection, marked
from verdigris.json_members import repeated_member


@dataclass(frozen=True, slots=True)
class Sends:
    """The host sends bytes, so many seconds after what was before."""

    data: bytes
    delay: float = 0.0


@dataclass(frozen=True, slots=True, repr=False)
class Expects:
    """The terminal sent these bytes; None where the recording does not tell them."""

    data: bytes | None

    def __repr__(self) -> str:
        size = "unknown" if self.data is None else f"{len(self.data)} bytes"
        return f"<Expects {size}>"  # may hold a password


Step = Sends | Expects


@dataclass(frozen=True, slots=True)
class Recording:
    """One session.

    Attributes:
        name: of the file.
        steps: in order.
        framed: the bytes are those of the connection; else they are records of a block terminal, and
            the negotiation is missing.
    """

    name: str
    steps: tuple[Step, ...]

    @property
    def sent(self) -> tuple[bytes, ...]:
        """What the host sent."""
        return tuple(step.data for step in self.steps if isinstance(step, Sends))

    @property
    def framed(self) -> bool:
        """Whether telnet is in the bytes, or the terminal is not a block terminal at all."""
        heard = (step.data or b"" for step in self.steps if isinstance(step, Expects))
        return is_connection(self.sent, tuple(heard))

    def with_ends(self) -> Self:
        """The recording with marks at the ends of its records, where it lacks them."""
        ends = has_ends(self.sent)
        steps = (
            step if step.data is None else replace(step, data=marked(step.data, ends=ends))
            for step in self.steps
        )
        return replace(self, steps=tuple(steps))


def negotiated(recording: Recording) -> Recording:
    """The recording after a negotiation of terminal type, end of record and binary.

    For records of a 5250 (RFC 1205 section 2); what the terminal answers is not judged.
    """
    unknown = Expects(None)
    opening: tuple[Step, ...] = (
        Sends(bytes.fromhex("fffd18")), unknown,
        Sends(bytes.fromhex("fffa1801fff0")), unknown,
        Sends(bytes.fromhex("fffd19fffb19fffd00fffb00")), *(unknown,) * 4,
    )  # fmt: skip
    return Recording(recording.name, (*opening, *recording.with_ends().steps))


class RecordingError(ValueError):
    """The file is no recording."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}, line {line}: {problem}")


def load(path: Path) -> Recording:
    """Read a recording; its kind is told by its content.

    Raises:
        RecordingError: none of the three kinds, or damaged.
        OSError: the file cannot be read.
    """
    return parse(path.read_text(encoding="utf-8", errors="replace"), path.name)


def parse(content: str, name: str) -> Recording:
    """As `load`, from text."""
    lines = content.splitlines()
    if any(TRACE.match(line) for line in lines):
        steps = _trace(lines)
    elif any(line.startswith("{") for line in lines):
        steps = _json_lines(lines, name)
    else:
        steps = _flow(content, name)
    found = tuple(steps)
    if not any(isinstance(step, Sends) for step in found):
        raise RecordingError(name, max(1, len(lines)), "the host sends nothing in this file")
    return Recording(name, found)


def _hex(digits: str, name: str, line: int) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise RecordingError(name, line, f"{digits[:20]!r} is not hexadecimal") from None


# x3270 traces

TRACE: Final = re.compile(r"([<>]) 0x([0-9a-f]+)\s+((?:[0-9a-f]{2})+)$")


def _trace(lines: Iterable[str]) -> Iterator[Step]:
    """Each read or write of the terminal begins at offset 0."""
    side, data = "", bytearray()
    for line in lines:
        match = TRACE.match(line)
        if match is None:
            continue
        if data and (match[1] != side or int(match[2], 16) == 0):
            yield _step(side, bytes(data))
            data.clear()
        side = match[1]
        data += bytes.fromhex(match[3])
    if data:
        yield _step(side, bytes(data))


def _step(side: str, data: bytes) -> Step:
    return Sends(data) if side == "<" else Expects(data)


# YAML flows


class _Loader(yaml.SafeLoader):
    """Knows two tags more than the safe loader, and nothing else."""


def _mapping(_: yaml.SafeLoader, node: yaml.Node) -> dict[str, object]:
    """A mapping of texts as written: `data: 1234` is hexadecimal, not a number."""
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
    texts: dict[str, object] = {
        str(key.value): value.value
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
    }
    return texts | {"side": node.tag, "line": node.start_mark.line + 1}


for _tag in ("!server", "!client"):
    _Loader.add_constructor(_tag, _mapping)


def _flow(content: str, name: str) -> Iterator[Step]:
    try:
        entries = yaml.load(content, _Loader)  # noqa: S506  a SafeLoader with two plain tags
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise RecordingError(name, line, str(problem.problem)) from None
    except yaml.YAMLError as problem:
        raise RecordingError(name, 1, str(problem)) from None
    if not isinstance(entries, list):
        raise RecordingError(name, 1, "neither an x3270 trace, JSON lines nor a YAML flow")
    for entry in entries:
        if not (isinstance(entry, dict) and "side" in entry):
            raise RecordingError(name, 1, "each entry of a flow must be !server or !client")
        data = _hex(str(entry.get("data", "")), name, entry["line"])
        delay = str(entry.get("delayMillis", "0"))
        if not delay.isdecimal():
            raise RecordingError(name, entry["line"], f"delayMillis {delay!r} is not a number")
        server = entry["side"] == "!server"
        yield Sends(data, int(delay) / 1000) if server else Expects(data)


# JSON lines

SIDES: Final = {"rx": Sends, "in": Sends, "tx": Expects, "out": Expects}


def _json_lines(lines: Iterable[str], name: str) -> Iterator[Step]:
    before: datetime | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        entry = _entry(line, name, number)
        if SIDES[entry["dir"]] is Expects:
            known = isinstance(entry.get("hex"), str)
            yield Expects(_hex(entry["hex"], name, number) if known else None)
            before = _when(entry) or before
            continue
        now = _when(entry)
        delay = (now - before).total_seconds() if now and before else 0.0
        before = now or before
        yield Sends(_hex(str(entry.get("hex", "")), name, number), max(0.0, delay))


def _entry(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        raise RecordingError(name, number, "not JSON") from None
    if (repeated := repeated_member(line, entry)) is not None:
        raise RecordingError(name, number, f"{repeated} comes twice")
    if not isinstance(entry, dict) or entry.get("dir") not in SIDES:
        raise RecordingError(name, number, "dir must be one of rx, in, tx, out")
    return entry


def _when(entry: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(entry.get("ts", "")))
    except ValueError:
        return None
