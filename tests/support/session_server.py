"""A session server without sockets: with the toy host, or with the demo bank."""

from twisted.internet.defer import succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from hostemul.testing import make_site
from sesssrvr.admission.authenticator import AnyUser
from sesssrvr.deployment.deployed_pool import DeployedPool, HostOverride
from sesssrvr.deployment.deployer import Deployer
from sesssrvr.deployment.offers import Offering
from sesssrvr.deployment.package_store import PackageStore
from sesssrvr.deployment.pool_overrides import PoolOverrides
from sesssrvr.handler import SessionServerHandler
from sesssrvr.hosts.endpoints import RealHosts
from sesssrvr.pool import (
    Limits,
    PoolKey,
    PoolSettings,
)
from sesssrvr.sessions.client_sessions import ClientSessions
from sesssrvr.sessions.session_manager import SessionManager, Tunables
from tests.support.pools import (
    sound,
)
from tests.support.toy_host import (
    ToyHost,
    ToyHosts,
    ToyProgram,
)
from verdigris.link import Link, Silent, WaitingPeers
from verdigris.wire import Hello


class Front:
    """A session server without sockets: toy host, real sessions, clients and handler."""

    def __init__(self, *pools, model=True, lists=(), users=None, clock=None, **limits):
        self.clock = clock or Clock()
        self.host = ToyHost(self.clock)
        self.count = 0
        self.sessions = SessionManager(
            Limits(**limits), self.clock, ToyHosts(self.host), lambda: 1.0, Tunables(7.0)
        )
        self.offering = Offering(self.clock)
        self.offering.address = "127.0.0.1:9623"
        users = users or AnyUser()
        self.clients = ClientSessions("vs1", self.sessions, users, self.secret)
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
            WaitingPeers(self.clock),
            authenticator=users,
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

    def client(self, role="connector"):
        """A client on a link of its own."""
        return Client(self, role)

    def counts(self, name="P", kind="pool"):
        counts = self.sessions.state.pools[PoolKey(kind, name)].counts
        return {state: n for state, n in counts.items() if n}


class Toys:
    """Deployments of the front: nothing to deploy."""

    def __init__(self, sessions, offering):
        self.sessions = sessions

    def refresh(self):
        return False

    def model_of(self, key):
        deployed = self.sessions.deployed.get(key)
        return "" if deployed is None else deployed.program.name

    def describe(self, kind, name):
        deployed = self.sessions.deployed[PoolKey(kind, name)]
        return deployed.program.metadata(deployed.version, deployed.namespace)


class Client:
    """Calls a front over a link in memory."""

    def __init__(self, front, role="connector"):
        self.front = front
        self.here = Link(Hello(role, "test"), Silent(), front.clock, ping_every=0)
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
            PoolOverrides(folder / "pools.json"),
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
            WaitingPeers(self.clock),
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
