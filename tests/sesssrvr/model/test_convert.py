"""What the host shows becomes a typed value and back, or a clear error."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesssrvr.model.convert import checked, equal, format_problem, from_screen, to_screen
from sesssrvr.model.dates import is_pattern
from sesssrvr.model.dates import read as read_date
from sesssrvr.model.dates import write as write_date
from sesssrvr.model.pictures import picture
from verdigris.errors import BadHostValue, BadValue
from verdigris.metadata import Column


@pytest.mark.parametrize(
    ("kind", "form", "shown", "value"),
    [
        ("text", "", "  SMITH  ", "SMITH"),
        ("text", "raw", "  SMITH  ", "  SMITH"),
        ("text", "", "     ", None),
        ("integer", "", " 00042 ", 42),
        ("integer", "", "1,234", 1234),
        ("integer", "#.##0", "1.234", 1234),
        ("integer", "00000000", "00000042", 42),
        ("integer", "", "7-", -7),
        ("decimal", "", "1,234.56", "1234.56"),
        ("decimal", "", "1234.50", "1234.50"),
        ("decimal", "", "-12.50", "-12.50"),
        ("decimal", "", "12.50-", "-12.50"),
        ("decimal", "", "12.50 CR", "-12.50"),
        ("decimal", "", "12.50DB", "-12.50"),
        ("decimal", "", "(12.50)", "-12.50"),
        ("decimal", "", "+3", "3"),
        ("decimal", "", ".5", "0.5"),
        ("decimal", "", "-0.00", "0.00"),
        ("decimal", "#.##0,00", "1.234.567,89", "1234567.89"),
        ("decimal", "# ##0,00-", "1 234,50-", "-1234.50"),
        ("decimal", "0,00", "1234,50", "1234.50"),
        ("decimal", "#'##0.00", "1'234.50", "1234.50"),
        ("date", "", "2026-03-02", "2026-03-02"),
        ("date", "DD/MM/YYYY", "02/03/2026", "2026-03-02"),
        ("date", "MM/DD/YY", "03/02/49", "2049-03-02"),
        ("date", "MM/DD/YY", "03/02/50", "1950-03-02"),
        ("date", "D MMM YYYY", "2 Mar 2026", "2026-03-02"),
        ("date", "YYYYMMDD", "20260302", "2026-03-02"),
        ("date", "DD/MM/YYYY", "00/00/0000", None),
        ("date", "", "", None),
        ("boolean", "", "Y", True),
        ("boolean", "", "no", False),
        ("boolean", "J/N", "j", True),
        ("boolean", "X/", "X", True),
        ("boolean", "X/", " ", False),
        ("boolean", "", " ", None),
    ],
)
def test_what_the_host_shows_is_read(kind, form, shown, value):
    assert from_screen(shown, Column(name="C", type=kind), form) == value


@pytest.mark.parametrize(
    ("kind", "form", "shown"),
    [
        ("integer", "", "12.5"),
        ("integer", "", "1,23"),
        ("integer", "", "*****"),
        ("integer", "", "9" * 20),
        ("integer", "", "\u0663"),
        ("decimal", "", "1.2.3"),
        ("decimal", "#.##0,00", "1,234.56"),
        ("decimal", "", "--5"),
        ("decimal", "", "12.50 CRX"),
        ("date", "", "2026-02-30"),
        ("date", "DD/MM/YYYY", "2026-03-02"),
        ("date", "D MMM YYYY", "2 Mai 2026"),
        ("boolean", "", "maybe"),
        ("boolean", "J/N", "Y"),
    ],
)
def test_what_does_not_fit_is_named(kind, form, shown):
    with pytest.raises(BadHostValue, match=f"for column C, which is not a valid {kind}"):
        from_screen(shown, Column(name="C", type=kind), form)


def test_a_secret_column_is_not_told():
    with pytest.raises(BadHostValue) as caught:
        from_screen("SESAME", Column(name="C", type="integer", secret=True))
    assert "SESAME" not in str(caught.value)
    with pytest.raises(BadValue) as refused:
        checked("SESAME", Column(name="C", type="integer", secret=True))
    assert "SESAME" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "form", "value", "typed"),
    [
        ("text", "upper", "sav", "SAV"),
        ("text", "lower", "SAV", "sav"),
        ("integer", "", -42, "-42"),
        ("integer", "00000000", 42, "00000042"),
        ("integer", "#,##0", 1234567, "1,234,567"),
        ("decimal", "", "1234.5", "1234.5"),
        ("decimal", "0.00", "1234.5", "1234.50"),
        ("decimal", "#,##0.00", "-1234.5", "-1,234.50"),
        ("decimal", "#.##0,00-", "-1234.5", "1.234,50-"),
        ("decimal", "0.00CR", "-5", "5.00CR"),
        ("decimal", "0.00", "1.500", "1.50"),
        ("date", "DD/MM/YYYY", "2026-03-02", "02/03/2026"),
        ("date", "D MMM YY", "2026-03-02", "2 MAR 26"),
        ("boolean", "", True, "Y"),
        ("boolean", "X/", False, ""),
        ("text", "", None, ""),
    ],
)
def test_values_are_typed_as_the_format_says(kind, form, value, typed):
    assert to_screen(value, Column(name="C", type=kind), form) == typed


def test_more_decimals_than_the_screen_has_are_refused():
    with pytest.raises(BadValue, match=r"the screen shows it as 0\.00"):
        to_screen("1.234", Column(name="C", type="decimal"), "0.00")


@pytest.mark.parametrize(
    ("column", "value", "result"),
    [
        (Column(name="C"), "", ""),
        (Column(name="C"), None, None),
        (Column(name="C"), 12, "12"),
        (Column(name="C", type="integer"), "", None),
        (Column(name="C", type="integer"), " +7 ", 7),
        (Column(name="C", type="decimal"), 7, "7"),
        (Column(name="C", type="decimal", fraction_digits=2), "7.5000", "7.5000"),
        (Column(name="C", type="date"), "2026-03-02", "2026-03-02"),
        (Column(name="C", type="boolean"), "TRUE", True),
        (Column(name="C", type="boolean"), "0", False),
    ],
)
def test_what_clients_send_is_made_canonical(column, value, result):
    assert checked(value, column) == result


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (Column(name="C", type="integer"), True, "not an integer"),
        (Column(name="C", type="integer"), "9" * 19, "64-bit"),
        (Column(name="C", type="decimal"), "1e5", "not a decimal"),
        (Column(name="C", type="decimal"), "NaN", "not a decimal"),
        (Column(name="C", type="decimal"), False, "not a decimal"),
        (Column(name="C", type="decimal", maximum="5"), "5.01", "more than 5"),
        (Column(name="C", type="date", minimum="2026-01-01"), "2025-12-31", "before 2026-01-01"),
        (Column(name="C", type="date", maximum="2026-01-01"), "2026-12-31", "after"),
        (Column(name="C", type="date"), "2026-3-2", "not a date"),
        (Column(name="C", type="boolean"), "perhaps", "neither true nor false"),
        (Column(name="C", min_length=3), "ab", "at least 3"),
        (Column(name="C"), "a\x9fb", "control character"),
    ],
)
def test_what_clients_send_wrong_is_told(column, value, words):
    with pytest.raises(BadValue, match=words):
        checked(value, column)


@pytest.mark.parametrize(
    ("kind", "form", "fits"),
    [
        ("text", "upper", True),
        ("text", "0.00", False),
        ("integer", "#,##0", True),
        ("integer", "0.00", False),
        ("decimal", "0.00CR", True),
        ("decimal", "0.0.0,0", False),
        ("decimal", "DD/MM", False),
        ("date", "DD.MM.YY", True),
        ("date", "MM/YYYY", False),
        ("date", "DD/DD/YYYY", False),
        ("boolean", "J/N", True),
        ("boolean", "J/J", False),
        ("boolean", "J", False),
    ],
)
def test_formats_are_checked_when_the_model_is_loaded(kind, form, fits):
    assert (format_problem(kind, form) == "") is fits


PICTURES = ("0.00", "#,##0.00", "#.##0,00-", "# ##0,00CR", "#'##0.00DB", "0,000")


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12
    ),
    st.sampled_from(PICTURES),
)
def test_numbers_survive_every_picture(number, form):
    exact = f"{number:.2f}"
    shown = picture(form).write(exact)
    assert Decimal(picture(form).read(shown)) == number


PATTERNS = ("YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YY", "D MMM YYYY", "YYYYMMDD", "D.M.YY")


@given(
    st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31)), st.sampled_from(PATTERNS)
)
def test_dates_survive_every_pattern(day, pattern):
    assert is_pattern(pattern)
    assert read_date(write_date(day.isoformat(), pattern), pattern) == day.isoformat()


@given(st.text(max_size=20), st.sampled_from(["integer", "decimal", "date", "boolean", "text"]))
def test_whatever_a_host_shows_is_a_value_or_the_coded_error(text, kind):
    try:
        value = from_screen(text, Column(name="C", type=kind))
    except BadHostValue:
        value = None
    assert (
        value is None
        or from_screen(to_screen(value, Column(name="C", type=kind)), Column(name="C", type=kind))
        == value
    )


def test_values_are_compared_by_type_and_case():
    text, number = Column(name="C"), Column(name="C", type="decimal")
    assert equal("1.50", "1.5", number, case_sensitive=True)
    assert not equal("Smith", "SMITH", text, case_sensitive=True)
    assert equal("Smith", "SMITH ", text, case_sensitive=False)
    assert not equal(None, "x", text, case_sensitive=True)
    assert equal(None, "", text, case_sensitive=True)
