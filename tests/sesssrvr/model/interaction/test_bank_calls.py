"""Session calls at the demo bank (3270): the same results as its procedures, on one session."""

import pytest

from sesssrvr.model import start
from tests.support.client_calls import Calls
from verdigris.errors import (
    BadSessionCall,
    NoStringHandler,
    NotInModel,
    OperatorError,
    RecordNotFound,
    TooLarge,
    UnknownName,
    UnknownVariable,
    WaitTimedOut,
    WrongDestination,
)
from verdigris.wire import session_calls as calls


def shows(*names):
    """Marks a test that shows session calls; the page of session calls names it."""
    return pytest.mark.session_call(*names)


@pytest.fixture
def client(bank, desk):
    """A client of a signed-on session, at the main menu."""
    at = desk()
    variables = bank.resolve({"userID": "TELLER001", "password": "BANK001"})
    at.drive(start(bank, at.screen, variables))
    return Calls(bank, at, variables)


@pytest.fixture
def listed(client):
    """The same at the list of all customers named SMITH."""
    client(
        calls.SetCurrentEntity("CustomerSearch"),
        calls.SetAttributes({"LastName": "SMITH"}),
        calls.PerformEntityOperation("Search"),
    )
    return client


def error(kind, client, call):
    with pytest.raises(kind) as caught:
        client(call)
    return caught.value


# ---- going --------------------------------------------------------------------------------------


@shows("GetCurrentEntity", "SetCurrentEntity", "GetModelEntities", "GetHomeEntityName")
def test_navigation_by_entities(client):
    assert client(calls.GetCurrentEntity()) == "MainMenu" == client(calls.GetHomeEntityName())
    client(calls.SetCurrentEntity("accountenquiry"))
    assert client(calls.GetCurrentEntity()) == "AccountEnquiry"
    client(calls.SetCurrentEntity("CustomerSearch"))  # by the menu
    assert client(calls.GetCurrentEntity()) == "CustomerSearch"
    assert "CustomerDetail" in client(calls.GetModelEntities())
    told = error(UnknownName, client, calls.SetCurrentEntity("CustomerSerch"))
    assert "did you mean CustomerSearch" in str(told)


@shows("PerformEntityOperation", "GetAttributes", "SetAttributes")
def test_attributes_and_operations_show_what_the_procedure_returns(listed, teller):
    rows = teller("CustomerSearch", {"LastName": "SMITH"}).rows
    listed(
        calls.SelectRecordByFilter(f'Number = "{rows[5][0]}"'),
        calls.UpdateCurrentRecord({"Mark": "S"}),
    )
    assert listed(calls.PerformEntityOperation("Select")) == "CustomerDetail"
    shown = listed(calls.GetAttributes())
    detail = teller("CustomerDetail", {"Number": rows[5][0]})
    row = dict(zip([name for name, _ in detail.columns], detail.rows[0], strict=True))
    assert shown["Postcode"] == row["Postcode"]
    assert shown["Number"] == str(row["Number"])
    assert listed(calls.GetAttributes(("City", "street"))) == {
        "City": shown["City"],
        "Street": shown["Street"],
    }


@shows("SetAttributes")
def test_what_may_not_be_written_or_read_is_refused_and_nothing_is_typed(client):
    client(calls.SetCurrentEntity("CustomerSearch"))
    before = len(client.host.steps)
    assert error(
        NotInModel, client, calls.SetAttributes({"LastName": "A", "Message": "B"})
    ).code == 9128  # fmt: skip
    assert error(UnknownName, client, calls.SetAttributes({"LastName": "A", "Nam": "B"}))
    assert error(WrongDestination, client, calls.SetAttributes({"LastName": "A"}, "MainMenu"))
    typed = client.host.steps[before:]
    assert [one for one in typed if type(one).__name__ == "Type"] == []
    assert error(NotInModel, client, calls.GetAttributes(("LastName",)))
    told = error(UnknownName, client, calls.PerformEntityOperation("Serch"))
    assert "did you mean Search" in str(told)
    assert told.details["entity"] == "CustomerSearch"
    assert "CUSTOMER SEARCH" in told.details["screen"]


@shows("SetAttributesDelayed")
def test_delayed_attributes_are_written_when_their_entity_is_reached(client):
    client(calls.SetAttributesDelayed({"LastName": "SMITH"}, "CustomerSearch"))
    assert client(calls.GetCurrentEntity()) == "MainMenu"
    client(calls.SetCurrentEntity("CustomerSearch"))
    assert "SMITH" in "".join(client(calls.GetScreen()).lines)
    client(calls.SetAttributesDelayed({"FirstName": "AMELIA"}, "CustomerSearch"))
    assert client(calls.PerformEntityOperation("Search")) == "CustomerList"
    names = client(calls.FetchRecords(0, ("FirstName",)))
    assert {one["FirstName"] for one in names} == {"AMELIA"}
    assert error(UnknownName, client, calls.SetAttributesDelayed({"A": ""}, "MainMenu"))


@shows("SetAttributesDelayed")
def test_delayed_attributes_are_written_on_the_way_too(client):
    client(
        calls.SetAttributesDelayed({"LastName": "SMITH"}, "CustomerSearch"),
        calls.SetCurrentEntity("CustomerSearch"),
        calls.SetAttributesDelayed({"LastName": "JONES"}, "CustomerSearch"),
    )
    assert client(calls.PerformEntityOperation("Search")) == "CustomerList"
    assert client(calls.NextRecord())["LastName"] == "JONES"


# ---- what the model says ------------------------------------------------------------------------


@shows(
    "GetEntityDescription", "GetEntityAttributes", "GetEntityOperations", "GetEntityRecordSets",
    "GetAttributeMetaData", "GetOperationMetaData", "GetRecordSetMetaData", "GetFieldMetaData",
)  # fmt: skip
def test_metadata_of_entities(client):
    assert client(calls.GetEntityDescription()) == "Main menu, the home entity."
    assert client(calls.GetEntityAttributes("CustomerSearch")) == [
        "LastName", "FirstName", "CustomerNumber", "Message",
    ]  # fmt: skip
    assert "Search" in client(calls.GetEntityOperations("customersearch"))
    assert client(calls.GetEntityRecordSets("CustomerList")) == ["Customers"]
    name = client(calls.GetAttributeMetaData("CustomerSearch", "lastname"))
    assert (name.name, name.readable, name.writeable) == ("LastName", False, True)
    way = client(calls.GetOperationMetaData("CustomerList", "Menu"))
    assert (way.destination, way.default) == ("MainMenu", True)
    many = client(calls.GetRecordSetMetaData("CustomerList", "Customers"))
    assert many.fields[:2] == ("Mark", "Number")
    assert many.scrolls == ("ScrollPageDown", "ScrollPageUp")
    mark = client(calls.GetFieldMetaData("CustomerList", "Customers", "Mark"))
    assert (mark.length, mark.writeable) == (1, True)
    for wrong in (
        calls.GetEntityAttributes("Nowhere"),
        calls.GetAttributeMetaData("MainMenu", "Nothing"),
        calls.GetOperationMetaData("MainMenu", "Nothing"),
        calls.GetRecordSetMetaData("MainMenu", "Nothing"),
        calls.GetFieldMetaData("CustomerList", "Customers", "Nothing"),
    ):
        assert error(UnknownName, client, wrong).code == 9125


@shows(
    "GetTableNames", "GetTableDescription", "GetTableColumns", "GetColumnMetaData",
    "GetTableProcedures", "GetProcedureMetaData",
)  # fmt: skip
def test_metadata_of_tables(client):
    assert "Customers" in client(calls.GetTableNames())
    assert isinstance(client(calls.GetTableDescription("customers")), str)
    assert client(calls.GetTableColumns("Customers"))[:2] == ["Number", "LastName"]
    assert client(calls.GetColumnMetaData("Customers", "number")).type == "integer"
    assert "CustomerSearch" in client(calls.GetTableProcedures("Customers"))
    found = client(calls.GetProcedureMetaData("Customers", "CustomerSearch"))
    assert (found.kind, found.read_only) == ("select", True)
    assert error(UnknownName, client, calls.GetTableColumns("X")).facts["kind"] == "table"
    assert error(UnknownName, client, calls.GetColumnMetaData("Customers", "X"))
    assert error(UnknownName, client, calls.GetProcedureMetaData("Customers", "X"))


@shows("GetModelVariableNames", "GetModelVariables", "SetModelVariables", "GetVariableMetaData")
def test_model_variables(client):
    assert {"userID", "password"} <= {*client(calls.GetModelVariableNames())}
    shown = client(calls.GetModelVariables())
    assert (shown["userID"], shown["password"]) == ("TELLER001", None)
    client(calls.SetModelVariables({"userid": "TELLER002"}))
    assert client(calls.GetModelVariables(("userID",))) == {"userID": "TELLER002"}
    assert client(calls.GetVariableMetaData("password")).secret
    assert error(UnknownVariable, client, calls.SetModelVariables({"lastOrder": "1"}))
    assert error(UnknownName, client, calls.GetModelVariables(("nothing",)))
    assert error(UnknownName, client, calls.GetVariableMetaData("nothing"))


# ---- recordsets ---------------------------------------------------------------------------------


@shows("FetchRecords", "NextRecord", "GetCurrentRecord", "GetCurrentRecordIndex")
def test_a_recordset_is_read_as_the_procedure_reads_it(listed, teller):
    rows = [str(row[0]) for row in teller("CustomerSearch", {"LastName": "SMITH"}).rows]
    assert listed(calls.GetCurrentRecordIndex()) == 0
    assert listed(calls.NextRecord())["Number"] == rows[0]
    assert listed(calls.GetCurrentRecord(("Number",))) == {"Number": rows[0]}
    some = listed(calls.FetchRecords(20, ("Number",)))
    assert [one["Number"] for one in some] == rows[1:21]
    assert listed(calls.GetCurrentRecord(("Number",))) == {"Number": rows[20]}
    assert listed(calls.GetCurrentRecordIndex()) == 21 - 14
    rest = listed(calls.FetchRecords(fields=("number",)))
    assert [one["Number"] for one in rest] == rows[21:]
    assert listed(calls.FetchRecords()) == []
    assert listed(calls.NextRecord()) is None


@shows("FetchRecords", "NextRecord")
def test_filter_expressions_over_pages(listed, teller):
    found = teller("CustomerSearch", {"LastName": "SMITH"})
    names = [name for name, _ in found.columns]
    rows = [dict(zip(names, row, strict=True)) for row in found.rows]
    city = rows[-1]["City"]
    wanted = [str(row["Number"]) for row in rows if row["Accounts"] > 1 and row["City"] != city]
    assert 14 < len(wanted) < len(rows)
    expression = f'Customers.Accounts > 1 and not (City = "{city}")'
    got = listed(calls.FetchRecords(0, ("Number",), expression))
    assert [one["Number"] for one in got] == wanted
    listed(calls.SetCurrentEntity("CustomerSearch"), calls.SetAttributes({"LastName": "SMITH"}))
    listed(calls.PerformEntityOperation("Search"), calls.SetModelVariables({"userID": city}))
    first = listed(calls.NextRecord("City = variables.userID"))
    assert first["City"] == city
    for wrong in ("Town = 1", "Others.City = 1", "variables.nothing = 1", "variables.password = 1"):
        with pytest.raises((UnknownName, NotInModel)):
            listed(calls.FetchRecords(expression=wrong))


@shows(
    "GetCurrentRecordSetName", "SetCurrentRecordSetByName", "SetCurrentRecordIndex",
    "MoveCurrentRecordIndex",
)  # fmt: skip
def test_the_current_record_moves_over_the_pages(listed):
    assert listed(calls.GetCurrentRecordSetName()) == "Customers"
    first = listed(calls.NextRecord())
    assert listed(calls.MoveCurrentRecordIndex("ScrollLineDown")) == 2
    assert listed(calls.MoveCurrentRecordIndex("ScrollPageDown")) == 1
    second = listed(calls.GetCurrentRecord())
    assert second != first
    assert listed(calls.MoveCurrentRecordIndex("ScrollLineUp")) == 14  # the page before, its end
    assert listed(calls.MoveCurrentRecordIndex("ScrollLineDown")) == 1
    assert listed(calls.GetCurrentRecord()) == second
    listed(calls.SetCurrentRecordIndex(14))
    assert error(RecordNotFound, listed, calls.SetCurrentRecordIndex(15)).code == 9409
    listed(calls.SetCurrentRecordSetByName("customers"))
    assert listed(calls.GetCurrentRecordIndex()) == 0
    assert error(RecordNotFound, listed, calls.GetCurrentRecord())
    assert error(NotInModel, listed, calls.MoveCurrentRecordIndex("ScrollHome"))
    assert error(UnknownName, listed, calls.SetCurrentRecordSetByName("Others"))
    listed(calls.SetCurrentEntity("MainMenu"))
    assert listed(calls.GetCurrentRecordSetName()) == ""
    assert error(NotInModel, listed, calls.NextRecord())


@shows(
    "SelectCurrentRecord", "SelectRecordByIndex", "SelectRecordByFilter", "UpdateCurrentRecord",
    "UpdateRecordByIndex", "UpdateRecordByFilter",
)  # fmt: skip
def test_records_are_selected_and_marked(listed):
    record = listed(calls.NextRecord('Accounts = "3"'))
    index = listed(calls.GetCurrentRecordIndex())
    listed(calls.SelectCurrentRecord())
    screen = listed(calls.GetScreen())
    assert (screen.cursor_row, screen.cursor_column) == (7 + index - 1, 3)
    listed(calls.SelectRecordByIndex(2))
    assert listed(calls.GetScreen()).cursor_row == 8
    listed(calls.SetCurrentRecordIndex(0))
    assert listed(calls.SelectRecordByFilter(f'Number = "{record["Number"]}"')) == record
    listed(calls.UpdateRecordByIndex({"Mark": "S"}, index), calls.PerformEntityOperation("Select"))
    assert listed(calls.GetAttributes(("Number",))) == {"Number": record["Number"]}
    assert error(RecordNotFound, listed, calls.SelectRecordByIndex(40))


@shows("UpdateRecordByFilter", "UpdateCurrentRecord")
def test_a_record_is_written_by_filter(listed):
    listed(calls.UpdateRecordByFilter({"mark": "S"}, 'FirstName = "AMELIA"'))
    assert listed(calls.GetCurrentRecord(("Mark", "FirstName"))) == {
        "Mark": "S",
        "FirstName": "AMELIA",
    }
    assert error(NotInModel, listed, calls.UpdateCurrentRecord({"City": "X"}))
    assert error(UnknownName, listed, calls.UpdateCurrentRecord({"Town": "X"}))
    told = error(RecordNotFound, listed, calls.UpdateRecordByFilter({"Mark": "S"}, 'City = "X"'))
    assert "fits the expression" in str(told)


@shows("GetRecordSetLocations", "GetFieldLocations", "GetAttributeLocations", "GetPatternLocations")
def test_locations(listed):
    area = listed(calls.GetRecordSetLocations())["Customers"]
    assert (area.row, area.column, area.rows, area.attributes) == (7, 3, 14, None)
    listed(calls.SetCurrentRecordIndex(3), calls.EnableTerminalAttributes(enabled=True))
    places = listed(calls.GetFieldLocations(("Mark", "Number")))
    assert {name: (one.row, one.column, one.length) for name, one in places.items()} == {
        "Mark": (9, 3, 1),
        "Number": (9, 6, 6),
    }
    assert not places["Mark"].attributes.protected
    message = listed(calls.GetAttributeLocations(("message",)))["Message"]
    assert (message.row, message.column, message.length) == (23, 2, 78)
    pattern = listed(calls.GetPatternLocations())["1"]
    assert (pattern.row, pattern.column, pattern.length) == (1, 2, len("BNK021"))


# ---- the terminal -------------------------------------------------------------------------------


@shows(
    "PerformAidKey", "InsertStringAtCursor", "InsertStringAtOffset", "InsertStringAtRowColumn",
    "SetCursor", "GetStringAtOffset", "GetStringAtRowColumn", "WaitForEntity",
)  # fmt: skip
def test_keys_and_text(client):
    option = client(calls.GetAttributeLocations(("Option",)))["Option"]
    client(calls.SetCursor(1, 1))
    client(calls.InsertStringAtRowColumn("1", option.row, option.column))
    client(calls.PerformAidKey("Enter"), calls.WaitForEntity("CustomerSearch", 5))
    assert client(calls.GetStringAtOffset(1, 6)) == "BNK020"
    assert client(calls.GetStringAtRowColumn(1, 2, 2, 6)) == ["BNK020", "USER T"]
    client(calls.InsertStringAtCursor("SMI"), calls.InsertStringAtCursor("TH"))
    client(calls.PerformAidKey("Enter"), calls.WaitForEntity("CustomerList", 5))
    client(calls.PerformAidKey("PF12"), calls.WaitForEntity("MainMenu", 5))
    offset = (option.row - 1) * 80 + option.column - 1
    client(calls.InsertStringAtOffset("2", offset), calls.PerformAidKey("Enter"))
    client(calls.WaitForEntity("AccountEnquiry", 5))
    assert "no key named Entr" in str(error(OperatorError, client, calls.PerformAidKey("Entr")))
    for wrong in (
        calls.GetStringAtOffset(5000, 1), calls.GetStringAtRowColumn(24, 70, 2, 5),
        calls.InsertStringAtOffset("x", 5000), calls.SetCursor(25, 1),
    ):  # fmt: skip
        assert "outside" in str(error(BadSessionCall, client, wrong))


@shows("GetTerminalFieldAtCursor", "EnableTerminalAttributes", "GetAttributeAtCursor", "GetScreen")
def test_the_screen_and_what_is_at_the_cursor(client):
    field = client(calls.GetTerminalFieldAtCursor())
    assert (field.text.strip(), field.attributes.protected) == ("", False)
    assert client(calls.GetAttributeAtCursor()) == "Option"
    screen = client(calls.GetScreen(fields=True))
    assert (screen.rows, screen.columns, screen.entity, screen.kind) == (24, 80, "MainMenu", "3270")
    assert not screen.locked
    assert (field.row, field.column) == (screen.cursor_row, screen.cursor_column)
    assert field in screen.fields
    assert client(calls.GetScreen()).fields == ()
    client(calls.EnableTerminalAttributes(enabled=True))
    option = client(calls.GetAttributeLocations(("Option",)))["Option"]
    assert option.attributes == field.attributes
    client(calls.EnableTerminalAttributes(enabled=False))
    assert client(calls.GetAttributeLocations(("Option",)))["Option"].attributes is None
    client(calls.SetCursor(1, 2))
    assert client(calls.GetAttributeAtCursor()) == ""
    assert client(calls.GetTerminalFieldAtCursor()).attributes.protected


@shows("WaitForString", "WaitForStringRelCursor", "WaitForCursor", "WaitForEntityChange")
def test_waits_for_what_shows(client):
    screen = client(calls.GetScreen())
    client(calls.WaitForString("MAIN MENU", 0, 0, 5), calls.WaitForString("BNK010", 1, 2, 5))
    client(calls.WaitForCursor(screen.cursor_row, screen.cursor_column, 5))
    above = screen.lines[screen.cursor_row - 3].rstrip()
    start = len(above) - len(above.lstrip())
    away = calls.WaitForStringRelCursor(
        above.strip(), -2, start + 1 - screen.cursor_column, 5
    )  # fmt: skip
    client(away)
    client(calls.InsertStringAtCursor("1"), calls.PerformAidKey("Enter"))
    assert client(calls.WaitForEntityChange("MainMenu", 5)) == "CustomerSearch"
    assert client(calls.WaitForEntityChange("MainMenu", 5)) == "CustomerSearch"


WAITS = [
    calls.WaitForString("NOWHERE", 0, 0, 2),
    calls.WaitForString("BNK010", 1, 3, 2),
    calls.WaitForStringRelCursor("X", -30, 0, 2),
    calls.WaitForCursor(1, 1, 2),
    calls.WaitForEntityChange("", 2),
    calls.WaitForEntity("CustomerSearch", 2),
    calls.WaitForCondition(2, 'Message <> ""'),
    calls.WaitForUpdate(2),
    calls.WaitForNewHostScreen(2),
]


@pytest.mark.parametrize(
    "wait", WAITS, ids=[f"{n} {type(one).__name__}" for n, one in enumerate(WAITS)]
)
def test_a_wait_that_times_out_says_what_it_awaited_and_shows_the_screen(client, wait):
    told = error(WaitTimedOut, client, wait)
    assert type(wait).__name__ in str(told)
    assert "2 seconds" in str(told)
    assert told.details["awaited"] in str(told)
    assert told.details["nearest"] == "MainMenu"
    assert told.details["difference"]
    assert "MAIN MENU" in told.details["screen"]


@shows("WaitForCondition", "WaitForKeyboardEnabled", "WaitForNewHostScreen", "WaitForUpdate")
def test_waits_for_what_the_host_does(client):
    client(calls.InsertStringAtCursor("9"), calls.PerformAidKey("Enter"))
    client(calls.WaitForKeyboardEnabled(5), calls.WaitForNewHostScreen(5))
    client(calls.WaitForUpdate(5, 23), calls.WaitForCondition(5, 'MainMenu.Message <> ""'))
    client(calls.WaitForCondition(5, 'attributes.Message =* "zz" or not Message = "zz"'))
    for wrong in ("Option2 = 1", "Other.Message = 1"):
        with pytest.raises((UnknownName, NotInModel)):
            client(calls.WaitForCondition(5, wrong))


# ---- procedures, and the session itself ---------------------------------------------------------


@shows("PerformTableProcedure", "ExecuteSQLStatement", "ProcessString")
def test_procedures_between_other_calls(client, teller):
    expected = teller("CustomerSearch", {"LastName": "SMITH"}, max_rows=3)
    client(calls.SetCurrentEntity("Transfer"))
    found = client(
        calls.PerformTableProcedure("Customers", "CustomerSearch", filters={"LastName": "SMITH"}, max_rows=3)
    )  # fmt: skip
    assert [tuple(row) for row in found.rows] == list(expected.rows)
    assert found.columns == expected.columns
    sql = "SELECT Number FROM Customers WHERE LastName = 'SMITH'"
    assert [row[0] for row in client(calls.ExecuteSQLStatement(sql, 3)).rows] == [
        row[0] for row in expected.rows
    ]
    assert client(calls.GetCurrentEntity()) == "MainMenu"
    assert error(NoStringHandler, client, calls.ProcessString("x")).code == 9144


@shows("SetLoggingLevel", "GetLoggingLevel", "SetLocale", "GetLocale")
def test_logging_level_and_locale(client):
    assert client(calls.GetLoggingLevel()) == "LOG_WARNINGS_AND_ERRORS"
    client(calls.SetLoggingLevel("LOG_ALL_MESSAGES"))
    assert client(calls.GetLoggingLevel()) == "LOG_ALL_MESSAGES"
    client(calls.SetLocale("en-US"))
    assert client(calls.GetLocale()) == "en_us"
    assert "en_us only" in str(error(BadSessionCall, client, calls.SetLocale("fr_fr")))
    with pytest.raises(BadSessionCall):
        client(calls.SetLoggingLevel("LOUD"))


@shows("SetClientState", "GetClientState")
def test_client_state(client):
    client(calls.SetClientState({"step": "2", "who": "me"}))
    client(calls.SetClientState({"who": None}))
    assert client(calls.GetClientState()) == {"step": "2"}
    assert client(calls.GetClientState(("who", "step"))) == {"step": "2"}
    assert error(TooLarge, client, calls.SetClientState({"big": "x" * 70_000})).code == 9109
    assert client(calls.GetClientState()) == {"step": "2"}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"call": "SetCurrentEntty", "entity": "x"}, "did you mean SetCurrentEntity"),
        ({"call": "Nope"}, "no such call"),
        ({}, "no such call"),
        (["x"], "Expected object"),
        ({"call": "SetCurrentEntity"}, "required field entity"),
        ({"call": "GetStringAtRowColumn", "row": 0, "column": 1, "rows": 1, "columns": 1}, ">= 1"),
        ({"call": "WaitForString", "text": "", "row": 0, "column": 0, "timeout": 1e9}, "<= 600"),
        ({"call": "WaitForHostSilence", "silence": float("nan"), "timeout": 1}, "Expected"),
        ({"call": "SetAttributes", "attributes": {"A": 5}}, "Expected str"),
        ({"call": "InsertStringAtCursor", "text": "x" * 5000}, "4096"),
    ],
)
def test_a_call_that_is_not_valid_is_refused_with_its_number(call, said):
    with pytest.raises(BadSessionCall) as caught:
        calls.read_call(calls.as_sent(call), 7)
    assert caught.value.details["number"] == 7
    assert said in str(caught.value)
