"""CPU per SOAP call of the gateway's HTTP and SOAP, beside other servers of the same WSDL.

    python benchmarks/gateway_cpu.py [result.json]

One run, one request and two replies: one row, twenty rows. Each server alone on core 0, its clients
on core 1 (16 keep-alive connections). Ours has a caller that answers at once. Others: our HTTP
server, a bare protocol on the same parser and twisted.web, which send as many bytes, without SOAP;
node's `soap` (of examples/clients/node) and gSOAP (compiled here), which answer the same rows under
BankDemo's WSDL. What is not installed is named.

Then processes: `python -m gateway --workers N` and N processes of clients on N cores, with requests
the gateway refuses by its schema, so that nobody behind it takes part. One worker shares its core
with its clients as each of two does, so that the rates can be compared; beside them stands what the
cores would give without clients: workers through CPU per call.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from http_layers import command
from measure import cpu, report

from sesssrvr.cli.model_files import built
from verdigris.values import Endpoint
from verdigris_command.demo.demo import until
from verdigris_command.demo.fleet import Fleet, Member
from verdigris_command.demo.soap_caller import SoapCaller


SECONDS = 3.0
CLIENTS = 16
HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
NODE = EXAMPLES / "clients" / "node" / "node_modules"
PATH = "/vhi-ws/session/BankPool"
BODIES = {"one row": 1, "twenty rows": 20}
OURS = "gateway, compiled path"
HTTP = {
    "ours": "its HTTP, no SOAP",
    "direct": "bare llhttp, no SOAP",
    "twisted.web": "twisted.web, no SOAP",
}


@contextmanager
def server(command: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(process id, port) of a server on core 0 that prints `listening on 127.0.0.1:PORT`."""
    process = subprocess.Popen(
        ["taskset", "-c", "0", *command], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "NODE_PATH": str(NODE)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.kill()
        process.wait()


def blast(port: int, path: str, body: Path, seconds: float, *cores: str) -> dict[str, object]:
    """A load from one process of clients on each of these cores."""
    command = [sys.executable, str(HERE / "blast.py"), str(port), path, str(body), str(seconds)]
    running = [
        subprocess.Popen([*command, str(CLIENTS), core], stdout=subprocess.PIPE, text=True)
        for core in cores
    ]
    found = [json.loads(it.communicate()[0]) for it in running]
    statuses = sum((Counter(it["statuses"]) for it in found), Counter[str]())
    return {**found[0], "calls": sum(it["calls"] for it in found), "statuses": dict(statuses)}


def measured(command: Sequence[str], body: Path) -> dict[str, object]:
    with server(command) as (pid, port):
        blast(port, PATH, body, 1.0, "1")
        before = cpu(pid)
        load = blast(port, PATH, body, SECONDS, "1")
        used = cpu(pid) - before
    calls = int(load["calls"])  # type: ignore[call-overload] # a number
    assert load["statuses"] == {"200": calls}, (command, load)
    return {
        "CPU us per call": round(used / calls * 1e6, 1),
        "calls per second": round(calls / float(load["seconds"])),  # type: ignore[arg-type] # a number
        "bytes of a reply": load["bytes"],
    }


def peers(folder: Path) -> dict[str, list[str]]:
    """The commands of the other servers; the number of rows is put behind."""
    found: dict[str, list[str]] = {}
    wsdl = folder / "BankPool.wsdl"
    with server([sys.executable, str(HERE / "echo_servers.py"), "gateway"]) as (_, port):
        wsdl.write_bytes(urllib.request.urlopen(f"http://127.0.0.1:{port}{PATH}?wsdl").read())
    if shutil.which("node") and (NODE / "soap").exists():
        found["node soap"] = ["node", str(HERE / "peers" / "server.js"), str(wsdl)]
    if all(map(shutil.which, ("wsdl2h", "soapcpp2", "gcc"))):
        build = ["sh", str(HERE / "peers" / "build.sh"), str(wsdl)]
        subprocess.run(build, cwd=folder, capture_output=True, check=True)
        found["gSOAP"] = [str(folder / "server")]
    return found


def one_core(folder: Path, body: Path) -> dict[str, object]:
    echo = [sys.executable, str(HERE / "echo_servers.py")]
    others, found = peers(folder), {}
    for name, rows in BODIES.items():
        row: dict[str, dict[str, object]] = {}
        for path in ("compiled", "spyne"):
            row[f"gateway, {path} path"] = measured([*echo, "gateway", path, str(rows)], body)
        size = str(row[OURS]["bytes of a reply"])
        for layer, said in HTTP.items():
            row[said] = measured(command(layer, size), body)
        for peer, started in others.items():
            row[peer] = measured([*started, str(rows)], body)
        ours = float(row[OURS]["CPU us per call"])  # type: ignore[arg-type] # a number
        ratios = {n: round(float(r["CPU us per call"]) / ours, 2) for n, r in row.items()}  # type: ignore[arg-type] # as above
        found[name] = {**row, "CPU per call / that of our compiled path": ratios}
    absent = [name for name in ("node soap", "gSOAP") if name not in others]
    return {**found, "not installed here": absent or "nothing is missing"}


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """What is started inside runs on the first cores only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(count))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def with_workers(folder: Path, workers: int) -> dict[str, object]:
    folder.mkdir()
    body = folder / "refused.xml"
    refused = SoapCaller(Endpoint("127.0.0.1", 1), "BankDemo", "BankPool", filters=[("None", "x")])
    body.write_bytes(refused.envelope())
    members = (Member("vs1", 100, 1),)
    cores = [str(core) for core in range(workers)]
    with (
        on_cores(workers),
        Fleet(folder, built(EXAMPLES / "BankDemo")[0], members=members, workers=workers) as fleet,
    ):
        fleet.start()
        port = fleet.port("gateway")
        caller = SoapCaller(Endpoint("127.0.0.1", port), "BankDemo", "BankPool")
        until(caller.published, 60, "the service is published")
        parent = fleet["gateway"].pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        pids = [int(child) for child in children] or [parent]
        blast(port, PATH, body, 1.0, *cores)
        before = sum(map(cpu, pids))
        load = blast(port, PATH, body, SECONDS, *cores)
        each = (sum(map(cpu, pids)) - before) / int(load["calls"])  # type: ignore[call-overload] # a number
    return {
        "calls per second, clients on the same cores": round(int(load["calls"]) / SECONDS),  # type: ignore[call-overload] # as above
        "CPU us per call": round(each * 1e6, 1),
        "workers / CPU per call": round(workers / each),
        "statuses": load["statuses"],
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = folder / "request.xml"
        body.write_bytes(SoapCaller(Endpoint("127.0.0.1", 1), "BankDemo", "BankPool").envelope())
        results = one_core(folder, body)
        one, two = (with_workers(folder / f"{n} workers", n) for n in (1, 2))
        ratios = {
            key: round(two[key] / one[key], 2)  # type: ignore[operator] # numbers
            for key in one
            if key != "statuses"
        }
        results["workers"] = {"1": one, "2": two, "2 / 1": ratios}
    report("gateway_cpu", results)


if __name__ == "__main__":
    main()
