"""The port of the administration API, dialled by a part: it is told what it has reached."""

import urllib.request

import pytest
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource
from twisted.web.server import Site

from mgmtsrvr.api.listening import over_tls, telling_parts
from tests.support.identities import Identities
from verdigris.errors import WrongPort
from verdigris.identity import Role
from verdigris.link import Dialer
from verdigris.values import Endpoint
from verdigris.wire import Hello


pytestmark = pytest.mark.sockets

BANK = Identities("bank")


class Page(Resource):
    isLeaf = True  # noqa: N815 - Twisted's name

    def render_GET(self, request):  # noqa: N802 - Twisted's name
        return b"page"


class Port:
    """The API listens for as long as the block lasts."""

    def __init__(self, security=None):
        self.factory = telling_parts(Site(Page()))
        if security is not None:
            self.factory = over_tls(self.factory, security, reactor)

    async def __aenter__(self):
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        self._port = await endpoint.listen(self.factory)
        return Endpoint("127.0.0.1", self._port.getHost().port)

    async def __aexit__(self, *_):
        await self._port.stopListening()


@pytest.mark.parametrize("secured", [False, True])
def test_a_part_that_dials_it_is_told_what_it_is(on_reactor, secured):
    server = BANK.security("management-server", "m1") if secured else None
    client = BANK.security("management-server", "m2") if secured else None

    async def scenario():
        async with Port(server) as address:
            me = Hello(Role.MANAGEMENT_SERVER.words, "m2", "bank")
            dialer = Dialer(reactor, me, security=client)
            try:
                await dialer.to(address, seconds=10)
            finally:
                dialer.close()

    with pytest.raises(WrongPort, match="is the administration API, and parts and clients do not"):
        on_reactor(scenario)


def test_http_is_not_touched(on_reactor):
    def get(address):
        with urllib.request.urlopen(f"http://{address}/", timeout=10) as answer:
            return answer.read()

    async def scenario():
        async with Port() as address:
            return await deferToThread(get, address)

    assert on_reactor(scenario) == b"page"
