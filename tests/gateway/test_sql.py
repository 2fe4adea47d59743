"""executeSQLStatement and processString over SOAP, with zeep and by hand."""

import pytest
import zeep
from lxml import etree

from verdigris.wire import Rows


NS = "urn:xmlns:attachmate:vhi-ws:BankDemo"
ROWS = Rows(
    (("Text", "text"), ("Number", "integer"), ("Amount", "decimal"), ("Day", "date"), ("Flag", "boolean")),
    [["a<b", 1, "1.50", "2026-11-22", True], ["B", 2, None, None, False], ["b", 3, "-2", None, None]],
    server="vs2",
)  # fmt: skip


def sql(statement, environment=""):
    text = statement.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<executeSQLStatement xmlns="{NS}">{environment}<SQLStatement>{text}</SQLStatement>'
        "</executeSQLStatement></e:Body></e:Envelope>"
    )


def code(response):
    return etree.fromstring(response.body).findtext(".//id")


@pytest.fixture
def bank(bank):
    bank.caller.reply = lambda call: Rows(ROWS.columns, list(ROWS.rows), server="vs2")
    return bank


@pytest.mark.parametrize("port", ["Soap", "Soap12"])
def test_zeep_gets_columns_and_the_rows_that_match(bank, port):
    client = bank.zeep(port=port)

    found = client.executeSQLStatement(
        SQLStatement="SELECT Number, Text, Flag FROM Everything WHERE Text = 'b' COLLATE CASE_INSENSITIVE"
    )

    assert [(c.name, c.type) for c in found.column] == [("Number", "integer"), ("Text", "text"), ("Flag", "boolean")]  # fmt: skip
    assert [row.value for row in found.row] == [["2", "B", "false"], ["3", "b", None]]
    call = bank.caller.last
    assert (call.table, call.procedure, call.filters) == ("Everything", "Show", {"Text": "b"})


def test_the_most_rows_are_counted_after_filtering(bank):
    environment = "<environment><MaxRows>1</MaxRows></environment>"

    response = bank.post(sql("SELECT Number FROM Everything WHERE Number > 1", environment))

    assert etree.fromstring(response.body).xpath("//value/text()") == ["2"]
    assert bank.caller.last.max_rows == 0
    assert response.headers["x-verdigris-server"] == "vs2"
    bank.post(sql("SELECT Number FROM Everything", environment))
    assert bank.caller.last.max_rows == 1


def test_a_statement_that_writes_tells_how_much(bank):
    bank.caller.reply = Rows((), [], affected=4)

    response = bank.post(sql("UPDATE Everything SET Amount = 2.5, Text = NULL WHERE Number = 7"))

    assert etree.fromstring(response.body).findtext(".//affected") == "4"
    call = bank.caller.last
    assert (call.procedure, call.filters) == ("Change", {"Number": 7})
    assert call.data == {"Amount": "2.5", "Text": None}


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("SELECT Text FROM Everything ORDER BY Text", "9141"),
        ("SELECT Text FROM Everything JOIN Loans ON 1 = 1", "9141"),
        ("SELECT", "9140"),
        ("SELECT Text FROM Nowhere", "9142"),
        ("SELECT Password FROM Loans WHERE UserId = 's3cret'", "9143"),
        ("DELETE FROM Everything WHERE Number = 's3cret'", "9104"),
    ],
)
def test_what_cannot_be_served_is_a_fault_and_no_session_is_asked_for(
    bank, statement, number, logged
):
    response = bank.post(sql(statement))

    assert (response.status, code(response)) == (500, number)
    assert "s3cret" not in response.text + "".join(logged())
    assert bank.caller.calls == []


def test_a_procedure_that_cannot_be_published_serves_sql(bank):
    response = bank.post(sql("DELETE FROM Everything WHERE Number = 7"))

    assert response.status == 200
    assert bank.caller.last.procedure == "Drop it"


def test_the_statement_has_to_be_there(bank):
    message = sql("x").replace("<SQLStatement>x</SQLStatement>", "")

    assert code(bank.post(message)) == "9103"
    assert code(bank.post(sql("x").replace(">x<", "><y/>x<"))) == "9100"
    assert code(bank.post(sql("x").replace("SQLStatement>", "Statement>"))) == "9100"


def test_process_string_answers_that_there_is_no_handler(bank):
    with pytest.raises(zeep.exceptions.Fault) as caught:
        bank.zeep().processString(string="anything")

    assert caught.value.detail.findtext(".//id") == "9144"
    assert bank.caller.calls == []


def test_a_comparison_that_ignores_case_makes_the_procedure_ignore_it(bank):
    """Product facts 6.3: COLLATE CASE_INSENSITIVE; a procedure compares all its filters alike.

    Of the rows that come then, those are dropped that the statement's other comparisons refuse.
    """
    sample = (
        "SELECT Number FROM Everything WHERE Text = 'B' COLLATE CASE_INSENSITIVE AND Flag = FALSE"
    )

    response = bank.post(sql(sample))

    assert etree.fromstring(response.body).xpath("//value/text()") == ["2"]
    assert bank.caller.last.case_sensitive is False
    bank.post(sql("SELECT Number FROM Everything WHERE Text = 'B'"))
    assert bank.caller.last.case_sensitive is True
