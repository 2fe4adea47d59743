"""Session calls at real session servers and demo hosts: the same results as procedures, and killed servers."""

import threading
import time
from pathlib import Path

import pytest

from hostemul.pytest_plugin import HostProcess, _hosts, demo_bank, order_host  # noqa: F401 - fixtures
from sesssrvr.pytest_plugin import model_at  # noqa: F401 - a fixture
from verdigris.errors import ConnectionLost, HostConnectionLost, WaitTimedOut
from verdigris.wire import session_calls as calls


pytestmark = pytest.mark.processes

EXAMPLES = Path(__file__).parents[2] / "examples"
TELLER = {"userID": "TELLER001", "password": "BANK001"}
CLERK = {"userID": "CLERK07", "password": "ORDER07"}
PATIENCE = 30.0


@pytest.fixture
def bank(model_at, demo_bank):  # noqa: F811
    return model_at(EXAMPLES / "BankDemo", demo_bank(), **TELLER)


@pytest.fixture
def orders(model_at, order_host):  # noqa: F811
    return model_at(EXAMPLES / "OrderEntry", order_host(), **CLERK)


def test_a_3270_host_by_model_by_terminal_and_by_procedure(bank):
    rows = bank.call("Customers", "CustomerSearch", {"LastName": "SMITH"})
    numbers = [str(row["Number"]) for row in rows]
    with bank.session() as session:
        assert session.session_type == "3270"
        session.set_current_entity("CustomerSearch")
        session.set_attributes({"LastName": "SMITH"})
        session.perform_entity_operation("Search")
        assert [one["Number"] for one in session.fetch_records(fields=("Number",))] == numbers
        session.perform_aid_key("PF12")
        session.wait_for_entity("MainMenu", 10)
        session.insert_string_at_cursor("1")
        session.perform_aid_key("Enter")
        session.wait_for_string("BNK020", 1, 2, 10)
        session.insert_string_at_cursor("SMITH")
        session.perform_aid_key("Enter")
        session.wait_for_entity_change("CustomerSearch", 10)
        assert session.get_string_at_row_column(7, 6, 1, 6) == numbers[:1]
        found = session.perform_table_procedure(
            "Customers", "CustomerSearch", {"LastName": "SMITH"}
        )
        assert [str(row["Number"]) for row in found] == numbers


def test_a_5250_host_by_model_by_terminal_and_by_procedure(orders):
    rows = orders.call("Orders", "ListOrders", {"CustomerNumber": "1014"})
    numbers = [str(row["OrderNumber"]) for row in rows]
    with orders.session() as session:
        assert session.session_type == "5250"
        found = session.perform_calls(
            [
                calls.SetAttributesDelayed({"Customer": "1014"}, "OrderList"),
                calls.SetCurrentEntity("OrderList"),
                calls.PerformEntityOperation("Filter"),
                calls.FetchRecords(fields=("Number",)),
            ]
        )
        assert [one["Number"] for one in found[-1]] == numbers
        session.set_current_record_index(0)
        session.move_current_record_index("ScrollPageUp")
        session.update_record_by_index({"Option": "5"}, 1)
        number = session.get_current_record(("Number",))["Number"]
        assert session.perform_entity_operation("Open") == "Order"
        assert number in "".join(session.get_screen().lines)
        session.perform_aid_key("F12")
        session.wait_for_entity("OrderList", 10)
        place = session.get_attribute_locations(("FromOrder",))["FromOrder"]
        session.insert_string_at_row_column(numbers[-1], place.row, place.column)
        session.set_cursor(place.row, place.column)
        assert session.get_terminal_field_at_cursor().text.strip() == numbers[-1]
        session.perform_aid_key("Enter")
        session.wait_for_new_host_screen(10)
        session.wait_for_condition(10, 'Message = ""', "OrderList")
        assert session.next_record(f"Number = {numbers[-1]}")["Number"] == numbers[-1]
        statement = "SELECT OrderNumber FROM Orders WHERE CustomerNumber = '1014'"
        listed = session.execute_sql_statement(statement).rows
        assert [str(row[0]) for row in listed] == numbers


def ended(work):
    """Work on a thread, and what came of it."""
    found = []

    def run():
        try:
            found.append(work())
        except Exception as problem:  # noqa: BLE001 - handed to the test
            found.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def until(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("before", "effect"),
    [
        (calls.GetScreen(), "none"),
        (calls.SetCurrentEntity("Transfer"), "unknown"),
    ],
    ids=["look", "act"],
)
def test_a_server_killed_in_the_middle_of_calls(bank, before, effect):
    session = bank.session()
    session.method_timeout = 60.0
    session.set_logging_level("LOG_ALL_MESSAGES")
    wanted = [before, calls.WaitForString("NOWHERE", 0, 0, 60.0)]
    thread, found = ended(lambda: session.perform_calls(wanted))
    until(lambda: f"{type(before).__name__} took" in bank.log)
    bank.kill()
    thread.join(PATIENCE)
    (problem,) = found
    assert isinstance(problem, ConnectionLost)
    assert (problem.effect, problem.retry) == (effect, effect == "none")
    assert session.last_error is problem
    assert not session.is_connected


def test_a_host_that_dies_while_its_session_waits(model_at):  # noqa: F811
    host = HostProcess("bank")
    bank = model_at(EXAMPLES / "BankDemo", host.address, **TELLER)
    session = bank.session()
    session.set_logging_level("LOG_ALL_MESSAGES")
    wanted = [calls.GetCurrentEntity(), calls.WaitForString("NOWHERE", 0, 0, 20.0)]
    thread, found = ended(lambda: session.perform_calls(wanted))
    until(lambda: "GetCurrentEntity took" in bank.log)
    host.stop()
    thread.join(PATIENCE)
    (problem,) = found
    assert isinstance(problem, HostConnectionLost)
    assert problem.details["results"] == ["MainMenu"]
    assert problem.effect == "none"
    with pytest.raises(HostConnectionLost):
        session.get_screen()


def test_no_value_of_a_call_is_in_the_log(bank):
    with bank.session() as session:
        session.set_logging_level("LOG_ALL_MESSAGES")
        session.set_current_entity("CustomerSearch")
        session.set_attributes({"LastName": "QUIETLY"})
        session.set_client_state({"mine": "HUSHED"})
        with pytest.raises(WaitTimedOut):
            session.wait_for_string("MUFFLED", 0, 0, 0.2)
    assert "SetAttributes took" in bank.log
    assert "QUIETLY" not in bank.log
    assert "HUSHED" not in bank.log
