"""The process itself, over real sockets: started, asked, its session servers killed and frozen."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec
import pytest

from tests.support.lines import next_line
from verdigris.wire import Allocate, Answer, Call, Failure, Hello, decode, encode


pytestmark = pytest.mark.processes

SERVER = '''
"""A session server that grants everything, as a process that can be killed and frozen."""
import sys
from twisted.internet import defer, reactor, task
from verdigris.link import Dialer
from verdigris.values import Endpoint
from verdigris.wire import *

name, port = sys.argv[1], int(sys.argv[2])
STATUS = Status("boot-" + name, maximum=9)

class Handler:
    def hello(self, link, peer): pass
    def told(self, link, notice): pass
    def closed(self, link, reason): pass
    async def handle(self, call):
        if isinstance(call.body, Reserve):
            return Reserved(name + "~00000001", "claim", 10.0)
        return StatusIs(STATUS) if isinstance(call.body, GetStatus) else Done()

async def main():
    me = Hello("session server", name, "test", "boot-" + name)
    link = await Dialer(reactor, me, Handler()).to(Endpoint("127.0.0.1", port))
    said = Register(name, "test", "127.0.0.1:1", (Offer("model", "M", "M", "x"),), STATUS)
    registered = await link.call(said, request_id="r", seconds=5)
    task.LoopingCall(lambda: link.tell(Heartbeat(STATUS))).start(registered.heartbeat)
    print("registered", flush=True)

defer.Deferred.fromCoroutine(main()).addErrback(lambda f: (print(f, flush=True), reactor.stop()))
reactor.run()
'''


class Management:
    """A management server process."""

    def __init__(self, folder: Path, *options: str):
        self.file = folder / "installation.xml"
        self.log = (folder / "log").open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mgmtsrvr", "--installation", self.file, "--port", "0",
             "--api-port", "0", *options],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.line = next_line(self.process)
        found = re.fullmatch(
            r"mgmtsrvr listening on 127\.0\.0\.1:(\d+), api on 127\.0\.0\.1:(\d+)\n", self.line
        )
        assert found, self.line
        self.port, self.api = int(found[1]), int(found[2])
        self.children: list[subprocess.Popen] = []

    def get(self, path: str):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.api}{path}", timeout=30) as answer:
            return json.loads(answer.read())

    def join(self, name: str) -> subprocess.Popen:
        child = subprocess.Popen(
            [sys.executable, "-c", SERVER, name, str(self.port)], stdout=subprocess.PIPE, text=True
        )
        self.children.append(child)
        assert child.stdout is not None
        assert next_line(child) == "registered\n"
        return child

    def state(self, name: str) -> str:
        return self.get(f"/servers/{name}")["state"]

    def until(self, name: str, state: str, seconds: float) -> float:
        """Seconds until a server is in this state; fails after so many."""
        started = time.monotonic()
        while self.state(name) != state:
            waited = time.monotonic() - started
            assert waited < seconds, f"{name} is {self.state(name)} after {waited:.2f} s"
            time.sleep(0.002)
        return time.monotonic() - started

    def ready(self) -> None:
        """Wait until it is no longer warming."""
        deadline = time.monotonic() + 30
        while self.get("/version")["warming"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> int:
        for child in self.children:
            child.kill()
            child.wait(60)
            child.stdout.close()
        self.process.terminate()
        status = self.process.wait(10)
        self.process.stdout.close()
        self.log.close()
        return status


@pytest.fixture
def management(tmp_path, make):
    (tmp_path / "installation.xml").write_bytes(make.xml([("A", 80), ("B", 20), ("C", 100, 2)]))
    it = Management(tmp_path)
    yield it
    it.stop()


class Client:
    """A client of the wire protocol in blocking code: 4 bytes of length, then MessagePack."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.send(Hello("connector", "test"))
        self.receive()
        self.number = 0

    def send(self, frame) -> None:
        data = encode(frame)
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def receive(self):
        data = b""
        while len(data) < 4 or len(data) < 4 + struct.unpack(">I", data[:4])[0]:
            more = self.socket.recv(65536)
            assert more, "the management server closed the connection"
            data += more
        return decode(data[4:])

    def allocate(self):
        self.number += 1
        wanted = Allocate("d", "model", "M", "bob", "pc")
        self.send(Call(self.number, f"r{self.number}", 5000, wanted))
        while not isinstance(frame := self.receive(), Answer | Failure):
            pass
        return frame.body if isinstance(frame, Answer) else frame.error()

    def close(self) -> None:
        self.socket.close()


def test_it_prints_one_line_and_ends_cleanly(tmp_path, make):
    (tmp_path / "installation.xml").write_bytes(make.xml([("A", 1)]))
    it = Management(tmp_path)
    rest = it.process.stdout
    assert it.get("/live")["status"] == "yes"
    it.process.terminate()
    assert rest.read() == ""
    assert it.stop() == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_killed_session_server_is_noticed_at_once(management):
    child = management.join("A")
    assert management.state("A") == "online"
    child.kill()
    management.until("A", "offline", 1.2)  # silence would take 1.5 seconds
    assert management.get("/servers/A")["reason"].startswith("connection lost")


def test_a_frozen_one_in_under_two_seconds_and_it_comes_back(management):
    child = management.join("A")
    os.kill(child.pid, signal.SIGSTOP)
    try:
        assert management.until("A", "offline", 10.0) > 0.9
        # Its own measure: what this test sees later is this machine's.
        assert management.get("/servers/A")["reason"].startswith("no heartbeat for 1.")
    finally:
        os.kill(child.pid, signal.SIGCONT)
    management.until("A", "online", 10.0)


def test_a_frozen_one_that_is_asked_costs_one_ask_timeout_and_is_suspect(management):
    frozen, _ = management.join("A"), management.join("C")
    management.ready()
    client = Client(management.port)
    os.kill(frozen.pid, signal.SIGSTOP)
    try:

        def took():
            started = time.monotonic()
            assert client.allocate().server == "C"
            return time.monotonic() - started

        assert 0.35 < took() < 3.0
        assert management.state("A") == "suspect"
        assert min(took() for _ in range(3)) < 0.35  # the quickest: the machine may be busy
    finally:
        os.kill(frozen.pid, signal.SIGCONT)
        client.close()


def test_no_allocation_is_lost_while_a_server_is_killed_and_comes_back(management):
    first, _ = management.join("A"), management.join("B")
    client = Client(management.port)
    granted = [client.allocate().server for _ in range(150)]
    assert set(granted) == {"A", "B"}  # of 80 to 20: 30 draws would be all A's once in 800 runs
    first.kill()
    assert {client.allocate().server for _ in range(20)} == {"B"}
    management.join("A")
    assert "A" in {client.allocate().server for _ in range(30)}
    client.close()


def test_a_stopped_management_server_takes_no_server_offline_for_its_own_pause(management):
    management.join("A")
    os.kill(management.process.pid, signal.SIGSTOP)
    time.sleep(2.2)  # longer than the patience of 1.5 s: the sleep is what is tested
    os.kill(management.process.pid, signal.SIGCONT)
    assert management.state("A") == "online"
    assert Path(management.log.name).read_text().count("is offline") == 0


def test_an_edit_of_the_file_is_in_force_without_a_restart(management, make):
    management.join("C")
    management.ready()
    management.file.write_bytes(make.xml([("B", 100), ("C", 100, 2)]))
    deadline = time.monotonic() + 30
    while len(management.get("/domains/d")["members"]) != 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    management.file.write_bytes(b"<broken")
    deadline = time.monotonic() + 30
    while not management.get("/ready")["problems"]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert management.get("/domains/d/can-serve?model=M")["status"] == "yes"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--installation", "none.xml"], "No such file or directory"),
        (["--config", "none.xml"], "No such file or directory"),
        (["--listen", "a b"], "is not a valid address"),
    ],
)
def test_an_error_at_the_start_is_one_line(tmp_path, arguments, said):
    ran = subprocess.run(
        [sys.executable, "-m", "mgmtsrvr", "--port", "0", "--api-port", "0", *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert ran.returncode == 78
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_a_port_in_use_is_a_sentence(tmp_path, make):
    (tmp_path / "installation.xml").write_bytes(make.xml([("A", 1)]))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = subprocess.run(
            [sys.executable, "-m", "mgmtsrvr", "--installation", tmp_path / "installation.xml",
             "--port", str(taken.getsockname()[1]), "--api-port", "0"],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
    assert ran.returncode != 0
    assert "in use" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_same_seed_draws_the_same(tmp_path, make):
    orders = []
    for run in range(2):
        folder = tmp_path / str(run)
        folder.mkdir()
        (folder / "installation.xml").write_bytes(make.xml([("A", 50), ("B", 50)]))
        it = Management(folder, "--rng-seed", "42")
        it.join("A")
        it.join("B")
        client = Client(it.port)
        orders.append([client.allocate().server for _ in range(40)])
        client.close()
        it.stop()
    assert orders[0] == orders[1]
    assert len(set(orders[0])) == 2


@pytest.mark.parametrize("sample", ["config", "installation"])
def test_samples_are_printed(sample):
    ran = subprocess.run(
        [sys.executable, "-m", "mgmtsrvr", "--sample", sample],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    assert ran.stdout.startswith("<?xml")
    assert msgspec.json.encode(ran.stdout)
