"""The administration API with logins: who comes in, what each may do, and what a cookie is not enough for."""

import json

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from mgmtsrvr.api import Api, listening, site
from mgmtsrvr.api.caller import COOKIE
from mgmtsrvr.api.resource import MAX_STRANGER
from mgmtsrvr.api.route import Needs
from mgmtsrvr.api.routes import health_routes
from tests.mgmtsrvr.test_api import SEED, Http
from tests.support.access import NOW, PASSWORD, Access, now, users_xml
from verdigris.config.token_keys import document
from verdigris.credential_checks.guesses import FREE
from verdigris.rights import PROFILES, Permission, Profile
from verdigris.wire import Deploy, Deployed, ListSessions, Sessions, SessionStatus


USERS = users_xml(
    "root", "dev", "clerk", "watcher",
    inside='<profile name="Administrator"><user name="root"/></profile>'
    '<profile name="Developer"><user name="dev"/></profile>'
    '<profile name="User"><user name="clerk"/></profile>'
    '<grant permission="view"><user name="watcher"/></grant>'
    '<grant permission="see-screens operate" pool="Pool-1"><user name="watcher"/></grant>',
)  # fmt: skip


class Secured(Http):
    """Requests to an API that asks for logins."""

    def __init__(self, net, folder, data=USERS):
        self.access = Access(net.clock, folder, data)
        net.server.access = self.access.opened
        net.server.api = net.server._administration_api()
        super().__init__(net)

    def login(self, user, password=PASSWORD, query="", **headers):
        body = json.dumps({"user": user, "password": password}).encode()
        return self(
            "POST", f"/login{query}", body, **{"Content_Type": "application/json", **headers}
        )

    def as_(self, user):
        token = self.login(user).json["token"]
        return lambda method, path, body=b"", **headers: self(
            method, path, body, Authorization=f"Bearer {token}", **headers
        )


@pytest.fixture
def api(net, tmp_path):
    it = net(SEED)
    found = Secured(it, tmp_path)
    found.peers = {name: it.session_server(name)[1] for name in "ABC"}
    return found


def paths(api):
    names = {"domain": "d", "server": "A", "pool": "Pool-1", "model": "BankDemo"}
    for route in api.net.server.api.routes:
        path = route.path
        for name in route.parameters:
            path = path.replace(f"{{{name}}}", names.get(name, "x"))
        yield route, path


def test_without_a_login_only_open_routes_answer(api):
    for route, path in paths(api):
        answer = api(route.method, path)
        if route.needs is Needs.NOTHING:
            assert answer.status != 401 or path == "/login", path
        else:
            assert (answer.status, answer.json["code"]) == (401, 9136), path
            assert answer.headers["www-authenticate"] == 'Bearer realm="verdigris"'


def test_what_is_open_is_little(api):
    found = {
        f"{route.method} {route.path}" for route, _ in paths(api) if route.needs is Needs.NOTHING
    }
    assert found == {"GET /live", "GET /ready", "POST /login", "GET /openapi.json"}


@pytest.mark.parametrize(("user", "profile"), [
    ("root", Profile.ADMINISTRATOR), ("dev", Profile.DEVELOPER), ("clerk", Profile.USER), ("admin", None),
])  # fmt: skip
def test_each_profile_may_what_its_permissions_say(api, user, profile):
    """Every route: refused with 403 exactly if its permission is not of the profile."""
    allowed = set(Permission) if profile is None else PROFILES[profile]
    ask = api.as_(user)
    for route, path in paths(api):
        if not isinstance(route.needs, Permission):
            continue
        answer = ask(route.method, path)
        refused = answer.status == 403 and answer.json["code"] == 9135
        assert refused == (route.needs not in allowed), (route.method, path, answer.body)


def test_a_refusal_names_user_and_permission(api):
    answer = api.as_("dev")("POST", "/servers/A/drain")
    assert answer.json["detail"] == "User dev does not have the permission operate."


def test_a_grant_for_a_pool_is_one_for_this_pool(api):
    ask = api.as_("watcher")
    assert ask("POST", "/servers/A/pools/Pool-1/stop").status == 200
    refused = ask("POST", "/servers/A/pools/Pool-2/stop")
    assert (
        refused.json["detail"]
        == "User watcher does not have the permission operate for pool Pool-2."
    )
    assert ask("POST", "/servers/A/drain").status == 403


def session(number, **changes):
    facts = {
        "kind": "pool",
        "name": "Pool-1",
        "model": "BankDemo",
        "state": "active",
        "screen": f"screen {number}",
    }
    return SessionStatus(number, **{**facts, **changes})


def test_screens_are_shown_to_those_who_may_see_them(api):
    with_screens = "/servers/A/sessions?screens=true"
    both = Sessions(
        (session(1), session(2, name="Pool-2"), session(3, kind="model", name="BankDemo"))
    )
    only = Sessions((session(2, name="Pool-2"),))
    for user, sessions, seen in (
        ("root", both, ["screen 1", "screen 2", "screen 3"]), ("watcher", both, ["screen 1", "", ""]),
    ):  # fmt: skip
        api.peers["A"].answers[ListSessions] = sessions
        assert [it["screen"] for it in api.as_(user)("GET", with_screens).json] == seen
    for user, sessions in (("dev", both), ("watcher", only)):
        api.peers["A"].answers[ListSessions] = sessions
        assert api.as_(user)("GET", with_screens).json["code"] == 9135
    api.peers["A"].answers[ListSessions] = both
    assert len(api.as_("dev")("GET", "/servers/A/sessions").json) == 3


# ---- logins --------------------------------------------------------------------------------------


def test_a_login_gives_a_token_and_says_what_one_may(api):
    answer = api.login("dev")
    assert answer.status == 200
    assert answer.json["permissions"] == ["metadata", "read-messages", "view"]
    assert answer.json["expires"].startswith("2027-01-15T16:00:00")
    assert "set-cookie" not in answer.headers
    assert api.as_("dev")("GET", "/login").json["user"] == "dev"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b'{"user": "dev"}', "application/json"),
        (b'{"user": 1, "password": "x"}', "application/json"),
        (b'{"user": "dev", "password": "x", "more": 1}', "application/json"),
        (b"\xff", "application/json"),
        (b'{"user": "dev", "password": "long enough"}', "text/plain"),
        (b"user=dev&password=x", "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_login_is_refused(api, body, kind):
    answer = api("POST", "/login", body, Content_Type=kind)
    assert (answer.status, answer.json["code"]) == (400, 9100)
    assert b"long enough" not in answer.body


def wait(api, wire):
    """The answer of a request that takes its time."""
    for _ in range(20):
        api.net.clock.advance(0.1)
        api.net.pump()
    return wire.value()


def failed(api, user, password):
    body = json.dumps({"user": user, "password": password}).encode()
    head = (
        f"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    wire = api.raw(head.encode() + body)
    return wire.value() or wait(api, wire)


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(api):
    answers = [failed(api, "dev", "wrong"), failed(api, "nobody", "wrong")]
    assert all(
        b" 401 " in it and b'"code":9131' in it.replace(b" :", b":").replace(b": ", b":")
        for it in answers
    )
    bodies = [json.loads(it.partition(b"\r\n\r\n")[2]) for it in answers]
    for one in bodies:
        one.pop("request_id")
    assert bodies[0] == bodies[1]


def test_guessing_is_answered_with_429_and_the_time_to_wait(api):
    for _ in range(FREE + 4):
        failed(api, "dev", "wrong")
    answer = api.login("dev")
    assert (answer.status, answer.json["code"]) == (429, 9137)
    assert int(answer.headers["retry-after"]) >= 1


def test_a_token_ends_with_its_time_its_logout_its_password_and_its_user(api):
    token = api.login("dev").json["token"]

    def code():
        return api("GET", "/domains", Authorization=f"Bearer {token}").json

    assert isinstance(code(), list)
    api.access.time = NOW + 28_800 + 61
    assert code()["code"] == 9153
    api.access.time = NOW
    assert isinstance(code(), list)
    api("POST", "/logout", Authorization=f"Bearer {token}")
    assert "logged out" in code()["detail"]
    token = api.login("dev").json["token"]
    api.access.edit(
        USERS.replace(
            b'<user name="dev" password="$argon2id',
            b'<user name="dev" locked="true" password="$argon2id',
        )
    )
    assert code()["code"] == 9153
    api.access.edit(USERS)
    assert isinstance(code(), list)


def test_a_right_that_is_taken_away_ends_at_once(api):
    ask = api.as_("dev")
    assert ask("GET", "/domains").status == 200
    api.access.edit(USERS.replace(b'<profile name="Developer"><user name="dev"/></profile>', b""))
    assert ask("GET", "/domains").status == 403


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer x", "Bearer a.b.c", "Basic ZGV2OmxvbmcgZW5vdWdo", "bearer  ", "x"]
)
def test_what_is_no_token_is_refused(api, value):
    assert api("GET", "/domains", Authorization=value).status == 401


def test_tokens_of_another_server_of_the_installation_count_here(api, tmp_path):
    (tmp_path / "other").mkdir()
    other = Access(api.net.clock, tmp_path / "other", USERS, server="m2")
    foreign, _ = now(other.logins.login("dev", PASSWORD, "x"))
    assert api("GET", "/domains", Authorization=f"Bearer {foreign}").json["code"] == 9153
    known = {**other.keys.public, **api.access.keys.public}
    api.access.key_store.edited(document(known.values()))
    assert api("GET", "/domains", Authorization=f"Bearer {foreign}").status == 200


# ---- browsers ------------------------------------------------------------------------------------


def cookie_of(answer):
    return answer.headers["set-cookie"].partition(";")[0]


def test_a_page_gets_a_cookie_that_no_script_reads_and_no_other_site_sends(api):
    answer = api.login("root", query="?cookie=true")
    kept = answer.headers["set-cookie"]
    assert kept.startswith(f"{COOKIE}=")
    for attribute in ("; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"):
        assert attribute in kept
    assert "Domain" not in kept
    assert "token" not in answer.json
    assert len(answer.json["csrf_token"]) == 32


def test_a_cookie_alone_reads_and_changes_nothing(api):
    answer = api.login("root", query="?cookie=true")
    cookie, csrf = cookie_of(answer), answer.json["csrf_token"]
    assert api("GET", "/domains", Cookie=f"a=b; {cookie}; c=d").status == 200
    assert api("GET", "/login", Cookie=cookie).json["csrf_token"] == csrf
    for wrong in (
        {},
        {"X_CSRF_Token": ""},
        {"X_CSRF_Token": csrf[:-1] + "x"},
        {"X_CSRF_Token": "\u00e9"},
    ):
        refused = api("POST", "/servers/A/drain", Cookie=cookie, **wrong)
        assert (refused.status, refused.json["code"]) == (403, 9157)
    assert api.net.registry.server("A").admin_state == "up"
    assert api("POST", "/servers/A/drain", Cookie=cookie, X_CSRF_Token=csrf).status == 200


def test_the_csrf_token_of_another_login_is_none(api):
    one, two = api.login("root", query="?cookie=true"), api.login("root", query="?cookie=true")
    answer = api(
        "POST", "/servers/A/drain", Cookie=cookie_of(one), X_CSRF_Token=two.json["csrf_token"]
    )
    assert answer.json["code"] == 9157


def test_logging_out_takes_the_cookie_away_and_ends_the_login(api):
    answer = api.login("root", query="?cookie=true")
    cookie, csrf = cookie_of(answer), answer.json["csrf_token"]
    out = api("POST", "/logout", Cookie=cookie, X_CSRF_Token=csrf)
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert api("GET", "/domains", Cookie=cookie).json["code"] == 9153


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Origin": "null"},
    ],
)
def test_a_page_of_another_site_can_neither_log_in_nor_change_with_a_cookie(api, headers):
    assert api.login("root", **headers).status == 403
    answer = api.login("root", query="?cookie=true")
    refused = api(
        "POST",
        "/servers/A/drain",
        Cookie=cookie_of(answer),
        X_CSRF_Token=answer.json["csrf_token"],
        **headers,
    )
    assert refused.status == 403


def test_a_name_that_is_not_ours_is_refused_with_a_login_too(api):
    token = api.login("root").json["token"]
    wire = api.raw(
        f"GET /domains HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    assert b" 421 " in wire.value().split(b"\r\n")[0]


# ---- users ---------------------------------------------------------------------------------------


def test_who_manages_users_reads_and_replaces_them(api):
    ask = api.as_("root")
    found = ask("GET", "/users")
    assert found.body == USERS
    new = users_xml("root", inside='<profile name="Administrator"><user name="root"/></profile>')
    assert ask("PUT", "/users", new).json["code"] == 9100
    assert ask("PUT", "/users", new, If_Match='"0"').json["code"] == 9113
    assert ask("PUT", "/users", b"<users/>", If_Match=found.headers["etag"]).json["code"] == 9500
    done = ask("PUT", "/users", new, If_Match=found.headers["etag"])
    assert done.json["revision"] == done.headers["etag"].strip('"')
    assert set(api.access.users.users.users) == {"admin", "root"}
    assert api.access.store._versions[-1].note.author == "root"


def test_nobody_else_sees_a_hash(api):
    for user in ("dev", "clerk", "watcher"):
        assert b"argon2" not in api.as_(user)("GET", "/users").body


# ---- other addresses -----------------------------------------------------------------------------


def test_the_read_only_address_answers_and_changes_nothing(api):
    ask = api.as_("root")
    api.site = site(api.net.server._administration_api(read_only=True), api.net.clock)
    assert ask("GET", "/domains").status == 200
    assert ask("POST", "/installation/plan", ask("GET", "/installation").body).status == 200
    for route, path in paths(api):
        if route.changes:
            assert ask(route.method, path).json["code"] == 9158
    assert api.net.registry.server("A").admin_state == "up"


def test_the_health_address_has_health_questions_and_metrics_alone(api):
    health = Api(health_routes(*api.net.server._health_questions()))
    api.site = site(health, api.net.clock)
    for path in ("/live", "/ready", "/metrics", "/domains/d/can-serve?model=BankDemo"):
        assert api("GET", path).status == 200, path
    assert api("GET", "/domains").status == 404
    assert api("POST", "/servers/A/drain").status == 404


def test_a_stranger_sends_no_large_body(api):
    large = b"x" * (MAX_STRANGER + 1)
    assert api("POST", "/servers/A/deploy", large).json["code"] == 9109
    api.peers["A"].answers[Deploy] = Deployed("M", "1")
    assert api.as_("root")("POST", "/servers/A/deploy", large).json.get("code") != 9109


def test_users_that_cannot_be_used_are_told_by_the_health_probe_and_the_last_good_ones_stay(api):
    ask = api.as_("root")
    api.access.edit(b"<users/>")
    assert any("users.xml cannot be used" in it for it in api("GET", "/ready").json["problems"])
    assert ask("GET", "/domains").status == 200
    api.access.edit(USERS)
    assert api("GET", "/ready").json["problems"] == []


def test_connections_are_bounded_and_those_of_one_client_more(monkeypatch):
    monkeypatch.setattr(listening, "MOST", 5)
    monkeypatch.setattr(listening, "OF_ONE", 3)
    factory = listening.BoundedFactory(Factory.forProtocol(Protocol))

    def connect(host):
        address = IPv4Address("TCP", host, 1)
        made = factory.buildProtocol(address)
        if made is not None:
            made.makeConnection(StringTransport(peerAddress=address))
        return made

    first = [connect("192.0.2.1") for _ in range(4)]
    assert [it is not None for it in first] == [True, True, True, False]
    others = [connect(f"192.0.2.{it}") for it in (2, 3, 4)]
    assert [it is not None for it in others] == [True, True, False]
    first[0].connectionLost(Failure(ConnectionDone()))
    assert connect("192.0.2.1") is not None


def test_the_openapi_document_names_permissions_and_schemes(api):
    document = api("GET", "/openapi.json").json
    assert set(document["components"]["securitySchemes"]) == {"bearer", "cookie"}
    drain = document["paths"]["/servers/{server}/drain"]["post"]
    assert drain["security"] == [{"bearer": []}, {"cookie": []}]
    assert drain["x-permission"] == "operate"
    assert {"401", "403"} <= set(drain["responses"])
    assert "security" not in document["paths"]["/live"]["get"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert ("security" in operation) == (f"{method} {path}" not in {
                "get /live", "get /ready", "post /login", "get /openapi.json",
            })  # fmt: skip
