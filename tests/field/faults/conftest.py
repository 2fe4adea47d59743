"""Fixtures of the tests of hostile and faulty peers."""

from collections.abc import Callable, Iterator

import pytest
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from tests.support.gateway import BANK, Running, in_memory
from verdigris.config.plugin_cfg import PluginConfig


@pytest.fixture(params=["spyne", "compiled"])
def bank(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A gateway with BankDemo, on each of the two request paths."""
    running = in_memory(PluginConfig(request_path=request.param))
    running.deploy(BANK)
    yield running
    running.services.stop()


@pytest.fixture
def logged() -> Iterator[Callable[[], list[str]]]:
    """Every line logged meanwhile."""
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lambda: lines
    globalLogPublisher.removeObserver(observe)
