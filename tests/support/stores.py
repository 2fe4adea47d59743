"""Places of a store for the contract that all stores keep: in memory, in a file, in etcd."""

import time
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.threads import blockingCallFromThread
from twisted.web.client import Agent, HTTPConnectionPool

from mgmtsrvr.store import FileStore, MemoryStore
from mgmtsrvr.store.etcd import EtcdClient, EtcdStore
from tests.support.etcd_gateway import FakeAgent, FakeEtcd
from verdigris.errors import ConfigurationError, Problem


def check(data: bytes) -> None:
    """These tests' documents are broken if they say so."""
    if b"broken" in data:
        raise ConfigurationError.of("x.xml", [Problem("x.xml", 3, "it says so")])


def run(coroutine):
    """The result of a coroutine that does not wait."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


class Seen:
    """A watcher that remembers."""

    def __init__(self):
        self.changes: list[bytes] = []
        self.problems: list[str] = []

    def changed(self, document):
        self.changes.append(document.data)

    def broken(self, problem):
        self.problems.append(str(problem))


class InMemory:
    run = staticmethod(run)

    def __init__(self, folder, keep=20):
        self.store = MemoryStore(b"<one/>", check, keep=keep)

    def edit(self, data: bytes) -> None:
        self.store.edited(data)

    def watch(self, watcher):
        return self.store.watch(watcher)

    def close(self) -> None:
        """Nothing is left."""


class InFile(InMemory):
    def __init__(self, folder: Path, keep=20):
        self.path = folder / "x.xml"
        self.path.write_bytes(b"<one/>")
        self.clock = Clock()
        self.store = FileStore(self.path, check, self.clock, keep=keep)
        run(self.store.load())

    def edit(self, data: bytes) -> None:
        """As editors do: another file moved over it."""
        other = self.path.with_name("x.xml.tmp")
        other.write_bytes(data)
        other.replace(self.path)
        self.wait()

    def wait(self, seconds: float = 1.0) -> None:
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)


class InEtcd(InMemory):
    """One of two management servers on an etcd of three members in memory; the other edits."""

    ENDPOINTS = ("http://e1:1", "http://e2:2", "http://e3:3")

    def __init__(self, folder: Path, keep=20):
        self.folder = folder
        self.clock = Clock()
        self.etcd = FakeEtcd(*self.ENDPOINTS)
        (folder / "x.xml").write_bytes(b"<one/>")
        self.store = self.open(keep=keep)
        run(self.store.load())
        self.other = self.open("other.xml", check=lambda _: None)
        self.stops: list = []

    def watch(self, watcher):
        stop = self.store.watch(watcher)
        self.stops.append(stop)

        def end():
            self.stops.remove(stop)
            stop()

        return end

    def close(self) -> None:
        for stop in self.stops:
            stop()

    def client(self, **options) -> EtcdClient:
        return EtcdClient(self.ENDPOINTS, FakeAgent(self.etcd, self.clock), self.clock, **options)

    def open(self, copy="x.xml.copy", check=check, client=None, **options) -> EtcdStore:
        first = self.folder / "x.xml"
        return EtcdStore(
            client or self.client(),
            "/v/x",
            self.folder / copy,
            check,
            first=first,
            name="x.xml",
            **options,
        )

    def edit(self, data: bytes) -> None:
        """As another management server does that knows more than this one."""
        run(self.other.publish(data, run(self.other.load()).revision))
        self.wait(0.1)

    def wait(self, seconds: float, step: float = 0.05) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)


class InRealEtcd(InMemory):
    """The same with Debian's etcd; each place has keys of its own."""

    NUMBER = 0

    def __init__(self, folder: Path, cluster, reactor, keep=20):
        InRealEtcd.NUMBER += 1
        self.cluster, self.reactor, self.folder = cluster, reactor, folder
        self.key = f"/test/{time.time_ns()}-{self.NUMBER}/x"
        self.pool = HTTPConnectionPool(reactor)
        self.stops: list = []
        (folder / "x.xml").write_bytes(b"<one/>")
        self.store = self.open(keep=keep)
        self.run(self.store.load())
        self.other = self.open("other.xml", check=lambda _: None)

    def open(self, copy="x.xml.copy", check=check, **options) -> EtcdStore:
        agent = Agent(self.reactor, connectTimeout=1.0, pool=self.pool)
        client = EtcdClient(self.cluster.endpoints, agent, self.reactor)
        first = self.folder / "x.xml"
        return EtcdStore(
            client, self.key, self.folder / copy, check, first=first, name="x.xml", **options
        )

    def run(self, coroutine):
        return blockingCallFromThread(self.reactor, Deferred.fromCoroutine, coroutine)

    def watch(self, watcher):
        stop = self.on_reactor(lambda: self.store.watch(watcher))
        self.stops.append(stop)

        def end():
            self.stops.remove(stop)
            self.on_reactor(stop)

        return end

    def on_reactor(self, call):
        return blockingCallFromThread(self.reactor, call)

    def edit(self, data: bytes) -> None:
        self.run(self.other.publish(data, self.run(self.other.load()).revision))
        if self.stops:
            self.until(lambda: self._noticed(data))

    def _noticed(self, data: bytes) -> bool:
        if b"broken" in data:
            return self.store.problem is not None
        return self.store._good.data == data and self.store._newest >= self.other._newest

    def until(self, condition, seconds: float = 15.0) -> None:
        """Wait until a condition holds, judged where the store lives."""
        end = time.monotonic() + seconds
        while not self.on_reactor(condition):
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.01)

    def close(self) -> None:
        for stop in self.stops:
            self.on_reactor(stop)
        self.on_reactor(self.pool.closeCachedConnections)
