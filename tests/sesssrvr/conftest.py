"""What the tests of the session server share."""

import io
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from hostemul.testing import make_site
from sesssrvr.auth import AnyUser
from sesssrvr.deployment.deployed_pool import DeployedPool, HostOverride
from sesssrvr.deployment.deployer import Deployer
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.package_store import PackageStore
from sesssrvr.handler import SessionServerHandler
from sesssrvr.hosts.connection import TerminalFactory
from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.model import HostSettings, ProcedureResult, build_package
from sesssrvr.model.steps import Press, TimedOut, Type, Wait
from sesssrvr.pool import (
    Deployed,
    HostState,
    Limits,
    PoolKey,
    PoolSettings,
    ServerState,
    SlotUse,
    step,
)
from sesssrvr.sessions.client_sessions import ClientSessions
from sesssrvr.sessions.session_manager import SessionManager, Tunables
from sesssrvr.terminal.contract import Terminal
from sesssrvr.terminal.screen import Screen
from verdigris import metadata
from verdigris.errors import (
    EntityNotReached,
    HostDataError,
    OperatorError,
    UnknownProcedure,
    UnknownVariable,
)
from verdigris.link import Link, Silent
from verdigris.wire import Hello


def sound(server):
    """Check every index of the state against its slots, and every limit."""
    slots = [(key, slot) for key, pool in server.pools.items() for slot in pool.slots.values()]
    assert {slot.number: key for key, slot in slots} == dict(server.pool_of)
    assert len(slots) <= server.limits.maximum
    assert sum(slot.pending for _, slot in slots) == server.pending <= server.limits.maximum_pending
    assert {slot.key: slot.number for _, slot in slots if slot.key} == dict(server.keys)
    assert {slot.attempt: slot.number for _, slot in slots if slot.attempt} == dict(server.attempts)
    assert {s.number: s.until for _, s in slots if s.until is not None} == dict(server.expiries)
    assert sum(slot.host is HostState.QUEUED for _, slot in slots) == server.queued
    for pool in server.pools.values():
        sound_pool(pool)
        room = pool.pending < pool.settings.maximum_pending
        assert not (pool.queued and room and server.pending < server.limits.maximum_pending)


def sound_pool(pool):
    mine = list(pool.slots.values())
    assert not (pool.removed and not mine)
    assert sum(slot.pending for slot in mine) == pool.pending
    assert Counter(slot.state for slot in mine) == Counter(dict(pool.counts))
    assert {s.number for s in mine if s.host is HostState.QUEUED} == set(pool.queued)
    unused = [slot for slot in mine if slot.use is SlotUse.IDLE]
    assert not any(slot.host is HostState.QUEUED for slot in unused)
    assert {s.number for s in unused if not s.pending} == set(pool.idle)
    assert {s.number for s in unused if s.pending} == set(pool.connecting)
    rows = [slot.row for slot in mine if slot.row >= 0]
    assert len(rows) == len(set(rows))
    assert not set(rows) & set(pool.free_rows)
    for slot in mine:
        assert (slot.use in (SlotUse.RESERVED, SlotUse.ACTIVE, SlotUse.SUSPENDED)) == bool(slot.key)
        assert (slot.until is not None) == (
            slot.use in (SlotUse.RESERVED, SlotUse.SUSPENDED, SlotUse.QUARANTINED)
        )


def grew_within_limits(before, after):
    """A pool may stand above a maximum that was lowered under it; it never grows above it."""
    for key, pool in after.pools.items():
        old = before.pools.get(key)
        if len(pool.slots) > (len(old.slots) if old else 0):
            assert len(pool.slots) <= pool.settings.maximum
        if pool.pending > (old.pending if old else 0):
            assert pool.pending <= pool.settings.maximum_pending


class Machine:
    """A server state that is stepped and checked; remembers the effects of the last step."""

    def __init__(self, *pools, now=100.0, **limits):
        self.server = ServerState(Limits(**limits))
        self.now = now
        self.effects = ()
        for settings in pools:
            self(Deployed(settings))

    def __call__(self, event):
        before = self.server
        self.server, self.effects = step(before, event, self.now)
        sound(self.server)
        grew_within_limits(before, self.server)
        return self.effects

    def pool(self, name="P", kind="pool"):
        return self.server.pools[PoolKey(kind, name)]

    def of(self, kind):
        """The effects of one kind of the last step."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


@pytest.fixture
def machine():
    """Make a checked state machine from pool settings and limits."""
    return Machine


@pytest.fixture
def settings():
    """Make pool settings."""

    def make(name="P", maximum=5, kind="pool", **more):
        return PoolSettings(PoolKey(kind, name), "M", maximum, **more)

    return make


@pytest.fixture
def check_sound():
    """The invariants of a state."""
    return sound


# ---- a host in memory, a terminal and a model for it -----------------------------------------


class ToyTerminal(Terminal):
    """Shows what the host sent last; keys send `KEY:typed`. A host line `READY` is negotiation."""

    ready = False
    faults = ()

    def __init__(self, write):
        self.write = write
        self.text = ""
        self.typed = ""
        self.refuse = ""
        self.faults = []

    @property
    def fault_count(self):
        return len(self.faults)

    def feed(self, data):
        if data == b"READY":
            self.ready = True
            return False
        if data == b"\xff":
            self.faults.append(HostDataError(stream="toy", problem="rubbish", offset=0))
            return False
        if data == b"\xfe":
            raise ZeroDivisionError
        self.text = data.decode()
        return True

    def screen(self):
        return Screen(24, 80, self.text.ljust(24 * 80)[: 24 * 80], connected=self.ready)

    def type(self, text):
        if self.refuse:
            raise OperatorError(problem=self.refuse)
        self.typed += text

    def move_cursor(self, row, column):
        pass

    def key(self, name):
        if name != "EraseEOF":
            typed, self.typed = self.typed, ""
            self.write(f"{name}:{typed}".encode())


class ToyHost:
    """A business on toy screens: LOGON, HOME, ROWS. `script` maps a sent line to what happens."""

    def __init__(self, reactor):
        self.reactor = reactor
        self.calls = []  # every connection, dead ones too
        self.sent = []
        self.script = {}
        self.first = b"LOGON"
        self.refuse = None
        self.auto = True

    def open_now(self):
        return [call for call in self.calls if call.alive]

    def connect(self, factory):
        if self.refuse is not None:
            return fail(self.refuse)
        call = ToyCall(self, factory)
        self.calls.append(call)
        done = Deferred()
        self.reactor.callLater(0, lambda: done.called or done.callback(call.begin()))
        return done


class ToyCall(StringTransport):
    """One connection to the toy host."""

    def __init__(self, host, factory):
        super().__init__()
        self.host = host
        self.factory = factory
        self.alive = True

    def begin(self):
        self.protocol = self.factory.buildProtocol(None)
        self.protocol.makeConnection(self)
        if self.host.auto:
            self.host.reactor.callLater(0, self.say, b"READY")
            self.host.reactor.callLater(0, self.say, self.host.first)
        return self.protocol

    def say(self, data):
        if self.alive:
            self.protocol.dataReceived(data)

    def write(self, data):
        line = data.decode()
        self.host.sent.append(line)
        answer = self.host.script.get(line) or self.host.script.get(line.split(":")[0])
        if answer is None:
            home = line in ("Enter:ops", "Enter:jane") or line.startswith("PF3")
            answer = b"HOME" if home else b"ROWS 1 2 3"
        if callable(answer):
            answer(self)
        else:
            self.host.reactor.callLater(0.01, self.say, answer)

    def drop(self, reason="the host hung up"):
        if self.alive:
            self.alive = False
            self.protocol.connectionLost(Failure(ConnectionLost(reason)))

    def loseConnection(self):  # noqa: N802 - Twisted's name
        if self.alive:
            self.alive = False
            self.host.reactor.callLater(0, self.protocol.connectionLost, Failure(ConnectionDone()))

    abortConnection = loseConnection  # noqa: N815 - Twisted's name


class ToyHosts:
    """Reaches the toy host."""

    def __init__(self, host):
        self.host = host

    def endpoint(self, settings, seconds, *, tls):
        return self.host

    def terminal(self, settings):
        return TerminalFactory(ToyTerminal)


class ToyProgram:
    """A model of the toy host: signs on as variable `user`, home HOME, one procedure Search."""

    name = "M"
    home = "HOME"

    def host(self, values):
        return HostSettings(host="toy", port=23, connect_timeout=20.0)

    def metadata(self, version, namespace):
        return metadata.Model(name="M", version=version, namespace=namespace, digest="d1")

    def resolve(self, client, pool):
        for name in {**client, **pool}:
            if name not in ("user", "color"):
                raise UnknownVariable(model="M", variable=name, action="set")
        return {"user": "ops", "color": "red", **pool, **client}

    def change(self, values, client):
        self.resolve(client, {})
        values.update(client)

    def readable(self, values):
        return dict(values)

    def rests(self, screen, entity):
        return self.entity(screen) == "HOME"

    def arrived(self, screen, values):
        pass

    def entity(self, screen):
        return screen.characters.split()[0] if screen.characters.strip() else ""

    def picture(self, screen, values, secrets):
        return str(screen)

    def secret_texts(self, screen):
        return ()

    def _wait(self, entity, seconds=5.0):
        def holds(screen):
            return self.entity(screen) == entity

        answer = yield Wait(holds, seconds, f"entity {entity}")
        if isinstance(answer, TimedOut):
            actual = self.entity(answer.screen) or "nothing"
            raise EntityNotReached(
                {"screen": str(answer.screen)},
                entity=entity,
                seconds=answer.seconds,
                operation="walk",
                nearest=actual,
                difference="the first word",
            )
        return answer

    def start(self, screen, values, entity):
        yield from self._wait("LOGON", 10.0)
        yield Type(values["user"], 1, 1, erase=True)
        yield Press("Enter")
        return (yield from self._wait("HOME", 10.0))

    def go_to(self, screen, values, entity):
        if self.entity(screen) != "HOME":
            yield Press("PF3")
            screen = yield from self._wait("HOME")
        return screen

    def perform(self, screen, call, values):
        if call.procedure != "Search":
            raise UnknownProcedure(model="M", procedure=call.procedure, table=call.table)
        yield Type(str(call.filters.get("name", "x")), 2, 2)
        yield Press("Enter")
        screen = yield from self._wait("ROWS", 50.0)
        rows = tuple((int(word),) for word in screen.characters.split()[1:])
        return ProcedureResult((("Id", "integer"),), rows, path=("HOME", "ROWS"))


class Front:
    """A session server without sockets: toy host, real sessions, clients and handler."""

    def __init__(self, *pools, model=True, lists=(), **limits):
        self.clock = Clock()
        self.host = ToyHost(self.clock)
        self.count = 0
        self.sessions = SessionManager(
            Limits(**limits), self.clock, ToyHosts(self.host), lambda: 1.0, Tunables(7.0)
        )
        self.offering = Offering(self.clock)
        self.offering.address = "127.0.0.1:9623"
        self.clients = ClientSessions("vs1", self.sessions, AnyUser(), self.secret)
        self.wake_ups = []
        self.me = Hello("session server", "vs1", "inst", "boot1")
        self.handler = SessionServerHandler(
            self.me,
            self.sessions,
            self.clients,
            Toys(self.sessions, self.offering),
            self.offering,
            self.secret,
            self.wake_ups.append,
        )
        program = ToyProgram()
        if model:
            key = PoolKey("model", "M")
            maximum = self.sessions.state.limits.maximum
            settings = PoolSettings(key, "M", maximum, maximum_pending=maximum)
            self.sessions.deploy(settings, DeployedPool(key, program, "v1", "d1"))
        for settings in pools:
            self.sessions.deploy(
                settings, DeployedPool(settings.key, program, "v1", "d1", lists=lists)
            )
        self.go(1)

    def secret(self):
        self.count += 1
        return f"{self.count:032x}"

    def go(self, seconds=0.1):
        """Let time pass in small steps, as it does; less small when there is much of it."""
        steps = max(1, round(seconds / (0.05 if seconds < 50 else 0.5)))
        for _ in range(steps):
            self.clock.advance(seconds / steps)
            self.sessions.tick()
            sound(self.sessions.state)

    def client(self):
        """A client on a link of its own."""
        return Client(self)

    def counts(self, name="P", kind="pool"):
        counts = self.sessions.state.pools[PoolKey(kind, name)].counts
        return {state: n for state, n in counts.items() if n}


class Toys:
    """Deployments of the front: nothing to deploy."""

    def __init__(self, sessions, offering):
        self.sessions = sessions

    def refresh(self):
        return False


class Client:
    """Calls a front over a link in memory."""

    def __init__(self, front):
        self.front = front
        self.here = Link(Hello("connector", "test"), Silent(), front.clock, ping_every=0)
        self.there = Link(front.me, front.handler, front.clock, ping_every=0)
        self.wires = StringTransport(), StringTransport()
        self.here.makeConnection(self.wires[0])
        self.there.makeConnection(self.wires[1])
        self.pump()

    def pump(self):
        moved = True
        while moved:
            moved = False
            for wire, link in ((self.wires[0], self.there), (self.wires[1], self.here)):
                data = wire.value()
                wire.clear()
                if data:
                    link.dataReceived(data)
                    moved = True

    def send(self, body, seconds=30.0, request="r1"):
        """A call under way; a list that gets its outcome."""
        found = []
        call = self.here.call(body, request_id=request, seconds=seconds)
        call.addBoth(lambda it: found.append(it.value if isinstance(it, Failure) else it))
        self.pump()
        return Sent(self, call, found)

    def ask(self, body, seconds=30.0, request="r1"):
        """The answer to a call, or the error."""
        return self.send(body, seconds, request).outcome(seconds)

    def leave(self):
        self.there.connectionLost(Failure(ConnectionDone()))
        self.here.connectionLost(Failure(ConnectionDone()))


class Sent:
    """A call under way."""

    def __init__(self, client, call, found):
        self.client, self.call, self.found = client, call, found

    def outcome(self, seconds=30.0):
        for _ in range(round(seconds / 0.05) + 2):
            self.client.pump()
            if self.found:
                return self.found[0]
            self.client.front.go(0.05)
        raise AssertionError("no outcome")


# ---- the demo bank in memory, under simulated time ---------------------------------------------


class Banks:
    """Reaches a demo bank over connections in memory; `pump` carries their bytes."""

    def __init__(self, clock, **options):
        self.clock = clock
        self.site = make_site(clock, **options)
        self.lines = []
        self.real = RealHosts(clock)

    def terminal(self, settings):
        return self.real.terminal(settings)

    def endpoint(self, settings, seconds, *, tls):
        return self

    def connect(self, factory):
        ends = self.site.terminal(), factory.buildProtocol(None)
        wires = StringTransport(), StringTransport()
        for end, wire in zip(ends, wires, strict=True):
            end.makeConnection(wire)
        self.lines.append((ends, wires))
        return succeed(ends[1])

    def pump(self):
        moved = True
        while moved:
            moved = False
            for line in list(self.lines):
                moved = self._carry(line) or moved

    def _carry(self, line):
        ends, wires = line
        moved = False
        for here, there in ((0, 1), (1, 0)):
            data = wires[here].value()
            wires[here].clear()
            if data:
                ends[there].dataReceived(data)
                moved = True
        ended = any(wire.disconnecting or wire.disconnected for wire in wires)
        if ended and not moved:  # what was written before the end arrives
            self.lines.remove(line)
            for end in ends:
                end.connectionLost(Failure(ConnectionDone()))
            moved = True
        return moved


class BankFront(Front):
    """The session server in memory with the BankDemo model and the demo bank."""

    def __init__(self, folder, **limits):
        self.clock = Clock()
        self.count = 0
        self.bank = Banks(self.clock, motd_rate=0.5)
        self.sessions = SessionManager(
            Limits(**limits), self.clock, self.bank, lambda: 1.0, Tunables(30.0)
        )
        self.offering = Offering(self.clock)
        self.offering.address = "127.0.0.1:9623"
        self.clients = ClientSessions("vs1", self.sessions, AnyUser(), self.secret)
        self.deployments = Deployer(
            "vs1",
            PackageStore(folder),
            self.sessions,
            self.offering,
            {"BankDemo": HostOverride("bank")},
        )
        self.me = Hello("session server", "vs1", "inst", "boot1")
        self.handler = SessionServerHandler(
            self.me,
            self.sessions,
            self.clients,
            self.deployments,
            self.offering,
            self.secret,
            lambda _: None,
        )

    @property
    def control(self):
        """Switches of the bank."""
        return self.bank.site.control

    def go(self, seconds=0.1):
        steps = max(1, round(seconds / (0.05 if seconds < 50 else 0.5)))
        for _ in range(steps):
            self.bank.pump()
            self.clock.advance(seconds / steps)
            self.bank.pump()
            self.sessions.tick()
            sound(self.sessions.state)
            assert self.control.sessions <= self.sessions.state.limits.maximum


@pytest.fixture
def bank_package():
    """The package of the BankDemo example."""
    root = Path(__file__).parents[2] / "examples" / "BankDemo"
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }
    return build_package(files)


@pytest.fixture
def without_descriptors():
    """The same package without its deployment folder."""

    def thin(package):
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                if "deploy/" not in name:
                    new.writestr(name, old.read(name))
        return out.getvalue()

    return thin


@pytest.fixture
def bank_front(tmp_path):
    """Make a session server in memory that talks to the demo bank."""

    def make(**limits):
        return BankFront(tmp_path / "data", **limits)

    return make


@pytest.fixture
def front():
    """Make a session server in memory."""
    return Front


@pytest.fixture
def toys():
    """The toy host, terminal and program."""
    return ToyHost, TerminalFactory(ToyTerminal), ToyProgram
