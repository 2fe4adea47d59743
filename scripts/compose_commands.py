"""The compose file's commands, run without a container engine: python scripts/compose_commands.py.

Each service runs in a network namespace of its own, with its address and the names of the others, as a
container would; its volumes and secrets are folders below a temporary one. Order and health checks are
those of the file. Then a package is deployed inside m1 and called through both gateways, and services
are stopped and started again. Needs root, ip, etcd. Prints what it sees, and takes a minute or two.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

import yaml


ROOT: Final = Path(__file__).parents[1]
FILE: Final = ROOT / "deploy" / "compose" / "compose.yaml"
HEALTH: Final = ROOT / "deploy" / "container" / "health.py"
VERDIGRIS: Final = str(Path(sys.executable).with_name("verdigris"))
TAG: Final = f"vc{os.getpid() % 10_000}"
PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - of this run alone
SESSION_SERVERS: Final = 3
"""Of the file."""

WITHIN: Final = 120.0
"""Seconds for a service to become healthy, and for the first call."""

Service = dict[str, Any]


def run(*command: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """A command that has to succeed."""
    return subprocess.run(command, check=True, text=True, timeout=120, **how)


class Network:
    """One bridge in a namespace of its own, and a namespace for each service."""

    def __init__(self, names: list[str], folder: Path) -> None:
        self.addresses = {name: f"10.77.0.{at}" for at, name in enumerate(names, 2)}
        self._hosts = folder / "hosts"
        listed = [f"{address} {name}" for name, address in self.addresses.items()]
        self._hosts.write_text("\n".join(["127.0.0.1 localhost", *listed, ""]))
        self._made: list[str] = []

    def __enter__(self) -> Self:
        hub = self._add("hub")
        run("ip", "-n", hub, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", hub, "link", "set", "br0", "up")
        for at, (name, address) in enumerate(self.addresses.items()):
            space = self._add(name)
            port = f"p{at}"
            run(
                "ip", "-n", hub, "link", "add", port, "type", "veth", "peer", "eth0", "netns", space
            )
            run("ip", "-n", hub, "link", "set", port, "master", "br0", "up")
            run("ip", "-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
            run("ip", "-n", space, "link", "set", "eth0", "up")
            run("ip", "-n", space, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for space in self._made:
            subprocess.run(("ip", "netns", "del", space), check=False, timeout=30)

    def inside(self, name: str, *command: str) -> list[str]:
        """A command as it runs in the container of a service: its network, its names."""
        start = f'mount --bind {self._hosts} /etc/hosts && exec "$@"'
        return ["ip", "netns", "exec", f"{TAG}-{name}", "sh", "-c", start, "sh", *command]

    def _add(self, name: str) -> str:
        space = f"{TAG}-{name}"
        run("ip", "netns", "add", space)
        self._made.append(space)
        return space


class Compose:
    """The services of the file, as processes.

    Args:
        folder: of volumes, secrets and logs.
    """

    def __init__(self, folder: Path) -> None:
        self.services: dict[str, Service] = yaml.safe_load(FILE.read_text())["services"]
        self.folder = folder
        self.network = Network([*self.services], folder)
        self.processes: dict[str, subprocess.Popen[str]] = {}
        (folder / "secrets").mkdir()
        (folder / "secrets" / "admin-password").write_text(PASSWORD + "\n")

    def up(self) -> None:
        """Start every service once those that it depends on are as it says."""
        waiting = [*self.services]
        while waiting:
            for name in [it for it in waiting if self._may_start(it)]:
                waiting.remove(name)
                self.start(name)
            time.sleep(0.2)
        for name in self.services:
            until(lambda n=name: self.healthy(n), f"{name} is healthy")

    def start(self, name: str) -> None:
        """Start a service with the command of the file."""
        said = self.services[name]
        command = [VERDIGRIS, *said["command"]] if "command" in said else ["etcd"]
        environment = {**said.get("environment", {})}
        shown = self._places(name, command)
        own = {key: self._place(name, str(it)) for key, it in environment.items()}
        with (self.folder / f"{name}.log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                self.network.inside(name, *shown), stdout=log, stderr=log, text=True,
                stdin=subprocess.DEVNULL, env={**os.environ, **own}, cwd=self.folder,
            )  # fmt: skip

    def stop(self, name: str) -> int:
        """Stop it as `docker stop` does."""
        self.processes[name].send_signal(signal.SIGTERM)
        return self.processes[name].wait(60)

    def down(self) -> None:
        """End everything."""
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
        for process in self.processes.values():
            process.wait(30)

    def healthy(self, name: str) -> bool:
        """Whether its health check succeeds, and it runs."""
        if name not in self.processes or self.processes[name].poll() is not None:
            return False
        said = self.services[name].get("environment", {})
        url = str(said.get("VERDIGRIS_HEALTH", "http://127.0.0.1:9680/live"))
        if "command" not in self.services[name] or not url:
            return True
        asked = self.network.inside(name, sys.executable, str(HEALTH))
        found = subprocess.run(
            asked,
            check=False,
            capture_output=True,
            timeout=30,
            env={**os.environ, "VERDIGRIS_HEALTH": url},
        )
        return found.returncode == 0

    def exec(self, name: str, *command: str, **environment: str) -> str:
        """What `docker compose exec NAME verdigris ...` prints."""
        shown = self._places(name, [VERDIGRIS, *command])
        found = subprocess.run(
            self.network.inside(name, *shown), check=False, capture_output=True, text=True, timeout=120,
            env={**os.environ, "VERDIGRIS_LOGINS": str(self.folder / "logins.json"), **environment},
            cwd=self.folder,
        )  # fmt: skip
        if found.returncode:
            raise SystemExit(f"{name}: verdigris {' '.join(command)}\n{found.stdout}{found.stderr}")
        return found.stdout

    def _may_start(self, name: str) -> bool:
        needed = self.services[name].get("depends_on", {})
        conditions = dict(needed) if isinstance(needed, dict) else dict.fromkeys(needed)
        return all(
            self.healthy(other) if how else other in self.processes
            for other, how in conditions.items()
        )

    def _places(self, name: str, command: list[str]) -> list[str]:
        return [self._place(name, it) for it in command]

    def _place(self, name: str, text: str) -> str:
        """A path in the container as a path of the folder that is mounted there."""
        for volume in self.services[name].get("volumes", ()):
            source, target, *_ = str(volume).split(":")
            if text == target or text.startswith(f"{target}/"):
                made = self.folder / source
                made.mkdir(exist_ok=True)
                return str(made) + text[len(target) :]
        return text.replace("/run/secrets/", f"{self.folder}/secrets/")


def until(holds: Any, what: str) -> Any:
    """Poll until it holds."""
    end = time.monotonic() + WITHIN
    while not (found := holds()):
        if time.monotonic() > end:
            raise SystemExit(f"waited {WITHIN:g} seconds in vain: {what}")
        time.sleep(0.2)
    return found


def seen(compose: Compose) -> Iterator[str]:
    """What is seen, step by step."""
    began = time.monotonic()
    compose.up()
    yield f"{len(compose.services)} services are healthy after {time.monotonic() - began:.0f} s"
    at, trust = "https://127.0.0.1:8095", f"{compose.folder}/m1/m1/identity/authorities.pem"
    compose.exec(
        "m1", "login", "--user", "admin", "--api", at, "--trust", trust,
        "--password-file", "/run/secrets/admin-password",
    )  # fmt: skip
    until(
        lambda: compose.exec("m1", "servers").count("online") >= SESSION_SERVERS,
        "three session servers are online",
    )
    yield compose.exec("m1", "parts").rstrip()
    compose.exec("m1", "sample", "BankDemo", f"{compose.folder}/bank")
    compose.exec("m1", "package", f"{compose.folder}/bank", "-o", f"{compose.folder}/bank.zip")
    yield compose.exec("m1", "deploy", f"{compose.folder}/bank.zip", "--all").rstrip()
    for gateway in ("gw1", "gw2"):
        yield f"{gateway}: {until(lambda g=gateway: called(compose, g), f'a call through {gateway}')}"
    for name in ("m1", "vs1", "gw1"):
        yield f"{name} stopped with status {compose.stop(name)}, and is started again"
        compose.start(name)
    for name in ("m1", "vs1", "gw1"):
        until(lambda n=name: compose.healthy(n), f"{name} is healthy again")
    yield f"gw1: {until(lambda: called(compose, 'gw1'), 'a call after the restarts')}"


def called(compose: Compose, gateway: str) -> str:
    """A call over REST through a gateway, from another container; "" while it fails."""
    url = f"http://{gateway}:9680/vhi-rs/session/BankPool/customerSearch?LastName=ABERNATHY"
    asked = compose.network.inside("host", "curl", "-s", "-m", "20", "-w", " %{http_code}", url)
    found = subprocess.run(asked, check=False, capture_output=True, text=True, timeout=60).stdout
    return found[:200] if found.endswith(" 200") else ""


def main() -> None:
    """Bring everything up, say what is seen, and take it down, also when this is asked to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="compose-") as folder:
        compose = Compose(Path(folder))
        with compose.network:
            try:
                for line in seen(compose):
                    print(line, flush=True)
            finally:
                compose.down()


if __name__ == "__main__":
    main()
