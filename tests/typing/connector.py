"""What mypy tells users of the connector: each call's type, asynchronous and blocking. Nothing here is run."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import assert_type

from verdigris import connector as asynchronous
from verdigris.connector import ResultSet, Row, Target, blocking
from verdigris.metadata import Model
from verdigris.wire import Offers
from verdigris.wire import session_calls as calls


BANK = Target.model("BankDemo", domain="retail")
assert_type(BANK, Target)


async def asked(connector: asynchronous.Connector) -> None:
    """The connector of programs on Twisted."""
    call = connector.call(BANK, "Customers", "CustomerSearch", {"Name": "SMITH"})
    rows = await call
    assert_type(rows, ResultSet)
    assert_type(rows[0], Row)
    assert_type(rows[:2], Sequence[Row])
    assert_type(rows.report, asynchronous.CallReport)
    assert_type(rows.report.server, str)
    assert_type(await connector.offers(), Offers)
    session = await connector.connect_to_model_via_domain("retail", "BankDemo")
    assert_type(session, asynchronous.Session)
    assert_type(await session.perform_table_procedure("Customers", "CustomerSearch"), ResultSet)
    assert_type(await session.metadata(), Model)
    assert_type(await session.suspend(5.0), str)
    assert_type(session.is_connected, bool)
    assert_type(await session.get_attributes(("City",)), dict[str, str | None])
    assert_type(await session.perform_entity_operation("Search"), str)
    assert_type(
        await session.next_record(expression='City = "LEEDS"'), dict[str, str | None] | None
    )
    assert_type(await session.get_screen(fields=True), calls.TerminalScreen)
    await session.wait_for_string("READY", 0, 0, timeout=5)


def waited(connector: blocking.Connector) -> None:
    """The connector of all other programs: the same names, without waiting."""
    rows = connector.call(BANK, "Customers", "CustomerSearch", {"Name": "SMITH"})
    assert_type(rows, ResultSet)
    with connector.connect_to_model_via_domain("retail", "BankDemo") as session:
        assert_type(session, blocking.Session)
        assert_type(session.perform_table_procedure("Customers", "CustomerSearch"), ResultSet)
        assert_type(session.suspend(5.0), str)
        assert_type(session.get_current_entity(), str)
        assert_type(session.fetch_records(10), list[dict[str, str | None]])
        session.perform_aid_key(5)  # type: ignore[arg-type]
    assert_type(connector.offers(), Offers)


def typed(row: Row) -> Mapping[str, str | int | bool | Decimal | date | None]:
    """A row is a mapping of Python values."""
    return row
