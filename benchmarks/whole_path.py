"""SOAP calls through every part at once: gateway, domain allocation, session server, host screen.

    python benchmarks/whole_path.py [result.json]

The shortest call there is: a pool whose sessions wait at BankDemo's loan calculator, so that a call
is one turn of the host on one screen: three values typed, Enter, three read. Every call has its
session allocated in a domain. The host answers at once. Real processes: gateway, management server,
one session server, host.

One run: the gateway's compiled path, as baseline its spyne path, and the compiled path in an installation with
security on (TLS between all parts, on connections that are kept). The main figure is CPU per
call by process, and the calls per core-second that it makes: of our processes, and with the host.
Then half of the rate that was reached is offered at regular moments, whether earlier calls are
answered or not, and each call's time is counted from the moment it was due. Of several rounds the
best is told, and the range: whatever else the machine does only adds.
"""

import selectors
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from blast import whole
from measure import Load, cpu, load_of, report

from sesssrvr.cli.model_files import files_of
from sesssrvr.model.package import build_package
from verdigris.values import Endpoint
from verdigris_command.demo.demo import until
from verdigris_command.demo.fleet import Fleet, Member
from verdigris_command.demo.soap_caller import SoapCaller


SECONDS = 3.0
ROUNDS = 5
CLIENTS = 16
PATHS = {
    "compiled": ("compiled", False),
    "spyne": ("spyne", False),
    "security on": ("compiled", True),
}
"""What is measured: the gateway's path, and whether the parts speak TLS to each other."""

OURS = ("gateway", "mgmtsrvr", "vs1")
EXAMPLE = Path(__file__).parent.parent / "examples" / "BankDemo"
POOL = "LoanPool"
FILTERS = (("AmtToBorrow", "1000"), ("IntRate", "5"), ("NumOfMonths", "12"))

DESCRIPTOR = f"""<?xml version="1.0" encoding="UTF-8"?>
<model-configuration-descriptor xmlns="http://www.wrq.com/vhi" model-name="BankDemo" version="1.0">
  <pool-configuration name="{POOL}">
    <startup-entity>LoanCalculator</startup-entity>
    <max-concurrent-sessions>50</max-concurrent-sessions>
    <initial-idle-sessions>24</initial-idle-sessions>
    <min-idle-sessions>1</min-idle-sessions>
    <max-idle-sessions>50</max-idle-sessions>
    <model-variable-lists>
      <model-variable-list name="Tellers"/>
    </model-variable-lists>
  </pool-configuration>
</model-configuration-descriptor>
"""


def package() -> bytes:
    """BankDemo with the loan calculator as home: a procedure begins and ends where sessions wait."""
    files = files_of(EXAMPLE)
    model = files["model/model.xml"].replace(b'home="MainMenu"', b'home="LoanCalculator"')
    files |= {"model/model.xml": model, "deploy/deploy_desc.xml": DESCRIPTOR.encode()}
    return build_package(files)


class Clients:
    """Keep-alive connections to a gateway, each with one request at a time."""

    def __init__(self, port: int, caller: SoapCaller) -> None:
        body = caller.envelope()
        self._request = (
            f"POST /vhi-ws/session/{POOL} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._looking = selectors.DefaultSelector()
        self._free: deque[socket.socket] = deque()
        self._due: dict[socket.socket, float] = {}
        self.errors = 0
        for _ in range(CLIENTS):
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._looking.register(line, selectors.EVENT_READ, bytearray())
            self._free.append(line)

    def load(self, seconds: float, rate: float = 0.0) -> Load:
        """Calls as fast as answers come; or so many a second, each timed from when it was due."""
        began = time.perf_counter()
        moments = self._moments(began, seconds, rate)
        coming = next(moments, None)
        took: list[float] = []
        while coming is not None or self._due:
            while coming is not None and self._free and coming <= time.perf_counter():
                self._send(coming if rate else time.perf_counter())
                coming = next(moments, None)
            wait = 5.0 if coming is None or not self._free else coming - time.perf_counter()
            took.extend(self._answers(max(0.0, wait)))
        return load_of(took, time.perf_counter() - began, self.errors)

    @staticmethod
    def _moments(began: float, seconds: float, rate: float) -> Iterator[float]:
        number = 0
        while (
            moment := time.perf_counter() if not rate else began + number / rate
        ) < began + seconds:
            yield moment
            number += 1

    def _send(self, due: float) -> None:
        line = self._free.popleft()
        self._due[line] = due
        line.sendall(self._request)

    def _answers(self, wait: float) -> Iterator[float]:
        for key, _ in self._looking.select(wait):
            got, line = key.data, key.fileobj
            assert isinstance(line, socket.socket)
            got += line.recv(262_144)
            if whole(got):
                self.errors += not got.startswith(b"HTTP/1.1 200 ")
                got.clear()
                self._free.append(line)
                yield time.perf_counter() - self._due.pop(line)


def spent(fleet: Fleet, work: Callable[[], Load]) -> tuple[Load, dict[str, int]]:
    """The load, and microseconds of CPU per call by process."""
    before = {name: cpu(process.pid) for name, process in fleet.processes.items()}
    load = work()
    used = {
        name: round((cpu(process.pid) - before[name]) / load.calls * 1e6)
        for name, process in fleet.processes.items()
    }
    return load, used


def ours_of(used: dict[str, int]) -> int:
    return sum(used[name] for name in OURS)


def measured(fleet: Fleet) -> dict[str, object]:
    port = fleet.port("gateway")
    caller = SoapCaller(Endpoint("127.0.0.1", port), fleet.model, POOL, "CalcCostLoan", FILTERS)
    until(lambda: caller.published() and bool(caller.call(timeout=5).server), 60, "a call works")
    clients = Clients(port, caller)
    clients.load(2.0)
    rounds = [spent(fleet, lambda: clients.load(SECONDS)) for _ in range(ROUNDS)]
    rounds.sort(key=lambda one: ours_of(one[1]))
    most, used = rounds[0]
    rate = max(load.rate for load, _ in rounds) / 2
    halves = [spent(fleet, lambda: clients.load(SECONDS, rate)) for _ in range(ROUNDS)]
    halves.sort(key=lambda one: one[0].p99)
    half, calm = halves[0]
    ours = ours_of(used)
    return {
        "rounds, CPU us per call, ours": [ours_of(one) for _, one in rounds],
        "calls per second": round(most.rate),
        "CPU us per call": {**used, "ours": ours, "with the host": sum(used.values())},
        "calls per core-second, ours": round(1e6 / ours),
        "calls per core-second, with the host": round(1e6 / sum(used.values())),
        "p50 ms": round(most.p50, 2),
        "p99 ms": round(most.p99, 2),
        "at half the rate": {
            "calls per second": round(half.rate),
            "CPU us per call, ours": ours_of(calm),
            "rounds, p99 ms": [round(load.p99, 2) for load, _ in halves],
            "p50 ms": round(half.p50, 2),
            "p99 ms": round(half.p99, 2),
        },
        "errors": clients.errors,
    }


def main() -> None:
    results: dict[str, object] = {}
    for name, (path, secure) in PATHS.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            Fleet(
                Path(folder),
                package(),
                members=(Member("vs1", 100, 1),),
                host=("hostemul", "bank", "--motd-rate", "0"),
                plugin={"requestPath": path},
                secure=secure,
            ) as fleet,
        ):
            results[name] = measured(fleet.start())
    rates = {path: results[path]["calls per core-second, ours"] for path in PATHS}  # type: ignore[index] # dicts
    results["compiled / spyne, calls per core-second"] = round(
        rates["compiled"] / rates["spyne"], 2
    )
    results["CPU per call, security on / off"] = round(rates["compiled"] / rates["security on"], 3)
    report("whole_path", results)


if __name__ == "__main__":
    main()
