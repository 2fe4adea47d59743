"""A host that is away for a while, and how soon a client is served once it takes connections again.

Law: an outage begins with kill -9 of the host and ends with the first connection that its port takes;
seconds are counted from there to the end of the client's answer.
"""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.support.fleet import Answer, Town


LIMIT = 1.0
"""Seconds to the first served client at most (decision 0166)."""

REFUSED = {2643, 9216, 9301, 9302}
"""What a client is told while the host is away; 9216 where it asks a pool directly."""

TELLERS = [{"userID": f"TELLER{number}", "password": f"BANK{number}"} for number in (190, 191)]
"""Of calls by model: a teller can be signed on once, so no pool may have them."""

WITHOUT_THEM = [
    (f'<row userID="{one["userID"]}" password="{one["password"]}"/>', "") for one in TELLERS
]
"""A change of the package: each try to connect takes another row, so that all have their turn."""

ASKING = 0.25
"""Seconds between two calls of a client who asks again by itself."""

MOST = 40.0
"""Seconds after which a client who has not been served is given up."""


@dataclass(frozen=True)
class Client:
    """One way to be a client.

    Attributes:
        kind: of what is called: "session" is a pool, "model" a session of its own.
        direct: without a domain.
        patient: one call that waits for as long as it takes; otherwise a call four times a second.
    """

    kind: str
    direct: bool
    patient: bool = False

    def __str__(self) -> str:
        by = "pool" if self.kind == "session" else "model"
        way = "direct" if self.direct else "domain"
        return f"by {by:5}  {way}  {'waits' if self.patient else 'asks'}"

    def call(self, town: Town, seconds: float) -> Answer:
        """One call with this connection timeout."""
        environment: dict[str, object] = {"ConnectionTimeout": seconds}
        if self.direct:
            environment["DomainName"] = ""
        more = {}
        if self.kind == "model":
            more["variables"] = TELLERS[self.direct]
        return town.call(kind=self.kind, environment=environment, **more)


ASKING_CLIENTS = tuple(Client(kind, direct) for kind in ("session", "model") for direct in (0, 1))
WAITING_CLIENTS = tuple(Client("session", direct, patient=True) for direct in (False, True))
"""A call by model is told at once that its host is away, so its client asks again."""


class Watch:
    """One client during one outage.

    Attributes:
        served: the answer that was rows, None if there was none.
        refusals: what was answered before.
    """

    def __init__(self, town: Town, client: Client) -> None:
        self.client = client
        self.served: Answer | None = None
        self.refusals: list[Answer] = []
        self._town = town
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go)
        self._thread.start()

    def _go(self) -> None:
        while not self._over.is_set():
            answer = self.client.call(self._town, 600 if self.client.patient else 1)
            if answer.ok:
                self.served = answer
                return
            self.refusals.append(answer)
            self._over.wait(ASKING)

    def seconds(self, back: float) -> float:
        """Seconds from the host's return to the answer."""
        self._thread.join(max(0.0, back + MOST - time.monotonic()))
        self._over.set()
        self._thread.join()
        assert self.served is not None, [it.text for it in self.refusals[-3:]]
        wrong = [it.text for it in self.refusals if it.code not in REFUSED]
        assert not wrong, wrong
        return self.served.at - back


def after_an_outage(town: Town, clients: Sequence[Client], seconds: float) -> dict[Client, float]:
    """Seconds each of these clients, who ask all the time, is served after the host's return."""
    town.fleet["host"].kill()
    down = time.monotonic()
    watches = [Watch(town, client) for client in clients]
    time.sleep(max(0.0, down + seconds - time.monotonic()))
    assert not any(watch.served for watch in watches)
    with _first_connection(town.fleet.port("host")) as back:
        town.fleet.start_part("host")
    return {watch.client: watch.seconds(back[0]) for watch in watches}


@contextmanager
def _first_connection(port: int) -> Iterator[list[float]]:
    """The time of the first connection that the port takes, known when the block is over."""
    found: list[float] = []

    def look() -> None:
        end = time.monotonic() + MOST
        while not found and time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                found.append(time.monotonic())
            time.sleep(0.002)

    looking = threading.Thread(target=look)
    looking.start()
    yield found
    looking.join()
    assert found
