"""One link per address, dialled when needed, forgotten when dead."""

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater

from verdigris.errors import ForeignServer, MethodTimedOut, NotOffered, ServerUnreachable
from verdigris.link import Dialer, Silent, listen
from verdigris.values import Endpoint
from verdigris.wire import Heartbeat, Hello, Locate, Located


pytestmark = pytest.mark.sockets


class Server(Silent):
    """Answers Locate, and refuses hellos when told to."""

    def __init__(self):
        self.links = []
        self.refuse = None

    def hello(self, link, peer):
        if self.refuse:
            raise self.refuse
        self.links.append(link)

    async def handle(self, call):
        if isinstance(call.body, Locate):
            return Located(call.body.server, "a:1")
        raise NotOffered(kind="model", name="X", where="here")


async def served(server):
    port = await listen(
        TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"),
        Hello("session server", "vs1"),
        server,
        reactor,
    )
    return port, Endpoint("127.0.0.1", port.getHost().port)


@pytest.fixture
def dialer():
    return Dialer(reactor, Hello("gateway", "gw"))


def test_callers_share_one_link(on_reactor, dialer):
    async def scenario():
        server = Server()
        port, address = await served(server)
        first, second = await gatherResults([dialer.to(address), dialer.to(address)])
        answer = await first.call(Locate("vs1"), request_id="r", seconds=20)
        third = await dialer.to(address)
        found = (first is second is third, answer, len(server.links), repr(first))
        dialer.close()
        await port.stopListening()
        return found

    same, answer, links, text = on_reactor(scenario)
    assert same
    assert answer == Located("vs1", "a:1")
    assert links == 1
    assert text.startswith("<Link to session server vs1 at 127.0.0.1:")


def test_a_dead_link_is_dialled_again(on_reactor, dialer):
    async def scenario():
        server = Server()
        port, address = await served(server)
        first = await dialer.to(address)
        gone = Deferred()
        server.closed = lambda link, reason: gone.callback(reason)
        first.abort()
        await gone
        second = await dialer.to(address)
        dialer.close()
        await port.stopListening()
        return first is second, first.open, second.open

    assert on_reactor(scenario)[:2] == (False, False)


def test_nobody_there_is_said_in_words(on_reactor, dialer):
    async def scenario():
        port, address = await served(Server())
        await port.stopListening()
        await dialer.to(address)

    with pytest.raises(ServerUnreachable, match="refused"):
        on_reactor(scenario)


def test_a_refusal_arrives_as_the_peers_error(on_reactor, dialer):
    async def scenario():
        server = Server()
        server.refuse = ForeignServer(server="gw", theirs="b", ours="a")
        port, address = await served(server)
        try:
            await dialer.to(address)
        finally:
            await port.stopListening()

    with pytest.raises(ForeignServer):
        on_reactor(scenario)


def test_a_peer_that_says_nothing_is_unreachable_in_time(on_reactor, dialer):
    async def scenario():
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port = await endpoint.listen(Factory.forProtocol(Protocol))
        try:
            await dialer.to(Endpoint("127.0.0.1", port.getHost().port), seconds=0.2)
        finally:
            await port.stopListening()

    with pytest.raises(ServerUnreachable):
        on_reactor(scenario)


def test_beside_a_suspect_link_a_second_is_dialled_and_takes_its_place(on_reactor, dialer):
    """After a cut of the network the first is revived late, by the kernel's retransmissions only."""

    async def scenario():
        server = Server()
        port, address = await served(server)
        first = await dialer.to(address)
        server.links[0].transport.pauseProducing()
        with pytest.raises(MethodTimedOut):
            await first.call(Locate("vs1"), request_id="r", seconds=0.05)
        second = await dialer.to(address)
        answer = await second.call(Locate("vs1"), request_id="r", seconds=20)
        third = await dialer.to(address)
        found = (first is second, second is third, answer)
        server.links[0].transport.resumeProducing()
        dialer.close()
        first.abort()
        await port.stopListening()
        return found

    assert on_reactor(scenario) == (False, True, Located("vs1", "a:1"))


def test_a_suspect_link_that_is_alive_after_all_is_used_when_no_second_can_be_had(
    on_reactor, dialer
):
    async def scenario():
        server = Server()
        port, address = await served(server)
        first = await dialer.to(address)
        await port.stopListening()
        first.suspect = True
        with pytest.raises(ServerUnreachable):
            await dialer.to(address)
        server.links[0].tell(Heartbeat())
        while first.suspect:
            await deferLater(reactor, 0.01)
        again = await dialer.to(address)
        dialer.close()
        return first is again

    assert on_reactor(scenario)
