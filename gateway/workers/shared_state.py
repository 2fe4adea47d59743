"""What the workers of one gateway have in common, besides their ports.

Law: a gateway of one process has none of this and pays nothing for it. Two things are shared: a
table of counts in memory that each worker changes by itself (`gateway.workers.counters`), and the Idempotency
keys, which the parent keeps (`gateway.workers.idempotency_book`) and is asked for on a socket of each worker's own.
"""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from msgspec import structs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import Int32StringReceiver
from twisted.python.failure import Failure

from gateway.workers.counters import SharedCounters
from gateway.workers.idempotency_book import KeyBook
from gateway.workers.idempotency_messages import Claim, Kept, Outcome, Settle, Told
from gateway.workers.key_file import KeyFile
from gateway.workers.key_store import KeyStore, PlainStore
from verdigris.credential_checks import LocalTallies, Tallies


log = Logger()

COUNTERS: Final = "counts"
"""Name of the file of counts in the parent's folder."""

METRICS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable for the folder of the workers' metrics; prometheus_client reads it too."""

MAX_MESSAGE: Final = 1024 * 1024
"""Bytes: an answer that is kept has 256 KiB at most (`gateway.rest.idempotency`), its headers 64."""

_encode: Final = msgspec.msgpack.Encoder().encode
_asked: Final = msgspec.msgpack.Decoder(Claim | Settle)
_told: Final = msgspec.msgpack.Decoder(Told)


_ENDING: Final = "the gateway's parent process has ended"

MAX_CLIENTS: Final = 10_000
"""Client addresses whose rate is remembered; beyond it those that have been quiet are forgotten."""

MAX_NAMES: Final = 100_000
"""Names used once that are remembered; only those of right digests are, so a stranger cannot fill it."""


class SharedState(Protocol):
    """What the processes of one gateway keep together; `LocalState` where there is only one."""

    @property
    def wrong(self) -> Tallies:
        """Counts of wrong passwords."""

    @property
    def known(self) -> Tallies:
        """Counts of logins."""

    def take(self, client: str, rate: int, now: float) -> bool:
        """Take a request from a client's bucket, which holds `rate` and is filled in a second."""

    def first(self, name: bytes, now: float, until: float) -> bool:
        """Whether a name is met for the first time; it is not any more afterwards."""

    def claim(self, asked: Claim) -> Deferred[Told]:
        """Ask who performs a key; fires when it is this process, or when there is an answer.

        A key that this process is to perform is on disk by then.
        """

    def settle(self, key: bytes, reply: Kept | None, *, free: bool) -> Deferred[None]:
        """Keep the answer of a key that this process was to perform; fires when it is on disk."""


class LocalState:
    """The state of a gateway of one process, in its memory.

    Args:
        clock: for how long answers are kept in memory.
        store: of the Idempotency-Keys; in memory if absent.
    """

    def __init__(self, clock: IReactorTime, store: KeyStore | None = None) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._names: dict[bytes, float] = {}
        self.wrong = LocalTallies()
        self.known = LocalTallies()
        self._book = KeyBook(store or PlainStore(KeyFile(None, clock.seconds)))

    def __repr__(self) -> str:
        return f"<LocalState [{len(self._buckets)} clients, {len(self._names)} names]>"

    def take(self, client: str, rate: int, now: float) -> bool:
        """See `SharedState.take`."""
        left, at = self._buckets.get(client, (float(rate), now))
        left = min(float(rate), left + (now - at) * rate)
        if client not in self._buckets and len(self._buckets) >= MAX_CLIENTS:
            self._forget(now)
        taken = left >= 1
        self._buckets[client] = (left - taken, now)
        return taken

    def _forget(self, now: float) -> None:
        """Those that were quiet for a second have a full bucket again: nothing is lost."""
        self._buckets = {who: kept for who, kept in self._buckets.items() if kept[1] > now - 1}
        if len(self._buckets) >= MAX_CLIENTS:
            self._buckets.clear()

    def first(self, name: bytes, now: float, until: float) -> bool:
        """See `SharedState.first`; False as well if there is no room: nothing is forgotten early."""
        if len(self._names) >= MAX_NAMES:
            self._names = {one: end for one, end in self._names.items() if end > now}
        if self._names.get(name, now) > now or len(self._names) >= MAX_NAMES:
            return False
        self._names[name] = until
        return True

    def claim(self, asked: Claim) -> Deferred[Told]:
        """See `SharedState.claim`."""
        found: Deferred[Told] = Deferred()

        def tell(outcome: Outcome, reply: Kept | None, said: str) -> None:
            found.callback(Told(0, outcome, reply, said))

        self._book.claim(self, asked, tell)
        return found

    def settle(self, key: bytes, reply: Kept | None, *, free: bool) -> Deferred[None]:
        """See `SharedState.settle`."""
        kept: Deferred[None] = Deferred()
        self._book.settle(self, Settle(0, key, reply, free), lambda: kept.callback(None))
        return kept


class _Line(Int32StringReceiver):
    """One end of the socket between a worker and its parent."""

    MAX_LENGTH = MAX_MESSAGE

    def __init__(self) -> None:
        self.heard: Callable[[bytes], None] = lambda _: None
        self.lost: Callable[[], None] = lambda: None

    def stringReceived(self, string: bytes) -> None:  # noqa: N802 - Twisted's name
        """A whole message; one that cannot be read ends the line."""
        try:
            self.heard(string)
        except msgspec.DecodeError:
            log.failure("a message between worker and parent cannot be read")
            self.close()

    def say(self, message: object) -> None:
        """Send a message."""
        self.sendString(_encode(message))  # type: ignore[no-untyped-call] # Twisted's, not annotated yet

    def close(self) -> None:
        """End the line."""
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted's signature
        """The other side is gone."""
        self.lost()


def _adopted(reactor: Any, descriptor: int) -> _Line:
    line = _Line()
    factory = Factory.forProtocol(lambda: line)
    factory.noisy = False
    reactor.adoptStreamConnection(descriptor, socket.AF_UNIX, factory)
    return line


class ParentState:
    """The parent's side.

    Args:
        reactor: for lines and time.
        folder: where the counts are.
        store: of the Idempotency-Keys; in memory if absent.
    """

    def __init__(self, reactor: Any, folder: Path, store: KeyStore | None = None) -> None:
        self._reactor = reactor
        self._book = KeyBook(store or PlainStore(KeyFile(None, reactor.seconds)))
        SharedCounters.make(folder / COUNTERS)

    def __repr__(self) -> str:
        return f"<ParentState {self._book!r}>"

    def line(self) -> int:
        """A new worker's end of a line, open until the next turn of the loop: spawn it at once."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - the socket module's signature
        line = _adopted(self._reactor, ours.fileno())
        ours.close()
        line.heard = lambda data: self._heard(line, data)
        line.lost = lambda: self._book.lost(id(line))
        self._reactor.callLater(0, theirs.close)
        return theirs.fileno()

    def _heard(self, line: _Line, data: bytes) -> None:
        asked = _asked.decode(data)
        if isinstance(asked, Settle):
            done = Told(asked.number, "settled")
            self._book.settle(id(line), asked, lambda: line.say(done))
            return

        def tell(outcome: Outcome, reply: Kept | None, said: str) -> None:
            line.say(Told(asked.number, outcome, reply, said))

        self._book.claim(id(line), asked, tell)


class WorkerState:
    """A worker's side: counts in a file of its parent, keys at the parent itself.

    Args:
        reactor: for the line.
        folder: the parent's.
        descriptor: of the worker's end of its line.

    Raises:
        OSError: the parent's folder is gone.
    """

    def __init__(self, reactor: Any, folder: Path, descriptor: int) -> None:
        self._counters = SharedCounters(folder / COUNTERS)
        self.take = self._counters.take
        self.first = self._counters.first
        self.wrong = self._counters.wrong
        self.known = self._counters.known
        with socket.socket(fileno=descriptor) as theirs:
            theirs.setblocking(False)  # noqa: FBT003 - as above
            self._line = _adopted(reactor, theirs.fileno())
        self._line.heard = self._heard
        self._line.lost = self._lost
        self._asked: dict[int, tuple[Deferred[Told], bool]] = {}
        self._number = 0
        self._open = True

    def __repr__(self) -> str:
        return f"<WorkerState [{len(self._asked)} claims wait]>"

    def claim(self, asked: Claim) -> Deferred[Told]:
        """Ask who performs a key; fires when it is this worker, or when there is an answer.

        Without a parent the outcome is "away": this worker is about to end.
        """
        self._number += 1
        return self._say(structs.replace(asked, number=self._number), "away")

    def settle(self, key: bytes, reply: Kept | None, *, free: bool) -> Deferred[None]:
        """Tell what came of a key that this worker was to perform."""
        self._number += 1
        told = self._say(Settle(self._number, key, reply, free), "settled")
        return told.addCallback(lambda _: None)

    def _say(self, message: Claim | Settle, otherwise: Outcome) -> Deferred[Told]:
        answer: Deferred[Told] = Deferred()
        if self._open:
            self._asked[message.number] = (answer, isinstance(message, Claim))
            self._line.say(message)
        else:
            answer.callback(Told(message.number, otherwise, None, _ENDING))
        return answer

    def _heard(self, data: bytes) -> None:
        told = _told.decode(data)
        found = self._asked.pop(told.number, None)
        if found is not None:
            found[0].callback(told)

    def _lost(self) -> None:
        self._open = False
        asked, self._asked = self._asked, {}
        for number, (found, claimed) in asked.items():
            # what a claim waits for may be under way at a sibling that ends now
            found.callback(Told(number, "lost" if claimed else "settled"))
