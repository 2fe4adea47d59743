"""Fixtures of the 5250 engine."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sesssrvr.terminal.tn5250 import Terminal5250
from tests.support.records_5250 import (
    AGREED,
    CLEAR,
    READ,
    WIDE,
    Line,
    act,
    ebcdic,
    field,
    records,
    sba,
    wrap,
    write,
)


@pytest.fixture(scope="session")
def say() -> SimpleNamespace:
    """Words for records: `say.clear`, `say.write(...)`, `say.field(...)` and so on."""
    return SimpleNamespace(
        clear=CLEAR, wide=WIDE, read=READ, write=write, field=field, sba=sba, text=ebcdic,
        wrap=wrap, records=records, AGREED=AGREED,
    )  # fmt: skip


@pytest.fixture
def line() -> Callable[..., Line]:
    """Make a terminal that has agreed on TN5250: `line(model="IBM-3477-FC")`."""
    return Line


@pytest.fixture
def form(line: Callable[..., Line], say: SimpleNamespace) -> Callable[..., Line]:
    """Make a terminal that shows these fields, and waits for the operator: `form(field, ...)`."""

    def make(*orders: bytes, read: bytes = say.read, **options: Any) -> Line:
        it = line(**options)
        it.host(say.clear, say.write(*orders), read)
        return it

    return make


@pytest.fixture(scope="session")
def operate() -> Callable[[Terminal5250, bytes], None]:
    """Act as the operator of a recording."""
    return act
