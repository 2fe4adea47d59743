"""Fixtures of the connector's plans."""

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from tests.support.plans import (
    Driver,
    Time,
)
from verdigris.connector.attempts import Attempts
from verdigris.connector.management_servers import ManagementServers
from verdigris.connector.plans import SessionRequest
from verdigris.values import Endpoint
from verdigris.wire import Login


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def driver(time: Time) -> Driver:
    return Driver(time)


@pytest.fixture
def addresses() -> tuple[Endpoint, ...]:
    """Three management servers."""
    return tuple(Endpoint(f"10.0.0.{n}", 9641) for n in (1, 2, 3))


@pytest.fixture
def book(addresses: tuple[Endpoint, ...]) -> ManagementServers:
    return ManagementServers(addresses, lambda n: 0)


@pytest.fixture
def attempts(time: Time) -> Callable[..., Attempts]:
    def make(timeout: float = 30.0) -> Attempts:
        return Attempts("r", timeout, time, lambda: 1.0)

    return make


@pytest.fixture
def wanted() -> Callable[..., SessionRequest]:
    def make(**changes: Any) -> SessionRequest:
        usual = {"login": Login(), "user": "anonymous", "location": "here", "variables": {}}
        return SessionRequest(**(usual | changes))

    return make


@pytest.fixture
def result() -> Callable[[Deferred[Any]], Any]:
    """What a Deferred fired with: its value, its error, or None if it has not fired."""

    def look(deferred: Deferred[Any]) -> Any:
        found: list[Any] = []
        deferred.addBoth(found.append)
        if not found:
            return None
        return found[0].value if isinstance(found[0], Failure) else found[0]

    return look
