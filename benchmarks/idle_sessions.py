"""Memory of an idle pooled session, beside a process of s3270 with the same host.

    python benchmarks/idle_sessions.py [result.json]

A session server with a pool of 500 sessions of BankDemo waiting at the sign-on, against the same
server with none; the difference of its private memory, divided by 500. Baseline: 20 processes of
Debian's s3270 connected to the same bank, their private memory.
"""

import json
import re
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from measure import memory, report

from sesssrvr.cli.model_files import files_of
from sesssrvr.model.package import build_package
from verdigris_command.demo.demo import until
from verdigris_command.demo.fleet import Fleet, Member


SESSIONS = 500
PEERS = 20
EXAMPLE = Path(__file__).parents[1] / "examples" / "BankDemo"


def package(sessions: int) -> bytes:
    """BankDemo with one pool, which waits at the sign-on and so needs no users."""
    pool = (
        '<pool-configuration name="SignOnPool"><startup-entity>SignOn</startup-entity>'
        f"<max-concurrent-sessions>{max(1, sessions)}</max-concurrent-sessions>"
        f"<initial-idle-sessions>{sessions}</initial-idle-sessions>"
        f"<min-idle-sessions>{sessions}</min-idle-sessions>"
        f"<max-idle-sessions>{max(1, sessions)}</max-idle-sessions>"
        "<max-pending-sessions>50</max-pending-sessions></pool-configuration>"
    )
    files = files_of(EXAMPLE)
    name = "deploy/deploy_desc.xml"
    text = re.sub(r"(?s)<pool-configuration.*</pool-configuration>", pool, files[name].decode())
    return build_package({**files, name: text.encode()})


def idle(fleet: Fleet) -> int:
    with urllib.request.urlopen(f"{fleet.api}/pools", timeout=5) as answer:
        return sum(pool["idle"] for pool in json.load(answer))


def private(sessions: int) -> int:
    """KiB of private memory of a session server with so many idle sessions."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Fleet(Path(folder), package(sessions), members=(Member("vs1", 100, 1),)) as fleet,
    ):
        for name in ("host", "mgmtsrvr", "vs1"):
            fleet.start_part(name)
        until(lambda: idle(fleet) == sessions, 120, f"{sessions} sessions are idle")
        found = memory(fleet["vs1"].pid)["private"]
        if sessions:
            found_s3270.append(s3270(fleet.port("host")))
        return found


found_s3270: list[int] = []


def s3270(port: int) -> int:
    """KiB of private memory of one s3270 connected to the bank."""
    peers = [
        subprocess.Popen(
            ["s3270", "-model", "3279-2-E", "-codepage", "cp037", f"127.0.0.1:{port}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(PEERS)
    ]  # fmt: skip
    try:
        for peer in peers:
            assert peer.stdin is not None
            assert peer.stdout is not None
            peer.stdin.write("Wait(10,InputField)\n")
            peer.stdin.flush()
            while peer.stdout.readline().strip() not in {"ok", "error"}:
                pass
        return sum(memory(peer.pid)["private"] for peer in peers) // PEERS
    finally:
        for peer in peers:
            peer.kill()
            peer.wait()


def main() -> None:
    empty, full = private(0), private(SESSIONS)
    each = (full - empty) / SESSIONS
    report(
        "idle_sessions",
        {
            "session server without sessions, KiB": empty,
            f"with {SESSIONS} idle sessions, KiB": full,
            "KiB per idle session": round(each, 1),
            "KiB per s3270 process": found_s3270[0],
            "s3270 / ours": round(found_s3270[0] / each, 1),
        },
    )


if __name__ == "__main__":
    main()
