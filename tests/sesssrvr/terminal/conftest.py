"""Fixtures of the terminal engines: recordings, a line whose host is the test, s3270."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sesssrvr.terminal import Terminal3270
from tests.support.recordings import (
    Turn,
    act,
    data_records,
    read,
    read_flow,
    read_jsonl,
    read_reference,
    read_trc,
    records,
)
from tests.support.terminals import (
    CLASSIC,
    Line,
    Peer,
)


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
