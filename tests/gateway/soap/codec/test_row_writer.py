"""Rows written a column at a time are the rows written value by value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.soap.codec.row_writer import RowWriter, text_of
from verdigris.wire import Rows
from wsdl import contract_of


TYPES = {"Text": "text", "Number": "integer", "Amount": "decimal", "Day": "date", "Flag": "boolean"}
VALUES = {
    "Text": st.text(max_size=8) | st.sampled_from(["", "&", "<b>", "\r\n", "\0", "\ud800", "\ufffe", "é€𝄞"]),
    "Number": st.integers(),
    "Amount": st.sampled_from(["1", "-0.50", "007"]),
    "Day": st.sampled_from(["2026-01-02", "2024-02-29"]),
    "Flag": st.booleans(),
}  # fmt: skip
WRONG = [None, 1, True, "x", "", "1\n2", "1\n", "1.", "--1", "2026-01-02 ", "2026-02-30", b"x", 1.5]


@pytest.fixture(scope="module")
def table(bank_model):
    contract = contract_of(bank_model, namespace="urn:b")
    (operation,) = (it for it in contract.operations if it.name == "show")
    return RowWriter(operation, "t:")


def one_by_one(rows):
    def cell(name, value):
        if value is None:
            return f'<t:{name} xsi:nil="true"/>'
        return f"<t:{name}>{text_of(TYPES[name], value)}</t:{name}>"

    return "".join(
        f"<t:showRow>{''.join(cell(n, v) for n, v in zip(TYPES, row, strict=True))}</t:showRow>"
        for row in rows
    )


def written(table, rows):
    return table.written(table.columns(Rows(tuple(TYPES.items()), rows)), rows)


def attempt(write):
    try:
        return write()
    except ValueError:
        return "refused"


@given(st.lists(st.tuples(*VALUES.values()).map(list), max_size=5))
def test_rows_are_written_the_same(table, rows):
    assert written(table, rows) == one_by_one(rows)


GOOD = {"Text": "a", "Number": 1, "Amount": "1", "Day": "2026-01-02", "Flag": True}


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("before", [0, 1])
def test_a_value_that_does_not_fit_is_refused_the_same(table, name, wrong, before):
    rows = [list(GOOD.values())] * before + [list({**GOOD, name: wrong}.values())]

    assert attempt(lambda: written(table, rows)) == attempt(lambda: one_by_one(rows))


@pytest.mark.parametrize("rows", [[["a"]], [["a", 1, "1", "2026-01-02", True], ["b"]]])
def test_a_row_that_is_too_short_is_refused(table, rows):
    with pytest.raises(IndexError):
        written(table, rows)


def test_columns_are_found_by_name_however_they_are_ordered(table):
    names = [("MORE", "text"), *[(name.upper(), kind) for name, kind in reversed(TYPES.items())]]
    rows = [["x", False, "2026-01-02", "1", 2, "a"]]

    assert table.written(table.columns(Rows(tuple(names), rows)), rows) == one_by_one(
        [["a", 2, "1", "2026-01-02", False]]
    )


def test_a_percent_sign_is_one(table):
    assert "<t:Text>100%s</t:Text>" in written(table, [["100%s", 1, "1", "2026-01-02", True]])
