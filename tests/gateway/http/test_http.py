"""HTTP as the gateway speaks it: pages, health, limits, connections that misbehave."""

import dataclasses

import pytest
from lxml import etree
from twisted.internet.defer import Deferred

from gateway.settings import Settings
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import ConfigurationError, Problem
from verdigris.wire import Rows


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
PING = f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><ping xmlns="{NS}"/></e:Body></e:Envelope>'
PONG = Rows((("Text", "text"),), [["pong"]])


def request(body=PING, *headers, path="/vhi-ws/model/BankDemo"):
    lines = [f"POST {path} HTTP/1.1", "Host: h", *headers]
    if not any(line.startswith(("Content-Length", "Transfer")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body.encode()


# ---- pages ---------------------------------------------------------------------------------------


def test_the_list_names_every_service_with_its_wsdl(bank):
    page = bank.http("GET", "/vhi-ws")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<a href="/vhi-ws/model/BankDemo?wsdl">WSDL</a>' in page.text
    assert '<a href="/vhi-ws/session/Pool-1?wsdl">WSDL</a>' in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


def test_a_service_page_shows_operations_and_what_could_not_be_published(bank):
    page = bank.http("GET", "/vhi-ws/model/BankDemo").text

    assert "calcCostLoan" in page
    assert "Everything.Drop it is not published: &#x27;Drop it&#x27; is not an XML name" in page


@pytest.mark.parametrize("query", ["?wsdl", "?WSDL", "?Wsdl=", "?wsdl&soap=1.1", "?soap=1.1&wsdl"])
def test_the_wsdl_has_the_address_that_was_asked(bank, query):
    found = bank.http("GET", "/vhi-ws/model/BankDemo" + query)

    root = etree.fromstring(found.body)
    addresses = {e.get("location") for e in root.iter("{*}address")}
    assert found.headers["content-type"] == "text/xml; charset=utf-8"
    assert addresses == {"http://gateway.test:9680/vhi-ws/model/BankDemo"}
    assert (b"soap12" in found.body) == ("1.1" not in query)


def test_a_public_url_stands_in_the_wsdl(start, bank_model):
    running = start(PluginConfig(public_url="https://hosts.example.com"), bank_model)

    assert (
        b'location="https://hosts.example.com/vhi-ws/model/BankDemo"'
        in running.http("GET", "/vhi-ws/model/BankDemo?wsdl").body
    )


def test_a_host_header_cannot_put_anything_into_the_wsdl(bank):
    connection = bank.connect()
    connection.send(b'GET /vhi-ws/model/BankDemo?wsdl HTTP/1.1\r\nHost: x"><evil/>\r\n\r\n')

    found = connection.response()

    assert found.status == 400
    assert b"evil" not in found.body


def test_the_schema_can_be_had_alone(bank):
    root = etree.fromstring(bank.http("GET", "/vhi-ws/model/BankDemo?xsd").body)

    assert root.tag == "{http://www.w3.org/2001/XMLSchema}schema"


def test_head_answers_without_a_body(bank):
    for path in ("/vhi-ws", "/vhi-ws/model/BankDemo?wsdl", "/live"):
        found, whole = bank.http("HEAD", path), bank.http("GET", path)
        assert (found.status, found.body) == (200, b"")
        assert found.headers["content-length"] == whole.headers["content-length"]


def test_names_in_urls_are_found_in_any_case_but_unknown_ones_are_not(bank):
    assert bank.http("GET", "/vhi-ws/model/bankdemo?wsdl").status == 200
    missing = bank.http("GET", "/vhi-ws/model/Nothing?wsdl")
    assert (missing.status, missing.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert "There is no model named Nothing at this gateway." in missing.text
    misspelled = bank.http("GET", "/vhi-ws/model/BankDeom?wsdl")
    assert "named BankDeom at this gateway (did you mean BankDemo?)." in misspelled.text


def test_a_post_to_an_unknown_service_is_a_fault(bank):
    found = bank.post(PING, "/vhi-ws/session/Nothing")

    assert found.status == 404
    assert etree.fromstring(found.body).findtext(".//id") == "9101"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 302), ("GET", "/nothing", 404), ("GET", "/vhi-ws/model", 404), ("POST", "/vhi-ws", 405),
     ("PUT", "/vhi-ws/model/BankDemo", 405), ("DELETE", "/live", 405), ("GET", "/vhi-ws/model/a%00%0a%ff", 404)],
)  # fmt: skip
def test_other_requests_are_answered_in_words(bank, method, path, status):
    found = bank.http(method, path)

    assert found.status == status
    assert found.headers["x-request-id"]
    assert found.headers.get("allow", "GET, HEAD").startswith("GET, HEAD")


def test_the_list_can_be_hidden(start, bank_model):
    running = start(PluginConfig(list_services=False), bank_model)

    assert running.http("GET", "/vhi-ws").status == 404
    assert running.http("GET", "/vhi-ws/model/BankDemo?wsdl").status == 200


def test_ready_means_that_somebody_said_what_is_deployed(start, bank_model):
    running = start(None)

    assert (running.http("GET", "/live").status, running.http("GET", "/ready").status) == (200, 503)
    warming = running.post(PING)
    assert (warming.status, etree.fromstring(warming.body).findtext(".//id")) == (503, "9219")

    running.deploy(bank_model)

    assert running.http("GET", "/ready").status == 200


@pytest.mark.parametrize("path", ["/", "/ready"])
def test_options_is_a_probe_as_haproxy_sends_it(start, bank_model, path):
    """haproxytech/dataplaneapi#304: a bare `option httpchk` is `OPTIONS / HTTP/1.0`, without Host."""
    running = start(None)

    def ask():
        connection = running.connect()
        connection.send(f"OPTIONS {path} HTTP/1.0\r\n\r\n".encode())
        found = connection.response()
        connection.lose()
        return found.status

    assert ask() == 503
    running.deploy(bank_model)
    assert ask() == 200


def test_a_broken_edit_of_the_settings_is_shown(bank, monkeypatch):
    problem = ConfigurationError.of(
        "plugin-cfg.xml", [Problem("plugin-cfg.xml", 7, "unknown key <x>")]
    )
    monkeypatch.setattr(Settings, "problem", problem)

    assert "plugin-cfg.xml:7: error: unknown key &lt;x&gt;" in bank.http("GET", "/vhi-ws").text
    assert "broken" in bank.http("GET", "/ready").text


# ---- one connection ------------------------------------------------------------------------------


def test_a_connection_serves_many_requests(bank):
    bank.caller.reply = PONG
    connection = bank.connect()

    for _ in range(3):
        connection.send(request())
        assert connection.response().status == 200
    assert bank.site.count == 1
    connection.lose()
    assert bank.site.count == 0


def test_pipelined_requests_are_answered_in_order(bank):
    waiting = [Deferred(), Deferred()]
    bank.caller.reply = lambda call: waiting[len(bank.caller.calls) - 1]
    connection = bank.connect()

    connection.send(request() * 2)
    assert len(bank.caller.calls) == 1
    waiting[0].callback(PONG)
    waiting[1].callback(Rows((("Text", "text"),), [["second"]]))

    first, _, second = connection.wire.value().partition(b"pong")
    assert b"second" not in first
    assert b"second" in second


def test_a_chunked_body_is_read(bank):
    bank.caller.reply = PONG
    padding = "<!--" + "x" * 150_000 + "-->"
    body = PING.replace("<e:Body>", padding + "<e:Body>")
    chunks = (
        "".join(f"{len(part):x}\r\n{part}\r\n" for part in (body[:100_000], body[100_000:]))
        + "0\r\n\r\n"
    )
    connection = bank.connect()

    connection.send(request(chunks, "Transfer-Encoding: chunked"))

    assert connection.response().status == 200


def test_expect_100_continue_is_answered(bank):
    bank.caller.reply = PONG
    connection = bank.connect()
    whole = request(PING, "Expect: 100-continue")
    connection.send(whole[: -len(PING)])
    assert connection.wire.value() == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.wire.clear()
    connection.send(PING.encode())

    assert connection.response().status == 200


# ---- limits --------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_refused_before_it_is_read(bank):
    connection = bank.connect()

    connection.send(
        b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5000000\r\n\r\nabc"
    )
    connection.send(b"x" * 5_000_000)

    found = connection.response()
    assert (found.status, found.closed) == (413, True)
    assert (
        "<faultstring>The request exceeds the limit of 4194304 bytes.</faultstring>" in found.text
    )
    assert connection.response() is None
    assert bank.caller.calls == []


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "media", "begins", "answered"),
    [
        ("/vhi-ws/model/BankDemo", "text/xml", b"<?xml", "text/xml"),
        ("/vhi-ws/model/BankDemo", "application/soap+xml", b"<?xml", "application/soap+xml"),
        ("/vhi-ws/model/None", "text/xml", b"<?xml", "text/xml"),
        ("/vhi-rs/model/BankDemo/show", "application/json", b"{", "application/problem+json"),
        ("/live", "text/plain", b"The request exceeds", "text/plain"),
    ],
)
def test_a_body_over_the_limit_is_refused_in_the_words_of_its_protocol(
    bank, path, media, begins, answered, chunked
):
    connection = bank.connect()
    size = "Transfer-Encoding: chunked" if chunked else "Content-Length: 5000000"
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nX-Request-Id: big-1\r\nContent-Type: {media}\r\n"
    connection.send(f"{head}{size}\r\n\r\n".encode())
    for _ in range(50 if chunked else 0):
        connection.send(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")

    found = connection.response()

    assert (found.status, found.closed) == (413, True)
    assert found.body.startswith(begins)
    assert found.headers["content-type"].startswith(answered)
    assert int(found.headers["content-length"]) == len(found.body)
    if path != "/live":
        assert b"9109" in found.body
        assert b"big-1" in found.body
        assert found.headers["x-request-id"] == "big-1"


def test_a_chunked_body_over_the_limit_is_refused_when_it_passes_it(bank):
    connection = bank.connect()
    connection.send(
        b"POST /vhi-ws/model/BankDemo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for _ in range(50):
        connection.send(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")

    found = connection.response()
    assert (found.status, found.closed) == (413, True)
    connection.send(b"0\r\n\r\n")
    assert connection.response() is None


def test_a_refused_sender_is_cut_off_half_a_second_later(bank):
    connection = bank.connect()
    connection.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n")

    bank.clock.advance(0.4)
    assert not connection.wire.aborted
    bank.clock.advance(0.2)

    assert connection.wire.aborted
    connection.lose()
    assert bank.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    "begin",
    [
        b"POST /",
        b"POST / HTTP/1.1\r\nHost: h\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 90\r\n\r\n",
    ],
)
def test_a_request_that_drips_is_refused_in_time(bank, begin):
    connection = bank.connect()
    connection.send(begin)
    for _ in range(14):
        bank.clock.advance(1)
        connection.send(b"x")
        assert connection.response() is None
    bank.clock.advance(1)

    assert connection.response().status == 408
    assert connection.wire.disconnecting


def test_a_slow_procedure_is_no_slow_request(bank):
    answer = Deferred()
    bank.caller.reply = lambda call: answer
    connection = bank.connect()
    connection.send(request())

    bank.clock.advance(300)
    answer.callback(PONG)

    assert connection.response().status == 200


def test_an_idle_connection_is_closed(bank):
    connection = bank.connect()

    bank.clock.advance(61)

    assert connection.wire.disconnecting


def test_connections_are_bounded(start, bank_model):
    running = start(PluginConfig(max_connections=2), bank_model)

    kept = [running.connect(), running.connect()]
    assert running.connect().response().status == 503
    kept[0].lose()
    assert running.connect().response() is None


def test_calls_are_bounded(start, bank_model):
    running = start(PluginConfig(max_calls=1), bank_model)
    running.caller.reply = lambda call: Deferred()
    running.connect().send(request())

    refused = running.post(PING)

    assert (refused.status, etree.fromstring(refused.body).findtext(".//id")) == (500, "9212")


# ---- clients that go away ------------------------------------------------------------------------


def test_a_client_that_goes_away_takes_its_call_with_it(bank):
    cancelled = []
    bank.caller.reply = lambda call: Deferred(cancelled.append)
    connection = bank.connect()
    connection.send(request())
    assert bank.resource.calls.count == 1

    connection.lose()

    assert len(cancelled) == 1
    assert bank.resource.calls.count == 0


def test_a_client_that_goes_away_after_the_answer_disturbs_nothing(bank):
    bank.caller.reply = PONG
    connection = bank.connect()
    connection.send(request())

    connection.lose()

    assert connection.response().status == 200
    assert bank.resource.calls.count == 0


def test_a_client_does_not_wait_for_a_reply_that_cannot_be_sent(bank, logged, monkeypatch):
    answer = Deferred()
    bank.caller.reply = lambda call: answer
    connection = bank.connect()
    connection.send(request())
    monkeypatch.setattr("gateway.http.running_calls.send_reply", lambda *_: 1 / 0)
    answer.callback(PONG)

    assert connection.wire.disconnecting
    assert "a reply could not be sent" in "".join(logged())
    connection.lose()
    assert bank.resource.calls.count == 0


# ---- credentials and domains ---------------------------------------------------------------------

LOGIN = "<Username>ops</Username><Password>s3cret</Password>"


def with_environment(inner):
    return PING.replace(
        f'<ping xmlns="{NS}"/>', f'<ping xmlns="{NS}"><environment>{inner}</environment></ping>'
    )


@pytest.mark.parametrize(
    ("policy", "host", "taken"),
    [("loopback", "127.0.0.1", True), ("loopback", "::1", True), ("loopback", "::ffff:127.0.0.1", True),
     ("loopback", "10.0.0.7", False), ("never", "127.0.0.1", False), ("always", "10.0.0.7", True)],
)  # fmt: skip
def test_credentials_over_plain_http_are_taken_by_policy(start, bank_model, policy, host, taken):
    running = start(PluginConfig(credentials_on_plain_http=policy), bank_model)
    running.caller.reply = PONG

    found = running.post(with_environment(LOGIN), host=host)

    if taken:
        assert found.status == 200
        assert (running.caller.last.credentials.user, running.caller.last.credentials.password) == (
            "ops",
            "s3cret",
        )
        assert running.caller.last.location == host
    else:
        assert etree.fromstring(found.body).findtext(".//id") == "9111"
        assert running.caller.calls == []
        assert b"s3cret" not in found.body


@pytest.mark.parametrize(
    ("configured", "environment", "chosen"),
    [("", "", ""), ("d1", "", "d1"), ("d1", "<DomainName>d2</DomainName>", "d2"), ("d1", "<DomainName/>", ""),
     ("d1", "<DomainName> </DomainName>", ""), ("", "<DomainName>d2</DomainName>", "d2"),
     ("d1", "<SessionID>vs1~0123456789abcdef</SessionID>", "")],
)  # fmt: skip
def test_the_domain_is_chosen(start, bank_model, configured, environment, chosen):
    running = start(PluginConfig(domain_name=configured), bank_model)
    running.caller.reply = PONG

    assert running.post(with_environment(environment)).status == 200
    assert running.caller.last.domain == chosen


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [("", None), ("<DomainName>b</DomainName>", "b"), ("<DomainName/>", ""),
     ("<SessionID>vs1~0123456789abcdef</SessionID>", "")],
)  # fmt: skip
def test_of_several_domains_a_request_has_to_name_one(start, bank_model, environment, chosen):
    running = start(PluginConfig(domains=("a", "b")), bank_model)
    running.caller.reply = PONG
    answer = running.post(with_environment(environment))
    if chosen is None:
        assert answer.status == 500
        assert b"9226" in answer.body
        assert b"has these domains: a, b." in answer.body
    else:
        assert answer.status == 200
        assert running.caller.last.domain == chosen


def test_timeouts_have_the_connectors_units_and_configured_defaults(start, bank_model):
    running = start(PluginConfig(connection_timeout=7, method_timeout=2500, max_rows=9), bank_model)
    running.caller.reply = PONG

    running.post(PING)
    default = running.caller.last
    running.post(
        with_environment(
            "<ConnectionTimeout>3</ConnectionTimeout><MethodTimeout>1500</MethodTimeout><MaxRows>0</MaxRows>"
        )
    )
    said = running.caller.last

    assert (default.connection_timeout, default.method_timeout, default.max_rows) == (7, 2.5, 9)
    assert (said.connection_timeout, said.method_timeout, said.max_rows) == (3, 1.5, 0)


def test_an_edit_counts_for_the_next_request(bank):
    bank.caller.reply = PONG
    bank.post(PING)
    bank.settings.config = dataclasses.replace(bank.settings.config, domain_name="retail")
    bank.post(PING)

    assert [call.domain for call in bank.caller.calls] == ["", "retail"]


@pytest.mark.parametrize(
    ("inner", "code"),
    [("<SessionID>nonsense</SessionID>", "9107")],
)
def test_a_session_id_that_is_none_is_refused(bank, inner, code):
    found = bank.post(with_environment(inner))

    assert etree.fromstring(found.body).findtext(".//id") == code


def test_destroying_needs_a_session_and_creating_takes_none(bank):
    without = bank.post(PING.replace("ping", "wsResourceDestroy"))
    with_one = bank.post(
        with_environment("<SessionID>vs1~0123456789abcdef</SessionID>").replace(
            "ping", "wsResourceCreate"
        )
    )

    assert etree.fromstring(without.body).findtext(".//id") == "9100"
    assert etree.fromstring(with_one.body).findtext(".//id") == "9100"


def test_nothing_of_a_request_is_logged(bank, logged):
    bank.caller.reply = RuntimeError
    bank.post(with_environment(LOGIN).replace("ping", "pong"))
    bank.post("<broken>s3cret")
    bank.post(with_environment(LOGIN))

    text = "\n".join(logged())
    assert "fault 9118" in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("second", "status"), [("text/xml", 200), ("text/xml; charset=utf-16", 400)]
)
def test_a_request_is_read_by_one_content_type(bank, second, status):
    bank.caller.reply = PONG
    connection = bank.connect()
    connection.send(request(PING, "Content-Type: text/xml", f"Content-Type: {second}"))

    assert connection.response().status == status
    assert bool(bank.caller.calls) == (status == 200)


@pytest.mark.parametrize(
    ("site", "origin", "status"),
    [
        ({"Sec_Fetch_Site": "cross-site"}, "", 403),
        ({"Sec_Fetch_Site": "same-site"}, "", 403),
        ({"Sec_Fetch_Site": "none"}, "", 200),
        ({}, "http://elsewhere.example", 403),
        ({}, "null", 403),
        ({}, "http://gateway.test", 403),
        ({}, "http://gateway.test:9680", 200),
        ({"Sec_Fetch_Site": "same-origin"}, "http://gateway.test:9680", 200),
    ],
)
def test_another_sites_page_cannot_call_through_a_browser(bank, message, site, origin, status):
    """A form of another site posts text/plain; to plain http addresses a browser sends Origin only."""
    body = message(
        '<calcCostLoan xmlns="urn:xmlns:attachmate:vhi-ws:BankDemo"><calcCostLoanFilters>'
        "<UserId>u</UserId><Password>p</Password></calcCostLoanFilters></calcCostLoan>"
    )
    found = bank.post(body, **site, **({"Origin": origin} if origin else {}))
    assert found.status == status
    assert bool(bank.caller.calls) == (status == 200)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9680", 200), ("[::1]:9680", 200), ("10.0.0.5", 200), ("localhost", 200),
        ("gw.example.com:9680", 200), ("PUBLIC.example.com", 200), ("", 200),
        ("evil.example:9680", 421), ("evil.localhost.example", 421), ("127.0.0.1.evil.example", 421),
    ],
)  # fmt: skip
def test_a_page_whose_name_was_made_to_lead_here_gets_no_answer(start, bank_model, host, status):
    """DNS rebinding: the page is of the same site, only Host shows its name (RFC 9110, 15.5.20)."""
    config = PluginConfig(
        allowed_hosts=("gw.example.com",), public_url="https://public.example.com"
    )
    running = start(config, bank_model)
    for path in ("/vhi-ws", "/vhi-ws/model/BankDemo?wsdl", "/vhi-rs/model/BankDemo"):
        assert running.http("GET", path, Host=host).status == status
    assert running.http("GET", "/ready", Host=host).status == 200


@pytest.mark.parametrize(
    "host", ["a, b", "user@host", "a/b", "a b", "[::1", "a:80:80", '"a"', ":80", "a:99999", "a%2", "[g]"]
)  # fmt: skip
def test_a_host_header_that_is_not_a_host_is_refused(bank, host):
    """RFC 9112, 3.2; nginx/nginx#1110, jonbaldie/varnish#77."""
    assert bank.http("GET", "/live", Host=host).status == 400
