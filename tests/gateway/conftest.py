"""Fixtures of a gateway in memory."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from tests.support.gateway import (
    BANK,
    Connection,
    Running,
    httpx_transport,
    in_memory,
    soap_message,
)
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.metadata import Model
from verdigris.wire import Rows


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start gateways with given settings."""

    started: list[Running] = []

    def make(
        config: PluginConfig | None = None, *models: Model, ask: Any = None, **pools: str
    ) -> Running:
        running = in_memory(config or PluginConfig(), ask)
        started.append(running)
        if models:
            running.deploy(*models, pools=pools)
        return running

    yield make
    for running in started:
        running.services.stop()
        for connection in running.connections:
            connection.lose()


@pytest.fixture
def connection() -> type[Connection]:
    """A keep-alive connection to a server: `connection(server)`."""
    return Connection


@pytest.fixture(scope="module")
def bank_model() -> Model:
    return BANK


@pytest.fixture(params=["spyne", "compiled"])
def bank(request: pytest.FixtureRequest, start: Callable[..., Running]) -> Running:
    """A gateway with BankDemo and its pool Pool-1, on each of the two request paths."""
    found = start(PluginConfig(request_path=request.param), BANK, **{"Pool-1": "BankDemo"})
    found.caller.reply = Rows((("ResultMonthPmt", "decimal"),), [["123.45"]])
    return found


@pytest.fixture
def message() -> Callable[..., str]:
    """A SOAP message: `message(body, header="", version="1.1")`."""
    return soap_message


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """Every line logged meanwhile, Twisted's and the standard library's (spyne uses that)."""
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        trace = event["log_failure"].getTraceback() if "log_failure" in event else ""
        lines.append(f"{formatEvent(event)}{trace}")

    globalLogPublisher.addObserver(observe)
    caplog.set_level(0)
    yield lambda: [*lines, *caplog.messages]
    globalLogPublisher.removeObserver(observe)


@pytest.fixture(scope="session")
def bridge() -> Callable[[Running], Any]:
    """httpx's way into a gateway in memory: `bridge(running)` is a transport."""
    return httpx_transport
