"""The whole server: it listens, serves over real links, drains and ends."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.error import CannotListenError
from twisted.logger import formatEvent, globalLogPublisher

from sesssrvr.deployment.deployed_pool import DeployedPool
from sesssrvr.pool import PoolKey, PoolSettings
from sesssrvr.service import RandomSource, SessionServer
from tests.support.identities import NOW, YEAR, Identities
from tests.support.lines import next_line
from verdigris.config.sesssrvr import SessionServerConfig
from verdigris.errors import Draining, ServerUnreachable
from verdigris.identity.material import write
from verdigris.link import Dialer, listen
from verdigris.values import Endpoint
from verdigris.wire import (
    GetStatus,
    Heartbeat,
    Hello,
    Login,
    Open,
    Perform,
    Ran,
    Registered,
    Run,
    SetPool,
)


ANY = Endpoint("127.0.0.1", 0)
RUN = Run(Open("pool", "P", Login(), {}), Perform("", "T", "Search", {"name": "smith"}, {}))


CHANCE = Random(1)  # noqa: S311 - repeatable


@pytest.fixture
def reactor(_reactor_thread):
    """The one reactor of the process."""
    return _reactor_thread


def server(reactor, tmp_path, toys, **more):
    host, terminal, program = toys
    it = host(reactor)

    class Hosts:
        def endpoint(self, settings, seconds, *, tls):
            return it

        def terminal(self, settings):
            return terminal

    config = SessionServerConfig("vs1", "inst", listen=ANY, data=tmp_path, **more)
    made = SessionServer(
        config,
        reactor,
        RandomSource(lambda: f"{CHANCE.getrandbits(128):032x}", CHANCE),
        hosts=Hosts(),
    )
    made.toy = it
    key = PoolKey("pool", "P")
    made.sessions.deploy(PoolSettings(key, "M", 2, initial=1), DeployedPool(key, program(), "v1"))
    return made


@pytest.fixture
def served(reactor, on_reactor, tmp_path, toys):
    """A listening server, and what calls it."""
    it = on_reactor(server, reactor, tmp_path, toys)
    bound = on_reactor(it.start)
    dialer = Dialer(reactor, Hello("connector", "test"))

    async def call(body, seconds=5.0):
        link = await dialer.to(bound)
        return await link.call(body, request_id="r", seconds=seconds)

    yield it, call
    on_reactor(dialer.close)
    on_reactor(it.stop)


@pytest.mark.sockets
def test_a_call_is_served_over_a_real_link(served, on_reactor):
    it, call = served
    ran = on_reactor(call, RUN)
    assert isinstance(ran, Ran)
    assert ran.answer.rows == [[1], [2], [3]]
    assert it.address.startswith("127.0.0.1:")
    assert on_reactor(call, GetStatus()).status.maximum == 1000


@pytest.mark.sockets
def test_a_data_folder_that_takes_no_files_is_told_at_the_start(reactor, on_reactor, toys):
    it, seen = on_reactor(server, reactor, Path("/proc"), toys), []
    globalLogPublisher.addObserver(watch := lambda event: seen.append(formatEvent(event)))
    try:
        on_reactor(it.start)
    finally:
        globalLogPublisher.removeObserver(watch)
        on_reactor(it.stop)
    assert any(line.startswith("nothing can be kept in /proc: ") for line in seen)


class Management:
    """Takes the registration, and writes down in which order it is told things."""

    def __init__(self):
        self.links, self.told_of = [], []

    def hello(self, link, peer):
        self.links.append(link)

    async def handle(self, call):
        return Registered("inst", 5.0, "up")

    def told(self, link, notice):
        if isinstance(notice, Heartbeat) and notice.offers is not None:
            self.told_of.append({(offer.name, offer.started) for offer in notice.offers})

    def closed(self, link, reason):
        pass


@pytest.mark.sockets
def test_a_pool_is_known_as_started_before_the_order_to_start_it_is_answered(
    reactor, on_reactor, tmp_path, toys
):
    management = Management()
    me = Hello("management server", "ms1", "inst")

    async def begin():
        port = await listen(
            TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"), me, management, reactor
        )
        at = Endpoint("127.0.0.1", port.getHost().port)
        it = server(reactor, tmp_path, toys, management=(at,))
        await it.start()
        while not (it.registrations[0].registered and management.links):
            await _pause(reactor)
        return port, it

    port, it = on_reactor(begin)

    async def order(body):
        await management.links[0].call(body, request_id="r", seconds=5)
        return management.told_of[-1]

    assert on_reactor(order, SetPool("P", started=False)) == {("P", False)}
    assert on_reactor(order, SetPool("P", started=True)) == {("P", True)}
    on_reactor(it.stop)
    on_reactor(port.stopListening)


@pytest.mark.sockets
def test_draining_lets_calls_finish_and_takes_nothing_new(served, on_reactor, reactor):
    it, call = served
    slow = threading.Event()
    it.toy.script["Enter:smith"] = lambda host: (
        slow.set(),
        it.toy.reactor.callLater(0.3, host.say, b"ROWS 7"),
    )

    async def both():
        running = Deferred.fromCoroutine(call(RUN))
        while not slow.is_set():
            await _pause(reactor)
        drained = Deferred.fromCoroutine(it.drain())
        with pytest.raises(Draining):
            await call(RUN)
        assert not drained.called
        ran = await running
        await drained
        return ran

    assert on_reactor(both).answer.rows == [[7]]
    assert it.sessions.state.size == 0


async def _pause(reactor):
    from twisted.internet.task import deferLater  # noqa: PLC0415 - with the reactor

    await deferLater(reactor, 0.01)


@pytest.mark.sockets
def test_a_taken_address_is_an_error_at_the_start(served, on_reactor, reactor, tmp_path):
    it, _ = served
    taken = Endpoint.parse(it.address)
    config = SessionServerConfig("vs2", listen=taken, data=tmp_path)
    other = SessionServer(config, reactor, RandomSource(lambda: "0" * 32, CHANCE))
    with pytest.raises(CannotListenError):
        on_reactor(other.start)


@pytest.mark.sockets
def test_a_server_whose_certificate_was_refused_registers_with_another_at_once(
    reactor, on_reactor, tmp_path, toys
):
    identities, folder = Identities("inst"), tmp_path / "identity"
    expired = identities.material("session-server", "vs1", now=NOW - 2 * YEAR)
    write(folder, expired)

    class Management:
        registered = threading.Event()

        def hello(self, *_):
            pass

        closed = told = hello

        async def handle(self, call):
            self.registered.set()
            return Registered("inst", 0.5, "")

    async def begin():
        at, me = (
            TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"),
            Hello("management server", "m1", "inst"),
        )
        security = identities.security("management-server", "m1")
        port = await listen(at, me, Management(), reactor, security=security)
        address = Endpoint("127.0.0.1", port.getHost().port)
        it = server(reactor, tmp_path, toys, management=(address,), identity=folder)
        await it.start()
        return it, port

    it, port = on_reactor(begin)
    until(lambda: on_reactor(lambda: it.registrations[0]._refusal))
    assert not Management.registered.is_set()
    good = identities.material("session-server", "vs1")
    on_reactor(it.security.replace, replace(good, folder=folder))
    assert Management.registered.wait(5), "it waits longer after a refusal"
    on_reactor(it.stop)
    on_reactor(port.stopListening)


@pytest.mark.sockets
def test_a_stopped_server_is_gone(reactor, on_reactor, tmp_path, toys):
    it = on_reactor(lambda: server(reactor, tmp_path, toys, advertise="vs1.example.com"))
    bound = on_reactor(it.start)
    assert it.address == f"vs1.example.com:{bound.port}"
    on_reactor(it.stop)
    dialer = Dialer(reactor, Hello("connector", "test"))

    async def dial():
        return await dialer.to(bound)

    with pytest.raises(ServerUnreachable):
        on_reactor(dial)


# ---- the process -----------------------------------------------------------------------------


@pytest.fixture
def process(tmp_path):
    """Start the program; it is killed at the end of the test."""
    started = []

    def start(*arguments):
        command = [sys.executable, "-m", "sesssrvr", "--data", str(tmp_path / "data"), *arguments]
        it = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(it)
        return it

    yield start
    for it in started:
        with contextlib.suppress(ProcessLookupError):
            it.kill()
        it.communicate(timeout=60)


@pytest.mark.processes
def test_the_process_says_when_it_is_ready_and_ends_on_sigterm(process):
    it = process("--name", "vs7", "--port", "0")
    line = next_line(it)
    assert line.startswith("sesssrvr vs7 listening on 127.0.0.1:")
    assert int(line.rpartition(":")[2]) > 0
    it.send_signal(signal.SIGTERM)
    out, err = it.communicate(timeout=20)
    assert (out, it.returncode) == ("", 0)
    assert "drained" in err


@pytest.mark.processes
def test_a_broken_settings_file_is_told_with_its_lines(process, tmp_path):
    path = tmp_path / "sesssrvr.xml"
    path.write_text('<sesssrvr xmlns="urn:verdigris:sesssrvr:1" name="vs1">\n<limit/></sesssrvr>')
    out, err = process("--config", os.fspath(path)).communicate(timeout=20)
    assert out == ""
    assert "line 2" in err
    assert "Traceback" not in err


@pytest.mark.processes
def test_the_sample_is_printed(process):
    out, _ = process("--sample").communicate(timeout=20)
    assert '<sesssrvr xmlns="urn:verdigris:sesssrvr:1"' in out


@pytest.fixture
def bank_process():
    """A demo bank that answers after a third of a second; its address."""
    command = [sys.executable, "-m", "hostemul", "bank", "--port", "0", "--delay", "0.1"]
    it = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    yield next_line(it).rpartition(" ")[2].strip()
    it.kill()
    it.communicate(timeout=60)


def until(condition, seconds=20.0):
    """Poll a condition, within limits."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)
    return found


@pytest.mark.processes
def test_a_process_with_the_demo_bank_serves_finishes_its_call_on_sigterm_and_is_there_again(
    process, bank_process, bank_package, reactor, on_reactor, tmp_path
):
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "BankDemo.zip").write_bytes(bank_package)
    options = ("--name", "vs1", "--port", "0", "--host", f"BankDemo={bank_process}")

    def start(*more):
        it = process(*options, *more)
        at = Endpoint.parse(next_line(it).rpartition(" ")[2])
        dialer = Dialer(reactor, Hello("connector", "test"))

        async def call(body, seconds=20.0):
            link = await dialer.to(at)
            return await link.call(body, request_id="r", seconds=seconds)

        return it, call

    def idle(call):
        pools = on_reactor(call, GetStatus()).status.pools
        return sum(pool.idle for pool in pools)

    search = Perform("", "", "CustomerSearch", {"LastName": "SMITH"}, {})
    run = Run(Open("pool", "BankPool", Login(), {}), search)
    it, call = start("--deploy", str(drop))
    until(lambda: idle(call) == 2)
    slow = []
    reactor.callFromThread(lambda: Deferred.fromCoroutine(call(run)).addBoth(slow.append))
    until(lambda: on_reactor(call, GetStatus()).status.active)
    it.send_signal(signal.SIGTERM)
    until(lambda: slow)
    assert isinstance(slow[0], Ran)
    assert len(slow[0].answer.rows) > 14
    it.communicate(timeout=20)
    assert it.returncode == 0
    _, call = start()  # without the folder: from its own disk
    assert isinstance(on_reactor(call, run, seconds=20), Ran)


@pytest.mark.sockets
def test_it_registers_with_the_management_servers_the_installation_names_and_no_others(
    reactor, on_reactor, tmp_path, toys
):
    """What a renewal of its certificate told it; its settings named those of the day it joined."""
    peers = [Management() for _ in range(3)]

    async def listening(peer):
        me = Hello("management server", "m")
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        return await listen(endpoint, me, peer, reactor)

    ports = [on_reactor(listening, peer) for peer in peers]
    first, second, third = (Endpoint("127.0.0.1", port.getHost().port) for port in ports)
    it = on_reactor(lambda: server(reactor, tmp_path, toys, management=(first, second)))

    async def story():
        await it.start()
        await until(lambda: all(one.registered for one in it.registrations))
        kept = it.registrations[1]
        it._register_with((second, third))
        await until(lambda: all(one.registered for one in it.registrations))
        found = [one.target for one in it.registrations], it.registrations[0] is kept
        await until(lambda: not any(link.open for link in peers[0].links))
        return found

    async def until(holds):
        while not holds():
            await _pause(reactor)

    try:
        assert on_reactor(story) == ([second, third], True)
    finally:
        on_reactor(it.stop)
        for port in ports:
            on_reactor(port.stopListening)
