"""What a client, a package or a host that behaves badly costs another client.

    python benchmarks/attacks.py [result.json] [only these cases, ...]

Real processes: host, management server, one session server, gateway. Another client, at an address
of its own (127.0.0.2), calls `accountDetail` by REST through the domain at a steady rate: alone, then
while the attack runs. For each case p50 and p99 of both in milliseconds, how many of its calls failed,
and the ratios. The attackers run at the lowest priority (nice 19), since they would be on machines of
their own; what they cost is what the product does for them. The names are those of the reports that
the cases come from. As root case D1 mounts a small file system; otherwise it is left out.
"""

import http.client
import io
import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path

import msgspec
from measure import Load, load_of, report

from sesssrvr.cli.model_files import files_of
from sesssrvr.model.package import build_package
from verdigris.child_process import free_port
from verdigris.wire import Hello, encode
from verdigris_command.demo.fleet import Fleet, Member


EVERY = 0.02
ALONE, BESIDE = 5.0, 8.0
"""Seconds: between calls, and of the two measurements."""

FORK = multiprocessing.get_context("fork")
ROOT = Path(__file__).parent.parent
WHOLE = "/vhi-rs/session/BankPool/accountDetail?AccountNumber=40000002"
LIVE = "/live"
NAMESPACE = "urn:xmlns:attachmate:vhi-ws:BankDemo"
POOL_CHANGES = (
    (b"<max-concurrent-sessions>50<", b"<max-concurrent-sessions>24<"),
    (b"<max-pending-sessions>5<", b"<max-pending-sessions>8<"),
)


# ---- the other client ------------------------------------------------------------------------------


class Client:
    """A client at an address of its own, with one connection."""

    def __init__(self, port: int, path: str = WHOLE) -> None:
        self.port, self.path = port, path
        self.line: http.client.HTTPConnection | None = None

    def call(self) -> bool:
        """Make one call; whether it was answered with 200."""
        try:
            if self.line is None:
                self.line = http.client.HTTPConnection("127.0.0.1", self.port, 30, ("127.0.0.2", 0))
            self.line.request("GET", self.path)
            answer = self.line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.line = None
            return False
        return answer.status == http.HTTPStatus.OK

    def measure(self, seconds: float) -> Load:
        """Call at a steady rate; a call that is late delays the next, as a client's does."""
        took, errors = [], 0
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            errors += not self.call()
            took.append(time.perf_counter() - began)
            time.sleep(max(0.0, EVERY - took[-1]))
        return load_of(took, seconds, errors)


# ---- the attacks -----------------------------------------------------------------------------------


@dataclass
class World:
    """What attackers know: ports and files; and whether somebody still reads the gateway's log."""

    fleet: Fleet
    folder: Path
    unread: Event = field(default_factory=FORK.Event)

    @property
    def gateway(self) -> int:
        """The port of the gateway."""
        return self.fleet.port("gateway")

    def post(self, path: str, body: bytes, kind: str, port: int = 0, **headers: str) -> bytes:
        """Send a request and read the answer, whatever it is."""
        line = http.client.HTTPConnection("127.0.0.1", port or self.gateway, timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request("POST", path, body, {"Content-Type": kind, **names})
        answer = line.getresponse().read()
        line.close()
        return answer


def errors_in_soap(world: World) -> None:
    """S1: messages of 99,000 unknown elements."""
    inside = f"<customerSearchFilters>{'<z/>' * 99_000}</customerSearchFilters>"
    message = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<customerSearch xmlns="{NAMESPACE}">{inside}</customerSearch></e:Body></e:Envelope>'
    ).encode()
    while True:
        world.post("/vhi-ws/session/BankPool", message, "text/xml")


def members_in_json(world: World) -> None:
    """R1: bodies of 300,000 members."""
    body = ('{"filters":{' + ",".join(f'"c{n}":1' for n in range(300_000)) + "}}").encode()
    while True:
        world.post("/vhi-rs/session/BankPool/accountDetail", body, "application/json")


def pipelining(world: World) -> None:
    """P1: twenty connections that send requests ahead."""
    ahead = b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 500
    lines = []
    for _ in range(20):
        line = socket.create_connection(("127.0.0.1", world.gateway))
        line.settimeout(0)
        lines.append(line)
    while True:
        for line in lines:
            with suppress(OSError):
                line.recv(1 << 20)
            with suppress(OSError):
                line.send(ahead)
        time.sleep(0.002)


def waiting(world: World) -> None:
    """C1: as many sessions as one client may keep, then 600 calls that wait for one."""
    path = "/vhi-rs/session/BankPool/rsResourceCreate"
    while b"SessionID" in world.post(path, b"", "", X_Verdigris_ConnectionTimeout="1"):
        pass
    request = (
        b"POST /vhi-rs/session/BankPool/rsResourceCreate HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"X-Verdigris-ConnectionTimeout: 300\r\nContent-Length: 0\r\n\r\n"
    )
    calls = f"GET {WHOLE} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Verdigris-ConnectionTimeout: 300\r\n\r\n"
    lines = [socket.create_connection(("127.0.0.1", world.gateway)) for _ in range(600)]
    for number, line in enumerate(lines):
        line.sendall(request if number % 2 else calls.encode())
    time.sleep(3600)


def leaving(world: World) -> None:
    """A1: a hundred clients a second that leave within 20 ms."""
    request = f"GET {WHOLE} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    while True:
        with socket.create_connection(("127.0.0.1", world.gateway)) as line:
            line.sendall(request)
            time.sleep(random.random() * 0.02)  # noqa: S311 - when a client leaves


def keys(world: World) -> None:
    """K1: calls that are refused, each with an Idempotency-Key of its own."""
    body = json.dumps({"filters": {"AccountNumber": 1}}).encode()
    path = "/vhi-rs/session/BankPool/accountDetail"
    for number in range(10**9):
        world.post(path, body, "application/json", Idempotency_Key=f'"k-{os.getpid()}-{number}"')


def connections(world: World) -> None:
    """N1: one address that opens all the connections it can, again and again."""
    lines: list[socket.socket] = []
    while True:
        with suppress(OSError):
            lines.append(socket.create_connection(("127.0.0.1", world.gateway), 1))
        if len(lines) > 1_900:
            lines[:200] = []


def frames(world: World) -> None:
    """WIRE1: frames of 64 MB before the hello, and peers that ask and do not read."""
    manager = ("127.0.0.1", world.fleet.port("mgmtsrvr"))
    server = ("127.0.0.1", world.fleet.port("vs1"))
    hello = encode(Hello("connector", "x"))
    deaf = []
    for address in (manager, server):
        line = socket.create_connection(address)
        line.sendall(len(hello).to_bytes(4, "big") + hello)
        line.settimeout(0)
        deaf.append(line)
    asks = b"".join(
        len(one).to_bytes(4, "big") + one
        for one in (msgspec.msgpack.encode([2, n, "w", 5000, [4, ""]]) for n in range(2, 500))
    )
    large = (64 * 1024 * 1024 - 1).to_bytes(4, "big") + b"\0" * 1_000_000
    while True:
        for line in deaf:
            with suppress(OSError):
                line.send(asks)
        for address in (manager, server):
            with suppress(OSError), socket.create_connection(address, 1) as line:
                line.sendall(large)
        time.sleep(0.01)


def talkative(world: World) -> None:
    """HH: six sessions at a host that sends line feeds and colours at full speed."""
    listening = socket.create_server(("127.0.0.1", 0))
    files = files_of(ROOT / "examples" / "Calendar")
    port = str(listening.getsockname()[1]).encode()
    files["model/model.xml"] = files["model/model.xml"].replace(b'"2323"', b'"' + port + b'"')
    pool = files["deploy/deploy_desc.xml"]
    for old, new in ((b"initial-idle-sessions>1<", b"initial-idle-sessions>6<"),
                     (b"concurrent-sessions>5<", b"concurrent-sessions>6<"),
                     (b"pending-sessions>2<", b"pending-sessions>6<"),
                     (b"max-idle-sessions>2<", b"max-idle-sessions>6<")):  # fmt: skip
        pool = pool.replace(old, new)
    files["deploy/deploy_desc.xml"] = pool
    (world.fleet.folder / "vs1" / "deploy" / "Calendar.zip").write_bytes(build_package(files))
    listening.settimeout(0)
    flood = (b"\x1b[31m\x1b[5;5H" + b"\r\n" * 40 + b"x" * 200) * 200
    lines: list[socket.socket] = []
    while True:
        with suppress(BlockingIOError):
            line, _ = listening.accept()
            line.settimeout(0)
            lines.append(line)
        for line in lines:
            with suppress(OSError):
                line.send(flood)
        time.sleep(0.0005)


def package_bomb(world: World) -> None:
    """Z1: a package of 0.3 MB that is 250 MB unpacked, again and again."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files_of(ROOT / "examples" / "BankDemo").items():
            made.writestr(name, data)
        for number in range(8):
            made.writestr(f"model/entities/b{number}.xml", b"<a>" + b"<b/>" * 7_700_000 + b"</a>")
    api = world.fleet.port("api")
    while True:
        world.post("/servers/vs1/deploy", out.getvalue(), "application/zip", api)


def large_packages(world: World) -> None:
    """Z1: an ordinary package of 400 entities, deployed again and again."""
    files = files_of(ROOT / "examples" / "BankDemo")
    entity = files["model/entities/LoanCalculator.xml"]
    name = files["model/model.xml"].replace(b'name="BankDemo"', b'name="Large"')
    files = {**files, "model/model.xml": name}
    for descriptor in [it for it in files if it.startswith("deploy/")]:
        del files[descriptor]
    for number in range(400):
        copy = entity.replace(b"LoanCalculator", f"Copy{number}".encode())
        copy = copy.replace(b">BNK090<", f">C{number:05}<".encode())
        files[f"model/entities/Copy{number}.xml"] = copy
    package = build_package(files)
    api = world.fleet.port("api")
    while True:
        world.post("/servers/vs1/deploy", package, "application/zip", api)


def installations(world: World) -> None:
    """Z1: an installation of 10,000 session servers, put again and again."""
    url = f"{world.fleet.api}/installation"
    with urllib.request.urlopen(url, timeout=20) as found:
        text = found.read()
    more = "".join(
        f'<session-server name="more{n}" address="192.0.2.1:{n + 1}" state="maintenance"/>'
        for n in range(10_000)
    ).encode()
    large = text.replace(b"</session-servers>", more + b"</session-servers>")
    while True:
        for body in (large, large.replace(b"192.0.2.1", b"192.0.2.2")):
            request = urllib.request.Request(url, body, method="PUT")
            request.add_header("If-Match", "*")
            request.add_header("Content-Type", "application/xml")
            with suppress(OSError), urllib.request.urlopen(request, timeout=60) as found:
                found.read()


def stuck_file(world: World) -> None:
    """F1: a watched file that is a FIFO, which nobody writes."""
    path = world.fleet.folder / "plugin-cfg.xml"
    kept = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    time.sleep(BESIDE)
    path.unlink()
    path.write_bytes(kept)
    time.sleep(3600)


def unread_log(world: World) -> None:
    """L1: requests for the log of a gateway, a pipe that nobody reads any more."""
    world.unread.set()
    line = http.client.HTTPConnection("127.0.0.1", world.gateway, timeout=60)
    while True:
        line.request("GET", "/live")
        line.getresponse().read()
        time.sleep(0.002)


def full_folder(world: World) -> None:
    """D1: bodies that need the temporary folder, which is full."""
    with suppress(OSError), (world.folder / "tmp" / "full").open("wb") as file:
        while True:
            file.write(b"\0" * 65_536)
    body = b'{"filters":{"AccountNumber":"' + b"4" * 1_000_000 + b'"}}'
    while True:
        with suppress(OSError, http.client.HTTPException):
            world.post("/vhi-rs/session/BankPool/accountDetail", body, "application/json")


CASES: dict[str, tuple[Callable[[World], None], int]] = {
    "S1 errors in SOAP": (errors_in_soap, 1),
    "R1 members in JSON": (members_in_json, 1),
    "P1 pipelining": (pipelining, 1),
    "C1 sessions kept and calls that wait": (waiting, 1),
    "A1 clients that leave": (leaving, 2),
    "K1 Idempotency-Keys": (keys, 1),
    "N1 connections": (connections, 1),
    "WIRE1 frames before hello, peers that do not read": (frames, 1),
    "HH talkative host": (talkative, 1),
    "Z1 package that unpacks to 250 MB": (package_bomb, 1),
    "Z1 large packages": (large_packages, 1),
    "Z1 large installations": (installations, 1),
    "F1 watched file that hangs": (stuck_file, 1),
    "L1 log that nobody reads": (unread_log, 1),
    "D1 temporary folder that is full": (full_folder, 1),
}
"""Name of a case -> what each of its attackers does until it is ended, and how many there are."""


# ---- measuring -------------------------------------------------------------------------------------


def _attacker(attack: Callable[[World], None], world: World) -> None:
    os.nice(19)
    while True:
        with suppress(OSError, http.client.HTTPException):
            attack(world)


@contextmanager
def attacked(attack: Callable[[World], None], number: int, world: World) -> Iterator[None]:
    """The attack runs."""
    running = [FORK.Process(target=_attacker, args=(attack, world)) for _ in range(number)]
    for one in running:
        one.start()
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.join()


@contextmanager
def small_folder(folder: Path, *, wanted: bool) -> Iterator[bool]:
    """A file system of 8 MB as the temporary folder of the parts, as far as we may mount one."""
    place = folder / "tmp"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(place)]
    mounted = (
        wanted
        and os.getuid() == 0
        and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    )
    before = os.environ.get("TMPDIR")
    if mounted:
        os.environ["TMPDIR"] = str(place)
    try:
        yield mounted
    finally:
        os.environ.pop("TMPDIR", None)
        if before is not None:
            os.environ["TMPDIR"] = before
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)


@contextmanager
def piped_log(world: World, *, wanted: bool) -> Iterator[None]:
    """The gateway's log as a pipe that is read until somebody says no more."""
    if not wanted:
        yield
        return
    path = world.fleet.folder / "gateway.log"
    os.mkfifo(path)
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    over = threading.Event()

    def read() -> None:
        while not over.wait(0.01):
            with suppress(BlockingIOError):
                while not world.unread.is_set():
                    os.read(pipe, 1 << 16)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()
        os.close(pipe)


def package() -> bytes:
    """BankDemo with a pool of 24 sessions."""
    files = files_of(ROOT / "examples" / "BankDemo")
    pool = files["deploy/deploy_desc.xml"]
    for old, new in POOL_CHANGES:
        pool = pool.replace(old, new)
    return build_package({**files, "deploy/deploy_desc.xml": pool})


def shown(before: Load, beside: Load) -> dict[str, object]:
    """The figures of one case."""
    return {
        "alone": {"p50": round(before.p50, 2), "p99": round(before.p99, 2)},
        "beside": {"p50": round(beside.p50, 2), "p99": round(beside.p99, 2)},
        "calls": beside.calls,
        "failed": beside.errors,
        "ratio p50": round(beside.p50 / before.p50, 2),
        "ratio p99": round(beside.p99 / before.p99, 2),
    }


def case(name: str, attack: Callable[[World], None], number: int) -> dict[str, object] | None:
    """The figures of one case, in an installation of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        small_folder(Path(folder), wanted=(full := attack is full_folder)) as mounted,
    ):
        if full and not mounted:
            return None
        fleet = Fleet(
            Path(folder) / "fleet",
            package(),
            members=(Member("vs1", 100, 1),),
            host=("hostemul", "bank", "--motd-rate", "0"),
            limits={"concurrent": "60", "pending": "12"},
            ports={"api": free_port()},
            plugin={"accessLog": "true"} if attack is unread_log else {},
        )
        fleet.folder.mkdir()
        world = World(fleet, Path(folder))
        with fleet, piped_log(world, wanted=attack is unread_log):
            fleet.start()
            client = Client(world.gateway)
            ready = time.monotonic() + 60
            while not client.call():
                if time.monotonic() > ready:
                    raise SystemExit(f"{name}: no answer within a minute")
                time.sleep(0.1)
            client.measure(2.0)  # until its pool is warm
            before = client.measure(ALONE)
            with attacked(attack, number, world):
                time.sleep(1.0)
                beside = client.measure(BESIDE)
            return shown(before, beside)


def main() -> None:
    chosen = sys.argv[2:]
    results: dict[str, object] = {}
    for name, (attack, number) in CASES.items():
        if not chosen or any(name.startswith(wanted) for wanted in chosen):
            found = case(name, attack, number)
            results[name] = found or "left out: it needs a file system of its own"
            print(name, found, file=sys.stderr, flush=True)
    report("attacks", {"load average": os.getloadavg(), **results})


if __name__ == "__main__":
    main()
