"""Who comes in: HTTP Basic, UsernameToken and in-band, over plain HTTP and HTTPS, how often."""

import base64
import dataclasses
import datetime as dt

import pytest
import zeep.exceptions
from lxml import etree
from zeep.wsse.username import UsernameToken

from gateway.security.authorization import authorization_of
from gateway.security.users import line_of
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.credential_checks.guesses import FREE
from verdigris.errors import BadRequest
from verdigris.values import NOBODY, Credentials
from verdigris.wire import Rows


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
PONG = Rows((("Text", "text"),), [["pong"]])
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def basic(user="ops", password="s3cret"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def envelope(inband="", **token):
    """A ping, perhaps with credentials in its environment or in a Security header."""
    body = f'<ping xmlns="{NS}">{f"<environment>{inband}</environment>" if inband else ""}</ping>'
    root = etree.fromstring(
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>'
    )
    if token:
        given = {"username": "ops", "password": "s3cret", "created": NOW, **token}
        UsernameToken(**given).apply(root, {})
    return etree.tostring(root)


INBAND = "<Username>ops</Username><Password>s3cret</Password>"


@pytest.fixture
def protected(start, bank_model, tmp_path):
    """A gateway with two users: ops in clear, dev with a hash."""
    file = tmp_path / "users"
    file.write_text("ops:clear:s3cret\n" + line_of("dev", "hash3d"))

    def make(**settings):
        found = {"users_file": str(file), "authn_service": True} | settings
        running = start(PluginConfig(**found), bank_model)
        running.caller.reply = PONG
        running.resource.keeper.wall = NOW.timestamp
        return running

    return make


def code(response):
    return etree.fromstring(response.body).findtext(".//id")


# ---- what is right -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "headers", "user"),
    [
        (envelope(), {"Authorization": basic()}, "ops"),
        (envelope(), {"Authorization": basic("dev", "hash3d")}, "dev"),
        (envelope(INBAND), {}, "ops"),
        (envelope(use_digest=False), {}, "ops"),
        (envelope(use_digest=True), {}, "ops"),
        (envelope(username="dev", password="hash3d"), {}, "dev"),
    ],
)
def test_right_credentials_are_carried_on_in_clear(protected, message, headers, user):
    running = protected()

    response = running.post(message, **headers)

    assert response.status == 200, response.text
    assert running.caller.last.credentials == Credentials(
        user, {"ops": "s3cret", "dev": "hash3d"}[user]
    )


def test_the_nearest_to_the_call_counts_and_is_what_is_checked(protected):
    running = protected()

    assert running.post(envelope(INBAND), Authorization=basic("dev", "wrong")).status == 200
    wrong = running.post(
        envelope(INBAND.replace("s3cret", "wrong")), Authorization=basic("dev", "hash3d")
    )

    assert running.caller.last.credentials.user == "ops"
    assert (wrong.status, code(wrong)) == (500, "9131")
    assert len(running.caller.calls) == 1


def test_without_a_users_file_they_are_carried_and_not_judged(start, bank_model):
    running = start(PluginConfig(authn_service=True), bank_model)
    running.caller.reply = PONG

    assert running.post(envelope(), Authorization=basic("any", "body")).status == 200
    assert running.caller.last.credentials == Credentials("any", "body")


def test_credentials_that_nobody_asks_for_are_still_checked(protected):
    running = protected(authn_service=False)

    assert running.post(envelope()).status == 200
    assert running.caller.last.credentials == NOBODY
    assert running.post(envelope(), Authorization=basic(password="wrong")).status == 401


def test_the_environment_counts_before_a_token_and_is_what_is_checked(protected):
    running = protected()
    both = envelope(INBAND, username="dev", password="wrong")

    assert running.post(both).status == 200
    assert running.caller.last.credentials.user == "ops"
    right_token = envelope(INBAND.replace("s3cret", "wrong"), username="dev", password="hash3d")
    assert code(running.post(right_token)) == "9131"


@pytest.mark.parametrize("use_digest", [False, True])
def test_after_too_many_guesses_nothing_is_checked_for_a_while(protected, use_digest):
    running = protected()
    for number in range(FREE + 1):
        created = NOW + dt.timedelta(seconds=number)
        wrong = envelope(password="wrong", use_digest=use_digest, created=created)
        assert code(running.post(wrong)) == "9131"

    right = envelope(use_digest=use_digest)
    paused = running.post(right)
    assert (code(paused), paused.headers["retry-after"]) == ("9137", "1")
    running.clock.advance(1)
    assert running.post(right).status == 200


# ---- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "headers", "status", "number"),
    [
        (envelope(), {}, 401, "9130"),
        (envelope(), {"Authorization": basic(password="wrong")}, 401, "9131"),
        (envelope(), {"Authorization": basic("stranger")}, 401, "9131"),
        (envelope(), {"Authorization": "Bearer x"}, 401, "9130"),
        (envelope(INBAND.replace("s3cret", "wrong")), {}, 500, "9131"),
        (envelope(password="wrong"), {}, 500, "9131"),
        (envelope(password="wrong", use_digest=True), {}, 500, "9131"),
        (envelope(username="dev", password="hash3d", use_digest=True), {}, 500, "9131"),
        (envelope(username="stranger", use_digest=True), {}, 500, "9131"),
        (envelope(use_digest=True, created=NOW - dt.timedelta(minutes=6)), {}, 500, "9131"),
    ],
)
def test_wrong_or_missing_ones_are_refused(protected, message, headers, status, number, logged):
    running = protected()

    response = running.post(message, **headers)

    assert (response.status, code(response)) == (status, number)
    assert ("www-authenticate" in response.headers) == (status == 401)
    assert running.caller.calls == []
    assert "wrong" not in response.text
    assert not [line for line in logged() if "s3cret" in line or "hash3d" in line]


def test_a_digest_is_taken_once(protected):
    running = protected()
    message = envelope(use_digest=True)

    assert running.post(message).status == 200
    assert code(running.post(message)) == "9131"


def test_a_digest_needs_a_clear_password_and_the_fault_says_so(start, bank_model):
    running = start(PluginConfig(), bank_model)
    running.resource.keeper.wall = NOW.timestamp

    assert "clear password" in running.post(envelope(use_digest=True)).text


@pytest.mark.parametrize(
    "header", ["Basic", "Basic %%%", "Basic " + base64.b64encode(b"ops").decode()]
)
def test_a_header_that_is_no_basic_is_refused(protected, header):
    response = protected().post(envelope(), Authorization=header)

    assert response.status == 400


def test_basic_in_latin_1_is_read():
    assert authorization_of(
        "basic " + base64.b64encode("ops:gr\u00fcn".encode("latin-1")).decode()
    ) == Credentials("ops", "gr\u00fcn")
    with pytest.raises(BadRequest):
        authorization_of("Basic " + base64.b64encode(b":x").decode())


# ---- over plain HTTP -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "headers"),
    [
        (envelope(), {"Authorization": basic()}),
        (envelope(INBAND), {}),
        (envelope(use_digest=False), {}),
        (envelope(use_digest=True), {}),
        (envelope(), {}),
    ],
)
@pytest.mark.parametrize("asked", [True, False])
def test_no_form_of_them_is_taken_over_plain_http_from_elsewhere(
    protected, message, headers, asked
):
    """Also where nobody asks for them: a client that sends them is told that they were readable."""
    if message == envelope() and not headers and not asked:
        return  # none are sent
    running = protected(authn_service=asked)

    response = running.post(message, host="192.0.2.1", **headers)

    assert code(response) == "9111"
    assert "www-authenticate" not in response.headers
    assert running.caller.calls == []
    running.settings.config = dataclasses.replace(
        running.settings.config, credentials_on_plain_http="always"
    )
    assert running.post(message, host="192.0.2.1", **headers).status in (200, 401)


# ---- WSDL and pages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/vhi-ws",
        "/vhi-ws/model/BankDemo?wsdl",
        "/vhi-ws/model/BankDemo?xsd",
        "/vhi-ws/model/BankDemo",
    ],
)
def test_metadata_is_open_until_it_is_protected(protected, path):
    running = protected(authn_metadata=True)

    missing, wrong = running.http("GET", path), running.http("GET", path, Authorization=basic("x"))

    assert (missing.status, wrong.status) == (401, 401)
    assert missing.headers["www-authenticate"].startswith("Basic ")
    assert "9130" not in missing.text
    assert running.http("GET", path, Authorization=basic()).status == 200
    assert running.http("GET", path, host="192.0.2.1", Authorization=basic()).status == 403
    assert protected().http("GET", path).status == 200


def test_monitors_need_no_credentials(protected):
    running = protected(authn_metadata=True, max_client_rate=1)

    assert [running.http("GET", "/live").status for _ in range(5)] == [200] * 5


def test_an_unknown_page_is_no_way_around(protected):
    assert protected(authn_metadata=True).http("GET", "/vhi-ws/model/None").status == 401


# ---- how often -----------------------------------------------------------------------------------


def test_a_client_has_a_rate_and_others_do_not_feel_it(start, bank_model):
    running = start(PluginConfig(max_client_rate=3), bank_model)
    running.caller.reply = PONG

    found = [running.post(envelope()) for _ in range(5)]

    assert [r.status for r in found] == [200, 200, 200, 429, 429]
    assert found[3].headers["retry-after"] == "1"
    assert running.post(envelope(), host="192.0.2.7").status == 200
    running.clock.advance(0.4)
    assert [running.post(envelope()).status for _ in range(2)] == [200, 429]


def test_a_network_of_ipv6_is_one_client(start, bank_model):
    running = start(PluginConfig(max_client_rate=1), bank_model)
    running.caller.reply = PONG

    assert running.post(envelope(), host="2001:db8::1").status == 200
    assert running.post(envelope(), host="2001:db8::2").status == 429
    assert running.post(envelope(), host="2001:db8:0:1::2").status == 200


def test_clients_remembered_are_bounded(start, bank_model, monkeypatch):
    monkeypatch.setattr("gateway.workers.shared_state.MAX_CLIENTS", 4)
    running = start(PluginConfig(max_client_rate=1), bank_model)

    for last in range(20):
        running.http("GET", "/vhi-ws", host=f"192.0.2.{last}")

    assert len(running.resource.keeper.shared._buckets) <= 4


def test_a_request_cannot_go_beyond_the_servers_time(start, bank_model):
    running = start(PluginConfig(method_timeout_maximum=5_000), bank_model)
    running.caller.reply = PONG

    running.post(envelope("<MethodTimeout>60000</MethodTimeout>"))
    running.post(envelope())
    running.post(envelope("<MethodTimeout>1500</MethodTimeout>"))

    assert [call.method_timeout for call in running.caller.calls] == [5, 5, 1.5]


# ---- in which words ------------------------------------------------------------------------------

SOAP = {
    "text/xml; charset=utf-8": "http://schemas.xmlsoap.org/soap/envelope/",
    "application/soap+xml": "http://www.w3.org/2003/05/soap-envelope",
}


@pytest.mark.parametrize("media", SOAP)
@pytest.mark.parametrize(
    ("config", "headers", "status", "id_"),
    [
        ({"max_client_rate": 1}, {}, 429, "9132"),
        ({}, {"Authorization": "Basic nonsense"}, 400, "9100"),
        ({}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.test"}, 403, "9119"),
        ({"authn_service": True}, {}, 401, "9130"),
    ],
)
def test_a_soap_client_refused_at_the_door_gets_a_fault(
    start, bank_model, media, config, headers, status, id_
):
    """Toolkits show a fault's sentence to their users; of plain words they show the status alone."""
    running = start(PluginConfig(**config), bank_model)
    running.caller.reply = PONG
    if "max_client_rate" in config:
        running.post(envelope())

    message = envelope().replace(SOAP["text/xml; charset=utf-8"].encode(), SOAP[media].encode())
    found = running.post(message, Content_Type=media, **headers)

    root = etree.fromstring(found.body)
    assert (found.status, code(found)) == (status, id_)
    assert root.tag == f"{{{SOAP[media]}}}Envelope"
    assert root.find(".//{*}errorDetail").tag == f"{{{NS}}}errorDetail"
    assert root.findtext(".//requestId") == found.headers["x-request-id"]
    assert found.headers["content-type"].partition(";")[0] == media.partition(";")[0]
    assert ("retry-after" in found.headers) == (status == 429)
    assert ("www-authenticate" in found.headers) == (status == 401)


@pytest.mark.parametrize("port", ["Soap", "Soap12"])
def test_zeep_shows_the_sentence_of_a_refusal(start, bank_model, port):
    running = start(PluginConfig(max_client_rate=2), bank_model)
    running.caller.reply = PONG
    service = running.zeep(port=port)
    service.ping()

    with pytest.raises(zeep.exceptions.Fault, match="exceeds the limit of 2 requests per second"):
        service.ping()


def test_a_fault_about_an_unknown_service_is_one_of_the_gateways(start, bank_model):
    running = start(PluginConfig(max_client_rate=1), bank_model)
    running.post(envelope())

    for path in ("/vhi-ws/model/None", "/vhi-ws/x/y/z", "/vhi-ws/session/"):
        found = running.post(envelope(), path)
        assert (found.status, code(found)) == (429, "9132")
        assert b"urn:verdigris:gateway" in found.body
    assert (
        running.http("GET", "/vhi-ws/model/None").headers["content-type"].startswith("text/plain")
    )


@pytest.mark.parametrize("user", ["ops", "dev", "nobody"])
def test_guessing_is_slowed_down_for_every_kind_of_user(protected, user):
    running = protected()
    wrong = [
        running.post(envelope(), Authorization=basic(user, f"guess {n}")).status for n in range(8)
    ]
    assert wrong[:6] == [401] * 6
    last = running.post(envelope(), Authorization=basic(user, "one more"))
    assert (code(last), last.headers["retry-after"]) == ("9137", "1")
    running.clock.advance(60)
    assert running.post(envelope(), Authorization=basic(user, "again")).status == 401
