"""The file of keys, off the event loop: calls that wait together are committed together.

Law: calls are done in the order they were made, and a result is given only when it is on disk.
Synchronising a file takes a millisecond or ten, and a group costs no more of them than one call.
"""

from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gateway.data_folder import data_folder
from gateway.workers.idempotency_messages import Claim, Kept
from gateway.workers.key_file import Found, KeyFile
from verdigris.errors import VerdigrisError


T = TypeVar("T")

FILE: Final = "idempotency-keys.sqlite"

LEAVE_WITHIN: Final = 5.0
"""Seconds the end of the process waits for what is still being written."""

GROUP: Final = 200
"""Calls committed together at most: some milliseconds of work."""


class KeyStore(Protocol):
    """Where the book of keys keeps them."""

    def begin(self, asked: Claim) -> Deferred[Found]:
        """See `KeyFile.begin`; fails with `KeyStoreUnavailable`."""

    def settle(self, asked: Claim, reply: Kept | None, *, free: bool) -> Deferred[None]:
        """See `KeyFile.settle`; fails with `KeyStoreUnavailable`."""


class PlainStore:
    """A store that does everything at once: keys in memory, and tests."""

    def __init__(self, file: KeyFile) -> None:
        self.file = file

    def __repr__(self) -> str:
        return f"<PlainStore {self.file!r}>"

    def begin(self, asked: Claim) -> Deferred[Found]:
        """See `KeyStore.begin`."""
        return self._done(lambda: self.file.begin(asked))

    def settle(self, asked: Claim, reply: Kept | None, *, free: bool) -> Deferred[None]:
        """See `KeyStore.settle`."""
        return self._done(lambda: self.file.settle(asked, reply, free=free))

    def _done(self, call: Callable[[], T]) -> Deferred[T]:
        result: Deferred[T] = Deferred()
        try:
            with self.file.transaction():
                found = call()
        except VerdigrisError:
            result.errback(Failure())
        else:
            result.callback(found)
        return result


class ThreadedStore:
    """A store with a thread of its own.

    Args:
        reactor: hands results back to the event loop.
        file: of the keys.
    """

    def __init__(self, reactor: Any, file: KeyFile) -> None:
        self._reactor = reactor
        self._file = file
        self._calls: SimpleQueue[tuple[Callable[[], object], Deferred[Any]]] = SimpleQueue()
        self._thread: Thread | None = None
        self._next: tuple[Callable[[], object], Deferred[Any]] | None = None
        self._alone(file.open)

    def __repr__(self) -> str:
        return f"<ThreadedStore {self._file!r}>"

    def begin(self, asked: Claim) -> Deferred[Found]:
        """See `KeyStore.begin`."""
        return self._put(lambda: self._file.begin(asked))

    def settle(self, asked: Claim, reply: Kept | None, *, free: bool) -> Deferred[None]:
        """See `KeyStore.settle`."""
        return self._put(lambda: self._file.settle(asked, reply, free=free))

    def end(self) -> None:
        """Let go of the file once everything before is done; the event loop has stopped."""
        thread = self._thread
        if thread is not None:
            self._alone(self._file.close)
            self._calls.put((_Alone(_leave), Deferred()))
            thread.join(LEAVE_WITHIN)

    def _alone(self, call: Callable[[], None]) -> Deferred[None]:
        """Run a call outside any transaction."""
        return self._put(_Alone(call))

    def _put(self, call: Callable[[], T]) -> Deferred[T]:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="keys", daemon=True)
            self._thread.start()
        result: Deferred[T] = Deferred()
        self._calls.put((call, result))
        return result

    def _run(self) -> None:
        while True:
            group = self._group()
            if isinstance(group[0][0], _Alone) and group[0][0].last:
                return
            alone = [call for call, _ in group if isinstance(call, _Alone)]
            found = [_outcome(alone[0])] if alone else self._commit([call for call, _ in group])
            waiting = [result for _, result in group]
            self._reactor.callFromThread(_tell, waiting, found)

    def _group(self) -> list[tuple[Callable[[], object], Deferred[Any]]]:
        """The calls that wait, the next one at least; one that has to be alone is."""
        group = [self._next] if self._next is not None else [self._calls.get()]
        self._next = None
        while len(group) < GROUP and not isinstance(group[0][0], _Alone):
            try:
                one = self._calls.get_nowait()
            except Empty:
                break
            if isinstance(one[0], _Alone):
                self._next = one
                break
            group.append(one)
        return group

    def _commit(self, calls: list[Callable[[], object]]) -> list[object]:
        try:
            with self._file.transaction():
                return [call() for call in calls]
        except Exception:  # noqa: BLE001 - whatever it is, it is the outcome of all of them
            return [Failure()] * len(calls)


class _Alone:
    """A call that is not part of a transaction."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self.last = call is _leave

    def __call__(self) -> None:
        self._call()


def _leave() -> None:
    """The last call of a thread."""


def store_of(reactor: Any, folder: str, settings: Path | None) -> ThreadedStore:
    """The store of a gateway process.

    Args:
        reactor: hands results back to the event loop.
        folder: as plugin-cfg.xml names it.
        settings: the path of plugin-cfg.xml; see `data_folder`.
    """
    return ThreadedStore(reactor, KeyFile(data_folder(folder, settings) / FILE))


def _outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except Exception:  # noqa: BLE001 - as above
        return Failure()


def _tell(waiting: list[Deferred[Any]], found: list[object]) -> None:
    for result, outcome in zip(waiting, found, strict=True):
        result.callback(outcome)  # a Failure fires the errbacks
