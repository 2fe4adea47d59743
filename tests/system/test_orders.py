"""zeep at the gateway, the gateway at session servers, these at the 5250 order host."""

import json
import time
import urllib.error
import urllib.request
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import zeep
from click.testing import CliRunner
from zeep.exceptions import Fault
from zeep.transports import Transport

from hostemul.replay.recording import load, parse
from sesssrvr.cli.model_files import built
from verdigris_command.demo.fleet import Fleet, Member
from verdigris_command.main import main


pytestmark = pytest.mark.processes

EXAMPLE = Path(__file__).parents[2] / "examples" / "OrderEntry"
PATIENCE = 30.0
CLERK = {"userID": "CLERK58", "password": "ORDER58"}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """Two session servers that share one order host."""
    made = Fleet(
        tmp_path_factory.mktemp("orders"),
        built(EXAMPLE)[0],
        model="OrderEntry",
        members=(Member("vs1", 50, 1), Member("vs2", 50, 1)),
        host=("hostemul", "orders"),
    )
    with made:
        made.start()
        for kind, name in (("model", ""), ("session", "OrderPool")):
            _served(made.wsdl(kind=kind, name=name))
        yield made


def _served(url):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as found:  # noqa: S310 - ours
                return found.read()
        except (OSError, urllib.error.HTTPError):
            assert time.monotonic() < end, f"{url} is not served"
            time.sleep(0.05)


@pytest.fixture(params=["session", "model"])
def orders(request, fleet):
    """The service of the pool, and of the model with its own clerk for every call."""
    url = fleet.wsdl(kind=request.param, name="OrderPool" if request.param == "session" else "")
    client = zeep.Client(url, transport=Transport(timeout=30, operation_timeout=60))
    if request.param == "session":
        yield client.service
    else:

        class SignedOn:
            def __getattr__(self, operation):
                return lambda **given: getattr(client.service, operation)(
                    **{"modelVariables": CLERK, **given}
                )

        yield SignedOn()
    client.transport.session.close()


def test_orders_come_from_sixteen_pages(orders):
    rows = orders.listOrders()
    assert len(rows) >= 187
    assert [row.OrderNumber for row in rows] == sorted(row.OrderNumber for row in rows)
    assert (rows[5].OrderDate, rows[5].CustomerName, rows[5].Total) == (
        date(2025, 12, 1), "COASTLINE CHANDLERS", Decimal("3935.10"),
    )  # fmt: skip
    assert len(orders.listOrders(environment={"MaxRows": 5})) == 5


def test_the_wide_list_is_read_too(orders):
    rows = orders.reportOrders(reportOrdersFilters={"CustomerNumber": 1014})
    assert {row.CustomerName for row in rows} == {"NORTHQUAY MÜLLER"}
    assert all(isinstance(row.WantedOn, date) and row.Lines > 0 for row in rows)


def test_an_order_is_placed_read_and_cancelled(orders):
    kept = orders.wsResourceCreate()
    here = {"environment": {"SessionID": kept}, "modelVariables": None}
    new = {
        "CustomerNumber": 1003, "Reference": "SOAP", "WantedOn": date(2026, 4, 1),
        "Item1": "RO1308", "Quantity1": 2, "Item2": "SH1410", "Quantity2": 12,
    }  # fmt: skip
    assert orders.addOrder(addOrderData=new, **here) == 1
    number = int(orders.getModelVariables(**here).lastOrder)
    assert number > 500187
    rows = orders.orderDetail(orderDetailFilters={"OrderNumber": number}, **here)
    assert [(row.ItemNumber, row.Quantity, row.Amount) for row in rows] == [
        ("RO1308", 2, Decimal("83.98")), ("SH1410", 12, Decimal("46.20")),
    ]  # fmt: skip
    assert {(row.Status, row.Reference, row.Total) for row in rows} == {
        ("OPEN", "SOAP", Decimal("130.18"))
    }
    assert orders.cancelOrder(cancelOrderFilters={"OrderNumber": number}, **here) == 1
    (row, _) = orders.orderDetail(orderDetailFilters={"OrderNumber": number}, **here)
    assert row.Status == "CANCELLED"
    with pytest.raises(Fault, match=f"ORD3001 Order {number} is cancelled"):
        orders.cancelOrder(cancelOrderFilters={"OrderNumber": number}, **here)
    orders.wsResourceDestroy(**here)


def test_no_order_is_no_row_and_a_refusal_is_a_fault(orders):
    assert not orders.orderDetail(orderDetailFilters={"OrderNumber": 599999})
    with pytest.raises(Fault, match="ORD2002 Customer 9999 not found"):
        orders.addOrder(
            addOrderData={"CustomerNumber": 9999, "WantedOn": date(2026, 4, 1), "Item1": "RO1308",
                          "Quantity1": 1}
        )  # fmt: skip


def test_a_fault_leads_to_what_was_said_with_the_host(fleet, orders, tmp_path):
    """A user with nothing but the SOAP fault in hand."""
    with pytest.raises(Fault) as refused:
        orders.cancelOrder(cancelOrderFilters={"OrderNumber": 500001})
    request_id = refused.value.detail.find(".//{*}requestId").text
    file = tmp_path / "refused.trc"
    invoke(fleet, "trace", request_id, "--into", str(file))
    text = file.read_text()
    assert text.startswith(f"// request {request_id}\n// error 9404 The host reported: ORD3001")
    said = b"".join(step.data for step in load(file).steps)
    assert "CLERK".encode("cp037") in said
    for secret in (CLERK["password"], "ORDER0"):
        assert secret.encode("cp037") not in said
    assert request_id in invoke(fleet, "traces")


def test_live_sessions_show_their_traffic_without_passwords(fleet):
    """Sessions of the pool have signed on, each as another clerk."""
    shown = 0
    for server in ("vs1", "vs2"):
        listed = json.loads(invoke(fleet, "sessions", server, "--json"))
        for one in listed[:5]:
            text = invoke(fleet, "trace", "--server", server, "--session", str(one["id"]))
            said = b"".join(step.data for step in parse(text, "live").steps)
            assert "CLERK".encode("cp037") in said
            assert "ORDER0".encode("cp037") not in said
            assert "ORDER1".encode("cp037") not in said
            shown += 1
    assert shown
    unknown = CliRunner().invoke(
        main, ["trace", "--server", "vs1", "--session", "99999", "--api", fleet.api]
    )
    assert "Error 9123: Session server vs1 has no trace of session 99999." in unknown.output


def invoke(fleet, *words):
    found = CliRunner().invoke(main, [*words, "--api", fleet.api])
    assert found.exit_code == 0, found.output
    return found.output


def test_the_password_is_in_no_log(fleet, orders):
    orders.listOrders(environment={"MaxRows": 1})
    for path in Path(fleet.folder).rglob("*.log"):
        assert "ORDER58" not in path.read_text(errors="replace")
