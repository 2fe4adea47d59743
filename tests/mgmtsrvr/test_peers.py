"""Several management servers: questions to any of them are answered by all."""

import pytest
from twisted.internet.defer import Deferred, fail

from tests.mgmtsrvr.test_api import SEED, Http
from tests.support.management import BANK, Net, installation_xml
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import MethodTimedOut, ServerUnreachable
from verdigris.wire import (
    Allocate,
    AskPeer,
    ListSessions,
    PeerAnswer,
    Reserve,
    Reserved,
    Sessions,
    SessionStatus,
)


NAMES = ("m1", "m2", "m3")
LISTED = "".join(
    f'<management-server name="{name}" address="10.0.0.{i}:9641"/>' for i, name in enumerate(NAMES)
)
XML = installation_xml(SEED).replace(
    b"<domains>", f"<management-servers>{LISTED}</management-servers><domains>".encode()
)


class Wire:
    """Opens links that lead straight into another management server's handler."""

    def __init__(self, cluster):
        self.cluster = cluster

    def to(self, address, *, seconds=1.0):
        name = NAMES[int(address.host[-1])]
        wanted: Deferred = Deferred()
        how = self.cluster.how.get(name, "up")
        if how == "down":
            wanted.errback(ServerUnreachable(server=name, address=address, reason="refused"))
        else:
            wanted.callback(Reached(self.cluster.servers[name].server, how))
        return wanted


class Reached:
    def __init__(self, server, how):
        self.server, self.how = server, how
        self.peer = server.identity

    def call(self, body, *, request_id, seconds):
        if self.how == "frozen":
            return fail(MethodTimedOut())
        return Deferred.fromCoroutine(self.server.api.answer_peer(body, request_id))


class Cluster:
    """Three management servers; `http[name]` asks one."""

    def __init__(self):
        self.how: dict[str, str] = {}
        self.servers = {}
        for name in NAMES:
            config = ManagementConfig(name=name, warming=0.0, check=0.0, wake_up=0.0)
            net = self.servers[name] = Net(SEED, config=config, data=XML)
            net.server.peers._dialer = Wire(self)
        for net in self.servers.values():
            net.pump = self.pump
        self.http = {name: Http(net) for name, net in self.servers.items()}

    def pump(self):
        for net in (*self.servers.values(), *self.servers.values()):
            Net.pump(net)

    def join(self, name, *managers, answers=None):
        for manager in managers:
            self.servers[manager].session_server(name, answers)


@pytest.fixture
def cluster():
    made = Cluster()
    yield made
    for net in made.servers.values():
        for pipe in tuple(net.pipes):
            net.cut(pipe[2])


def allocate(net, request_id):
    client = net.connect("connector", "c")
    wanted = Allocate("d", "model", BANK.name, "bob", "pc")
    return net.call(client, wanted, request_id=request_id)


GRANTS = {Reserve: Reserved("A~1", "claim", 10.0)}


def test_a_trail_is_found_at_whichever_server_made_it(cluster):
    cluster.join("A", "m2", answers=GRANTS)
    allocate(cluster.servers["m2"], "r-7")
    answer = cluster.http["m1"]("GET", "/allocations/r-7")
    (found,) = answer.json
    assert (found["management_server"], found["server"]) == ("m2", "A")
    assert "x-verdigris-unanswered" not in answer.headers
    assert cluster.http["m1"]("GET", "/allocations/r-7?own=true").status == 404


def test_allocations_of_all_come_newest_first_and_not_more_than_asked_for(cluster):
    for name in NAMES:
        cluster.join("A", name, answers=GRANTS)
        allocate(cluster.servers[name], f"r-{name}")
    found = cluster.http["m3"]("GET", "/allocations?last=2").json
    assert len(found) == 2
    times = [it["time"] for it in cluster.http["m3"]("GET", "/allocations").json]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3
    assert len(cluster.http["m3"]("GET", "/allocations?own=true").json) == 1


@pytest.mark.parametrize("how", ["down", "frozen"])
def test_those_that_do_not_answer_are_named(cluster, how):
    cluster.how = {"m2": how, "m3": how}
    answer = cluster.http["m1"]("GET", "/allocations")
    assert answer.headers["x-verdigris-unanswered"] == "m2 m3"
    missing = cluster.http["m1"]("GET", "/allocations/r-9")
    assert missing.status == 404
    assert missing.json["details"]["unanswered"] == ["m2", "m3"]


def test_the_management_servers_with_what_each_says_of_itself(cluster):
    cluster.how = {"m3": "down"}
    one, two, three = cluster.http["m1"]("GET", "/management-servers").json
    assert [one["name"], two["name"], three["name"]] == ["m1", "m2", "m3"]
    assert (two["state"], two["address"], two["revision"]) == (
        "online",
        "10.0.0.1:9641",
        one["revision"],
    )
    assert three["state"] == "offline"
    assert "refused" in three["problem"]


def test_parts_are_shown_with_their_states_and_who_did_not_answer(cluster):
    cluster.join("A", "m1")
    cluster.how = {"m3": "down"}
    answer = cluster.http["m1"]("GET", "/parts")
    states = {(it["role"], it["name"]): it["state"] for it in answer.json}
    assert [states["management-server", name] for name in NAMES] == ["online", "online", "offline"]
    assert states["session-server", "A"] == "online"
    assert states["session-server", "B"] == "offline"
    assert answer.headers["x-verdigris-unanswered"] == "m3"
    assert "x-verdigris-unanswered" not in cluster.http["m1"]("GET", "/parts?own=true").headers


def test_a_session_server_that_only_another_reaches_is_seen_and_asked_through_it(cluster):
    said = Sessions((SessionStatus(4, "model", "BankDemo", "BankDemo", "active"),))
    cluster.join("A", "m2", answers={ListSessions: said})
    http = cluster.http["m1"]
    (server,) = [it for it in http("GET", "/servers").json if it["name"] == "A"]
    assert server["state"] == "offline"
    assert server["views"][0] == {"management_server": "m2", "state": "online", "reason": ""}
    assert http("GET", "/servers/A").json["views"] == server["views"]
    assert [it["id"] for it in http("GET", "/servers/A/sessions").json] == [4]
    assert http("GET", "/servers/A/sessions?own=true").status == 503


def test_a_server_nobody_reaches_is_still_unreachable(cluster):
    answer = cluster.http["m1"]("GET", "/servers/A/sessions")
    assert (answer.status, answer.json["code"]) == (503, 9202)


def test_a_management_server_under_another_name_does_not_ask_itself(cluster):
    net = cluster.servers["m1"]
    net.server.peers._name = "somebody"
    names = [it["name"] for it in cluster.http["m1"]("GET", "/management-servers").json]
    assert names == ["m1", "m2", "m3"]


# ---- over the wire -------------------------------------------------------------------------------


def asked(net, role, installation, question):
    link = net.connect(role, "m2", installation=installation)
    return net.call(link, question)[0]


def test_only_management_servers_of_the_installation_ask(net):
    made = net(SEED)
    question = AskPeer("/version")
    answer = asked(made, "management server", "test", question)
    assert isinstance(answer, PeerAnswer)
    assert answer.status == 200
    assert asked(made, "connector", "", question).code == 9207
    assert asked(made, "management server", "another", question).code == 9208


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/servers/A/drain", 405),
        ("/allocations/none", 404),
        ("/allocations", 200),
    ],
)
def test_a_peer_gets_answers_to_questions_alone(net, path, status):
    answer = asked(net(SEED), "management server", "test", AskPeer(path))
    assert answer.status == status


def test_a_peer_that_asks_is_not_asked_back(cluster):
    cluster.how = dict.fromkeys(NAMES, "down")
    net = cluster.servers["m1"]
    answer = asked(net, "management server", "test", AskPeer("/allocations"))
    assert (answer.status, answer.body) == (200, b"[]")
