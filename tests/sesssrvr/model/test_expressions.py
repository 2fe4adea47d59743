"""Expressions of clients: what is true, what is no expression, and what is never said of one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesssrvr.model.expressions import MAX_DEPTH, MAX_LENGTH, Name, Shown, read_expression
from verdigris.errors import BadExpression


SHOWN = {
    "Name": Shown("SMITH"),
    "Empty": Shown(""),
    "Number": Shown("00042"),
    "Balance": Shown("1,250.50CR", "#,##0.00CR"),
    "German": Shown("1.250,50", "#.##0,00"),
    "variables.Least": Shown("100"),
    "Accounts.Status": Shown("OPEN"),
    "and-more": Shown("x"),
}


def lookup(name: Name) -> Shown:
    return SHOWN[f"{name.owner}.{name.name}" if name.owner else name.name]


TRUE = [
    'Name = "SMITH"',
    'Name =* "smith"',
    'Name <> "Smith"',
    "Number = 42",
    'Number <> "42"',
    'Number = "00042"',
    "Number < 43",
    "Number >= 42.0",
    'Number > "5"',
    "Balance < 0",
    "Balance = -1250.50",
    "German > 1250.4",
    "variables.Least > Number",
    'Accounts.Status = "OPEN" and Number = 42',
    'Name = "X" or Number = 42',
    'not Name = "X"',
    'NOT (Name = "X" OR Number = 1)',
    'Name = "X" and Number = 1 or Number = 42',
    '  (  Name="SMITH"  )  ',
    'Empty = ""',
    "Name <> 5",
    '"a""b" = "a""b"',
    'Name < "T"',
    'and-more = "x"',
]
FALSE = [
    'Name = "smith"',
    'Name =* "smyth"',
    "Name = 5",
    "Name < 5",
    "Name >= 5",
    "Number > 42",
    'Number = "42"',
    'Name = "SMITH" and not Number = 42',
]
WRONG = {
    "": 1,
    "Name": 5,
    "Name  ": 7,
    "Name =": 7,
    "Name == 5": 7,
    'Name = "SMITH': 8,
    '(Name = "A"': 12,
    'Name = "A")': 11,
    'Name = "A" Number = 5': 12,
    "Name = 5 and": 13,
    "Name ! 5": 6,
    "= 5": 1,
    "not": 4,
    "a.b.c = 5": 4,
}


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true(text):
    assert read_expression(text).holds(lookup)


@pytest.mark.parametrize("text", FALSE)
def test_what_is_false(text):
    assert not read_expression(text).holds(lookup)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_expression_is_told_by_its_place_and_never_by_its_text(text):
    with pytest.raises(BadExpression) as caught:
        read_expression(text)
    assert int(caught.value.facts["place"]) == WRONG[text]
    assert "SMITH" not in str(caught.value)


def test_the_names_of_an_expression():
    found = read_expression('not (a.B = "x" and C > 1) or variables.d = C')
    assert [*found.names()] == [
        Name("a", "B"),
        Name("", "C"),
        Name("variables", "d"),
        Name("", "C"),
    ]


def test_an_expression_has_limits():
    deep = MAX_DEPTH + 1
    for text in ("(" * deep + "a = 1" + ")" * deep, "not " * deep + "a = 1"):
        with pytest.raises(BadExpression):
            read_expression(text)
    with pytest.raises(BadExpression):
        read_expression("a" * (MAX_LENGTH + 1))


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_coded_error(text):
    with suppress(BadExpression):
        read_expression(text)
