"""Every procedure of OrderEntry in memory: wire, pool, interpreter, 5250 terminal, order host."""

import pytest

from hostemul.faults import QUIET, Faults
from sesssrvr.pool import PoolKey
from verdigris.errors import HostReportedError, HostUnreachable, VerdigrisError
from verdigris.wire import Deploy, GetVariables, ListSessions, Login, Open, Perform, Ran, Run


POOL = Open("pool", "OrderPool", Login(), {})
LIST = Run(POOL, Perform("", "", "ListOrders", {"CustomerNumber": 1014}, {}))


def test_the_pool_signs_on_and_waits_at_the_menu(served):
    at = served()
    assert at.front.counts("OrderPool") == {"idle": 2}
    assert {one.entity for one in at.client.ask(ListSessions()).sessions} == {"MainMenu"}
    assert at.control.sign_ons == 2


def test_orders_come_from_all_pages(perform):
    rows = perform("ListOrders").rows
    assert [row["OrderNumber"] for row in rows] == list(range(500001, 500188))
    assert rows[5] == {
        "OrderNumber": 500006, "OrderDate": "2025-12-01", "CustomerNumber": 1003,
        "CustomerName": "COASTLINE CHANDLERS", "Status": "OPEN", "Total": "3935.10",
    }  # fmt: skip


def test_orders_are_filtered_by_the_host(perform):
    rows = perform("ListOrders", {"CustomerNumber": 1014, "Status": "open"}).rows
    wanted = perform.at.book.find("1014", "OPEN", "")
    assert [row["OrderNumber"] for row in rows] == [order.number for order in wanted]
    assert {row["CustomerName"] for row in rows} == {"NORTHQUAY MÜLLER"}
    assert len(perform("ListOrders", {"CustomerNumber": 1007}).rows) == 12  # exactly a page
    assert perform("ListOrders", {"OrderNumber": 500180}).rows[0]["OrderNumber"] == 500180
    none = {"CustomerNumber": 1013, "Status": "CANCELLED", "OrderNumber": 500180}
    assert perform("ListOrders", none).rows == []
    assert len(perform("ListOrders").rows) == 187  # the next call finds the menu again


def test_maximum_rows_stop_the_paging(perform):
    before = perform.at.control.keys
    assert len(perform("ListOrders", max_rows=12).rows) == 12
    assert perform.at.control.keys - before == 3  # into the list, its filters, and back


def test_the_wide_list_brings_all_columns(perform):
    rows = perform("ReportOrders", {"CustomerNumber": 1014}).rows
    assert len(rows) == 14
    first = rows[0]
    order = perform.at.book.order(str(first["OrderNumber"]))
    assert first == {
        "OrderNumber": 500005, "OrderDate": "2025-12-01", "WantedOn": "2025-12-05",
        "CustomerNumber": 1014, "CustomerName": "NORTHQUAY MÜLLER", "City": "AMBLE",
        "Reference": "SPRING REFIT", "Lines": len(order.lines), "Status": "SHIPPED",
        "Total": "8011.40",
    }  # fmt: skip
    assert len(perform("ReportOrders").rows) == 187
    assert {row["City"] for row in perform("ReportOrders", {"City": "OBAN"}).rows} == {"OBAN"}


def test_an_order_is_read_over_its_pages(perform):
    rows = perform("OrderDetail", {"OrderNumber": 500013}).rows
    order = perform.at.book.order("500013")
    assert [row["Line"] for row in rows] == list(range(1, 17))
    assert [(row["ItemNumber"], row["Quantity"]) for row in rows] == [
        (line.item, line.quantity) for line in order.lines
    ]
    assert {(row["Status"], row["CustomerNumber"], row["Total"]) for row in rows} == {
        ("OPEN", 1007, "5412.70")
    }
    assert rows[0]["Description"] == "ANCHOR 10 KG GALVANISED"
    assert (rows[0]["Price"], rows[0]["Amount"]) == ("89.50", "537.00")
    assert perform("OrderDetail", {"OrderNumber": 599999}).rows == []


NEW = {"CustomerNumber": 1003, "Reference": "spring", "WantedOn": "2026-04-01", "Item1": "RO1308",
       "Quantity1": 2, "Item2": "sh1410", "Quantity2": 12}  # fmt: skip


def test_an_order_is_placed_and_its_number_told(served):
    at = served()
    opening = Open("model", "OrderEntry", Login(), {"userID": "CLERK50", "password": "ORDER50"})
    ran = at.client.ask(Run(opening, Perform("", "", "AddOrder", {}, NEW)))
    assert isinstance(ran, Ran), ran.details
    order = at.book.order("500188")
    assert (order.reference, order.total, len(order.lines)) == ("SPRING", 13018, 2)
    assert order.wanted.isoformat() == "2026-04-01"


def test_the_number_of_a_placed_order_is_a_variable(served):
    at = served()
    opened = at.client.ask(POOL)
    at.client.ask(Perform(opened.session, "", "AddOrder", {}, NEW))
    said = at.client.ask(GetVariables(opened.session))
    assert said.values["lastOrder"] == "500188"


def test_an_order_is_cancelled_and_only_once(perform):
    perform("CancelOrder", {"OrderNumber": 500006})
    assert perform.at.book.order("500006").status == "CANCELLED"
    with pytest.raises(HostReportedError, match="ORD3001 Order 500006 is cancelled"):
        perform("CancelOrder", {"OrderNumber": 500006})
    assert perform("OrderDetail", {"OrderNumber": 500006}).rows[0]["Status"] == "CANCELLED"


REFUSED = {
    "customer": ({"CustomerNumber": 9999}, "ORD2002 Customer 9999 not found"),
    "item": ({"Item2": "XX"}, "ORD2004 Item XX not found"),
    "date": ({"WantedOn": "2026-03-01"}, "ORD2011 Date must be later than today"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_hosts_word_on_its_error_line_is_the_error(name, perform):
    change, words = REFUSED[name]
    with pytest.raises(HostReportedError, match=words) as caught:
        perform("AddOrder", data=NEW | change)
    assert words in caught.value.details["screen"]
    assert 500188 not in perform.at.book.orders
    perform("AddOrder", data=NEW)
    assert 500188 in perform.at.book.orders


def test_a_refused_sign_on_tells_no_secret(served):
    at = served()
    opening = Open("model", "OrderEntry", Login(), {"userID": "CLERK50", "password": "WR0NG"})
    error = at.client.ask(Run(opening, Perform("", "", "ListOrders", {}, {})))
    assert isinstance(error, VerdigrisError)
    assert "ORD1001" in str(error)
    assert "WR0NG" not in f"{error} {error.details}"


# ---- devices and automatic sign-on -----------------------------------------------------------------


@pytest.fixture
def model_with(order_package):
    """The package with its model.xml changed."""
    import io  # noqa: PLC0415 - here only
    import zipfile  # noqa: PLC0415 - as above

    def make(*changes):
        out = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(order_package)) as source,
            zipfile.ZipFile(out, "w") as target,
        ):
            for name in source.namelist():
                data = source.read(name).decode()
                for old, new in changes if name.endswith("model.xml") else ():
                    assert old in data
                    data = data.replace(old, new)
                target.writestr(name, data)
        return out.getvalue()

    return make


def test_a_device_name_comes_from_a_variable(served):
    at = served()
    variables = {"userID": "CLERK50", "password": "ORDER50", "deviceName": "VERDI07"}
    claim = at.client.ask(Open("model", "OrderEntry", Login(), variables))
    at.front.go(1)
    assert at.control.terminals.is_taken("VERDI07"), claim


def test_a_device_the_host_refuses_is_told_in_words(served):
    at = served({"reject_devices": ["BAD"]})
    variables = {"userID": "CLERK50", "password": "ORDER50", "deviceName": "BAD"}
    error = at.client.ask(Open("model", "OrderEntry", Login(), variables), seconds=60)
    assert isinstance(error, HostUnreachable)
    assert "the device is not available" in str(error)
    assert "8902" in str(error)


@pytest.mark.parametrize("coding", ["clear", "des"])
def test_an_automatic_sign_on_needs_no_sign_on_screen(served, model_with, coding):
    """The order host takes passwords in clear; a substitute leads to its sign-on screen."""
    package = model_with(
        (
            'connect-timeout="30"/>',
            f'connect-timeout="30"><option name="sign-on" value="{coding}"/></host>',
        ),
        ('name="userID"', 'name="userID" setting="host-user"'),
        ('name="password"', 'name="password" setting="host-password"'),
    )
    at = served(model=package)
    assert at.front.counts("OrderPool") == {"idle": 2}
    assert at.control.sign_ons == 2
    assert at.control.keys == (0 if coding == "clear" else 2)


def test_a_sign_on_that_cannot_be_coded_is_told_without_it(served, model_with):
    package = model_with(
        (
            'connect-timeout="30"/>',
            'connect-timeout="30"><option name="sign-on" value="des"/></host>',
        ),
        ('name="userID"', 'name="userID" setting="host-user"'),
        ('name="password"', 'name="password" setting="host-password"'),
    )
    at = served(model=package)
    variables = {"userID": "CLERK50", "password": "ELEVENCHARS"}
    error = at.client.ask(Open("model", "OrderEntry", Login(), variables))
    assert isinstance(error, HostUnreachable)
    assert "11 characters" in str(error)
    assert "ELEVENCHARS" not in f"{error} {error.details}"


# ---- a host that goes wrong ------------------------------------------------------------------------

FAULTS = {
    "dropped": lambda record: Faults(drop_after=record),
    "garbled": lambda record: Faults(garble_record=record + 1),
    "stalled": lambda record: Faults(stall_after=record),
    "unknown": lambda record: Faults(unknown_after=record),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("record", range(0, 8, 2))
def test_a_host_that_fails_at_any_record_costs_bounded_time_and_at_most_the_session(
    bank_front, order_package, fault, record
):
    from hostemul.order_entry.testing import make_orders  # noqa: PLC0415 - here only

    it = bank_front(maximum=4)
    it.bank.site = make_orders(it.clock)
    client = it.client()
    client.ask(Deploy(order_package))
    it.control.faults = FAULTS[fault](record)
    it.go(1)
    began = it.clock.seconds()
    outcome = client.ask(LIST, seconds=40)
    assert it.clock.seconds() - began <= 40.1
    if isinstance(outcome, Exception):
        assert isinstance(outcome, VerdigrisError)
        assert outcome.code not in (9000, 9001), outcome
        assert "ORDER0" not in f"{outcome} {outcome.details}"
    it.control.faults = QUIET
    it.go(420)
    assert it.counts("OrderPool").get("idle", 0) >= 1
    assert it.sessions.state.pools[PoolKey("pool", "OrderPool")].counts.get("quarantined", 0) == 0
    ran = client.ask(LIST)
    assert isinstance(ran, Ran), (ran, ran.details)
    it.go(1)
    assert it.control.sessions == it.sessions.state.size
