"""Several workers: the parent's decisions in memory, and real processes behind one port."""

import http.client
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from gateway.__main__ import main
from gateway.workers.supervisor import BEAT, LEAVE_WITHIN, PAUSES, SILENT, STEADY, Workers, pause
from verdigris.child_process import NotStarted, Process


class Reactor(Clock):
    """A reactor whose processes are only noted."""

    def __init__(self) -> None:
        super().__init__()
        self.spawned: list[Any] = []
        self.signals: list[tuple[int, str]] = []
        self.stopped = False

    def spawnProcess(self, protocol: Any, program: str, arguments: list[str], **more: Any) -> None:  # noqa: N802 - Twisted's name
        pid = 1_000 + len(self.spawned)
        protocol.transport = SimpleNamespace(
            pid=pid, signalProcess=lambda name: self.signals.append((protocol.number, name))
        )
        self.spawned.append(
            SimpleNamespace(protocol=protocol, pid=pid, arguments=arguments, **more)
        )

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def dead() -> list[int]:
    return []


@pytest.fixture
def workers(reactor: Reactor, dead: list[int]) -> Workers:
    """Three workers, not started."""
    return Workers(
        reactor, ["gateway", "--worker"], lambda number: [7 * number, 8], 3, {"A": "b"}, dead.append
    )


@pytest.fixture
def running(reactor: Reactor, workers: Workers) -> Workers:
    workers.start()
    for place in range(3):
        reactor.spawned[place].protocol.outReceived(b"ready\n")
    return workers


def end(spawned: Any, **how: Any) -> None:
    spawned.protocol.processEnded(Failure(ProcessTerminated(**how) if how else ProcessDone(0)))


def test_the_first_worker_starts_alone_and_the_others_when_it_is_ready(
    reactor: Reactor, workers: Workers
) -> None:
    ready: list[None] = []
    workers.start().addCallback(ready.append)
    assert [it.arguments for it in reactor.spawned] == [
        ["gateway", "--worker", "1", "--patience", "1.0"]
    ]
    assert reactor.spawned[0].childFDs == {0: "w", 1: "r", 2: 2, 3: 7, 4: 8}
    assert reactor.spawned[0].env == {"A": "b"}
    reactor.spawned[0].protocol.outReceived(b"ready\n")
    assert [it.arguments[2] for it in reactor.spawned] == ["1", "2", "3"]
    reactor.spawned[1].protocol.outReceived(b"ready\n")
    assert not ready
    reactor.spawned[2].protocol.outReceived(b"ready\n.\n")
    assert ready == [None]


def test_a_worker_that_ends_before_all_were_ready_ends_everything(
    reactor: Reactor, workers: Workers
) -> None:
    workers.start()
    end(reactor.spawned[0], exitCode=1)
    assert reactor.stopped
    assert workers.failed == "worker 1 did not start: ended with code 1"
    assert len(reactor.spawned) == 1


def test_a_worker_that_ends_is_replaced_at_once_under_its_number(
    reactor: Reactor, running: Workers, dead: list[int]
) -> None:
    reactor.advance(STEADY)
    end(reactor.spawned[1], signal=signal.SIGKILL)
    reactor.advance(0)
    assert reactor.spawned[3].arguments[2:] == ["2", "--patience", "3.0"]
    assert dead == [1_001]
    assert repr(running) == "<Workers [3 of 3 run]>"


def test_new_connections_wait_for_a_replacement_that_comes_soon_and_for_no_other(
    reactor: Reactor, running: Workers
) -> None:
    absent: list[int] = []
    running._absent = absent.append
    for failures in range(1, 4):
        assert absent == []
        end(reactor.spawned[-1])
        reactor.advance(pause(failures))
    assert absent == [3]


def test_a_worker_that_ends_again_and_again_waits_longer_each_time(
    reactor: Reactor, running: Workers
) -> None:
    waited = []
    for _ in range(len(PAUSES) + 1):
        end(reactor.spawned[-1])
        began, count = reactor.seconds(), len(reactor.spawned)
        while len(reactor.spawned) == count:
            reactor.advance(0.25)
        waited.append(reactor.seconds() - began)
    assert waited == [*PAUSES[1:], PAUSES[-1], PAUSES[-1]]
    reactor.advance(STEADY)
    end(reactor.spawned[-1])
    reactor.advance(0)
    assert 3 in running.running, "a start that was good makes up for the failed ones"
    assert pause(0) == 0


def test_a_silent_worker_is_killed_and_a_talking_one_is_not(
    reactor: Reactor, running: Workers
) -> None:
    for _ in range(SILENT + 1):
        for spawned in reactor.spawned[1:]:
            spawned.protocol.outReceived(b".\n")
        reactor.advance(BEAT)
    assert reactor.signals == [(1, "KILL")]


def test_a_parent_that_was_stopped_for_an_hour_kills_nobody(
    reactor: Reactor, running: Workers
) -> None:
    reactor.rightNow += 3_600
    reactor.advance(BEAT)
    assert reactor.signals == []


def test_stop_tells_all_waits_for_them_and_replaces_none(
    reactor: Reactor, running: Workers
) -> None:
    reactor.advance(STEADY)
    end(reactor.spawned[0])
    gone: list[None] = []
    running.stop().addCallback(gone.append)
    assert reactor.signals == [(2, "TERM"), (3, "TERM")]
    end(reactor.spawned[1])
    assert not gone
    reactor.advance(LEAVE_WITHIN)
    assert reactor.signals[2:] == [(3, "KILL")]
    end(reactor.spawned[2], signal=signal.SIGKILL)
    assert gone == [None]
    reactor.advance(100)
    assert len(reactor.spawned) == 3
    assert not reactor.getDelayedCalls()


@pytest.mark.parametrize("text", ["0", "-1", "257", "two", ""])
def test_a_number_of_workers_that_makes_no_sense_is_refused(
    text: str,
) -> None:
    found = CliRunner().invoke(main, ["--workers", text])
    assert found.exit_code == 2
    assert "'--workers'" in found.stderr


# ---- real processes --------------------------------------------------------------------------


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first true value of a condition."""
    end_at = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end_at, "it did not happen in time"
        time.sleep(0.02)
    return found


def children(pid: int) -> list[int]:
    """Process ids of a process's children (Linux)."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def status(port: int, path: str = "/live") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Process]:
    """A gateway of two workers that no other part answers."""
    config = tmp_path / "plugin-cfg.xml"
    config.write_text(
        '<properties><entry key="managementServers"></entry>'
        '<entry key="sessionServer">127.0.0.1:9</entry></properties>'
    )
    given = ["gateway", "--config", str(config), "--port", "0", "--workers", "2"]
    process = Process("gateway", given, tmp_path)
    yield process
    process.stop()


@pytest.mark.processes
def test_a_worker_killed_is_replaced_and_no_request_is_lost_for_long(gateway: Process) -> None:
    port = gateway.start().port()
    first = children(gateway.pid)
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    for _ in range(50):
        assert status(port) == 200
    now = until(lambda: len(found := children(gateway.pid)) == 2 and found)
    assert first[0] not in now
    assert first[1] in now
    gateway.stop()
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in now))


@pytest.mark.processes
def test_workers_end_with_a_parent_that_was_killed(gateway: Process) -> None:
    port = gateway.start().port()
    workers = children(gateway.pid)
    os.kill(gateway.pid, signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    with pytest.raises(ConnectionRefusedError):
        status(port)


@pytest.mark.processes
def test_a_new_configuration_reaches_every_worker(gateway: Process, tmp_path: Path) -> None:
    port = gateway.start().port()
    assert {status(port, "/vhi-ws") for _ in range(20)} == {200}
    changed = (tmp_path / "plugin-cfg.xml").read_text().replace(
        "</properties>", '<entry key="listServices">false</entry></properties>'
    )  # fmt: skip
    (tmp_path / "plugin-cfg.xml").write_text(changed)
    until(lambda: {status(port, "/vhi-ws") for _ in range(20)} == {404})


@pytest.mark.processes
def test_a_clients_rate_is_that_of_all_workers(gateway: Process, tmp_path: Path) -> None:
    """Connections are spread over the workers, and each would let through the whole rate."""
    port = gateway.start().port()
    config = tmp_path / "plugin-cfg.xml"
    rate = '<entry key="maxClientRate">4</entry></properties>'
    config.write_text(config.read_text().replace("</properties>", rate))
    until(lambda: status(port, "/vhi-ws") == 429)
    time.sleep(1.1)  # until the bucket is full again: nothing can be looked at meanwhile
    began = time.monotonic()
    taken = [status(port, "/vhi-ws") for _ in range(60)].count(200)
    assert 4 <= taken <= 4 + 4 * (time.monotonic() - began) + 1


@pytest.mark.processes
def test_connections_opened_in_one_burst_are_shared(gateway: Process) -> None:
    port = gateway.start().port()
    made = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(60)]
    for connection in made:
        connection.connect()
    for connection in made:
        connection.request("GET", "/live")
        assert connection.getresponse().status == 200
    counts = [
        sum("socket:" in str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir())
        for pid in children(gateway.pid)
    ]
    for connection in made:
        connection.close()
    assert min(counts) > 10, counts


@pytest.mark.processes
def test_a_port_that_is_taken_is_said_in_one_line(gateway: Process, tmp_path: Path) -> None:
    port = gateway.start().port()
    given = ["gateway", "--port", str(port), "--workers", "2"]
    with pytest.raises(NotStarted, match=f"Couldn't listen on 127.0.0.1:{port}"):
        Process("second", given, tmp_path).start()
