"""The connector over real sockets, against scripted management and session servers."""

import signal
import threading
import time

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, Protocol

from verdigris.connector import Connector, Target, blocking
from verdigris.connector._thread import in_thread
from verdigris.errors import (
    ConnectionLost,
    HostUnreachable,
    MethodTimedOut,
    NoManagementServer,
    NoServerAvailable,
    ServerUnreachable,
)
from verdigris.link import Silent, listen
from verdigris.wire import (
    Allocate,
    Allocated,
    Claim,
    Done,
    Hello,
    Opened,
    Perform,
    Ran,
    Release,
    Rows,
    Run,
    Try,
)


pytestmark = pytest.mark.sockets
SESSION = "vs1~" + "a" * 32
OPENED = Opened(SESSION, "vs1", "BankDemo", "v", "3270", "MainMenu", 7)
ROWS = Rows((("Name", "text"),), [["SMITH"]], path=("MainMenu",), server="vs1", milliseconds=1.5)
TARGET = Target.model("BankDemo", domain="retail")


class Peer(Silent):
    """A server that answers with a function of the call, and counts what it got."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = []
        self.links = []

    def hello(self, link, peer):
        self.links.append(link)

    async def handle(self, call):
        self.calls.append(call)
        found = self.answer(call)
        return await found if isinstance(found, Deferred) else found


class Frozen(Protocol):
    """Accepts connections and says nothing."""


class Stage:
    """Servers on loopback, all closed at the end."""

    def __init__(self, on_reactor, reactor):
        self.on_reactor, self.reactor = on_reactor, reactor
        self.ports, self.peers, self.connectors = [], [], []

    def server(self, role, answer):
        peer = Peer(answer)
        self.peers.append(peer)
        endpoint = serverFromString(self.reactor, "tcp:0:interface=127.0.0.1")
        port = self.on_reactor(listen, endpoint, Hello(role, role), peer, self.reactor)
        return peer, self._address(port)

    def frozen(self):
        factory = Factory.forProtocol(Frozen)
        factory.noisy = False
        return self._address(self.on_reactor(self.reactor.listenTCP, 0, factory, 50, "127.0.0.1"))

    def _address(self, port):
        self.ports.append(port)
        return f"127.0.0.1:{port.getHost().port}"

    def connector(self, *servers, **options):
        made = Connector(self.reactor, management_servers=servers, **options)
        self.connectors.append(made)
        return made

    def close(self):
        async def all_of_it():
            for made in self.connectors:
                made.close()
            for peer in self.peers:
                for link in peer.links:
                    link.abort()
            for port in self.ports:
                await port.stopListening()

        self.on_reactor(all_of_it)


@pytest.fixture
def stage(on_reactor, _reactor_thread):
    made = Stage(on_reactor, _reactor_thread)
    yield made
    made.close()


def session_server(call):
    match call.body:
        case Run():
            return Ran(OPENED, ROWS)
        case Claim():
            return OPENED
        case Perform():
            return ROWS
        case Release():
            return Done()


def manager(address):
    trail = (Try(1, (("vs1", 80),), 80, 7, "vs1", "granted"),)
    return lambda call: Allocated("vs1", address, SESSION, "claim", trail)


def test_another_part_at_a_management_servers_address_is_told(stage, on_reactor):
    vs1, at = stage.server("session server", session_server)
    connector = stage.connector(at, connection_timeout=0.3)
    with pytest.raises(NoManagementServer) as caught:
        on_reactor(lambda: connector.call(TARGET, "Customers", "Search"))
    assert f"({at}: it is session server session server, not a management server)" in str(
        caught.value
    )
    with pytest.raises(NoManagementServer, match="not a management server"):
        on_reactor(lambda: connector.offers(connection_timeout=0.3))
    assert vs1.calls == []


def test_another_part_at_a_session_servers_address_is_told(stage, on_reactor):
    management, at = stage.server("management server", session_server)
    connector = stage.connector(connection_timeout=0.3)
    with pytest.raises(ServerUnreachable, match="not a session server"):
        on_reactor(lambda: connector.connect_to_session(at, "Pool-1"))
    assert management.calls == []


def test_a_call_via_a_domain(stage, on_reactor):
    vs1, address = stage.server("session server", session_server)
    management, at = stage.server("management server", manager(address))
    connector = stage.connector(at)
    rows = on_reactor(lambda: connector.call(TARGET, "Customers", "Search", request_id="r-1"))
    assert rows.dicts() == [{"Name": "SMITH"}]
    assert rows.report.trail[0].draw == 7
    assert [call.request_id for call in management.calls + vs1.calls] == ["r-1", "r-1"]
    assert isinstance(management.calls[0].body, Allocate)
    assert management.calls[0].seconds == 1.0
    assert vs1.calls[0].seconds == 30.0


def test_connections_are_kept_for_the_next_call(stage, on_reactor):
    vs1, address = stage.server("session server", session_server)
    management, at = stage.server("management server", manager(address))
    connector = stage.connector(at)

    async def many():
        for _ in range(20):
            await connector.call(TARGET, "Customers", "Search")

    on_reactor(many)
    assert len(vs1.calls) == 20
    assert (len(vs1.links), len(management.links)) == (1, 1)


def test_dead_and_frozen_management_servers_cost_a_second_once(stage, on_reactor):
    _, address = stage.server("session server", session_server)
    management, at = stage.server("management server", manager(address))
    connector = stage.connector("127.0.0.1:1", stage.frozen(), at)

    async def timed():
        began = time.monotonic()
        await connector.call(TARGET, "Customers", "Search")
        return time.monotonic() - began

    assert on_reactor(timed) < 1.9
    assert on_reactor(timed) < 0.5
    assert len(management.calls) == 2


def test_a_session_server_killed_in_the_middle_of_a_call_fails_it_once(stage, on_reactor):
    def die(call):
        call.link.abort()
        return Deferred()

    vs1, address = stage.server("session server", die)
    _, at = stage.server("management server", manager(address))
    with pytest.raises(ConnectionLost) as caught:
        on_reactor(lambda: stage.connector(at).call(TARGET, "Customers", "Search", request_id="r"))
    assert caught.value.request_id == "r"
    assert len(vs1.calls) == 1


def test_many_calls_lost_with_one_connection_keep_their_own_ids(stage, on_reactor):
    held = []

    def hold(call):
        held.append(call)
        if len(held) == 5:
            call.link.abort()
        return Deferred()

    _, address = stage.server("session server", hold)
    _, at = stage.server("management server", manager(address))
    connector = stage.connector(at)

    async def together():
        jobs = [connector.call(TARGET, "C", "S", request_id=f"r{n}") for n in range(5)]
        found = []
        for job in jobs:
            try:
                await job
            except ConnectionLost as problem:
                found.append(problem.request_id)
        return found

    assert on_reactor(together) == ["r0", "r1", "r2", "r3", "r4"]


def test_a_repeatable_call_is_made_again_when_the_connection_is_lost(stage, on_reactor):
    first = []

    def die_once(call):
        if not first:
            first.append(call)
            call.link.abort()
            return Deferred()
        return session_server(call)

    vs1, address = stage.server("session server", die_once)
    _, at = stage.server("management server", manager(address))
    connector = stage.connector(at)
    rows = on_reactor(lambda: connector.call(TARGET, "Customers", "Search", repeatable=True))
    assert len(rows) == 1
    assert len(vs1.calls) == 2


def test_the_servers_own_account_of_a_timeout_arrives(stage, on_reactor):
    def slow(call):
        wait = Deferred()

        async def explain():
            try:
                return await wait
            except CancelledError:
                raise MethodTimedOut({"screen": "MENU"}) from None

        return Deferred.fromCoroutine(explain())

    _, address = stage.server("session server", slow)
    _, at = stage.server("management server", manager(address))
    with pytest.raises(MethodTimedOut) as caught:
        on_reactor(lambda: stage.connector(at).call(TARGET, "C", "S", method_timeout=0.2))
    assert str(caught.value) == "Timed out while waiting for data."
    assert caught.value.details["screen"] == "MENU"


def test_a_frozen_session_server_ends_the_call_a_grace_later(stage, on_reactor):
    address = stage.frozen()
    _, at = stage.server("management server", manager(address))
    began = time.monotonic()
    with pytest.raises(Exception, match="cannot be reached"):
        on_reactor(lambda: stage.connector(at).call(TARGET, "C", "S", connection_timeout=0))
    assert time.monotonic() - began < 10


def test_cancelling_a_call_reaches_the_session_server(stage, on_reactor):
    cancelled = threading.Event()
    began = threading.Event()

    def work(call):
        began.set()
        return Deferred(lambda _: cancelled.set())

    _, address = stage.server("session server", work)
    _, at = stage.server("management server", manager(address))
    connector = stage.connector(at)
    job = on_reactor(lambda: [connector.call(TARGET, "C", "S")])[0]
    assert began.wait(5)
    on_reactor(lambda: job.addErrback(lambda _: None) and job.cancel())
    assert cancelled.wait(5)


def test_refused_with_the_trail(stage, on_reactor):
    def refuse(call):
        trail = (Try(1, (("vs1", 80),), 80, 7, "vs1", "busy", "server limit"),)
        raise NoServerAvailable(
            {"trail": trail, "reason": "busy"}, user="u", location="l", name="BankDemo", domain="d"
        )

    _, at = stage.server("management server", refuse)
    with pytest.raises(NoServerAvailable) as caught:
        on_reactor(lambda: stage.connector(at).call(TARGET, "C", "S", connection_timeout=0.3))
    assert caught.value.details["trail"][0][4:6] == ["vs1", "busy"]
    assert len(caught.value.details["tries"]) > 1


class TestBlocking:
    @pytest.fixture
    def connector(self, stage):
        self.vs1, address = stage.server("session server", session_server)
        _, at = stage.server("management server", manager(address))
        with blocking.Connector(management_servers=[at]) as made:
            yield made

    def test_a_call_and_a_session(self, connector):
        assert connector.call(TARGET, "Customers", "Search").dicts() == [{"Name": "SMITH"}]
        with connector.connect_to_model_via_domain("retail", "BankDemo") as session:
            assert session.perform_table_procedure("Customers", "Search")[0]["Name"] == "SMITH"
            assert session.is_connected
        assert not session.is_connected

    def test_many_threads_share_one_connector_and_one_connection(self, connector):
        found = []

        def work():
            found.extend(len(connector.call(TARGET, "C", "S")) for _ in range(10))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [1] * 80
        assert len(self.vs1.links) == 1

    def test_errors_arrive_as_they_are(self, connector):
        def down(call):
            raise HostUnreachable(host="h", reason="refused")

        self.vs1.answer = down
        with pytest.raises(HostUnreachable) as caught:
            connector.call(TARGET, "C", "S", request_id="r-5")
        assert caught.value.request_id == "r-5"

    def test_there_is_one_thread_and_the_programs_reactor_is_left_alone(self, connector, stage):
        assert in_thread() is in_thread()
        assert in_thread().reactor is not stage.reactor
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("verdigris-connector") == 1

    def test_a_blocking_call_in_its_own_thread_is_refused_instead_of_hanging(self, connector):
        with pytest.raises(RuntimeError, match="inside a callback"):
            in_thread().wait(lambda: in_thread().wait(lambda: None))

    def test_ctrl_c_cancels_what_was_waited_for(self, connector):
        cancelled, began = threading.Event(), threading.Event()

        def hold(call):
            began.set()
            return Deferred(lambda _: cancelled.set())

        def interrupt(*_):
            raise KeyboardInterrupt

        self.vs1.answer = hold
        old = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):
                connector.call(TARGET, "C", "S")
        finally:
            signal.signal(signal.SIGALRM, old)
        assert began.is_set()
        assert cancelled.wait(5)

    def test_nobody_there(self):
        with (
            blocking.Connector(management_servers=["127.0.0.1:1"], connection_timeout=0) as alone,
            pytest.raises(NoManagementServer),
        ):
            alone.offers()
