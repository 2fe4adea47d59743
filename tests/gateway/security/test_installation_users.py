"""Callers who are users of the installation: SOAP, REST, tools and SQL, by password and token."""

import base64
import json

import msgspec
import pytest
from lxml import etree
from twisted.internet.defer import Deferred
from zeep.wsse.username import UsernameToken

from verdigris.config.plugin_cfg import PluginConfig
from verdigris.credential_checks.guesses import FREE
from verdigris.credential_checks.recent import KEPT_SECONDS
from verdigris.errors import (
    ConnectRefused,
    CredentialsRequired,
    CredentialsWrong,
    DirectoryAway,
    NoManagementServer,
    TokenRefused,
)
from verdigris.values import NOBODY, Credentials
from verdigris.wire import CallerIs, Rows


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
PONG = Rows((("Text", "text"),), [["pong"]])
ALICE = CallerIs("alice", "native", "token-of-alice", (("BankDemo", ""),))
BOB = CallerIs("bob", "corp", "token-of-bob", (("", "BankPool"),))
BEARER = "head.claims.signature"
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
JSON = {"Content_Type": "application/json"}


class Management:
    """A management server that says who callers are."""

    def __init__(self):
        self.asked = []
        self.users = {("alice", "s3cret"): ALICE, ("bob", "hush!"): BOB}
        self.tokens = {BEARER: msgspec.structs.replace(ALICE, token="")}
        self.problem = None
        self.waits = None

    async def __call__(self, login, client, location):
        self.asked.append((login.user or login.token, location))
        if self.waits is not None:
            await self.waits
        if self.problem is not None:
            raise self.problem
        if login.token:
            if login.token not in self.tokens:
                raise TokenRefused(why="it has expired")
            return self.tokens[login.token]
        if (login.user, login.password) not in self.users:
            raise CredentialsWrong(why="")
        return self.users[login.user, login.password]


@pytest.fixture
def management():
    return Management()


@pytest.fixture
def gateway(start, bank_model, management):
    def make(**settings):
        running = start(PluginConfig(**settings), bank_model, ask=management, BankPool="BankDemo")
        running.caller.reply = PONG
        return running

    return make


def basic(user="alice", password="s3cret"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def envelope(inband="", version="schemas.xmlsoap.org/soap/envelope/", **token):
    inside = f"<environment>{inband}</environment>" if inband else ""
    root = etree.fromstring(
        f'<e:Envelope xmlns:e="http://{version}"><e:Body><ping xmlns="{NS}">{inside}</ping></e:Body></e:Envelope>'
    )
    if token:
        UsernameToken(**{"username": "alice", "password": "s3cret", **token}).apply(root, {})
    return etree.tostring(root)


def code(response):
    return etree.fromstring(response.body).findtext(".//id")


INBAND = "<Username>alice</Username><Password>s3cret</Password>"


# ---- who it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "headers"),
    [
        (envelope(), {"Authorization": basic()}),
        (envelope(INBAND), {}),
        (envelope(username="alice"), {}),
    ],
)
def test_a_password_becomes_a_login_and_goes_no_further(gateway, management, message, headers):
    running = gateway()

    assert running.post(message, **headers).status == 200
    assert running.caller.last.credentials == Credentials("alice", token="token-of-alice")
    assert management.asked == [("alice", "127.0.0.1")]


def test_a_bearer_token_goes_as_it_came_by_soap_and_rest(gateway):
    running = gateway()

    for path, body in (
        ("/vhi-ws/model/BankDemo", envelope()),
        ("/vhi-rs/model/BankDemo/ping", b"{}"),
    ):
        assert running.post(body, path, Authorization=f"Bearer {BEARER}", **JSON).status == 200
        assert running.caller.last.credentials == Credentials("alice", token=BEARER)


def test_users_of_directories_are_named_with_them(gateway):
    running = gateway()

    assert running.post(envelope(), Authorization=basic("bob", "hush!")).status == 200
    assert running.caller.last.credentials.user == "bob@corp"


def test_what_was_right_counts_for_a_minute(gateway, management):
    running = gateway()
    ways = ({"Authorization": basic()}, {"Authorization": f"Bearer {BEARER}"})

    for headers in ways:
        management.asked.clear()
        for _ in range(3):
            assert running.post(envelope(), **headers).status == 200
        assert len(management.asked) == 1
        running.clock.advance(KEPT_SECONDS)
        assert running.post(envelope(), **headers).status == 200
        assert len(management.asked) == 2


def test_a_file_of_users_counts_instead(gateway, management, tmp_path):
    (tmp_path / "users").write_text("ops:clear:s3cret\n")
    running = gateway(users_file=str(tmp_path / "users"))

    assert running.post(envelope(), Authorization=basic("ops")).status == 200
    assert running.post(envelope(), Authorization=basic()).status == 401
    assert management.asked == []


def test_where_the_installation_has_security_off_they_are_carried_unless_asked_for(
    gateway, management
):
    management.users["any", "body"] = CallerIs()
    running = gateway()

    assert running.post(envelope(), Authorization=basic("any", "body")).status == 200
    assert running.caller.last.credentials == Credentials("any", "body")
    asking = gateway(authn_service=True)
    refused = asking.post(envelope(), Authorization=basic("any", "body"))
    assert (refused.status, code(refused)) == (500, "9162")
    assert asking.caller.calls == []


# ---- who it is not -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "headers", "status", "number", "challenge"),
    [
        (envelope(), {"Authorization": basic(password="wrong")}, 401, "9131", "Basic realm"),
        (envelope(), {"Authorization": basic("stranger")}, 401, "9131", "Bearer realm"),
        (envelope(), {"Authorization": "Bearer a.b.c"}, 401, "9153", 'error="invalid_token"'),
        (envelope(), {"Authorization": "Bearer nonsense"}, 401, "9153", "Bearer"),
        (envelope(), {"Authorization": "Bearer"}, 400, "9100", ""),
        (envelope(INBAND.replace("s3cret", "wrong")), {}, 500, "9131", ""),
        (envelope(password="wrong"), {}, 500, "9131", ""),
    ],
)
def test_nobody_else_is_let_in(gateway, logged, message, headers, status, number, challenge):
    running = gateway()

    response = running.post(message, **headers)

    assert (response.status, code(response)) == (status, number)
    assert challenge in response.headers.get("www-authenticate", "")
    assert ("www-authenticate" in response.headers) == bool(challenge)
    assert running.caller.calls == []
    assert not [line for line in [*logged(), response.text] if "wrong" in line or "s3cret" in line]


@pytest.mark.parametrize("version", ["schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope"])  # fmt: skip
@pytest.mark.parametrize(
    ("token", "number", "said"),
    [
        ({"password": "wrong"}, "9131", "wsse:FailedAuthentication"),
        ({"use_digest": True}, "9161", "wsse:UnsupportedSecurityToken"),
    ],
)
def test_a_username_token_is_refused_with_the_code_of_ws_security(
    gateway, version, token, number, said
):
    running = gateway()

    response = running.post(envelope(version=version, **token))

    root = etree.fromstring(response.body)
    found = root.find(".//faultcode")
    if found is None:
        found = root.find(".//{*}Subcode/{*}Value")
    assert (found.text, found.nsmap["wsse"]) == (said, WSSE.strip("{}"))
    assert code(response) == number
    assert ("PasswordText" in response.text) == (number == "9161")


def test_nobody_is_let_in_because_nobody_can_be_asked(gateway, management):
    running = gateway()
    for problem, number in (
        (NoManagementServer(addresses="x", seconds=5), 9203),
        (DirectoryAway(directory="corp", reason="x"), 9154),
    ):
        management.problem = problem
        for headers in ({"Authorization": basic()}, {"Authorization": f"Bearer {BEARER}"}):
            response = running.post(b"{}", "/vhi-rs/model/BankDemo/ping", **headers, **JSON)
            assert response.status >= 500, response.text
            assert f'"code":{number}' in response.text.replace(" ", "") or number == 9203
    assert running.caller.calls == []
    management.problem = None
    assert running.post(envelope(), Authorization=basic()).status == 200, "it was no guess"


def test_guesses_are_slowed_down_before_a_management_server_is_asked(gateway, management):
    running = gateway()
    for number in range(FREE + 1):
        assert (
            code(running.post(envelope(), Authorization=basic(password=f"guess {number}")))
            == "9131"
        )
    management.asked.clear()

    refused = running.post(envelope(), Authorization=basic())

    assert (code(refused), refused.headers["retry-after"]) == ("9137", "1")
    assert management.asked == []
    running.clock.advance(1)
    assert running.post(envelope(), Authorization=basic()).status == 200


def test_many_guesses_at_once_are_not_free(gateway, management):
    running, management.waits = gateway(), Deferred()
    for number in range(40):
        connection = running.connect()
        body = envelope()
        head = (
            f"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            f"Authorization: {basic(password=f'guess {number}')}\r\n\r\n"
        )
        connection.send(head.encode() + body)
    assert len(management.asked) == FREE + 1


def test_a_token_nobody_here_reads_is_somebody_elses(start, bank_model):
    running = start(PluginConfig(), bank_model)
    running.caller.reply = PONG

    assert running.post(envelope(), Authorization=f"Bearer {BEARER}").status == 200
    assert running.caller.last.credentials == NOBODY


def test_credentials_are_not_taken_over_plain_http_from_elsewhere(gateway, management):
    for headers in ({"Authorization": basic()}, {"Authorization": f"Bearer {BEARER}"}):
        refused = gateway().post(envelope(), host="192.0.2.1", **headers)
        assert (code(refused), refused.headers.get("www-authenticate")) == ("9111", None)
    assert management.asked == []


# ---- what the parts behind refuse ----------------------------------------------------------------


def test_an_anonymous_call_that_is_refused_is_asked_for_credentials(gateway):
    running = gateway()
    running.caller.reply = lambda _: CredentialsRequired(where="here")

    by_soap = running.post(envelope())
    by_rest = running.post(b"{}", "/vhi-rs/model/BankDemo/ping", **JSON)
    by_get = running.http("GET", "/vhi-rs/model/BankDemo/ping")
    for found in (by_soap, by_rest, by_get):
        assert found.status == 401
        assert found.headers["www-authenticate"].startswith("Basic realm")
    assert code(by_soap) == "9130"
    elsewhere = running.post(b"{}", "/vhi-rs/model/BankDemo/ping", host="192.0.2.1", **JSON)
    assert (elsewhere.status, "www-authenticate" in elsewhere.headers) == (403, False)


def test_a_login_that_has_ended_is_asked_for_again(gateway, management):
    running = gateway()
    assert running.post(envelope(), Authorization=basic()).status == 200
    running.caller.reply = lambda _: TokenRefused(why="its user or the user's password has changed")

    by_password = running.post(envelope(), Authorization=basic())
    by_token = running.post(envelope(), Authorization=f"Bearer {BEARER}")

    assert (by_password.status, code(by_password)) == (401, "9131")
    assert by_password.headers["www-authenticate"].startswith("Basic realm")
    assert (by_token.status, code(by_token)) == (401, "9153")
    assert 'error="invalid_token"' in by_token.headers["www-authenticate"]
    del management.users["alice", "s3cret"]
    assert running.post(envelope(), Authorization=basic()).status == 401
    assert management.asked[-1] == ("alice", "127.0.0.1"), "it was not remembered"


@pytest.mark.parametrize("statement", [False, True])
def test_a_missing_right_is_403_by_rest_and_a_fault_in_the_form_of_2643_by_soap(gateway, statement):
    running = gateway()
    refusal = {"user": "alice", "location": "pc7", "name": "BankDemo", "where": ""}
    running.caller.reply = lambda _: ConnectRefused(**refusal)
    body, name = envelope(), "ping"
    if statement:
        body = body.replace(b"<ping", b"<executeSQLStatement").replace(b"/>", b"><statement>x</statement></executeSQLStatement>")  # fmt: skip
        rest, name = b'{"SQLStatement": "SELECT Text FROM Everything"}', "executeSQLStatement"
    else:
        rest = b"{}"

    found = running.post(rest, f"/vhi-rs/model/BankDemo/{name}", Authorization=basic(), **JSON)

    assert found.status == 403, found.text
    assert "www-authenticate" not in found.headers
    assert "was refused a connection to BankDemo" in found.text
    if not statement:
        fault = running.post(body, Authorization=basic())
        assert (fault.status, code(fault)) == (500, "9160")


# ---- what is shown -------------------------------------------------------------------------------

SHOWN = ["?wsdl", "?xsd", ""]
REST = ["?json", "/openapi.json", "/tools.json"]


def test_services_are_shown_to_those_who_may_know_of_them(gateway):
    running = gateway(authn_metadata=True, tools_allowed=("*/*/*",))
    alice, bob = {"Authorization": basic()}, {"Authorization": basic("bob", "hush!")}
    for way, ends in (("vhi-ws", SHOWN), ("vhi-rs", REST)):
        for end in ends:
            for path, may in (("model/BankDemo", False), ("session/BankPool", True)):
                where = f"/{way}/{path}{end}"
                assert running.http("GET", where).status == 401, where
                assert running.http("GET", where, **alice).status == 200, where
                found = running.http("GET", where, **bob)
                assert found.status == (200 if may else 403), where
                assert may or "9135" in found.text or "permission metadata" in found.text
    for where in ("/vhi-ws", "/vhi-rs", "/vhi-rs/tools.json"):
        shown = running.http("GET", where, **bob).text
        assert "BankPool" in shown, where
        assert "model/BankDemo" not in shown, where
        assert '"kind":"model"' not in shown, where
        assert "model/BankDemo" in running.http("GET", where, **alice).text or where.endswith(
            "json"
        )


def test_openapi_tells_of_tokens_where_they_are_accepted(gateway, start, bank_model):
    for running, schemes in (
        (gateway(), {"basic", "bearer"}),
        (start(PluginConfig(), bank_model), {"basic"}),
    ):
        found = json.loads(running.http("GET", "/vhi-rs/model/BankDemo/openapi.json").body)
        assert set(found["components"]["securitySchemes"]) == schemes
        assert found["security"] == [{}, *({name: []} for name in sorted(schemes))]


def test_nobody_reads_metadata_with_a_bad_token(gateway):
    running = gateway(authn_metadata=True)

    refused = running.http("GET", "/vhi-ws", Authorization="Bearer a.b.c")

    assert refused.status == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_metadata_is_open_where_nobody_asks_for_credentials(gateway, management):
    assert gateway().http("GET", "/vhi-ws/model/BankDemo?wsdl").status == 200
    assert management.asked == []
