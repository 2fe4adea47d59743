"""Records that are inserted and updated, over the pages of a form."""

import pytest

from tests.support.client_calls import Calls
from verdigris.errors import EntityNotReached, NotInModel, RecordNotFound, UnknownName
from verdigris.wire import session_calls as calls


SCREENS = {
    "A": "A lines\n_ 1 one  ___\n_ 2 two  ___\n_ 3 three___",
    "A2": "A lines\n_ 4 four ___\n_        ___\n_        ___\nEND",
}
ENTITY = (
    '<entity name="A"><signature><text row="1" column="1">A </text></signature>'
    '<recordset name="R" first-row="2" last-row="4"><field name="Mark" column="1" length="1" access="write"/>'
    '<field name="No" column="3" length="1"/><field name="Word" column="5" length="5"/>'
    '<field name="Count" column="10" length="3" access="write"/>'
    '<ScrollPageDown timeout="1"><TransmitTerminalKey key="PF8"/></ScrollPageDown>'
    '<ScrollHome timeout="1"><TransmitTerminalKey key="PF5"/></ScrollHome>'
    '<ScrollEnd timeout="1"><TransmitTerminalKey key="PF6"/></ScrollEnd>'
    '<end><text row="5" column="1">END</text></end></recordset>'
    '<recordset name="Other" first-row="6" last-row="6"><field name="X" column="1" length="1"/></recordset>'
    "</entity>"
)
KEYS = {
    ("A", "PF8"): "A2", ("A2", "PF8"): "A2", ("A2", "PF5"): "A", ("A", "PF6"): "A2", ("A", "PF5"): "-",
}  # fmt: skip


@pytest.fixture
def client(tiny, script):
    model = tiny(ENTITY)
    return Calls(model, script(SCREENS, KEYS, "A"), model.resolve())


@pytest.mark.session_call("UpdateRecords")
def test_every_record_that_fits_is_written(client):
    assert client(calls.UpdateRecords({"Count": "7"}, "No >= 2")) == 3
    assert client.host.name == "A2"
    assert client.host.typed == {"3,10": "7", "4,10": "7", "2,10": "7"}
    assert client(calls.GetCurrentRecord())["Count"] == "7"


@pytest.mark.session_call("UpdateRecords")
def test_no_more_records_are_written_than_asked_for(client):
    assert client(calls.UpdateRecords({"Mark": "X"}, max_records=2)) == 2
    assert client.host.typed == {"2,1": "X", "3,1": "X"}
    assert client(calls.GetCurrentRecordIndex()) == 2


@pytest.mark.session_call("InsertRecord", "InsertRecords")
def test_records_go_into_the_first_blank_ones(client):
    client(calls.InsertRecord({"Count": "5"}))
    assert client.host.name == "A2"
    assert client.host.typed == {"3,10": "5"}
    assert client(calls.GetCurrentRecord(("Count",))) == {"Count": "5"}
    assert client(calls.InsertRecords(({"Count": "6", "Mark": "A"},))) == 1
    assert client.host.typed["4,10"] == "6"
    with pytest.raises(RecordNotFound, match="a blank one"):
        client(calls.InsertRecords(({"Count": "7"},)))


def test_what_may_not_be_written_is_not_typed(client):
    with pytest.raises(NotInModel):
        client(calls.InsertRecords(({"Count": "1"}, {"Word": "x"})))
    with pytest.raises(UnknownName):
        client(calls.UpdateRecords({"Nothing": "1"}))
    assert client.host.typed == {}


@pytest.mark.session_call("MoveCurrentRecordIndex")
def test_moves_to_both_ends_and_a_host_that_does_not_answer(client):
    assert client(calls.MoveCurrentRecordIndex("ScrollEnd")) == 1
    assert client(calls.GetCurrentRecord(("No",))) == {"No": "4"}
    assert client(calls.MoveCurrentRecordIndex("ScrollHome")) == 1
    assert client(calls.GetCurrentRecord(("No",))) == {"No": "1"}
    with pytest.raises(EntityNotReached, match=r"R\.ScrollHome") as caught:
        client(calls.MoveCurrentRecordIndex("ScrollHome"))
    assert "A lines" in caught.value.details["screen"]


@pytest.mark.session_call("SetCurrentRecordSetByName")
def test_another_recordset_of_the_entity(client):
    client(calls.NextRecord(), calls.SetCurrentRecordSetByName("other"))
    assert client(calls.GetCurrentRecordSetName()) == "Other"
    assert client(calls.FetchRecords()) == []
    client(calls.SetCurrentRecordSetByName("R"))
    assert client(calls.NextRecord())["No"] == "1"
