"""The check of a value against its column, for values that were not validated by XML Schema.

Law (tests/wsdl/test_values.py): a value fits exactly when the contract's XML Schema accepts its
lexical form; of a date, the form without a time zone.
"""

from decimal import Decimal

from verdigris.metadata import Column, Value
from wsdl.values import value_of


def fits(column: Column, value: Value) -> bool:
    """Whether a value of the column's type keeps within its facets.

    Args:
        column: a column of a contract, so its bounds are valid.
        value: a result of `wsdl.value_of`; never None.
    """
    if column.type == "text":
        length = len(str(value))
        return column.min_length <= length and not 0 < column.max_length < length
    if column.type in {"integer", "decimal"}:
        return _within(column, Decimal(str(value))) and _precise(column, str(value))
    if column.type == "date":
        text = str(value)
        return (not column.minimum or column.minimum.strip()[:10] <= text) and (
            not column.maximum or text <= column.maximum.strip()[:10]
        )
    return True


def fits_text(column: Column, text: str) -> bool:
    """Whether a text of the column's type stands for a value that fits it.

    For types that XML Schema and the product read differently: its dates may have a time zone,
    which is dropped here before the bounds are compared, and years beyond 0001 to 9999, which
    no value has.
    """
    try:
        return fits(column, value_of(column.type, text))
    except ValueError:
        return False


def _within(column: Column, number: Decimal) -> bool:
    low, high = column.minimum.strip(), column.maximum.strip()
    return (not low or Decimal(low) <= number) and (not high or number <= Decimal(high))


def _precise(column: Column, text: str) -> bool:
    """Whether it has few enough fraction digits; trailing zeros do not count (XML Schema 2, 4.3.12)."""
    if column.type != "decimal" or column.fraction_digits < 0:
        return True
    return len(text.partition(".")[2].rstrip("0")) <= column.fraction_digits
