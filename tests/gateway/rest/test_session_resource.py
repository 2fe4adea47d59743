"""Session calls over REST, in a gateway in memory: batches, the screen, and who may."""

import json

import pytest
from jsonschema import Draft202012Validator

from gateway.call import SessionResults
from verdigris.config.plugin_cfg import PluginConfig
from verdigris.errors import NotPermitted, WaitTimedOut
from verdigris.wire import session_calls as calls


HERE = "/vhi-rs/model/BankDemo"
SESSION = "vs1~" + "a" * 32
SCREEN = calls.TerminalScreen(
    2, 5, ("AB   ", "  CD "), 1, 2, locked=False, version=7, entity="Menu", kind="3270"
)


@pytest.fixture
def rest(start, bank_model):
    config = PluginConfig(session_calls_allowed=("model/Bank*/*",))
    return start(config, bank_model, **{"Pool-1": "BankDemo"})


def post(rest, body, path=HERE, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers.setdefault("Content_Type", "application/json")
    return rest.http("POST", f"{path}/sessionCalls", data, **headers)


def test_a_batch_is_performed_and_its_results_are_json(rest):
    rest.caller.reply = SessionResults(["Menu", None, SCREEN, [{"Name": None}]])
    found = post(
        rest,
        {
            "calls": [
                {"call": "GetCurrentEntity"},
                {"call": "SetAttributes", "attributes": {"A": "x"}},
                {"call": "GetScreen"},
                {"call": "FetchRecords", "max_records": 1},
            ],
            "modelVariables": {"userID": "ME"},
            "environment": {"SessionID": SESSION},
        },
    )
    assert (found.status, found.headers["cache-control"]) == (200, "no-store")
    results = json.loads(found.body)["results"]
    assert results[:2] == ["Menu", None]
    assert results[2]["lines"] == ["AB   ", "  CD "]
    assert results[3] == [{"Name": None}]
    call = rest.caller.last
    assert (call.action, call.session, call.variables) == ("calls", SESSION, {"userID": "ME"})
    assert call.calls == (
        calls.GetCurrentEntity(),
        calls.SetAttributes({"A": "x"}),
        calls.GetScreen(),
        calls.FetchRecords(1),
    )


def test_without_a_session_the_batch_has_one_of_its_own(rest):
    rest.caller.reply = SessionResults(["Menu"])
    assert post(rest, {"calls": [{"call": "GetCurrentEntity"}]}).status == 200
    assert rest.caller.last.session == ""


def test_the_problem_of_a_batch_holds_the_results_before_it(rest):
    details = {"call": "WaitForString", "number": 2, "results": [SCREEN], "screen": "LINE"}
    rest.caller.reply = WaitTimedOut(details, seconds="1", operation="WaitForString", awaited="x")
    rest.caller.reply.effect = "unknown"
    wait = {"call": "WaitForString", "text": "x", "row": 0, "column": 0, "timeout": 1}
    found = post(
        rest, {"calls": [{"call": "GetScreen"}, wait, {"call": "PerformAidKey", "key": "Enter"}]}
    )
    told = json.loads(found.body)
    assert (found.status, told["code"], told["effect"]) == (504, 9403, "unknown")
    assert told["details"]["number"] == 2
    assert told["details"]["results"][0]["entity"] == "Menu"
    assert told["details"]["screen"] == "LINE"


WRONG = {
    b"[]": 9100,
    b"{": 9100,
    b"{}": 9100,
    b'{"calls": 5}': 9100,
    b'{"calls": [], "calls": []}': 9100,
    b'{"calls": [5]}': 9124,
    b'{"calls": [{"call": "Nope"}]}': 9124,
    b'{"calls": [{"call": "GetStringAtOffset", "offset": "x", "length": 1}]}': 9124,
    b'{"calls": [], "filters": {}}': 9100,
    b'{"calls": [], "environment": {"SessionID": "x"}}': 9107,
    b'{"calls": [], "modelVariables": {"region": "x"}}': 9106,
}


@pytest.mark.parametrize("body", WRONG, ids=lambda it: it.decode())
def test_what_is_wrong_with_a_batch_is_a_problem_and_nothing_is_performed(rest, body):
    found = post(rest, body)
    assert json.loads(found.body)["code"] == WRONG[body]
    assert found.status in (400, 404)
    assert rest.caller.calls == []


def test_the_number_of_a_wrong_call_is_told(rest):
    found = post(rest, {"calls": [{"call": "GetScreen"}, {"call": "GetScren"}]})
    told = json.loads(found.body)
    assert told["details"]["number"] == 2
    assert "did you mean GetScreen" in told["detail"]


def test_the_screen_as_text_and_as_json(rest):
    rest.caller.reply = SessionResults([SCREEN])
    named = {"X_Verdigris_SessionID": SESSION}
    text = rest.http("GET", f"{HERE}/sessionScreen", Accept="text/plain", **named)
    assert (text.headers["content-type"], text.body) == ("text/plain; charset=utf-8", b"AB\n  CD\n")
    assert rest.caller.last.calls == (calls.GetScreen(fields=False),)
    found = rest.http("GET", f"{HERE}/sessionScreen", **named)
    assert json.loads(found.body)["cursor_column"] == 2
    assert rest.caller.last.calls == (calls.GetScreen(fields=True),)
    assert rest.http("GET", f"{HERE}/sessionScreen", Accept="image/png", **named).status == 406
    assert rest.http("GET", f"{HERE}/sessionScreen").status == 400


@pytest.mark.parametrize("path", ["/vhi-rs/session/Pool-1", HERE])
def test_only_services_that_are_named_have_them(start, bank_model, rest, path):
    other = start(PluginConfig(), bank_model, **{"Pool-1": "BankDemo"})
    served = rest if path != HERE else other
    found = post(served, {"calls": [{"call": "GetScreen"}]}, path)
    assert (found.status, json.loads(found.body)["code"]) == (404, 9118)
    assert served.http("GET", f"{path}/sessionScreen").status == 404
    document = json.loads(served.http("GET", f"{path}/openapi.json").body)
    assert "/sessionCalls" not in document["paths"]


def test_a_service_may_be_looked_at_only(start, bank_model):
    looked = start(PluginConfig(session_calls_allowed=("*/*/sessionScreen",)), bank_model)
    looked.caller.reply = SessionResults([SCREEN])
    named = {"X_Verdigris_SessionID": SESSION}
    assert looked.http("GET", f"{HERE}/sessionScreen", **named).status == 200
    assert post(looked, {"calls": []}).status == 404


def test_who_may_not_use_a_service_is_refused(rest):
    rest.caller.reply = NotPermitted(user="eve", permission="use", target=" for model BankDemo")
    assert post(rest, {"calls": [{"call": "GetScreen"}]}).status == 403


def test_the_openapi_document_has_every_call(rest):
    document = json.loads(rest.http("GET", f"{HERE}/openapi.json").body)
    schemas = document["components"]["schemas"]
    listed = {one["$ref"].rpartition(".")[2] for one in schemas["session.Call"]["oneOf"]}
    assert listed == {row.name for row in calls.CALLS}
    assert schemas["session.GetStringAtOffset"]["required"] == ["call", "offset", "length"]
    judge = Draft202012Validator(document | {"$ref": "#/components/schemas/session.Call"})
    assert judge.is_valid({"call": "GetStringAtOffset", "offset": 0, "length": 5})
    assert judge.is_valid({"call": "NextRecord"})
    assert not judge.is_valid({"call": "GetStringAtOffset", "offset": -1, "length": 5})
    assert not judge.is_valid({"call": "Nothing"})
    assert set(document["paths"]) >= {"/sessionCalls", "/sessionScreen"}
