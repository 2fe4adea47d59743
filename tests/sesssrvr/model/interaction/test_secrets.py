"""No session call shows a secret, or answers whether a guess of one is right."""

import pytest

from tests.support.client_calls import Calls
from verdigris.errors import NotInModel, VerdigrisError, WaitTimedOut
from verdigris.wire import session_calls as calls


SCREENS = {
    "A": "A menu\nname ____  code HUNTER2\nsecret ______\n1 HUNTER2\n2 other",
    "B": "B next",
}
ENTITY = (
    '<entity name="A"><signature><text row="1" column="1">A </text></signature>'
    '<attribute name="Name" row="2" column="6" access="read-write"/>'
    '<attribute name="Code" row="2" column="17" length="7" secret="true"/>'
    '<attribute name="Pin" row="3" column="8" access="write" secret="true"/>'
    '<recordset name="R" first-row="4" last-row="5"><field name="No" column="1" length="1"/>'
    '<field name="Word" column="3" length="8" secret="true"/></recordset>'
    '<operation name="Go" destination="B"><TransmitTerminalKey key="Enter"/></operation></entity>'
)
VARIABLES = '<variable name="key" secret="true" read="false"/><variable name="own" hidden="true"/>'


@pytest.fixture
def client(tiny, script):
    model = tiny(ENTITY, "B", variables=VARIABLES)
    host = script(SCREENS, {("A", "Enter"): "B"}, "A")
    return Calls(model, host, model.resolve({}, {"key": "OTHER", "own": "OWN1"}))


LOOKS = [
    calls.GetScreen(fields=True),
    calls.GetStringAtOffset(0, 240),
    calls.GetStringAtRowColumn(1, 1, 6, 40),
    calls.GetAttributes(),
    calls.GetAttributes(("Code",)),
    calls.FetchRecords(),
    calls.NextRecord(),
    calls.GetModelVariables(),
    calls.GetModelVariables(("key",)),
    calls.GetTerminalFieldAtCursor(),
    calls.ExecuteSQLStatement("SELECT HUNTER2 FROM OTHER"),
    calls.GetAttributeMetaData("A", "Pin"),
    calls.GetVariableMetaData("key"),
]


@pytest.mark.parametrize(
    "call", LOOKS, ids=[f"{n} {type(it).__name__}" for n, it in enumerate(LOOKS)]
)
def test_no_answer_holds_a_secret(client, call):
    try:
        told = repr(client(call))
    except VerdigrisError as problem:
        told = f"{problem} {problem.details} {problem.facts}"
    said = told.replace("SELECT HUNTER2 FROM OTHER", "")
    assert "HUNTER2" not in said
    assert "OTHER" not in said.upper().replace("VARIABLE", "")


def test_secrets_are_none_and_not_empty(client):
    assert client(calls.GetAttributes())["Code"] is None
    assert client(calls.FetchRecords())[0] == {"No": "1", "Word": None}
    assert client(calls.GetModelVariables())["key"] is None
    assert client(calls.GetAttributeMetaData("A", "Code")).secret
    assert not client(calls.GetAttributeMetaData("A", "Code")).readable
    assert client(calls.GetFieldMetaData("A", "R", "Word")).secret
    assert "own" not in client(calls.GetModelVariables())


GUESSES = [
    calls.WaitForString("HUNTER2", 0, 0, 1),
    calls.WaitForString("HUNTER2", 2, 17, 1),
    calls.WaitForStringRelCursor("HUNTER2", 0, 11, 1),
    calls.WaitForCondition(1, 'Code = "HUNTER2"'),
    calls.WaitForCondition(1, 'variables.key = "OTHER"'),
    calls.NextRecord('Word = "HUNTER2"'),
    calls.FetchRecords(expression='variables.key = "OTHER"'),
    calls.SelectRecordByFilter('R.Word = "HUNTER2"'),
    calls.UpdateRecords({}, 'R.Word = "HUNTER2"'),
]


@pytest.mark.parametrize(
    "call", GUESSES, ids=[f"{n} {type(it).__name__}" for n, it in enumerate(GUESSES)]
)
def test_a_right_guess_is_answered_like_a_wrong_one(client, call):
    with pytest.raises((WaitTimedOut, NotInModel)) as caught:
        client(call)
    assert "HUNTER2" not in str(caught.value.details.get("screen"))


@pytest.mark.parametrize(
    "call",
    [
        calls.InsertStringAtCursor("S3CRET", secret=True),
        calls.InsertStringAtRowColumn("S3CRET", 3, 8),
        calls.SetAttributes({"Pin": "S3CRET"}),
        calls.SetAttributesDelayed({"Pin": "S3CRET"}, "A"),
    ],
    ids=["told", "hidden field", "attribute", "delayed"],
)
def test_what_is_typed_as_a_secret_is_masked_from_then_on(client, call):
    client(call)
    typed = [step for step in client.host.steps if getattr(step, "text", "") == "S3CRET"]
    assert [step.secret for step in typed] == [True]
    assert "S3CRET" not in repr(client(calls.GetScreen()))
    with pytest.raises(WaitTimedOut) as caught:
        client(calls.WaitForString("S3CRET", 0, 0, 1))
    assert "S3CRET" not in caught.value.details["screen"]


def test_calls_do_not_show_what_they_hold():
    assert repr(calls.SetAttributes({"Pin": "S3CRET"})) == "<SetAttributes>"
    assert "S3CRET" not in repr([calls.InsertStringAtCursor("S3CRET")])
