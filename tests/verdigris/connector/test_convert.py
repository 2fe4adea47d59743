"""Values on their way to the wire and back: nothing is rounded, nothing is guessed."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verdigris.connector.convert import to_python, to_wire
from verdigris.errors import BadValue, ProtocolError


@pytest.mark.parametrize(
    ("given_value", "sent"),
    [
        ("SMITH", "SMITH"),
        (None, None),
        (True, True),
        (7, 7),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.001"), "-0.001"),
        (0.1, "0.1"),
        (dt.date(2026, 2, 3), "2026-02-03"),
    ],
)
def test_what_is_sent(given_value, sent):
    found = to_wire({"Amount": given_value})["Amount"]
    assert (found, type(found)) == (sent, type(sent))


def test_nothing_given_is_nothing_sent():
    assert to_wire(None) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        2**63,
        -(2**63) - 1,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        dt.datetime(2026, 2, 3, tzinfo=dt.UTC),
        b"x",
        ["x"],
        object(),
    ],
)
def test_what_has_no_place_on_the_wire_is_refused_by_column_and_never_shown(wrong):
    with pytest.raises(BadValue) as caught:
        to_wire({"Password": wrong})
    assert "Password" in str(caught.value)


@pytest.mark.parametrize(
    ("sent", "kind", "typed"),
    [
        ("SMITH", "text", "SMITH"),
        (7, "text", "7"),
        (7, "integer", 7),
        ("-12.50", "decimal", Decimal("-12.50")),
        (12, "decimal", Decimal(12)),
        ("2026-02-03", "date", dt.date(2026, 2, 3)),
        (False, "boolean", False),
        (None, "date", None),
    ],
)
def test_what_is_read(sent, kind, typed):
    found = to_python(sent, "C", kind)
    assert (found, type(found)) == (typed, type(typed))


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("x", "integer"),
        (True, "integer"),
        ("1e3", "decimal"),
        ("NaN", "decimal"),
        ("٣", "decimal"),
        (True, "decimal"),
        ("2026-13-01", "date"),
        (20260203, "date"),
        ("true", "boolean"),
        (1, "boolean"),
    ],
)
def test_what_is_no_value_of_its_column_is_the_servers_fault(sent, kind):
    with pytest.raises(ProtocolError) as caught:
        to_python(sent, "Amount", kind)
    assert "Amount" in str(caught.value)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_survives_the_journey(number):
    assert to_python(to_wire({"a": number})["a"], "a", "decimal") == number


@given(st.dates())
def test_a_date_survives_the_journey(day):
    assert to_python(to_wire({"a": day})["a"], "a", "date") == day
