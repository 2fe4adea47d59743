"""Several management servers on a real etcd of three members: changes, fail-over, allocations.

    PYTHONPATH=. python benchmarks/cluster.py [result.json]

Everything runs on this machine. Changes: one `EtcdStore` writes, another watches. In force: an
installation of 1,000 session servers and 200 domains is changed, and checked and put into a registry
by three management servers' worth of code in this process. Fail-over: the leader is killed, then a
change is made (timers 50 and 500 ms). Allocation: 1, 2 and 3 management servers as processes, with
session servers that grant at once.
"""

import statistics
import tempfile
import time
from pathlib import Path

from measure import load_of, report
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater
from twisted.web.client import Agent, HTTPConnectionPool

from mgmtsrvr.configuration import Configuration
from mgmtsrvr.health import Rules
from mgmtsrvr.registry import Registry
from mgmtsrvr.store.etcd import EtcdClient, EtcdStore
from tests.support.etcd_processes import EtcdCluster
from verdigris.child_process import Process
from verdigris.link import Dialer
from verdigris.link.own_thread import OwnThread
from verdigris.values import Endpoint
from verdigris.wire import Allocate, Hello
from verdigris_command.demo.fleet import INSTALLATION, Fleet


HERE = Path(__file__).parent
CHANGES, BIG_CHANGES, KILLS, CALLS = 300, 30, 3, 6_000


def installation(number: int, servers: int = 1_000, domains: int = 200) -> bytes:
    """A document that is another one for each number."""
    listed = "".join(
        f'<session-server name="s{i}" address="10.0.{i // 250}.{i % 250}"/>' for i in range(servers)
    )
    load = "".join(
        f'<domain name="d{d}">'
        + "".join(f'<member server="s{(d * 5 + i) % servers}" weight="{20 + (number if d == i == 0 else 0)}"/>' for i in range(5))
        + "</domain>"
        for d in range(domains)
    )  # fmt: skip
    return (
        f'<installation xmlns="urn:verdigris:installation:1" id="big"><session-servers>{listed}'
        f"</session-servers><domains>{load}</domains></installation>"
    ).encode()


class Seen:
    """Fires when a document has come."""

    def __init__(self) -> None:
        self.waiting: dict[bytes, Deferred[float]] = {}

    def changed(self, document) -> None:
        if (waiter := self.waiting.pop(document.data, None)) is not None:
            waiter.callback(time.perf_counter())

    def broken(self, problem) -> None:
        print(problem)

    def expect(self, data: bytes) -> "Deferred[float]":
        self.waiting[data] = Deferred()
        return self.waiting[data]


def store(
    cluster: EtcdCluster, folder: Path, key: str, check, first: Path | None = None, **how
) -> EtcdStore:
    client = EtcdClient(
        cluster.endpoints, Agent(reactor, pool=HTTPConnectionPool(reactor)), reactor
    )
    copy = folder / f"{time.monotonic_ns()}.copy"
    return EtcdStore(client, key, copy, check, first=first, **how)


def spread(took: list[float]) -> dict[str, float]:
    ordered = sorted(it * 1000 for it in took)
    return {
        "p50 ms": round(statistics.median(ordered), 2),
        "p99 ms": round(ordered[int(len(ordered) * 0.99)], 2),
        "max ms": round(ordered[-1], 2),
    }


async def changes(cluster: EtcdCluster, folder: Path) -> dict[str, object]:
    first = folder / "small.xml"
    first.write_bytes(b"<n>0</n>")
    writer, other = (
        store(cluster, folder, "/bench/small", lambda _: None, first) for _ in range(2)
    )
    document = await writer.load()
    await other.load()
    seen = Seen()
    stop = other.watch(seen)
    await deferLater(reactor, 0.5)
    written, watched = [], []
    for number in range(CHANGES):
        data = b"<n>%d</n>" % (number + 1)
        noticed = seen.expect(data)
        began = time.perf_counter()
        document = await writer.publish(data, document.revision)
        written.append(time.perf_counter() - began)
        watched.append(await noticed - began)
    stop()
    return {"change stored": spread(written), "change watched": spread(watched)}


async def in_force(cluster: EtcdCluster, folder: Path) -> dict[str, object]:
    first = folder / "big.xml"
    first.write_bytes(installation(0))
    seen, stores = [], []
    for _ in range(3):
        configuration = Configuration("big.xml")
        made = store(
            cluster, folder, "/bench/big", configuration.check, first, elsewhere=OwnThread(reactor)
        )
        await configuration.start(made)
        registry = Registry(reactor, Rules(), configuration.installation, configuration.revision)
        watcher = Seen()
        configuration.followers.append(
            lambda it, rev, r=registry, w=watcher, c=configuration: (
                r.configure(it, rev),
                w.changed(c.document),
            )
        )
        stores.append(made)
        seen.append(watcher)
    await deferLater(reactor, 0.5)
    document, took = await stores[0].load(), []
    for number in range(BIG_CHANGES):
        data = installation(number + 1)
        noticed = gatherResults([watcher.expect(data) for watcher in seen])
        began = time.perf_counter()
        document = await stores[0].publish(data, document.revision)
        took.append(max(await noticed) - began)
    return {"1,000 servers and 200 domains in force at three": spread(took)}


async def leader_killed(cluster: EtcdCluster, folder: Path) -> dict[str, object]:
    first = folder / "small.xml"
    writer = store(cluster, folder, "/bench/kill", lambda _: None, first)
    document, gaps = await writer.load(), []
    for number in range(KILLS):
        leader = cluster.leader()
        cluster.kill(leader)
        began = time.perf_counter()
        document = await writer.publish(b"<k>%d</k>" % number, document.revision)
        gaps.append(round(time.perf_counter() - began, 3))
        cluster.start_member(leader)
        await deferLater(reactor, 3)
    return {"leader killed, seconds until the next change is stored": gaps}


async def allocations(fleet: Fleet, run: int) -> dict[str, object]:
    names = fleet.management_servers()
    links = [
        await Dialer(reactor, Hello("connector", "bench")).to(
            Endpoint("127.0.0.1", fleet.port(name))
        )
        for name in names
    ]
    took: list[float] = []
    left = iter(range(CALLS))

    async def one(link) -> None:
        for number in left:
            began = time.perf_counter()
            wanted = Allocate("mydomain1", "pool", "P", "bench", "here")
            await link.call(wanted, request_id=f"c{run}-{number}", seconds=5)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await gatherResults([Deferred.fromCoroutine(one(links[i % len(links)])) for i in range(18)])
    found = load_of(took, time.perf_counter() - began)
    return {
        "per second": round(found.rate),
        "p50 ms": round(found.p50, 2),
        "p99 ms": round(found.p99, 2),
    }


async def everything(cluster: EtcdCluster, folder: Path, fleets: list[Fleet]) -> dict[str, object]:
    found = await changes(cluster, folder)
    found |= await in_force(cluster, folder)
    for fleet in fleets:
        count = fleet.managers
        found[f"allocation, {count} management server(s), 18 in flight"] = await allocations(
            fleet, count
        )
    found |= await leader_killed(cluster, folder)
    return found


def start_fleet(folder: Path, cluster: EtcdCluster, managers: int) -> Fleet:
    endpoints = " ".join(cluster.endpoints)
    settings = f'<store kind="etcd" endpoints="{endpoints}" prefix="/fleet{managers}"/>'
    (folder / str(managers)).mkdir()
    fleet = Fleet(folder / str(managers), b"", managers=managers, management=settings)
    for name in fleet.management_servers():
        fleet.start_part(name)
        address = f"127.0.0.1:{fleet.port(name)}"
        members = [member.name for member in fleet.members]
        script = str(HERE / "echo_servers.py")
        granter = Process(
            f"granter-{name}", (script, "granter", address, INSTALLATION, *members), fleet.folder
        )
        fleet.processes[granter.name] = granter.start(module=False)
    return fleet


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cluster = EtcdCluster(folder)
        fleets: list[Fleet] = []
        results: list[dict[str, object]] = []
        try:
            cluster.start()
            fleets += [start_fleet(folder, cluster, managers) for managers in (1, 2, 3)]
            job = Deferred.fromCoroutine(everything(cluster, folder, fleets))
            job.addCallback(results.append)
            job.addErrback(lambda why: why.printTraceback())
            job.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined] # the reactor is a module
            reactor.run()  # type: ignore[attr-defined] # as above
        finally:
            for fleet in fleets:
                fleet.close()
            cluster.close()
        if results:
            report("cluster", results[0])


if __name__ == "__main__":
    main()
