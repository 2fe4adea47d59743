"""A client nobody here wrote reads the WSDL and calls, over both ports."""

import datetime as dt
from decimal import Decimal

import pytest
import zeep.exceptions

from verdigris.errors import NoServerAvailable
from verdigris.wire import Rows, Try


BOTH = pytest.mark.parametrize("port", ["Soap", "Soap12"])


@BOTH
def test_a_select_gives_typed_rows(bank, port):
    bank.caller.reply = Rows(
        (
            ("Text", "text"),
            ("Number", "integer"),
            ("Amount", "decimal"),
            ("Day", "date"),
            ("Flag", "boolean"),
        ),
        [["A & B <é>", -7, "1234.50", "2026-02-28", True], [None, None, None, None, None]],
    )

    rows = bank.zeep(port=port).show(showFilters={"Text": "x"})

    assert [rows[0].Text, rows[0].Number, rows[0].Amount, rows[0].Day, rows[0].Flag] == [
        "A & B <é>", -7, Decimal("1234.50"), dt.date(2026, 2, 28), True,
    ]  # fmt: skip
    assert rows[1].Amount is None


@BOTH
def test_filters_arrive_with_their_types(bank, port):
    bank.caller.reply = Rows(
        (
            ("Text", "text"),
            ("Number", "integer"),
            ("Amount", "decimal"),
            ("Day", "date"),
            ("Flag", "boolean"),
        ),
        [],
    )

    rows = bank.zeep(port=port).show(
        showFilters={
            "Text": " kept ", "Number": 2**62, "Amount": Decimal("0.0000001"),
            "Day": dt.date(2026, 1, 2), "Flag": False,
        }
    )  # fmt: skip

    assert rows in (None, [])
    call = bank.caller.last
    assert call.filters == {
        "Text": " kept ", "Number": 2**62, "Amount": "0.0000001", "Day": "2026-01-02", "Flag": False,
    }  # fmt: skip
    assert (call.table, call.procedure, call.kind, call.name) == (
        "Everything",
        "Show",
        "model",
        "BankDemo",
    )


@BOTH
def test_an_update_gives_the_count(bank, port):
    bank.caller.reply = Rows((), [], affected=3)

    count = bank.zeep(port=port).change(
        changeFilters={"Number": 5}, changeData={"Text": "new", "Day": None}
    )

    assert count == 3
    assert bank.caller.last.filters == {"Number": 5}
    assert bank.caller.last.data == {"Text": "new"}


@BOTH
def test_an_operation_without_arguments_needs_none(bank, port):
    bank.caller.reply = Rows((("Text", "text"),), [["pong"]])

    assert [row.Text for row in bank.zeep(port=port).ping()] == ["pong"]


@BOTH
def test_the_environment_goes_in_the_body_or_in_the_header(bank, port):
    bank.caller.reply = Rows((("Text", "text"),), [])
    service = bank.zeep(port=port)

    service.ping(environment={"DomainName": "retail", "MaxRows": 5})
    in_body = bank.caller.last
    service.ping(_soapheaders={"environment": {"DomainName": "retail", "MaxRows": 5}})
    in_header = bank.caller.last

    assert (in_body.domain, in_body.max_rows) == ("retail", 5)
    assert (in_header.domain, in_header.max_rows) == ("retail", 5)


@BOTH
def test_a_fault_carries_number_text_advice_and_trail(bank, port):
    tried = Try(1, (("vs1", 80), ("vs2", 20)), 100, 17, "vs1", "busy", "pool limit", 1.5)
    bank.caller.reply = NoServerAvailable(
        {"trail": [tried]}, user="anonymous", location="10.0.0.9", name="BankDemo", domain="retail"
    )

    with pytest.raises(zeep.exceptions.Fault) as caught:
        bank.zeep(port=port).ping()

    assert caught.value.message == (
        "User anonymous at 10.0.0.9 was refused a connection to BankDemo. No servers in domain "
        "retail are able to provide a session because they are either busy or offline."
    )
    detail = caught.value.detail
    assert detail.findtext(".//error/id") == "2643"
    assert detail.findtext(".//attempt/candidates") == "vs1 80, vs2 20"
    assert detail.findtext(".//attempt/draw") == "17"


@BOTH
def test_a_session_is_made_used_and_ended(bank, port):
    service = bank.zeep(port=port)
    session = "vs1~0123456789abcdef0123456789abcdef"

    bank.caller.reply = session
    made = service.wsResourceCreate(environment={"DomainName": "retail"})
    bank.caller.reply = Rows((("Text", "text"),), [])
    service.ping(environment={"SessionID": made, "DomainName": "elsewhere"})
    used = bank.caller.last
    bank.caller.reply = None
    service.wsResourceDestroy(environment={"SessionID": made})

    assert made == session
    assert [call.action for call in bank.caller.calls] == ["create", "perform", "destroy"]
    assert (used.session, used.domain) == (session, "")


@BOTH
def test_model_variables_are_set_and_read(bank, port):
    bank.caller.reply = {"userID": "u1", "region": "north", "password": None}

    shown = bank.zeep(port=port).getModelVariables(
        modelVariables={"userID": "u1", "password": "pw"}
    )

    assert (shown.userID, shown.region) == ("u1", "north")
    assert bank.caller.last.variables == {"userID": "u1", "password": "pw"}


def test_a_pool_is_a_service_of_its_own_in_its_models_namespace(bank):
    bank.caller.reply = Rows((("Text", "text"),), [["x"]])

    rows = bank.zeep("/vhi-ws/session/Pool-1").ping()

    assert rows[0].Text == "x"
    assert (bank.caller.last.kind, bank.caller.last.name) == ("pool", "Pool-1")
    assert (
        b'targetNamespace="urn:xmlns:attachmate:vhi-ws:BankDemo"'
        in bank.http("GET", "/vhi-ws/session/Pool-1?WSDL").body
    )
