"""REST over the whole gateway in memory: URLs, bodies, queries, answers, errors."""

import dataclasses
import gzip
import json
import zlib

import msgspec
import pytest
from twisted.internet.defer import Deferred

from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import AtLimit, MethodTimedOut, NoServerAvailable
from verdigris.values import Credentials
from verdigris.wire import Left, Rows, Try


HERE = "/vhi-rs/model/BankDemo"
ALL = (("Text", "text"), ("Number", "integer"), ("Amount", "decimal"), ("Day", "date"), ("Flag", "boolean"))  # fmt: skip
LINE = ["a", 7, "1.50", "2026-02-01", True]


@pytest.fixture
def rest(start, bank_model):
    found = start(PluginConfig(), bank_model, **{"Pool-1": "BankDemo"})
    found.caller.reply = Rows(ALL, [LINE])
    return found


def post(rest, operation, body, *, path=HERE, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers.setdefault("Content_Type", "application/json")
    return rest.http("POST", f"{path}/{operation}", data, **headers)


def problem(found):
    assert found.headers["content-type"] == "application/problem+json"
    return json.loads(found.body)


# ---- calls ---------------------------------------------------------------------------------------


def test_a_post_performs_a_procedure_and_returns_typed_rows(rest):
    found = post(
        rest,
        "show",
        {"filters": {"Text": "é", "Number": 7, "Amount": 1.50, "Day": "2026-02-01", "Flag": True}},
    )

    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    assert json.loads(found.body) == {
        "rows": [
            {"Text": "a", "Number": 7, "Amount": "1.50", "Day": "2026-02-01", "Flag": True}
        ]
    }  # fmt: skip
    call = rest.caller.last
    assert (call.table, call.procedure, call.kind, call.name) == ("Everything", "Show", "model", "BankDemo")  # fmt: skip
    assert call.filters == {"Text": "é", "Number": 7, "Amount": "1.5", "Day": "2026-02-01", "Flag": True}  # fmt: skip
    assert call.columns == ("Text", "Number", "Amount", "Day", "Flag")


def test_a_number_is_read_digit_by_digit(rest):
    post(rest, "show", b'{"filters": {"Amount": 0.10000000000000000000001, "Number": 5.0}}')

    assert rest.caller.last.filters == {"Amount": "0.10000000000000000000001", "Number": 5}


def test_a_get_performs_what_returns_rows(rest):
    found = rest.http(
        "GET", f"{HERE}/show?Text=%C3%A9%20b&Number=7&Amount=1.5&Day=2026-02-01&Flag=true"
    )

    assert json.loads(found.body)["rows"][0]["Number"] == 7
    assert rest.caller.last.filters == {"Text": "é b", "Number": 7, "Amount": "1.5", "Day": "2026-02-01", "Flag": True}  # fmt: skip
    assert found.headers["cache-control"] == "no-store"


def test_an_empty_parameter_is_no_value_but_an_empty_text_is_one(rest):
    rest.http("GET", f"{HERE}/show?Text=&Number=&Day=")

    assert rest.caller.last.filters == {"Text": ""}


def test_head_is_get_without_a_body(rest):
    found = rest.http("HEAD", f"{HERE}/show")

    assert (found.status, found.body) == (200, b"")


def test_a_post_without_a_body_says_nothing(rest):
    found = rest.http("POST", f"{HERE}/show")

    assert found.status == 200
    assert rest.caller.last.filters == {}


def test_what_writes_returns_a_count_and_null_blanks_a_field(rest):
    rest.caller.reply = Rows((), [], affected=2)

    found = post(rest, "change", {"filters": {"Number": 1}, "data": {"Text": None, "Day": "2026-01-02"}})  # fmt: skip

    assert json.loads(found.body) == {"affected": 2}
    assert rest.caller.last.data == {"Text": None, "Day": "2026-01-02"}


def test_null_in_a_filter_is_no_value(rest):
    post(rest, "show", {"filters": {"Number": None, "Text": "x"}})

    assert rest.caller.last.filters == {"Text": "x"}


def test_a_pool_is_called_below_session_and_names_are_found_in_any_case(rest):
    assert post(rest, "Show", {}, path="/vhi-rs/session/pool-1").status == 200
    assert (rest.caller.last.kind, rest.caller.last.name) == ("pool", "Pool-1")


def test_the_reply_names_the_server_and_carries_the_request_id(rest):
    rest.caller.reply = Rows(ALL, [LINE], server="vs2")

    found = post(rest, "show", {}, X_Request_Id="r-1")

    assert found.headers["x-verdigris-server"] == "vs2"
    assert found.headers["x-request-id"] == "r-1"
    assert rest.caller.last.request_id == "r-1"


# ---- environment, variables, sessions ------------------------------------------------------------


def test_the_environment_comes_in_the_body_or_as_headers_and_the_body_wins(rest):
    post(
        rest,
        "show",
        {"environment": {"DomainName": "d2", "MaxRows": 5, "SessionID": None}},
        X_Verdigris_DomainName="d1",
        X_Verdigris_MethodTimeout="1500",
        X_Verdigris_Username="ops",
        X_Verdigris_Password="s3cret",
    )
    call = rest.caller.last

    assert (call.domain, call.max_rows, call.method_timeout) == ("d2", 5, 1.5)
    assert call.credentials == Credentials("ops", "s3cret")


def test_an_empty_domain_header_means_no_domain(rest):
    rest.settings.config = dataclasses.replace(rest.settings.config, domain_name="d1")

    rest.http("GET", f"{HERE}/show", X_Verdigris_DomainName="")

    assert rest.caller.last.domain == ""


def test_model_variables_are_set_and_shown(rest):
    post(rest, "show", {"modelVariables": {"userID": "u", "password": "p"}})
    assert rest.caller.last.variables == {"userID": "u", "password": "p"}

    rest.caller.reply = {"userID": "u", "region": "n\x00"}
    shown = rest.http("GET", f"{HERE}/getModelVariables")
    assert json.loads(shown.body) == {"modelVariables": {"userID": "u", "region": "n\ufffd"}}
    assert rest.caller.last.action == "variables"


def test_a_session_is_made_used_and_ended(rest):
    session = "vs1~0123456789abcdef0123456789abcdef"
    rest.caller.reply = session
    made = json.loads(post(rest, "rsResourceCreate", {}).body)
    assert made == {"SessionID": session}

    rest.caller.reply = Rows(ALL, [])
    post(rest, "show", {"environment": made})
    assert rest.caller.last.session == session

    rest.caller.reply = None
    ended = post(rest, "rsResourceDestroy", b"", X_Verdigris_SessionID=session)
    assert json.loads(ended.body) == {}
    assert [call.action for call in rest.caller.calls] == ["create", "perform", "destroy"]


def test_ending_needs_a_session_and_making_takes_none(rest):
    without = post(rest, "rsResourceDestroy", {})
    with_one = post(rest, "rsResourceCreate", {"environment": {"SessionID": "vs1~0123456789abcdef"}})  # fmt: skip

    assert "rsResourceDestroy needs a SessionID" in problem(without)["detail"]
    assert "rsResourceCreate does not accept a SessionID" in problem(with_one)["detail"]
    assert rest.caller.calls == []


def test_a_sql_statement_is_answered_with_the_columns_it_names(rest):
    rest.caller.reply = Rows(ALL, [LINE, ["b", 9, None, None, None]])
    body = {"SQLStatement": "SELECT Number, Text FROM Everything WHERE Number > 8"}

    found = post(rest, "executeSQLStatement", body)
    table = post(rest, "executeSQLStatement", body, Accept="text/csv")

    assert json.loads(found.body) == {"rows": [{"Number": 9, "Text": "b"}]}
    assert table.text == 'Number,Text\r\n9,"b"\r\n'


def test_a_sql_statement_that_writes_says_how_much_in_any_form_and_takes_a_key(rest):
    rest.caller.reply = Rows((), [], affected=1)
    body = {"SQLStatement": "UPDATE Everything SET Text = 'x' WHERE Number = 1"}

    found = post(rest, "executeSQLStatement", body, Idempotency_Key="k")
    again = post(rest, "executeSQLStatement", body, Idempotency_Key="k")
    table = post(rest, "executeSQLStatement", body, Accept="text/csv")

    assert json.loads(found.body) == json.loads(again.body) == {"affected": 1}
    assert table.text == "affected\r\n1\r\n"
    assert len(rest.caller.calls) == 2


def test_a_text_operation_needs_its_text(rest):
    assert problem(post(rest, "executeSQLStatement", {}))["code"] == 9103
    assert problem(post(rest, "executeSQLStatement", {"SQLStatement": 5}))["code"] == 9104
    assert problem(post(rest, "executeSQLStatement", {"string": "x"}))["code"] == 9100
    assert post(rest, "processString", {"string": "x"}).status >= 400
    assert rest.caller.calls == []


def test_credentials_over_plain_http_are_refused_from_elsewhere(rest):
    found = rest.http(
        "POST", f"{HERE}/show", host="10.0.0.7", X_Verdigris_Username="u", X_Verdigris_Password="s3cret"
    )  # fmt: skip

    assert (found.status, problem(found)["code"]) == (403, 9111)
    assert b"s3cret" not in found.body
    assert rest.caller.calls == []


# ---- what is wrong -------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once_and_no_value_of_it(rest):
    found = post(
        rest,
        "calcCostLoan",
        {
            "filters": {"UserId": "much too long", "NumOfMonths": 361, "AmtToBorrow": "s3cret", "Oops": 1},
            "environment": {"MaxRows": -1, "Domain": "x"},
            "modelVariables": {"region": "x"},
            "data": {},
        },
    )  # fmt: skip
    said = problem(found)

    assert (found.status, said["status"]) == (400, 400)
    assert [error["code"] for error in said["details"]["errors"]] == [
        9100, 9104, 9100, 9106, 9104, 9104, 9104, 9105, 9103,
    ]  # fmt: skip
    assert "text of at most 8 characters" in str(said)
    assert "Procedure calcCostLoan requires a value for column Password." in str(said)
    assert b"s3cret" not in found.body
    assert rest.caller.calls == []


@pytest.mark.parametrize(
    "value",
    ['"5"', "true", "5.5", "9223372036854775808", "1e9999999", "[]", "{}", '"\\ud800"', "1" * 5000],
)
def test_what_is_no_integer_is_refused(rest, value):
    found = post(rest, "show", f'{{"filters": {{"Number": {value}}}}}'.encode())

    assert (found.status, problem(found)["code"]) in ((400, 9104), (400, 9100))
    assert rest.caller.calls == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("Text", 5), ("Text", "a\x00b"), ("Text", "\ufffe"), ("Amount", "1e5"), ("Amount", " 1"), ("Amount", True), ("Amount", ""),
     ("Day", "2026-02-30"), ("Day", "2026-2-3"), ("Day", "2026-02-03Z"), ("Day", 5), ("Flag", "true"), ("Flag", 1)],
)  # fmt: skip
def test_what_is_not_of_the_columns_type_is_refused(rest, column, value):
    found = post(rest, "show", {"filters": {column: value}})

    assert (found.status, problem(found)["code"]) == (400, 9104)


@pytest.mark.parametrize(
    "body",
    [b"[]", b'"x"', b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"filters": []}', b'{"filters": null}', b'{"filter": {}}', b"NaN",
     b'{"a": NaN}', b'{"environment": "x"}'],
)  # fmt: skip
def test_a_body_that_is_no_request_is_refused(rest, body):
    found = post(rest, "show", body)

    assert (found.status, problem(found)["code"]) == (400, 9100)
    assert rest.caller.calls == []


@pytest.mark.parametrize(
    ("query", "code"),
    [("?Number=x", 9104), ("?Nope=1", 9105), ("?Number=1&Number=2", 9100), ("?Text=%FF", 9100), ("?Day=2026-02-30", 9104),
     ("?json=1", 9105)],
)  # fmt: skip
def test_a_query_that_does_not_fit_is_refused(rest, query, code):
    found = rest.http("GET", f"{HERE}/show{query}")

    assert (found.status, problem(found)["code"]) == (400, code)


def test_a_missing_filter_is_named(rest):
    rest.caller.reply = Rows((), [], affected=0)

    assert problem(post(rest, "change", {}))["code"] == 9103
    assert problem(post(rest, "change", {"filters": {"Number": None}}))["code"] == 9103


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/calcCostLoan", 405, "POST"),
        ("GET", "/change", 405, "POST"),
        ("PUT", "/show", 405, "GET, HEAD, POST"),
        ("GET", "/rsResourceCreate", 405, "POST"),
        ("POST", "", 405, "GET, HEAD"),
        ("DELETE", "/openapi.json", 405, "GET, HEAD"),
        ("POST", "/nothing", 404, None),
        ("POST", "/openapi.json", 404, None),
        ("GET", "/show/more", 404, None),
    ],
)
def test_urls_and_methods(rest, method, path, status, allow):
    found = rest.http(method, HERE + path)

    assert (found.status, found.headers.get("allow")) == (status, allow)
    assert problem(found)["instance"] == HERE + path
    assert rest.caller.calls == []


def test_a_service_that_is_not_there_and_a_gateway_that_does_not_know_yet(start, bank_model):
    running = start(PluginConfig())
    waiting = running.http("GET", "/vhi-rs/model/BankDemo")
    running.deploy(bank_model)

    assert (waiting.status, problem(waiting)["code"]) == (503, 9219)
    assert waiting.headers["retry-after"] == "1"
    assert problem(running.http("GET", "/vhi-rs/model/None"))["code"] == 9101


def test_rest_can_be_switched_off(start, bank_model):
    running = start(PluginConfig(rest=False), bank_model)

    assert running.http("GET", HERE).status == 404


@pytest.mark.parametrize(
    "headers",
    [{"Content_Type": "text/plain"}, {"Content_Type": "application/json; charset=latin-1"}, {"Content_Encoding": "br"},
     {"Content_Type": "application/x-www-form-urlencoded"}, {"Content_Type": ""}],
)  # fmt: skip
def test_a_body_of_another_kind_is_415(rest, headers):
    found = post(rest, "show", {}, **headers)

    assert (found.status, problem(found)["code"]) == (415, 9120)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)  # fmt: skip
def test_a_body_may_be_packed(rest, coding, pack):
    rest.caller.reply = Rows((), [], affected=1)
    body = pack(b'{"filters": {"Number": 5}, "data": {"Text": "new"}}')

    found = rest.http(
        "POST", f"{HERE}/change", body, Content_Type="application/json", Content_Encoding=coding
    )

    assert (found.status, found.text) == (200, '{"affected":1}')
    assert (rest.caller.last.filters, rest.caller.last.data) == ({"Number": 5}, {"Text": "new"})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{}", 400, 9100),
        (gzip.compress(b"{}")[:-4], 400, 9100),
        (gzip.compress(b"{}") + b"more", 400, 9100),
        (gzip.compress(b" " * 5_000_000), 413, 9109),
    ],
)
def test_what_is_no_whole_gzip_or_unpacks_beyond_the_limit_is_refused(rest, body, status, code):
    found = rest.http(
        "POST", f"{HERE}/show", body, Content_Type="application/json", Content_Encoding="gzip"
    )

    assert (found.status, problem(found)["code"]) == (status, code)
    assert rest.caller.calls == []


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "text/*;q=0, image/png"])
def test_an_answer_nobody_accepts_is_406_before_anything_is_performed(rest, accept):
    found = rest.http("GET", f"{HERE}/show", Accept=accept)

    assert (found.status, problem(found)["code"]) == (406, 9121)
    assert rest.caller.calls == []


def test_what_returns_no_rows_is_json_only(rest):
    found = post(rest, "change", {"filters": {"Number": 1}}, Accept="text/csv")

    assert found.status == 406


def test_an_error_has_code_advice_trail_and_request_id(rest):
    trail = (Try(1, (("A", 80),), 80, 7, "A", "busy"),)
    rest.caller.reply = lambda call: NoServerAvailable(
        {"trail": trail, "left": (Left("B", 1, 20, "offline"),)},
        user="bob", location="pc1", name="Bank", domain="d",
    )  # fmt: skip

    found = rest.http("GET", f"{HERE}/show", X_Request_Id="r-2")
    said = problem(found)

    assert (found.status, said["code"], said["retry"], said["request_id"]) == (503, 2643, True, "r-2")  # fmt: skip
    assert found.headers["retry-after"] == "1"
    assert said["advice"]
    assert said["details"]["trail"][0]["server"] == "A"
    assert said["details"]["trail"][0]["candidates"] == [{"server": "A", "weight": 80}]
    assert said["details"]["left"][0]["reason"] == "offline"


def test_a_result_that_does_not_fit_is_an_error_and_nothing_of_it_is_told(rest):
    rest.caller.reply = Rows(ALL, [["s3cret", "x", None, None, None]])

    found = rest.http("GET", f"{HERE}/show")

    assert (found.status, problem(found)["code"]) == (500, 9000)
    assert b"s3cret" not in found.body


def test_calls_are_bounded(start, bank_model):
    running = start(PluginConfig(max_calls=1), bank_model)
    running.caller.reply = lambda call: Deferred()
    running.connect().send(b"GET /vhi-rs/model/BankDemo/show HTTP/1.1\r\nHost: h\r\n\r\n")

    refused = running.http("GET", f"{HERE}/show")

    assert (refused.status, problem(refused)["code"]) == (503, 9212)


def test_a_client_that_goes_away_takes_its_call_with_it(rest):
    cancelled = []
    rest.caller.reply = lambda call: Deferred(cancelled.append)
    connection = rest.connect()
    connection.send(b"GET /vhi-rs/model/BankDemo/show HTTP/1.1\r\nHost: h\r\n\r\n")

    connection.lose()

    assert len(cancelled) == 1
    assert rest.resource.calls.count == 0


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_performs_nothing(rest, site):
    found = post(rest, "show", b"", Sec_Fetch_Site=site, Origin="https://evil.example")

    assert (found.status, problem(found)["code"]) == (403, 9119)
    assert rest.caller.calls == []


def test_nothing_of_a_request_is_logged(rest, logged):
    rest.caller.reply = RuntimeError
    post(rest, "show", {"filters": {"Text": "s3cret"}})
    post(rest, "show", {"filters": {"Number": "s3cret"}})
    post(rest, "show", b'{"s3cret')
    rest.http("GET", f"{HERE}/show?Text=s3cret")

    text = "\n".join(logged())
    assert f"{HERE}/show: refused, 9104" in text
    assert "s3cret" not in text


def test_who_is_turned_away_at_the_door_is_told_in_the_same_form(start, bank_model):
    running = start(PluginConfig(max_client_rate=1), bank_model)
    for _ in range(50):
        found = running.http("GET", HERE, host="10.0.0.7")
        if found.status != 200:
            break

    assert found.status == 429
    assert problem(found)["status"] == 429
    assert int(found.headers["retry-after"]) >= 1
    assert running.http("GET", "/vhi-rs/nowhere").headers["content-type"] == "application/problem+json"  # fmt: skip


# ---- forms of answers ----------------------------------------------------------------------------


def test_csv_is_chosen_by_accept(rest):
    rest.caller.reply = Rows(
        ALL,
        [
            ['say "hi",\nthere', -7, "-1.50", None, False],
            ["", None, None, "2026-02-01", None],
            ["=1+2", 1, "2", None, None],
            ["nul\x00", 1, None, None, None],
        ],
    )
    found = rest.http("GET", f"{HERE}/show", Accept="text/csv, application/json;q=0.5")

    assert found.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert found.text == (
        "Text,Number,Amount,Day,Flag\r\n"
        '"say ""hi"",\nthere",-7,-1.50,,false\r\n'
        '"",,,2026-02-01,\r\n'
        '"=1+2",1,2,,\r\n'
        '"nul\ufffd",1,,,\r\n'
    )


def test_csv_for_spreadsheets_has_no_formulas(rest):
    rest.caller.reply = Rows(ALL, [["=1+2", -1, "-2", None, None], ["plain", None, None, None, None]])  # fmt: skip

    found = rest.http("GET", f"{HERE}/show", Accept="text/csv; formulas=escaped")

    assert found.text.splitlines()[1:] == ['"\'=1+2",-1,-2,,', '"plain",,,,']


@pytest.mark.parametrize("accept", ["application/x-ndjson", "application/jsonl"])
def test_json_lines(rest, accept):
    rest.caller.reply = Rows(ALL, [LINE, [None, None, None, None, None]])

    found = rest.http("GET", f"{HERE}/show", Accept=accept)

    lines = found.text.splitlines()
    assert found.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["Text"] for line in lines] == ["a", None]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "application/json"), ("text/*", "text/csv; charset=utf-8; header=present"),
     ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"), ("application/*;q=0.2, text/csv;q=0.3", "text/csv; charset=utf-8; header=present"),
     ("text/csv;q=nonsense, */*;q=0.1", "application/json")],
)  # fmt: skip
def test_the_form_a_client_likes_best(rest, accept, kind):
    assert rest.http("GET", f"{HERE}/show", Accept=accept).headers["content-type"] == kind


@pytest.mark.parametrize(
    ("accept", "read"),
    [("application/json", lambda text: len(json.loads(text)["rows"])), ("text/csv", lambda text: text.count("\r\n") - 1),
     ("application/x-ndjson", lambda text: text.count("\n"))],
)  # fmt: skip
def test_a_large_answer_is_sent_in_pieces_as_the_client_takes_them(rest, accept, read):
    rest.caller.reply = Rows(ALL, [LINE] * 20_000)
    connection = rest.connect()
    connection.send(f"GET {HERE}/show HTTP/1.1\r\nHost: h\r\nAccept: {accept}\r\n\r\n".encode())
    head, _, body = connection.wire.value().partition(b"\r\n\r\n")

    assert b"chunked" in head
    assert read(unchunked(body)) == 20_000


def unchunked(body):
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        found += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return found.decode()


def test_a_client_that_stops_reading_stops_the_writing(rest):
    rest.caller.reply = Rows(ALL, [LINE] * 100_000)
    connection = rest.connect()
    wire = connection.wire
    write, wrote = wire.write, []

    def stuffed(data):
        write(data)
        wrote.append(len(data))
        if sum(wrote) > 200_000 and wire.producer is not None:
            wire.producer.pauseProducing()

    wire.write = stuffed
    wire.writeSequence = lambda pieces: stuffed(b"".join(pieces))
    connection.send(f"GET {HERE}/show HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert 200_000 < sum(wrote) < 600_000

    connection.lose()
    assert rest.resource.calls.count == 0


def test_a_value_that_does_not_fit_late_ends_the_connection_without_an_end(rest):
    rest.caller.reply = Rows(ALL, [*[LINE] * 20_000, [5, 5, 5, 5, 5]])
    connection = rest.connect()
    connection.send(f"GET {HERE}/show HTTP/1.1\r\nHost: h\r\n\r\n".encode())

    assert not connection.wire.value().endswith(b"0\r\n\r\n")
    assert connection.wire.disconnecting


# ---- documents -----------------------------------------------------------------------------------


def test_the_documents_show_the_latest_deployment_though_the_contract_is_the_same(rest, bank_model):
    services = rest.services.all()
    for version in ("2026-02-01T10:00:00Z", "2026-02-01T10:00:01Z"):
        rest.deploy(msgspec.structs.replace(bank_model, version=version))
        assert json.loads(rest.http("GET", f"{HERE}?json").body)["version"] == version
        document = json.loads(rest.http("GET", f"{HERE}/openapi.json").body)
        assert document["info"]["version"] == version
    assert rest.services.get("model", "BankDemo") in services


@pytest.mark.parametrize("path", ["/openapi.json", "?openapi", "?OpenAPI="])
def test_the_openapi_document_has_the_address_that_was_asked(rest, path):
    found = rest.http("GET", HERE + path)
    said = json.loads(found.body)

    assert found.headers["content-type"] == "application/json"
    assert said["servers"] == [{"url": "http://gateway.test:9680/vhi-rs/model/BankDemo"}]
    assert "/calcCostLoan" in said["paths"]


@pytest.mark.parametrize("query", ["?json", "?JSON", ""])
def test_the_metadata_is_the_counterpart_of_the_wsdl(rest, query):
    said = json.loads(rest.http("GET", HERE + query).body)

    assert said["name"] == "BankDemo"
    assert said["operations"][0]["url"] == f"http://gateway.test:9680{HERE}/calcCostLoan"
    assert said["operations"][0]["methods"] == ["POST"]


def test_the_list_names_every_service(rest):
    said = json.loads(rest.http("GET", "/vhi-rs").body)

    assert [(s["kind"], s["name"]) for s in said["services"]] == [("model", "BankDemo"), ("session", "Pool-1")]  # fmt: skip
    hidden = dataclasses.replace(rest.settings.config, list_services=False)
    rest.settings.config = hidden
    assert rest.http("GET", "/vhi-rs").status == 404


def test_tools_are_off_until_they_are_allowed(rest):
    def named(**more):
        rest.settings.config = dataclasses.replace(PluginConfig(allowed_hosts=("*",)), **more)
        listed = json.loads(rest.http("GET", f"{HERE}/tools.json").body)["tools"]
        return [tool["operation"] for tool in listed]

    assert named() == []
    assert named(tools_allowed=("model/BankDemo/*",)) == ["calcCostLoan"]
    assert named(tools_allowed=("session/*/*",)) == []
    assert named(tools_allowed=("*/*/ch*", "*/*/show"), tools_read_only=False) == ["show", "change"]


# ---- Idempotency-Key -----------------------------------------------------------------------------

CHANGE = {"filters": {"Number": 1}, "data": {"Text": "x"}}


def test_a_repeated_request_is_answered_and_not_performed_again(rest):
    rest.caller.reply = Rows((), [], affected=1)

    first = post(rest, "change", CHANGE, Idempotency_Key="k1")
    rest.caller.reply = Rows((), [], affected=99)
    again = post(rest, "change", b'{"data":{"Text":"x"},"filters":{"Number":1.0}}', Idempotency_Key="k1")  # fmt: skip

    assert (first.status, again.status) == (200, 200)
    assert json.loads(again.body) == {"affected": 1}
    assert len(rest.caller.calls) == 1


def test_a_key_is_forgotten_after_its_time(rest):
    rest.caller.reply = Rows((), [], affected=1)
    post(rest, "change", CHANGE, Idempotency_Key="k1")

    rest.clock.advance(10 * 60 - 1)
    post(rest, "change", CHANGE, Idempotency_Key="k1")
    assert len(rest.caller.calls) == 1
    rest.clock.advance(1)
    post(rest, "change", CHANGE, Idempotency_Key="k1")

    assert len(rest.caller.calls) == 2


def test_another_request_under_the_same_key_is_a_conflict(rest):
    rest.caller.reply = Rows((), [], affected=1)
    post(rest, "change", CHANGE, Idempotency_Key="k1")

    found = post(rest, "change", {**CHANGE, "data": {"Text": "y"}}, Idempotency_Key="k1")

    assert (found.status, problem(found)["code"]) == (409, 9122)
    assert len(rest.caller.calls) == 1


def test_a_key_belongs_to_its_user_and_its_procedure(rest):
    rest.caller.reply = Rows((), [], affected=1)
    post(rest, "change", CHANGE, Idempotency_Key="k1", X_Verdigris_Username="a", X_Verdigris_Password="p")  # fmt: skip
    post(rest, "change", CHANGE, Idempotency_Key="k1", X_Verdigris_Username="a", X_Verdigris_Password="q")  # fmt: skip
    post(rest, "change", CHANGE, Idempotency_Key="k1")
    rest.caller.reply = Rows(ALL, [LINE])
    post(rest, "show", {}, Idempotency_Key="k1")
    post(rest, "show", {}, Idempotency_Key="k1", path="/vhi-rs/session/Pool-1")

    assert len(rest.caller.calls) == 5


def test_two_at_once_are_performed_once_and_both_answered(rest):
    answer = Deferred()
    rest.caller.reply = lambda call: answer
    data = json.dumps(CHANGE).encode()
    wire = (
        f"POST {HERE}/change HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: k\r\nContent-Length: {len(data)}\r\n\r\n"
    ).encode() + data
    one, two = rest.connect(), rest.connect()
    one.send(wire)
    two.send(wire)

    answer.callback(Rows((), [], affected=1))

    assert [c.response().status for c in (one, two)] == [200, 200]
    assert len(rest.caller.calls) == 1


def test_a_client_that_goes_away_finds_its_answer_when_it_comes_back(rest):
    answer = Deferred()
    rest.caller.reply = lambda call: answer
    data = json.dumps(CHANGE).encode()
    connection = rest.connect()
    connection.send(
        f"POST {HERE}/change HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: k\r\nContent-Length: {len(data)}\r\n\r\n".encode()
        + data
    )
    connection.lose()
    assert rest.resource.calls.count == 1
    answer.callback(Rows((), [], affected=1))
    assert rest.resource.calls.count == 0

    found = post(rest, "change", CHANGE, Idempotency_Key="k")

    assert json.loads(found.body) == {"affected": 1}
    assert len(rest.caller.calls) == 1


def test_an_error_before_anything_was_done_frees_the_key_and_an_unknown_outcome_does_not(rest):
    rest.caller.reply = lambda call: AtLimit(server="A", name="x", limit="pool", maximum=3)
    assert post(rest, "change", CHANGE, Idempotency_Key="k1").status == 503
    rest.caller.reply = lambda call: MethodTimedOut(milliseconds=1)
    assert post(rest, "change", CHANGE, Idempotency_Key="k1").status == 504
    rest.caller.reply = Rows((), [], affected=1)
    again = post(rest, "change", CHANGE, Idempotency_Key="k1")

    assert (again.status, problem(again)["code"]) == (504, 2820)
    assert len(rest.caller.calls) == 2


def test_a_full_store_refuses_new_keys_and_forgets_none(start, bank_model):
    running = start(PluginConfig(idempotency_keys=1), bank_model)
    running.caller.reply = Rows((), [], affected=1)
    post(running, "change", CHANGE, Idempotency_Key="k1")

    full = post(running, "change", CHANGE, Idempotency_Key="k2")

    assert (full.status, problem(full)["code"]) == (503, 9218)
    assert post(running, "change", CHANGE, Idempotency_Key="k1").status == 200
    assert len(running.caller.calls) == 1


def test_what_is_no_key_is_refused_and_a_read_only_procedure_needs_none(rest):
    assert post(rest, "change", CHANGE, Idempotency_Key="x" * 129).status == 400
    assert post(rest, "change", CHANGE, Idempotency_Key="a b").status == 400
    loan = {"filters": {"UserId": "u", "Password": "p"}}
    rest.caller.reply = Rows((("ResultMonthPmt", "decimal"),), [["1"]])
    post(rest, "calcCostLoan", loan, Idempotency_Key="k")
    post(rest, "calcCostLoan", loan, Idempotency_Key="k")
    assert len(rest.caller.calls) == 2


def test_an_answer_too_large_to_keep_is_given_once(rest):
    rest.caller.reply = Rows(ALL, [["x" * 300_000, 1, None, None, None]])
    first = post(rest, "show", {}, Idempotency_Key="k")
    again = post(rest, "show", {}, Idempotency_Key="k")

    assert len(json.loads(first.body)["rows"][0]["Text"]) == 300_000
    assert (again.status, problem(again)["code"]) == (409, 9122)
    assert len(rest.caller.calls) == 1


def test_a_write_whose_result_cannot_be_told_may_have_been_performed(rest):
    rest.caller.reply = Rows((), [], affected="many")
    change = post(rest, "change", CHANGE, Idempotency_Key="k")
    assert (change.status, problem(change)["effect"]) == (500, "unknown")
    assert "Check on the host" in problem(change)["advice"]
    post(rest, "change", CHANGE, Idempotency_Key="k")
    assert len(rest.caller.calls) == 1
    rest.caller.reply = Rows((("X", "text"),), [["x"]])
    shown = post(rest, "calcCostLoan", {"filters": {"UserId": "u", "Password": "p"}})
    assert (shown.status, problem(shown)["effect"]) == (500, "none")
