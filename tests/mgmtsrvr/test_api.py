"""The administration API over twisted.web in memory: every route, every kind of bad input."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from lxml import etree
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.testing import StringTransport

from mgmtsrvr.api import resource as resource_module
from mgmtsrvr.api import site
from mgmtsrvr.api.openapi import listing
from mgmtsrvr.api.route import ApiReply
from tests.support.management import BANK
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.errors import BadPackage, NotOffered, Problem, UnknownTrace
from verdigris.wire import (
    Allocate,
    Deploy,
    Deployed,
    ListSessions,
    ListTraces,
    PoolStatus,
    ReadTrace,
    Refused,
    Reserve,
    Reserved,
    Sessions,
    SessionStatus,
    SetPool,
    Status,
    TraceIs,
    Traces,
    TraceStatus,
    Undeploy,
)


SEED = [("A", 80), ("B", 20), ("C", 100, 2)]


class Answer:
    def __init__(self, raw: bytes):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        pairs = [line.split(": ", 1) for line in lines[1:]]
        self.headers = {name.lower(): value for name, value in pairs}

    @property
    def json(self):
        return json.loads(self.body)


class Http:
    """Requests to the API of a management server, without a socket."""

    def __init__(self, net):
        self.net = net
        self.site = site(net.server.api, net.clock)

    def raw(self, data: bytes) -> StringTransport:
        wire = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 5))
        wire.abortConnection = wire.loseConnection
        channel = self.site.buildProtocol(None)
        channel.makeConnection(wire)
        channel.dataReceived(data)
        self.net.pump()
        return wire

    def __call__(self, method: str, path: str, body: bytes = b"", **headers) -> Answer:
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: localhost:8095",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return Answer(self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body).value())

    def get(self, path: str, **headers) -> Answer:
        return self("GET", path, **headers)


@pytest.fixture
def api(net):
    return Http(net(SEED))


# ---- health as questions -------------------------------------------------------------------------


def test_live_is_yes(api):
    assert (api.get("/live").status, api.get("/live").json["status"]) == (200, "yes")


def test_ready_is_no_while_warming(net):
    it = net(SEED, ManagementConfig(name="m", warming=1.5, check=0))
    http = Http(it)
    answer = http.get("/ready")
    assert (answer.status, answer.json["reason"]) == (503, "warming: waiting for A, B, C")
    it.advance(1.8)
    it.session_server("A")
    assert http.get("/ready").status == 200


def test_ready_reports_a_broken_file_and_is_still_yes(api):
    api.net.session_server("A")
    api.net.store.edited(b"<rubbish")
    answer = api.get("/ready")
    assert answer.status == 200
    assert "installation.xml cannot be used" in answer.json["problems"][0]


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("model=BankDemo", 200, "1 session server(s) at priority 1"),
        ("pool=Pool-1", 200, "1 session server(s) at priority 1"),
        ("model=Other", 503, "A has no started model Other; " + "; ".join(
            f"{name} offline: never registered" for name in "BC")),
    ],
)  # fmt: skip
def test_can_serve_is_answered_by_the_status(api, query, status, reason):
    api.net.session_server("A")
    answer = api.get(f"/domains/d/can-serve?{query}")
    assert (answer.status, answer.json["reason"]) == (status, reason)


def test_can_serve_says_warming(net):
    http = Http(net(SEED, ManagementConfig(name="m", warming=1.5, check=0)))
    answer = http.get("/domains/d/can-serve?model=BankDemo")
    assert (answer.status, answer.json["reason"].split(";")[0]) == (503, "warming")


def test_can_serve_without_servers(net):
    http = Http(net([]))
    assert http.get("/domains/d/can-serve?model=X").json["reason"] == "no servers configured"


DOWN = msgspec.structs.replace(BANK, problem="the host refused the connection")


def test_no_session_server_with_a_host_is_no_in_every_probe(api):
    """A balancer must not send clients where every call fails (Kong/charts#716)."""
    assert api.get("/ready").json["reason"].endswith("C is not online")
    api.net.session_server("A", offers=(DOWN,))
    for path in ("/ready", "/domains/d/can-serve?model=BankDemo"):
        answer = api.get(path)
        assert answer.status == 503
        assert "the host refused the connection" in answer.json["reason"]
    api.net.session_server("B")
    assert api.get("/ready").status == 200
    can = api.get("/domains/d/can-serve?model=BankDemo")
    assert (can.status, can.json["reason"]) == (200, "1 session server(s) at priority 1")


@pytest.mark.parametrize("path", ["/", "/ready", "/live"])
def test_options_is_a_probe_as_haproxy_sends_it(api, path):
    """haproxytech/dataplaneapi#304: a bare `option httpchk` is `OPTIONS / HTTP/1.0`, without Host."""

    def ask():
        return Answer(api.raw(f"OPTIONS {path} HTTP/1.0\r\n\r\n".encode()).value()).status

    assert ask() == (200 if path == "/live" else 503)
    api.net.session_server("A")
    assert ask() == 200


def test_the_list_of_offers_says_whether_every_session_server_has_reported(api):
    api.net.session_server("A")
    assert api.net.server.offers.now.complete is False
    api.net.session_server("B")
    api.net.session_server("C")
    api.net.clock.advance(0)
    assert api.net.server.offers.now.complete is True


def test_a_drained_server_is_offered_with_the_reason_why_it_gives_no_session(api):
    api.net.session_server("A")
    assert api("POST", "/servers/A/drain").status == 200
    api.net.clock.advance(0)
    assert {offer.problem for offer, _ in api.net.server.offers.now.offers} == {
        "session server A is in state drain"
    }


@pytest.mark.parametrize("query", ["", "model=", "model=a&pool=b"])
def test_can_serve_wants_a_model_or_a_pool(api, query):
    assert api.get(f"/domains/d/can-serve?{query}").json["code"] == 9100


def test_version_says_who_answers(api):
    said = api.get("/version").json
    assert (said["name"], said["installation"], said["warming"]) == ("m1", "test", False)
    assert said["revision"] == api.net.configuration.revision


# ---- looking -------------------------------------------------------------------------------------


def test_domains_show_members_with_percent_and_state(api):
    api.net.session_server("A")
    (domain,) = api.get("/domains").json
    assert domain["name"] == "d"
    rows = [
        (m["server"], m["weight"], m["priority"], m["percent"], m["state"])
        for m in domain["members"]
    ]
    assert rows == [
        ("A", 80, 1, 80.0, "online"),
        ("B", 20, 1, 20.0, "offline"),
        ("C", 100, 2, 100.0, "offline"),
    ]
    assert api.get("/domains/d").json == domain
    assert api.get("/domains/x").json["code"] == 9108


def test_weight_0_is_shown_as_such(net):
    it = net([("A", 0)])
    it.session_server("A")
    (member,) = Http(it).get("/domains/d").json["members"]
    assert (member["state"], member["reason"], member["percent"]) == ("online", "weight 0", 0.0)


def test_a_server_shows_state_counts_offers_and_when_it_was_seen(api):
    api.net.session_server("A")
    api.net.clock.advance(0.2)
    said = api.get("/servers/A").json
    assert (said["state"], said["admin_state"], said["configured"]) == ("online", "up", True)
    assert (said["registered_address"], said["configured_address"]) == (
        "10.0.0.1:9624",
        "127.0.0.1:9700",
    )
    assert (said["maximum"], said["last_seen"], said["domains"]) == (5, 0.2, ["d"])
    assert [(o["kind"], o["name"]) for o in said["offers"]] == [
        ("model", "BankDemo"),
        ("pool", "Pool-1"),
    ]
    assert api.get("/servers/B").json["last_seen"] == -1.0
    assert api.get("/servers/X").json["code"] == 9112


@pytest.mark.parametrize(
    ("states", "state", "reason"),
    [
        ({"A": "drain"}, "draining", "by the administrator"),
        ({"A": "maintenance"}, "maintenance", "by the administrator"),
        ({}, "online", ""),
    ],
)
def test_the_state_has_its_reason(net, states, state, reason):
    it = net(SEED, states=states)
    it.session_server("A")
    said = Http(it).get("/servers/A").json
    assert (said["state"], said["reason"]) == (state, reason)


def test_a_server_that_drains_by_its_own_word(api):
    link, _ = api.net.session_server("A")
    api.net.registry.heard(api.net.registry.server("A").link, Status("boot-A", draining=True), None)
    said = api.get("/servers/A").json
    assert link.open
    assert (said["state"], said["reason"]) == ("draining", "reported by the server")


def test_refused_foreign_servers_are_shown_with_the_reason(api):
    api.net.connect("session server", "Z", installation="elsewhere")
    api.net.connect("session server", "B", installation="elsewhere")
    said = {s["name"]: (s["state"], s["reason"]) for s in api.get("/servers").json}
    assert said["Z"] == ("offline", "other installation: elsewhere")
    assert said["B"] == ("offline", "other installation: elsewhere")


def test_pools_of_all_servers(api):
    api.net.session_server("A")
    pools = (PoolStatus("Pool-1", "BankDemo", True, idle=2, active=1, maximum=5),)  # noqa: FBT003 - a wire struct
    api.net.registry.heard(api.net.registry.server("A").link, Status("boot-A", pools=pools), None)
    (pool,) = api.get("/pools").json
    assert (pool["server"], pool["name"], pool["idle"], pool["active"]) == ("A", "Pool-1", 2, 1)


def test_sessions_are_asked_of_the_server_screens_only_on_request(api):
    session = SessionStatus(7, "pool", "Pool-1", "BankDemo", "active", entity="Menu")
    _, peer = api.net.session_server("A", {ListSessions: Sessions((session,))})
    (said,) = api.get("/servers/A/sessions").json
    assert (said["id"], said["state"], said["entity"]) == (7, "active", "Menu")
    api.get("/servers/A/sessions?screens=true")
    assert [call.body.screens for call in peer.calls] == [False, True]


def test_traces_are_those_of_the_server(api):
    kept = TraceStatus("1000500-1-r9", 1000.5, "r9", "2820 Timed out.")

    def read(body):
        if body.trace == "r9" or body.session == 7:
            return TraceIs("1000500-1-r9", "// 1\n< 0x0    f5c3\n")
        raise UnknownTrace(server="A", what=body.trace)

    _, peer = api.net.session_server("A", {ListTraces: Traces((kept,)), ReadTrace: read})
    assert api.get("/servers/A/traces").json == [
        {
            "server": "A", "name": "1000500-1-r9", "time": "1970-01-01T00:16:40.500+00:00",
            "request_id": "r9", "error": "2820 Timed out.",
        }
    ]  # fmt: skip
    answer = api.get("/servers/A/traces/r9")
    assert answer.headers["content-type"] == "text/plain; charset=us-ascii"
    assert answer.body == b"// 1\n< 0x0    f5c3\n"
    assert api.get("/servers/A/sessions/7/trace").body == answer.body
    assert [(call.body.trace, call.body.session) for call in peer.calls[1:]] == [("r9", 0), ("", 7)]
    assert api.get("/servers/A/traces/r8").json["code"] == 9123


@pytest.mark.parametrize("number", ["x", "-1", "7a", "9" * 30, "%C2%B2"])
def test_a_session_is_a_number(api, number):
    _, peer = api.net.session_server("A", {})
    answer = api.get(f"/servers/A/sessions/{number}/trace")
    assert (answer.status, answer.json["code"]) == (404, 9123)
    assert not peer.calls


def test_sessions_of_a_server_that_is_away(api):
    answer = api.get("/servers/B/sessions")
    assert (answer.status, answer.json["code"]) == (503, 9202)
    assert "never registered" in answer.json["detail"]
    assert answer.headers["retry-after"] == "1"


# ---- changing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "state"), [("drain", "drain"), ("maintenance", "maintenance"), ("resume", "up")]
)
def test_states_are_written_to_the_installation(net, verb, state):
    it = net(SEED, states={"A": "maintenance" if verb == "drain" else "drain"})
    answer = Http(it)("POST", f"/servers/A/{verb}")
    assert (answer.status, answer.json["done"]) == (200, state)
    assert it.registry.server("A").admin_state == state
    assert (
        f'name="A" address="127.0.0.1:9700" state="{state}"'.encode()
        in it.configuration.document.data
    )


def test_a_state_of_an_unknown_server(api):
    assert api("POST", "/servers/X/drain").json["code"] == 9112


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("start", SetPool("Pool-1", True)),  # noqa: FBT003 - a wire struct
        ("stop", SetPool("Pool-1", False)),  # noqa: FBT003 - a wire struct
        ("stop?force=true", SetPool("Pool-1", False, True)),  # noqa: FBT003 - a wire struct
    ],
)
def test_pools_are_started_and_stopped(api, path, expected):
    _, peer = api.net.session_server("A")
    assert api("POST", f"/servers/A/pools/Pool-1/{path}").status == 200
    assert [call.body for call in peer.calls] == [expected]


def test_a_package_is_deployed_with_its_warnings(api):
    _, peer = api.net.session_server(
        "A", {Deploy: Deployed("BankDemo", "v1", ("a list is short",))}
    )
    answer = api("POST", "/servers/A/deploy", b"PK-bytes")
    assert answer.json == {
        "server": "A", "model": "BankDemo", "version": "v1", "warnings": ["a list is short"],
    }  # fmt: skip
    assert peer.calls[0].body.package == b"PK-bytes"


def test_a_bad_package_comes_back_with_its_problems(api):
    def refuse(_):
        raise BadPackage.of("x.zip", [Problem("model.xml", 7, "no such entity")])

    api.net.session_server("A", {Deploy: refuse})
    answer = api("POST", "/servers/A/deploy", b"PK")
    assert (answer.status, answer.json["code"]) == (400, 9501)
    assert "line 7: no such entity" in answer.json["detail"]


def test_an_empty_package_is_refused_here(api):
    api.net.session_server("A")
    assert api("POST", "/servers/A/deploy").json["code"] == 9100


def test_a_model_is_undeployed(api):
    _, peer = api.net.session_server("A")
    assert api("DELETE", "/servers/A/models/BankDemo").status == 200
    assert [call.body for call in peer.calls] == [Undeploy("BankDemo")]


def test_the_servers_own_refusal_is_passed_on(api):
    def refuse(_):
        raise NotOffered(kind="model", name="X", where="A")

    api.net.session_server("A", {Undeploy: refuse})
    answer = api("DELETE", "/servers/A/models/X")
    assert (answer.status, answer.json["code"]) == (404, 9101)


# ---- the installation ----------------------------------------------------------------------------


def test_the_installation_is_read_with_its_revision_and_replaced_with_it(api, make):
    got = api.get("/installation")
    assert got.headers["content-type"] == "application/xml"
    assert got.body == make.xml(SEED)
    new = make.xml(SEED, states={"B": "drain"})
    put = api("PUT", "/installation", new, If_Match=got.headers["etag"])
    assert (put.status, put.headers["etag"]) == (200, api.get("/installation").headers["etag"])
    assert api.get("/installation").body == new
    assert put.json["revision"] == put.headers["etag"].strip('"')


def test_a_changed_installation_is_never_overwritten(api, make):
    etag = api.get("/installation").headers["etag"]
    api("POST", "/servers/A/drain")
    answer = api("PUT", "/installation", make.xml(SEED), If_Match=etag)
    assert (answer.status, answer.json["code"]) == (409, 9113)


def test_replacing_needs_a_revision(api, make):
    assert api("PUT", "/installation", make.xml(SEED)).json["code"] == 9100
    assert api("PUT", "/installation", make.xml(SEED), If_Match="*").status == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Document is empty"),
        (b"<installation", "line 1"),
        (b"<!DOCTYPE x [<!ENTITY e 'x'>]><installation/>", "DOCTYPE"),
        (
            b'<installation xmlns="urn:verdigris:installation:1" id="test"><x/></installation>',
            "'x'",
        ),
    ],
)
def test_a_broken_installation_is_refused_with_all_problems(api, body, said):
    answer = api("PUT", "/installation", body, If_Match="*")
    assert (answer.status, answer.json["code"]) == (400, 9500)
    assert said in answer.json["detail"]


NAMED = '<?xml version="1.0" encoding="{}"?>\n'


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "", "application/xml"),
        ("latin-1", "iso-8859-1", "application/xml"),
        ("utf-8", "iso-8859-1", "application/xml; charset=utf-8"),
        ("latin-1", "utf-8", 'text/xml; charset="ISO-8859-1"'),
        ("latin-1", "", "text/xml; charset=iso-8859-1"),
        ("utf-16-be", "utf-8", "text/xml; charset=utf-16"),
        ("utf-16-le", "", "text/xml; charset=utf-16"),
        ("utf-16", "utf-16", "application/xml; charset=utf-8"),
        ("utf-8-sig", "utf-8", "application/xml; charset=iso-8859-1"),
    ],
)
def test_mark_header_and_declaration_tell_the_charset_in_this_order(
    api, make, encoding, declared, header
):
    """RFC 7303, 3.2: the header counts before the declaration, a byte order mark before both."""
    text = make.xml(SEED).decode().replace("<installation", "<!-- Zürich -->\n<installation", 1)
    body = ((NAMED.format(declared) if declared else "") + text).encode(encoding)
    answer = api("PUT", "/installation", body, If_Match="*", Content_Type=header)
    assert answer.status == 200, answer.json
    kept = etree.fromstring(api.get("/installation").body)
    assert kept.getprevious().text == " Zürich "


@pytest.mark.parametrize(
    ("body", "charset"),
    [("Zürich".encode("latin-1"), "utf-8"), (b"<a/>", "klingon"), (b"<a/>", "hex")],
)
def test_a_charset_that_is_none_or_not_the_documents_is_refused(api, body, charset):
    header = f"application/xml; charset={charset}"
    answer = api("PUT", "/installation", body, If_Match="*", Content_Type=header)
    assert (answer.status, answer.json["code"]) == (400, 9100)
    assert "charset" in answer.json["detail"]


def test_removing_most_servers_has_to_be_forced(api, make):
    small = make.xml([("A", 100)])
    assert api("PUT", "/installation", small, If_Match="*").status == 400
    assert api("PUT", "/installation?force=true", small, If_Match="*").status == 200


# ---- allocations ---------------------------------------------------------------------------------


def figures(api):
    """Samples by name and label values, in the order of the labels' names."""
    from prometheus_client.parser import (  # noqa: PLC0415 - only here
        text_string_to_metric_families,
    )

    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(api.get("/metrics").body.decode())
        for sample in family.samples
    }


def test_figures_tell_states_sessions_pools_and_what_was_answered(api):
    """Every label is a name of the installation or a word of ours."""
    pool = PoolStatus("P", "BankDemo", started=True, idle=3, active=2, maximum=8)
    api.net.session_server("A", {Reserve: Refused("busy", "server", 50)})
    status = Status("boot-A", active=2, idle=3, maximum=50, pools=(pool,))
    api.net.registry.heard(api.net.registry.server("A").link, status, None)
    client = api.net.connect("connector", "c")
    api.net.call(client, Allocate("d", "model", "BankDemo", "", "pc"), request_id="q1")
    found = figures(api)
    assert found["verdigris_server_up", "A", "online"] == 1
    assert found["verdigris_sessions", "A", "active"] == 2
    assert found["verdigris_sessions_maximum", "A"] == 50
    assert found["verdigris_pool_sessions", "P", "A", "idle"] == 3
    assert found["verdigris_pool_sessions_maximum", "P", "A"] == 8
    assert found["verdigris_pool_started", "P", "A"] == 1
    assert found["verdigris_allocations_total", "refused"] == 1
    assert found["verdigris_asks_total", "busy", "A"] == 1
    assert found["verdigris_config_broken",] == 0
    assert [value for name, value in found.items() if name[0] == "verdigris_config_info"] == [1]
    assert not [name for name in found if name[:2] == ("verdigris_sessions", "B")], "nobody knows"
    assert api.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")


def test_an_allocation_is_explained_by_its_request_id(api):
    api.net.session_server("A", {Reserve: Reserved("A~00000001", "c", 10)})
    api.net.session_server("B", {Reserve: Refused("busy", "pool", 1)})
    client = api.net.connect("connector", "c")
    for i in range(20):
        api.net.call(client, Allocate("d", "model", "BankDemo", "", "pc"), request_id=f"q{i}")
    last = api.get("/allocations?last=5").json
    assert [decision["request_id"] for decision in last] == ["q19", "q18", "q17", "q16", "q15"]
    (one,) = api.get("/allocations/q7").json
    assert (one["outcome"], one["server"], one["user"]) == ("granted", "A", "anonymous")
    assert one["trail"][-1]["candidates"][0][0] == "A"
    assert one["left"][-1]["reason"] == "offline: never registered"
    assert api.get("/allocations/nothing").status == 404


def test_shares_are_the_draws_beside_what_the_weights_say(api):
    api.net.session_server("A", {Reserve: Refused("busy", "server", 50)})
    client = api.net.connect("connector", "c")
    for number in range(20):
        api.net.call(client, Allocate("d", "model", "BankDemo", "", "pc"), request_id=f"s{number}")
    (found,) = api.get("/domains/d/shares").json
    assert (found["server"], found["drawn"], found["given"], found["expected"]) == (
        "A",
        20,
        0,
        20.0,
    )
    assert found["as_expected"] is True
    assert api.get("/domains/none/shares").status == 404
    assert api.get("/domains/d/shares?window=x").status == 400


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9999999999"])
def test_last_has_to_be_a_number(api, last):
    assert api.get(f"/allocations?last={last}").json["code"] == 9100


# ---- the frame -----------------------------------------------------------------------------------


def test_what_does_not_exist_is_said_as_a_problem_document(api):
    answer = api.get("/nowhere", X_Request_ID="my-id")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "my-id"
    assert {k: answer.json[k] for k in ("status", "code", "instance", "request_id", "title")} == {
        "status": 404, "code": 9115, "instance": "/nowhere", "request_id": "my-id",
        "title": "No such page",
    }  # fmt: skip


def test_a_wrong_method_is_told_the_right_ones(api):
    answer = api("DELETE", "/servers")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_head_has_no_body(api):
    answer = api("HEAD", "/live")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(
    "path", ["/domains/%00", "/domains/%ff%fe", "/servers/..%2f..", "/%", "//"]
)
def test_strange_paths_are_answered(api, path):
    assert api.get(path).status in (400, 404)


def test_a_body_that_is_announced_as_too_large_is_refused(api, monkeypatch):
    monkeypatch.setattr(resource_module, "MAX_BODY", 1000)
    answer = api("PUT", "/installation", b"x" * 1001, If_Match="*")
    assert (answer.status, answer.json["code"]) == (413, 9109)


def test_a_body_in_pieces_is_refused_too(api, monkeypatch):
    monkeypatch.setattr(resource_module, "MAX_BODY", 1000)
    head = b"PUT /installation HTTP/1.1\r\nHost: localhost\r\nIf-Match: *\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (300, b"x" * 300) for _ in range(4)) + b"0\r\n\r\n"
    assert Answer(api.raw(head + chunks).value()).status == 413


def test_a_form_is_a_body_like_any_other(api):
    answer = api(
        "PUT", "/installation", b"a=b", If_Match="*",
        Content_Type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.json["code"] == 9500


def test_an_error_of_our_own_is_told_without_its_inside(api, monkeypatch):
    async def broken(asked):
        raise KeyError("secret detail")

    route = api.net.server.api.routes[0]
    object.__setattr__(route, "action", broken)
    answer = api.get("/live")
    assert (answer.status, answer.json["code"]) == (500, 9000)
    assert b"secret detail" not in answer.body


def test_a_client_that_hangs_up_ends_its_request(api):
    api.net.session_server("A", {ListSessions: lambda _: Deferred()})
    wire = api.raw(b"GET /servers/A/sessions HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert wire.value() == b""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:8095"}, 200),  # the tests' Host
        ({"Origin": "https://localhost:8095"}, 200),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_a_page_of_another_site_cannot_act_through_a_browser(api, headers, status):
    answer = api("POST", "/servers/A/drain", **headers)
    assert answer.status == status
    assert api.net.registry.server("A").admin_state == ("drain" if status == 200 else "up")


@pytest.mark.parametrize(
    ("host", "more", "status"),
    [
        ("127.0.0.1:8095", "", 200),
        ("evil.example:8095", "", 421),
        (
            "evil.example:8095",
            "Origin: http://evil.example:8095\r\nSec-Fetch-Site: same-origin",
            421,
        ),
        ("a, b", "", 400),
        ("a\r\nHost: b", "", 400),
        ("127.0.0.1:8095", "X-Forwarded-For: 192.0.2.1", 403),
        ("127.0.0.1:8095", "Via: 1.1 proxy", 403),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/servers"), ("POST", "/servers/A/drain")])
def test_only_clients_of_this_machine_that_ask_by_its_own_name_are_answered(
    api, host, more, status, method, path
):
    """DNS rebinding, and a proxy on this machine: without credentials loopback is the protection."""
    extra = f"{more}\r\n" if more else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{extra}Content-Length: 0\r\n\r\n"
    assert Answer(api.raw(head.encode()).value()).status == status
    drained = api.net.registry.server("A").admin_state == "drain"
    assert drained == (status == 200 and method == "POST")


def test_with_allowed_hosts_the_api_can_be_published_through_a_proxy(net):
    http = Http(net(SEED, ManagementConfig(name="m", check=0, allowed_hosts=("admin.example",))))
    asked = b"GET /servers HTTP/1.1\r\nHost: admin.example\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
    assert Answer(http.raw(asked).value()).status == 200


def test_no_answer_tells_its_software_or_can_be_taken_for_another_type(api):
    for answer in (api.get("/live"), api.get("/nowhere"), api("POST", "/servers/Z/drain")):
        assert "server" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_guard_is_called_before_every_route(api):
    from verdigris.errors import CredentialsRefused  # noqa: PLC0415 - only here

    seen = []

    def guard(asked, route):
        seen.append((route.id, asked.headers.get("authorization")))
        raise CredentialsRefused(where="here")

    api.net.server.api.guard = guard
    assert api.get("/live", Authorization="Basic x").status == 403
    assert seen == [("live", "Basic x")]


def test_the_openapi_document_has_every_route_and_only_those(api):
    document = api.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {(route.method, route.path) for route in api.net.server.api.routes}
    ids = [op["operationId"] for item in document["paths"].values() for op in item.values()]
    assert len(set(ids)) == len(ids)
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text
    import re  # noqa: PLC0415 - only here

    for used in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert used in document["components"]["schemas"]


def test_every_answer_has_the_shape_the_document_promises(api):
    """Bodies are made from the types the document is made from; a wrong key would show."""
    import msgspec  # noqa: PLC0415 - only here

    api.net.session_server("A")
    for route in api.net.server.api.routes:
        if route.method == "GET" and route.returns is not None and not route.parameters:
            answer = api.get(route.path)
            msgspec.json.decode(answer.body, type=route.returns)


def test_reply_defaults_to_json():
    assert ApiReply({}).media_type == "application/json"


def test_the_page_about_the_api_lists_the_routes_of_the_code(api):
    """VERDIGRIS_GOLDEN=write puts the table into the page."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "administration-api.md"
    if not page.exists():
        pytest.skip("the documentation is not here (a copy made by scripts/mutants)")
    api.net.server.access = SimpleNamespace(
        logins=SimpleNamespace(users=object()), audit=object()
    )  # the routes of logins are in the table too
    routes = api.net.server._administration_api().routes
    table, text = listing(routes), page.read_text(encoding="utf-8")
    if os.environ.get("VERDIGRIS_GOLDEN") == "write":
        text = text[: text.index("| request |")] + table
        page.write_text(text, encoding="utf-8")
    assert table in text, "run this test with VERDIGRIS_GOLDEN=write"
