"""Instructions per SOAP call of the gateway: what `gateway_cpu.py` measures in time, counted.

    python benchmarks/instructions.py [result.json]

The gateway with a caller that answers at once runs under valgrind's callgrind, which counts what the
process executes outside the kernel. Two runs differ by about a thousandth, however busy the machine
is, so that the cost of one check can be seen. Needs Debian's package valgrind.
"""

import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from blast import ACTION, whole
from gateway_cpu import BODIES, CLIENTS, HERE, PATH
from measure import report

from verdigris.values import Endpoint
from verdigris_command.demo.soap_caller import SoapCaller


TURNS = 50
"""Requests of each of the connections, which all send one at a time."""

TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)


def load(port: int, body: bytes) -> None:
    """The same number of requests in the same order in every run."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/xml\r\n"
        f'SOAPAction: "{ACTION}"\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS)]
    for _ in range(TURNS):
        for line in lines:
            line.sendall(head.encode() + body)
        for line in lines:
            found = b""
            while not whole(found):
                found += line.recv(262_144)
            assert found.startswith(b"HTTP/1.1 200 "), found
    for line in lines:
        line.close()


def counted(folder: Path, body: bytes, rows: int) -> int:
    """Instructions per call with replies of so many rows."""
    found = folder / f"callgrind.{rows}"
    process = subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={found}",
         sys.executable, str(HERE / "echo_servers.py"), "gateway", "compiled", str(rows)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        load(port, body)
        control(process.pid, "on")
        load(port, body)
        control(process.pid, "off")
    finally:
        process.terminate()
        process.wait()
    total = TOTALS.search(found.read_text())
    assert total is not None, "callgrind has counted nothing"
    return round(int(total[1]) / (TURNS * CLIENTS))


def control(process: int, state: str) -> None:
    """Let callgrind begin or end to count."""
    subprocess.run(
        ["callgrind_control", "-i", state, str(process)], check=True, capture_output=True
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = SoapCaller(Endpoint("127.0.0.1", 1), "BankDemo", "BankPool").envelope()
        counts = {said: counted(folder, body, rows) for said, rows in BODIES.items()}
    report("instructions", counts)


if __name__ == "__main__":
    main()
