"""A load of HTTP requests from one process that uses as little CPU for each as Python can.

    python benchmarks/blast.py PORT PATH BODY-FILE SECONDS CONNECTIONS CORES

Prints JSON: calls, seconds, bytes of the last reply, statuses. One request at a time on each
keep-alive connection; cores like 1 or 0,1.
"""

import json
import os
import re
import selectors
import socket
import sys
import time
from collections import Counter
from pathlib import Path


ACTION = "urn:xmlns:attachmate:vhi-ws:BankDemo:customerSearch"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def whole(data: bytes) -> bool:
    """Whether a reply is complete: by its length, or by the last chunk."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = LENGTH.search(data, 0, head)
    return len(data) >= head + 4 + int(length[1]) if length else data.endswith(b"0\r\n\r\n")


def blast(port: int, request: bytes, seconds: float, connections: int) -> dict[str, object]:
    looking = selectors.DefaultSelector()
    for _ in range(connections):
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        looking.register(line, selectors.EVENT_READ, bytearray())
        line.sendall(request)
    calls, size, statuses = 0, 0, Counter[str]()
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        for key, _ in looking.select(5):
            got, line = key.data, key.fileobj
            got += line.recv(262_144)  # type: ignore[union-attr] # a socket
            if whole(got):
                calls, size = calls + 1, len(got)
                statuses[got[9:12].decode()] += 1
                got.clear()
                line.sendall(request)  # type: ignore[union-attr] # as above
    return {"calls": calls, "seconds": took, "bytes": size, "statuses": dict(statuses)}


def main() -> None:
    port, path, file, seconds, connections, cores = sys.argv[1:]
    os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    body = Path(file).read_bytes()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/xml\r\n"
        f'SOAPAction: "{ACTION}"\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    print(json.dumps(blast(int(port), head.encode() + body, float(seconds), int(connections))))


if __name__ == "__main__":
    main()
