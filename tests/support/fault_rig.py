"""Faults on every link and in every process of an installation, clients that write, and the books.

Law: `broken` knows nothing of time: a slow machine makes fewer calls, never a wrong verdict.
"""

import http.client
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.fault_callers import (
    CONNECT,
    NOBODY,
    Caller,
    ConnectorCaller,
    RestCaller,
    SoapCaller,
    Told,
)
from tests.support.fault_hosts import HostKind, JournallingHost
from tests.support.fault_proxy import FaultProxy
from tests.support.fleet import Town
from verdigris.connector.blocking import Connector
from verdigris.errors import NotStarted


LINK_FAULTS = ("close", "reset", "half open", "delay", "throttle")
PROCESS_FAULTS = (signal.SIGKILL, signal.SIGSTOP)
CALLERS = ("REST", "SOAP", "connector")


@dataclass(frozen=True)
class Write:
    """A write and what its client was told.

    Attributes:
        reference: text of the booking; no two writes have the same.
        by: REST, SOAP or the connector.
        keyed: it had an Idempotency-Key, and was sent until it was acknowledged, a few times at most.
        acknowledged: an answer said it is done.
        retry: an answer that is no success said it may be sent again.
        effect: of the last failure; "" where there was no answer at all.
    """

    reference: str
    keyed: bool
    acknowledged: bool
    retry: bool = False
    effect: str = ""
    by: str = ""


def broken(writes: Sequence[Write], booked: Mapping[str, int]) -> list[str]:
    """Promises of docs/behaviour/failed-writes.md that the host's books say are broken.

    A keyed write may be told to be sent again: its key keeps it from being booked twice.
    """
    found = []
    for it in writes:
        times = booked.get(it.reference, 0)
        if times > 1:
            found.append(f"booked {times} times: {it}")
        if it.acknowledged and not times:
            found.append(f"acknowledged and not booked: {it}")
        if times and not it.acknowledged and not it.keyed:
            if it.retry:
                found.append(f"booked, and answered with retry: {it}")
            if it.effect == "none":
                found.append(f"booked, and answered with no effect: {it}")
    return found


class Rig:
    """Clients and faults of one town whose links are proxies.

    Args:
        town: started, with the reactor of the proxies.
        kind: what its clients do, at which kind of host.
        host: the host, running.
        links: its proxies by name, such as `gateway-vs1`.
        seed: of faults and of clients; the times of their meeting are the machine's.
    """

    def __init__(
        self,
        town: Town,
        kind: HostKind,
        host: JournallingHost,
        links: Mapping[str, FaultProxy],
        seed: int,
    ) -> None:
        self.town, self.kind, self.host = town, kind, host
        self.links, self.seed = links, seed
        self.writes: list[Write] = []
        self.problems: list[str] = []
        self.faults: Counter[str] = Counter()
        self._over = threading.Event()
        self._connector = Connector(
            management_servers=[f"127.0.0.1:{links['gateway-mgmtsrvr'].port}"],
            connection_timeout=CONNECT,
        )
        self._callers: dict[str, Caller] = {
            "REST": RestCaller(town, kind),
            "SOAP": SoapCaller(town, kind),
            "connector": ConnectorCaller(self._connector, town, kind),
        }

    # ---- clients

    def write(self, reference: str, by: str, *, keyed: bool) -> Write:
        """A write; with a key it is sent up to three times."""
        retry, told = False, NOBODY
        for _ in range(3 if keyed else 1):
            told = self._noted(self._callers[by].write(reference, reference if keyed else ""))
            if told.done:
                break
            retry = retry or told.retry
        return Write(reference, keyed, told.done, retry and not told.done, told.effect, by)

    def read(self, by: str = "REST") -> bool:
        """Whether a read succeeded; one that succeeds has to be complete."""
        told = self._noted(self._callers[by].read())
        if told.done and told.rows != self.kind.rows:
            self.problems.append(f"by {by}, a read found {told.rows} of {self.kind.rows}")
        return told.done

    def _noted(self, told: Told) -> Told:
        if told.problem:
            self.problems.append(told.problem)
        elif told == NOBODY:
            self._over.wait(0.05)  # nobody there
        return told

    def _client(self, name: str) -> None:
        chance, number = random.Random(f"{self.seed} {name}"), 0  # noqa: S311 - repeatable
        while not self._over.is_set():
            number += 1
            by = chance.choice(CALLERS)
            if chance.random() < 0.3:
                self.read(by)
            else:
                keyed = by == "REST" and chance.random() < 0.6
                self.writes.append(self.write(f"{name}{number}", by, keyed=keyed))

    def _look(self) -> None:
        """What the servers say of themselves, again and again: never more than their maximum."""
        states = ("active", "idle", "suspended", "quarantined", "reserved")
        while not self._over.wait(0.1):
            with suppress(OSError, http.client.HTTPException, AssertionError):
                for server in self.town.servers().values():
                    for it in (server, *server["pools"]):
                        if sum(it[state] for state in states) > it["maximum"]:
                            self.problems.append(f"more sessions than {it['maximum']}: {it}")

    @contextmanager
    def load(self, clients: int = 5) -> Iterator[None]:
        """Clients that call, and a look at the servers, all the time."""
        jobs = [threading.Thread(target=self._client, args=(f"C{n}X",)) for n in range(clients)]
        jobs.append(threading.Thread(target=self._look))
        for job in jobs:
            job.start()
        try:
            yield
        finally:
            self._over.set()
            for job in jobs:
                job.join()

    # ---- faults

    def rage(self, seconds: float) -> None:
        """One fault after the other for so long, at least one; everything works again afterwards."""
        chance = random.Random(f"{self.seed} {self.kind.example}")  # noqa: S311 - repeatable
        end = time.monotonic() + seconds
        parts = self.town.fleet.names()
        if self.town.fleet.workers > 1:
            parts.append("worker")
        for number in range(1_000_000):
            if number and time.monotonic() >= end:
                break
            size, length = chance.random(), chance.uniform(0.1, 1.5)
            if chance.random() < 0.6:
                self._link_fails(
                    chance.choice(sorted(self.links)), chance.choice(LINK_FAULTS), size, length
                )
            else:
                self._process_fails(chance.choice(parts), chance.choice(PROCESS_FAULTS), length)
            time.sleep(chance.uniform(0, 0.5))

    def _link_fails(self, name: str, fault: str, size: float, length: float) -> None:
        self.faults[f"{name} {fault}"] += 1
        self.town.at_host(lambda: self.links[name].fail(fault, size))
        time.sleep(length)
        self.town.at_host(self.links[name].heal)

    def _process_fails(self, name: str, how: signal.Signals, length: float) -> None:
        if name == "worker":
            self._worker_is_killed()
            return
        self.faults[f"{name} {how.name}"] += 1
        process = self.town.fleet[name]
        if how == signal.SIGKILL:
            process.kill()
            time.sleep(length)
            self.town.until(lambda: self._started(name), f"{name} is started again")
        else:
            process.signal(how)
            time.sleep(length)
            process.signal(signal.SIGCONT)

    def _worker_is_killed(self) -> None:
        """Kill -9 the newest child of the gateway, which starts another."""
        parent = self.town.fleet["gateway"].pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children:
            self.faults["worker SIGKILL"] += 1
            with suppress(ProcessLookupError):
                os.kill(int(children[-1]), signal.SIGKILL)

    def _started(self, name: str) -> bool:
        """Whether it could be started: workers of a killed gateway may hold its port for a moment."""
        with suppress(NotStarted):
            self.town.fleet.start_part(name)
            return True
        return False

    # ---- the end

    def recover(self, seconds: float) -> None:
        """Wait until all are served again, and the host has no session that no server knows."""
        town = self.town
        town.until(
            lambda: not self.town.at_host(lambda: any(it.waiting for it in self.links.values())),
            "links are empty",
        )
        town.ready()
        town.until(self.read, "a read succeeds", seconds)
        last = iter(range(1_000))
        town.until(lambda: self._served(f"LAST{next(last)}"), "a write succeeds", seconds)
        town.quiet(seconds)
        town.until(self._none_leaked, "the host has the servers' sessions and no others", seconds)

    def _served(self, reference: str) -> bool:
        self.writes.append(self.write(reference, "REST", keyed=False))
        return self.writes[-1].acknowledged

    def _none_leaked(self) -> bool:
        known = sum(it["idle"] + it["quarantined"] for it in self.town.servers().values())
        return self.host.sessions() == known

    def close(self) -> None:
        """End the clients' connections."""
        self._connector.close()
