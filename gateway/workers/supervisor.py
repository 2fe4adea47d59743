"""Several gateway processes that share their ports, and the parent that keeps them alive.

Law: there are as many workers as were asked for, or the start of each missing one is scheduled. A
worker is replaced when it ends or is silent for too long; one that ends again and again waits
longer each time. Until all have been ready once, the end of any of them ends everything. No
worker outlives its parent.
"""

import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure


log = Logger()

BEAT: Final = 2.0
"""Seconds between a worker's signs of life."""

SILENT: Final = 15
"""Looks, one a `BEAT`, at which a worker said nothing, before it is killed: half a minute of a
stuck event loop is no pause any more. Looks are counted, not seconds: a parent that was itself
stopped for a while has looked no more often."""

STEADY: Final = 10.0
"""Seconds after which a worker's start counts as a good one."""

PAUSES: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a worker is started again, by how many starts before failed in a row."""

NEW: Final = 1.0
REPLACEMENT: Final = 3.0
"""Seconds a worker waits, before it takes connections, to hear what is deployed: at first little, as
perhaps nobody is there yet who knows; later longer, as its siblings serve meanwhile."""

SOON: Final = 1.0
"""Seconds for which new connections wait for the replacement of the worker they came to."""

LEAVE_WITHIN: Final = 15.0
"""Seconds a worker has to end when told; its running calls have 10 of them."""

READY: Final = b"ready\n"
ALIVE: Final = b".\n"

FIRST_SOCKET: Final = 3
"""File descriptor of the first port in a worker: 0 to 2 are its input, output and log."""


def pause(failures: int) -> float:
    """Seconds before the next start, after this many failed ones in a row."""
    return PAUSES[min(failures, len(PAUSES) - 1)]


class Worker(ProcessProtocol):
    """One worker process, as its parent sees it.

    Attributes:
        number: its place, from 1; its replacement has the same.
        ready: it serves.
        silent: looks since its last sign of life.
        status: its exit status, 1 if it was killed; 0 while it runs.
    """

    def __init__(self, number: int, began: float, ended: Callable[["Worker", str], None]) -> None:
        self.number = number
        self.began = began
        self.ready = False
        self.silent = 0
        self.status = 0
        self.on_ready: Callable[[], None] = lambda: None
        self._ended = ended

    def __repr__(self) -> str:
        return f"<Worker {self.number} pid {self.pid}>"

    @property
    def pid(self) -> int:
        """The process id; 0 when it has ended."""
        return getattr(self.transport, "pid", None) or 0

    def outReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """A sign of life, the first of which says that it is ready."""
        self.silent = 0
        if not self.ready and READY.strip() in data:
            self.ready = True
            self.on_ready()

    def processEnded(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        """It is gone."""
        self.status = getattr(reason.value, "exitCode", None) or 1
        self._ended(self, _how(reason))

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended needs none."""
        transport: Any = self.transport
        try:
            transport.signalProcess(number.name.removeprefix("SIG"))
        except ProcessExitedAlready:
            return


class Workers:
    """The parent.

    Args:
        reactor: for processes and time.
        command: program and arguments of a worker; its number is put behind.
        sockets: gives the descriptors of a worker's listening sockets, in the order of the ports.
        count: how many workers.
        environment: of the workers.
        dead: told the process id of each worker that has ended.
        absent: told the number of a worker that will be away for more than `SOON` seconds.
        leave_within: seconds in which they finish after a stop.

    Attributes:
        failed: why everything ends before all were ready; "" if it does not.
        status: the exit status of the worker that failed so.
        running: the workers that live, by number.
    """

    def __init__(
        self,
        reactor: Any,
        command: Sequence[str],
        sockets: Callable[[int], Sequence[int]],
        count: int,
        environment: Mapping[str, str],
        dead: Callable[[int], None] = lambda _: None,
        absent: Callable[[int], None] = lambda _: None,
        leave_within: float = LEAVE_WITHIN,
    ) -> None:
        self.failed = ""
        self.status = 0
        self.running: dict[int, Worker] = {}
        self._reactor = reactor
        self._command = tuple(command)
        self._sockets = sockets
        self._count = count
        self._environment = dict(environment)
        self._dead = dead
        self._absent = absent
        self._leave_within = leave_within
        self._failures: dict[int, int] = {}
        self._pids: dict[int, int] = {}
        self._due: dict[int, IDelayedCall] = {}
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor
        self._all_ready: Deferred[None] | None = Deferred()
        self._gone: Deferred[None] | None = None

    def __repr__(self) -> str:
        return f"<Workers [{len(self.running)} of {self._count} run]>"

    def start(self) -> Deferred[None]:
        """Start them: the first alone, so that what a first start writes is written once.

        The Deferred fires when all are ready; if one ends before, it never does: see `failed`.
        """
        assert self._all_ready is not None  # noqa: S101 - started once
        self._start(1)
        self._looking.start(BEAT, now=False)
        return self._all_ready

    def stop(self) -> Deferred[None]:
        """Tell all to finish; fires when they are gone, the patient ones killed."""
        self._all_ready = None
        if self._looking.running:
            self._looking.stop()
        for due in self._due.values():
            due.cancel()
        self._due.clear()
        gone: Deferred[None] = Deferred()
        self._gone = gone
        for worker in self.running.values():
            worker.signal(signal.SIGTERM)
        late = self._reactor.callLater(self._leave_within, self._kill)
        gone.addCallback(lambda _: late.cancel() if late.active() else None)
        if not self.running:
            gone.callback(None)
        return gone

    def _kill(self) -> None:
        for worker in self.running.values():
            log.warn("{worker} did not finish in time and is killed", worker=worker)
            worker.signal(signal.SIGKILL)

    def _start(self, number: int) -> None:
        self._due.pop(number, None)
        worker = Worker(number, self._reactor.seconds(), self._ended)
        worker.on_ready = lambda: self._ready(worker)
        self.running[number] = worker
        patience = NEW if self._all_ready is not None else REPLACEMENT
        descriptors: dict[int, int | str] = {0: "w", 1: "r", 2: 2}
        descriptors |= {FIRST_SOCKET + place: fd for place, fd in enumerate(self._sockets(number))}
        self._reactor.spawnProcess(
            worker,
            self._command[0],
            [*self._command, str(number), "--patience", str(patience)],
            env=self._environment,
            childFDs=descriptors,
        )
        self._pids[number] = worker.pid

    def _ready(self, worker: Worker) -> None:
        log.info("{worker} is ready", worker=worker)
        if self._all_ready is None:
            return
        if worker.number == 1:
            for number in range(2, self._count + 1):
                self._start(number)
        if len(self.running) == self._count and all(it.ready for it in self.running.values()):
            done, self._all_ready = self._all_ready, None
            done.callback(None)

    def _ended(self, worker: Worker, how: str) -> None:
        del self.running[worker.number]
        self._dead(self._pids.pop(worker.number))
        if self._gone is not None:
            if not self.running:
                self._gone.callback(None)
            return
        if self._all_ready is not None:
            self.failed = f"worker {worker.number} did not start: {how}"
            self.status = worker.status
            self._reactor.stop()
            return
        lived = self._reactor.seconds() - worker.began
        failures = 0 if lived >= STEADY else self._failures.get(worker.number, 0) + 1
        self._failures[worker.number] = failures
        again = pause(failures)
        log.error(
            "worker {number} {how}; it is replaced in {again} s",
            number=worker.number,
            how=how,
            again=again,
        )
        if again > SOON:
            self._absent(worker.number)
        self._due[worker.number] = self._reactor.callLater(again, self._start, worker.number)

    def _look(self) -> None:
        for worker in list(self.running.values()):
            worker.silent += 1
            if worker.silent == SILENT:
                log.error("{worker} gives no sign of life and is killed", worker=worker)
                worker.signal(signal.SIGKILL)


def _how(reason: Failure) -> str:
    if reason.check(ProcessDone):
        return "ended by itself"
    killed = getattr(reason.value, "signal", None)
    if killed:
        return f"was ended by signal {signal.Signals(killed).name}"
    return f"ended with code {getattr(reason.value, 'exitCode', '?')}"
