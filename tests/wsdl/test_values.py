"""Values keep their meaning between XML and the wire."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from verdigris.metadata import Column
from wsdl import expected, lexical, value_of
from wsdl.values import XSD_TYPE


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", " a ", " a "),
        ("integer", " +007 ", 7),
        ("integer", "-9223372036854775808", -(2**63)),
        ("decimal", "+1.50", "1.50"),
        ("decimal", ".5", "0.5"),
        ("decimal", "-5.", "-5"),
        ("date", "2026-01-02", "2026-01-02"),
        ("date", "2026-01-02Z", "2026-01-02"),
        ("date", "2026-01-02-11:30", "2026-01-02"),
        ("boolean", "1", True),
        ("boolean", "false", False),
    ],
)
def test_texts_are_read(kind, text, value):
    assert value_of(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "1_000"), ("integer", "1.0"), ("integer", ""), ("integer", "9223372036854775808"), ("integer", "\u0661"),
        ("decimal", "1e3"), ("decimal", "NaN"), ("decimal", "."), ("decimal", "-"), ("decimal", "INF"),
        ("date", "2026-02-30"), ("date", "20260102"), ("date", "2026-01-02T00:00:00"), ("date", "-2026-01-02"),
        ("boolean", "True"), ("boolean", ""),
    ],
)  # fmt: skip
def test_what_is_not_of_the_type_is_refused(kind, text):
    with pytest.raises(ValueError):
        value_of(kind, text)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 1), ("text", None), ("integer", "1"), ("integer", True), ("decimal", 1), ("decimal", "1E+3"),
        ("decimal", "1_0"), ("date", "2026-2-3"), ("date", "2026-02-30"), ("boolean", 1), ("boolean", "true"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_never_written(kind, value):
    with pytest.raises(ValueError):
        lexical(kind, value)


VALUES = {
    "text": st.text(),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False).map(lambda d: format(d, "f")),
    "date": st.dates().map(date.isoformat),
    "boolean": st.booleans(),
}


@given(st.data())
@pytest.mark.parametrize("kind", VALUES)
def test_every_value_survives_the_way_out_and_back_and_is_valid(kind, data):
    value = data.draw(VALUES[kind])
    text = lexical(kind, value)

    back = value_of(kind, text)
    if kind == "decimal":
        assert Decimal(back) == Decimal(value)
    elif kind != "text":
        assert back == value
    schema = etree.fromstring(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="v" type="xs:{XSD_TYPE[kind]}"/></xs:schema>'
    )
    element = etree.Element("v")
    element.text = text
    assert etree.XMLSchema(schema).validate(element)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (Column(name="A"), "text is expected"),
        (Column(name="A", min_length=4, max_length=4), "text of 4 characters is expected"),
        (Column(name="A", min_length=1, max_length=4), "text of 1 to 4 characters is expected"),
        (Column(name="A", min_length=2), "text of at least 2 characters is expected"),
        (Column(name="A", type="integer", minimum="1"), "a whole number of at least 1 is expected"),
        (
            Column(name="A", type="decimal", fraction_digits=2, maximum="9"),
            "a number with at most 2 decimals of at most 9 is expected",
        ),
        (Column(name="A", type="date"), "a date (YYYY-MM-DD) is expected"),
        (Column(name="A", type="boolean"), "true or false is expected"),
    ],
)
def test_what_a_column_takes_is_said_in_words(column, said):
    assert expected(column) == said
