"""SOAP calls through the whole path, beside the gateway's bare echo and raw twisted.web.

    python benchmarks/soap.py [result.json]

One run: raw twisted.web with a constant reply; our gateway with a caller that answers at once, on
its compiled and on its spyne request path; then the whole installation with the demo bank as a
host without delay: gateway, management server, one session server, bank. 16 keep-alive clients in
this process. The main figure is CPU per call, by process; all share the machine's cores.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import Load, cpu, http_load, report

from sesssrvr.cli.model_files import built
from verdigris.child_process import Process
from verdigris.values import Endpoint
from verdigris_command.demo.demo import until
from verdigris_command.demo.fleet import Fleet, Member
from verdigris_command.demo.soap_caller import SoapCaller


CALLS = 2_000
CLIENTS = 16
PATH = "/vhi-ws/session/BankPool"
HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "BankDemo"


def measured(port: int, body: bytes, processes: Sequence[Process], calls: int) -> dict[str, object]:
    asyncio.run(http_load(port, PATH, body, 200, CLIENTS))
    before = [cpu(process.pid) for process in processes]
    load: Load = asyncio.run(http_load(port, PATH, body, calls, CLIENTS))
    used = {
        p.name: round((cpu(p.pid) - b) / calls * 1e6)
        for p, b in zip(processes, before, strict=True)
    }
    alone: Load = asyncio.run(http_load(port, PATH, body, 200, 1))
    return {
        "calls per second": round(load.rate),
        "p50 ms": round(load.p50, 2),
        "p99 ms": round(load.p99, 2),
        "alone, p50 ms": round(alone.p50, 2),
        "CPU us per call": {**used, "all": sum(used.values())},
        "errors": load.errors + alone.errors,
    }


def baselines(folder: Path, body: bytes) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, arguments in (
        ("raw twisted.web", ("web",)),
        ("gateway echo, compiled path", ("gateway", "compiled")),
        ("gateway echo, spyne path", ("gateway", "spyne")),
    ):
        script = (str(HERE / "echo_servers.py"), *arguments)
        process = Process(name.split()[-2], script, folder).start(module=False)
        try:
            found[name] = measured(process.port(), body, [process], CALLS)
        finally:
            process.kill()
    return found


def whole(folder: Path, body: bytes) -> dict[str, object]:
    members = (Member("vs1", 100, 1),)
    with Fleet(folder, built(EXAMPLE)[0], members=members, ports={}) as fleet:
        fleet.start()
        caller = SoapCaller(Endpoint("127.0.0.1", fleet.port("gateway")), fleet.model, "BankPool")
        until(
            lambda: caller.published() and bool(caller.call(timeout=5).server), 60, "a call works"
        )
        names = ("gateway", "mgmtsrvr", "vs1", "host")
        return measured(fleet.port("gateway"), body, [fleet[name] for name in names], CALLS)


def main() -> None:
    body = SoapCaller(Endpoint("127.0.0.1", 1), "BankDemo", "BankPool").envelope()
    with tempfile.TemporaryDirectory() as folder:
        results = baselines(Path(folder), body)
        results["whole path"] = whole(Path(folder), body)
    per_call = {name: row["CPU us per call"]["all"] for name, row in results.items()}  # type: ignore[index] # dicts
    web = per_call["raw twisted.web"]
    results["CPU per call / raw twisted.web"] = {n: round(v / web, 2) for n, v in per_call.items()}
    report("soap", results)


if __name__ == "__main__":
    main()
