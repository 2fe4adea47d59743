"""Scripted peers for the connector's plans: driven by hand, or talking to functions."""

from collections.abc import Callable, Generator
from typing import Any

from verdigris.connector.attempts import Addresses, Ask, Pause, Resolve, Send, Wait
from verdigris.values import Endpoint


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
        self.sent: list[Ask] = []
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
                case Wait(waiter, seconds):
                    self.pauses.append(seconds)
                    self.time.now += seconds
                    waiter.pause_is_over()
                    reply = None
                case Send(message):
                    self.sent.append(message)
                    reply = None
                case Resolve(names):
                    self.lookups += 1
                    reply = Addresses(names if self.addresses is None else self.addresses)
                case Ask():
                    self.asked.append(step)
                    reply = outcomes(step)
                    self.time.now += self.took
