from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostemul.bank.money import monthly_payment, percent, shown, typed


@pytest.mark.parametrize(
    ("pence", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-1250, "-12.50"),
        (123456, "1,234.56"),
        (-100000000, "-1,000,000.00"),
    ],
)
def test_amounts_are_shown_with_commas_and_a_leading_minus(pence, text):
    assert shown(pence) == text


@given(st.integers(0, 10**11 - 1))
def test_what_is_shown_can_be_typed(pence):
    assert typed(shown(pence)) == pence


@pytest.mark.parametrize(
    ("text", "pence"),
    [("7", 700), ("1234.5", 123450), ("1,234.56", 123456), (" 10.00 ", 1000), ("0", 0)],
)
def test_an_amount_may_be_typed_in_these_ways(text, pence):
    assert typed(text) == pence


@pytest.mark.parametrize(
    "text", ["", "-5", "1.234", "1,23", "12,34.00", "A", "1 000", ".", "5.", "1234567890", "1,2345"]
)
def test_anything_else_is_no_amount(text):
    assert typed(text) is None


@pytest.mark.parametrize("text", ["", "-1", "100", "1.2345", "x", "1,5"])
def test_a_bad_rate_is_none(text):
    assert percent(text) is None


@pytest.mark.parametrize(
    ("amount", "rate", "months", "payment"),
    [
        (1_000_000, "6.5", 48, 23715),
        (1_000_000, "6.5", 1, 1_005_417),
        (120_000, "0", 12, 10_000),
        (100_000, "0", 3, 33_333),
        (20_000_000, "4", 360, 95_483),  # 200,000 at 4 % for 30 years: 954.83
    ],
)
def test_the_monthly_payment_is_that_of_an_annuity(amount, rate, months, payment):
    assert monthly_payment(amount, Decimal(rate), months) == payment
