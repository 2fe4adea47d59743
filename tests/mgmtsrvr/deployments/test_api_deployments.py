"""Deployments by the administration API: what is refused changes nothing, and rights are those for the model."""

import json

import pytest

from tests.mgmtsrvr.access.test_api_access import Secured
from tests.mgmtsrvr.test_api import Http
from tests.support.access import users_xml
from tests.support.following import MODEL, FollowingServer, digest
from tests.support.management import Net, installation_xml
from verdigris.config.mgmtsrvr import ManagementConfig
from verdigris.wire import PoolStatus, PoolValues, Status


ONE, TWO = b"package one", b"package two"
ZIP = {"Content_Type": "application/zip"}
DATA = installation_xml(
    [("A", 50), ("B", 50)], extra='<domain name="A"><member server="B" weight="100"/></domain>'
)


@pytest.fixture
def api(tmp_path):
    config = ManagementConfig(
        name="m1", warming=0.0, check=0.0, wake_up=0.0, installation=tmp_path / "installation.xml"
    )
    it = Http(Net([], config, data=DATA))
    it.net.server.rollouts.start()
    it.servers = {name: FollowingServer(it.net, name) for name in "AB"}
    yield it
    it.net.server.rollouts.stop()


def named(api):
    return [
        (it.package, it.domains, it.servers, it.rollout)
        for it in api.net.configuration.installation.deployments
    ]


def put(api, package, query="to=d", model=MODEL):
    return api("POST", f"/deployments/{model}?{query}", package, **ZIP)


def test_a_package_is_checked_named_and_brought(api):
    answer = put(api, ONE)
    assert (answer.status, answer.json["package"], answer.json["warnings"]) == (
        200,
        digest(ONE),
        [],
    )
    assert api.servers["A"].checked == [ONE]
    api.net.advance(2)
    (shown,) = api.get("/deployments").json
    assert (shown["model"], shown["rollout"], shown["to"]) == (MODEL, "over", ["domain:d"])
    assert [it["state"] for it in shown["servers"]] == ["in force", "in force"]
    (version, *_) = api.get("/installation/versions").json
    assert version["author"] == "rollout"


@pytest.mark.parametrize(
    ("query", "domains", "servers"),
    [
        ("to=B", (), ("B",)),
        ("to=d,B", ("d",), ("B",)),
        ("to=server:A", (), ("A",)),
        ("to=domain:A", ("A",), ()),
    ],
)
def test_targets_are_domains_and_session_servers(api, query, domains, servers):
    assert put(api, ONE, query).status == 200
    assert [(d, s) for _, d, s, _ in named(api)] == [(domains, servers)]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, 9100),
        ("to=A", 400, 9100),
        ("to=nowhere", 404, 9108),
        ("to=server:d", 404, 9112),
        ("to=host:d", 400, 9100),
        ("to=d&at-a-time=0", 400, 9100),
        ("to=d&at-a-time=1001", 400, 9100),
        ("to=d&at-a-time=x", 400, 9100),
        ("to=d&keep-going=perhaps", 400, 9100),
    ],
)
def test_what_cannot_be_meant_is_refused(api, query, status, code):
    answer = put(api, ONE, query)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert named(api) == []
    assert put(api, b"").json["code"] == 9100


def test_a_package_that_a_session_server_refuses_changes_nothing(api):
    api.servers["A"].says = "bad"
    answer = put(api, ONE)
    assert (answer.status, answer.json["code"]) == (400, 9501)
    assert "rubbish" in json.dumps(answer.json)
    assert named(api) == []
    assert api.servers["B"].got == []


def test_without_a_session_server_that_could_check_it_is_a_warning(api):
    for server in api.servers.values():
        server.leave()
    assert "could check" in put(api, ONE).json["warnings"][0]
    assert [rollout for *_, rollout in named(api)] == ["going"]


def test_back_and_forth(api):
    assert api("POST", f"/deployments/{MODEL}/back").json["code"] == 9263
    put(api, ONE)
    api.net.advance(2)
    assert api("POST", f"/deployments/{MODEL}/back").json["code"] == 9264
    put(api, TWO)
    api.net.advance(2)
    for package in (ONE, TWO):
        answer = api("POST", f"/deployments/{MODEL}/back")
        assert (answer.status, answer.json["package"]) == (200, digest(package))
        api.net.advance(2)
        assert all(it.has(package) for it in api.servers.values())


def test_the_same_package_again_is_no_change(api):
    put(api, ONE)
    api.net.advance(2)
    revision = api.net.configuration.revision
    assert put(api, ONE).json["revision"] == revision


def test_undeploying_names_it_no_longer(api):
    put(api, ONE, "to=d,B")
    api.net.advance(2)
    assert api("DELETE", f"/deployments/{MODEL}?to=domain:A").json["code"] == 9263
    assert api("DELETE", f"/deployments/{MODEL}?to=d").status == 200
    api.net.advance(2)
    assert not api.servers["A"].models
    assert api.servers["B"].has(ONE)
    assert api("DELETE", f"/deployments/{MODEL}").status == 200
    api.net.advance(2)
    assert not api.servers["B"].models
    assert named(api) == []


def test_pool_settings_are_those_of_package_override_and_in_force(api):
    link = api.servers["A"].link
    packaged, in_force = PoolValues(10, 0, 0, 10, 5), PoolValues(7, 0, 0, 7, 5)
    pool = PoolStatus("P", MODEL, started=True, packaged=packaged, in_force=in_force)
    api.net.registry.servers["A"].status = Status("A-1", pools=(pool,))
    assert link.open
    body = json.dumps({"max-concurrent-sessions": 7}).encode()
    answer = api("PUT", "/pools/P/settings", body, Content_Type="application/json")
    assert answer.status == 200
    first = api.get("/pools/P/settings").json["values"][0]
    assert first == {
        "name": "max-concurrent-sessions", "override": 7, "package": {"A": 10}, "in_force": {"A": 7},
    }  # fmt: skip
    api("PUT", "/pools/P/settings", b'{"max-concurrent-sessions": null}')
    assert api.net.configuration.installation.pools == ()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b'{"maximum": 3}', b'{"max-concurrent-sessions": "3"}', b'{"max-concurrent-sessions": -1}',
        b'{"max-concurrent-sessions": 0}', b'{"max-concurrent-sessions": 2, "initial-idle-sessions": 3}',
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(api, body):
    answer = api("PUT", "/pools/P/settings", body)
    assert answer.status == 400
    assert api.net.configuration.installation.pools == ()


# ---- rights --------------------------------------------------------------------------------------

USERS = users_xml(
    "root", "banker", "watcher",
    inside='<profile name="Administrator"><user name="root"/></profile>'
    '<grant permission="view"><user name="watcher"/><user name="banker"/></grant>'
    '<grant permission="deploy" model="Bank"><user name="banker"/></grant>'
    '<grant permission="operate" pool="P"><user name="banker"/></grant>',
)  # fmt: skip


@pytest.fixture
def secured(api, tmp_path):
    found = Secured(api.net, tmp_path, USERS)
    found.servers = api.servers
    return found


def test_who_may_deploy_one_model_may_deploy_no_other(secured):
    banker = secured.as_("banker")
    assert put(banker, ONE).status == 200
    refused = [
        put(banker, ONE, model="Orders"),
        put(banker, ONE, "to=d&model=Bank", model="Orders"),
        banker("POST", "/servers/A/deploy", ONE, **ZIP),
        banker("POST", "/servers/A/deploy?model=Orders", ONE, **ZIP),
        banker("DELETE", "/servers/A/models/Orders?model=Bank"),
        banker("DELETE", "/deployments/Orders"),
        banker("POST", "/deployments/Orders/back"),
        banker("PUT", "/pools/Q/settings", b"{}"),
    ]
    assert [it.json["code"] for it in refused] == [refused[0].json["code"]] * len(refused)
    assert {it.status for it in refused} == {403}
    assert [it for it in secured.servers["A"].got if it[0] != "Bank"] == []
    assert banker("PUT", "/pools/P/settings", b"{}").status == 200


def test_a_package_by_somebody_who_may_not_deploy_reaches_nobody(secured, tmp_path):
    watcher = secured.as_("watcher")
    assert put(watcher, ONE).status == 403
    assert put(secured, ONE).status == 401
    assert not (tmp_path / "packages").exists()
    assert all(not it.checked and not it.got for it in secured.servers.values())
    assert watcher("GET", "/deployments").status == 200


def test_by_hand_the_model_of_the_request_is_what_the_session_server_takes(secured):
    """The session server refuses a package of another model: `tests/sesssrvr/deployment/test_deployer.py`."""
    banker = secured.as_("banker")
    assert banker("POST", "/servers/A/deploy?model=Bank", ONE, **ZIP).status == 200
    assert secured.servers["A"].got == [("Bank", ONE)]
