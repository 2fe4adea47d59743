"""TLS between parts: who is let in, who is refused in which words, and that nobody hangs."""

import contextlib
import datetime as dt
import socket

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.threads import deferToThread

from tests.support.identities import NOW, YEAR, Identities, signer
from verdigris.errors import IdentityRefused, PlainTextPeer, TlsFailed, TlsRequired
from verdigris.identity import Part, Role
from verdigris.identity.revocation import Revocation
from verdigris.link import Dialer, Silent, listen
from verdigris.values import Endpoint
from verdigris.wire import Hello, Locate, Located


pytestmark = pytest.mark.sockets

BANK, OTHER = Identities("bank"), Identities("other")
SERVER = BANK.security("management-server", "m1")
DAY = dt.timedelta(days=1)


class Server(Silent):
    def __init__(self):
        self.links = []
        self.ended = Deferred()

    def hello(self, link, peer):
        self.links.append(link)

    async def handle(self, call):
        return Located(call.body.server, "a:1")

    def closed(self, link, reason):
        if not self.ended.called:
            self.ended.callback(reason)


class Port:
    """A server that listens for as long as the block lasts."""

    def __init__(self, security=SERVER, hello=None):
        self.security = security
        part = security.part if security else Part("bank", Role.MANAGEMENT_SERVER, "m1")
        self.hello = hello or Hello(part.role.words, part.name, part.installation)
        self.server = Server()

    async def __aenter__(self):
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        self._port = await listen(
            endpoint, self.hello, self.server, reactor, security=self.security
        )
        self.address = Endpoint("127.0.0.1", self._port.getHost().port)
        return self

    async def __aexit__(self, *_):
        await self._port.stopListening()


def dialer(security, role="gateway", name="gw1", installation=""):
    return Dialer(reactor, Hello(role, name, installation), security=security)


async def answered(port, one):
    try:
        link = await one.to(port.address, seconds=20)
        return await link.call(Locate("vs1"), request_id="r", seconds=20)
    finally:
        one.close()


async def asked(client, port=None):
    async with port or Port() as there:
        return await answered(there, client)


def test_a_member_is_known_by_its_certificate(on_reactor):
    async def scenario():
        async with Port() as port:
            one = dialer(BANK.security("gateway", "gw1"))
            answer = await answered(port, one)
            return answer, port.server.links[0].part

    answer, part = on_reactor(scenario)
    assert answer == Located("vs1", "a:1")
    assert part == Part("bank", Role.GATEWAY, "gw1")


def test_a_client_needs_no_certificate_and_is_nobody(on_reactor):
    async def scenario():
        async with Port() as port:
            answer = await answered(port, dialer(BANK.client(), "connector", "laptop"))
            return answer, port.server.links[0].part, port.server.links[0].secured

    assert on_reactor(scenario) == (Located("vs1", "a:1"), None, True)


EXPIRED = {"now": NOW - 2 * YEAR, "life": YEAR}


@pytest.mark.parametrize(
    ("client", "error", "said"),
    [
        (lambda: dialer(OTHER.trusting(BANK).security("gateway", "gw1")), TlsFailed, "authority is not trusted there"),
        (lambda: dialer(OTHER.security("gateway", "gw1")), TlsFailed, "its certificate is refused: its chain ends in a certificate that is not trusted here"),
        (lambda: dialer(BANK.security("gateway", "gw1", **EXPIRED)), TlsFailed, "it refuses the certificate of this side: it has expired"),
        (lambda: dialer(BANK.security("gateway", "gw1"), "session server", "gw1"), IdentityRefused, "its certificate is that of gateway gw1"),
        (lambda: dialer(BANK.security("gateway", "gw1"), "gateway", "gw2"), IdentityRefused, "its certificate is that of gateway gw1"),
        (lambda: dialer(BANK.security("gateway", "gw1"), "tool", "gw1"), IdentityRefused, "its certificate is that of gateway gw1"),
        (lambda: dialer(BANK.client(), "gateway", "gw1"), IdentityRefused, "a gateway has to show a certificate, and it has shown none"),
        (lambda: dialer(BANK.client(), "session server", "vs1"), IdentityRefused, "has to show a certificate"),
        (lambda: dialer(BANK.client(), "management server", "m2"), IdentityRefused, "has to show a certificate"),
        (lambda: dialer(BANK.client(), "admin", "x"), IdentityRefused, "is not a role"),
        (lambda: dialer(BANK.security("gateway", "gw1"), installation="else"), IdentityRefused, "of installation bank, not of else"),
        (lambda: dialer(None), TlsRequired, "requires TLS"),
    ],
    ids=[
        "authority unknown there", "authority unknown here", "expired", "other role", "other name",
        "part as a tool", "gateway without", "session server without",
        "management server without", "no such role", "other installation", "plain text",
    ],
)  # fmt: skip
def test_who_cannot_prove_what_it_says_is_refused_in_words(on_reactor, client, error, said):
    with pytest.raises(error, match=said):
        on_reactor(lambda: asked(client()))


def test_one_authority_for_two_installations_makes_no_members_of_the_other(on_reactor):
    """A company may sign both by mistake: the installation in the URI still tells them apart."""
    shared = signer()
    mine, other = Identities("bank", shared), Identities("other", shared)
    port = Port(mine.security("management-server", "m1"))
    with pytest.raises(IdentityRefused, match="of installation other, not of bank"):
        on_reactor(lambda: asked(dialer(other.security("gateway", "gw1")), port))


@pytest.mark.parametrize(
    ("server", "hello", "error", "said"),
    [
        (OTHER.security("management-server", "m1"), None, TlsFailed, "that is not trusted here"),
        (BANK.security("management-server", "m1", **EXPIRED), None, TlsFailed, "it has expired"),
        (BANK.security("management-server", "m1", now=NOW + 2 * DAY), None, TlsFailed, "not valid yet"),
        (BANK.security("gateway", "gw9"), Hello("management server", "gw9"), IdentityRefused, "is that of gateway gw9"),
        (BANK.security("session-server", "vs1", hosts=("vs1.example",)), None, IdentityRefused, "expected at 127.0.0.1, and its certificate is for vs1.example, vs1"),
    ],
    ids=["other authority", "expired", "not valid yet", "other role", "other host"],
)  # fmt: skip
def test_a_server_that_is_not_the_one_that_was_wanted_is_refused(
    on_reactor, server, hello, error, said
):
    with pytest.raises(error, match=said):
        on_reactor(lambda: asked(dialer(BANK.client(), "tool", "t"), Port(server, hello)))


def test_tls_to_a_port_of_plain_text_is_said_in_words_at_once(on_reactor):
    with pytest.raises(PlainTextPeer, match="speaks plain text"):
        on_reactor(lambda: asked(dialer(BANK.client(), "tool", "t"), Port(None)))


def test_a_revoked_peer_loses_its_connection_and_gets_no_other(on_reactor):
    async def scenario():
        async with Port(BANK.security("management-server", "m1")) as port:
            security = BANK.security("gateway", "gw1")
            one = dialer(security, "gateway", "gw1")
            await one.to(port.address, seconds=20)
            gone = [Revocation(Role.GATEWAY, "gw1", dt.datetime.now(dt.UTC))]
            port.security.revoke(gone)
            await port.server.ended
            try:
                await answered(port, dialer(security, "gateway", "gw1"))
            except IdentityRefused as problem:
                refused = str(problem)
            one.close()
            again = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
            newer = BANK.security("gateway", "gw1", now=again)
            return refused, await answered(port, dialer(newer, "gateway", "gw1"))

    refused, answer = on_reactor(scenario)
    assert "has been revoked" in refused
    assert answer == Located("vs1", "a:1")


def test_a_renewed_certificate_is_shown_to_the_next_connection_and_the_others_go_on(on_reactor):
    async def scenario():
        security = BANK.security("management-server", "m1")
        async with Port(security) as port:
            first = dialer(BANK.client(), "tool", "t")
            link = await first.to(port.address, seconds=20)
            security.replace(BANK.material("management-server", "m1"))
            second = dialer(BANK.client(), "tool", "t")
            other = await second.to(port.address, seconds=20)
            found = (
                await link.call(Locate("a"), request_id="r", seconds=20),
                await other.call(Locate("b"), request_id="r", seconds=20),
                link._trust.certificate == other._trust.certificate,
            )
            first.close()
            second.close()
            return found

    one, two, same = on_reactor(scenario)
    assert (one.server, two.server, same) == ("a", "b", False)


@pytest.mark.parametrize(
    "sent",
    [b"", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"],
    ids=["nothing", "half a handshake", "HTTP"],
)
def test_who_begins_and_stops_is_let_go(on_reactor, monkeypatch, sent):
    """Nothing at all, half a handshake, another protocol."""
    monkeypatch.setattr("verdigris.link.tls_detection.FIRST_WITHIN", 0.2)
    monkeypatch.setattr("verdigris.link.transport.HELLO_WITHIN", 0.2)
    monkeypatch.setattr("verdigris.link.transport.REFUSED_WITHIN", 0.2)

    def silent(address):
        with (
            contextlib.suppress(ConnectionResetError),
            socket.create_connection((address.host, address.port), timeout=5) as one,
        ):
            one.sendall(sent)
            while one.recv(1000):
                pass

    async def scenario():
        async with Port() as port:
            await deferToThread(silent, port.address)

    on_reactor(scenario)


def test_a_link_that_is_closed_while_its_intake_waits_for_its_turn_ends_on_both_sides(
    on_reactor, monkeypatch
):
    """TLS ends with an answer of the peer, which has to be read."""
    monkeypatch.setattr("verdigris.link.intake.SHARE", -1.0)

    async def scenario():
        async with Port() as port:
            one = dialer(BANK.client(), "tool", "t")
            link = await one.to(port.address, seconds=20)
            gone = Deferred()
            link._handler = port.server  # told of the end as the server's side is
            port.server.closed = lambda which, _: gone.callback(None) if which is link else None
            await link.call(Locate("vs1"), request_id="r", seconds=20)
            one.close()  # within the answer's turn
            await gone.addTimeout(3, reactor)

    on_reactor(scenario)
