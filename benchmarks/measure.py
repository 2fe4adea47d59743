"""What the benchmarks share: CPU and memory of processes, a load of HTTP requests, results as JSON.

Compare CPU and ratios, not wall-clock rates: clients and servers share the machine.
"""

import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of CPU a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> dict[str, int]:
    """Resident, proportional and private KiB of a process."""
    found = {"Rss": 0, "Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in found:
            found[name] = int(rest.split()[0])
    private = found["Private_Clean"] + found["Private_Dirty"]
    return {"rss": found["Rss"], "pss": found["Pss"], "private": private}


@dataclass(frozen=True)
class Load:
    """What a load of requests came to: per second, and milliseconds at the percentiles."""

    calls: int
    errors: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.calls / self.seconds


def load_of(took: list[float], seconds: float, errors: int = 0) -> Load:
    """Sum up single durations in seconds."""
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [took[0]] * 99
    return Load(len(took), errors, seconds, cuts[49] * 1000, cuts[98] * 1000)


async def http_load(port: int, path: str, body: bytes, calls: int, connections: int) -> Load:
    """POST a body again and again over keep-alive connections; anything but 200 is an error."""
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    left = iter(range(calls))
    took: list[float] = []
    errors = 0

    async def one() -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            took.append(time.perf_counter() - began)
            errors += b" 200 " not in head[:16]
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return load_of(took, time.perf_counter() - began, errors)


def report(name: str, results: Mapping[str, object]) -> None:
    """Print the results as JSON, with the machine, and as a file if one is named."""
    found = {"benchmark": name, "machine": machine(), "results": results}
    text = json.dumps(found, indent=2)
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text + "\n")


def machine() -> dict[str, object]:
    """Where this ran."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
