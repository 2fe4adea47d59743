"""Scripted peers for the connector's tests: plans are driven by hand, or talk to functions."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from verdigris.connector.attempts import Addresses, Ask, Errand, Pause, Resolve
from verdigris.connector.management_servers import ManagementServers
from verdigris.connector.plans import Job
from verdigris.values import Endpoint
from verdigris.wire import Login


class Time:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Driver:
    """Drives a plan with outcomes by message kind, and remembers every step."""

    def __init__(self, time: Time, took: float = 0.001) -> None:
        self.time = time
        self.took = took
        self.asked: list[Ask] = []
        self.pauses: list[float] = []
        self.lookups = 0
        self.addresses: tuple[Endpoint, ...] | None = None

    def run(self, plan: Generator[Any, Any, Any], outcomes: Callable[[Ask], Any]) -> Any:
        reply = None
        while True:
            try:
                step = plan.send(reply)
            except StopIteration as done:
                return done.value
            match step:
                case Pause(seconds):
                    self.pauses.append(seconds)
                    self.time.now += seconds
                    reply = None
                case Resolve(names):
                    self.lookups += 1
                    reply = Addresses(names if self.addresses is None else self.addresses)
                case Ask():
                    self.asked.append(step)
                    reply = outcomes(step)
                    self.time.now += self.took


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
def errand(time: Time) -> Callable[..., Errand]:
    def make(timeout: float = 30.0) -> Errand:
        return Errand("r", timeout, time, lambda: 1.0)

    return make


@pytest.fixture
def job() -> Callable[..., Job]:
    def make(**changes: Any) -> Job:
        return Job(login=Login(), user="anonymous", location="here", variables={}, **changes)

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
