"""Fixtures of host emulators and their terminals."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from hostemul.testing import make_site
from tests.support.hosts import (
    Display,
    Emulator,
    Served,
    Terminal,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reactor(_reactor_thread: Any) -> Any:
    return _reactor_thread


@pytest.fixture
def display() -> type[Display]:
    return Display


@pytest.fixture
def terminal() -> type[Terminal]:
    return Terminal


@pytest.fixture
def bank(clock) -> Callable:
    """Make a bank's site; messages of the day off unless asked for."""
    return lambda **options: make_site(clock, **{"motd_rate": 0, **options})


@pytest.fixture
def emulator(s3270) -> Iterator[Callable]:
    started: list[Emulator] = []

    def start(address: str, *options: str) -> Emulator:
        started.append(Emulator(s3270, address, *options))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def served() -> Iterator[Callable]:
    started: list[Served] = []

    def start(*arguments: str) -> Served:
        started.append(Served(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.stop()
