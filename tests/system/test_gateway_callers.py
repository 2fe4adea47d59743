"""Callers of a gateway of two workers are users of the installation: SOAP, REST, SQL, tools, kept sessions; attacks."""

import base64
import http.client
import json
import re
import ssl
import time

import jwt
import pytest
import requests
import zeep
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from tests.support.certificates import TestAuthority
from tests.support.issuer import AUDIENCE, issuer, rsa_key
from verdigris.passwords import hashed
from verdigris_command.demo.fleet import SEED_DOMAIN


pytestmark = pytest.mark.processes

SECRETS = {"alice": "alices own secret", "bob": "bobs other secret", "gw": "of the gateway itself"}
POOL, MODEL = "session/BankPool", "model/BankDemo"
SEARCH = "customerSearch?LastName=ABERNATHY"


def users(login):
    """alice and carol, who comes with tokens of an issuer, may use the pool; bob another one."""
    listed = "".join(
        f'<user name="{name}" password="{hashed(secret)}"/>' for name, secret in SECRETS.items()
    )
    return (
        f"<native>{listed}</native><directories>"
        f'<openid name="login" issuer="{login.url}" audience="{AUDIENCE}" ca-file="{login.ca}"/></directories>'
        '<grant permission="use metadata" pool="BankPool"><user name="alice"/><user name="gw"/>'
        '<user name="carol" directory="login"/></grant>'
        '<grant permission="use metadata" pool="OtherPool"><user name="bob"/></grant>'
    )


@pytest.fixture(scope="module")
def login(tmp_path_factory):
    with issuer(tmp_path_factory.mktemp("issuer")) as running:
        yield running


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """Who signs certificates of clients."""
    return TestAuthority(tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="module")
def town(start, login, clients):
    password = clients.ca.with_name("gateway-password")
    password.write_text(SECRETS["gw"] + "\n")
    town = start(
        secure=True, checks_users=True, users=users(login), members=SEED_DOMAIN[:1], workers=2,
        ready=False, log_level="debug",
        plugin={
            "authnMetadata": "true", "toolsAllowed": "*/*/*", "clientAuthorities": str(clients.ca),
            "gatewayUser": "gw", "gatewayPasswordFile": str(password),
        },
    )  # fmt: skip
    town.until(lambda: rest(town, f"{POOL}/{SEARCH}", basic("alice"))[0] == 200, "calls are served")
    return town


def basic(user, password=None):
    pair = f"{user}:{SECRETS.get(user, '') if password is None else password}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def rest(town, path, headers=None, body=None, certificate=None):
    """(status, text, headers) of an answer by HTTPS, perhaps with a client certificate."""
    where = ("127.0.0.1", town.fleet.port("gateway-https"))
    context = ssl.create_default_context(cafile=str(town.fleet.trust))
    if certificate is not None:
        context.load_cert_chain(*certificate)
    line = http.client.HTTPSConnection(*where, timeout=30, context=context)
    try:
        data = None if body is None else json.dumps(body)
        sent = {"Content-Type": "application/json", **(headers or {})}
        line.request("GET" if data is None else "POST", f"/vhi-rs/{path}", data, sent)
        found = line.getresponse()
        return found.status, found.read().decode(), found.headers
    finally:
        line.close()


def client(town, user, **token):
    """zeep over HTTPS, with HTTP Basic for the WSDL and a UsernameToken for the calls."""
    session = requests.Session()
    session.trust_env, session.verify = False, str(town.fleet.trust)
    session.auth = (user, SECRETS[user])
    given = UsernameToken(user, SECRETS[user], **token)
    transport = Transport(session=session, operation_timeout=60)
    made = zeep.Client(
        town.fleet.secure_wsdl("session", "BankPool"), transport=transport, wsse=given
    )
    session.auth = None
    return made.service


def code(text):
    found = re.search(r'"code":\s*(\d+)', text)
    return int(found[1]) if found else 0


# ---- who gets in ---------------------------------------------------------------------------------


def test_zeep_signs_in_with_ws_security_over_tls(town):
    found = client(town, "alice").customerSearch(
        customerSearchFilters={"LastName": "ABERNATHY"}, environment={"MaxRows": 1}
    )
    assert found[0].LastName == "ABERNATHY"
    assert "is lent to alice" in town.log("vs1")


def test_a_bearer_token_of_an_issuer_gets_in_by_rest_and_soap(town, login):
    token = login.token(sub="carol")
    assert rest(town, f"{POOL}/{SEARCH}", bearer(token))[0] == 200
    envelope = town.envelope("customerSearch", {"LastName": "ABERNATHY"})
    found = soap(town, envelope, bearer(token))
    assert (found.status_code, "ABERNATHY" in found.text) == (200, True)
    assert "is lent to carol@login" in town.log("vs1")


def test_a_token_of_verdigris_login_gets_in(town):
    body = json.dumps({"user": "alice", "password": SECRETS["alice"]}).encode()
    said = town.fleet.administration().post(
        "login", body=body, headers={"Content-Type": "application/json"}
    )
    assert rest(town, f"{POOL}/{SEARCH}", bearer(said["token"]))[0] == 200


def soap(town, envelope, headers, path="vhi-ws/session/BankPool"):
    return requests.post(
        f"https://127.0.0.1:{town.fleet.port('gateway-https')}/{path}", envelope.encode(),
        headers={"Content-Type": "text/xml", **headers}, verify=str(town.fleet.trust), timeout=60,
    )  # fmt: skip


# ---- who does not --------------------------------------------------------------------------------


def forged(login):
    """Tokens of attackers, by what is wrong with them."""
    good, now = login.token(sub="carol"), int(time.time())
    head, claims, signature = good.split(".")
    body = json.loads(base64.urlsafe_b64decode(claims + "=="))
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"r1"}').decode().rstrip("=")
    return {
        "alg none": f"{none}.{claims}.",
        "alg none, with a signature": f"{none}.{claims}.{signature}",
        "another key": jwt.encode(body, rsa_key("r1")[0], "RS256", {"kid": "r1"}),
        "another audience": login.token(sub="carol", aud="somebody else"),
        "expired": login.token(sub="carol", exp=now - 120),
        "another issuer": login.token(sub="carol", iss="https://127.0.0.1:1/realm"),
        "changed": f"{head}.{claims[:-2]}.{signature}",
    }


def test_forged_and_foreign_tokens_are_refused_by_rest_and_soap(town, login):
    envelope = town.envelope("customerSearch", {"LastName": "ABERNATHY"})
    for name, token in forged(login).items():
        status, text, headers = rest(town, f"{POOL}/{SEARCH}", bearer(token))
        assert (status, code(text)) == (401, 9153), (name, text)
        assert 'error="invalid_token"' in headers["WWW-Authenticate"], name
        found = soap(town, envelope, bearer(token))
        assert (found.status_code, "<id>9153</id>" in found.text) == (401, True), name


def test_nobody_gets_in_without_credentials_or_with_wrong_ones(town):
    status, text, headers = rest(
        town, f"{POOL}/customerSearch", body={"filters": {"LastName": "X"}}
    )
    assert (status, code(text)) == (401, 9130), text
    assert headers["WWW-Authenticate"].startswith("Basic realm")
    assert rest(town, f"{POOL}/{SEARCH}", basic("alice", "wrong"))[0] == 401
    with pytest.raises(zeep.exceptions.Fault) as caught:
        client(town, "alice", use_digest=True).customerSearch(
            customerSearchFilters={"LastName": "X"}
        )
    assert caught.value.code.endswith("UnsupportedSecurityToken")


DOORS = {
    "REST": ("customerSearch", {"filters": {"LastName": "ABERNATHY"}}),
    "SQL": ("executeSQLStatement", {"SQLStatement": "SELECT LastName FROM Customers WHERE LastName = 'ABERNATHY'"}),
    "a session to keep": ("rsResourceCreate", {}),
    "model variables": ("getModelVariables", {}),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_who_may_use_one_model_calls_no_other_by_any_door(town, door):
    operation, body = DOORS[door]
    for user, service in (("bob", POOL), ("alice", MODEL)):
        for domain in (None, ""):  # by a domain, and directly
            asked = body if domain is None else body | {"environment": {"DomainName": domain}}
            status, text, headers = rest(town, f"{service}/{operation}", basic(user), asked)
            assert (status, code(text)) == (403, 9160), (user, domain, text)
            assert f"User {user} at 127.0.0.1 was refused a connection" in text
            assert "WWW-Authenticate" not in headers


def test_the_same_by_soap_is_a_fault_in_the_form_of_2643(town):
    envelope = town.envelope("customerSearch", {"LastName": "ABERNATHY"})
    found = soap(town, envelope, basic("bob"))
    assert (found.status_code, "<id>9160</id>" in found.text) == (500, True)
    assert "User bob at 127.0.0.1 was refused a connection to BankPool" in found.text


def test_a_kept_session_is_its_users_alone(town, login):
    status, text, _ = rest(town, f"{POOL}/rsResourceCreate", basic("alice"), {})
    assert status == 200, text
    session = json.loads(text)["SessionID"]
    asked = {"filters": {"LastName": "ABERNATHY"}, "environment": {"SessionID": session}}
    carol = bearer(login.token(sub="carol"))
    for headers, codes in ((basic("bob"), {9134, 9160}), (carol, {9134}), ({}, {9130})):
        for operation, body in (("customerSearch", asked), ("rsResourceDestroy", {"environment": asked["environment"]})):  # fmt: skip
            status, text, _ = rest(town, f"{POOL}/{operation}", headers, body)
            assert code(text) in codes, (headers, operation, text)
            assert session not in text
    assert rest(town, f"{POOL}/customerSearch", basic("alice"), asked)[0] == 200
    ended = rest(town, f"{POOL}/rsResourceDestroy", basic("alice"), {"environment": asked["environment"]})  # fmt: skip
    assert ended[0] in {200, 204}, ended[1]


def test_lists_and_documents_show_what_a_caller_may_know_of(town):
    for path in ("", "tools.json"):
        seen = rest(town, path, basic("alice"))[1]
        assert "BankPool" in seen, path
        assert "BankPool" not in rest(town, path, basic("bob"))[1], path
        assert rest(town, path)[0] == 401
    for path in (f"{POOL}?json", f"{POOL}/openapi.json", f"{POOL}/tools.json"):
        assert rest(town, path, basic("alice"))[0] == 200
        status, text, _ = rest(town, path, basic("bob"))
        assert (status, code(text)) == (403, 9135), text
    assert rest(town, f"{MODEL}?json", basic("alice"))[0] == 403


# ---- the gateway's own account --------------------------------------------------------------------


@pytest.fixture
def own_account(town):
    """The gateway has users of its own."""
    folder = town.fleet.folder
    (folder / "gateway-users").write_text(f"ops:{hashed('ops own secret')}\n")
    plugin = folder / "plugin-cfg.xml"
    before = plugin.read_text()
    entry = '<entry key="usersFile">gateway-users</entry>'
    plugin.write_text(before.replace("</properties>", f"{entry}</properties>"))
    yield
    plugin.write_text(before)
    town.until(
        lambda: all(rest(town, f"{POOL}/{SEARCH}", basic("alice"))[0] == 200 for _ in range(8)),
        "both workers ask the management server again",
    )


def test_a_user_of_the_gateway_alone_acts_through_its_account_and_both_are_named(town, own_account):
    asked = basic("ops", "ops own secret")
    town.until(
        lambda: all(rest(town, f"{POOL}/{SEARCH}", asked)[0] == 200 for _ in range(8)),
        "both workers know the gateway's users",
    )
    assert "is lent to gw on behalf of ops" in town.log("vs1")
    assert "gw acts on behalf of ops" in town.log("gateway")
    status, _, headers = rest(town, f"{POOL}/{SEARCH}", asked)
    (decision,) = town.fleet.administration().get("allocations", headers["X-Request-Id"])
    assert (status, decision["user"], decision["on_behalf_of"]) == (200, "gw", "ops")
    assert rest(town, f"{MODEL}/{SEARCH}", asked)[0] == 403, "it has the account's rights alone"


def test_a_client_certificate_names_a_caller_of_the_account(town, clients, tmp_path):
    dora = clients.server("dora", "dora.example")
    status, text, headers = rest(town, f"{POOL}/{SEARCH}", certificate=dora)
    assert status == 200, text
    (decision,) = town.fleet.administration().get("allocations", headers["X-Request-Id"])
    assert (decision["user"], decision["on_behalf_of"]) == ("gw", "dora")
    status, text, _ = rest(town, f"{MODEL}/{SEARCH}", certificate=dora)
    assert (status, code(text)) == (403, 9160)
    both = rest(town, f"{POOL}/{SEARCH}", basic("bob"), certificate=dora)
    assert both[0] == 403, "credentials in the request are nearer"
    stranger = TestAuthority(tmp_path, "stranger").server("alice", "alice.example")
    with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
        rest(town, f"{POOL}/{SEARCH}", certificate=stranger)


# ---- last: it makes the address wait --------------------------------------------------------------


def test_guesses_are_counted_by_both_workers_together_and_no_secret_is_written_anywhere(town):
    refused = []
    for number in range(12):  # each on a connection of its own, which either worker may take
        status, text, headers = rest(town, f"{POOL}/{SEARCH}", basic("dave", f"guess {number}"))
        refused.append((status, code(text), headers.get("Retry-After")))
    assert [it[1] for it in refused[:6]] == [9131] * 6
    assert 9137 in [it[1] for it in refused], refused
    files = [it for it in town.fleet.folder.rglob("*") if it.is_file() and it.suffix != ".zip"]
    for file in files:
        text = file.read_text(errors="replace")
        for secret in (*SECRETS.values(), "guess 1", "guess 7"):
            assert secret not in text, (file, secret)
            assert base64.b64encode(f"alice:{secret}".encode()).decode() not in text, file
        assert not re.search(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}", text), f"a token in {file}"
