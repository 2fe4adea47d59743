"""Allocations per second and their latency over loopback, beside a bare wire round trip.

    python benchmarks/allocation.py [result.json]

A real management server; three session servers (80, 20, and a standby) that grant at once; one
client process. Baseline: `Locate`, the smallest call to the same management server on the same
connection.
"""

import tempfile
import time
from pathlib import Path

from measure import Load, cpu, load_of, report
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from verdigris.child_process import Process
from verdigris.link import Dialer, Link
from verdigris.values import Endpoint
from verdigris.wire import Allocate, Hello, Locate, Request
from verdigris_command.demo.fleet import INSTALLATION, Fleet


CALLS = 10_000
HERE = Path(__file__).parent


async def load(link: Link, make: "type", calls: int, at_once: int) -> Load:
    took: list[float] = []
    left = iter(range(calls))

    async def one() -> None:
        for number in left:
            began = time.perf_counter()
            await link.call(make(number), request_id=f"b{at_once}-{number}", seconds=5)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await gatherResults([Deferred.fromCoroutine(one()) for _ in range(at_once)])
    return load_of(took, time.perf_counter() - began)


def allocate(_: int) -> Request:
    return Allocate("mydomain1", "pool", "P", "bench", "here")


def locate(_: int) -> Request:
    return Locate("vs1")


async def run(fleet: Fleet, pid: int) -> dict[str, object]:
    link = await Dialer(reactor, Hello("connector", "bench")).to(
        Endpoint("127.0.0.1", fleet.port("mgmtsrvr"))
    )
    found: dict[str, object] = {}
    for name, make in (("bare round trip", locate), ("allocation", allocate)):
        await load(link, make, 500, 4)
        alone = await load(link, make, CALLS // 10, 1)
        before = cpu(pid)
        many = await load(link, make, CALLS, 16)
        used = (cpu(pid) - before) / CALLS * 1e6
        found[name] = {
            "alone, p50 ms": round(alone.p50, 3),
            "alone, p99 ms": round(alone.p99, 3),
            "16 in flight, per second": round(many.rate),
            "16 in flight, p99 ms": round(many.p99, 2),
            "management server, CPU us": round(used),
        }
    bare, whole = found["bare round trip"], found["allocation"]
    rate = "16 in flight, per second"
    found["allocation / bare round trip, rate"] = round(whole[rate] / bare[rate], 2)  # type: ignore[index] # dicts
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Fleet(Path(folder), b"") as fleet:
        management = fleet.start_part("mgmtsrvr")
        names = [member.name for member in fleet.members]
        address = f"127.0.0.1:{fleet.port('mgmtsrvr')}"
        script = str(HERE / "echo_servers.py")
        granter = Process(
            "granter", (script, "granter", address, INSTALLATION, *names), fleet.folder
        )
        fleet.processes["granter"] = granter.start(module=False)
        results: list[dict[str, object]] = []
        job = Deferred.fromCoroutine(run(fleet, management.pid))
        job.addCallback(results.append)
        job.addErrback(lambda why: why.printTraceback())
        job.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined] # the reactor is a module
        reactor.run()  # type: ignore[attr-defined] # as above
        if results:
            report("allocation", results[0])


if __name__ == "__main__":
    main()
