"""The stream and the pages over twisted.web in memory, with a client of wsproto."""

import json
import re
from types import SimpleNamespace

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

from mgmtsrvr.api import site
from mgmtsrvr.console import root
from mgmtsrvr.console.stream import LONGEST, PING, WATCHES
from mgmtsrvr.console.watches import EVERY, Watches


SEED = [("A", 80), ("B", 20)]
HOME = "http://localhost:8095"


class Site:
    """The listener of a management server, without a socket."""

    def __init__(self, net):
        self.net = net
        self.watches = Watches(net.clock)
        self.site = site(net.server.api, net.clock, root(net.server.api, self.watches, net.clock))

    def connect(self):
        wire = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 5))
        channel = self.site.buildProtocol(None)
        channel.makeConnection(wire)
        return channel, wire

    def get(self, path, **headers):
        channel, wire = self.connect()
        lines = [
            f"GET {path} HTTP/1.1",
            *(
                f"{n.replace('_', '-')}: {v}"
                for n, v in {"Host": "localhost:8095", **headers}.items()
            ),
        ]
        channel.dataReceived("\r\n".join(lines).encode() + b"\r\n\r\n")
        self.net.pump()
        head, _, body = wire.value().partition(b"\r\n\r\n")
        return SimpleNamespace(status=int(head.split()[1]), head=head.decode(), body=body)


class Page:
    """An open page: the client's side of its socket."""

    def __init__(self, site, origin=HOME, host="localhost:8095"):
        self.site = site
        self.channel, self.wire = site.connect()
        self.socket = WSConnection(ConnectionType.CLIENT)
        self.give(
            Request(
                host=host,
                target="/stream",
                extra_headers=[(b"Origin", origin.encode())] if origin else [],
            )
        )

    def give(self, event):
        self.channel.dataReceived(self.socket.send(event))
        self.site.net.pump()

    def say(self, message):
        self.give(TextMessage(message if isinstance(message, str) else json.dumps(message)))

    def events(self):
        data = self.wire.value()
        self.wire.clear()
        if data:
            self.socket.receive_data(data)
        return list(self.socket.events())

    def heard(self):
        return [json.loads(it.data) for it in self.events() if isinstance(it, TextMessage)]


@pytest.fixture
def console(net):
    return Site(net(SEED))


@pytest.fixture
def page(console):
    opened = Page(console)
    assert [type(it) for it in opened.events()] == [AcceptConnection]
    return opened


def test_what_is_watched_is_told_at_once_and_when_it_changes(page):
    page.say({"watch": "/domains", "id": 1})
    (first,) = page.heard()
    assert (first["id"], first["status"], first["body"][0]["name"]) == (1, 200, "d")
    page.site.net.advance(EVERY)
    assert page.heard() == []
    page.site.net.session_server("A")
    page.site.net.advance(EVERY)
    (second,) = page.heard()
    assert [it["state"] for it in second["body"][0]["members"]] == ["online", "offline"]


def test_a_list_comes_with_the_number_of_its_rows(page):
    page.say({"watch": "/servers?limit=1&sort=name", "id": 7})
    (told,) = page.heard()
    assert (told["total"], [it["name"] for it in told["body"]]) == (2, ["A"])


@pytest.mark.parametrize(
    "path", ["/nothing", "/servers/Z", "/servers?sort=nome", "/metrics", "/drain"]
)
def test_a_refusal_is_told_as_a_problem(page, path):
    page.say({"watch": path, "id": 2})
    (told,) = page.heard()
    assert told["id"] == 2
    assert told["status"] >= 400
    assert told["problem"]["code"]


def test_a_page_that_reads_slowly_is_told_the_newest_only(page):
    page.say({"watch": "/domains", "id": 1})
    page.heard()
    page.wire.producer.pauseProducing()
    for name in "AB":
        page.site.net.session_server(name)
        page.site.net.advance(EVERY)
    assert page.heard() == []
    page.wire.producer.resumeProducing()
    (told,) = page.heard()
    assert [it["state"] for it in told["body"][0]["members"]] == ["online", "online"]


def test_what_is_watched_no_more_is_not_told(page):
    page.say({"watch": "/domains", "id": 1})
    page.say({"unwatch": 1})
    page.heard()
    page.site.net.session_server("A")
    page.site.net.advance(EVERY)
    assert (page.heard(), len(page.site.watches)) == ([], 0)


def test_a_page_that_has_gone_watches_nothing(page):
    page.say({"watch": "/domains", "id": 1})
    page.give(CloseConnection(1000))
    page.channel.connectionLost(None)
    assert len(page.site.watches) == 0


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:1", "null"])
def test_a_page_of_another_site_gets_no_socket(console, origin):
    """Cross-site WebSocket hijacking (CWE-1385): a browser sends its cookie with every upgrade."""
    opened = Page(console, origin)
    (answer,) = [it for it in opened.events() if isinstance(it, RejectConnection)]
    assert answer.status_code == 403


def test_a_socket_under_a_strange_name_is_refused(console):
    """DNS rebinding."""
    opened = Page(console, "http://evil.example:8095", "evil.example:8095")
    assert [it.status_code for it in opened.events() if isinstance(it, RejectConnection)] == [421]


@pytest.mark.parametrize(
    "said", ["nothing", '{"watch": 1}', '{"drive": "x"}', "x" * (LONGEST + 50)]
)
def test_what_no_page_of_ours_says_ends_the_socket(page, said):
    page.say(said)
    assert [it.code for it in page.events() if isinstance(it, CloseConnection)] == [1008]


def test_one_page_watches_a_bounded_number_of_addresses(page):
    for number in range(1, WATCHES + 2):
        page.say({"watch": f"/domains?limit={number}", "id": number})
    assert [it.code for it in page.events() if isinstance(it, CloseConnection)] == [1013]


def test_a_page_that_answers_no_ping_is_closed(page):
    for _ in range(4):
        page.site.net.advance(PING)
    found = page.events()
    assert sum(isinstance(it, Ping) for it in found) == 2
    assert [it.code for it in found if isinstance(it, CloseConnection)] == [1001]


def test_every_address_of_the_console_is_the_same_shell(console):
    shells = {
        console.get(path).body for path in ("/console", "/console/servers/A", "/console/x/y/z")
    }
    assert len(shells) == 1
    assert b"Content-Security-Policy: default-src 'none'" in console.get("/console").head.encode()


def test_the_files_of_the_shell_are_there_and_kept_for_ever(console):
    names = re.findall(r'(?:href|src)="([^"]+)"', console.get("/console").body.decode())
    assert len(names) > 10
    for name in names:
        answer = console.get(name)
        assert (answer.status, "immutable" in answer.head) == (200, True), name


@pytest.mark.parametrize("path", ["/assets/0/kit/html.js", "/assets/../../setup.py", "/assets/"])
def test_no_other_file_is_served(console, path):
    assert console.get(path).status == 404


def test_a_browser_is_led_from_the_root_to_the_console(console):
    answer = console.get("/", Accept="text/html,*/*")
    assert (answer.status, "Location: /console" in answer.head) == (302, True)
    assert console.get("/ready").status == 503


def test_a_page_under_a_strange_name_is_refused(console):
    assert console.get("/console", Host="evil.example:8095").status == 421
