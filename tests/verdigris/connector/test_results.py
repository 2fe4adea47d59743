"""Rows: typed when they are looked at, as they travelled for whoever passes them on."""

import datetime as dt
from decimal import Decimal

import pytest

from verdigris.connector import CallReport, ResultSet
from verdigris.errors import ProtocolError
from verdigris.wire import Rows


COLUMNS = (("Name", "text"), ("Balance", "decimal"), ("Opened", "date"))


@pytest.fixture
def found():
    rows = [["SMITH", "12.50", "2020-01-31"], ["JONES", None, None]]
    return ResultSet(Rows(COLUMNS, rows, 2), CallReport("vs1", "r-1"))


def test_values_are_typed_by_their_columns(found):
    assert found.dicts() == [
        {"Name": "SMITH", "Balance": Decimal("12.50"), "Opened": dt.date(2020, 1, 31)},
        {"Name": "JONES", "Balance": None, "Opened": None},
    ]


def test_raw_rows_are_the_very_ones_that_travelled(found):
    assert found.raw[0] == ["SMITH", "12.50", "2020-01-31"]


def test_it_is_a_sequence_of_mappings(found):
    assert len(found) == 2
    assert [row["Name"] for row in found] == ["SMITH", "JONES"]
    assert found[-1]["name"] == "JONES"
    assert [row["NAME"] for row in found[:1]] == ["SMITH"]
    assert found[0] == {
        "Name": "SMITH",
        "Balance": Decimal("12.50"),
        "Opened": dt.date(2020, 1, 31),
    }
    assert "Balance" in found[0]
    with pytest.raises(KeyError):
        found[0]["Password"]
    with pytest.raises(IndexError):
        found[2]


def test_columns_that_differ_in_case_only_are_told_apart():
    rows = ResultSet(Rows((("a", "text"), ("A", "text")), [["1", "2"]]), CallReport("vs1", "r"))
    assert (rows[0]["a"], rows[0]["A"]) == ("1", "2")


def test_a_value_is_converted_only_when_it_is_looked_at():
    rows = ResultSet(Rows((("a", "date"), ("b", "text")), [["never", "x"]]), CallReport("vs1", "r"))
    assert rows[0]["b"] == "x"
    with pytest.raises(ProtocolError):
        rows[0]["a"]


def test_what_it_prints_holds_no_values(found):
    assert repr(found) == "<ResultSet 2 rows of Name, Balance, Opened [affected 2] from vs1>"
    assert repr(found[0]) == "<Row of Name, Balance, Opened>"


def test_where_it_ran_does_not_print_the_session_id():
    assert "secret" not in repr(CallReport("vs1", "r", session_id="vs1~secret"))
