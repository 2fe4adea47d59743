"""A management server without a network: its parts on a clock, fake session servers, links in memory."""

from collections.abc import Callable

import msgspec
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure as Caught

from mgmtsrvr.broker import Broker
from mgmtsrvr.configuration import Configuration
from mgmtsrvr.decision_log import DecisionLog
from mgmtsrvr.health import Rules
from mgmtsrvr.registry import Registry
from mgmtsrvr.reservation import ReservationClient
from mgmtsrvr.service import ManagementServer
from mgmtsrvr.store import MemoryStore
from verdigris.allocation.random_source import CountingSource, generator, integers
from verdigris.config.installation import parse
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import ConnectionLost
from verdigris.link import Incoming, Link
from verdigris.wire import (
    Allocate,
    CancelReservation,
    Done,
    GetStatus,
    Hello,
    Offer,
    Offers,
    Refused,
    Register,
    Reserve,
    Reserved,
    Status,
    StatusIs,
    WatchOffers,
)


# ---- shells: a management server without a network ------------------------------------------

BANK = Offer("model", "BankDemo", "BankDemo", "digest-1")
POOL = Offer("pool", "Pool-1", "BankDemo", "digest-1")
STOPPED = Offer("pool", "Pool-2", "BankDemo", "digest-1", started=False)

FILE = """<installation xmlns="urn:verdigris:installation:1" id="test">
<session-servers>{servers}</session-servers>
<domains>{domains}</domains></installation>"""


def installation_xml(members, *, states=None, spill="true", extra="") -> bytes:
    """A document with one domain `d` of (server, weight, priority)."""
    states = states or {}
    names = dict.fromkeys(member[0] for member in members)
    servers = "".join(
        f'<session-server name="{n}" address="127.0.0.1:{9700 + i}" state="{states.get(n, "up")}"/>'
        for i, n in enumerate(names)
    )
    listed = "".join(
        f'<member server="{m[0]}" weight="{m[1]}" priority="{m[2] if len(m) > 2 else 1}"/>'
        for m in members
    )
    domains = f'<domain name="d" spill-on-busy="{spill}">{listed}</domain>{extra}'
    return FILE.format(servers=servers, domains=domains).encode()


class FakeServer:
    """A session server and its link in one: answers calls at once, or not at all.

    says: what it answers to Reserve: "granted", "busy", "silent", "gone", or any answer or error.
    """

    def __init__(self, name: str, says: object = "granted", offers=(BANK, POOL)):
        self.name = name
        self.says = says
        self.offers = tuple(offers)
        self.peer = Hello("session server", name, "test", f"boot-{name}")
        self.open = True
        self.address = "10.0.0.1:5"
        self.status = Status(f"boot-{name}", maximum=5)
        self.calls: list[tuple[object, str, float]] = []
        self.silent: list[Deferred] = []
        self.cancels: list[tuple[str, int]] = []
        self.told: list[object] = []
        self.aborted = False
        self.sessions = 0

    def call(self, body, *, request_id, seconds):
        self.calls.append((body, request_id, seconds))
        match body:
            case Reserve():
                return self._reserve()
            case CancelReservation(request=request, attempt=attempt):
                self.cancels.append((request, attempt))
                return succeed(Done())
            case GetStatus():
                return Deferred() if self.says == "silent" else succeed(StatusIs(self.status))
            case WatchOffers():
                return succeed(Offers("r", tuple((offer, ()) for offer in self.offers)))
            case _:
                return succeed(Done())

    def _reserve(self):
        match self.says:
            case "granted":
                self.sessions += 1
                return succeed(Reserved(f"{self.name}~{self.sessions:08x}", "claim", 10.0))
            case "busy":
                return succeed(Refused("busy", "server", 5))
            case "not offered" | "draining" as word:
                return succeed(Refused(word))
            case "gone":
                self.open = False
                return fail(ConnectionLost(peer=self.name, reason="EOF"))
            case "silent":
                self.silent.append(Deferred())
                return self.silent[-1]
            case Exception() as error:
                return fail(error)
            case other:
                return succeed(other)

    def tell(self, body):
        self.told.append(body)

    def abort(self):
        self.aborted = True
        self.open = False

    close = abort

    @property
    def asked(self) -> list[Reserve]:
        return [body for body, _, _ in self.calls if isinstance(body, Reserve)]

    def registration(self, installation="test", boot=None, address=None) -> Register:
        status = self.status if boot is None else msgspec.structs.replace(self.status, boot=boot)
        where = address or f"10.0.0.1:{len(self.name)}"
        return Register(self.name, installation, where, self.offers, status)


class Cell:
    """A management server's parts with a clock of their own and fake session servers."""

    def __init__(self, members, *, warming=False, numbers=None, **options):
        self.clock = Clock()
        self.clock.advance(1000)
        self.configuration = parse(installation_xml(members, **options))
        self.registry = Registry(self.clock, Rules(), self.configuration, "rev-1")
        self.registry.set_warming(warming=warming)
        self.decisions = DecisionLog(1000)
        self.wake_ups: list[tuple[str, ...]] = []
        self.on_wake_up: Callable[[], None] = lambda: None
        numbers = iter(numbers) if numbers is not None else None
        draw = integers(generator(1, "d")) if numbers is None else lambda _: next(numbers)
        self.broker = Broker(
            self.registry,
            ReservationClient(self.registry, self.clock, 0.4),
            self._wake_up,
            self.decisions,
            lambda _: CountingSource(draw),
            self.clock,
        )
        self.servers: dict[str, FakeServer] = {}
        self.client = FakeServer("client")
        self.requests = 0

    async def _wake_up(self, names, left):
        self.wake_ups.append(names)
        self.on_wake_up()

    def join(self, name: str, says: object = "granted", **options) -> FakeServer:
        server = self.servers[name] = FakeServer(name, says, **options)
        self.registry.register(server, server.registration())
        return server

    def lose(self, name: str) -> None:
        self.servers[name].open = False
        self.registry.lost(self.servers[name], "EOF")

    def beat(self, name: str) -> None:
        self.registry.heard(self.servers[name], self.servers[name].status, None)

    def start(
        self, name="BankDemo", kind="model", *, domain="d", seconds=30.0, attempt=1, request_id=""
    ) -> list:
        """Begin an allocation; the list holds its result or error once there is one."""
        self.requests += 1
        wanted = Allocate(domain, kind, name, "bob", "pc1", attempt)
        call = Incoming(wanted, request_id or f"r{self.requests}", seconds, self.client)
        found: list = []
        self.job = Deferred.fromCoroutine(self.broker.allocate(call, wanted))
        self.job.addCallbacks(found.append, lambda caught: found.append(caught.value))
        return found

    def allocate(self, *args, **options):
        """An allocation that ends at once: `Allocated`, or the error."""
        (result,) = self.start(*args, **options)
        return result


# ---- real links over memory -------------------------------------------------------------------


class Peer:
    """A session server's or client's side of a link: answers from a table, remembers notices."""

    def __init__(self, answers=None):
        self.answers = answers or {}
        self.calls: list[Incoming] = []
        self.notices: list[object] = []
        self.ended: list[str] = []

    def hello(self, link, peer):
        self.management = peer

    async def handle(self, call):
        self.calls.append(call)
        said = self.answers.get(type(call.body), Done())
        said = said(call.body) if callable(said) else said
        return await said if isinstance(said, Deferred) else said

    def told(self, link, notice):
        self.notices.append(notice)

    def closed(self, link, reason):
        self.ended.append(reason)


class Net:
    """A whole management server on a clock, and peers joined to it in memory."""

    def __init__(self, members, config=None, store=None, data=b"", *, rows_file=None, **options):
        self.clock = MemoryReactorClock()
        self.clock.advance(1000)
        self.configuration = Configuration("installation.xml")
        data = data or installation_xml(members, **options)
        self.store = store or MemoryStore(data, self.configuration.check)
        finished = Deferred.fromCoroutine(self.configuration.start(self.store))
        assert finished.called
        config = config or ManagementConfig(name="m1", warming=0.0, check=0.0, wake_up=0.0)
        self.server = ManagementServer(
            config,
            self.configuration,
            self.clock,
            seed=1,
            rows_file=rows_file,
            seconds=self.clock.seconds,
        )
        self.server.rows.start()
        self.server.monitor.start()
        self.registry = self.server.registry
        self.pipes: list[tuple[Link, StringTransport, Link, StringTransport]] = []

    def connect(self, role, name, peer=None, *, installation="") -> Link:
        """A link of this peer to the management server; the peer's end."""
        theirs = Link(
            Hello(role, name, installation, f"boot-{name}"),
            peer or Peer(),
            self.clock,
            ping_every=0,
        )
        ours = Link(self.server.identity, self.server.handler, self.clock, ping_every=0)
        wires = StringTransport(), StringTransport()
        for link, wire in zip((ours, theirs), wires, strict=True):
            wire.abortConnection = wire.loseConnection
            link.makeConnection(wire)
        self.pipes.append((ours, wires[0], theirs, wires[1]))
        self.pump()
        return theirs

    def pump(self) -> None:
        """Carry bytes until nothing moves; end what either side has closed."""
        moved = True
        while moved:
            moved = False
            for pipe in tuple(self.pipes):
                ours, out, theirs, back = pipe
                for wire, to in ((out, theirs), (back, ours)):
                    data = wire.value()
                    wire.clear()
                    if data:
                        to.dataReceived(data)
                        moved = True
                if not moved and (out.disconnecting or back.disconnecting):
                    self.cut(theirs)
                    moved = True

    def cut(self, theirs: Link) -> None:
        """The connection ends."""
        for pipe in tuple(self.pipes):
            if pipe[2] is theirs:
                self.pipes.remove(pipe)
                for link in (pipe[0], theirs):
                    link.connectionLost(Caught(ConnectionDone()))

    def advance(self, seconds: float, step: float = 0.05) -> None:
        """Let time pass in small steps, carrying bytes."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.pump()

    def call(self, link: Link, body, *, seconds=30.0, request_id="r1"):
        """Make a call; the list holds its answer or error once there is one."""
        found: list = []
        made = link.call(body, request_id=request_id, seconds=seconds)
        made.addCallbacks(found.append, lambda caught: found.append(caught.value))
        self.pump()
        return found

    def session_server(self, name, answers=None, *, installation="test", offers=(BANK, POOL)):
        """A registered session server: (link, peer)."""
        peer = Peer(answers)
        link = self.connect("session server", name, peer, installation=installation)
        status = Status(f"boot-{name}", maximum=5)
        said = Register(name, installation, f"10.0.0.1:{9623 + len(self.pipes)}", offers, status)
        peer.registered = self.call(link, said)
        return link, peer
