"""Three etcd members as processes on loopback."""

import os
import shutil
import signal
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from verdigris.child_process import free_port


TUNED = ("--heartbeat-interval", "50", "--election-timeout", "500")
"""Timers for which the bars of the cluster are measured: an election takes 0.7 s."""


def etcd_program() -> str | None:
    """The server: ETCD_BIN, or etcd on the PATH."""
    return os.environ.get("ETCD_BIN") or shutil.which("etcd")


def need_etcd() -> None:
    """Skip the test where there is no etcd; in CI it has to be there."""
    if etcd_program() is None:
        if os.environ.get("CI"):
            pytest.fail("etcd is not installed, and CI must not skip it")
        pytest.skip("etcd is not installed (Debian: apt-get install etcd-server etcd-client)")


class EtcdCluster:
    """Three members; each can be killed, frozen and started again.

    processes: by name, n1 to n3.
    advertised: the ports (of clients, of peers) by which members are found, if these are not their
        own (a proxy in between); before the start.
    """

    def __init__(
        self,
        folder: Path,
        members: int = 3,
        options: tuple[str, ...] = TUNED,
        tls: ssl.SSLContext | None = None,
    ):
        self.tls = tls
        self.folder = folder
        self.ports = {f"n{i + 1}": (free_port(), free_port()) for i in range(members)}
        self.advertised = dict(self.ports)
        self.options = options
        self.processes: dict[str, subprocess.Popen] = {}

    @property
    def scheme(self) -> str:
        return "https" if self.tls else "http"

    @property
    def endpoints(self) -> list[str]:
        return [f"{self.scheme}://127.0.0.1:{client}" for client, _ in self.advertised.values()]

    def start(self) -> "EtcdCluster":
        for name in self.ports:
            self.start_member(name)
        self.ready()
        return self

    def start_member(self, name: str) -> None:
        client = f"{self.scheme}://127.0.0.1:{self.ports[name][0]}"
        peer = f"http://127.0.0.1:{self.ports[name][1]}"
        found_at = f"{self.scheme}://127.0.0.1:{self.advertised[name][0]}"
        peers = {n: f"http://127.0.0.1:{p}" for n, (_, p) in self.advertised.items()}
        cluster = ",".join(f"{n}={at}" for n, at in peers.items())
        program = etcd_program()
        assert program is not None
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [
                    program, "--name", name, "--data-dir", str(self.folder / name),
                    "--listen-client-urls", client, "--advertise-client-urls", found_at,
                    "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peers[name],
                    "--initial-cluster", cluster, "--initial-cluster-state", "new", "--pre-vote",
                    "--experimental-watch-progress-notify-interval", "1s", *self.options,
                ],
                stdout=log, stderr=log,
            )  # fmt: skip

    def ready(self, seconds: float = 20.0) -> None:
        """Wait until a write is answered."""
        end = time.monotonic() + seconds
        own = [f"{self.scheme}://127.0.0.1:{client}" for client, _ in self.ports.values()]
        while not any(self._writes(url) for url in own):
            assert time.monotonic() < end, "etcd does not come up"
            time.sleep(0.05)

    def _writes(self, url: str) -> bool:
        try:
            with urllib.request.urlopen(  # noqa: S310 - ours
                f"{url}/v3/kv/put", b'{"key":"YQ==","value":"Yg=="}', 2, context=self.tls
            ) as answer:
                return answer.status == 200
        except OSError:
            return False

    def leader(self) -> str:
        """The name of the member that leads."""
        for name, (port, _) in self.ports.items():
            if self.processes[name].poll() is not None:
                continue
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", None, 2) as answer:
                    if b"\netcd_server_is_leader 1\n" in answer.read():
                        return name
            except OSError:
                continue
        raise AssertionError("no member leads")

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait(10)

    def freeze(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGCONT)

    def close(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
        for process in self.processes.values():
            process.wait(10)
